"""Nets as pictures.

    caffe.draw.draw_net_to_file(net, "net.svg")

The name's ending says the format: SVG needs no other program, PNG, PDF and their like need
matplotlib (`pip install libcaffe[plots]`), and what is left goes through Graphviz. A net that is
loaded is drawn with the shapes of its blobs; a NetParameter message (caffe.proto) without them.
Long nets are folded into columns, which are read from the top and from the left.
"""

from __future__ import annotations

from typing import Any

from . import _graphviz, _raster
from ._library import FilePath, as_path
from ._net_graph import detail_of, edge_label, graph_of, lr_mults
from ._net_picture import DIRECTIONS, colours_of, picture_of
from ._picture import Picture
from .errors import FileError, InvalidArgumentError

__all__ = [
    "choose_color_by_layertype",
    "draw_net",
    "draw_net_to_file",
    "get_edge_label",
    "get_layer_label",
    "get_layer_lr_mult",
    "get_pooling_types_dict",
    "get_pydot_graph",
    "net_svg",
]


def _picture(net: Any, rankdir: str, phase: Any, display_lrm: bool) -> Picture:
    if rankdir not in DIRECTIONS:
        raise InvalidArgumentError(f"rankdir: expected TB, BT, LR or RL, got {rankdir!r}")
    return picture_of(graph_of(net, phase, display_lrm), rankdir)


def net_svg(net: Any, phase: Any = None, rankdir: str = "TB", display_lrm: bool = False) -> str:
    """The SVG of a caffe.Net or a NetParameter; `phase` leaves out what does not run in it."""
    return _picture(net, rankdir, phase, display_lrm).svg()


def draw_net(
    caffe_net: Any,
    rankdir: str = "TB",
    ext: str = "svg",
    phase: Any = None,
    display_lrm: bool = False,
) -> bytes:
    """The picture of a net (caffe.Net or NetParameter) as bytes.

    rankdir: where the net runs, TB (from top to bottom), BT, LR or RL.
    ext: svg, png, pdf, jpg, tif, webp, eps or ps; any other format is Graphviz's.
    phase: caffe.TRAIN or caffe.TEST leaves out the layers that do not run in it.
    display_lrm: shows the multipliers of the learning rate, too.

    Messages of old formats (V0, V1) are upgraded first. A net without layers, or without any in the
    phase, is an InvalidArgumentError; a format whose program is missing is an UnsupportedError.
    """
    kind = ext.lstrip(".").lower()
    picture = _picture(caffe_net, rankdir, phase, display_lrm)
    if kind == "svg":
        return picture.svg().encode()
    if kind in _raster.FORMATS:
        return _raster.encoded(picture, kind)
    return _graphviz.encoded(graph_of(caffe_net, phase, display_lrm), rankdir, kind)


def draw_net_to_file(
    caffe_net: Any,
    filename: FilePath,
    rankdir: str = "TB",
    phase: Any = None,
    display_lrm: bool = False,
) -> None:
    """Writes the picture of a net; the file's name ends in .svg, .png, .pdf ... (see draw_net)."""
    path = as_path(filename)
    if not path.suffix.lstrip("."):
        raise InvalidArgumentError(f"{path}: the name has to end in .svg, .png, .pdf or the like")
    picture = draw_net(caffe_net, rankdir, path.suffix, phase, display_lrm)
    try:
        path.write_bytes(picture)
    except OSError as failure:
        raise FileError(f"{path}: {failure.strerror}") from failure


def get_pydot_graph(
    caffe_net: Any,
    rankdir: str = "TB",
    label_edges: bool = True,
    phase: Any = None,
    display_lrm: bool = False,
) -> Any:
    """The net as a pydot.Dot, to change and to draw with Graphviz: boxes of layers, octagons of
    blobs.

    label_edges: whether edges say what a layer makes, such as the number of outputs.
    Without pydot an ImportError says what to install.
    """
    return _graphviz.graph(graph_of(caffe_net, phase, display_lrm), rankdir, label_edges)


def get_pooling_types_dict() -> dict[int, str]:
    """The names of the ways to pool, by their numbers."""
    from .proto import caffe_pb2

    return {number: name for name, number in caffe_pb2.PoolingParameter.PoolMethod.items()}


def get_edge_label(layer: Any) -> str:
    """What stands at the edge behind a layer: how much it makes, where that is to be said."""
    return edge_label(layer)


def get_layer_lr_mult(layer: Any) -> float:
    """How many times the solver's learning rate a layer's weights have."""
    return lr_mults(layer)[0]


def get_layer_label(layer: Any, rankdir: str, display_lrm: bool = False) -> str:
    """What stands in a layer's box, in lines where the net runs from left to right."""
    parts = [layer.name, f"({layer.type})", detail_of(layer, display_lrm)]
    return _graphviz.label(parts, rankdir)


def choose_color_by_layertype(layertype: str) -> str:
    """The colour of a type of layers, as #rrggbb."""
    return colours_of(layertype)[0]
