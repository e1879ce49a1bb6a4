"""The precision chosen for a processor."""

from gld_embed.inference.precision import FP32, choose_precision, cpu_has_bf16


def test_precision_follows_the_processor(tmp_path):
    description = tmp_path / "cpuinfo"
    assert not cpu_has_bf16(description)
    description.write_text("processor : 0\nflags : fpu avx512f\n")
    assert not cpu_has_bf16(description)
    description.write_text("processor : 0\nflags : fpu avx512_bf16 sse\n")
    assert cpu_has_bf16(description)
    assert choose_precision(FP32, "cpu") == FP32
