"""``--version -v`` names the packages that a tool uses, and no others."""

import re

import pytest
from gld_shared.command import DISTRIBUTION_VERSION, version_option
from gld_shared.search import precision
from gld_shared.testing import TOOLS, run

# Packages of which each tool uses some; ``numpy`` and ``zarr`` stand for those of gld-shared.
USED = {
    "gld-lists": {"numpy", "opencv-python-headless", "torch", "zarr"},
    "gld-train": {"numpy", "opencv-python-headless", "timm", "torch", "zarr"},
    "gld-embed": {"numpy", "opencv-python-headless", "timm", "torch", "zarr"},
    "gld-search": {"numpy", "torch", "zarr"},
    "gld-rerank": {"numpy", "opencv-python-headless", "torch", "zarr"},
    "gld-eval": {"numpy", "opencv-python-headless", "zarr"},
}


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("order", [["--version", "-v"], ["-v", "--version"]])
def test_the_packages_that_a_tool_uses(tool, order):
    first, *lines = run([tool, *order]).stdout.splitlines()
    assert first == f"{tool} {DISTRIBUTION_VERSION}"
    versions = [line for line in lines if not line.startswith("CPU kernels: ")]
    assert all(re.fullmatch(r"[\w-]+ \d[\w.+]*", line) for line in versions), versions
    assert versions[0].startswith("python ")
    named = {line.split()[0] for line in versions}
    assert named & {"numpy", "opencv-python-headless", "timm", "torch", "zarr"} == USED[tool]
    multiplies = tool not in ("gld-lists", "gld-eval")
    assert [line.split(": ")[0] for line in lines].count("CPU kernels") == multiplies


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({"sse", "avx512_bf16", "amx_bf16"}, "bfloat16 by avx512_bf16 and amx_bf16"),
        ({"avx512_bf16"}, "bfloat16 by avx512_bf16"),
        ({"avx2"}, "no bfloat16"),
        ({"avx2", "sse4a", "vaes"}, "int16 by avx2"),
    ],
)
def test_the_instructions_of_what_is_faster_than_float32(flags, expected, monkeypatch):
    for module in (version_option, precision):
        monkeypatch.setattr(module, "cpu_flags", lambda: flags)
    last = run(["gld-search", "--version", "-v"]).stdout.splitlines()[-1]
    assert re.fullmatch(rf"CPU kernels: float32 by [\w ]+; {expected}", last)


def test_a_group_has_no_v_without_version():
    result = run(["gld-lists", "-v"])
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (2, "Error: No such option '-v'.")
    assert "--verbose" not in run(["gld-lists", "--help"]).stdout
