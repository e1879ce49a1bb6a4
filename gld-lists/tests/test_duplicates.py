"""Images that repeat others: within a list, and between the lists to train and to test with."""

import numpy as np
import polars as pl
import pytest
from gld_lists.images.fingerprints import fingerprint
from gld_lists.images.hamming import MAX_DISTANCE, nearest, nearest_earlier
from gld_shared.testing import photographs, run, small_image
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

FOLDER = photographs()


@st.composite
def alike_hashes(draw):
    """Some random hashes, and others that differ from them in a few bits or in none."""
    kept = draw(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=4))
    flips = st.lists(st.integers(0, 63), max_size=MAX_DISTANCE + 2)
    others = draw(st.lists(st.tuples(st.sampled_from(kept), flips), max_size=12))
    for one, bits in others:
        for bit in bits:
            one ^= 1 << bit
        kept.append(one)
    return np.array(draw(st.permutations(kept)), np.uint64)


def by_hand(query, base, within):
    """The first of the nearest, by comparing with all."""
    distances = [(int(query) ^ int(other)).bit_count() for other in base]
    best = min(distances, default=65)
    return (distances.index(best), best) if best <= within else (-1, -1)


def found(result):
    return list(zip(result.rows.tolist(), result.distances.tolist(), strict=True))


@given(alike_hashes(), alike_hashes(), st.integers(0, MAX_DISTANCE))
def test_nearest_is_what_comparing_with_all_finds(queries, base, within):
    base = np.concatenate([base, queries[::2]])
    expected = [by_hand(query, base, within) for query in queries]
    assert found(nearest(queries, base, within)) == expected


@given(alike_hashes(), st.integers(0, MAX_DISTANCE))
def test_nearest_earlier_is_what_comparing_with_all_finds(hashes, within):
    expected = [by_hand(one, hashes[:row], within) for row, one in enumerate(hashes)]
    assert found(nearest_earlier(hashes, within)) == expected


def test_more_comparisons_than_fit_one_block(monkeypatch):
    monkeypatch.setattr("gld_lists.images.hamming._BLOCK", 7)
    random = np.random.default_rng(0)
    hashes = random.integers(0, 2**10, 300, dtype=np.uint64) << np.uint64(20)
    expected = [by_hand(one, hashes[:row], 5) for row, one in enumerate(hashes)]
    assert found(nearest_earlier(hashes, 5)) == expected


def test_no_hashes():
    none = np.zeros(0, np.uint64)
    assert found(nearest_earlier(none, 3)) == found(nearest(none, none, 3)) == []
    assert found(nearest(np.ones(1, np.uint64), none, 3)) == [(-1, -1)]


def distance(one, other):
    return (fingerprint(one).perceptual_hash ^ fingerprint(other).perceptual_hash).bit_count()


def test_looks_survive_size_quality_and_format(tmp_path):
    original = small_image(tmp_path / "1.png", 1, size=(800, 600))
    picture = Image.open(original)
    picture.resize((200, 150)).save(tmp_path / "small.jpg", quality=40)
    picture.resize((400, 300)).save(tmp_path / "wide.webp")
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "turned.jpg", exif=exif)
    for name in ("small.jpg", "wide.webp", "turned.jpg"):
        assert distance(original, tmp_path / name) <= 4, name
    others = [small_image(tmp_path / f"{seed}.jpg", seed) for seed in range(2, 12)]
    assert min(distance(original, other) for other in others) > 11


def make(folder, name, paths):
    rows = "".join(f"{path}\t{path}\n" for path in paths)
    (folder / name).write_text(f"id\tpath\n{rows}")
    return folder / name


@pytest.fixture
def photos(tmp_path):
    """Five pictures; b is a with all its bytes, c is a once more, trimmed."""
    for number, name in enumerate("ade"):
        small_image(tmp_path / f"{name}.jpg", number, size=(400, 300))
    (tmp_path / "b.jpg").write_bytes((tmp_path / "a.jpg").read_bytes())
    Image.open(tmp_path / "a.jpg").crop((12, 6, 400, 300)).save(tmp_path / "c.jpg", quality=60)
    return tmp_path


def rows_of(result):
    return [line.split("\t") for line in result.stdout.splitlines()[1:]]


def test_duplicates_of_a_list(photos):
    names = make(photos, "list.tsv", ["d.jpg", "a.jpg", "b.jpg", "c.jpg", "e.jpg"])
    result = run(["gld-lists", "duplicates", names, "--images", photos])
    assert result.exit_code == 0
    assert rows_of(result) == [
        ["id", "original_id", "kind", "distance"],
        ["b.jpg", "a.jpg", "same", "0"],
        ["c.jpg", "a.jpg", "near", str(distance(photos / "a.jpg", photos / "c.jpg"))],
    ]
    assert result.stderr == "gld-lists: 5 images: 1 the same as an earlier one, 1 near one\n"


def test_a_list_without_duplicates(photos):
    names = make(photos, "list.tsv", ["d.jpg", "a.jpg", "d.jpg"])
    result = run(["gld-lists", "duplicates", names, "--images", photos])
    assert (result.exit_code, result.stderr) == (0, "")
    assert len(rows_of(result)) == 1


def test_an_image_that_cannot_be_read_is_named(photos):
    names = make(photos, "list.tsv", ["a.jpg", "z.jpg"])
    result = run(["gld-lists", "duplicates", names, "--images", photos])
    assert result.exit_code == 1
    assert result.stderr == (
        f"Error: {photos}/z.jpg: cannot be read: No such file or directory; "
        "gld-lists check finds all such images\n"
    )


def test_an_audit_finds_what_is_in_both(photos):
    train = make(photos, "train.tsv", ["d.jpg", "a.jpg", "b.jpg"])
    queries = make(photos, "queries.tsv", ["c.jpg", "e.jpg"])
    index = make(photos, "index.tsv", ["d.jpg", "b.jpg"])
    result = run(["gld-lists", "audit", train, queries, index, "--images", photos])
    near = str(distance(photos / "a.jpg", photos / "c.jpg"))
    assert rows_of(result) == [
        ["list", "id", "train_id", "kind", "distance"],
        [str(queries), "c.jpg", "a.jpg", "near", near],
        [str(index), "d.jpg", "d.jpg", "same", "0"],
        [str(index), "b.jpg", "a.jpg", "same", "0"],
    ]
    assert result.exit_code == 1
    assert result.stderr == (
        f"Error: 3 images of {queries}, {index} are in {train} too (2 same, 1 near); "
        "leave them out of one or the other\n"
    )


def test_an_audit_of_lists_apart(photos):
    train = make(photos, "train.tsv", ["a.jpg"])
    other = make(photos, "other.tsv", ["d.jpg", "e.jpg"])
    result = run(["gld-lists", "audit", train, "--images", photos, "-v"], stdin=other.read_text())
    assert result.exit_code == 0
    assert result.stderr == f"gld-lists: 3 images: none is in {train} too\n"


def test_the_distance_decides_what_is_near(photos):
    bits = distance(photos / "a.jpg", photos / "c.jpg")
    train = make(photos, "train.tsv", ["a.jpg"])
    other = make(photos, "other.tsv", ["c.jpg"])
    command = ["gld-lists", "audit", train, other, "--images", photos, "--distance"]
    assert run([*command, str(bits)]).exit_code == 1
    assert bits > 0
    assert run([*command, str(bits - 1)]).exit_code == 0


@pytest.mark.skipif(FOLDER is None, reason="GLD_DATA does not name the folder of photographs")
def test_real_photographs_saved_anew_are_near_and_others_are_not(tmp_path):
    images = FOLDER / "monuments" / "images"
    paths = sorted(path.relative_to(images).as_posix() for path in images.rglob("*.jpg"))[::8]
    (tmp_path / "old").symlink_to(images)
    for path in paths:
        picture = Image.open(images / path).convert("RGB")
        picture = ImageEnhance.Brightness(picture.resize((240, 180))).enhance(1.1)
        (tmp_path / "new" / path).parent.mkdir(parents=True, exist_ok=True)
        picture.save(tmp_path / "new" / path, quality=60)
    train = make(tmp_path, "train.tsv", [f"old/{path}" for path in paths])
    other = make(tmp_path, "other.tsv", [f"new/{path}" for path in paths])
    result = run(["gld-lists", "audit", train, other, "--images", tmp_path])
    pairs = pl.DataFrame(rows_of(result)[1:], orient="row", schema=rows_of(result)[0])
    right = pairs["id"].str.strip_prefix("new/") == pairs["train_id"].str.strip_prefix("old/")
    assert right.all()
    assert pairs.height > 0.9 * len(paths)
