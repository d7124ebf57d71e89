"""Rows of a layout as columns beside each other, and the ways of the edges.

A net of a hundred layers in one column is a ribbon no screen shows. Here it is cut where few edges
are, and the parts stand beside each other; what crosses a cut goes on in the gutter between them,
up to the top of the next column.

Edges are straight down beside boxes and curves in the gaps between rows, so none lies over a box.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from ._layout import Edge, Node, settle

Point = tuple[float, float]
Path = list[tuple[Point, ...]]  # the start, then a point for a line to it, three for a Bezier curve

LONGEST = 1200.0  # a column up to here is not folded
TURN, LANE, GUTTER = 14.0, 8.0, 32.0
TIP = 8.0  # the straight end of an edge, which has the arrow
ENTRY = 14.0  # between edges that end at one box


@dataclass
class Row:
    """A row's nodes and where its band lies."""

    nodes: list[Node]
    height: float
    top: float = 0.0

    @property
    def bottom(self) -> float:
        """The band's lower edge."""
        return self.top + self.height


@dataclass
class Column:
    """Rows below each other. `lanes` are the edges that go on in the next column, by what they leave
    at the bottom, from the inner one to the outer one."""

    rows: list[Row]
    left: float = 0.0
    right: float = 0.0
    lanes: list[tuple[Node, str]] = field(default_factory=list)

    @property
    def height(self) -> float:
        """Without what runs above and below it."""
        return self.rows[-1].bottom - self.rows[0].top


class Folded:
    """The rows as columns: places of all nodes, the picture's size, and the ways of edges.

    gap and rank_gap are the least between nodes and between rows; proportion is that of width to
    height which a picture of several columns shall have.
    """

    def __init__(
        self,
        rows: list[list[Node]],
        edges: list[Edge],
        gap: float,
        rank_gap: float,
        proportion: float,
    ) -> None:
        self.columns: list[Column] = []
        self.width = self.height = 0.0
        self._edges = edges
        self._gap, self._rank_gap, self._proportion = gap, rank_gap, proportion
        if not rows:
            return
        bands = [Row(row, max(node.height for node in row)) for row in rows]
        self._crossing = [_crossing(edges, rank) for rank in range(len(rows) - 1)]
        for starts in self._candidates(bands):
            columns = [Column(bands[a:b]) for a, b in zip(starts, [*starts[1:], len(bands)])]
            size = self._place(columns)
            if not self.columns or self._unlike(*size) < self._unlike(self.width, self.height):
                self.columns = columns
                self.width, self.height = size
        self.width, self.height = self._place(self.columns)
        self._column_of = {
            node.rank: column
            for column in self.columns
            for row in column.rows
            for node in row.nodes
        }
        self._row_of = {row.nodes[0].rank: row for row in bands}

    def _candidates(self, bands: list[Row]) -> list[list[int]]:
        """Ways to cut, each the places where columns begin."""
        height = sum(band.height + self._rank_gap for band in bands) - self._rank_gap
        if height <= LONGEST:
            return [[0]]
        width = sum(_width(band.nodes) for band in bands) / len(bands) + GUTTER
        about = round(math.sqrt(self._proportion * height / width))
        counts = range(max(1, about - 1), min(len(bands), about + 2) + 1)
        found = [
            _cuts(
                [band.height + self._rank_gap for band in bands],
                [len(one) for one in self._crossing],
                count,
            )
            for count in counts
        ]
        return [starts for starts in found if starts] or [[0]]

    def _unlike(self, width: float, height: float) -> float:
        """How far a picture is from the proportion it shall have."""
        return abs(math.log(width / height / self._proportion))

    def _place(self, columns: list[Column]) -> tuple[float, float]:
        """Sets the coordinates for these columns; the picture's width and height."""
        left = 0.0
        rank = 0
        for column in columns:
            nodes = [node for row in column.rows for node in row.nodes]
            settle([row.nodes for row in column.rows], self._gap)
            shift = left - min(node.x - node.width / 2 for node in nodes)
            for node in nodes:
                node.x += shift
            rank += len(column.rows)
            keys = self._crossing[rank - 1] if column is not columns[-1] else []
            column.lanes = sorted(keys, key=lambda key: -_exit(*key))
            column.left = left
            column.right = max(node.x + node.width / 2 for node in nodes)
            left = column.right + (GUTTER + LANE * len(column.lanes) if column.lanes else GUTTER)
        most = max(len(column.lanes) for column in columns)
        bottom = 0.0
        for column in columns:
            y = TURN + TIP + LANE * most if most else 0.0
            for row in column.rows:
                row.top = y
                for node in row.nodes:
                    node.height = node.height or row.height  # an edge passes beside the boxes
                    node.y = y + (row.height - node.height) / 2
                y += row.height + self._rank_gap
            lanes = TURN + LANE * len(column.lanes) if column.lanes else 0.0
            bottom = max(bottom, y - self._rank_gap + lanes)
        return columns[-1].right, bottom

    def paths(self) -> list[Path]:
        """The way of each edge, in their order."""
        entries = self._entries()
        return [self._path(edge, entries[id(edge)]) for edge in self._edges]

    def _entries(self) -> dict[int, float]:
        """Where on its target's upper edge each edge ends, from the middle."""
        arriving: dict[Node, list[Edge]] = {}
        for edge in self._edges:
            arriving.setdefault(edge.target, []).append(edge)
        entries = {}
        for target, group in arriving.items():
            group.sort(key=self._comes_from)
            apart = min(ENTRY, (target.width - 24) / len(group))
            for i, edge in enumerate(group):
                entries[id(edge)] = (i - (len(group) - 1) / 2) * apart
        return entries

    def _comes_from(self, edge: Edge) -> float:
        last = edge.passes[-1] if edge.passes else edge.source
        column = self._column_of[last.rank]
        if column is self._column_of[edge.target.rank]:
            return _exit(last, edge.name)
        return -float(column.lanes.index(_key(last, edge)))

    def _path(self, edge: Edge, entry: float) -> Path:
        items = [edge.source, *edge.passes, edge.target]
        x, y = _exit(edge.source, edge.name), edge.source.y + edge.source.height
        path: Path = [((x, y),)]
        for before, after in zip(items, items[1:]):
            leaves = self._row_of[before.rank].bottom
            if leaves > y:
                path.append(((x, leaves),))
            to = after.x + (entry if after is edge.target else 0.0)
            y = self._row_of[after.rank].top
            column = self._column_of[before.rank]
            if column is not self._column_of[after.rank]:
                path += self._through_gutter(column, _key(before, edge), (x, leaves), (to, y))
            elif abs(to - x) < 0.05:
                path.append(((to, y - TIP),))
            else:
                half = (y - TIP - leaves) / 2
                path.append(((x, leaves + half), (to, leaves + half), (to, y - TIP)))
            path.append(((to, after.y if after is edge.target else y),))
            x = to
        return path

    def _through_gutter(
        self, column: Column, key: tuple[Node, str], start: Point, end: Point
    ) -> Path:
        """Below its column, up in the gutter, and above the next one."""
        i = column.lanes.index(key)
        below = column.rows[-1].bottom + TURN + LANE * i
        beside = column.right + GUTTER / 2 + LANE * i
        above = end[1] - TIP - TURN / 2 - LANE * (len(column.lanes) - 1 - i)
        corners = [(start[0], below), (beside, below), (beside, above), (end[0], above)]
        return _rounded([start, *corners, (end[0], end[1] - TIP)])


def _width(nodes: list[Node]) -> float:
    return max(node.x + node.width / 2 for node in nodes) - min(
        node.x - node.width / 2 for node in nodes
    )


def _exit(item: Node, name: str) -> float:
    return item.x + item.ports.get(name, 0.0)


def _key(item: Node, edge: Edge) -> tuple[Node, str]:
    """What an edge shares its lane with: all that leaves a node by one port."""
    return item, edge.name if item is edge.source else ""


def _crossing(edges: list[Edge], rank: int) -> list[tuple[Node, str]]:
    """What leaves a rank for one further down."""
    keys: dict[tuple[Node, str], None] = {}
    for edge in edges:
        if edge.source.rank <= rank < edge.target.rank:
            place = rank - edge.source.rank
            keys[_key(edge.passes[place - 1] if place else edge.source, edge)] = None
    return list(keys)


def _cuts(heights: Sequence[float], crossing: Sequence[int], count: int) -> list[int]:
    """Where `count` columns begin so that they are about as high as each other and few edges are
    cut; empty where none is found that is less than twice as high as the mean."""
    places = [0.0]
    for height in heights:
        places.append(places[-1] + height)
    mean = places[-1] / count
    rows = len(heights)
    best = {0: (0.0, [0])}  # of what is above a row: the cost, and the columns' beginnings
    for part in range(count):
        following: dict[int, tuple[float, list[int]]] = {}
        for start, (cost, starts) in best.items():
            ends = [rows] if part == count - 1 else range(start + 1, rows)
            for end in ends:
                height = places[end] - places[start]
                if height > 2 * mean and end > start + 1:
                    break
                more = cost + (height / mean) ** 2
                if end < rows:
                    more += 0.15 * (crossing[end - 1] - 1)
                if end not in following or more < following[end][0]:
                    following[end] = (more, [*starts, end])
        best = following
    return best[rows][1][:-1] if rows in best else []


def _rounded(points: list[Point], radius: float = 6.0) -> Path:
    """Lines from the first point to the last with round corners, without the start."""
    path: Path = []
    for before, corner, after in zip(points, points[1:], points[2:]):
        into, out = (_towards(corner, one, radius) for one in (before, after))
        path += [(into,), (corner, corner, out)]
    return [*path, (points[-1],)]


def _towards(start: Point, end: Point, most: float) -> Point:
    length = math.dist(start, end)
    part = min(most, length / 2) / length if length else 0.0
    return start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1])
