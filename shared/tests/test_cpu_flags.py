from gld_shared.cpu_flags import cpu_flags


def test_linux_reports_the_flags(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    (tmp_path / "cpuinfo").write_text("processor : 0\nflags\t\t: fpu avx2\n")
    assert cpu_flags(tmp_path / "cpuinfo") == {"fpu", "avx2"}


def test_without_cpuinfo_nothing_is_known(tmp_path):
    assert cpu_flags(tmp_path / "absent") == set()
