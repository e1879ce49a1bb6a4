"""Explanations as text."""

from collections.abc import Iterator

from gld_eval.explanation.explain import Explanation


def lines(explanations: list[Explanation]) -> Iterator[str]:
    """Yield the text, a line for each definition and one for each further rule, aligned."""
    first = explanations[0]
    wide = max(len(one.protocol) for one in explanations)
    long = max(len(one.metric) for one in explanations)
    for one in explanations:
        start = f"{one.protocol:{wide}}  {one.metric:{long}}"
        if one.undefined:
            yield f"{start}  -  {one.undefined}"
            continue
        start = f"{start}  {one.value:.4f}"
        if one is first:
            yield start
        elif not one.effects:
            yield f"{start}  same"
        else:
            yield f"{start}  {one.value - first.value:+.4f}"
            for effect in one.effects:
                query = "query" if effect.queries == 1 else "queries"
                yield f"{'':{wide}}  {effect.change:+.4f}  {effect.rule} ({effect.queries} {query})"
