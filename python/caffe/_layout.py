"""A layered layout of a directed graph without cycles, from top to bottom.

The usual steps (Sugiyama, Tagawa and Toda, 1981): a rank for each node, places for long edges to
pass by, few crossings by the barycentres of neighbours, then coordinates that pull each node to the
middle of its neighbours. How far down the rows lie is not said here: _folding.py does that.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(eq=False)
class Node:
    """Something with a width and a height. One without a height is a place where an edge passes."""

    width: float
    height: float
    rank: int = 0
    x: float = 0.0  # the middle
    y: float = 0.0  # the upper edge
    ports: dict[str, float] = field(default_factory=dict)  # where edges leave, from the middle
    above: list[Node] = field(default_factory=list)
    below: list[Node] = field(default_factory=list)


@dataclass(eq=False)
class Edge:
    """From a node to one further down; `passes` are the places between them."""

    source: Node
    target: Node
    name: str = ""  # of the port it leaves by
    passes: list[Node] = field(default_factory=list)


SWEEPS = 12


def layout(nodes: list[Node], edges: list[Edge], gap: float) -> list[list[Node]]:
    """The rows, from the top, each from the left, passes included; ranks and x are set. Nodes come
    in an order in which edges point forward."""
    if not nodes:
        return []
    _rank(nodes, edges)
    everything = nodes + _split(edges, gap)
    rows: list[list[Node]] = [[] for _ in range(1 + max(node.rank for node in nodes))]
    for node in everything:
        rows[node.rank].append(node)
    _order(rows)
    settle(rows, gap)
    return rows


def settle(rows: list[list[Node]], gap: float) -> None:
    """Sets x in these rows, whose order stays, by the neighbours that are in them."""
    inside = {node for row in rows for node in row}
    for row in rows:
        _pack(row, gap)
    for sweep in range(SWEEPS):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            _settle(row, gap, sweep, inside)


def _rank(nodes: list[Node], edges: list[Edge]) -> None:
    into: dict[Node, list[Edge]] = {node: [] for node in nodes}
    out: dict[Node, list[Edge]] = {node: [] for node in nodes}
    for edge in edges:
        into[edge.target].append(edge)
        out[edge.source].append(edge)
    for node in nodes:
        node.rank = max((edge.source.rank + 1 for edge in into[node]), default=0)
    # What only feeds something far down (labels) comes down beside it.
    for node in reversed(nodes):
        if out[node] and not into[node]:
            node.rank = min(edge.target.rank for edge in out[node]) - 1


def _split(edges: list[Edge], gap: float) -> list[Node]:
    """The places where edges pass. What leaves a node by one port goes together as far as it can."""
    passes: dict[tuple[Node, str, int], Node] = {}
    for edge in edges:
        previous = edge.source
        for rank in range(edge.source.rank + 1, edge.target.rank):
            key = (edge.source, edge.name, rank)
            if key not in passes:
                passes[key] = place = Node(gap / 2, 0, rank)
                previous.below.append(place)
                place.above.append(previous)
            previous = passes[key]
            edge.passes.append(previous)
        previous.below.append(edge.target)
        edge.target.above.append(previous)
    return list(passes.values())


def _crossings(rows: list[list[Node]]) -> int:
    total = 0
    for upper, lower in zip(rows, rows[1:]):
        place = {node: i for i, node in enumerate(lower)}
        ends = [place[node] for one in upper for node in sorted(one.below, key=place.__getitem__)]
        total += sum(a > b for i, a in enumerate(ends) for b in ends[i + 1 :])
    return total


def _by_middle(row: list[Node], fixed: list[Node], down: bool) -> None:
    """Sorts a row by where the neighbours in the fixed row are on average."""
    place = {node: i for i, node in enumerate(fixed)}
    keys = {}
    for i, node in enumerate(row):
        near = node.above if down else node.below
        keys[node] = sum(place[one] for one in near) / len(near) if near else float(i)
    row.sort(key=keys.__getitem__)


def _order(rows: list[list[Node]]) -> None:
    best, fewest = [list(row) for row in rows], _crossings(rows)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        down = sweep % 2 == 0
        for i in range(1, len(rows)) if down else range(len(rows) - 2, -1, -1):
            _by_middle(rows[i], rows[i - 1 if down else i + 1], down)
        crossings = _crossings(rows)
        if crossings < fewest:
            best, fewest = [list(row) for row in rows], crossings
    rows[:] = best


def _pack(row: list[Node], gap: float) -> None:
    x = -sum(node.width + gap for node in row) / 2
    for node in row:
        node.x = x + node.width / 2
        x += node.width + gap


def _settle(row: list[Node], gap: float, sweep: int, inside: set[Node]) -> None:
    """Moves nodes to the middle of their neighbours, as far as their order and the gaps allow."""
    wanted = []
    for node in row:
        above, below = ([one for one in near if one in inside] for near in (node.above, node.below))
        near = (above if sweep % 2 == 0 else below) or above or below
        wanted.append(sum(one.x for one in near) / len(near) if near else node.x)
    # Runs of nodes that would overlap share the mean of what they want.
    runs: list[tuple[float, list[int], list[float]]] = []  # place of the first, members, offsets
    for i, want in enumerate(wanted):
        runs.append((want, [i], [0.0]))
        while len(runs) > 1:
            (left, first, offsets), (right, second, others) = runs[-2], runs[-1]
            last, begin = row[first[-1]], row[second[0]]
            apart = offsets[-1] + (last.width + begin.width) / 2 + gap
            if left + apart <= right + 1e-9:
                break
            members, places = first + second, offsets + [apart + one for one in others]
            mean = sum(wanted[one] - place for one, place in zip(members, places)) / len(members)
            runs[-2:] = [(mean, members, places)]
    for place, members, offsets in runs:
        for i, offset in zip(members, offsets):
            row[i].x = place + offset
