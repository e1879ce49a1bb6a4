"""Packages whose functions are imported on first use.

``from gld_search import search`` is what a Python user writes, but ``gld-search --help`` imports
the package too, and must not wait for zarr and torch.
"""

import sys
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Any


class LazyPackage(ModuleType):
    """A package whose public names are imported when they are first used."""

    _modules: Mapping[str, str]

    def __getattr__(self, name: str) -> Any:
        """Import a public name from its module."""
        if name not in self._modules:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        value = getattr(import_module(self._modules[name]), name)
        self.__dict__[name] = value
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        """Ignore the submodule that Python binds to a public name.

        Otherwise ``gld_search.search`` would be the function or the module, depending on the order
        of imports.
        """
        if name not in self._modules:
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        """List the names bound so far, and the public ones."""
        return sorted({*super().__dir__(), *self._modules})


def offer(package: str, modules: Mapping[str, str]) -> None:
    """Offer the names of ``modules``, each with the module that defines it, as the package's own.

    Call this in the package's ``__init__.py``, as ``offer(__name__, {"search":
    "gld_search.search"})``, beside an import of the same names under ``TYPE_CHECKING``.
    """
    module = sys.modules[package]
    module.__dict__.update(_modules=dict(modules), __all__=list(modules))
    module.__class__ = LazyPackage
