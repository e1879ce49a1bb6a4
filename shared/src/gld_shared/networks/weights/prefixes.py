"""Which state dictionary of a file fits a network, and without which prefix of its names.

Training wraps a network in other modules, which put ``module.``, ``_orig_mod.``, ``model.`` or any
other name before those of its tensors. The prefix without which most names fit is removed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import nn

from gld_shared.networks.weights.files import Tensors
from gld_shared.networks.weights.key_names import to_timm


@dataclass(frozen=True)
class Choice:
    """The tensors chosen for a network, under timm's names without ``prefix``.

    ``part`` is where they are in the file, as ``checkpoint.model.module``, and ``others`` are parts
    that fit as well, such as averaged weights.
    """

    tensors: Tensors
    prefix: str
    part: str
    others: list[str]


@dataclass(frozen=True)
class _Candidate:
    place: str
    prefix: str
    names: list[str]

    @property
    def part(self) -> str:
        return ".".join(part for part in (self.place, self.prefix.rstrip(".")) if part)

    def is_within(self, other: "_Candidate") -> bool:
        return self.place == other.place and self.prefix.startswith(other.prefix)


def choose(state_dicts: Mapping[str, Tensors], network: nn.Module, backbone: nn.Module) -> Choice:
    """Choose the state dictionary and prefix with which most tensors fit a network.

    Names may be those of the network or of its backbone alone. A prefix counts if at least half as
    many names fit as the backbone has. Among equals the first in the file is chosen, with the
    shortest prefix. A tensor outside the prefix, such as the neck's beside
    ``base.``, loses as much of the prefix as its name begins with.
    """
    own = backbone.state_dict()
    wanted = {**network.state_dict(), **own}
    candidates, most = _candidates(state_dicts), (0, 0)
    equals: list[_Candidate] = []
    for candidate in sorted(candidates, key=lambda candidate: -len(candidate.names)):
        # No candidate fits with more tensors than it has.
        if len(candidate.names) < most[0]:
            break
        score = _score(candidate, state_dicts[candidate.place], wanted, own)
        # Some layer of another network may hold a few names of this one by chance.
        if candidate.prefix and 2 * score[1] < len(own):
            continue
        if score > most:
            equals, most = [], score
        if score == most:
            equals.append(candidate)
    best, *rest = sorted(equals, key=candidates.index)
    others = [candidate.part for candidate in rest if most[0] and not candidate.is_within(best)]
    tensors = to_timm(_stripped(state_dicts[best.place], best.prefix), own)
    return Choice(tensors, best.prefix, best.part, others)


def _candidates(state_dicts: Mapping[str, Tensors]) -> list[_Candidate]:
    """List every state dictionary with every prefix of its names, in the order of the file."""
    found: dict[tuple[str, str], list[str]] = {}
    for place, tensors in state_dicts.items():
        for name in tensors:
            for prefix in _prefixes(name):
                found.setdefault((place, prefix), []).append(name)
    return [_Candidate(*key, names) for key, names in found.items()]


def _prefixes(name: str) -> Iterator[str]:
    """Yield ``""``, ``module.`` and ``module.base.`` of ``module.base.weight``."""
    yield ""
    for end, character in enumerate(name, start=1):
        if character == ".":
            yield name[:end]


def _score(
    candidate: _Candidate,
    tensors: Tensors,
    wanted: Mapping[str, torch.Tensor],
    own: Mapping[str, torch.Tensor],
) -> tuple[int, int]:
    """Count the names that fit with their shapes, and all names that fit."""
    part = {name.removeprefix(candidate.prefix): tensors[name] for name in candidate.names}
    fitting = {name: value for name, value in to_timm(part, own).items() if name in wanted}
    shaped = sum(value.shape == wanted[name].shape for name, value in fitting.items())
    return shaped, len(fitting)


def _stripped(tensors: Tensors, prefix: str) -> Tensors:
    """Remove the prefix from names, or as much of its beginning as they have."""
    beginnings = [*_prefixes(prefix)][::-1]
    stripped: Tensors = {}
    for beginning in beginnings:
        for name, tensor in tensors.items():
            if next(part for part in beginnings if name.startswith(part)) == beginning:
                stripped.setdefault(name.removeprefix(beginning), tensor)
    return stripped
