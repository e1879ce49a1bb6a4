"""The kernel of FAISS's BLAS."""

import pytest
from gld_search.approximate.import_faiss import choose_kernel

NEW = "processor : 0\nflags\t\t: fpu avx2 avx512f avx512bw avx512cd avx512dq avx512vl\n"
OLD = "processor : 0\nflags\t\t: fpu avx2\n"


@pytest.mark.parametrize(
    ("flags", "exported", "chosen"),
    [(NEW, None, "SkylakeX"), (OLD, None, None), (NEW, "Haswell", "Haswell")],
)
def test_the_blas_kernel_is_that_of_the_cpu_unless_the_user_chose(
    flags, exported, chosen, tmp_path, monkeypatch
):
    # Set first, so that what the code under test sets is undone too.
    monkeypatch.setenv("OPENBLAS_CORETYPE", "x")
    monkeypatch.delenv("OPENBLAS_CORETYPE")
    monkeypatch.setattr("sys.platform", "linux")
    if exported:
        monkeypatch.setenv("OPENBLAS_CORETYPE", exported)
    cpu_info = tmp_path / "cpuinfo"
    cpu_info.write_text(flags)
    assert choose_kernel(cpu_info) == chosen
