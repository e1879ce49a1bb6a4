"""Claims of several processes on the same numbers."""

import subprocess
import sys
from subprocess import PIPE

from gld_shared.work.claims import Claims


def test_a_number_is_claimed_by_one_process(tmp_path):
    claims = Claims(tmp_path / "claims")
    assert claims.take(3)
    script = (
        "import sys; from pathlib import Path; from gld_shared.work.claims import Claims; "
        "claims = Claims(Path(sys.argv[1])); print(claims.take(3), claims.take(4))"
    )
    other = [sys.executable, "-c", script, str(tmp_path / "claims")]
    assert subprocess.check_output(other, text=True) == "False True\n"
    claims.give_back(3)
    assert subprocess.check_output(other, text=True) == "True True\n"
    claims.close()


def test_of_processes_that_end_at_once_one_is_the_last(tmp_path):
    """Neither has closed its claims when both ask, so each must give up its own lock first."""
    claims = Claims(tmp_path / "claims")
    script = (
        "import sys; from pathlib import Path; from gld_shared.work.claims import Claims; "
        "claims = Claims(Path(sys.argv[1])); print('open', flush=True); input(); "
        "print(claims.end_sharing(), flush=True); input()"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "claims")]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True) as other:
        assert other.stdout.readline() == "open\n"
        assert not claims.end_sharing()
        other.stdin.write("\n")
        other.stdin.flush()
        assert other.stdout.readline() == "True\n"
        (tmp_path / "claims").unlink()  # as the last process does
        other.communicate("\n")
    assert not claims.end_sharing()
    claims.close()
