"""Boxes, arrows and text as SVG, in colours that colour-blind people tell apart."""

from html import escape

FONT = "font-family='system-ui, sans-serif'"
# The fill and the edge of each kind of box.
COLOURS = {
    "tool": ("#0b5394", "#0b5394"),
    "file": ("#fff4d6", "#b8860b"),
    "input": ("#e8eef4", "#5b6b7a"),
    "note": ("none", "none"),
}
ARROW = "#444444"


class Drawing:
    """A picture of a size in pixels, on white, so that it reads on dark pages too."""

    def __init__(self, width: int, height: int, title: str) -> None:
        """Begin with the background; ``title`` is for those who cannot see the picture."""
        self._parts = [
            f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' "
            f"viewBox='0 0 {width} {height}' role='img'>",
            f"<title>{escape(title)}</title>",
            "<defs><marker id='tip' viewBox='0 0 10 10' refX='9' refY='5' markerWidth='7' "
            f"markerHeight='7' orient='auto'><path d='M0 0L10 5L0 10z' fill='{ARROW}'/>"
            "</marker></defs>",
            f"<rect width='{width}' height='{height}' rx='8' fill='#ffffff'/>",
        ]

    def box(self, kind: str, x: int, y: int, width: int, *lines: str, height: int = 44) -> None:
        """Draw a box with its upper left corner at (x, y); the first line, if any, is its name."""
        fill, edge = COLOURS[kind]
        corner = 22 if kind == "tool" else 4
        self._parts.append(
            f"<rect x='{x}' y='{y}' width='{width}' height='{height}' rx='{corner}' "
            f"fill='{fill}' stroke='{edge}'/>"
        )
        shown = [(line, number == 0) for number, line in enumerate(lines) if line]
        middle = y + height / 2 - 8 * (len(shown) - 1)
        for number, (line, is_name) in enumerate(shown):
            self.text(x + width / 2, middle + 16 * number, line, kind, is_name)

    def text(
        self, x: float, y: float, line: str, kind: str = "note", is_name: bool = False
    ) -> None:
        """Write a line of text whose middle is at (x, y)."""
        colour = "#ffffff" if kind == "tool" else "#1a1a1a"
        weight = "600" if is_name and kind != "note" else "400"
        size = 14 if is_name else 12
        self._parts.append(
            f"<text x='{x:g}' y='{y:g}' {FONT} font-size='{size}' font-weight='{weight}' "
            f"fill='{colour}' text-anchor='middle' dominant-baseline='central'>"
            f"{escape(line)}</text>"
        )

    def arrow(self, *points: tuple[float, float]) -> None:
        """Draw a line through points, with a tip at the last."""
        path = "L".join(f"{x:g} {y:g}" for x, y in points)
        self._parts.append(
            f"<path d='M{path}' fill='none' stroke='{ARROW}' stroke-width='1.5' "
            "stroke-linejoin='round' marker-end='url(#tip)'/>"
        )

    def svg(self) -> str:
        """Return the picture as text."""
        return "\n".join([*self._parts, "</svg>"]) + "\n"
