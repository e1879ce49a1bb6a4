"""Tar archives that are damaged, or made to harm their reader: an error that says where."""

import io
import tarfile

import pytest
from gld_shared.images.sources.tars.members import BrokenTarError, read_members
from hypothesis import given
from hypothesis import strategies as st

SIZE, CHECKSUM, KIND = slice(124, 136), slice(148, 156), slice(156, 157)


def tar(form: int = tarfile.USTAR_FORMAT, **headers: str) -> bytearray:
    """Make an archive of a.jpg at byte 0 and, after pax headers, b.jpg."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
        for name in ("a.jpg", "b.jpg"):
            member = tarfile.TarInfo(name)
            member.size = 5
            if name == "b.jpg":
                member.pax_headers = {key.replace("__", "."): text for key, text in headers.items()}
            archive.addfile(member, io.BytesIO(b"9\n123"))
    return bytearray(stream.getvalue())


def changed(data: bytearray, header: int, field: slice, value: bytes) -> bytearray:
    """Change a field of the header at a byte, and its checksum."""
    block = data[header : header + 512]
    block[field] = value
    block[CHECKSUM] = b" " * 8
    block[CHECKSUM] = b"%06o\0 " % sum(block)
    data[header : header + 512] = block
    return data


def number(value: int) -> bytes:
    """Write a number as GNU tar does where it has no place as octal digits."""
    return (b"\xff" if value < 0 else b"\x80") + value.to_bytes(11, "big", signed=True)


def reason(data: bytes) -> str:
    with pytest.raises(BrokenTarError) as caught:
        list(read_members(io.BytesIO(data)))
    return str(caught.value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            changed(tar(), 1024, SIZE, number(-1024)),
            "member b.jpg at byte 1024 has a negative size",
        ),
        (
            changed(tar(), 1024, SIZE, number(2**63)),
            "member b.jpg at byte 1024 has a size of 9223372036854775808 bytes and leaves the "
            "archive of 10240 bytes",
        ),
        (
            changed(tar(), 1024, SIZE, b"00000021001\0"),
            "member b.jpg at byte 1024 has a size of 8705 bytes and leaves the archive of 10240 "
            "bytes",
        ),
        (tar()[:1024] + b"x" * 512 + tar()[1536:], "no end of archive at byte 1024"),
        (b"x" * 2048, "invalid header at byte 0"),
        (b"", "empty file at byte 0"),
        # A long name of 2^40 bytes.
        (
            changed(changed(tar(), 0, KIND, b"L"), 0, SIZE, number(2**40)),
            "a header of more than 1048576 bytes at byte 0",
        ),
        # Maps of sparse files.
        (tar(tarfile.PAX_FORMAT, GNU__sparse__map="1,x"), "a damaged header at byte 1024"),
        (
            tar(
                tarfile.PAX_FORMAT, GNU__sparse__major="1", GNU__sparse__minor="0",
                GNU__sparse__name="s", GNU__sparse__realsize="9",
            ),
            "a damaged header at byte 1024",
        ),
        (tar(tarfile.PAX_FORMAT, size="-2048"), "member b.jpg at byte 1024 has a negative size"),
    ],
)  # fmt: skip
def test_the_reason_names_the_place(data, message):
    assert reason(data) == message


def test_headers_of_headers():
    # Each header of a long name is followed by the next one.
    header = changed(changed(tar(), 0, KIND, b"L"), 0, SIZE, b"00000000000\0")[:512]
    assert reason(bytes(header) * 3000).endswith(" at byte 0")


def test_whole_archives():
    for form in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        members = read_members(io.BytesIO(tar(form, comment="x" * 3000)))
        assert [(member.name, member.size) for member in members] == [("a.jpg", 5), ("b.jpg", 5)]


@given(
    st.sampled_from([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]),
    st.lists(st.tuples(st.integers(0, 2559), st.integers(0, 255)), max_size=6),
    st.booleans(),
)
def test_changed_bytes(form, changes, right_checksums):
    data = tar(form, comment="é")
    for at, value in changes:
        data[at] = value
    if right_checksums:
        for header in (0, 1024, 2048):
            changed(data, header, CHECKSUM, b" " * 8)
    try:
        members = list(read_members(io.BytesIO(data)))
    except BrokenTarError as error:
        assert " at byte " in str(error)
    else:
        files = [member for member in members if member.isreg() and not member.issparse()]
        assert all(0 <= file.offset_data <= len(data) - file.size for file in files)
