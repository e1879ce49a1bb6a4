"""A page as one HTML file that needs no other."""

from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files

from gld_shared.counting import counted
from gld_shared.provenance import DISTRIBUTION_VERSION
from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from gld_eval.report.page import Interval, Page

_LEGEND = {
    "right": "✓ right",
    "wrong": "✗ wrong",
    "junk": "\N{EN DASH} junk, or removed by the metric; does not count",
    "own": "= the query itself",
    "missed": "? positive that is not among these",
    "unjudged": "rank and score of each neighbour; a higher score is more alike",
}
_TEMPLATES = files("gld_eval.report") / "templates"


def render(page: Page, pictures: Mapping[str, bytes]) -> bytes:
    """Return the HTML of a page; ``pictures`` are WebP by the ids of images.

    The page's own policy forbids the browser to load anything, and to run any other script.
    """
    style, script = _text("report.css"), _text("report.js")
    template = _environment().get_template("report.html")
    text = template.render(
        page=page,
        policy=_policy(style, script),
        version=DISTRIBUTION_VERSION,
        style=Markup(style),
        script=Markup(script),
        legend=_LEGEND,
        data=Markup(page.gallery.json(pictures)),
    )
    return text.encode()


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; img-src data:; style-src '{_source_hash(style)}'; "
        f"script-src '{_source_hash(script)}'; base-uri 'none'; form-action 'none'"
    )


def _source_hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _text(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_text),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "decimals": _decimals,
        "counted": counted,
        "signed": _signed,
        "interval": _interval,
        "signed_interval": _signed_interval,
    }
    return environment


def _decimals(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _signed(value: float) -> str:
    return f"{value:+.4f}".replace("-", "\N{MINUS SIGN}")


def _interval(mean: Interval) -> str:
    if mean.low is None or mean.high is None:
        return ""
    return f"{mean.low:.4f} to {mean.high:.4f}"


def _signed_interval(mean: Interval) -> str:
    if mean.low is None or mean.high is None:
        return ""
    return f"{_signed(mean.low)} to {_signed(mean.high)}"
