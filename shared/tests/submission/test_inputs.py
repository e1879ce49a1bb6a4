"""The official files and the folder of a submission: what is missing, other or oddly named."""

import subprocess

import pytest

from .rules import ENVIRONMENT, RULES, official, refused


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
