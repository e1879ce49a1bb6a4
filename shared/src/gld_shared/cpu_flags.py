"""The instruction sets of this machine's CPU."""

import sys
from pathlib import Path

CPU_INFO = Path("/proc/cpuinfo")


def cpu_flags(cpu_info: Path = CPU_INFO) -> set[str]:
    """Return the instruction sets that Linux reports; empty on other systems."""
    if not sys.platform.startswith("linux") or not cpu_info.exists():
        return set()
    for line in cpu_info.read_text().splitlines():
        name, _, values = line.partition(":")
        if name.strip() == "flags":
            return set(values.split())
    return set()
