"""``--version``: gld's; with ``-v`` also those of the packages used, and the CPU's kernels."""

import platform
from collections.abc import Iterator, Mapping
from typing import Any

import click

from gld_shared.cpu_flags import cpu_flags
from gld_shared.provenance import DISTRIBUTION_VERSION

# The tools that multiply matrices.
_MULTIPLYING = {"gld-train", "gld-embed", "gld-search", "gld-rerank"}
_BFLOAT16_FLAGS = ("avx512_bf16", "amx_bf16")


class VersionOption(click.Option):
    """``--version``, which ends the command; an option ``-v``, wherever it is, asks for more."""

    def __init__(self, tool_name: str) -> None:
        """Show the version of this tool."""
        self._tool_name = tool_name
        super().__init__(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            help="Show the version and exit.",
        )

    def handle_parse_result(
        self, ctx: click.Context, opts: Mapping[str, Any], args: list[str]
    ) -> tuple[Any, list[str]]:
        """Print before any other option is looked at; ``opts`` holds all that were given."""
        if opts.get("version") and not ctx.resilient_parsing:
            click.echo(f"{self._tool_name} {DISTRIBUTION_VERSION}")
            if opts.get("verbose"):
                click.echo("\n".join(details(self._tool_name)))
            ctx.exit()
        return super().handle_parse_result(ctx, opts, args)


def details(tool_name: str) -> Iterator[str]:
    """Yield a line for Python, each installed package that the tool asks for, and the kernels."""
    yield f"python {platform.python_version()}"
    for name, version in sorted(_packages(tool_name).items()):
        yield f"{name} {version}"
    if tool_name in _MULTIPLYING:
        yield f"CPU kernels: {_float32_kernel()}; {_faster_kernel()}"


def _packages(tool_name: str) -> dict[str, str]:
    """Return the versions of the packages that a distribution names, with its extras.

    gld-shared stands for the packages that it names, with the extras that the tool asks it for.
    """
    from importlib.metadata import PackageNotFoundError, requires, version

    from packaging.requirements import Requirement

    found: dict[str, str] = {}
    # A distribution and the extras of it to follow; all extras of the tool, as they are optional.
    waiting: list[tuple[str, set[str] | None]] = [(tool_name, None)]
    while waiting:
        name, extras = waiting.pop()
        for line in requires(name) or ():
            requirement = Requirement(line)
            if not _applies(requirement, extras):
                continue
            if requirement.name == "gld-shared":
                waiting.append((requirement.name, requirement.extras))
                continue
            try:
                found[requirement.name] = version(requirement.name)
            except PackageNotFoundError:
                continue
    return found


def _applies(requirement: Any, extras: set[str] | None) -> bool:
    """Return whether a requirement holds here, with these extras, or with any if None."""
    marker = requirement.marker
    if marker is None:
        return True
    if extras is None:
        return "extra" in str(marker) or bool(marker.evaluate())
    return any(marker.evaluate({"extra": extra}) for extra in {"", *extras})


def _float32_kernel() -> str:
    """Return the kernel of numpy's BLAS, which computes products in float32 without torch."""
    import numpy  # noqa: F401 - loads its BLAS
    from threadpoolctl import threadpool_info

    for library in threadpool_info():
        if library["user_api"] == "blas":
            return f"float32 by {library['internal_api']} {library['architecture']}"
    return "float32 by numpy"


def _faster_kernel() -> str:
    """Return what gld multiplies faster than float32 on this CPU, and by which instructions."""
    # Imported here: every command imports this module.
    from gld_shared.search.precision import fastest_of_cpu

    present = [flag for flag in _BFLOAT16_FLAGS if flag in cpu_flags()]
    if present:
        return f"bfloat16 by {' and '.join(present)}"
    return "int16 by avx2" if fastest_of_cpu() == "int16" else "no bfloat16"
