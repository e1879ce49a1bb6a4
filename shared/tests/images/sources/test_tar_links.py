"""Links in tar archives: followed to a file, or one clear error."""

import io
import subprocess
import tarfile

import pytest
from gld_shared.images.sources import SourceError
from gld_shared.images.sources.tars.headers import scan_members
from gld_shared.images.sources.tars.index import TarIndex
from gld_shared.testing import small_image
from gld_shared.testing.sources import (
    check_all,
    failure,
    make_linked_tar,
)
from hypothesis import given
from hypothesis import strategies as st

LINKED = [
    ("./0/a.jpg", b"the picture"),
    ("./0/hard.jpg", "hard", "./0/a.jpg"),
    ("./0/beside.jpg", "symbolic", "a.jpg"),
    ("./1/above.jpg", "symbolic", "../0/a.jpg"),
    ("./1/of_a_link.jpg", "hard", "./1/above.jpg"),
    ("./chain.jpg", "symbolic", "1/of_a_link.jpg"),
    ("./latest", "symbolic", "1"),
    ("./newest", "symbolic", "latest"),
    ("./later.jpg", "symbolic", "written_later.jpg"),
    ("./written_later.jpg", b"another"),
]
THROUGH_LINKS = {
    **dict.fromkeys(
        (
            *("0/a.jpg", "0/hard.jpg", "0/beside.jpg", "1/above.jpg", "1/of_a_link.jpg"),
            *("chain.jpg", "latest/above.jpg", "newest/of_a_link.jpg"),
        ),
        b"the picture",
    ),
    "later.jpg": b"another",
}


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_links_are_followed(tmp_path, form):
    path = make_linked_tar(tmp_path / "x.tar", *LINKED, form=form)
    check_all(path, tmp_path, THROUGH_LINKS)
    check_all(path, tmp_path, THROUGH_LINKS)  # by the index that was kept


def test_links_that_tar_writes_itself(tmp_path):
    photos = tmp_path / "photos"
    small_image(photos / "a.jpg")
    (photos / "b.jpg").hardlink_to(photos / "a.jpg")
    (photos / "c.jpg").symlink_to("b.jpg")
    (photos / "same").symlink_to(".")
    subprocess.run(["tar", "-C", photos, "-cf", tmp_path / "x.tar", "."], check=True)
    picture = (photos / "a.jpg").read_bytes()
    names = ("a.jpg", "b.jpg", "c.jpg", "same/a.jpg", "same/same/c.jpg")
    check_all(tmp_path / "x.tar", tmp_path, dict.fromkeys(names, picture))


def test_a_link_leads_from_one_tar_to_another(tmp_path):
    make_linked_tar(tmp_path / "x.tar", ("0/a.jpg", b"in x"), ("0/b.jpg", b"in x"))
    links = ("1/b.jpg", "symbolic", "../0/b.jpg"), ("1/to", "symbolic", "../0")
    make_linked_tar(tmp_path / "y.tar", *links)
    expected = {"1/b.jpg": b"in x", "1/to/a.jpg": b"in x"}
    check_all(tmp_path / "{x,y}.tar", tmp_path, expected)


def test_a_link_to_a_member_of_two_other_tars_is_an_error_that_ends_the_run(tmp_path):
    first, second = (make_linked_tar(tmp_path / f"{name}.tar", ("a.jpg", b"")) for name in "xy")
    make_linked_tar(tmp_path / "z.tar", ("b.jpg", "symbolic", "a.jpg"))
    error = failure(tmp_path / "{x,y,z}.tar", tmp_path, "b.jpg")
    assert isinstance(error, SourceError)
    assert str(error) == f"a.jpg: both in {first} and in {second}; name one of them only"


def test_the_last_of_a_file_and_a_link_of_a_name_counts(tmp_path):
    path = make_linked_tar(
        tmp_path / "x.tar",
        *(("a.jpg", b"a"), ("b.jpg", b"b"), ("c.jpg", "symbolic", "a.jpg"), ("c.jpg", b"c")),
        ("b.jpg", "hard", "a.jpg"),
    )
    check_all(path, tmp_path, {"b.jpg": b"a", "c.jpg": b"c"})


REMEDY = "make the archive with tar --dereference, which stores files instead of links"


@pytest.mark.parametrize(
    ("links", "reason"),
    [
        ({"0/x.jpg": "y.jpg"}, f"a link to 0/y.jpg, which is not a file in the archive; {REMEDY}"),
        (
            {"0/x.jpg": "y.jpg", "0/y.jpg": "../z.jpg"},
            f"a link to z.jpg, which is not a file in the archive; {REMEDY}",
        ),
        ({"0/x.jpg": "../1"}, f"a link to 1, which is not a file in the archive; {REMEDY}"),
        ({"0/x.jpg": "../../z.jpg"}, f"a link to ../z.jpg, outside the archive; {REMEDY}"),
        ({"0/x.jpg": "../.."}, f"a link to .., outside the archive; {REMEDY}"),
        ({"0/x.jpg": "/home/z.jpg"}, f"a link to /home/z.jpg, outside the archive; {REMEDY}"),
        ({"0": "/home"}, f"a link to /home/x.jpg, outside the archive; {REMEDY}"),
        ({"0/x.jpg": "x.jpg"}, "a link that leads through more than 40 others, or back to itself"),
        (
            {"0/x.jpg": "y.jpg", "0/y.jpg": "x.jpg"},
            "a link that leads through more than 40 others, or back to itself",
        ),
        ({"0": "0"}, "a link that leads through more than 40 others, or back to itself"),
    ],
)
def test_a_link_that_leads_to_no_file_is_an_unreadable_image(tmp_path, links, reason):
    members = [(name, "symbolic", target) for name, target in links.items()]
    path = make_linked_tar(tmp_path / "x.tar", ("1/a.jpg", b"1"), *members)
    error = failure(path, tmp_path, "0/x.jpg")
    assert not isinstance(error, SourceError)
    assert str(error) == f"{path}: 0/x.jpg: {reason}"


@given(st.lists(st.tuples(st.integers(0, 7), st.none() | st.integers(0, 7)), max_size=12))
def test_chains_of_links_against_a_slow_search(members):
    """Members are files, or links to another number: follow the last member of each number."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for at, (name, target) in enumerate(members):
            member = tarfile.TarInfo(f"{name}.jpg")
            member.size = at if target is None else 0
            if target is not None:
                member.type, member.linkname = tarfile.SYMTYPE, f"{target}.jpg"
            tar.addfile(member, io.BytesIO(bytes(member.size)))
    stream.seek(0)
    index = TarIndex(["x.tar"], [scan_members(stream, "x.tar")])
    last = {name: (at, target) for at, (name, target) in enumerate(members)}
    for name in range(8):
        at, target = last.get(name, (None, None))
        for _ in members:
            if target is not None:
                at, target = last.get(target, (None, None))
        place = index.find(f"{name}.jpg")
        assert (place and place.size) == (at if target is None else None)
