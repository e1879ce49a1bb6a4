"""gld-lists duplicates: images that repeat an earlier image of a list."""

from gld_shared.testing import run


def test_duplicates_of_a_list(photos, path_list, table_rows, hash_distance):
    names = path_list(photos / "list.tsv", "d.jpg", "a.jpg", "b.jpg", "c.jpg", "e.jpg")
    result = run(["gld-lists", "duplicates", names, "--images", photos])
    assert result.exit_code == 0
    assert table_rows(result) == [
        ["id", "original_id", "kind", "distance"],
        ["b.jpg", "a.jpg", "same", "0"],
        ["c.jpg", "a.jpg", "near", str(hash_distance(photos / "a.jpg", photos / "c.jpg"))],
    ]
    assert result.stderr == "gld-lists: 5 images: 1 the same as an earlier one, 1 near one\n"


def test_a_list_without_duplicates(photos, path_list, table_rows):
    names = path_list(photos / "list.tsv", "d.jpg", "a.jpg", "d.jpg")
    result = run(["gld-lists", "duplicates", names, "--images", photos])
    assert (result.exit_code, result.stderr) == (0, "")
    assert len(table_rows(result)) == 1


def test_an_unreadable_image_is_named(photos, path_list):
    names = path_list(photos / "list.tsv", "a.jpg", "z.jpg")
    result = run(["gld-lists", "duplicates", names, "--images", photos])
    assert result.exit_code == 1
    assert result.stderr == (
        f"Error: {photos}/z.jpg: cannot be read: No such file or directory; "
        "gld-lists check finds all such images\n"
    )
