"""Pretrained weights from timm's hub, or from its cache on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import timm
import torch
from huggingface_hub import constants, get_session

from gld_shared.deadline import within
from gld_shared.errors import DataError

_SECONDS = 12.0


def hub_state(name: str) -> dict[str, torch.Tensor]:
    """Load the pretrained tensors of a timm model from its hub or the local cache.

    Raises DataError when timm does not know the model, or when its weights are not in the cache and
    the hub refuses them, or does not answer within 12 seconds.
    """
    if not timm.is_model(name):
        raise DataError(f"timm:{name}: timm knows no such model")
    silence = _silence_of(name)
    try:
        with _cache_alone(bool(silence)):
            model = timm.create_model(name, pretrained=True)
    except (OSError, RuntimeError, ValueError) as error:
        reason = silence or str(error).splitlines()[0].rstrip(".")
        raise DataError(
            f"timm:{name}: no weights: {reason}; without a network, use "
            "packaged:efficientnet_lite0, or name a local file"
        ) from None
    state: dict[str, torch.Tensor] = model.state_dict()
    return state


def _silence_of(name: str) -> str:
    """Return why the place of a model's weights does not answer; "" if it does.

    It is asked once, because the hub's library would try for minutes.
    """
    recorded = timm.get_pretrained_cfg(name)
    if recorded is None or constants.HF_HUB_OFFLINE:
        return ""
    if recorded.hf_hub_id:
        place = constants.ENDPOINT
        url = f"{place}/{recorded.hf_hub_id.partition('@')[0]}"
    elif isinstance(recorded.url, str) and not _is_downloaded(recorded.url):
        place = url = recorded.url
    else:
        return ""
    try:
        answer = within(_SECONDS, lambda: get_session().head(url, timeout=_SECONDS))
    except Exception as error:  # the session's library has errors of many types
        late = isinstance(error, TimeoutError) or "timed out" in str(error)
        reason = f"within {_SECONDS:g} seconds" if late else f"({' '.join(str(error).split())})"
        return f"{place} does not answer {reason}"
    return f"{place} answers {answer.status_code}" if answer.status_code >= 500 else ""


def _is_downloaded(url: str) -> bool:
    """Return whether torch has downloaded a file before."""
    return Path(torch.hub.get_dir(), "checkpoints", PurePosixPath(url).name).exists()


@contextmanager
def _cache_alone(alone: bool) -> Iterator[None]:
    """Let the hub's library ask nobody within the block."""
    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = before or alone
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before
