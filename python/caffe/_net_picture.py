"""A net's graph as a picture: where boxes and edges lie, and what stands in the boxes.

Inside, depth is the direction in which the net runs and breadth the one across; `rankdir` says
which of them is which on the page. Shapes of blobs and names of tops stand in the boxes, at the
edge the blobs leave by, so that no line can cross them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

from ._folding import Folded, Path, Point
from ._layout import Edge, Node, layout
from ._net_graph import Box, Graph, Word, family_of, joined, phase_text
from ._picture import Line, Picture, Rect, Shape, Text, text_width

DIRECTIONS = ("TB", "BT", "LR", "RL")
MARGIN, TITLE = 24.0, 34.0
GAP, RANK_GAP = 30.0, 34.0  # across, and from rank to rank
HEAD, PILL, ROW = 46.0, 21.0, 17.0  # heights of a box's title, a layer in place, a line of tops
SCREEN = 1.5  # width to height of a picture that is folded
WIDEST = 640.0  # names of tops beside each other, beyond which only their number is told
INK, GREY, LINE = "#111827", "#4b5563", "#8b95a5"

# Families of layers: fill, and edge with title. Those that are not here are OTHER.
COLOURS = {
    "data": ("#e3f3e6", "#2f7d43"),
    "convolution": ("#e1ecfb", "#2458a6"),
    "recurrent": ("#e1ecfb", "#2458a6"),
    "arithmetic": ("#e6e6fb", "#4544a8"),
    "pooling": ("#fdf0d8", "#9a6304"),
    "activation": ("#f9e6ef", "#a33468"),
    "normalisation": ("#e0f2f2", "#1f7376"),
    "loss": ("#fce4e1", "#b03024"),
    "metric": ("#fce4e1", "#b03024"),
    "shape": ("#efe9f9", "#6542a6"),
    "detection": ("#f3ece2", "#7a4a1c"),
}
OTHER = ("#eceff3", "#4b5563")


def colours_of(layer_type: str) -> tuple[str, str]:
    """Fill, and edge with title, of a layer of this type."""
    return COLOURS.get(family_of(layer_type), OTHER)


@dataclass(eq=False)
class Drawn:
    """A box with its texts, its size on the page, and its node of the layout."""

    box: Box
    subtitle: str
    tops: list[tuple[str, str]]  # the ports' names, and what is written there
    width: float
    height: float
    node: Node


def picture_of(graph: Graph, rankdir: str = "TB") -> Picture:
    """The picture; rankdir is one of DIRECTIONS."""
    across = rankdir in ("LR", "RL")
    drawn = {box: _drawn(box, graph, across) for box in graph.boxes}
    edges = [Edge(drawn[one.source].node, drawn[one.target].node, one.blob) for one in graph.links]
    rows = layout([one.node for one in drawn.values()], edges, GAP)
    for one in drawn.values():
        _set_ports(one, edges, across)
    folded = Folded(rows, edges, GAP, RANK_GAP, 1 / SCREEN if across else SCREEN)

    page = (folded.height, folded.width) if across else (folded.width, folded.height)
    top = MARGIN + (TITLE if graph.name else 0.0)
    width = max(page[0], text_width(graph.name, 17, bold=True))

    def place(point: Point) -> Point:
        breadth, depth = point
        depth = folded.height - depth if rankdir in ("BT", "RL") else depth
        x, y = (depth, breadth) if across else (breadth, depth)
        return x + MARGIN, y + top

    picture = Picture(width + 2 * MARGIN, page[1] + top + MARGIN)
    if graph.name:
        picture.shapes.append(
            Text(MARGIN, MARGIN + 14, graph.name, 17, INK, bold=True, centred=False)
        )
    for edge, path in zip(edges, folded.paths()):
        shape = graph.shapes.get(edge.name)
        title = joined(edge.name, shape_text(shape) if shape is not None else "")
        picture.shapes.append(_line(path, title, place))
    for one in drawn.values():
        picture.shapes += _box(one, rankdir, place)
    return picture


def shape_text(shape: tuple[int, ...]) -> str:
    """64×20×24×24."""
    return "\u00d7".join(map(str, shape)) or "scalar"


def _drawn(box: Box, graph: Graph, across: bool) -> Drawn:
    count = graph.weights.get(box.layer.name)
    subtitle = joined(
        box.layer.type,
        box.layer.detail,
        f"{count:,} weights" if count else "",
        phase_text(box.layer.phase),
    )
    tops = _tops(box, graph)
    if not across and sum(text_width(text, 10.5) + 16 for _, text in tops) > WIDEST:
        tops = [("", f"{len(tops)} blobs")]
    widths = [text_width(box.layer.name, 13, bold=True), text_width(subtitle, 11)]
    widths += [text_width(_pill(pill, box), 11) + 20 for pill in box.in_place]
    cells = [text_width(text, 10.5) for _, text in tops]
    widths.append(max(cells, default=0.0) if across else sum(cells) + 16 * (len(cells) - 1))
    width = max(96.0, 28 + max(widths))
    height = HEAD + (6 + PILL * len(box.in_place) if box.in_place else 0)
    height += 4 + ROW * (len(tops) if across else 1) if tops else 0
    node = Node(height, width) if across else Node(width, height)
    return Drawn(box, subtitle, tops, width, height, node)


def _pill(word: Word, box: Box) -> str:
    """What is said of a layer that runs in place, beside what its box says already."""
    return joined(
        word.name,
        word.type,
        word.detail,
        f"on {word.blob}" if len(box.tops) > 1 else "",
        phase_text(word.phase) if word.phase != box.layer.phase else "",
    )


def _tops(box: Box, graph: Graph) -> list[tuple[str, str]]:
    """What is to be said of the blobs that a layer makes."""
    several = len(box.tops) > 1
    said = []
    for top in box.tops:
        name = top if several or top != box.layer.name else ""
        shape = shape_text(graph.shapes[top]) if top in graph.shapes else ""
        said.append((top, " ".join(word for word in (name, shape) if word)))
    return said if any(text for _, text in said) else []


def _cells(one: Drawn) -> list[float]:
    """Where the tops that stand beside each other have their middles, from the box's."""
    widths = [text_width(text, 10.5) + 16 for _, text in one.tops]
    spare = (one.width - 12 - sum(widths)) / len(widths)
    middles, x = [], 6 - one.width / 2
    for width in widths:
        middles.append(x + (width + spare) / 2)
        x += width + spare
    return middles


def _rows(one: Drawn) -> list[float]:
    """Where the tops that stand below each other have their middles, from the box's upper edge."""
    first = one.height - 4 - ROW * len(one.tops)
    return [first + ROW * (i + 0.5) for i in range(len(one.tops))]


def _set_ports(one: Drawn, edges: list[Edge], across: bool) -> None:
    """Edges leave where their blob's name stands."""
    if len(one.tops) < 2:
        return
    if across:
        one.node.ports = {name: y - one.height / 2 for (name, _), y in zip(one.tops, _rows(one))}
        return
    # In the order in which they are wanted, so that edges need not cross.
    goes = {name: [] for name, _ in one.tops}  # type: dict[str, list[float]]
    for edge in edges:
        if edge.source is one.node and edge.name in goes:
            goes[edge.name].append((edge.passes[0] if edge.passes else edge.target).x)
    middle = {name: sum(xs) / len(xs) if xs else one.node.x for name, xs in goes.items()}
    one.tops.sort(key=lambda top: middle[top[0]])
    one.node.ports = {name: x for (name, _), x in zip(one.tops, _cells(one))}


def _line(path: Path, title: str, place: Callable[[Point], Point]) -> Line:
    *before, ((x, y),) = path
    tip = (place((x, y)), place((x - 3.2, y - 7)), place((x + 3.2, y - 7)))
    whole = [*before, ((x, y - 6),)]
    placed = [tuple(place(point) for point in step) for step in whole]
    return Line(placed, tip, LINE, 1.4, title)


def _box(one: Drawn, rankdir: str, place: Callable[[Point], Point]) -> list[Shape]:
    """The shapes of a layer and of those that run in place on its tops."""
    node, box = one.node, one.box
    corners = [
        place((node.x - node.width / 2, node.y)),
        place((node.x + node.width / 2, node.y + node.height)),
    ]
    x, y = min(corner[0] for corner in corners), min(corner[1] for corner in corners)
    middle = x + one.width / 2
    fill, ink = colours_of(box.layer.type)
    shapes: list[Shape] = [Rect(x, y, one.width, one.height, 9, fill, ink)]
    tops: list[Shape] = []
    if one.tops:
        across = rankdir in ("LR", "RL")
        high = 4 + ROW * (len(one.tops) if across else 1)
        upside = rankdir == "BT"  # blobs leave by the upper edge
        at = y if upside else y + one.height - high
        edge = at + high if upside else at
        rule: Path = [((x + 7, edge),), ((x + one.width - 7, edge),)]
        tops.append(Line(rule, None, "#d3d8df", 0.8))
        places = (
            [(middle, y + row) for row in _rows(one)]
            if across
            else [(middle + cell, at + high / 2) for cell in _cells(one)]
        )
        for (_, text), (left, centre) in zip(one.tops, places):
            tops.append(Text(left, centre + 3.7, text, 10.5, GREY))
        y += high if upside else 0
    shapes.append(Text(middle, y + 20, box.layer.name, 13, ink, bold=True))
    shapes.append(Text(middle, y + 36, one.subtitle, 11, GREY))
    for i, pill in enumerate(box.in_place):
        colour, letters = colours_of(pill.type)
        at = y + HEAD + i * PILL
        height = PILL - 3
        shapes.append(Rect(x + 7, at, one.width - 14, height, 8, colour, letters))
        shapes.append(Text(middle, at + 13, _pill(pill, box), 11, letters))
    return shapes + tops
