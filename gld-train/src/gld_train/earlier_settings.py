"""The settings in which an earlier run differs from this one."""

from collections.abc import Mapping
from typing import Any, TypedDict

from gld_shared.json_parser import as_json
from gld_shared.settings_difference import settings_difference

from gld_train.config import Config

# The settings that may name a file, whose contents decide.
_FILES = (
    ("model", "weights"),
    ("head", "init"),
    ("validation", "queries"),
    ("validation", "index"),
)


class Recorded(TypedDict, total=False):
    """The settings of a run as it recorded them: the sections that may name a file, and digests.

    Whoever reads them from a file checks them against this type.
    """

    inputs: dict[str, str]
    data: dict[str, Any]
    model: dict[str, Any]
    head: dict[str, Any]
    validation: dict[str, Any]


def difference_from(earlier: Mapping[str, Any], settings: Mapping[str, Any]) -> list[str]:
    """Return each setting that differs from those of an earlier run, with both values.

    A key that the earlier run does not record, because its release lacked it, has its default.
    """
    return settings_difference(_with_defaults(_with_contents(earlier)), _with_contents(settings))


def _with_defaults(settings: dict[str, Any]) -> dict[str, Any]:
    defaults = _with_contents(Config().recorded(seed=0))
    return {
        name: {**defaults.get(name, {}), **value} if isinstance(value, dict) else value
        for name, value in {**defaults, **settings}.items()
    }


def _with_contents(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy in which each file has its sha256 beside its path."""
    copy = as_json(settings)
    digests = copy.pop("inputs", {})
    for section, key in _FILES:
        name = copy.get(section, {}).get(key)
        if isinstance(name, str) and name in digests:
            copy[section][key] = {"path": name, "sha256": digests[name]}
    # The contents of the list decide, wherever it was named.
    copy.get("data", {}).pop("list", None)
    return {"list": {"path": "", "sha256": digests.get("list", "")}, **copy}
