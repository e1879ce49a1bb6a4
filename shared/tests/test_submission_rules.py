"""submission.mk: what `make -n` says it would do, from nothing, and after one input has changed."""

import os
import re
import shutil
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

RULES = Path(__file__).parents[2] / "submission.mk"
CONFIGS = RULES.parent / "gld-train" / "configs"
NETWORKS = ("SER101ibn_512_all", "RXt101ibn_512_all", "ResNeSt101_512_all", "ResNeSt269_512_all")
LISTS = ("clean", "c2x", "full", "index-train", "all", "queries", "index", "truth", "landmarks")
SCORES = (
    *("full/expanded.search.scores.tsv", "full/expanded.search.recipe.scores.tsv"),
    *("full/expanded.landmark.scores.tsv", "full/expanded.landmark.recipe.scores.tsv"),
)
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


def test_the_targets_of_the_makefile_print_the_commands_of_their_rules(tmp_path):
    arguments = [*official(tmp_path), f"S={tmp_path}/other", "RECIPE=fast"]
    command = ["make", "--dry-run", "--old-file=.venv/installed", "submission", *arguments]
    done = subprocess.run(
        command, cwd=RULES.parent, env=ENVIRONMENT, capture_output=True, text=True
    )
    assert made_by(done.stdout)[-1] == "fast/submission.csv"


@pytest.mark.parametrize(
    "arguments",
    [
        ["demo", "D=present/new/deep"],
        ["chain", "D=present/new"],
        ["submission", "S=present/new folder"],
        ["kaggle-bundle", "S=present/new"],
        ["photos", "DIR=photos", "P=present/new"],
    ],
)
def test_a_dry_run_leaves_no_folder(tmp_path, arguments):
    target, *variables = arguments
    for name in ("present", "photos"):
        (tmp_path / name).mkdir()
    placed = [variable.replace("=", f"={tmp_path}/") for variable in variables]
    command = ["make", "-n", "--old-file=.venv/installed", target, *placed]
    subprocess.run(command, cwd=RULES.parent, env=ENVIRONMENT, check=True, capture_output=True)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["photos", "present"]


@pytest.mark.slow
def test_the_plan_needs_and_leaves_no_folder(tmp_path):
    command = ["make", "--old-file=.venv/installed", "submission-plan", "RECIPE=fast"]
    done = subprocess.run(
        [*command, f"S={tmp_path}/new"],
        cwd=RULES.parent,
        env={**ENVIRONMENT, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "\nall steps " in done.stdout
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A folder in which the whole recipe is done, by the times of its files."""
    folder = tmp_path_factory.mktemp("submission")
    arguments = official(folder)
    make_all(folder, arguments)
    inputs = " ".join((*arguments[:2], "SEED=0"))
    (folder / "work/begun-with").write_text(f"{inputs}\n")
    return folder, arguments


def after_a_touch(finished, name: str) -> list[str]:
    """Return what make would make again if one file of the finished folder were newer than all."""
    folder, arguments = finished
    path = folder / "work" / name
    before = path.stat().st_mtime
    try:
        newer(path)
        return made_by(dry_run(folder, arguments))
    finally:
        os.utime(path, (before, before))


def test_the_stages_are_trained_in_the_published_order(tmp_path):
    made = made_by(dry_run(tmp_path, official(tmp_path)))
    trained = [Path(name).stem for name in made if name.startswith("runs/")]
    assert trained == [
        *("SER101ibn_384", "SER101ibn_384_finetune", "SER101ibn_512_finetune", "SER101ibn_512_all"),
        *("RXt101ibn_384", "RXt101ibn_384_finetune", "RXt101ibn_512_finetune", "RXt101ibn_512_all"),
        *("ResNeSt101_384", "ResNeSt101_384_finetune"),
        *("ResNeSt101_512_finetune", "ResNeSt101_512_all"),
        *("ResNeSt269_448", "ResNeSt269_448_finetune"),
        *("ResNeSt269_512_finetune", "ResNeSt269_512_all"),
    ]


def test_the_fast_recipe_is_one_network_without_rerank(tmp_path):
    commands = dry_run(tmp_path, [*official(tmp_path), "RECIPE=fast"])
    assert made_by(commands) == [
        "kaggle-lists/test.tsv",
        "kaggle-lists/index.tsv",
        "lists",
        "runs/R50_256.safetensors",
        "R50_256/queries.zarr",
        "kaggle-lists/expanded.tsv",
        "R50_256/expanded.zarr",
        "fast/expanded.search.neighbours.tsv",
        "fast/expanded.search.scores.tsv",
        "fast/expanded.search.recipe.scores.tsv",
        "fast/table.txt",
        "fast/report.html",
        "R50_256/index.zarr",
        "fast/index.search.neighbours.tsv",
        "fast/submission.csv",
    ]
    assert "gld-train --config" in commands and "--gpus 8" in commands


def test_nothing_is_made_twice(finished):
    folder, arguments = finished
    assert dry_run(folder, arguments) == "cat full/table.txt\n"


def test_what_is_deleted_is_made_again(tmp_path):
    folder = tmp_path, official(tmp_path)
    make_all(*folder)
    (tmp_path / "work/full/index.search.neighbours.tsv").unlink()
    assert made_by(dry_run(*folder)) == [
        "full/index.search.neighbours.tsv",
        "full/index.landmark.neighbours.tsv",
        "full/submission.csv",
    ]


def test_weights_and_checkpoints_may_be_deleted_when_all_is_made(tmp_path):
    folder = tmp_path, official(tmp_path)
    make_all(*folder)
    for name in ("weights", "runs"):
        shutil.rmtree(tmp_path / "work" / name)
    assert made_by(dry_run(*folder)) == []


def test_a_list_that_changes_concerns_the_networks_trained_on_it(finished):
    made = after_a_touch(finished, "lists/all.tsv")
    assert made[:1] == ["runs/SER101ibn_512_all.safetensors"]
    assert {name for name in made if name.startswith("runs/")} == {
        f"runs/{network}.safetensors" for network in NETWORKS
    }
    assert "kaggle-lists/expanded.tsv" not in made


def test_a_checkpoint_that_changes_concerns_its_network_and_the_rankings(finished):
    network = "RXt101ibn_512_all"
    assert sorted(after_a_touch(finished, f"runs/{network}.safetensors")) == sorted(
        [
            *(f"{network}/{name}.zarr" for name in ("queries", "index", "expanded", "index-train")),
            *(
                f"{network}/{name}.zarr"
                for name in ("index-tags", "expanded-tags", "query-tags", "graph")
            ),
            *rankings("index"),
            *rankings("expanded"),
            *SCORES,
            *("full/table.txt", "full/report.html", "full/submission.csv"),
        ]
    )


def rankings(index: str) -> list[str]:
    return [f"full/{index}.{ranking}.neighbours.tsv" for ranking in ("search", "landmark")]


def test_a_store_that_changes_concerns_its_tags_and_the_rankings_of_its_images(finished):
    assert after_a_touch(finished, "RXt101ibn_512_all/index.zarr") == [
        "full/index.search.neighbours.tsv",
        "RXt101ibn_512_all/index-tags.zarr",
        "full/index.landmark.neighbours.tsv",
        "full/submission.csv",
    ]


RERANKED = (
    "full/expanded.landmark.neighbours.tsv",
    "full/expanded.landmark.scores.tsv",
    "full/expanded.landmark.recipe.scores.tsv",
    "full/table.txt",
    "full/report.html",
)


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("expanded-tags", RERANKED),
        ("index-tags", ("full/index.landmark.neighbours.tsv", "full/submission.csv")),
        ("graph", (*RERANKED, "full/index.landmark.neighbours.tsv", "full/submission.csv")),
    ],
)
def test_tags_and_graphs_that_change_concern_the_rerank_alone(finished, name, made):
    assert after_a_touch(finished, f"ResNeSt269_512_all/{name}.zarr") == list(made)


def test_the_official_files_that_change_concern_all_but_the_lists_of_the_competition(finished):
    folder, arguments = finished
    everything = made_by(dry_run(folder, [*arguments, "--always-make"]))
    assert sorted(after_a_touch(finished, "../gldv2/train/train.csv")) == sorted(
        set(everything) - {"kaggle-lists/test.tsv", "kaggle-lists/index.tsv"}
    )


def test_a_configuration_that_changes_concerns_its_stage_and_what_follows(tmp_path):
    shutil.copytree(CONFIGS, tmp_path / "configs")
    folder = tmp_path, [*official(tmp_path), f"CONFIGS={tmp_path}/configs"]
    make_all(*folder)
    made = after_a_touch(folder, "../configs/ResNeSt101_512_finetune.toml")
    assert [name for name in made if name.startswith("runs/")] == [
        "runs/ResNeSt101_512_finetune.safetensors",
        "runs/ResNeSt101_512_all.safetensors",
    ]
    assert {Path(name).parent.name for name in made} == {"runs", "ResNeSt101_512_all", "full"}


def test_the_index_that_changes_concerns_all_that_is_made_of_it(finished):
    expanded = ["kaggle-lists/expanded.tsv"]
    for index in ("index", "expanded"):
        expanded += [f"{network}/{index}.zarr" for network in NETWORKS]
        expanded += [f"{network}/{index}-tags.zarr" for network in NETWORKS]
        expanded += [f"full/{index}.{ranking}.neighbours.tsv" for ranking in ("search", "landmark")]
    results = ["full/table.txt", "full/report.html", "full/submission.csv"]
    assert sorted(after_a_touch(finished, "kaggle-lists/index.tsv")) == sorted(
        [*expanded, *SCORES, *results]
    )


def test_the_truth_that_changes_concerns_the_scores_alone(finished):
    assert after_a_touch(finished, "lists/truth.tsv") == [
        *SCORES,
        "full/table.txt",
        "full/report.html",
    ]


def test_checkpoints_that_are_put_in_place_are_inputs(tmp_path):
    arguments = official(tmp_path)
    placed = tmp_path / "work/runs"
    placed.mkdir()
    for network in NETWORKS:
        (placed / f"{network}.safetensors").touch()
        os.utime(placed / f"{network}.safetensors", (0, 0))
    made = made_by(dry_run(tmp_path, arguments))
    assert not [name for name in made if name.startswith("runs/")]
    assert f"{NETWORKS[0]}/queries.zarr" in made


def test_stores_that_are_put_in_place_are_inputs(tmp_path):
    arguments = official(tmp_path)
    for network in NETWORKS:
        for name in ("queries", "index", "expanded", "index-train"):
            (tmp_path / "work" / network / f"{name}.zarr").mkdir(parents=True)
    made = made_by(dry_run(tmp_path, arguments))
    assert not [name for name in made if name.endswith((".safetensors", "queries.zarr"))]
    assert f"{NETWORKS[0]}/graph.zarr" in made


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["RAW=gldv2"], "COMPETITION is not given; expected the competition's folder, which holds"),
        (["COMPETITION=kaggle"], "RAW is not given; expected the folder of the official files"),
        (["RAW=", "COMPETITION=kaggle"], "RAW is empty; expected the folder of the official files"),
        (["RAW=my data", "COMPETITION=kaggle"], "RAW and COMPETITION: names with spaces; make sub"),
        (["RECIPE=slow"], "RECIPE=slow; expected full or fast"),
        (["GPUS=0"], "GPUS=0; expected a number, 1 or more"),
        (["GPUS=1.5"], "GPUS=1.5; expected a number, 1 or more"),
        (["GPUS=-2"], "GPUS=-2; expected a number, 1 or more"),
    ],
)
def test_wrong_arguments_end_at_once(tmp_path, arguments, message):
    stderr = refused(tmp_path, arguments)
    assert message in stderr
    assert not list(tmp_path.iterdir())


def test_the_images_of_the_competition_are_listed_in_order(tmp_path):
    arguments = official(tmp_path)
    for name in ("b/7b", "a/0c", "a/9a"):
        path = tmp_path / "kaggle/test" / f"{name}.jpg"
        path.parent.mkdir(exist_ok=True)
        path.touch()
    command = ["make", "-f", RULES, *arguments, "kaggle-lists/test.tsv"]
    subprocess.run(command, cwd=tmp_path / "work", env=ENVIRONMENT, check=True)
    assert (tmp_path / "work/kaggle-lists/test.tsv").read_text().splitlines() == [
        "id\tpath",
        "1d\ttest/1d.jpg",
        "0c\ttest/a/0c.jpg",
        "9a\ttest/a/9a.jpg",
        "7b\ttest/b/7b.jpg",
    ]
    assert not list((tmp_path / "work/kaggle-lists").glob("*.partial"))


def test_all_that_is_missing_is_named_before_the_first_step(tmp_path):
    arguments = official(tmp_path)
    work = tmp_path / "work"
    (work / "weights/resnest269-0cc87c48.pth").unlink()
    (work / "weights/resnext101_ibn_a-6ace051d.pth").unlink()
    (tmp_path / "kaggle/index/1d.jpg").unlink()
    (tmp_path / "gldv2/train/train.csv").unlink()
    assert refused(work, arguments).splitlines()[:-1] == [
        f"{tmp_path}/gldv2: no train/train.csv; expected the official files as RAW",
        f"gld-lists download metadata countries index test train -o {tmp_path}/gldv2 fetches them",
        f"{tmp_path}/kaggle/index: no images; expected the competition's folder as COMPETITION",
        *(
            f"{work}/weights/{name}: missing; the ImageNet weights of the network, as their "
            "authors publish them"
            for name in ("resnest269-0cc87c48.pth", "resnext101_ibn_a-6ace051d.pth")
        ),
    ]
    assert [path.name for path in work.iterdir()] == ["weights"]


def test_a_folder_of_the_competition_without_images_is_refused_after_a_look_into_it(tmp_path):
    arguments = official(tmp_path)
    (tmp_path / "kaggle/index/1d.jpg").rename(tmp_path / "kaggle/index/1d.txt")
    stderr = refused(tmp_path / "work", arguments)
    assert f"{tmp_path}/kaggle/index: no images; expected *.jpg, in folders too\n" in stderr
    assert not (tmp_path / "work/lists").exists()


def test_a_folder_begun_with_other_inputs_is_refused(tmp_path):
    arguments = official(tmp_path)
    begun = tmp_path / "work/begun-with"
    begun.write_text("RAW=/gldv2 COMPETITION=/kaggle SEED=0\n")
    stderr = refused(tmp_path / "work", arguments)
    assert stderr.rstrip().endswith(
        f"*** {tmp_path}/work was begun with RAW=/gldv2 COMPETITION=/kaggle SEED=0; choose another "
        f"folder by S=FOLDER, or write the new place to {tmp_path}/work/begun-with if the same "
        "files have been moved.  Stop."
    )


@pytest.mark.parametrize(
    "name", ["a b", "it's", "a$b", "#1", "100%", "~", "(x)", "a:b", "a=b", 'q"']
)
def test_folders_of_any_name_are_linked(tmp_path, name):
    data = tmp_path / name
    official(data)
    images = data / "elsewhere"
    (data / "kaggle/test").rename(images)
    (data / "kaggle/test").symlink_to(images)
    work = tmp_path / "work of it's"
    (data / "work").rename(work)
    command = [
        *("make", "--old-file=.venv/installed", "submission", "RECIPE=fast"),
        *(f"RAW={data}/gldv2", f"COMPETITION={data}/kaggle", f"S={work}"),
    ]
    done = subprocess.run(
        [*command, "-n"], cwd=RULES.parent, env=ENVIRONMENT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "gld-lists google links/RAW -o lists" in done.stdout
    assert (work / "links/RAW").resolve() == data / "gldv2"
    subprocess.run(
        ["make", "-f", RULES, "RAW=links/RAW", "COMPETITION=links/COMPETITION", "GPUS=8",
         "kaggle-lists/test.tsv"],
        cwd=work, env=ENVIRONMENT, check=True,
    )  # fmt: skip
    assert (work / "kaggle-lists/test.tsv").read_text() == "id\tpath\n1d\ttest/1d.jpg\n"


def test_a_link_to_another_folder_is_refused(tmp_path):
    for name in ("a b", "a c"):
        official(tmp_path / name)
        done = subprocess.run(
            [*("make", "--old-file=.venv/installed", "-n", "submission", f"S={tmp_path}/work"),
             *(f"RAW={tmp_path}/{name}/gldv2", f"COMPETITION={tmp_path}/{name}/kaggle")],
            cwd=RULES.parent, env=ENVIRONMENT, capture_output=True, text=True,
        )  # fmt: skip
    assert done.stderr.splitlines()[0] == (
        f"RAW={tmp_path}/a c/gldv2: {tmp_path}/work/links/RAW leads to {tmp_path}/a b/gldv2; "
        "choose another folder by S=FOLDER, or let the link lead to the new place if the same "
        "files have been moved"
    )


STUB = """#!/usr/bin/env bash
# Stands for gld-embed: leaves a store that is there as it is.
store=${!#}
if [ -e "$store.partial" ]; then mv "$store.partial" "$store"; fi
mkdir -p "$store"
touch "$store/zarr.json"
"""


@pytest.fixture
def embedding(tmp_path):
    """A folder with a store that a stub of gld-embed has made; the function makes it again."""
    arguments = official(tmp_path)
    work, program = tmp_path / "work", tmp_path / "bin/gld-embed"
    for file in (program, work / "kaggle-lists/test.tsv", work / "runs/R50_256.safetensors"):
        file.parent.mkdir(exist_ok=True)
        file.write_text("first\n")
    program.write_text(STUB)
    program.chmod(0o755)

    def make(*options: str) -> int:
        path = f"{program.parent}:{os.environ['PATH']}"
        command = ["make", "-f", RULES, *arguments, *options, "R50_256/queries.zarr"]
        return subprocess.run(command, cwd=work, env={**ENVIRONMENT, "PATH": path}).returncode

    assert make() == 0
    (work / "R50_256/queries.zarr/mark").touch()
    return work, make


def newer(path: Path, text: str | None = None) -> None:
    """Make a file newer than all others; with a text, with other contents too."""
    if text is not None:
        path.write_text(text)
    os.utime(path, (FUTURE, FUTURE))


@pytest.mark.parametrize("name", ["kaggle-lists/test.tsv", "runs/R50_256.safetensors"])
@pytest.mark.parametrize("suffix", ["", ".partial"])
def test_a_store_is_made_again_only_for_other_contents(embedding, name, suffix):
    work, make = embedding
    store, begun = work / "R50_256/queries.zarr", work / f"R50_256/queries.zarr{suffix}"
    store.rename(begun)
    newer(work / name)
    assert make() == 0
    assert (store / "mark").exists(), "the contents are the same"
    store.rename(begun)
    newer(work / name, "second\n")
    assert make() == 0
    assert not (store / "mark").exists()


def test_a_store_whose_inputs_are_newer_is_due_only_for_other_contents(embedding):
    work, make = embedding
    store = work / "R50_256/queries.zarr"
    os.utime(store, (0, 0))
    assert make("--question") == 0, "the contents are those that are noted"
    assert store.stat().st_mtime > 0
    os.utime(store, (0, 0))
    (work / "kaggle-lists/test.tsv").write_text("second\n")
    assert make("--question") == 1
    assert make() == 0
    assert make("--question") == 0
