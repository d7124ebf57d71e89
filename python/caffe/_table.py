"""Tables for people: as text, and as HTML for notebooks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

_CELL = "padding:2px 10px;text-align:{};white-space:nowrap"


def text_table(rows: Sequence[Sequence[str]], right: set[int]) -> str:
    """Rows, the first of them the titles, with their columns below each other; those of `right`
    end at the same place."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = (
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths))
        )
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def html_table(rows: Sequence[Sequence[str]], right: set[int], foot: str = "") -> str:
    """The same as a table of HTML, with a line below it."""

    def cells(tag: str, row: Sequence[str]) -> str:
        return "".join(
            f'<{tag} style="{_CELL.format("right" if i in right else "left")}">{escape(cell)}'
            f"</{tag}>"
            for i, cell in enumerate(row)
        )

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows[1:])
    below = f"<p>{escape(foot)}</p>" if foot else ""
    return (
        f"<table><thead><tr>{cells('th', rows[0])}</tr></thead><tbody>{body}</tbody></table>{below}"
    )


def printable(text: str) -> str:
    """Text of strangers on one line of a terminal: what terminals obey is shown, not done."""
    spaced = re.sub(r"\s", " ", text)
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in spaced
    )


def grouped(number: int) -> str:
    """1,234,567"""
    return f"{number:,}"


def of_bytes(count: int) -> str:
    """12.3 MiB"""
    size = float(count)
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"
