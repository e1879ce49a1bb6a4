"""The kind of a path that is no regular file, in the words of messages."""

import stat

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def kind_of(mode: int) -> str:
    """Return "a folder", "a named pipe" or the like for the ``st_mode`` of no regular file."""
    return _KINDS.get(stat.S_IFMT(mode), "a special file")
