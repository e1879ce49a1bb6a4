"""experiments.mk: the tables that the experiments end with."""

import os
import subprocess
from pathlib import Path

RULES = Path(__file__).parents[2] / "experiments.mk"
NAMES = (
    *("pretrained", "pretrained-lda", "share-025", "share-050", "share-050-lda"),
    *("share-100", "share-100-lda"),
)


def test_the_table_of_new_landmarks_names_its_rows(tmp_path):
    scores = [f"new-landmarks/{name}.scores.tsv" for name in NAMES]
    (tmp_path / "new-landmarks").mkdir()
    for number, name in enumerate(scores, start=1):
        (tmp_path / name).write_text(f"metric\tusage\tvalue\nmap@100\tall\t0.{number}\n")
    made = [f"--old-file={name}" for name in scores]
    done = subprocess.run(
        ["make", "-f", RULES, *made, "new-landmarks"],
        cwd=tmp_path,
        env={**os.environ, "MAKEFLAGS": "", "MAKELEVEL": ""},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "mAP@100, landmarks not trained on       all",
        "ImageNet weights                     0.1000",
        "  with LDA whitening                 0.2000",
        "tuned, share 0.25                    0.3000",
        "tuned, share 0.5                     0.4000",
        "  with LDA whitening                 0.5000",
        "tuned                                0.6000",
        "  with LDA whitening                 0.7000",
    ]
