"""The recipe's 18 published stages as TOML, compared with the values of the recipe's own code."""

import re
from pathlib import Path

import pytest
from gld_train.config import read_config

CONFIGS = Path(__file__).parents[1] / "configs"
FIXTURES = Path(__file__).parent / "fixtures"
OTHERS = ("base", "demo", "photographs", "photographs_new_landmarks")
STAGES = sorted(path.stem for path in CONFIGS.glob("*.toml") if path.stem not in OTHERS)
GPUS = 8
LISTS = {"clean": "clean", "c2f": "c2x", "full": "full", "all": "all"}
SAMPLERS = {"softmax": "shuffle", "gld": "continent"}


def published(stage):
    """The recipe's keys and values of a stage, as text."""
    text = (FIXTURES / "recipe_stages.txt").read_text()
    (section,) = re.findall(rf"^##### {stage}\n(.*?)(?=^#####|\Z)", text, re.DOTALL | re.MULTILINE)
    return dict(line.split(": ", 1) for line in section.split("\n") if line)


def test_there_are_eighteen():
    assert len(STAGES) == 18


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_has_the_published_values(stage):
    theirs = published(stage)
    config, _ = read_config(CONFIGS / f"{stage}.toml")
    cache = re.fullmatch(r"cache_(\w+)_list.pkl", theirs["CACHE_LIST"])[1]
    found = {
        "NAME": config.model.backbone.removeprefix("recipe:"),
        "NECK_DIM": str(config.model.dim),
        "GEM": str(config.model.pooling == "gem"),
        "ID_LOSS_TYPE": config.head.kind,
        "COSINE_SCALE": f"{config.head.scale:g}",
        "SIZE_TRAIN": str([config.image.size] * 2),
        "PIXEL_MEAN": str(list(config.image.mean)),
        "PIXEL_STD": str(list(config.image.std)),
        "PADDING": str(config.augment.padding),
        "PROB": str(config.augment.flip),
        "RE_PROB": str(config.augment.erase),
        "SAMPLER": {ours: name for name, ours in SAMPLERS.items()}[config.data.sampler],
        "IMS_PER_BATCH": str(config.data.batch_size // GPUS),
        "MAX_EPOCHS": str(config.schedule.epochs),
        "WARMUP_EPOCHS": str(config.schedule.warmup),
        "OPTIMIZER_NAME": config.optim.name.upper(),
        "BASE_LR": str(config.optim.lr),
        "MOMENTUM": str(config.optim.momentum),
        "WEIGHT_DECAY": str(config.optim.weight_decay),
        "WEIGHT_DECAY_BIAS": str(config.optim.weight_decay),
        "BIAS_LR_FACTOR": f"{config.optim.bias_factor:g}",
        "CHECKPOINT_PERIOD": str(config.checkpoint.every_epochs),
    }
    assert found == {key: theirs[key] for key in found}
    assert config.data.list == f"lists/{LISTS[cache]}.tsv"
    assert config.head.margin == float(theirs["COSINE_MARGIN"])


def test_each_stage_starts_where_the_recipe_says():
    """Except R50_256_finetune, which starts from its own output: an unpublished stage."""
    for stage in STAGES:
        theirs, (config, _) = published(stage), read_config(CONFIGS / f"{stage}.toml")
        if theirs["PRETRAIN_CHOICE"] == "imagenet":
            file = Path(theirs["PRETRAIN_PATH"]).name
            assert (config.model.weights, config.head.init) == (f"weights/{file}", "random")
            continue
        before, epoch = re.search(r"(\w+)/\w+_(\d+)\.pth$", theirs["PRETRAIN_PATH"]).groups()
        before = before.replace("ResNest", "ResNeSt")
        if stage == "R50_256_finetune":
            before, epoch = "R50_256", "10"
        last, _ = read_config(CONFIGS / f"{before}.toml")
        start = f"runs/{before}.run/epoch-{int(epoch):03d}"
        if int(epoch) == last.schedule.epochs:
            assert config.model.weights == f"runs/{before}.safetensors"
            assert config.head.init == f"runs/{before}.run/head.safetensors"
        else:
            assert config.model.weights == f"{start}.safetensors"
            assert config.head.init == f"{start}.head.safetensors"
            assert int(epoch) % last.checkpoint.every_epochs == 0
