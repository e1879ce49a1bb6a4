import os

import pytest
from gld_shared.search.faiss_blas_kernel import VARIABLE, choose_kernel

NEW = "processor : 0\nflags\t\t: fpu avx2 avx512f avx512bw avx512cd avx512dq avx512vl\n"
OLD = "processor : 0\nflags\t\t: fpu avx2\n"


@pytest.fixture
def cpu_info(tmp_path, monkeypatch):
    # Set the variable first, so that monkeypatch also undoes the value that the tested code sets.
    monkeypatch.setenv(VARIABLE, "x")
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setattr("sys.platform", "linux")
    return tmp_path / "cpuinfo"


def test_avx512_selects_skylakex(cpu_info):
    cpu_info.write_text(NEW)
    assert choose_kernel(cpu_info) == "SkylakeX"
    assert os.environ[VARIABLE] == "SkylakeX"


def test_an_older_cpu_is_left_to_openblas(cpu_info):
    cpu_info.write_text(OLD)
    assert choose_kernel(cpu_info) is None
    assert VARIABLE not in os.environ


def test_the_users_choice_is_kept(cpu_info, monkeypatch):
    cpu_info.write_text(NEW)
    monkeypatch.setenv(VARIABLE, "Haswell")
    assert choose_kernel(cpu_info) == "Haswell"
