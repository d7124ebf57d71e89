"""Pictures as shapes, and how they become SVG; _raster.py makes pixels and pages of them."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Union

from ._folding import Path, Point

FONT = "-apple-system, 'Segoe UI', 'Helvetica Neue', Helvetica, Arial, sans-serif"

# Widths of letters in ems, in the widest of the usual fonts; those that are not here have 0.66.
WIDTHS = {
    letter: width
    for width, letters in {
        0.29: "'ijlIJ",
        0.35: " ,.\u00b7/:;\\|f",
        0.42: "-()[]t!r",
        0.56: '"*_`szc?L',
        0.79: "ABCDGHNOQRUVXZ&K",
        0.86: "wM#+<=>^~\u00d7",
        1.0: "%mW@\u2026",
    }.items()
    for letter in letters
}
BOLD = 1.15  # times as wide

NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # of XML 1.0


def text_width(text: str, size: float, bold: bool = False) -> float:
    """No less than the width of a text."""
    ems = sum(WIDTHS.get(one, 0.66 if one.isascii() else 1.0) for one in text)
    return size * ems * (BOLD if bold else 1)


def escaped(text: str) -> str:
    """A text for an SVG; a letter that no XML may hold, such as a control character, is U+FFFD."""
    return html.escape(NOT_XML.sub("\ufffd", text))


@dataclass
class Rect:
    """A rectangle with round corners."""

    x: float
    y: float
    width: float
    height: float
    radius: float
    fill: str
    stroke: str

    def svg(self) -> str:
        """As an element."""
        return (
            f'<rect x="{self.x:.1f}" y="{self.y:.1f}" width="{self.width:.1f}" '
            f'height="{self.height:.1f}" rx="{self.radius:g}" fill="{self.fill}" '
            f'stroke="{self.stroke}" stroke-opacity=".5"/>'
        )


@dataclass
class Text:
    """A line of text; x is its middle, or its beginning, and y where its letters stand."""

    x: float
    y: float
    text: str
    size: float
    colour: str
    bold: bool = False
    centred: bool = True

    @property
    def width(self) -> float:
        """No less than it takes."""
        return text_width(self.text, self.size, self.bold)

    def svg(self) -> str:
        """As an element."""
        anchor = ' text-anchor="middle"' if self.centred else ""
        weight = ' font-weight="600"' if self.bold else ""
        return (
            f'<text x="{self.x:.1f}" y="{self.y:.1f}"{anchor} font-size="{self.size:g}"{weight} '
            f'fill="{self.colour}">{escaped(self.text)}</text>'
        )


@dataclass
class Line:
    """An edge with an arrow's tip, or a plain line without one."""

    path: Path
    tip: tuple[Point, Point, Point] | None
    colour: str
    width: float
    title: str = ""

    def svg(self) -> str:
        """As one element or two."""
        (start,), *steps = self.path
        words = [f"M{_place(start)}"]
        words += [("L" if len(step) == 1 else "C") + " ".join(map(_place, step)) for step in steps]
        title = f"<title>{escaped(self.title)}</title>" if self.title else ""
        line = (
            f'<path d="{" ".join(words)}" fill="none" stroke="{self.colour}" '
            f'stroke-width="{self.width:g}">{title}</path>'
        )
        if self.tip is None:
            return line
        return line + f'<path d="M{" L".join(map(_place, self.tip))}z" fill="{self.colour}"/>'


Shape = Union[Rect, Text, Line]


@dataclass
class Picture:
    """Shapes, later ones over earlier ones, on a white page of this size."""

    width: float
    height: float
    shapes: list[Shape] = field(default_factory=list)

    def svg(self) -> str:
        """As a file."""
        size = f'width="{self.width:.0f}" height="{self.height:.0f}"'
        box = f'viewBox="0 0 {self.width:.0f} {self.height:.0f}"'
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" {size} {box} font-family="{FONT}">',
                f'<rect {size} fill="#ffffff"/>',
                *(shape.svg() for shape in self.shapes),
                "</svg>",
                "",
            ]
        )


def _place(point: Point) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"
