"""Folders as sources of images."""

from gld_shared.testing.sources import failure


def test_a_folder_that_is_not_there(tmp_path):
    assert str(failure(tmp_path / "photos", tmp_path)) == (
        f"{tmp_path / 'photos'}: not a folder; expected the folder that the list's paths "
        "are relative to, a .tar, or a URL of either"
    )
