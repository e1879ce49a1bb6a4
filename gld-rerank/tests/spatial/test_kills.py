"""A process that is killed at any step leaves files from which the same command resumes."""

import shutil

import pytest
from gld_rerank.spatial.detection import detect_wanted
from gld_rerank.spatial.verification import verify_wanted
from gld_rerank.spatial.wanted import ImageOptions, wanted_candidates
from gld_shared.testing import killed_before

pytestmark = pytest.mark.slow


def make(candidates):
    """Detect and verify all that is wanted; return the pairs."""
    for wanted in (candidates.queries, candidates.index):
        detect_wanted(wanted)
    pairs = candidates.pairs("homography", 4.0)
    verify_wanted(pairs)
    return pairs


def contents(folder):
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder): path.read_bytes() for path in files}


def test_a_kill_before_any_step(album, tmp_path):
    made = album({"a0": ["b0", "a1"]})
    kept = tmp_path / "kept"

    def candidates():
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir()
        return wanted_candidates(
            made.table, ImageOptions(str(made.photos), keypoints=str(kept)), top=2
        )

    inliers = candidates().inliers(make(candidates())).tolist()
    whole, step, wanted = contents(kept), 1, candidates()
    while killed_before(step, lambda wanted=wanted: make(wanted)):
        assert wanted.inliers(make(wanted)).tolist() == inliers
        assert contents(kept) == whole
        step, wanted = step + 1, candidates()
    assert step > 30
