"""Nets as pictures: SVG, without any other program.

    caffe.draw.draw_net_to_file(net, "net.svg")

A net that is loaded is drawn with the shapes of its blobs; a NetParameter message (caffe.proto)
without them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from ._layout import Edge, Node, layout
from ._library import StrPath
from ._pydot_graph import get_pydot_graph  # noqa: F401  for those who draw with Graphviz
from .errors import InvalidArgumentError
from .net import Net, phase_number

FONT = "-apple-system, 'Segoe UI', 'Helvetica Neue', Helvetica, Arial, sans-serif"
MARGIN, GAP, RANK_GAP = 24.0, 36.0, 46.0
BOX_HEIGHT, PILL_HEIGHT = 46.0, 21.0

# Kinds of layers: fill, and edge with title.
COLOURS = {
    "data": ("#e3f3e6", "#2f7d43"),
    "weights": ("#e1ecfb", "#2458a6"),
    "pooling": ("#fdf0d8", "#9a6304"),
    "activation": ("#f9e6ef", "#a33468"),
    "normalisation": ("#e0f2f2", "#1f7376"),
    "loss": ("#fce4e1", "#b03024"),
    "shape": ("#efe9f9", "#6542a6"),
    "other": ("#eceff3", "#4b5563"),
}
KINDS = {
    "data": "Input Data DummyData HDF5Data ImageData MemoryData WindowData AnnotatedData Parameter",
    "weights": "Convolution Deconvolution InnerProduct LSTM RNN Embed DepthwiseConvolution "
    "ConvolutionDepthwise",
    "pooling": "Pooling SPP ROIPooling PSROIPooling Unpooling Upsample Interp",
    "activation": "ReLU PReLU ELU Sigmoid TanH BNLL AbsVal Power Exp Log Clip Swish Threshold "
    "Softmax ReLU6 Mish",
    "normalisation": "LRN BatchNorm MVN Normalize Scale Bias Dropout BN L2Normalization",
    "shape": "Concat Slice Eltwise Flatten Reshape Crop Split Tile Permute Reduction BatchReindex "
    "Im2col Axpy "
    "ShuffleChannel PriorBox",
}
KIND_OF = {name: kind for kind, names in KINDS.items() for name in names.split()}


def kind_of(layer_type: str) -> str:
    """Which colour a type of layer has."""
    if layer_type.endswith(("Loss", "Accuracy")) or "Loss" in layer_type:
        return "loss"
    return KIND_OF.get(layer_type, "other")


@dataclass(eq=False)
class Box:
    """A layer, and the layers that run in place on its tops."""

    name: str
    type: str
    detail: str
    node: Node
    in_place: list[tuple[str, str, str]] = field(default_factory=list)


def text_width(text: str, size: float) -> float:
    """About how wide a text is."""
    narrow = sum(one in "iljtfrI1.,:;|'()[] " for one in text)
    return size * (0.58 * (len(text) - narrow) + 0.33 * narrow)


def shape_text(shape: tuple[int, ...]) -> str:
    """64×20×24×24."""
    return "\u00d7".join(map(str, shape)) or "scalar"


def _sizes(param: Any, stem: str, default: int | None) -> str | None:
    """A kernel, stride or pad as 5×5, or None when it is the default."""
    name = "kernel_size" if stem == "kernel" else stem
    both = [getattr(param, f"{stem}_{axis}") for axis in "hw" if param.HasField(f"{stem}_{axis}")]
    value = getattr(param, name)
    values = both or (
        list(value) if hasattr(value, "extend") else [value] if param.HasField(name) else []
    )
    if not values or all(one == default for one in values):
        return None
    if stem == "kernel" and len(values) == 1:
        values = values * 2
    return (
        "\u00d7".join(map(str, values))
        if len(set(values)) > 1 or stem == "kernel"
        else str(values[0])
    )


def detail_of(layer: Any) -> str:
    """What a layer's parameters say, in a few words."""
    parts = []
    if layer.type in ("Convolution", "Deconvolution"):
        param = layer.convolution_param
        parts = [str(param.num_output), _sizes(param, "kernel", None)]
        parts += [
            word and f"{stem} {word}"
            for stem, word in (
                ("stride", _sizes(param, "stride", 1)),
                ("pad", _sizes(param, "pad", 0)),
            )
        ]
        if param.group != 1:
            parts.append(f"group {param.group}")
    elif layer.type == "Pooling":
        param = layer.pooling_param
        method = param.DESCRIPTOR.fields_by_name["pool"].enum_type.values_by_number[param.pool].name
        parts = [method, "global" if param.global_pooling else _sizes(param, "kernel", None)]
        parts += [
            word and f"{stem} {word}"
            for stem, word in (
                ("stride", _sizes(param, "stride", 1)),
                ("pad", _sizes(param, "pad", 0)),
            )
        ]
    elif layer.type == "InnerProduct":
        parts = [str(layer.inner_product_param.num_output)]
    elif layer.type == "Dropout":
        parts = [f"{layer.dropout_param.dropout_ratio:g}"]
    return " \u00b7 ".join(part for part in parts if part)


def in_phase(layer: Any, phase: int | None) -> bool:
    """Whether a layer's include and exclude rules let it into a phase."""
    if phase is None:
        return True
    include = [rule.phase for rule in layer.include if rule.HasField("phase")]
    exclude = [rule.phase for rule in layer.exclude if rule.HasField("phase")]
    return (not include or phase in include) and phase not in exclude


def build(param: Any, phase: int | None) -> tuple[list[Box], list[tuple[Edge, str]]]:
    """Boxes and edges (with their blob's name) of a NetParameter."""
    boxes: list[Box] = []
    edges: OrderedDict[tuple[Box, Box, str], Edge] = OrderedDict()
    makers: dict[str, list[Box]] = {}  # of each blob; in both phases there may be two
    alias: dict[str, str] = {}  # what the net's own splits call a blob
    for name in param.input:
        boxes.append(Box(name, "Input", "", Node(0, 0)))
        makers[name] = [boxes[-1]]
    for layer in param.layer:
        if not in_phase(layer, phase):
            continue
        bottoms = [alias.get(name, name) for name in layer.bottom]
        if (
            layer.type == "Split"
            and all("_split_" in top for top in layer.top)
            and len(bottoms) == 1
        ):
            alias.update(dict.fromkeys(layer.top, bottoms[0]))
            continue
        if list(layer.bottom) == list(layer.top) and len(bottoms) == 1 and makers.get(bottoms[0]):
            makers[bottoms[0]][-1].in_place.append((layer.name, layer.type, detail_of(layer)))
            continue
        box = Box(layer.name, layer.type, detail_of(layer), Node(0, 0))
        boxes.append(box)
        for name in bottoms:
            for maker in makers.get(name, []):
                edges.setdefault((maker, box, name), Edge(maker.node, box.node))
        for top in layer.top:
            same = [
                one for one in makers.get(top, []) if not set(bottoms) & {top} and not layer.bottom
            ]
            makers[top] = [*same, box]
    return boxes, [(edge, key[2]) for key, edge in edges.items()]


def net_svg(net: Any, phase: Any = None) -> str:
    """The SVG of a caffe.Net or a NetParameter; `phase` leaves out what does not run in it."""
    shapes: Mapping[str, tuple[int, ...]] = {}
    param = net
    if isinstance(net, Net):
        from google.protobuf import text_format

        from .proto import caffe_pb2

        param = text_format.Parse(net.prototxt, caffe_pb2.NetParameter())
        shapes = {name: blob.shape for name, blob in net.blobs.items()}
        counts = {name: sum(blob.count for blob in blobs) for name, blobs in net.params.items()}
    else:
        counts = {}
    boxes, edges = build(param, None if phase is None else phase_number(phase))
    for box in boxes:
        titles = [(box.name, 13.0), (subtitle(box, counts), 11.0)]
        titles += [(pill_text(pill) + "mm", 11.0) for pill in box.in_place]
        box.node.width = max(96.0, 28 + max(text_width(text, size) for text, size in titles))
        box.node.height = BOX_HEIGHT + (6 + PILL_HEIGHT * len(box.in_place) if box.in_place else 0)
    width, height = layout([box.node for box in boxes], [edge for edge, _ in edges], GAP, RANK_GAP)
    labels = labels_of(edges, boxes, shapes)
    parts = [edge_svg(edge) for edge, _ in edges] + [label.svg() for label in labels]
    parts += [box_svg(box, counts) for box in boxes]
    top = 34.0 if param.name else 0.0
    title = (
        f'<text x="{MARGIN}" y="{MARGIN + 12}" font-size="17" font-weight="600" fill="#111827">'
        f"{escape(param.name)}</text>"
        if param.name
        else ""
    )
    left = MARGIN - min([0.0] + [label.left for label in labels])
    right = max([width, text_width(param.name, 17) - left] + [label.right for label in labels])
    full_width, full_height = left + right + MARGIN, height + top + 2 * MARGIN
    return "\n".join(
        [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{full_width:.0f}" '
                f'height="{full_height:.0f}" '
                f'viewBox="0 0 {full_width:.0f} {full_height:.0f}" font-family="{FONT}">'
            ),
            (
                '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
                'orient="auto">'
                '<path d="M0 .6 7.5 4 0 7.4z" fill="#8b95a5"/></marker></defs>'
            ),
            f'<rect width="{full_width:.0f}" height="{full_height:.0f}" fill="#ffffff"/>',
            title,
            f'<g transform="translate({left:.1f} {MARGIN + top})">',
            *parts,
            "</g>",
            "</svg>",
            "",
        ]
    )


def subtitle(box: Box, counts: Mapping[str, int]) -> str:
    """The second line of a box."""
    words = [box.type, box.detail]
    if counts.get(box.name):
        words.append(f"{counts[box.name]:,} weights")
    return " \u00b7 ".join(word for word in words if word)


def pill_text(pill: tuple[str, str, str]) -> str:
    """The line of a layer that runs in place."""
    name, layer_type, detail = pill
    return " \u00b7 ".join(word for word in (name, layer_type, detail) if word)


def box_svg(box: Box, counts: Mapping[str, int]) -> str:
    """A layer's box with those of the layers in place."""
    node = box.node
    fill, ink = COLOURS[kind_of(box.type)]
    x, y = node.x - node.width / 2, node.y
    parts = [
        (
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{node.width:.1f}" '
            f'height="{node.height:.1f}" rx="9" '
            f'fill="{fill}" stroke="{ink}" stroke-opacity=".55"/>'
        ),
        (
            f'<text x="{node.x:.1f}" y="{y + 20:.1f}" text-anchor="middle" '
            f'font-size="13" font-weight="600" '
            f'fill="{ink}">{escape(box.name)}</text>'
        ),
        (
            f'<text x="{node.x:.1f}" y="{y + 36:.1f}" text-anchor="middle" '
            f'font-size="11" fill="#4b5563">'
            f"{escape(subtitle(box, counts))}</text>"
        ),
    ]
    for i, pill in enumerate(box.in_place):
        pill_fill, pill_ink = COLOURS[kind_of(pill[1])]
        pill_y = y + BOX_HEIGHT + i * PILL_HEIGHT
        parts.append(
            f'<rect x="{x + 7:.1f}" y="{pill_y:.1f}" width="{node.width - 14:.1f}" '
            f'height="{PILL_HEIGHT - 3:.1f}" rx="{(PILL_HEIGHT - 3) / 2:.1f}" fill="{pill_fill}" '
            f'stroke="{pill_ink}" stroke-opacity=".45"/>'
            f'<text x="{node.x:.1f}" y="{pill_y + 13:.1f}" text-anchor="middle" font-size="11" '
            f'fill="{pill_ink}">{escape(pill_text(pill))}</text>'
        )
    return "".join(parts)


@dataclass
class Label:
    """The text where a blob leaves its layer: its shape, or its name when shapes are not known."""

    text: str
    name: str
    x: float
    y: float
    anchor: str

    @property
    def right(self) -> float:
        """How far to the right it reaches."""
        return self.x + (text_width(self.text, 10.5) if self.anchor == "start" else 0)

    @property
    def left(self) -> float:
        """How far to the left it reaches."""
        return self.x - (text_width(self.text, 10.5) if self.anchor == "end" else 0)

    def svg(self) -> str:
        """The text, with a white edge below it where it lies on a curve."""
        place = f'x="{self.x:.1f}" y="{self.y:.1f}" text-anchor="{self.anchor}" font-size="10.5"'
        text = f"<title>{escape(self.name)}</title>{escape(self.text)}"
        return (
            f'<text {place} fill="#ffffff" stroke="#ffffff" stroke-width="3">'
            f"{escape(self.text)}</text>"
            f'<text {place} fill="#6b7280">{text}</text>'
        )


def labels_of(
    edges: list[tuple[Edge, str]], boxes: list[Box], shapes: Mapping[str, tuple[int, ...]]
) -> list[Label]:
    """One text for each blob and each layer it leaves."""
    names = {box.node: box.name for box in boxes}
    leaving: dict[Node, dict[str, list[Edge]]] = {}
    for edge, name in edges:
        leaving.setdefault(edge.source, {}).setdefault(name, []).append(edge)
    labels: list[Label] = []
    for node, blobs in leaving.items():
        for name, group in blobs.items():
            nexts = [edge.passes[0] if edge.passes else edge.target for edge in group]
            if len(blobs) > 1:  # told apart by their names, at the end of the curve
                text = f"{name} {shape_text(shapes[name])}" if name in shapes else name
                left = nexts[0].x < node.x
                x, y = nexts[0].x, nexts[0].y - 7
            else:  # on the side to which no curve goes
                text = shape_text(shapes[name]) if name in shapes else name
                text = "" if text == names[node] else text
                left = min(one.x for one in nexts) > node.x + 12
                x, y = node.x, node.y + node.height + 17
            if text:
                side = -7 if left else 7
                labels.append(Label(text, name, x + side, y, "end" if left else "start"))
    return labels


def edge_svg(edge: Edge) -> str:
    """A curve from box to box."""
    source, target = edge.source, edge.target
    path = f"M{source.x:.1f} {source.y + source.height:.1f}"
    for before, after in zip([source, *edge.passes], [*edge.passes, target]):
        y = before.y + before.height
        half = (after.y - y) / 2
        path += f" C{before.x:.1f} {y + half:.1f} {after.x:.1f} {y + half:.1f}"
        path += f" {after.x:.1f} {after.y:.1f}"
        path += f" V{after.y + after.height:.1f}" if after is not target else ""
    return (
        f'<path d="{path}" fill="none" stroke="#8b95a5" stroke-width="1.4" marker-end="url(#tip)"/>'
    )


def draw_net(caffe_net: Any, rankdir: str = "TB", ext: str = "svg", phase: Any = None) -> bytes:
    """The picture of a net (caffe.Net or NetParameter) as bytes; nets are drawn from top to bottom,
    as SVG."""
    if ext.lstrip(".") != "svg":
        raise InvalidArgumentError(f"nets are drawn as svg, not as {ext}")
    if rankdir not in ("TB", "LR", "BT", "RL"):
        raise InvalidArgumentError(f"rankdir: expected TB, LR, BT or RL, got {rankdir!r}")
    return net_svg(caffe_net, phase).encode()


def draw_net_to_file(
    caffe_net: Any, filename: StrPath, rankdir: str = "TB", phase: Any = None
) -> None:
    """Writes the picture of a net; the file's name ends in .svg."""
    Path(filename).write_bytes(draw_net(caffe_net, rankdir, Path(filename).suffix, phase))
