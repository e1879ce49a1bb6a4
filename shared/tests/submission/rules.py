"""Running the rules of submission.mk on empty files in place of the official ones."""

import os
import re
import subprocess
from itertools import count
from pathlib import Path

RULES = Path(__file__).parents[3] / "submission.mk"
NETWORKS = ("SER101ibn_512_all", "RXt101ibn_512_all", "ResNeSt101_512_all", "ResNeSt269_512_all")
LISTS = ("clean", "c2x", "full", "index-train", "all", "queries", "index", "truth", "landmarks")
OUTPUT = re.compile(r"(?:^(?:gld-|\}|\)|done).*(?:-o|>) |--report )((?!/dev)\S+)", re.MULTILINE)
# Without what a make around the tests hands down.
ENVIRONMENT = {**os.environ, "MAKEFLAGS": "", "MAKELEVEL": ""}
DAY = 86_400
FUTURE = 90_000 * DAY


def official(folder: Path) -> list[str]:
    """Make the folders of the official files and of the competition; return make's arguments."""
    (folder / "gldv2/train").mkdir(parents=True)
    (folder / "gldv2/train/train.csv").touch()
    for name in ("test", "index"):
        (folder / "kaggle" / name).mkdir(parents=True)
        (folder / "kaggle" / name / "1d.jpg").touch()
    weights = folder / "work/weights"
    weights.mkdir(parents=True)
    for name in (
        "se_resnet101_ibn_a-fabed4e2.pth",
        "resnext101_ibn_a-6ace051d.pth",
        "resnest101-22405ba7.pth",
        "resnest269-0cc87c48.pth",
        "resnet50-19c8e357.pth",
    ):
        (weights / name).touch()
    for path in sorted((*folder.rglob("*"), folder)):
        os.utime(path, (0, 0))
    return [f"RAW={folder}/gldv2", f"COMPETITION={folder}/kaggle", "GPUS=8"]


def dry_run(folder: Path, arguments: list[str]) -> str:
    """Return what `make -n` prints in folder/work."""
    done = subprocess.run(
        ["make", "-n", "-f", RULES, *arguments],
        cwd=folder / "work",
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(folder: Path, arguments: list[str]) -> str:
    """Return the errors of a `make` in a folder that ends with 2."""
    done = subprocess.run(
        ["make", "-f", RULES, *arguments],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    return done.stderr


def made_by(commands: str) -> list[str]:
    """Return what the commands would make, in order; `gld-lists google` makes the folder lists."""
    return [name.removesuffix(".partial") for name in OUTPUT.findall(commands)]


def make_all(folder: Path, arguments: list[str]) -> None:
    """Make empty outputs of all steps, each newer than the one before and the configurations."""
    day = count(30_000)
    for name in made_by(dry_run(folder, arguments)):
        path = folder / "work" / name
        if name.endswith(".zarr") or name == "lists":
            path.mkdir(parents=True)
        else:
            path.parent.mkdir(exist_ok=True)
            path.touch()
        files = (
            [path.with_name("lists.inputs"), *(path / f"{table}.tsv" for table in LISTS)]
            if name == "lists"
            else []
        )
        if path.suffix == ".safetensors":
            path.with_suffix(".run").mkdir()
        time = next(day) * DAY
        for file in (*files, path):
            file.touch()
            os.utime(file, (time, time))


def newer(path: Path, text: str | None = None) -> None:
    """Make a file newer than all others; with a text, with other contents too."""
    if text is not None:
        path.write_text(text)
    os.utime(path, (FUTURE, FUTURE))
