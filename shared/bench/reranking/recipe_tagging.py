"""The query tagging of the 2nd place solution of 2021 as its loops do it, from its description.

Faithful and slow, in float32 on the CPU: whole rows of similarities to all references, dense
matrices of each neighbourhood, Python loops over its images. The solution ran it in float16 on a
GPU.
"""

import numpy as np
import torch

from reranking.recipe_reciprocal import jaccard_distances

NEIGHBOURHOOD, K1, K2, BALANCE = 30, 10, 3, 0.5


def tag_query(query: np.ndarray, references: torch.Tensor, vote: int = 3) -> list[int]:
    """Return the rows of the references that vote on a query (d,), best first."""
    own = references @ torch.from_numpy(query)
    near = torch.topk(own, NEIGHBOURHOOD).indices
    others = torch.topk(references[near] @ references.T, NEIGHBOURHOOD, dim=1).indices
    rows = np.unique(torch.cat([near, others.flatten()]).numpy())
    vectors = np.concatenate([query[None], references[rows].numpy()])
    distances = (1 - (vectors @ vectors.T + 1) / 2).astype(np.float32)
    ranks = np.argsort(distances, axis=1)
    jaccard = jaccard_distances(distances, ranks, 1, K1, K2)[0, 1:]
    fused = 1 - (BALANCE * distances[0, 1:] + (1 - BALANCE) * jaccard)
    # References outside of the neighbourhood have Jaccard distance 1.
    final = 1 - (BALANCE * (1 - (own.numpy() + 1) / 2) + (1 - BALANCE))
    final[rows] = fused
    return torch.topk(torch.from_numpy(final), vote).indices.tolist()
