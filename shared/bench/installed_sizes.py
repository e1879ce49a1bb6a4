"""Sizes of the wheels, and of each tool installed alone with what it needs: rows of a table.

    python shared/bench/installed_sizes.py dist [TOOL ...]

``dist`` holds the wheels (``make wheels``). Each tool is installed in an empty environment, runs
``--version -v`` there, and the files of its environment are counted.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from gld_shared.testing import TOOLS, program

LOCK = Path(__file__).parents[2] / "requirements.lock"
# Packages whose absence is worth a column.
HEAVY = {"torch", "timm", "opencv-python-headless"}


def bytes_below(folder: Path) -> int:
    """Count the bytes of all files, each once."""
    files = {
        file.stat().st_ino: file.stat().st_size for file in folder.rglob("*") if file.is_file()
    }
    return sum(files.values())


def installed_alone(tool: str, wheels: list[Path], folder: Path) -> tuple[int, str]:
    """Install a tool in a new environment; return its bytes, and what ``--version -v`` prints."""
    uv, python = program("uv"), folder / "bin" / "python"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)
    install = [uv, "pip", "install", "--quiet", "--python", python, "--constraint", LOCK]
    subprocess.run([*install, *wheels], check=True)
    command = [folder / "bin" / tool, "--version", "-v"]
    # Without PYTHONPATH, which would lend it sources.
    done = subprocess.run(command, env={}, capture_output=True, text=True, check=True)
    return bytes_below(folder), done.stdout


def main() -> None:
    """Print a row for each tool."""
    dist, *tools = sys.argv[1:]
    wheels = {file.name.split("-")[0].replace("_", "-"): file for file in Path(dist).glob("*.whl")}
    kilobytes = wheels["gld-shared"].stat().st_size / 1000
    print(f"gld-shared's wheel: {kilobytes:.0f} kB")
    print("| installed alone | its wheel | installed | without |\n|---|---|---|---|")
    for tool in tools or TOOLS:
        with tempfile.TemporaryDirectory() as folder:
            both = [wheels["gld-shared"], wheels[tool]]
            size, report = installed_alone(tool, both, Path(folder) / "environment")
        absent = HEAVY - {line.split()[0] for line in report.splitlines()}
        kilobytes = wheels[tool].stat().st_size / 1000
        without = ", ".join(sorted(absent))
        print(f"| {tool} | {kilobytes:.0f} kB | {size / 1e9:.2f} GB | {without} |", flush=True)


if __name__ == "__main__":
    main()
