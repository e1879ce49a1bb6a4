import io
import logging
import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner
from gld_shared import command, provenance
from gld_shared.errors import DataError
from gld_shared.faults import Fault
from gld_shared.work.end_signals import Ended


@command.tool("gld-search", epilog="Example:\n  gld-embed q.tsv | gld-search")
@command.input_argument()
@command.neighbours_option
@command.output_option()
def plain(input, neighbours, output):
    """Print the arguments."""
    logging.getLogger("gld_search").info("searching")
    if input == "bad.tsv":
        raise DataError("bad.tsv:3: 2 cells, expected 4")
    if input == "huge.tsv":
        raise FileNotFoundError(2, "No such file or directory", "huge.tsv")
    if input == "cut.npy":
        raise EOFError("No data left in file")
    if input == "large.npy":
        raise MemoryError("Unable to allocate 8.00 EiB")
    if input == "small.npy":
        raise RuntimeError(
            "DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"
        )
    if input == "bug-of-a-child.npy":
        raise Fault("RuntimeError: a bug")
    if input == "ended.npy":
        raise RuntimeError("Error calling __set_name__") from Ended(signal.SIGTERM)
    if input == "bug.npy":
        raise RuntimeError("a bug")
    print(input, neighbours, output)
    print(command.history_for(provenance.PlainFile("q.zarr", "12"))[-1])


@command.tool_group("gld-rerank", default="expand")
def group():
    """Rerank."""


@command.subcommand(group, "expand")
@command.input_argument()
@command.neighbours_option
@command.output_option()
def expand(input, neighbours, output):
    """Expand."""
    print("expand", input, neighbours, command.history_for()[-1]["arguments"])
    if output != "-":
        print("output", output)


@command.subcommand(group, "landmark")
@command.input_argument()
def landmark(input):
    """Rerank by landmark."""
    print("landmark", input)


@command.tool_with_subcommands("gld-search", epilog="gld-search q.zarr | gld-eval")
@command.input_argument("queries", many=True)
@command.neighbours_option
def main_command(queries, neighbours):
    """Search."""
    print("search", *queries, neighbours, command.history_for()[-1]["arguments"])


@command.subcommand(main_command, "merge")
@command.input_argument("tables", many=True)
def merge(tables):
    """Merge tables."""
    logging.getLogger("gld_search").info("merging")
    if tables == ("bug.tsv",):
        raise RuntimeError("a bug")
    print("merge", *tables, command.history_for()[-1]["arguments"])


def run(tool, *arguments):
    result = CliRunner().invoke(tool, arguments)
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("large.npy", "Unable to allocate 8.00 EiB"),
        ("small.npy", "DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    ],
)
def test_out_of_memory_is_one_line(file, reason):
    code, out, err = run(plain, file)
    expected = (
        f"Error: the memory is too small ({reason}); free memory, raise its limit (ulimit -v), "
        "or use a smaller input\n"
    )
    assert (code, out, err) == (1, "", expected)


@pytest.mark.parametrize("file", ["bug.npy", "bug-of-a-child.npy"])
def test_a_bug_is_one_line_and_shows_its_traceback_on_request(file):
    line = (
        "Error: gld-search: RuntimeError: a bug; this is a fault of gld, not of its input: please "
        "report it with the traceback, which -vv shows\n"
    )
    assert run(plain, file) == (1, "", line)
    code, out, err = run(plain, file, "-vv")
    assert (code, out, err.endswith(line)) == (1, "", True)
    assert "Traceback" in err
    assert "RuntimeError: a bug\n" in err


def test_a_signal_while_a_class_is_made_is_no_bug():
    assert run(plain, "ended.npy") == (143, "", "Error: ended by SIGTERM\n")


def test_standard_input_is_the_default():
    code, out, _ = run(plain, "-k", "5", "-o", "n.tsv")
    assert code == 0
    assert out.splitlines()[0] == "- 5 n.tsv"


def test_history_records_exactly_the_options_that_change_the_output():
    _, out, _ = run(plain, "q.tsv", "-k", "5", "-o", "n.tsv", "-v")
    assert out.splitlines()[1] == str(
        {
            "tool": "gld-search",
            "version": command.DISTRIBUTION_VERSION,
            "arguments": ["q.tsv", "--neighbours", "5"],
            "inputs": [{"path": "q.zarr", "sha256": "12"}],
        }
    )


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("bad.tsv", "Error: bad.tsv:3: 2 cells, expected 4\n"),
        ("huge.tsv", "Error: huge.tsv: No such file or directory\n"),
        ("cut.npy", "Error: a file is cut short: No data left in file\n"),
    ],
)
def test_an_error_is_one_line_and_exit_code_1(name, line):
    assert run(plain, name) == (1, "", line)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["caf\udce9.tsv"], r"caf\xe9.tsv"),
        (["n.tsv", "-o", "caf\udce9/é", "-k5"], r"caf\xe9/é"),
        (["caf\udce9.tsv", "--output=\udcff"], r"caf\xe9.tsv, --output=\xff"),
    ],
)
def test_names_that_are_not_utf_8_are_refused_together(arguments, named):
    for tool in (plain, group):
        assert run(tool, *arguments) == (
            1,
            "",
            f"Error: {named}: not UTF-8, as all names must be; "
            "rename it, or name it by a link whose name is UTF-8\n",
        )


@pytest.mark.parametrize(
    ("options", "is_shown"),
    [("-vv", True), ("-vvv", True), ("-v -v", True), ("--verbose -v", True), ("-v", False)],
)
def test_debugging_shows_the_traceback(options, is_shown):
    code, _, err = run(plain, "bad.tsv", *options.split())
    assert code == 1
    assert ("Traceback" in err) is is_shown


def test_usage_errors_exit_with_2():
    code, _, err = run(plain, "-k", "0")
    assert code == 2
    assert err.endswith(
        "Error: Invalid value for '-k' / '--neighbours': 0 is not in the range 1<=x<=1000000000.\n"
    )


def test_log_lines_carry_the_tools_name_and_need_v():
    assert run(plain, "q.tsv")[2] == ""
    assert run(plain, "q.tsv", "-v")[2] == "gld-search: searching\n"


def test_help_ends_with_the_pipe():
    assert run(plain, "-h")[1].endswith("Example:\n    gld-embed q.tsv | gld-search\n")


@pytest.mark.parametrize("arguments", [["n.tsv", "-k", "3"], ["-k", "3", "n.tsv"]])
def test_a_group_has_a_default_sub_command(arguments):
    expected = "expand n.tsv 3 ['expand', 'n.tsv', '--neighbours', '3']\n"
    assert run(group, *arguments)[1] == expected
    assert run(group, "expand", *arguments)[1] == expected


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["-o", "expand", "n.tsv"], ["expand n.tsv 100 ['expand', 'n.tsv']", "output expand"]),
        (
            ["--output", "landmark", "n.tsv"],
            ["expand n.tsv 100 ['expand', 'n.tsv']", "output landmark"],
        ),
        (["--output=expand", "n.tsv"], ["expand n.tsv 100 ['expand', 'n.tsv']", "output expand"]),
        (["-oexpand", "n.tsv"], ["expand n.tsv 100 ['expand', 'n.tsv']", "output expand"]),
        (["n.tsv", "-o", "expand"], ["expand n.tsv 100 ['expand', 'n.tsv']", "output expand"]),
        (
            ["expand", "expand", "-o", "expand"],
            ["expand expand 100 ['expand', 'expand']", "output expand"],
        ),
        (
            ["-k", "5", "landmark"],
            ["expand landmark 5 ['expand', 'landmark', '--neighbours', '5']"],
        ),
        (["--", "landmark"], ["expand landmark 100 ['expand', 'landmark']"]),
        (["./landmark"], ["expand ./landmark 100 ['expand', './landmark']"]),
        (["landmark", "expand"], ["landmark expand"]),
        (["-"], ["expand - 100 ['expand', '-']"]),
    ],
)
def test_only_the_first_argument_names_a_sub_command(arguments, shown):
    code, out, err = run(group, *arguments)
    assert (code, out.splitlines(), err) == (0, shown, "")


@pytest.mark.parametrize(
    ("arguments", "usage"),
    [
        (["-h"], "Usage: gld-rerank [OPTIONS] COMMAND [ARGS]..."),
        (["n.tsv", "-h"], "Usage: gld-rerank expand [OPTIONS] [INPUT]"),
        (["-o", "landmark", "--help"], "Usage: gld-rerank expand [OPTIONS] [INPUT]"),
        (["landmark", "-h"], "Usage: gld-rerank landmark [OPTIONS] [INPUT]"),
    ],
)
def test_help_is_of_the_sub_command_that_would_run(arguments, usage):
    code, out, _ = run(group, *arguments)
    assert (code, out.splitlines()[0]) == (0, usage)


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["q", "-k", "3"], "search q 3 ['q', '--neighbours', '3']\n"),
        (["-k", "3", "q", "merge"], "search q merge 3 ['q', 'merge', '--neighbours', '3']\n"),
        (["--", "merge"], "search merge 100 ['merge']\n"),
        ([], "search - 100 []\n"),
        (["merge"], "merge - ['merge']\n"),
        (["merge", "a", "-q", "b"], "merge a b ['merge', 'a', 'b']\n"),
    ],
)
def test_a_command_may_have_subcommands_that_the_first_argument_names(arguments, shown):
    assert run(main_command, *arguments) == (0, shown, "")


def test_the_help_of_a_command_with_subcommands_shows_its_options_and_lists_them():
    code, out, _ = run(main_command, "-h")
    usage, options, listed = out.partition("\nOptions:\n")[0], out.index("-k"), out.index("  merge")
    assert (code, usage) == (0, "Usage: gld-search [OPTIONS] [QUERIES]...\n\n  Search.\n")
    assert options < listed
    assert out.endswith("Commands:\n  merge  Merge tables.\n\n  gld-search q.zarr | gld-eval\n")
    assert run(main_command, "merge", "-h")[1].startswith(
        "Usage: gld-search merge [OPTIONS] [TABLES]...\n"
    )


def test_errors_and_log_lines_of_subcommands_name_the_command():
    assert run(main_command, "merge", "a.tsv", "-v")[2] == "gld-search: merging\n"
    assert run(main_command, "merge", "bug.tsv") == (
        1,
        "",
        "Error: gld-search merge: RuntimeError: a bug; this is a fault of gld, not of its input: "
        "please report it with the traceback, which -vv shows\n",
    )
    assert (
        run(main_command, "merge", "--version")[1] == f"gld-search {command.DISTRIBUTION_VERSION}\n"
    )
    code, _, err = run(main_command, "-k", "0")
    assert (code, err.splitlines()[0]) == (2, "Usage: gld-search [OPTIONS] [QUERIES]...")


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_bar_shows_label_position_and_rate(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with command.progress(4, "searching", "queries") as bar:
        bar.update(1)
        bar.update(3)
    shown = sys.stderr.getvalue()
    assert "searching" in shown
    assert "4/4" in shown
    assert "queries/s" in shown


def test_no_bar_without_a_terminal(capsys):
    with command.progress(4, "searching") as bar:
        bar.update(4)
    assert capsys.readouterr() == ("", "")


WAITING = """
import threading
from gld_shared import command

@command.tool("gld-search")
def wait():
    print("waiting", flush=True)
    threading.Event().wait()

wait()
"""


def test_ctrl_c_ends_a_wait_for_other_threads():
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", WAITING], **pipes) as process:
        assert process.stdout.readline() == "waiting\n"
        time.sleep(0.5)  # Python may miss a signal that arrives as a wait begins
        process.send_signal(signal.SIGINT)
        try:
            _, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (process.returncode, errors) == (130, "\nError: interrupted\n")
