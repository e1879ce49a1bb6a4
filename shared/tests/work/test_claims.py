"""Claims of several processes on the same numbers."""

import subprocess
import sys

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
