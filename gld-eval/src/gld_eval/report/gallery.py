"""The gallery's data, as the script of the page reads them."""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from gld_shared.text_encoding import shortened, shown

from gld_eval.report.listed_images import ListedImages
from gld_eval.report.shown_queries import ShownQuery
from gld_eval.report.wording import SCORED, Wording

_VERDICTS = ("right", "wrong", "junk", "own", "unjudged")
_LONGEST = 200


class Gallery:
    """Queries, and the images that they show, each once."""

    def __init__(
        self,
        queries: Sequence[ShownQuery],
        listed: ListedImages,
        value: str = "",
        wording: Wording = SCORED,
    ) -> None:
        """Number the images in the order in which they are shown; ``value`` names the queries'."""
        self.queries = queries
        self.wording = wording
        self._value = value
        self.images = list(dict.fromkeys(image for query in queries for image in query.images))
        self._number = {image: number for number, image in enumerate(self.images)}
        self._names = {
            column: [_readable(_decoded(name)) for name in listed.column(self.images, column)]
            for column in ("landmark", "country", "continent")
        }

    @property
    def usages(self) -> list[str]:
        """The usages of the queries, each once."""
        return list(dict.fromkeys(query.usage for query in self.queries))

    @property
    def verdicts(self) -> set[str]:
        """The verdicts of results, and ``missed`` if any positives are missed."""
        found = {result.verdict for query in self.queries for result in query.results}
        return found | {"missed" for query in self.queries if query.missed}

    def has(self, column: str) -> bool:
        """Return whether any image has a landmark, a country or a continent."""
        return any(self._names[column])

    def json(self, pictures: Mapping[str, bytes]) -> str:
        """Return the data as JSON for a script element, with the pictures in WebP by id.

        ``value``: the name of the queries' value. ``wording``: see ``Wording``. ``images``: id,
        landmark, country, continent, picture. ``queries``: image, usage, value, gain, positives,
        missing, results (image, verdict, score) and missed (image, rank); images and verdicts by
        their numbers.
        """
        data = {
            "value": self._value,
            "wording": self.wording._asdict(),
            "verdicts": _VERDICTS,
            "images": [self._image(number, pictures) for number in range(len(self.images))],
            "queries": [self._query(query) for query in self.queries],
        }
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        # Within a script element, only these end it or begin a comment.
        return text.replace("<", "\\u003c")

    def _image(self, number: int, pictures: Mapping[str, bytes]) -> list[str]:
        image = self.images[number]
        names = [column[number] for column in self._names.values()]
        return [_readable(image), *names, b64encode(pictures.get(image, b"")).decode()]

    def _query(self, query: ShownQuery) -> list[Any]:
        return [
            self._number[query.id],
            query.usage,
            _short(query.value),
            _short(query.gain),
            query.positives,
            query.missing,
            [
                [self._number[result.image], _VERDICTS.index(result.verdict), _short(result.score)]
                for result in query.results
            ],
            [[self._number[missed.image], missed.rank] for missed in query.missed],
        ]


def _decoded(name: str) -> str:
    """Return a name as people write it: those from web addresses have %C3%AA for ê."""
    try:
        return unquote(name, errors="strict")
    except UnicodeDecodeError:
        return name


def _readable(text: str) -> str:
    """Return a name without characters that a reader cannot see, shortened if it is very long."""
    return shortened(shown(text), _LONGEST)


def _short(value: float | None) -> float | None:
    """Round to what the page shows; infinite scores, which have no JSON, are left out."""
    return None if value is None or abs(value) == float("inf") else round(value, 4)
