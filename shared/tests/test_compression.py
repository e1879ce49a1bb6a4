import gzip
import io
import os
import subprocess
import threading

import pytest
from gld_shared import tables
from gld_shared.compression import packed, unpacked, zstd
from gld_shared.errors import DataError
from gld_shared.files import open_input, open_text_output
from gld_shared.testing import program, run
from hypothesis import given
from hypothesis import strategies as st

TEXT = b"id\tpath\na\ta.jpg\nb\tb.jpg\n"
ROWS = [("a", "a.jpg"), ("b", "b.jpg")]
COMPRESS = {".gz": gzip.compress, ".zst": zstd.compress}
NAMES = {".gz": "gzip", ".zst": "zstd"}


def packed_text(suffix, text=TEXT):
    written = io.BytesIO()
    with packed(written, f"x.tsv{suffix}") as stream:
        stream.write(text)
    return written.getvalue()


def list_of(path, data):
    path.write_bytes(data)
    return tables.read_list(path)


@pytest.mark.parametrize("compress", [bytes, *COMPRESS.values()])
@pytest.mark.parametrize("name", ["x.tsv", "x.tsv.gz", "x.tsv.zst"])
def test_contents_decide_how_a_table_is_read(tmp_path, name, compress):
    assert list_of(tmp_path / name, compress(TEXT)).rows.rows() == ROWS


@pytest.mark.parametrize("compress", COMPRESS.values())
def test_files_that_were_joined_are_read_to_the_end(tmp_path, compress):
    assert list_of(tmp_path / "x", compress(TEXT[:20]) + compress(TEXT[20:])).rows.rows() == ROWS


def test_a_skippable_frame_before_zstd_data_is_skipped(tmp_path):
    frame = b"\x50\x2a\x4d\x18" + (3).to_bytes(4, "little") + b"any"
    assert list_of(tmp_path / "x", frame + zstd.compress(TEXT)).rows.rows() == ROWS


@pytest.mark.parametrize("compress", COMPRESS.values())
@pytest.mark.parametrize("pieces", [1, 1000])
def test_a_pipe_may_hold_compressed_text(compress, pieces):
    text = b"".join(b"%d\n" % number for number in range(50_000))
    data = compress(text)
    reader, writer = os.pipe()

    def write():
        with os.fdopen(writer, "wb", buffering=0) as stream:
            stream.write(data[:pieces])
            stream.write(data[pieces:])

    thread = threading.Thread(target=write)
    thread.start()
    with os.fdopen(reader, "rb") as stream:
        lines = unpacked(stream, "standard input")
        assert lines.readline() == b"0\n"
        assert lines.read(4) == b"1\n2\n"
        assert lines.read() == text[6:]
    thread.join()


@pytest.mark.parametrize("data", [b"", b"i", TEXT])
def test_a_pipe_may_hold_plain_text(data):
    reader, writer = os.pipe()
    with os.fdopen(writer, "wb") as stream:
        stream.write(data)
    with os.fdopen(reader, "rb") as stream:
        whole = unpacked(stream, "standard input")
        assert whole.readline() + whole.read() == data


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst", ".GZ", ".ZST"])
def test_a_name_decides_how_a_table_is_written(tmp_path, suffix):
    with open_text_output(tmp_path / f"x.tsv{suffix}") as stream:
        stream.write(TEXT)
    written = (tmp_path / f"x.tsv{suffix}").read_bytes()
    decompress = {"": bytes, ".gz": gzip.decompress, ".zst": zstd.decompress}[suffix.lower()]
    assert decompress(written) == TEXT
    assert [entry.name for entry in tmp_path.iterdir()] == [f"x.tsv{suffix}"]


@pytest.mark.parametrize("suffix", COMPRESS)
def test_the_same_text_gives_the_same_bytes_under_any_name_at_any_time(suffix, monkeypatch):
    first = packed_text(suffix)
    monkeypatch.setattr("time.time", lambda: 1e9)
    second = io.BytesIO()
    with packed(second, f"other{suffix}") as stream:
        stream.write(TEXT)
    assert second.getvalue() == first


@pytest.mark.parametrize("suffix", COMPRESS)
def test_a_failed_output_leaves_the_old_file_and_nothing_else(tmp_path, suffix):
    target = tmp_path / f"x.tsv{suffix}"
    target.write_bytes(b"old")
    with pytest.raises(RuntimeError), open_text_output(target) as stream:
        stream.write(b"half")
        raise RuntimeError
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("suffix", COMPRESS)
@pytest.mark.parametrize("kept", [4, 12, -1])
def test_cut_data_are_named(tmp_path, suffix, kept):
    file = tmp_path / "x.tsv"
    with pytest.raises(DataError) as caught:
        list_of(file, packed_text(suffix)[:kept])
    assert str(caught.value) == (
        f"{file}: its {NAMES[suffix]} data end too early; the file is cut short, "
        "copy or make it again"
    )


@pytest.mark.parametrize(
    ("suffix", "place", "fault"),
    [
        (".gz", -5, "CRC check failed 0x649e12c4 != 0x659e12c4"),
        (".zst", -1, "Unable to decompress Zstandard data: Restored data doesn't match checksum"),
    ],
)
def test_damaged_data_are_named(tmp_path, suffix, place, fault):
    data = bytearray(packed_text(suffix))
    data[place] ^= 1  # in the checksum
    with pytest.raises(DataError) as caught:
        list_of(tmp_path / "x.tsv", bytes(data))
    assert str(caught.value) == (
        f"{tmp_path}/x.tsv: its {NAMES[suffix]} data are damaged ({fault}); copy or make it again"
    )


def test_a_stream_names_the_fault_after_its_first_blocks(tmp_path):
    rows = b"".join(b"q%d\tx\t1\t0.5\n" % number for number in range(200_000))
    file = tmp_path / "n.tsv.gz"
    file.write_bytes(gzip.compress(b"query_id\tindex_id\trank\tscore\n" + rows)[:-9])
    with open_input(file) as stream:
        blocks = tables.NeighbourStream(stream, str(file), block_bytes=100_000).blocks()
        assert next(blocks).height > 5000
        with pytest.raises(DataError) as caught:
            list(blocks)
    assert str(caught.value) == (
        f"{file}: its gzip data end too early; the file is cut short, copy or make it again"
    )


@given(data=st.data(), suffix=st.sampled_from(list(COMPRESS)))
def test_one_changed_byte_gives_the_same_rows_or_an_error(data, suffix, tmp_path_factory):
    file = tmp_path_factory.getbasetemp() / "damaged.tsv"
    damaged = bytearray(packed_text(suffix))
    place = data.draw(st.integers(0, len(damaged) - 1))
    damaged[place] ^= data.draw(st.integers(1, 255))
    try:
        assert list_of(file, bytes(damaged)).rows.rows() == ROWS
    except DataError as error:
        assert str(error).startswith(f"{file}:")


@given(text=st.binary(), suffix=st.sampled_from(["", *COMPRESS]))
def test_any_bytes_are_read_back(text, suffix, tmp_path_factory):
    file = tmp_path_factory.getbasetemp() / "any"
    file.write_bytes(packed_text(suffix, text) if suffix else gzip.compress(text))
    with open_input(file) as stream:
        assert stream.read() == text


@pytest.mark.parametrize("suffix", COMPRESS)
def test_a_command_reads_and_writes_compressed_tables(tmp_path, suffix):
    source = tmp_path / "list"
    source.write_bytes(COMPRESS[suffix](TEXT))
    target = tmp_path / f"all.tsv{suffix}"
    options = ["--share", "1"]
    result = run(["gld-lists", "sample", *options, "-o", target], stdin=source.read_bytes())
    assert (result.exit_code, result.output) == (0, "")
    plain = run(["gld-lists", "sample", *options], stdin=TEXT)
    with open_input(target) as stream:
        assert stream.read().decode() == plain.stdout
    assert target.read_bytes() == packed_text(suffix, plain.stdout_bytes)


def test_a_cut_table_on_a_pipe_is_an_error_with_exit_code_1():
    done = subprocess.run(
        [program("gld-lists"), "stats"], input=gzip.compress(TEXT)[:-4], capture_output=True
    )
    assert (done.returncode, done.stdout.decode(), done.stderr.decode()) == (
        1,
        "",
        "Error: standard input: its gzip data end too early; the file is cut short, "
        "copy or make it again\n",
    )


def test_a_window_that_is_too_large_is_no_damage(tmp_path):
    packer = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 28})
    with pytest.raises(DataError) as caught:
        list_of(tmp_path / "x", packer.compress(TEXT) + packer.flush())
    assert str(caught.value) == (
        f"{tmp_path / 'x'}: its zstd data need a window beyond 128 MB; compress it again without "
        "--long and --ultra"
    )
