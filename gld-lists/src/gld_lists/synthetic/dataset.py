"""Write a synthetic data set: plan it, draw the photographs in parallel, add the metadata."""

import os
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path

import cv2
from gld_shared.atomic_folder import atomic_folder
from gld_shared.errors import DataError
from gld_shared.work.child_processes import leave_end_to_parent, no_semaphores_as_error

from gld_lists.synthetic.building_kinds import build
from gld_lists.synthetic.metadata_files import write_metadata
from gld_lists.synthetic.photograph import photograph
from gld_lists.synthetic.plan import (
    Landmark,
    Photograph,
    Plan,
    building_rng,
    image_rng,
    make_plan,
)

Job = tuple[Path, int, int, Landmark, list[Photograph]]
_SMALLEST = 32


def write_synthetic(
    folder: Path, landmarks: int, seed: int, workers: int | None = None, size: int = 320
) -> int:
    """Write a miniature GLDv2 of drawn landmarks to ``folder`` and return the number of images.

    The layout is Google's: train/, index/ and test/ with images at a/b/c/abc....jpg and their CSV
    files, and country_info/. ``size`` is the longer side of the images in pixels. The same
    landmarks, seed and size give the same bytes with any number of ``workers`` (None: one per
    core). The folder appears whole or not at all. Raises DataError when it exists and is not empty,
    or when a number is out of range.
    """
    _check(folder, landmarks, seed, size)
    plan = make_plan(landmarks, seed)
    with atomic_folder(folder) as partial:
        count = _write_images(_jobs(plan, partial, size), workers or os.cpu_count() or 1)
        write_metadata(partial, plan)
    return count


def _check(folder: Path, landmarks: int, seed: int, size: int) -> None:
    if landmarks < 1:
        raise DataError(f"{folder}: {landmarks} landmarks asked for, expected 1 or more")
    if seed < 0:
        raise DataError(f"{folder}: seed {seed}, expected 0 or more")
    if size < _SMALLEST:
        raise DataError(f"{folder}: images of {size} pixels, expected {_SMALLEST} or more")
    if (folder.exists() and not folder.is_dir()) or (folder.is_dir() and any(folder.iterdir())):
        raise DataError(f"{folder}: exists already, expected a new or empty folder; name another")


def _jobs(plan: Plan, folder: Path, size: int) -> list[Job]:
    """Make one job per building, so that each building is constructed once."""
    by_building = sorted(plan.photographs, key=lambda image: (image.building, image.number))
    return [
        (folder, plan.seed, size, plan.buildings[number], list(images))
        for number, images in groupby(by_building, key=lambda image: image.building)
    ]


def _write_images(jobs: list[Job], workers: int) -> int:
    workers = min(workers, len(jobs))
    if workers == 1:
        return _in_one_thread(jobs)
    context = get_context("spawn")
    with no_semaphores_as_error("use one process (-j 1)"):
        pool = ProcessPoolExecutor(workers, context, initializer=_begin_worker)
    try:
        with pool:
            return sum(pool.map(_photograph_building, jobs))
    except BrokenProcessPool as error:
        raise DataError(
            "a process that draws was killed, perhaps for lack of memory; use fewer workers (-j)"
        ) from error


def _begin_worker() -> None:
    leave_end_to_parent()
    cv2.setNumThreads(1)


def _in_one_thread(jobs: Iterable[Job]) -> int:
    """Run the jobs in this process with one OpenCV thread, then restore OpenCV's setting."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        return sum(map(_photograph_building, jobs))
    finally:
        cv2.setNumThreads(threads)


def _photograph_building(job: Job) -> int:
    folder, seed, size, landmark, images = job
    building = build(landmark.style, building_rng(seed, landmark.number))
    for image in images:
        data = photograph(building, size, image_rng(seed, image.building, image.number))
        path = folder / image.split / Path(*image.id[:3]) / f"{image.id}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return len(images)
