"""Exact search on a GPU: 1,129 queries in one million images, and in 4.8 million."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import torch
from gld_shared.search.topk import topk_arrays
from measure import LIMIT, OURS, PLAIN, Benchmark

QUERIES, DIMENSION = 1_129, 512
SIZES = (1_000_000, 4_800_000)
NEIGHBOURS = (100, 10_000)
FAISS = "faiss"
# The most neighbours that faiss finds on a GPU.
FAISS_MOST = 2_048
_BLOCK = 131_072


def benchmark() -> Iterator[Benchmark]:
    """Search random unit vectors that are in the memory of the machine, in fp32."""
    queries = unit(QUERIES, 0)
    for size in SIZES:
        index = unit(size, 1)
        yield from (_benchmark(queries, index, k) for k in NEIGHBOURS)


def of_size(images: int, device: str = "cuda") -> Benchmark:
    """Search so many random unit vectors for the 100 nearest."""
    queries, index = unit(QUERIES, 0, device), unit(images, 1, device)
    return _benchmark(queries, index, NEIGHBOURS[0], device)


def unit(count: int, seed: int, device: str = "cuda") -> np.ndarray:
    """Draw unit vectors (count, 512)."""
    generator = torch.Generator(device).manual_seed(seed)
    vectors = torch.randn(count, DIMENSION, device=device, generator=generator)
    return (vectors / vectors.norm(dim=1, keepdim=True)).cpu().numpy()


def _benchmark(queries: np.ndarray, index: np.ndarray, k: int, device: str = "cuda") -> Benchmark:
    resident: list[torch.Tensor] = []
    variants = {
        OURS: lambda: topk_arrays(queries, index, k, device),
        PLAIN: partial(product_and_topk, queries, index, k, device),
        LIMIT: partial(product_only, queries, index, resident, device),
    }
    notes = {
        OURS: "gld_shared.search.topk: exact, the bits of the CPU",
        PLAIN: "torch: upload, product and topk of each block, merged; float32 rounding decides",
        LIMIT: "the fp32 product alone, with the index on the GPU",
    }
    if k <= FAISS_MOST and (knn := faiss_knn()) is not None:
        variants[FAISS] = lambda: knn(queries, index, k)
        notes[FAISS] = "faiss.knn_gpu; float32 rounding decides"
    name = f"search {len(index):,}, k {k:,}"
    return Benchmark(name, "queries", QUERIES, variants, notes, close=resident.clear)


def faiss_knn():
    """Return the search of faiss on a GPU, or None where faiss is the wheel for CPUs."""
    import faiss

    if not hasattr(faiss, "StandardGpuResources"):
        return None
    resources = faiss.StandardGpuResources()
    return partial(faiss.knn_gpu, resources, metric=faiss.METRIC_INNER_PRODUCT)


def product_and_topk(
    queries: np.ndarray, index: np.ndarray, k: int, device: str = "cuda"
) -> torch.Tensor:
    """Find the best of each block, and merge them with those before."""
    left = torch.from_numpy(queries).to(device)
    scores = torch.empty(len(queries), 0, device=device)
    rows = torch.empty(len(queries), 0, dtype=torch.int64, device=device)
    for start in range(0, len(index), _BLOCK):
        products = left @ torch.from_numpy(index[start : start + _BLOCK]).to(device).T
        best = products.topk(min(k, products.shape[1]), dim=1)
        scores = torch.cat([scores, best.values], dim=1)
        rows = torch.cat([rows, best.indices + start], dim=1)
        merged = scores.topk(min(k, scores.shape[1]), dim=1)
        scores, rows = merged.values, rows.gather(1, merged.indices)
    return rows.cpu()


def product_only(
    queries: np.ndarray, index: np.ndarray, resident: list[torch.Tensor], device: str = "cuda"
) -> None:
    """Compute all products; the first call uploads the index."""
    if not resident:
        resident += [torch.from_numpy(vectors).to(device) for vectors in (queries, index)]
    left, right = resident
    for start in range(0, len(right), _BLOCK):
        left @ right[start : start + _BLOCK].T
    if left.is_cuda:
        torch.cuda.synchronize()
