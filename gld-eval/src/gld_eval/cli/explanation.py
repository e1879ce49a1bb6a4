"""gld-eval --explain: what other definitions give, and why."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gld_shared.tables import Table

    from gld_eval.cli.judging_options import Judging
    from gld_eval.explanation.explain import Explanation


def explain_option(function: Callable[..., None]) -> Callable[..., None]:
    """Add ``--explain``."""
    return click.option(
        "--explain",
        "explained",
        is_flag=True,
        help="In place of scores, say what other definitions of average precision give for this "
        "run, and which rule makes each difference.",
    )(function)


def explain(source: str, judging: "Judging", output: str) -> None:
    """Write the explanation of a run's average precision, or of a recognition's GAP."""
    from gld_shared.files import open_text_output

    from gld_eval.explanation.text import lines
    from gld_eval.ground_truth.reading import read_any_truth
    from gld_eval.protocols.choice import protocol_for
    from gld_eval.protocols.registry import RECOGNITION

    truth = read_any_truth(judging.truth or "")
    protocol = protocol_for(truth, judging.protocol)
    if protocol is RECOGNITION:
        explanations = _of_predictions(source, truth)
    else:
        explanations = _of_ranking(source, truth, protocol.name)
    text = "\n".join(lines(explanations))
    with open_text_output(output) as stream:
        stream.write(f"{text}\n".encode())


def _of_ranking(neighbours: str, truth: "Table", protocol: str) -> "list[Explanation]":
    from gld_eval.explanation.explain import explain
    from gld_eval.explanation.rules import HEADLINES
    from gld_eval.judgements import judge
    from gld_eval.matching import match
    from gld_eval.other_formats.read import open_any_ranking

    if protocol not in HEADLINES:
        raise click.UsageError(
            f"--explain compares average precision, which {protocol} is not; name another "
            "--protocol"
        )
    judgements = judge(truth)
    with open_any_ranking(neighbours) as ranked:
        return explain(match(ranked, judgements), judgements, protocol)


def _of_predictions(source: str, truth: "Table") -> "list[Explanation]":
    from gld_eval.explanation.recognition import explain_recognition
    from gld_eval.other_formats.read import read_any_predictions
    from gld_eval.recognition import recognise

    return explain_recognition(recognise(read_any_predictions(source), truth).arrays())
