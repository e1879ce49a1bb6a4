import pytest
import torch
from gld_shared.devices import choose_device
from gld_shared.errors import DataError


def test_auto_is_a_gpu_where_there_is_one():
    assert choose_device("auto") == ("cuda" if torch.cuda.is_available() else "cpu")
    assert choose_device("cpu") == "cpu"


@pytest.mark.parametrize("name", ["tpu", "meta", "cuda:x"])
def test_an_unknown_device_is_named(name):
    with pytest.raises(DataError) as error:
        choose_device(name)
    assert str(error.value) == f"--device {name}: expected auto, cpu, cuda or cuda:N"


@pytest.mark.parametrize("name", ["gpu", "", None])
def test_a_python_argument_is_named(name):
    with pytest.raises(DataError) as error:
        choose_device(name, "device")
    assert str(error.value) == f"device {name}: expected auto, cpu, cuda or cuda:N"


def test_the_first_cpu_is_the_cpu():
    assert choose_device("cpu:0") == "cpu"


def test_a_gpu_without_torch_is_an_error_that_names_the_extra(monkeypatch):
    monkeypatch.setattr("gld_shared.devices._has_torch", lambda: False)
    assert choose_device("auto") == choose_device("cpu") == "cpu"
    with pytest.raises(DataError) as error:
        choose_device("cuda")
    assert str(error.value) == (
        "--device cuda: torch is not installed; "
        "pip install torch, or the extra gpu, as in gld-search[gpu]"
    )


def test_a_missing_gpu_is_named():
    with pytest.raises(DataError) as error:
        choose_device("cuda:99")
    assert str(error.value) == (
        f"--device cuda:99: this machine has {torch.cuda.device_count()} CUDA devices; "
        "use cpu or auto"
    )
