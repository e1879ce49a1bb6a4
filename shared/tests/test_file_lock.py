"""The lock of a file."""

import pytest
from gld_shared.file_lock import locked


@pytest.mark.parametrize(("content", "left"), [(b"", []), (b"a table", [b"a table"])])
def test_only_an_empty_file_is_removed_with_its_lock(tmp_path, content, left):
    file = tmp_path / ".i.faiss.lock"
    file.write_bytes(content)
    with locked(file, "busy"):
        assert file.exists()
    assert [path.read_bytes() for path in tmp_path.iterdir()] == left
