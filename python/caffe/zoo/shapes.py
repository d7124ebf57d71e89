"""What shape and kind of values a net's data layers have to serve, told by the layers that read
them.

A published definition says where its data lay, not what it was. Images have the size of the crop,
of the deploy net beside it, or one that the net can be made with; labels are as many as the loss
that reads them has predictions, of as many classes; sequences are as long as the layers that take
them apart say.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import Error, InvalidArgumentError, ShapeError
from ..net import Net
from .definitions import serves_data

IMAGE, CLASSES, FLOATS = "image", "classes", "floats"

Shape = tuple[int, ...]

# Tried where nothing tells an image's size, the first that the net can be made with: ImageNet's,
# CamVid's, CIFAR's, MNIST's and pairs of these.
_LARGE: list[Shape] = [(3, 227, 227), (3, 224, 224), (3, 360, 480)]
_SMALL: list[Shape] = [(3, 32, 32), (1, 28, 28), (2, 28, 28)]
_LARGE_AREA = 300 * 300
_WIDE = 7  # a first convolution this wide, or one that strides, is one for large images
_IMAGE_TYPES = (
    "Data",
    "ImageData",
    "WindowData",
    "AnnotatedData",
    "DenseImageData",
    "ImageLabelmapData",
    "ImageSegData",
)
_LABEL_AT_1 = (
    "SoftmaxWithLoss",
    "SoftmaxWithLossOHEM",
    "Accuracy",
    "SegAccuracy",
    "HingeLoss",
    "InfogainLoss",
    "MultinomialLogisticLoss",
)
_SAME_AS_0 = ("EuclideanLoss", "SigmoidCrossEntropyLoss", "SmoothL1Loss", "Python")
_THROUGH = ("Split", "Dropout", "ReLU", "Silence", "Power", "Scale", "Bias")
_FC = 4096  # outputs of the layers fc6 and fc7, after which data is named
_FEATURES = 4


@dataclass(frozen=True)
class Need:
    """What a data layer's top is: its shape, the batch included; IMAGE (bytes), CLASSES (whole
    numbers below `classes`) or FLOATS."""

    shape: Shape
    kind: str = FLOATS
    classes: int = 0


def batch_field(layer: Any) -> tuple[Any, str] | None:
    """The message and field that hold a data layer's batch size."""
    for name in (
        "data_param",
        "image_data_param",
        "dense_image_data_param",
        "window_data_param",
        "hdf5_data_param",
        "memory_data_param",
    ):
        if layer.HasField(name) and hasattr(getattr(layer, name), "batch_size"):
            return getattr(layer, name), "batch_size"
    return None


def batch_size(layer: Any) -> int:
    """How many items a data layer serves at a time, 1 where it does not say."""
    found = batch_field(layer)
    return int(getattr(*found)) if found else 1


def input_shapes(net: Any) -> dict[str, Shape]:
    """The shapes of a deploy net's inputs, by name."""
    shapes: dict[str, Shape] = {}
    for layer in net.layer:
        if layer.type == "Input":
            for i, top in enumerate(layer.top):
                given = layer.input_param.shape
                if given:
                    shapes[top] = tuple(given[min(i, len(given) - 1)].dim)
    return shapes


def needs(net: Any, twin: Mapping[str, Shape] | None = None) -> dict[str, Need]:
    """What each top of the data layers of `net` (of one phase and state) has to be.

    `twin` are the inputs of the deploy net that belongs to it, by name. Batches are as the layers
    say. Python layers that serve data say themselves what they serve, and are left out.
    Raises ShapeError when no shapes are found with which the net can be made.
    """
    failure: Error | None = None
    for sizes in _candidates(net, twin or {}):
        try:
            return _Reader(net, sizes, twin or {}).needs()
        except Error as error:
            failure = failure or error
    raise ShapeError(f"no size of data was found with which the net can be made: {failure}")


def _candidates(net: Any, twin: Mapping[str, Shape]) -> Iterator[dict[str, Shape]]:
    """Sizes C x H x W of images, by top."""
    layers = [one for one in net.layer if one.type in _IMAGE_TYPES and serves_data(one)]
    said = {layer.top[0]: _said_size(layer, twin) for layer in layers}
    if all(said.values()):
        yield {top: shape for top, shape in said.items() if shape}
        return
    for size in [*_LARGE, *_SMALL] if _for_large_images(net, layers) else [*_SMALL, *_LARGE]:
        yield {top: shape or size for top, shape in said.items()}


def _for_large_images(net: Any, layers: Sequence[Any]) -> bool:
    for layer in layers:
        if len(layer.transform_param.mean_value) == 3 or layer.type != "Data":
            return True
    first = next((layer for layer in net.layer if layer.type == "Convolution"), None)
    if first is None:
        return False
    param = first.convolution_param
    return max([*param.kernel_size, param.kernel_h]) >= _WIDE or max(param.stride, default=1) > 1


def _said_size(layer: Any, twin: Mapping[str, Shape]) -> Shape | None:
    """C x H x W as the layer says, or the deploy net; None when neither does."""
    transform = layer.transform_param
    image = layer.image_data_param
    if layer.type == "DenseImageData":
        image = layer.dense_image_data_param
    height, width = transform.crop_size, transform.crop_size
    if not height and transform.resize_param:
        height, width = transform.resize_param[0].height, transform.resize_param[0].width
    if not height and layer.type != "Data":
        height, width = image.new_height, image.new_width
    other = twin.get(layer.top[0])
    if other is None and len(twin) == 1:
        other = next(iter(twin.values()))
    if other is not None and len(other) != 4:
        other = None
    channels = other[1] if other else 3
    if len(transform.mean_value) > 1:
        channels = len(transform.mean_value)
    elif layer.type not in ("Data", "AnnotatedData", "WindowData") and not image.is_color:
        channels = 1
    if height:
        return (channels, height, width)
    return (channels, *other[2:]) if other else None


class _Reader:
    """Finds the needs of one net with images of given sizes."""

    def __init__(self, net: Any, sizes: Mapping[str, Shape], twin: Mapping[str, Shape]) -> None:
        self.net = net
        self.sizes = sizes
        self.twin = twin
        self.layers = [one for one in net.layer if serves_data(one) and one.type != "Python"]
        self.batches = {top: batch_size(layer) for layer in self.layers for top in layer.top}
        self.found: dict[str, Need] = {}
        self.shapes: dict[str, Shape] = {}
        self.recurrent = any(layer.type in ("LSTM", "RNN") for layer in net.layer)
        self.streams = self._streams()
        self.steps = max(
            (batch_size(layer) for layer in self.layers if layer.type == "HDF5Data"), default=1
        )

    def needs(self) -> dict[str, Need]:
        """Of all tops."""
        for layer in self.layers:
            top = layer.top[0]
            if layer.type in _IMAGE_TYPES and not self._is_label(top):
                self.found[top] = Need((self.batches[top], *self._image(top)), IMAGE)
            if layer.type == "HDF5Data" and not self.recurrent:
                self._like_twin(layer.top)
        while True:
            self._probe()
            more = {
                top: need
                for top in self.batches
                if top not in self.found and (need := self._need(top)) is not None
            }
            if not more:
                break
            self.found.update(more)
        for layer in self.layers:
            for i, top in enumerate(layer.top):
                if top not in self.found:
                    self.found[top] = self._default(layer, i)
        return self.found

    def _like_twin(self, tops: Sequence[str]) -> None:
        """What the deploy net has an input for; its only input is the first of them."""
        names = dict(zip(tops, tops))
        if len(self.twin) == 1 and not set(tops) & set(self.twin):
            names = {tops[0]: next(iter(self.twin))}
        for top, name in names.items():
            if name in self.twin:
                self.found[top] = Need((self.batches[top], *self.twin[name][1:]))

    def _image(self, top: str) -> Shape:
        """A slice of channels, as of a pair of images, shares them out."""
        shape = self.sizes[top]
        for layer, _ in self._readers(top):
            if layer.type == "Slice" and self._slice_axis(layer) == 1:
                return (shape[0] * len(layer.top) if shape[0] == 1 else shape[0], *shape[1:])
        return shape

    def _default(self, layer: Any, i: int) -> Need:
        """Of what no layer looks at."""
        batch = self.batches[layer.top[i]]
        if layer.type == "AnnotatedData" and i == 1:
            return Need((1, 1, batch, 8), CLASSES, self._boxes())
        if i == 0 and layer.type in _IMAGE_TYPES:
            images = [need.shape for need in self.found.values() if need.kind == IMAGE]
            size = (1, *images[0][2:]) if images else self.sizes[layer.top[0]]
            return Need((batch, *size), IMAGE)
        if layer.type in ("DenseImageData", "ImageLabelmapData", "ImageSegData"):
            return Need((batch, 1, *self.sizes[layer.top[0]][1:]), CLASSES, 2)
        return Need((batch,), CLASSES, 2) if layer.type != "HDF5Data" else Need((batch, 1))

    def _boxes(self) -> int:
        """How many classes of boxes the net learns."""
        for layer in self.net.layer:
            if layer.type == "MultiBoxLoss":
                return int(layer.multibox_loss_param.num_classes)
            if layer.type == "DetectionEvaluate":
                return int(layer.detection_evaluate_param.num_classes)
        return 2

    def _streams(self) -> int:
        """How many sequences go through recurrent layers side by side."""
        for layer in self.net.layer:
            dims = list(layer.reshape_param.shape.dim)
            batch = self.batches.get(layer.bottom[0]) if layer.type == "Reshape" else None
            if batch and len(dims) > 1 and dims[0] == batch:
                return int(dims[1])
            if layer.type in ("LSTM", "RNN") and len(layer.bottom) > 2:
                return self.batches.get(layer.bottom[2], 1)
        return 1

    def _readers(self, top: str) -> list[tuple[Any, int]]:
        return [
            (layer, i)
            for layer in self.net.layer
            for i, bottom in enumerate(layer.bottom)
            if bottom == top
        ]

    def _is_label(self, top: str) -> bool:
        readers = self._readers(top)
        return not readers or all(
            (layer.type in (*_LABEL_AT_1, *_SAME_AS_0, "ParseEvaluate") and i > 0)
            or layer.type == "Silence"
            for layer, i in readers
        )

    def _probe(self) -> None:
        """The shapes of all blobs that follow from what is known."""
        probe = type(self.net)()
        known = set(self.found)
        for top, need in self.found.items():
            layer = probe.layer.add(name=f"{top} ", type="Input", top=[top])
            layer.input_param.shape.add(dim=need.shape)
        for layer in self.net.layer:
            if serves_data(layer) or layer.type in ("Python", "InfogainLoss"):  # want files
                continue
            if known.issuperset(layer.bottom):
                bare = probe.layer.add()
                bare.CopyFrom(layer)
                del bare.include[:], bare.exclude[:]
                known.update(layer.top)
        if probe.layer:
            made = Net.from_text(without_fillers(probe), "TEST")
            self.shapes = {name: tuple(blob.shape) for name, blob in made.blobs.items()}

    @staticmethod
    def _slice_axis(layer: Any) -> int:
        param = layer.slice_param
        return int(param.slice_dim if param.HasField("slice_dim") else param.axis)

    def _need(self, top: str) -> Need | None:
        """What the first layer that tells wants of a top."""
        for layer, i in self._readers(top):
            need = self._wanted(layer, i, top)
            if need is not None:
                return need
        return None

    def _wanted(self, layer: Any, i: int, top: str) -> Need | None:
        first = self.shapes.get(layer.bottom[0])
        kind = layer.type
        if kind in _LABEL_AT_1 and i == 1:
            return self._labels(layer, first)
        if kind == "Python" and layer.python_param.layer == "WeakLoss":  # which classes there are
            return Need(first[:2], CLASSES, 2) if first and i == 1 else None
        if kind in _SAME_AS_0 and i > 0:
            return Need(first) if first else None
        if kind == "ParseEvaluate" and i == 1:
            return Need(first, CLASSES, layer.parse_evaluate_param.num_labels) if first else None
        if kind == "ContrastiveLoss" and i == 2:
            return Need(first[:1], CLASSES, 2) if first else None
        if kind in ("LSTM", "RNN"):
            return self._of_sequence(layer, i, top, first)
        if kind == "Embed":
            shape = (self.batches[top], self.streams) if top in self.batches else (0, self.streams)
            return Need(shape, CLASSES, int(layer.embed_param.input_dim))
        if kind == "InnerProduct":
            return self._of_product(layer, top)
        if kind == "Reshape":
            return self._before_reshape(layer, top)
        if kind == "Slice":
            return self._before_slice(layer)
        if kind == "Concat":
            return self._before_concat(layer)
        if kind in _THROUGH and layer.top and layer.top[0] != top:
            return self._need(layer.top[0])
        return None

    def _labels(self, layer: Any, scores: Shape | None) -> Need | None:
        """One for each prediction along the axis of the classes."""
        if scores is None:
            return None
        param = layer.accuracy_param if layer.type == "Accuracy" else layer.softmax_param
        axis = param.axis % len(scores)
        rest = scores[:axis] + scores[axis + 1 :]
        shape = rest if len(rest) < 3 else (rest[0], 1, *rest[1:])
        return Need(shape, CLASSES, scores[axis])

    def _of_sequence(self, layer: Any, i: int, top: str, values: Shape | None) -> Need | None:
        if i == 0:
            return Need((self.batches.get(top, self.steps), self.streams, _FEATURES))
        if i == 1:
            return Need(values[:2], CLASSES, 2) if values else None
        return Need((self.batches.get(top, self.streams), _features(top)))

    def _of_product(self, layer: Any, top: str) -> Need | None:
        """As many features as one likes."""
        axis = layer.inner_product_param.axis
        if axis < 0:
            made = self._need(layer.top[0])
            return Need((*made.shape[:axis], _features(top))) if made else None
        before = (self.batches[top], *[self.streams] * (axis - 1)) if top in self.batches else None
        return Need((*before, _features(top))) if before else None

    def _before_reshape(self, layer: Any, top: str) -> Need | None:
        dims = list(layer.reshape_param.shape.dim)
        if not dims or min(dims) < 1:
            return None
        count, batch = math.prod(dims), self.batches.get(top)
        if not batch:
            return Need(tuple(dims[:-1] if dims[-1] == 1 else dims))
        if count % batch:
            raise ShapeError(
                f"layer {layer.name!r} makes {count} values of batches of {batch} items"
            )
        return Need((batch,) if count == batch else (batch, count // batch))

    def _before_slice(self, layer: Any) -> Need | None:
        parts = [self._need(top) for top in layer.top]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return None
        axis = self._slice_axis(layer)
        shape = list(known[0].shape)
        if axis >= len(shape):
            return None
        shape[axis] = sum(part.shape[axis] for part in known)
        return Need(tuple(shape), known[0].kind, known[0].classes)

    def _before_concat(self, layer: Any) -> Need | None:
        """Parts of equal size of what the next layer wants."""
        whole = self._need(layer.top[0])
        param = layer.concat_param
        axis = int(param.concat_dim if param.HasField("concat_dim") else param.axis)
        if whole is None or axis >= len(whole.shape) or whole.shape[axis] % len(layer.bottom):
            return None
        shape = list(whole.shape)
        shape[axis] //= len(layer.bottom)
        return Need(tuple(shape), whole.kind, whole.classes)


def _features(name: str) -> int:
    """Features named after a layer are as many as it has outputs."""
    return _FC if "fc7" in name or "fc6" in name else _FEATURES


def without_fillers(net: Any) -> Any:
    """The net with constants for all parameters, which take no time to draw. Changes it."""
    for layer in net.layer:
        for descriptor, value in layer.ListFields():
            if descriptor.message_type is None or not descriptor.name.endswith("_param"):
                continue
            for name in ("weight_filler", "bias_filler", "filler"):
                with contextlib.suppress(ValueError):
                    value.ClearField(name)
    return net


def with_batches(net: Any, batch: int) -> Any:
    """A copy whose data layers serve so many items at a time at most."""
    if batch < 1:
        raise InvalidArgumentError(f"a batch of {batch} items")
    copy = type(net)()
    copy.CopyFrom(net)
    for layer in copy.layer:
        found = batch_field(layer) if serves_data(layer) else None
        if found:
            published = getattr(*found)
            setattr(*found, min(published, batch) if published > 0 else batch)
    return copy


def fitting(net: Any, twin: Mapping[str, Shape]) -> tuple[Any, dict[str, Need]]:
    """The net with the smallest batches it can be made with, and its needs(): two items, one where
    images are large, or as published where a layer counts on so many."""
    try:
        small = with_batches(net, 2)
        found = needs(small, twin)
    except Error:
        return net, needs(net, twin)
    if any(
        need.kind == IMAGE and math.prod(need.shape[2:]) > _LARGE_AREA for need in found.values()
    ):
        with contextlib.suppress(Error):
            single = with_batches(net, 1)
            return single, needs(single, twin)
    return small, found
