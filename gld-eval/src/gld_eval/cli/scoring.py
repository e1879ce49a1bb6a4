"""gld-eval: scoring neighbours."""

from typing import TYPE_CHECKING

from gld_shared.command import history_for

if TYPE_CHECKING:
    from gld_eval.cli.judging_options import Judging
    from gld_eval.cli.score_options import ScoreOutput


def score(
    neighbours: str, truth: str, judging: "Judging", scores: "ScoreOutput", output: str
) -> None:
    """Score neighbours against the truth, and write the scores."""
    import polars as pl
    from gld_shared.neighbours import open_ranking
    from gld_shared.tables import SCORES, read_truth, write_table

    from gld_eval.evaluate import evaluate
    from gld_eval.statistics.summary import summarise

    judged = read_truth(truth)
    with open_ranking(neighbours) as ranked:
        evaluation = evaluate(ranked, judged, judging.metrics)
    rows = summarise(evaluation, scores.seed)
    if scores.per_query:
        means = rows.select(pl.lit("").alias("query_id"), pl.all())
        rows = pl.concat([evaluation.table(), means], how="diagonal")
    write_table(output, SCORES, rows, {"history": history_for(ranked, judged)})
