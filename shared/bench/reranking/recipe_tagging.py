"""The query tagging of the 2nd place solution of 2021 as its loops do it, from its description.

Faithful and slow, in float32 on the CPU: whole rows of similarities to all references, dense
matrices of each neighbourhood, Python loops over its images. The solution ran it in float16 on a
GPU.
"""

import numpy as np
import torch

NEIGHBOURHOOD, K1, K2, BALANCE = 30, 10, 3, 0.5


def tag_query(query: np.ndarray, references: torch.Tensor, vote: int = 3) -> list[int]:
    """Return the rows of the references that vote on a query (d,), best first."""
    own = references @ torch.from_numpy(query)
    near = torch.topk(own, NEIGHBOURHOOD).indices
    others = torch.topk(references[near] @ references.T, NEIGHBOURHOOD, dim=1).indices
    rows = np.unique(torch.cat([near, others.flatten()]).numpy())
    vectors = np.concatenate([query[None], references[rows].numpy()])
    distances = (1 - (vectors @ vectors.T + 1) / 2).astype(np.float32)
    jaccard = jaccard_distances(distances)
    fused = 1 - (BALANCE * distances[0, 1:] + (1 - BALANCE) * jaccard)
    # References outside of the neighbourhood have Jaccard distance 1.
    final = 1 - (BALANCE * (1 - (own.numpy() + 1) / 2) + (1 - BALANCE))
    final[rows] = fused
    return torch.topk(torch.from_numpy(final), vote).indices.tolist()


def jaccard_distances(distances: np.ndarray) -> np.ndarray:
    """Return the Jaccard distances of the first of m images to the others, (m - 1,)."""
    count = len(distances)
    ranks = np.argsort(distances, axis=1)
    weights = np.zeros_like(distances)
    half = int(np.around(K1 / 2))
    for image in range(count):
        found = _reciprocal(ranks, image, K1 + 1)
        expanded = found
        for candidate in found:
            further = _reciprocal(ranks, candidate, half + 1)
            if len(np.intersect1d(further, found)) > 2 / 3 * len(further):
                expanded = np.append(expanded, further)
        expanded = np.unique(expanded)
        weight = np.exp(-distances[image, expanded])
        weights[image, expanded] = weight / np.sum(weight)
    averaged = np.zeros_like(weights)
    for image in range(count):
        averaged[image] = np.mean(weights[ranks[image, :K2]], axis=0)
    inverted = [np.where(averaged[:, image] != 0)[0] for image in range(count)]
    shared = np.zeros(count, np.float32)
    for image in np.where(averaged[0] != 0)[0]:
        having = inverted[image]
        shared[having] += np.minimum(averaged[0, image], averaged[having, image])
    return (1 - shared / (2 - shared))[1:]


def _reciprocal(ranks: np.ndarray, image: int, count: int) -> np.ndarray:
    forward = ranks[image, :count]
    backward = ranks[forward, :count]
    return forward[np.where(backward == image)[0]]
