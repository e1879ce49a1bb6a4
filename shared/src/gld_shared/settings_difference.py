"""The settings in which two runs differ; files are the same if their contents are."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

_ENTRY = {"path", "sha256"}
_UNSET = "unset"
_DIGITS = 12


def settings_difference(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """Return each setting that differs, with both values: ``image.size (224, now 384)``.

    Settings are JSON values; sections are compared key by key. A file, ``{"path", "sha256"}``, or a
    list of files, is compared by the contents alone: one file has many spellings. If the contents
    of one of the two are not known (it is a path alone), the paths decide.
    """
    old, new = dict(_flat(found)), dict(_flat(wanted))
    return [
        f"{name} ({_shown(old.get(name, _UNSET))}, now {_shown(new.get(name, _UNSET))})"
        for name in {**new, **old}
        if not _same(old.get(name, _UNSET), new.get(name, _UNSET))
    ]


def settings_digest(settings: Mapping[str, Any]) -> bytes:
    """Compute SHA-256 of settings; a file counts by its contents, or by its path if not known.

    Settings of the same keys and types between which ``settings_difference`` finds no difference
    have the same digest: 1 and 1.0 have not.
    """
    text = json.dumps(_by_contents(settings), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()


def _by_contents(value: Any) -> Any:
    if _is_file(value):
        return value["sha256"] or value["path"]
    if isinstance(value, Mapping):
        return {key: _by_contents(part) for key, part in value.items()}
    return [_by_contents(part) for part in value] if isinstance(value, list) else value


def _is_file(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == _ENTRY
        and all(isinstance(part, str) for part in value.values())
    )


def _flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the dotted name and the value of each setting."""
    for name, value in settings.items():
        if isinstance(value, dict) and not _is_file(value):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _same(old: Any, new: Any) -> bool:
    if _is_file(old) and _is_file(new):
        return bool(old["sha256"] == new["sha256"])
    if _is_file(old) or _is_file(new):
        return bool(_path(old) == _path(new))
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return all(map(_same, old, new))
    return bool(old == new)


def _path(value: Any) -> Any:
    return value["path"] if _is_file(value) else value


def _shown(value: Any) -> str:
    if _is_file(value):
        return f"{value['path']} with sha256 {value['sha256'][:_DIGITS]}".lstrip()
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    return str(value)
