"""The first weights of the network and of the head."""

import logging

import torch
from gld_shared.errors import DataError
from gld_shared.networks import EmbeddingNetwork, build, load_weights
from torch.nn import functional

from gld_train.config import Config
from gld_train.config.sections import RANDOM
from gld_train.data.labelled_rows import Samples
from gld_train.losses import Head, build_head
from gld_train.losses.saved_class_vectors import copy_class_vectors, load_class_vectors

log = logging.getLogger(__name__)


def make_network(config: Config, seed: int) -> EmbeddingNetwork:
    """Build the network with its first weights: from their source, or drawn from the seed."""
    torch.manual_seed(seed)
    network = build(config.model.network())
    source = config.model.weights
    if source == RANDOM:
        return network
    report = load_weights(network, source)
    incomplete = any(key.startswith("backbone.") for key in report.missing)
    log.log(logging.WARNING if incomplete else logging.INFO, "%s: %s", source, report)
    return network


def make_head(config: Config, dimension: int, samples: Samples, seed: int) -> Head:
    """Build the head with random class vectors, or the leading ones from an earlier run.

    Raises DataError when the list has more labels than ``head.classes``, and when the labels of the
    earlier run mean other landmarks.
    """
    classes = config.head.classes or samples.classes
    if classes < samples.classes:
        raise DataError(
            f"head.classes is {classes}, but the list has labels up to {samples.classes - 1}; "
            "0 counts them"
        )
    torch.manual_seed(seed + 1)
    head = build_head(config.head, config.margin_by_size, dimension, samples.counts(classes))
    if config.head.init_file is not None:
        earlier = load_class_vectors(config.head.init_file)
        copied = copy_class_vectors(head, earlier, samples.landmarks)
        log.info("%s: %d of %d classes taken over", config.head.init_file, copied, classes)
    return head


def set_class_means(embeddings: torch.Tensor, labels: torch.Tensor, head: Head) -> None:
    """Set each class vector to the mean embedding of its images, if the class has any.

    With sub-centers only the first is set; the others are left for images that do not fit it.
    """
    sums = torch.zeros(head.classes, embeddings.shape[1]).index_add_(0, labels, embeddings)
    present = torch.bincount(labels, minlength=head.classes) > 0
    means = functional.normalize(sums[present])
    with torch.no_grad():
        first = head.weight if head.weight.ndim == 2 else head.weight[:, 0]
        first[present.to(first.device)] = means.to(first)
