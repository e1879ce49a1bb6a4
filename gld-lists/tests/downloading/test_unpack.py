"""Unpacking archives of images: ordinary, damaged and hostile."""

import io
import tarfile

import pytest
from gld_lists.downloading.retries_and_stop import Session, Stopped
from gld_lists.downloading.unpack import unpack
from gld_shared.errors import DataError

GOOD = "0/1/2/0123456789abcdef.jpg"
EXPECTED = (
    "expected images such as a/b/c/abc0123456789def.jpg; nothing of it was unpacked, try another "
    "--base-url"
)


def archive(folder, *members):
    """Make a tar archive of members: names of images, or TarInfos."""
    path = folder / "images_000.tar"
    with tarfile.open(path, "w") as tar:
        for member in members:
            if isinstance(member, str):
                member = tarfile.TarInfo(member)
                member.size = 5
            tar.addfile(member, io.BytesIO(b"image") if member.isreg() else None)
    return path


def member(name, kind, target=""):
    """Make a member that is not a file."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def files(folder):
    """Return the paths of all files and links below a folder."""
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()
    )


def refused(path):
    """Return the message of a failed unpacking, which writes nothing."""
    before = files(path.parent)
    with pytest.raises(DataError) as error:
        unpack(path, path.parent / "train", Session())
    assert files(path.parent) == before
    return str(error.value)


def test_images_go_into_their_places(tmp_path):
    folders = [member(name, tarfile.DIRTYPE) for name in (".", "0", "0/1", "0/1/2")]
    path = archive(tmp_path, *folders, GOOD, "./f/f/f/fff.jpg")
    assert unpack(path, tmp_path / "train", Session()) == 2
    assert files(tmp_path / "train") == [GOOD, "f/f/f/fff.jpg"]
    assert (tmp_path / "train" / GOOD).read_bytes() == b"image"


def test_files_of_an_interrupted_run_are_replaced(tmp_path):
    path = archive(tmp_path, GOOD)
    target = tmp_path / "train" / GOOD
    target.parent.mkdir(parents=True)
    target.write_bytes(b"ima")
    target.with_name(f".{target.name}.partial").write_bytes(b"im")
    unpack(path, tmp_path / "train", Session())
    assert files(tmp_path / "train") == [GOOD]
    assert target.read_bytes() == b"image"


@pytest.mark.parametrize(
    ("hostile", "what"),
    [
        ("../../etc/abc.jpg", "leaves the target folder"),
        ("a/b/../../../c/abc.jpg", "leaves the target folder"),
        ("/a/b/c/abc.jpg", "leaves the target folder"),
        (member("../up", tarfile.DIRTYPE), "leaves the target folder"),
        (member("a/b/c/abc.jpg", tarfile.SYMTYPE, "/etc/passwd"), "is a symbolic link"),
        (member("a", tarfile.SYMTYPE, "/tmp"), "is a symbolic link"),
        (member("a/b/c/abc.jpg", tarfile.LNKTYPE, "../secret"), "is a hard link"),
        (member("a/b/c/abc.jpg", tarfile.CHRTYPE), "is a device"),
        (member("a/b/c/abc.jpg", tarfile.BLKTYPE), "is a device"),
        (member("a/b/c/abc.jpg", tarfile.FIFOTYPE), "is a named pipe"),
        (member("a/b/c/abc.jpg", tarfile.CONTTYPE), "is of type b'7'"),
        ("train.csv", "is not an image in its place"),
        (".unpacked/images_001.txt", "is not an image in its place"),
        ("a/b/d/abc0.jpg", "is not an image in its place"),
        ("a/b/c/abc0.png", "is not an image in its place"),
    ],
)
def test_a_member_that_is_not_an_image_in_its_place(tmp_path, hostile, what):
    path = archive(tmp_path, GOOD, hostile, "f/f/f/fff.jpg")
    name = hostile if isinstance(hostile, str) else hostile.name
    assert refused(path) == f"{path}: member {name} {what}, {EXPECTED}"


def test_a_file_below_a_link_is_refused_at_the_link(tmp_path):
    path = archive(tmp_path, member("a", tarfile.SYMTYPE, str(tmp_path)), "a/b/c/abc.jpg")
    assert refused(path) == f"{path}: member a is a symbolic link, {EXPECTED}"


def broken(path, why):
    return (
        f"{path}: not a whole tar archive: {why}; nothing of it was unpacked, try another "
        "--base-url"
    )


def test_a_negative_size(tmp_path):
    """A negative size can send a reader of tar archives into an endless loop."""
    path = archive(tmp_path, GOOD, "f/f/f/fff.jpg")
    data = bytearray(path.read_bytes())
    header = data[1024:1536]
    header[124:136] = b"\xff" * 10 + (-1024).to_bytes(2, "big", signed=True)
    header[148:156] = b"%06o\0 " % (sum(header[:148]) + 8 * 32 + sum(header[156:]))
    data[1024:1536] = header
    path.write_bytes(data)
    assert refused(path) == broken(path, "member f/f/f/fff.jpg at byte 1024 has a negative size")


@pytest.mark.parametrize(
    ("keep", "why"),
    [
        (0, "empty file at byte 0"),
        (
            600,
            f"member {GOOD} at byte 0 has a size of 5 bytes and leaves the archive of 600 bytes",
        ),
        (1024, "no end of archive at byte 1024"),
        (1100, "no end of archive at byte 1024"),
        (
            1600,
            "member f/f/f/fff.jpg at byte 1024 has a size of 5 bytes and leaves the archive of "
            "1600 bytes",
        ),
    ],
)
def test_a_truncated_archive(tmp_path, keep, why):
    """Cut inside an image, between two images, and inside a header."""
    path = archive(tmp_path, GOOD, "f/f/f/fff.jpg")
    path.write_bytes(path.read_bytes()[:keep])
    assert refused(path) == broken(path, why)


def test_a_file_that_is_not_an_archive(tmp_path):
    path = tmp_path / "images_000.tar"
    path.write_bytes(b"<html>Sign in to the hotel's network</html>" * 100)
    assert refused(path) == broken(path, "invalid header at byte 0")


def test_garbage_after_the_first_image(tmp_path):
    path = archive(tmp_path, GOOD, "f/f/f/fff.jpg")
    data = path.read_bytes()
    path.write_bytes(data[:1024] + b"x" * 512 + data[1536:])
    assert refused(path) == broken(path, "no end of archive at byte 1024")


def test_an_empty_archive(tmp_path):
    path = archive(tmp_path)
    assert refused(path) == broken(path, "no images in it")


def test_a_stopped_session_leaves_no_partial_image(tmp_path):
    session = Session()
    session.stop.set()
    with pytest.raises(Stopped):
        unpack(archive(tmp_path, GOOD), tmp_path / "train", session)
    assert files(tmp_path) == ["images_000.tar"]


def test_a_folder_that_cannot_be_created(tmp_path):
    (tmp_path / "train").write_text("a file")
    with pytest.raises(DataError) as error:
        unpack(archive(tmp_path, GOOD), tmp_path / "train", Session())
    assert str(error.value) == (
        f"{tmp_path}/train: cannot be written: Not a directory; name another folder, "
        "and run the same command again, it resumes where it stopped"
    )
