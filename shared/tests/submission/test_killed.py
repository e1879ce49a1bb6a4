"""make submission on synthetic landmarks: killed at random moments, resumed, and in a kernel.

With RECIPE=full in the environment, all four networks and the rerank; by default, the one network
of the fast recipe.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).parents[3]
RECIPE = os.environ.get("RECIPE", "fast")
SETTINGS = ["LANDMARKS=6", f"RECIPE={RECIPE}"]
KILLS = 5
NETWORKS = {
    "fast": ["R50_256"],
    "full": ["SER101ibn_512_all", "RXt101ibn_512_all", "ResNeSt101_512_all", "ResNeSt269_512_all"],
}
ENVIRONMENT = {
    **os.environ,
    **{"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "MAKEFLAGS": ""},
}


def start(folder: Path, *targets: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["make", "-C", folder, "-f", REPOSITORY / "submission.mk", *SETTINGS, *targets],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env=ENVIRONMENT,
    )


def finish(folder: Path, *targets: str) -> str:
    process = start(folder, *targets)
    output, _ = process.communicate()
    assert process.returncode == 0, output
    return output


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    """A run without interruption, and its seconds."""
    folder = tmp_path_factory.mktemp("quiet")
    began = time.monotonic()
    finish(folder)
    return folder / RECIPE, time.monotonic() - began


def test_a_run_killed_at_random_moments_ends_in_the_same_submission(quiet, tmp_path):
    expected, seconds = quiet
    moments = random.Random(0)
    for _ in range(KILLS):
        process = start(tmp_path)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(moments.uniform(0.05, 0.3) * seconds)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    finish(tmp_path)
    for name in ("submission.csv", "table.txt"):
        assert (tmp_path / RECIPE / name).read_bytes() == (expected / name).read_bytes()


def test_a_flipped_byte_of_any_step_is_named(quiet):
    expected, _ = quiet
    work = expected.parent
    neighbours = max(expected.glob("expanded.*.neighbours.tsv"))
    scores = str(neighbours.relative_to(work)).replace("neighbours", "scores")
    assert verify(work, scores) == (0, "")
    network = NETWORKS[RECIPE][0]
    chunk = next((work / network / "expanded.zarr/vectors").rglob("c/0/0"))
    for path in (work / "lists/truth.tsv", work / f"runs/{network}.safetensors", neighbours, chunk):
        data = path.read_bytes()
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        code, message = verify(work, scores)
        path.write_bytes(data)
        assert code == 1
        assert message.startswith(f"Error: {path.relative_to(work)}: ")


def verify(folder: Path, scores: str) -> tuple[int, str]:
    command = [Path(sys.executable).parent / "gld-eval", "--verify", scores]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stderr


@pytest.mark.parametrize("is_known", [True, False])
def test_a_kernel_writes_the_same_submission(quiet, tmp_path, is_known):
    expected, _ = quiet
    work = expected.parent
    bundle, kernel = tmp_path / "bundle", tmp_path / "kernel"
    for folder in (bundle, bundle / "kaggle-lists", kernel):
        folder.mkdir()
    for name in ("lists", "runs", *NETWORKS[RECIPE]):
        (bundle / name).symlink_to(work / name)
    (bundle / "networks").write_text("".join(f"{name}\n" for name in NETWORKS[RECIPE]))
    (bundle / "submit.sh").write_bytes((REPOSITORY / "kaggle/submit.sh").read_bytes())
    # An index that the bundle does not know is embedded in the kernel.
    known = (work / "kaggle-lists/index.tsv").read_text()
    (bundle / "kaggle-lists/index.tsv").write_text(known if is_known else known[:-10])
    done = subprocess.run(
        ["bash", bundle / "submit.sh", work / "kaggle"],
        cwd=kernel,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert (kernel / "submission.csv").read_bytes() == (expected / "submission.csv").read_bytes()
    assert bool(list(kernel.glob("*/index.zarr"))) != is_known
