"""--image-memory: the decoded pixels of all workers together."""

import pytest
from gld_shared.images import memory
from gld_shared.testing import run, small_image


@pytest.fixture(autouse=True)
def default_memory(monkeypatch):
    monkeypatch.setattr(memory, "_memory", memory._memory)


def test_larger_images_are_unreadable(tmp_path, path_list):
    for name in ("a.jpg", "b.png", "c.webp"):
        small_image(tmp_path / name, size=(800, 500))  # 1.2 MB
    listed = path_list(tmp_path / "list.tsv", "a.jpg", "b.png", "c.webp")
    check = ["gld-lists", "check", listed, "--images", tmp_path, "--tiny", 0, "--image-memory"]
    result = run([*check, 1])
    problems = [line.split("\t")[1:] for line in result.stdout.splitlines()[2:]]
    why = "2 MB of pixels, expected at most 1 MB; make it smaller, or raise --image-memory"
    # A JPEG is decoded at an eighth of its size.
    assert problems == [["b.png", "absurd", why], ["c.webp", "absurd", why]]
    assert run([*check, 2]).stdout.splitlines()[2:] == []


def test_the_limit_is_no_part_of_the_history(tmp_path, path_list):
    small_image(tmp_path / "a.jpg")
    listed = path_list(tmp_path / "list.tsv", "a.jpg")
    check = ["gld-lists", "check", listed, "--images", tmp_path]
    assert run([*check, "--image-memory", 7]).stdout == run(check).stdout
    assert memory.pixel_megabytes() == 1200
