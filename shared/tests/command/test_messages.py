"""What comes from a file or an argument is escaped and shortened wherever a user sees it."""

import io
import logging
import sys
import tarfile
import warnings
from pathlib import Path

import pytest
from gld_shared import command
from gld_shared.command.messages import LogFormatter
from gld_shared.command.verbosity import set_up_log
from gld_shared.errors import DataError
from gld_shared.faults import one_line
from gld_shared.testing import run, small_image, small_list
from gld_shared.text_encoding import shortened, shown, shown_message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

# A colour, a line break, text from right to left, a line separator, a space without width.
HOSTILE = "a\x1b[31mb\rc\u202ed\u2028e\u200bf"
SHOWN = r"a\x1b[31mb\rc\u202ed\u2028e\u200bf"
CELL = HOSTILE.replace("\r", "")
CELL_SHOWN = SHOWN.replace(r"\r", "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain text, é, 写真.jpg 📷", "plain text, é, 写真.jpg 📷"),
        ("a\tb\nc\rd", r"a\tb\nc\rd"),
        ("\x1b[31m\x00\x7f\x85", r"\x1b[31m\x00\x7f\x85"),
        ("\u202eabc\u2066\u200b\ufeff", r"\u202eabc\u2066\u200b\ufeff"),
        ("\u2028\u2029\xa0", r"\u2028\u2029\xa0"),
        ("caf\udce9 \ud800 \U000e0041", r"caf\xe9 \ud800 \U000e0041"),
        (r"a\b", r"a\b"),
    ],
)
def test_what_cannot_be_seen_is_escaped(text, expected):
    assert shown(text) == expected


def test_long_words_and_long_messages_keep_their_ends():
    assert shortened("abcdefghij", 5) == "ab…ij"
    assert shortened("abcdefghij", 6) == "abc…ij"
    assert shown_message("x" * 150 + "y" * 150 + ": not found") == (
        "x" * 100 + "…" + "y" * 98 + ": not found"
    )
    assert len(shown_message("ab " * 5000 + "the remedy")) == 2000
    assert shown_message("ab " * 5000 + "the remedy").endswith("ab the remedy")


@given(st.text(st.characters(codec=None)))
def test_any_text_is_one_printable_line_and_escaping_again_changes_nothing(text):
    line = shown_message(text)
    assert line.isprintable()
    assert shown_message(line) == line
    assert max(map(len, line.split(" "))) <= 200
    line.encode()


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=150))
def test_printable_ascii_stays(text):
    assert shown_message(text) == text


def list_of(folder, name, path):
    file = folder / "list.tsv"
    file.write_text(f"id\tpath\n{name}\t{path}\n", newline="")
    return str(file)


def bad_tar(folder):
    with tarfile.open(folder / "x.tar", "w") as tar:
        entry = tarfile.TarInfo(f"{CELL}.jpg")
        entry.size = 3
        tar.addfile(entry, io.BytesIO(b"abc"))
    return str(folder / "x.tar")


def embed(folder, images):
    rows = list_of(folder, CELL, f"{CELL}.jpg")
    output = str(folder / "e.zarr")
    return ["gld-embed", rows, "-c", "pixels:8", "--images", images, "-o", output]


def labels(folder):
    small_image(folder / "a.jpg")
    (folder / "labels.csv").write_text(f"{CELL}\n1\n")
    return ["gld-lists", "folder", str(folder), "--labels", str(folder / "labels.csv")]


def train(folder, *overrides):
    (folder / "r.toml").write_text('[model]\nbackbone = "test_resnet"\n')
    sets = [part for text in overrides for part in ("--set", text)]
    return ["gld-train", "train", "--config", str(folder / "r.toml"), "--print-config", *sets]


def key(folder):
    (folder / "x.tsv").write_text('#{"\\u001b\\u202e": 1, "\\u001b\\u202e": 2}\nid\tpath\n')
    return ["gld-lists", "stats", str(folder / "x.tsv")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            lambda folder: ["gld-lists", "stats", f"{HOSTILE}.tsv"],
            f"{SHOWN}.tsv: cannot be read: No such file or directory",
        ),
        (
            lambda folder: ["gld-search", f"{HOSTILE}.zarr", "--index", "i.zarr"],
            f"{SHOWN}.zarr: not found; expected an embedding store made by gld-embed",
        ),
        (
            lambda folder: ["gld-lists", "download", "index", "-o", "x", f"--base-url={HOSTILE}"],
            f"Invalid value for '--base-url': {SHOWN} does not start with http:// or https://",
        ),
        (lambda folder: ["gld-lists", HOSTILE], f"No such command '{SHOWN}'."),
        (lambda folder: ["gld-lists", "stats", f"--{HOSTILE}"], f"No such option '--{SHOWN}'."),
        (
            lambda folder: train(folder, f"{HOSTILE}=1"),
            f"FOLDER/r.toml: --set {SHOWN}=1: expected section.key=value, as in optim.lr=3e-4",
        ),
        (
            lambda folder: train(folder, "optim.l\nr=1"),
            r"FOLDER/r.toml: optim.l\nr: unknown key; did you mean optim.lr?",
        ),
        (
            lambda folder: embed(folder, str(folder)),
            f"FOLDER/{CELL_SHOWN}.jpg: cannot be read: No such file or directory "
            f"(id {CELL_SHOWN}); --skip-unreadable leaves such images out",
        ),
        (
            lambda folder: embed(folder, bad_tar(folder)),
            f"FOLDER/x.tar: {CELL_SHOWN}.jpg: not an image in a known format "
            f"(JPEG, PNG, HEIC, GIF, ...) (id {CELL_SHOWN}); "
            "--skip-unreadable leaves such images out",
        ),
        (
            labels,
            f"FOLDER/labels.csv:1: columns are {CELL_SHOWN}, expected landmark and either path or "
            "id",
        ),
        (
            key,
            r'FOLDER/x.tsv:1: header: key "\u001b\u202e" appears twice in an object; the table is '
            "damaged, copy or make it again",
        ),
        (
            lambda folder: ["gld-lists", "stats", "x" * 300],
            f"{'x' * 100}…{'x' * 98}: cannot be read: File name too long",
        ),
    ],
    ids=[
        *("path", "store", "option", "sub-command", "unknown option", "set", "key of set"),
        *("id", "tar member", "column", "JSON key", "long"),
    ],
)
def test_errors_show_text_escaped(arguments, message, tmp_path, monkeypatch):
    line = arguments(tmp_path)
    monkeypatch.chdir(tmp_path)
    result = run(line)
    assert result.exit_code in (1, 2)
    assert result.stderr.replace(str(tmp_path), "FOLDER").splitlines()[-1] == f"Error: {message}"


# No null character, which no argument can hold, and no line break, which ends a row.
ANY_TEXT = st.text(st.characters(codec=None, exclude_characters="\0\n"), min_size=1, max_size=40)


@given(ANY_TEXT)
@settings(max_examples=30, deadline=None)
def test_any_argument_leaves_printable_lines(text):
    for line in (["gld-lists", "stats", text], ["gld-eval", "none.tsv", "-m", text]):
        result = run(line)
        assert result.exit_code in (0, 1, 2)
        assert all(shown_line.isprintable() for shown_line in result.stderr.split("\n"))


@given(ANY_TEXT, st.sampled_from(["id\tpath\t{}", "id\tpath\tlabel\nx\ty\t{}", '#{{"a": "{}']))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_text_in_a_table_leaves_printable_lines(tmp_path, text, place):
    file = tmp_path / "x.tsv"
    file.write_bytes((place.format(text) + "\n").encode(errors="surrogatepass"))
    result = run(["gld-lists", "stats", str(file)])
    assert all(line.isprintable() for line in result.stderr.split("\n"))


def test_log_lines_and_tracebacks_show_text_escaped(tmp_path):
    photos = tmp_path / "photos"
    small_image(photos / "a.jpg")
    (photos / f"{HOSTILE}.jpg").symlink_to("nowhere")
    result = run(["gld-lists", "folder", str(photos)])
    assert result.stderr == (
        f"gld-lists: {photos}/{SHOWN}.jpg: not a file, or a broken link: skipped\n"
    )
    result = run(["gld-lists", "stats", f"{HOSTILE}.tsv", "-vv"])
    assert "Traceback (most recent call last):\n" in result.stderr
    assert all(line.isprintable() for line in result.stderr.split("\n"))


def test_messages_of_other_libraries_keep_their_lines():
    def logged(name):
        record = logging.LogRecord(name, logging.WARNING, "", 0, "%s", (f"1\n{HOSTILE}",), None)
        return LogFormatter("gld-embed").format(record)

    assert logged("torch") == f"gld-embed: 1\n{SHOWN}"
    assert logged("gld_embed.worker") == f"gld-embed: 1\\n{SHOWN}"


def test_warnings_are_log_lines(capsys):
    with warnings.catch_warnings():
        logging.captureWarnings(False)  # another test may have left them to pytest
        set_up_log("gld-search", 0)
        warnings.simplefilter("always")
        warnings.warn(f"an odd file {HOSTILE}", UserWarning, stacklevel=1)
    logging.captureWarnings(False)
    assert f"UserWarning: an odd file {SHOWN}\n" in capsys.readouterr().err


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_bar_shows_items_escaped(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with command.progress(2, "embedding") as bar:
        bar.update(1, HOSTILE)
        written = sys.stderr.getvalue()
    assert SHOWN in written
    assert "\u202e" not in written


def test_lines_of_a_cause_are_joined_and_line_breaks_of_names_are_shown():
    cause = ValueError("bad\n  value")
    error = DataError(f"a\nb.tsv: {cause}")
    error.__cause__ = cause
    assert shown_message(one_line(error)) == r"a\nb.tsv: bad value"
    assert one_line(cause) == "bad value"


def test_paths_for_the_next_command_stay_as_they_are(tmp_path):
    rows = small_list(tmp_path / "l.tsv", [f"x{number}" for number in range(8)])
    output = str(tmp_path / f"{HOSTILE}")
    assert run(["gld-lists", "split", str(rows), "--held-out", "1", "-o", output]).stdout_bytes == (
        f"{output}\n".encode()
    )


def test_nothing_else_prints_on_standard_error():
    root = Path(__file__).parents[3]
    sources = [file for folder in root.glob("*/src") for file in folder.rglob("*.py")]
    assert len(sources) > 100
    printing = {file.name for file in sources if "err=True" in file.read_text()}
    assert printing == {"messages.py"}
