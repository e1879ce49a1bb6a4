"""The report in a browser: it renders, sorts, filters, and loads nothing.

Needs Debian's package chromium, and playwright from PyPI; skipped where either is missing.
"""

import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from gld_shared.testing import run, small_image
from PIL import Image

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")

SWITCHES = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
DESKTOP, PHONE = (1280, 900), (390, 844)
NASTY = "</script><img src=x onerror=alert(1)>"
QUERIES = 60


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A run of 60 queries, of which query q has AP q / 59 on three decimals or less, and reports.

    r.html compares it with a baseline that finds every positive first; hits.html is without truth.
    """
    folder = tmp_path_factory.mktemp("chromium")
    neighbours, truth, baseline = ["query_id\tindex_id\trank\tscore"], [], []
    listed = ["id\tpath\tlandmark\tcountry"]
    for query in range(QUERIES):
        name, place = f"q{query:02}", query % 7
        ranked = [f"w{number}" for number in range(place)] + [f"p{query:02}"]
        neighbours += [
            f"{name}\t{image}\t{rank}\t{1 - query / 100 - rank / 1000:.4f}"
            for rank, image in enumerate(ranked, start=1)
        ]
        truth.append(f"{name}\tp{query:02}\tall")
        baseline.append(f"{name}\tp{query:02}\t1\t0.9")
        landmark = NASTY if query == 3 else f"Tower {query}"
        listed += [f"{image}\ti.jpg\t{landmark}\tFR" for image in (name, f"p{query:02}")]
    listed += [f"w{number}\ti.jpg\tGate\tIT" for number in range(7)]
    small_image(folder / "photos" / "i.jpg")
    write(folder / "n.tsv", neighbours)
    write(folder / "b.tsv", [neighbours[0], *baseline])
    write(folder / "t.tsv", ["query_id\tindex_id\tusage", *truth])
    write(folder / "l.tsv", listed)
    pictures = ["--images", folder / "photos", "--list", folder / "l.tsv"]
    scored = ["--truth", folder / "t.tsv", "--baseline", folder / "b.tsv"]
    for name, options in (("r", scored), ("hits", [])):
        report = ["--report", folder / f"{name}.html"]
        result = run(["gld-eval", folder / "n.tsv", *options, *report, *pictures])
        assert result.exit_code == 0, result.output
    return folder


def write(path, lines):
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium."""
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield chromium
        chromium.close()


@contextmanager
def opened(browser, file, size=DESKTOP, scheme="light") -> Iterator:
    """Open a report; afterwards, nothing was loaded, printed to the console, or failed."""
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, offline=True
    )
    page = context.new_page()
    seen = []
    page.on("console", lambda message: seen.append(message.text))
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.on("dialog", lambda dialog: seen.append(dialog.message))
    page.on("request", lambda request: seen.append(request.url))
    page.goto(file.as_uri())
    yield page
    context.close()
    assert [text for text in seen if not text.startswith("data:image/webp;base64,")] == [
        file.as_uri()
    ]


def titles(page):
    return page.locator(".card h3 bdi").all_text_contents()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize(("name", "noun"), [("r", "queries"), ("hits", "photographs")])
def test_it_renders(browser, folder, name, noun, size, scheme):
    with opened(browser, folder / f"{name}.html", size, scheme) as page:
        assert page.locator(".card").count() == 50
        assert page.inner_text("#count") == f"60 of 60 {noun}"
        assert page.evaluate("document.documentElement.scrollWidth") == size[0]
        picture = page.locator(".tile img").first
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 96
        back = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert back == {"light": "rgb(255, 255, 255)", "dark": "rgb(21, 24, 27)"}[scheme]
        page.click("#more")
        assert page.locator(".card").count() == 60
        assert page.locator("#more").is_hidden()


@pytest.mark.parametrize("width", [500, 800, 900, 1280])
def test_the_comparison_fits_the_window(browser, folder, width):
    with opened(browser, folder / "r.html", (width, 900)) as page:
        columns = page.locator("#scores .scroll th:visible").all_inner_texts()
        assert [title for title in columns if title] == [
            *("metric", "usage", "value", "95% interval"),
            *("against the baseline", "95% interval", "p"),
        ]
        for table in page.locator(".scroll").all():
            wide, seen = table.evaluate("table => [table.scrollWidth, table.clientWidth]")
            assert wide <= seen


def test_a_table_that_goes_on_has_a_shadow(browser, folder):
    with opened(browser, folder / "r.html", (320, 900)) as page:
        table = page.locator("#scores .scroll")
        table.locator("td").first.evaluate("cell => cell.style.minWidth = '900px'")
        edge = "table => [table.scrollWidth, table.clientWidth]"
        wide, seen = table.evaluate(edge)
        assert wide > seen

        def shade(left):
            table.evaluate("(table, left) => { table.scrollLeft = left; }", left)
            shot = Image.open(io.BytesIO(table.screenshot())).convert("L")
            # Most pixels of a column are the background.
            return [np.median(np.asarray(shot)[:, column]) < 245 for column in (1, -2)]

        assert shade(0) == [False, True]
        assert shade(10_000) == [True, False]


def test_queries_are_sorted(browser, folder):
    with opened(browser, folder / "r.html") as page:
        assert titles(page)[:8] == ["q06", "q13", "q20", "q27", "q34", "q41", "q48", "q55"]
        for order, first in {
            "highest": ["q00", "q07", "q14"],
            "lost": ["q06", "q13", "q20"],
            "gained": ["q00", "q07", "q14"],
            "alike": ["q00", "q01", "q02"],
            "id": ["q00", "q01", "q02"],
            "table": ["q00", "q01", "q02"],
        }.items():
            page.select_option("#order", order)
            assert titles(page)[:3] == first, order


def test_queries_are_filtered_by_id_and_landmark(browser, folder):
    with opened(browser, folder / "r.html") as page:
        for text, found in {
            "q1": [f"q{number}" for number in (13, 10, 11, 12, 14, 15, 16, 17, 18, 19)],
            "TOWER 25": ["q25"],
            "tower q25": ["q25"],
            "onerror": ["q03"],
            "gate": [],
        }.items():
            page.fill("#filter", text)
            assert sorted(titles(page)) == sorted(found)
            assert page.inner_text("#count") == f"{len(found)} of 60 queries"


def test_frames_tell_right_from_wrong(browser, folder):
    with opened(browser, folder / "r.html") as page:
        page.fill("#filter", "q02")
        tiles = page.locator(".tile")
        assert tiles.all_inner_texts() == ["query", "✗ 1 0.979", "✗ 2 0.978", "✓ 3 0.977"]
        styles = [
            tiles.nth(place).evaluate("tile => getComputedStyle(tile).borderTopStyle")
            for place in range(4)
        ]
        assert styles == ["solid", "dashed", "dashed", "solid"]
        assert tiles.nth(3).get_attribute("aria-label") == "right, rank 3: p02"
        text = page.inner_text(".card h3").replace("\n", " ")
        for part in (
            "q02",
            "Tower 2",
            "map@100 0.3333",
            "gain \N{MINUS SIGN}0.6667",
            "1 of 1 positives",
        ):
            assert part in text


def test_the_keyboard(browser, folder):
    with opened(browser, folder / "r.html") as page:
        page.keyboard.press("/")
        page.keyboard.type("q03")
        assert titles(page) == ["q03"]
        for key in ("Escape", "j", "Tab", "Tab", "Enter"):
            page.keyboard.press(key)
        assert page.input_value("#filter") == "q03"
        assert page.inner_text("#large-title") == "w0"
        assert page.inner_text("#large-facts").split("\n") == [
            *("shown as", "wrong, rank 1", "landmark", "Gate", "place", "IT"),
            *("score", "0.9690"),
        ]
        page.keyboard.press("ArrowLeft")
        assert page.inner_text("#large-title") == "q03"
        assert NASTY in page.inner_text("#large-facts")
        page.keyboard.press("ArrowLeft")
        assert page.inner_text("#large-title") == "p03"
        page.keyboard.press("Escape")
        assert not page.locator("#large").is_visible()
        page.fill("#filter", "")
        page.keyboard.press("Escape")
        for key, expected in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
            page.keyboard.press(key)
            focused = "[...document.querySelectorAll('.card')].indexOf(document.activeElement)"
            assert page.evaluate(focused) == expected


def test_the_mouse(browser, folder):
    with opened(browser, folder / "hits.html") as page:
        page.locator(".tile").nth(1).click()
        assert page.locator("#large").is_visible()
        shown_as = "[...document.querySelectorAll('#large-facts dd')][0].textContent"
        assert page.evaluate(shown_as) == "neighbour, rank 1"
        page.click("#next")
        page.click("#previous")
        page.click("#previous")
        assert page.inner_text("#large-facts").split("\n")[:2] == ["shown as", "photograph"]
        page.click("#close")
        assert page.locator("#large").is_hidden()


def test_near_duplicates_come_first_without_truth(browser, folder):
    with opened(browser, folder / "hits.html") as page:
        assert titles(page)[:3] == ["q00", "q01", "q02"]
        assert page.locator("#scores").count() == 0
        assert page.locator(".tile.right, .tile.wrong, .tile.missed").count() == 0
