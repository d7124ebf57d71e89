"""Which place of one top corresponds to which place of another, in nets of caffe.net_spec.

A layer maps coordinates of its top to coordinates of its bottom, x -> a x + b on each spatial axis;
convolutions divide where deconvolutions multiply. Chains of layers compose, and two tops with a
common ancestor are compared through it. `crop` is what fully convolutional nets end in (Long et
al., 2015).
"""

from __future__ import annotations

from typing import Any, Optional

import numpy as np
import numpy.typing as npt

from .errors import InvalidArgumentError
from .net_spec import Function, Top, layers
from .runtime import layer_type_list, layer_type_trait

# Types whose tops have the coordinates of their bottoms; append() further ones of your own.
PASS_THROUGH_LAYERS = [
    name for name in layer_type_list() if layer_type_trait(name, "coordinates") == "same"
]

Floats = npt.NDArray[np.float64]
Map = tuple[Optional[int], Floats, Floats]

IDENTITY: Map = (None, np.ones(1), np.zeros(1))


class UndefinedMapException(InvalidArgumentError):
    """A layer for which no map of coordinates is known."""


class AxisMismatchException(InvalidArgumentError):
    """Maps of different axes cannot be composed."""


class CropError(InvalidArgumentError, AssertionError):
    """What cannot be cropped; an AssertionError, too, as it always was."""


def conv_params(fn: Function) -> tuple[int, Floats, Floats, Floats]:
    """The axis before the spatial ones, and on these the stride, the extent of the kernel (with its
    dilation) and the pad, of a convolution, a deconvolution or a pooling."""
    stem = "pooling" if fn.type_name == "Pooling" else "convolution"
    fields = fn.params.get(stem + "_param", fn.params)
    for prefix, name in (("kernel", "kernel_size"), ("stride", "stride"), ("pad", "pad")):
        if prefix + "_h" in fields or prefix + "_w" in fields:
            raise CropError(
                f"{_words(fn)}: write {name} for all axes, not {prefix}_h and {prefix}_w"
            )
    if "kernel_size" not in fields:
        raise UndefinedMapException(f"{_words(fn)} has no kernel_size")

    def field(name: str, default: int) -> Floats:
        return np.array(fields.get(name, default), np.float64, ndmin=1)

    extent = field("dilation", 1) * (field("kernel_size", 1) - 1) + 1
    return int(fields.get("axis", 1)), field("stride", 1), extent, field("pad", 0)


def crop_params(fn: Function) -> tuple[int, Floats]:
    """The axis of a Crop, and its offset on each axis from there on."""
    fields = fn.params.get("crop_param", fn.params)
    return int(fields.get("axis", 2)), np.array(fields.get("offset", 0), np.float64, ndmin=1)


def _words(fn: Function) -> str:
    name = fn.params.get("name")
    return f"layer {name!r} ({fn.type_name})" if name else f"the {fn.type_name} layer"


def coord_map(fn: Function) -> Map:
    """The map of a layer: axis, a, b. UndefinedMapException when it has none."""
    if fn.type_name in ("Convolution", "Pooling", "Im2col"):
        axis, stride, extent, pad = conv_params(fn)
        return axis, 1 / stride, (pad - (extent - 1) / 2) / stride
    if fn.type_name == "Deconvolution":
        axis, stride, extent, pad = conv_params(fn)
        return axis, stride, (extent - 1) / 2 - pad
    if fn.type_name in PASS_THROUGH_LAYERS:
        return IDENTITY
    if fn.type_name == "Crop":
        axis, offset = crop_params(fn)
        return axis - 1, np.ones(1), -offset
    raise UndefinedMapException(
        f"{_words(fn)} does not map coordinates; if its tops have those of its bottoms, "
        f"caffe.coord_map.PASS_THROUGH_LAYERS.append({fn.type_name!r}) says so"
    )


def compose(outer: Map, inner: Map) -> Map:
    """outer after inner."""
    (axis1, a1, b1), (axis2, a2, b2) = outer, inner
    if axis1 is not None and axis2 is not None and axis1 != axis2:
        raise AxisMismatchException(f"maps of axes {axis1} and {axis2} cannot be composed")
    return axis2 if axis1 is None else axis1, a1 * a2, a1 * b2 + b1


def inverse(mapping: Map) -> Map:
    """The way back."""
    axis, a, b = mapping
    return axis, 1 / a, -b / a


def _bottoms(top: Top) -> tuple[Top, ...]:
    """The bottoms whose coordinates the top's follow: of Crop only the first."""
    return top.fn.inputs[:1] if top.fn.type_name == "Crop" else top.fn.inputs


def _ancestors(top: Top) -> tuple[dict[Top, Map], list[str]]:
    """The map from a top's coordinates to those of everything it comes from; and why the way goes
    no further, for each layer with bottoms where it ends."""
    maps, frontier, ends = {top: IDENTITY}, [top], []
    while frontier:
        one = frontier.pop(0)
        try:
            step = coord_map(one.fn)
        except UndefinedMapException as end:
            if _bottoms(one):
                ends.append(str(end))
            continue
        for bottom in _bottoms(one):
            if bottom not in maps:
                maps[bottom] = compose(maps[one], step)
                frontier.append(bottom)
    return maps, ends


def coord_map_from_to(top_from: Top, top_to: Top) -> Map:
    """axis, a, b: coordinate x of top_from is a x + b in top_to."""
    begin, ends = _ancestors(top_from)
    others, more_ends = _ancestors(top_to)
    for top, mapping in others.items():
        if top in begin:
            return compose(mapping, inverse(begin[top]))
    why = "; ".join(dict.fromkeys([*ends, *more_ends]))
    raise InvalidArgumentError(
        f"the tops have no common ancestor through layers that map coordinates"
        f"{': ' + why if why else ''}"
    )


def crop(top_from: Top, top_to: Top) -> Any:
    """A Crop layer that fits top_from to top_to."""
    axis, a, b = coord_map_from_to(top_from, top_to)
    if not (a == 1).all():
        raise CropError(f"crop: the tops differ in scale (a = {a.tolist()})")
    if not (b <= 0).all():
        raise CropError(f"crop: top_from begins inside top_to (b = {b.tolist()})")
    if not (np.round(b) == b).all():
        raise CropError(f"crop: the offset is not a whole number of pixels (b = {b.tolist()})")
    offset = [int(one) for one in -b]
    return layers.Crop(
        top_from, top_to, crop_param={"axis": (1 if axis is None else axis) + 1, "offset": offset}
    )
