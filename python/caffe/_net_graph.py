"""What a net definition is as a graph: boxes of layers, and edges of blobs between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from . import _messages
from .errors import InvalidArgumentError, NotFoundError
from .net import Net, phase_number
from .runtime import layer_type_trait


def family_of(layer_type: str) -> str:
    """The family of a type of layer, as the library tells; "" for one that it does not know."""
    try:
        return layer_type_trait(layer_type, "family")
    except NotFoundError:
        return ""


def _learns(layer: Any) -> bool:
    """Whether its learning rates are to be shown when they are asked for."""
    usual = family_of(layer.type) in ("convolution", "recurrent")
    return bool(layer.param) or usual or layer.type in ("InnerProduct", "Embed")


@dataclass(frozen=True)
class Word:
    """What is said of one layer."""

    name: str
    type: str
    detail: str
    phase: str = ""  # TRAIN or TEST where it runs in that one only
    blob: str = ""  # where it runs in place, the one that it changes


@dataclass(eq=False)
class Box:
    """A layer, and the layers that run in place on its tops."""

    layer: Word
    tops: list[str]
    in_place: list[Word] = field(default_factory=list)
    edge: str = ""  # what Graphviz writes at the edges that leave it


@dataclass(eq=False)
class Link:
    """A blob on its way from the layer that makes it to one that reads it."""

    source: Box
    target: Box
    blob: str


@dataclass
class Graph:
    """A net: its name, its layers in order, its blobs' ways, and shapes and weights where they are
    known."""

    name: str
    boxes: list[Box]
    links: list[Link]
    shapes: Mapping[str, tuple[int, ...]]
    weights: Mapping[str, int]


def joined(*words: str) -> str:
    """Words with dots between them, without those that are empty."""
    return " \u00b7 ".join(word for word in words if word)


def phase_text(phase: str) -> str:
    """TRAIN only, or nothing for a layer of both phases."""
    return f"{phase} only" if phase else ""


def definition(net: Any) -> Any:
    """The NetParameter of a net, in today's form: a message of any age is upgraded."""
    if isinstance(net, Net):
        return _messages.net_from_text(net.prototxt)
    if getattr(getattr(net, "DESCRIPTOR", None), "full_name", "") != "caffe.NetParameter":
        raise InvalidArgumentError(
            "a net to draw is a caffe.Net or a NetParameter message (caffe.proto.caffe_pb2), not "
            f"a {type(net).__name__}"
        )
    return _messages.upgraded_net(net)


def graph_of(net: Any, phase: Any = None, display_lrm: bool = False) -> Graph:
    """The graph of a caffe.Net or a NetParameter; `phase` leaves out what does not run in it.
    An error where nothing is left."""
    number = None if phase is None else phase_number(phase)
    param = definition(net)
    boxes, links = _boxes(param, number, display_lrm)
    if not boxes:
        where = f" in phase {('TRAIN', 'TEST')[number]}" if number is not None else ""
        raise InvalidArgumentError(f'the net "{param.name}" has no layers{where}: nothing to draw')
    shapes: dict[str, tuple[int, ...]] = {}
    weights: dict[str, int] = {}
    if isinstance(net, Net):
        shapes = {name: blob.shape for name, blob in net.blobs.items()}
        weights = {name: sum(one.count for one in blobs) for name, blobs in net.params.items()}
    return Graph(param.name, boxes, links, shapes, weights)


def _boxes(param: Any, phase: int | None, display_lrm: bool) -> tuple[list[Box], list[Link]]:
    boxes: list[Box] = []
    links: dict[tuple[Box, Box, str], Link] = {}
    makers: dict[str, list[Box]] = {}  # of each blob; in both phases there may be two
    alias: dict[str, str] = {}  # what the net's own splits call a blob
    for layer in param.layer:
        phases = phases_of(layer)
        if phase is not None and phase not in phases:
            continue
        bottoms = [alias.get(name, name) for name in layer.bottom]
        if _is_split(layer):
            alias.update(dict.fromkeys(layer.top, bottoms[0]))
            continue
        only = ("TRAIN", "TEST")[phases.pop()] if len(phases) == 1 else ""
        word = Word(layer.name, layer.type, detail_of(layer, display_lrm), only)
        if list(layer.bottom) == list(layer.top) and len(bottoms) == 1:
            together = [one for one in makers.get(bottoms[0], []) if not _apart(one.layer, word)]
            for maker in together:
                maker.in_place.append(replace(word, blob=bottoms[0]))
            if together:
                continue
        box = Box(word, list(layer.top), edge=edge_label(layer))
        boxes.append(box)
        for name in bottoms:
            for maker in makers.get(name, []):
                if not _apart(maker.layer, word):
                    links.setdefault((maker, box, name), Link(maker, box, name))
        for top in layer.top:
            before = makers.get(top, [])
            stay = [one for one in before if _apart(one.layer, word) or not layer.bottom]
            makers[top] = [*stay, box]
    return boxes, list(links.values())


def _apart(one: Word, other: Word) -> bool:
    """Whether two layers never run together."""
    return bool(one.phase and other.phase and one.phase != other.phase)


def _is_split(layer: Any) -> bool:
    """Whether it is one that nets put in by themselves."""
    return (
        layer.type == "Split"
        and len(layer.bottom) == 1
        and all("_split_" in top for top in layer.top)
    )


def phases_of(layer: Any) -> set[int]:
    """The phases its include and exclude rules let a layer into."""
    rules = list(layer.include)
    if rules and all(rule.HasField("phase") for rule in rules):
        return {rule.phase for rule in rules}
    # One that asks for a stage or level, too, leaves the rest of its phase.
    barred = {
        rule.phase
        for rule in layer.exclude
        if [field.name for field, _ in rule.ListFields()] == ["phase"]
    }
    return {0, 1} - barred if not rules else {0, 1}


def _sizes(param: Any, stem: str, default: int | None) -> str:
    """A kernel, stride or pad as 5×5, or nothing when it is the default."""
    name = "kernel_size" if stem == "kernel" else stem
    both = [getattr(param, f"{stem}_{axis}") for axis in "hw" if param.HasField(f"{stem}_{axis}")]
    value = getattr(param, name)
    values = both or (
        list(value) if hasattr(value, "extend") else [value] if param.HasField(name) else []
    )
    if not values or all(one == default for one in values):
        return ""
    if stem == "kernel" and len(values) == 1:
        values = values * 2
    whole = len(set(values)) > 1 or stem == "kernel"
    return "\u00d7".join(map(str, values)) if whole else str(values[0])


def _steps(param: Any) -> list[str]:
    """Stride and pad, where they are not what they are by themselves."""
    said = (("stride", _sizes(param, "stride", 1)), ("pad", _sizes(param, "pad", 0)))
    return [f"{stem} {sizes}" for stem, sizes in said if sizes]


def pooling_method(param: Any) -> str:
    """MAX, AVE or STOCHASTIC."""
    return str(param.DESCRIPTOR.fields_by_name["pool"].enum_type.values_by_number[param.pool].name)


def detail_of(layer: Any, display_lrm: bool = False) -> str:
    """What a layer's parameters say, in a few words; with `display_lrm` also how many times the
    solver's learning rate its parameters have."""
    parts: list[str] = []
    if layer.type in ("Convolution", "Deconvolution"):
        param = layer.convolution_param
        parts = [str(param.num_output), _sizes(param, "kernel", None), *_steps(param)]
        if param.group != 1:
            parts.append(f"group {param.group}")
        if any(one != 1 for one in param.dilation):
            parts.append("dilation " + "\u00d7".join(map(str, param.dilation)))
    elif layer.type == "Pooling":
        param = layer.pooling_param
        size = "global" if param.global_pooling else _sizes(param, "kernel", None)
        parts = [pooling_method(param), size, *_steps(param)]
    elif layer.type == "InnerProduct":
        parts = [str(layer.inner_product_param.num_output)]
    elif layer.type == "Eltwise":
        param = layer.eltwise_param
        parts = [
            param.DESCRIPTOR.fields_by_name["operation"]
            .enum_type.values_by_number[param.operation]
            .name
        ]
    elif layer.type == "Dropout":
        parts = [f"{layer.dropout_param.dropout_ratio:g}"]
    if display_lrm and _learns(layer):
        parts.append("lr \u00d7 " + ", ".join(f"{one:g}" for one in lr_mults(layer)))
    return joined(*parts)


def edge_label(layer: Any) -> str:
    """How much a layer makes: outputs of one with weights, the batch of a data layer."""
    if layer.type in ("Convolution", "Deconvolution"):
        return str(layer.convolution_param.num_output)
    if layer.type == "InnerProduct":
        return str(layer.inner_product_param.num_output)
    return f"Batch {layer.data_param.batch_size}" if layer.type == "Data" else ""


def lr_mults(layer: Any) -> list[float]:
    """The multipliers of the learning rate of a layer's parameters, 1 where none is said."""
    return [one.lr_mult if one.HasField("lr_mult") else 1.0 for one in layer.param] or [1.0]
