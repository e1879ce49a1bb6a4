"""Writing scores in the form that --format names."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gld_eval.scores import Scores


def write_scores(output: str, form: str, scores: "Scores", header: Mapping[str, Any]) -> None:
    """Write scores as ``tsv``, ``json`` or ``markdown``, whole or not at all."""
    from gld_shared.files import open_text_output
    from gld_shared.tables import SCORES, write_table

    if form == "tsv":
        write_table(output, SCORES, scores.table(), header)
        return
    if form == "json":
        from gld_eval.score_formats.json_object import json_text

        text = json_text(scores, {"format": SCORES.format, **header})
    else:
        from gld_eval.score_formats.markdown import markdown_text

        text = markdown_text(scores)
    with open_text_output(output) as stream:
        stream.writelines(part.encode() for part in text)
