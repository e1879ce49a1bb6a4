"""gld-embed: arguments in, rows out."""

import os
import shutil
import signal
import subprocess
import tarfile
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import simplejpeg
import torch
from gld_shared.checkpoint import save_checkpoint
from gld_shared.networks import NetworkConfig, build, load_model
from gld_shared.sha256 import sha256
from gld_shared.store import open_store
from gld_shared.store.layout import partial_of
from gld_shared.tables import LIST, UNREADABLE, read_table, write_table
from gld_shared.testing import program, run
from gld_shared.testing.file_server import FileServer

PIXELS = "pixels:4"
NETWORK = "random:efficientnet_lite0"


@pytest.fixture
def photos(tmp_path) -> Path:
    """Five pictures of noise and their list, with one id twice."""
    return make_photos(tmp_path, 5)


def make_photos(folder: Path, n: int) -> Path:
    (folder / "photos").mkdir()
    for number in range(n):
        pixels = np.random.default_rng(number).integers(0, 256, (40, 50, 3), dtype=np.uint8)
        data = simplejpeg.encode_jpeg(pixels, colorspace="RGB")
        (folder / "photos" / f"{number}.jpg").write_bytes(data)
    ids = [f"x{number}" for number in range(n)]
    rows = pl.DataFrame({"id": [*ids, "x0"], "path": [*(f"{i}.jpg" for i in range(n)), "none.jpg"]})
    write_table(folder / "list.tsv", LIST, rows, {"history": []})
    return folder


def command(folder: Path, *more: str, checkpoint: str = PIXELS, output: str = "x.zarr"):
    return [
        *("gld-embed", str(folder / "list.tsv"), "-c", checkpoint),
        *("--images", str(folder / "photos"), "-o", str(folder / output), *more),
    ]


def done(result):
    assert result.exit_code == 0, result.output
    return result


def failed(result) -> str:
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Traceback" not in result.stderr
    return result.stderr


def test_plain_weights_without_training(photos):
    weights = photos / "w.safetensors"
    tensors = load_model("random:test_resnet").network.backbone.state_dict()
    torch.save({"state_dict": {f"module.{key}": value for key, value in tensors.items()}}, weights)
    backbone = ["--size", "32", "--backbone", "test_resnet"]
    made = done(run(command(photos, *backbone, checkpoint=str(weights))))
    prefix = f"gld-embed: {weights}: prefix 'module.' removed from its tensors' names\n"
    assert made.stderr == prefix
    store = open_store(photos / "x.zarr")
    assert store.attributes["checkpoint"] == {"path": str(weights), "sha256": sha256(weights)}
    assert store.attributes["model"]["backbone"] == "test_resnet"
    done(run(command(photos, "--size", "32", checkpoint="random:test_resnet", output="y.zarr")))
    assert (store.read(slice(0, 5)) == open_store(photos / "y.zarr").read(slice(0, 5))).all()
    # The same command finds the store finished; another backbone is another store.
    assert done(run(command(photos, *backbone, checkpoint=str(weights)))).stderr == ""
    assert failed(run(command(photos, checkpoint=str(weights), output="z.zarr"))) == (
        f"Error: {weights}: plain weights, which do not say of which network; "
        "name it by --backbone, such as --backbone resnet50\n"
    )


def test_a_list_becomes_a_store(photos):
    result = done(run(command(photos, "--size", "32", checkpoint=NETWORK)))
    assert result.stdout == f"{photos / 'x.zarr'}\n"
    store = open_store(photos / "x.zarr")
    assert list(store.ids) == ["x0", "x1", "x2", "x3", "x4"]
    assert (store.dimension, store.dtype) == (1280, np.float16)
    vectors = store.read(slice(0, 5))
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=2e-3)
    assert store.attributes["normalized"] is True
    assert store.attributes["image"]["scales"] == [1.0]
    assert store.attributes["checkpoint"]["path"] == NETWORK
    (step,) = store.history
    assert step["tool"] == "gld-embed"
    assert [source["path"] for source in step["inputs"]] == [str(photos / "list.tsv"), NETWORK]


def test_raw_pixels_are_the_pixels(photos):
    done(run(command(photos, "--dtype", "float32")))
    store = open_store(photos / "x.zarr")
    assert (store.n, store.dimension, store.dtype) == (5, 48, np.float32)


def test_standard_input_gives_the_same_vectors(photos):
    done(run(command(photos)))
    arguments = command(photos, output="y.zarr")
    text = (photos / "list.tsv").read_text()
    done(run([arguments[0], "-", *arguments[2:]], stdin=text))
    first, second = open_store(photos / "x.zarr"), open_store(photos / "y.zarr")
    assert (first.read(slice(0, 5)) == second.read(slice(0, 5))).all()
    assert second.attributes["list"]["sha256"] == first.attributes["list"]["sha256"]


@pytest.mark.parametrize("workers", ["0", "3"])
def test_the_same_bytes_for_any_number_of_workers(photos, workers):
    done(run(command(photos, "-j", "1", "--batch", "2", "--size", "32", checkpoint=NETWORK)))
    more = ("-j", workers, "--batch", "2", "--size", "32")
    done(run(command(photos, *more, checkpoint=NETWORK, output="y.zarr")))
    assert sha256(photos / "x.zarr") == sha256(photos / "y.zarr")


def test_a_finished_store_is_left_as_it_is(photos):
    done(run(command(photos)))
    before = (photos / "x.zarr").stat().st_mtime_ns
    shutil.rmtree(photos / "photos")
    (photos / "photos").mkdir()
    assert done(run(command(photos))).stdout == f"{photos / 'x.zarr'}\n"
    assert (photos / "x.zarr").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("more", "what"),
    [
        (["--size", "8"], "image.size (32, now 8)"),
        (["--dtype", "float32"], "dtype (float16, now float32)"),
        (["--precision", "fp32"], "model.precision (bf16, now fp32)"),
    ],
)
def test_other_settings_are_refused(photos, more, what):
    first = ["--size", "32", "--precision", "bf16"]
    done(run(command(photos, *first, checkpoint=NETWORK)))
    # The last value of a repeated option counts.
    message = failed(run(command(photos, *first, *more, checkpoint=NETWORK)))
    assert f"was made with another {what}" in message
    assert message.endswith("; choose another output, or move this one away\n")


def test_another_list_is_refused(photos):
    done(run(command(photos)))
    with (photos / "list.tsv").open("a") as file:
        file.write("x9\t0.jpg\n")
    assert "was made with another list" in failed(run(command(photos)))


def test_a_list_and_a_checkpoint_are_the_same_under_another_name(photos, monkeypatch):
    tensors = build(NetworkConfig("test_resnet", neck="none")).state_dict()
    model, image = {"backbone": "test_resnet", "neck": "none"}, {"size": 32, "resize": "squash"}
    image |= {"mean": [0.5] * 3, "std": [0.5] * 3}
    save_checkpoint(photos / "m.safetensors", tensors, {"model": model, "image": image}, 1, {}, [])
    monkeypatch.chdir(photos)
    more = ["--images", "photos", "-o", "x.zarr"]
    done(run(["gld-embed", "list.tsv", "-c", "m.safetensors", *more]))
    before = sha256("x.zarr")
    more = ["--images", photos / "photos", "-o", "x.zarr"]
    other = ["gld-embed", photos / "list.tsv", "-c", "./m.safetensors", *more]
    assert done(run(other)).stdout == "x.zarr\n"
    assert sha256("x.zarr") == before
    # An interrupted one is resumed, too.
    Path("x.zarr").rename("x.zarr.partial")
    Path("x.zarr.partial/vectors/c/0/0").unlink()
    done(run(other))
    assert sha256("x.zarr") == before


def test_a_finished_store_that_lost_its_ids_is_not_called_finished(photos):
    done(run(command(photos)))
    shutil.rmtree(photos / "x.zarr" / "ids" / "c")
    assert failed(run(command(photos))) == (
        f"Error: {photos / 'x.zarr'}/ids/c/0: missing (1 of 1 chunks of ids are); "
        "restore the store from a copy, or embed again under another name\n"
    )


def test_the_first_unreadable_image_is_named(photos):
    (photos / "photos" / "2.jpg").write_bytes(b"no image")
    (photos / "photos" / "4.jpg").unlink()
    message = failed(run(command(photos)))
    assert message.startswith(f"Error: {photos / 'photos' / '2.jpg'}: ")
    assert "(id x2); --skip-unreadable leaves such images out" in message
    assert not (photos / "x.zarr").exists()


def test_unreadable_images_are_left_out_on_request(photos):
    done(run(command(photos, output="whole.zarr")))
    (photos / "photos" / "2.jpg").write_bytes(b"no image")
    failed(run(command(photos)))
    result = done(run(command(photos, "--skip-unreadable")))
    assert result.stderr.count("left out") == 2
    assert "1 of 5 images left out, see" in result.stderr
    store, whole = open_store(photos / "x.zarr"), open_store(photos / "whole.zarr")
    assert list(store.ids) == ["x0", "x1", "x3", "x4"]
    assert (store.read(slice(0, 4)) == whole.read([0, 1, 3, 4])).all()
    rows = (photos / "x.unreadable.tsv").read_text().splitlines()
    assert rows[1] == "id\tpath\treason"
    assert rows[2].startswith(f"x2\t2.jpg\t{photos / 'photos' / '2.jpg'}: ")
    assert sorted(path.name for path in photos.glob("x.*")) == ["x.unreadable.tsv", "x.zarr"]
    assert done(run(command(photos, "--skip-unreadable"))).stderr == ""


def test_a_folder_in_place_of_the_copy_without_unreadable_images_is_kept(photos):
    (photos / "photos" / "2.jpg").write_bytes(b"no image")
    (photos / "x.zarr.kept").mkdir()
    (photos / "x.zarr.kept" / "notes").write_text("mine")
    assert failed(run(command(photos, "--skip-unreadable"))).endswith(
        f"Error: {photos}/x.zarr.kept: exists and is no store of gld's, which needs the name to "
        "leave out unreadable images; move it away\n"
    )
    shutil.rmtree(photos / "x.zarr.kept")
    done(run(command(photos, "--skip-unreadable")))


def test_a_list_without_a_readable_image_is_an_error(photos):
    for file in (photos / "photos").iterdir():
        file.write_bytes(b"")
    message = failed(run(["gld-embed", *command(photos, "--skip-unreadable")[1:]]))
    assert "none of the 5 images can be read" in message


def test_a_folder_that_is_not_there(photos):
    shutil.rmtree(photos / "photos")
    assert "not a folder" in failed(run(command(photos)))
    assert sorted(path.name for path in photos.iterdir()) == ["list.tsv"]


def pack(folder: Path, tar: Path) -> Path:
    with tarfile.open(tar, "w") as archive:
        for file in sorted((folder / "photos").iterdir()):
            archive.add(file, file.name)
    return tar


def test_a_tar_and_a_url_give_the_same_store_as_the_folder(photos):
    done(run(command(photos, "-j", "2")))
    expected = sha256(photos / "x.zarr" / "vectors")
    pack(photos, photos / "photos.tar")
    with FileServer(photos) as server:
        sources = [photos / "photos.tar", f"{server.url}/photos.tar", f"{server.url}/photos"]
        for number, source in enumerate(sources):
            arguments = command(photos, "--images", str(source), output=f"{number}.zarr")
            done(run(arguments))
            assert sha256(photos / f"{number}.zarr" / "vectors") == expected
    assert not list(photos.glob("*.work"))


def test_an_image_that_a_tar_lacks_can_be_left_out(photos):
    (photos / "photos" / "2.jpg").unlink()
    more = ("--images", str(pack(photos, photos / "photos.tar")), "--skip-unreadable")
    assert (
        "photos.tar: 2.jpg: no such file in the archive" in done(run(command(photos, *more))).stderr
    )
    assert list(open_store(photos / "x.zarr").ids) == ["x0", "x1", "x3", "x4"]


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_network_that_fails_makes_no_image_unreadable(photos, monkeypatch, workers):
    monkeypatch.setattr("gld_shared.images.sources.remote_files.PAUSES", (0.0,))
    with FileServer(photos) as server:
        images = f"{server.url}/photos"
        arguments = command(photos, "--images", images, "--skip-unreadable", "-j", workers)
        server.statuses += [503] * 10
        message = failed(run(arguments))
        assert message.startswith(f"Error: {images}/") and "the server answered 503" in message
        assert not (photos / "x.zarr").exists()
        # Drop the failures that the server has not sent yet.
        server.statuses.clear()
        done(run(arguments))
    assert open_store(photos / "x.zarr").n == 5


def test_several_lists_are_read_as_one(photos):
    rows = pl.DataFrame({"id": ["y", "x1"], "path": ["3.jpg", "none.jpg"]})
    write_table(photos / "more.tsv", LIST, rows, {"history": []})
    arguments = command(photos)
    done(run([arguments[0], arguments[1], str(photos / "more.tsv"), *arguments[2:]]))
    store = open_store(photos / "x.zarr")
    assert list(store.ids) == ["x0", "x1", "x2", "x3", "x4", "y"]
    vectors = store.read(slice(0, 6))
    assert (vectors[5] == vectors[3]).all()
    names = [str(photos / "list.tsv"), str(photos / "more.tsv")]
    assert [source["path"] for source in store.attributes["list"]] == names
    assert [source["path"] for source in store.history[-1]["inputs"]] == [*names, PIXELS]


def test_braces_that_the_shell_expanded(photos):
    arguments = command(photos)
    assert failed(run([*arguments, str(photos / "images_001.tar")])) == (
        f"Error: {photos / 'images_001.tar'}: a tar archive, expected a list; if the shell has "
        "expanded the braces of --images, put them in quotes\n"
    )


@pytest.mark.parametrize("decode", ["fast", "exact", "recipe"])
def test_the_decoder_is_recorded(photos, decode):
    done(run(command(photos, "--decode", decode)))
    assert open_store(photos / "x.zarr").attributes["image"]["decode"] == decode
    other = "exact" if decode == "fast" else "fast"
    assert "was made with another image" in failed(run(command(photos, "--decode", other)))


def test_an_unknown_device(photos):
    assert "expected auto, cpu, cuda or cuda:N" in failed(run(command(photos, "--device", "tpu")))


@pytest.mark.slow
def test_a_killed_run_is_resumed_and_gives_the_same_bytes(tmp_path):
    make_photos(tmp_path, 3000)
    more = ("--size", "32", "--batch", "64")
    done(run(command(tmp_path, *more, checkpoint=NETWORK, output="whole.zarr")))
    (tmp_path / "whole").mkdir()
    (tmp_path / "whole.zarr").rename(tmp_path / "whole" / "x.zarr")
    arguments = command(tmp_path, *more, checkpoint=NETWORK)
    process = subprocess.Popen([program(arguments[0]), *arguments[1:]], stdout=subprocess.PIPE)
    first = partial_of(tmp_path / "x.zarr") / "vectors" / "c" / "0" / "0"
    limit = time.monotonic() + 120
    while not first.exists() and time.monotonic() < limit:
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert not (tmp_path / "x.zarr").exists()
    written = first.stat().st_mtime_ns
    done(run(arguments))
    assert (tmp_path / "x.zarr/vectors/c/0/0").stat().st_mtime_ns == written
    assert sha256(tmp_path / "x.zarr") == sha256(tmp_path / "whole" / "x.zarr")


def test_the_table_of_unreadable_images_can_be_read(photos):
    done(run(command(photos, "--skip-unreadable")))
    assert read_table(photos / "x.unreadable.tsv", UNREADABLE).rows.height == 0
