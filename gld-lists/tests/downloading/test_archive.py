"""Archives of images: verified, unpacked, kept or removed."""

import pytest
from gld_lists.downloading import archive
from gld_lists.downloading.retries_and_stop import Session


def test_archives_can_be_kept(gld_download, server, mini, tmp_path):
    path = mini.archive("index", 0)
    gld_download.fetch(tmp_path, "index", "--shards", "0", "--keep-archives")
    assert gld_download.files(tmp_path) == mini.images | {
        "index/images_000.tar": server.files[path]
    }
    server.forget()
    gld_download.fetch(tmp_path, "index", "--shards", "0", "--keep-archives")
    assert server.requests == []


def leave_unfinished(folder):
    """Leave what a transfer that was killed leaves."""
    (folder / "index/images_000.tar.partial").write_bytes(b"some")
    (folder / "index/images_000.tar.partial.json").write_text("{}")


def test_an_interrupted_archive_that_is_no_longer_wanted_is_removed(gld_download, mini, tmp_path):
    """With --keep-archives, an archive whose images are there is fetched again."""
    mini.archive("index", 0)
    gld_download.fetch(tmp_path, "index", "--shards", "0")
    leave_unfinished(tmp_path)
    gld_download.fetch(tmp_path, "index", "--shards", "0")
    assert gld_download.files(tmp_path) == mini.images


def test_an_interrupted_archive_beside_a_users_own_is_removed(gld_download, server, mini, tmp_path):
    path = mini.archive("index", 0)
    (tmp_path / "index").mkdir()
    (tmp_path / "index/images_000.tar").write_bytes(server.files[path])
    leave_unfinished(tmp_path)
    gld_download.fetch(tmp_path, "index", "--shards", "0")
    assert gld_download.files(tmp_path) == mini.images


def test_an_existing_archive_is_verified_and_unpacked(gld_download, server, mini, tmp_path):
    """A kill during unpacking, or a user's own copy, leaves the archive there."""
    path = mini.archive("index", 0)
    (tmp_path / "index").mkdir()
    (tmp_path / "index/images_000.tar").write_bytes(server.files[path])
    gld_download.fetch(tmp_path, "index", "--shards", "0")
    assert server.gets(path) == []
    assert gld_download.files(tmp_path) == mini.images


def test_an_archive_with_a_wrong_checksum_is_fetched_again(gld_download, server, mini, tmp_path):
    path = mini.archive("index", 0)
    (tmp_path / "index").mkdir()
    (tmp_path / "index/images_000.tar").write_bytes(b"wrong")
    server.once(path, content=b"wrong as well")
    gld_download.fetch(tmp_path, "index", "--shards", "0")
    assert len(server.gets(path)) == 2
    assert gld_download.files(tmp_path) == mini.images


def test_an_archive_whose_checksum_stays_wrong_is_an_error(gld_download, server, mini, tmp_path):
    path = mini.archive("index", 0)
    server.always(path, content=b"wrong")
    expected = server.files["/md5sum/index/md5.images_000.txt"].split()[0].decode()
    assert gld_download.refused(tmp_path, "index", "--shards", "0") == (
        "Error: http://mirror/index/images_000.tar: md5 is 2bda2998d9b0ee197da142a0447f6725, "
        f"expected {expected}, 3 times; what was fetched is removed, try again later or another "
        "--base-url\n"
    )
    assert gld_download.files(tmp_path) == {}


def test_a_malformed_checksum_is_an_error(gld_download, server, mini, tmp_path):
    mini.archive("index", 0)
    server.files["/md5sum/index/md5.images_000.txt"] = b"<html>Moved</html>"
    assert gld_download.refused(tmp_path, "index", "--shards", "0") == (
        "Error: http://mirror/md5sum/index/md5.images_000.txt: starts with '<html>Moved</html>', "
        "expected an MD5 of 32 hexadecimal digits; check --base-url\n"
    )


def test_a_hostile_archive_leaves_nothing(gld_download, mini, tmp_path):
    good = "0/1/2/0123456789abcdef.jpg"
    mini.publish("index", 0, mini.tar({good: b"image", "../../train/train.csv": b"mine"}))
    raw = tmp_path / "deep" / "raw"
    assert gld_download.refused(raw, "index", "--shards", "0") == (
        f"Error: {raw}/index/images_000.tar: member ../../train/train.csv leaves the target "
        "folder, expected images such as a/b/c/abc0123456789def.jpg; nothing of it was unpacked, "
        "try another --base-url\n"
    )
    assert gld_download.files(tmp_path) == {}


def test_killed_between_unpacking_and_the_marker(gld_download, server, mini, tmp_path, monkeypatch):
    """The next run fetches the archive again, and removes it."""

    def kill(_, sync):
        raise KeyboardInterrupt

    path = mini.archive("index", 0)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(archive, "atomic_file", kill)
        archive.Archive(tmp_path, "index", 0, server.url).fetch(Session())
    assert gld_download.files(tmp_path) == mini.images
    gld_download.fetch(tmp_path, "index", "--shards", "0")
    assert gld_download.files(tmp_path) == mini.images
    assert len(server.gets(path)) == 2
