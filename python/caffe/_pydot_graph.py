"""Nets as pydot graphs, for those who go on with Graphviz: `caffe.draw.get_pydot_graph`."""

from __future__ import annotations

from typing import Any

_LAYER = {"shape": "record", "fillcolor": "#6495ED", "style": "filled"}
_NEURON = {"shape": "record", "fillcolor": "#90EE90", "style": "filled"}
_BLOB = {"shape": "octagon", "fillcolor": "#E0E0E0", "style": "filled"}
_COLOURS = {"Convolution": "#FF5050", "Deconvolution": "#FF5050", "Pooling": "#FF9900",
            "InnerProduct": "#CC33FF"}  # fmt: skip


def _pydot() -> Any:
    for name in ("pydot", "pydotplus"):
        try:
            return __import__(name)
        except ImportError:
            continue
    raise ImportError(
        "get_pydot_graph makes graphs of the package pydot: pip install pydot (and Graphviz, to draw "
        "them). caffe.draw.draw_net_to_file(net, 'net.svg') draws without either"
    )


def _first(values: Any, default: int) -> int:
    return int(values[0]) if len(values) else default


def _label(layer: Any, rankdir: str) -> str:
    """Name and type, and of convolutions and poolings kernel, stride and pad."""
    separator = " " if rankdir in ("TB", "BT") else "\\n"
    parts = [layer.name, f"({layer.type})"]
    if layer.type in ("Convolution", "Deconvolution"):
        own = layer.convolution_param
        kernel = _first(own.kernel_size, own.kernel_h or 1)
        stride = _first(own.stride, own.stride_h or 1)
        pad = _first(own.pad, own.pad_h or 0)
        parts += [f"kernel size: {kernel}", f"stride: {stride}", f"pad: {pad}"]
    elif layer.type == "Pooling":
        own = layer.pooling_param
        kind = type(own).PoolMethod.Name(own.pool)
        parts[1] = f"({kind} {layer.type})"
        parts += [f"kernel size: {own.kernel_size}", f"stride: {own.stride}", f"pad: {own.pad}"]
    return f'"{separator.join(parts)}"'


def _edge_label(layer: Any) -> str:
    if layer.type == "Data":
        return f"Batch {layer.data_param.batch_size}"
    if layer.type in ("Convolution", "Deconvolution"):
        return str(layer.convolution_param.num_output)
    if layer.type == "InnerProduct":
        return str(layer.inner_product_param.num_output)
    return '""'


def get_pydot_graph(
    caffe_net: Any, rankdir: str, label_edges: bool = True, phase: int | None = None
) -> Any:
    """A pydot.Dot of a NetParameter message (or a caffe.Net): a node for each layer and each blob.

    rankdir is "TB", "LR", "BT" or "RL". With `phase`, caffe.TRAIN or caffe.TEST, only the layers of
    that phase are there. ImportError says what to install.
    """
    pydot = _pydot()
    from .draw import in_phase
    from .net import Net

    if isinstance(caffe_net, Net):
        from google.protobuf import text_format

        from .proto import caffe_pb2

        caffe_net = text_format.Parse(caffe_net.prototxt, caffe_pb2.NetParameter())
    graph = pydot.Dot(f'"{caffe_net.name or "Net"}"', graph_type="digraph", rankdir=rankdir)
    blobs: set[str] = set()
    for layer in caffe_net.layer:
        if not in_phase(layer, phase):
            continue
        node = f'"{layer.name}_{layer.type}"'
        in_place = len(layer.bottom) == 1 and list(layer.top) == list(layer.bottom)
        style = dict(_NEURON if in_place else _LAYER)
        if not in_place and layer.type in _COLOURS:
            style["fillcolor"] = _COLOURS[layer.type]
        graph.add_node(pydot.Node(node, label=_label(layer, rankdir), **style))
        blobs.update(layer.bottom, layer.top)
        for bottom in layer.bottom:
            graph.add_edge(pydot.Edge(f'"{bottom}_blob"', node, label='""'))
        for top in layer.top:
            label = _edge_label(layer) if label_edges else '""'
            graph.add_edge(pydot.Edge(node, f'"{top}_blob"', label=label))
    for name in sorted(blobs):
        graph.add_node(pydot.Node(f'"{name}_blob"', label=f'"{name}"', **_BLOB))
    return graph
