"""gld-eval --explain: what other definitions give, and why."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gld_eval.cli.judging_options import Judging


def explain_option(function: Callable[..., None]) -> Callable[..., None]:
    """Add ``--explain``."""
    return click.option(
        "--explain",
        "explained",
        is_flag=True,
        help="In place of scores, say what other definitions of average precision give for this "
        "run, and which rule makes each difference.",
    )(function)


def explain(neighbours: str, judging: "Judging", output: str) -> None:
    """Write the explanation of a run's average precision."""
    from gld_shared.files import open_text_output

    from gld_eval.explanation.explain import explain as explain_run
    from gld_eval.explanation.rules import HEADLINES
    from gld_eval.explanation.text import lines
    from gld_eval.ground_truth.reading import read_any_truth
    from gld_eval.judgements import judge
    from gld_eval.matching import match
    from gld_eval.other_formats.read import open_any_ranking
    from gld_eval.protocols.choice import protocol_for

    truth = read_any_truth(judging.truth or "")
    protocol = protocol_for(truth, judging.protocol)
    if protocol.name not in HEADLINES:
        raise click.UsageError(
            f"--explain compares average precision, which {protocol.name} is not; name another "
            "--protocol"
        )
    judgements = judge(truth)
    with open_any_ranking(neighbours) as ranked:
        matches = match(ranked, judgements)
    text = "\n".join(lines(explain_run(matches, judgements, protocol.name)))
    with open_text_output(output) as stream:
        stream.write(f"{text}\n".encode())
