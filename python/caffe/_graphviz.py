"""Nets as graphs of pydot, for those who draw with Graphviz."""

from __future__ import annotations

from typing import Any

from ._net_graph import Graph, Word, phase_text
from ._net_picture import colours_of, shape_text
from .errors import InvalidArgumentError, UnsupportedError

MISSING = (
    "pydot is not installed: pip install pydot, and for pictures Graphviz, whose program is dot "
    "(apt-get install graphviz); caffe.draw.draw_net_to_file draws .svg without them, and .png and "
    ".pdf with matplotlib"
)


def _pydot() -> Any:
    try:
        import pydot
    except ImportError as failure:
        raise ImportError(MISSING) from failure
    return pydot


def label(parts: list[str], rankdir: str) -> str:
    """The texts of a box, one below the other where there is room for height."""
    return ("\n" if rankdir in ("LR", "RL") else " ").join(part for part in parts if part)


def graph(net: Graph, rankdir: str, label_edges: bool) -> Any:
    """The pydot.Dot of a net."""
    pydot = _pydot()
    made = pydot.Dot(f'"{_quoted(net.name)}"', graph_type="digraph", rankdir=rankdir)

    def add(name: str, text: str, **style: str) -> str:
        quoted = f'"{_quoted(name)}"'
        made.add_node(pydot.Node(quoted, label=f'"{_quoted(text)}"', style="filled", **style))
        return quoted

    names = set()

    def box(word: Word) -> str:
        parts = [word.name, f"({word.type})", word.detail, phase_text(word.phase)]
        colour = f'"{colours_of(word.type)[0]}"'
        text = label(parts, rankdir)
        name = f"{word.name}_{word.type}"
        while name in names:  # of the other phase, mostly
            name += "_"
        names.add(name)
        return add(name, text, shape="box", fillcolor=colour)

    blobs: dict[str, str] = {}

    def blob(name: str) -> str:
        if name not in blobs:
            blobs[name] = add(f"{name}_blob", name, shape="octagon", fillcolor='"#e0e0e0"')
        return blobs[name]

    boxes = {one: box(one.layer) for one in net.boxes}
    looped = set()
    for one in net.boxes:
        for top in one.tops:
            said = shape_text(net.shapes[top]) if top in net.shapes else one.edge
            text = f'"{_quoted(said)}"' if label_edges and said else '""'
            made.add_edge(pydot.Edge(boxes[one], blob(top), label=text))
        for word in one.in_place:  # back into its own blob, as it is
            if word in looped:  # the blob has two makers, one in each phase
                continue
            looped.add(word)
            loop = box(word)
            made.add_edge(pydot.Edge(blob(word.blob), loop))
            made.add_edge(pydot.Edge(loop, blob(word.blob)))
    drawn = set()
    for link in net.links:
        if (link.blob, link.target) not in drawn:
            drawn.add((link.blob, link.target))
            made.add_edge(pydot.Edge(blob(link.blob), boxes[link.target]))
    return made


def encoded(net: Graph, rankdir: str, kind: str) -> bytes:
    """The net as a file of a format of Graphviz's."""
    try:
        made = graph(net, rankdir, True)
    except ImportError as failure:
        raise UnsupportedError(
            f"{kind!r} is no format of ours (svg, png, pdf, jpg, tif, webp, eps, ps), and Graphviz "
            f"is not to be had: {failure}"
        ) from failure
    try:
        return bytes(made.create(format=kind))
    except FileNotFoundError as failure:
        raise UnsupportedError(
            f"{kind!r} is drawn by Graphviz, whose program dot is not on the path: apt-get install "
            "graphviz"
        ) from failure
    except (AssertionError, OSError) as failure:
        raise InvalidArgumentError(f"Graphviz does not draw {kind!r}: {failure}") from failure


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
