"""Nets: `caffe.Net`, with pycaffe's names."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Callable, TypeVar, cast

import numpy as np
import numpy.typing as npt

from . import _options
from ._batches import batches, collect, how_to_fit
from ._callbacks import drop_callback
from ._library import FilePath, as_path, ask, callback, check, ffi, lib, path_bytes, text
from ._named import did_you_mean, listed
from ._net_arguments import (
    TEST,
    TRAIN,
    Weights,
    by_name,
    definition,
    holds_weights,
    net_options,
    phase_number,
)
from ._net_parts import NetParts
from ._shapes import by
from ._summary import Summary
from .blob import Array
from .errors import FileError, InvalidArgumentError, NotFoundError, ShapeError, StateError

__all__ = ["TEST", "TRAIN", "LayerCallback", "Net", "phase_number"]

LayerCallback = Callable[[int], object]
_LayerCallback = TypeVar("_LayerCallback", bound=LayerCallback)


@callback("caffe_status(caffe_net *, int, int64_t, void *)")
def _on_event(net: Any, event: int, layer: int, user: Any) -> int:
    for function in tuple(ffi.from_handle(user).get(event, ())):
        function(layer)
    return 0


def _input_array(what: str, array: npt.ArrayLike) -> Array:
    """What set_input_arrays takes: float32, row major, of 4 axes."""
    if not isinstance(array, np.ndarray):
        raise InvalidArgumentError(f"{what} has to be a numpy array, it is a {type(array)}")
    if array.dtype != np.float32:
        raise InvalidArgumentError(f"{what} has to hold float32, it holds {array.dtype}")
    if not array.flags.c_contiguous:
        raise InvalidArgumentError(
            f"{what} has to be C contiguous: numpy.ascontiguousarray makes it so"
        )
    if array.ndim != 4:
        raise ShapeError(f"{what} has to have 4 axes, its shape is {by(array.shape)}")
    return array


class Net(NetParts):
    """A network: layers, the blobs between them, and their parameters.

    Made from a prototxt file, in the forms there have always been, or from a NetParameter message
    or a caffe.NetSpec in its place::

        caffe.Net("deploy.prototxt", caffe.TEST)
        caffe.Net("deploy.prototxt", "net.caffemodel", caffe.TEST)
        caffe.Net("deploy.prototxt", phase=caffe.TEST, weights="net.caffemodel", stages=["x"])

    Further keywords are the options of caffe_net_create in caffe.h: lenient, backend, device,
    force_backward, seed, dialect, optimize, keep, convolution, bf16_weights,
    threads. Without a phase it is TEST.
    Raises FileError, ParseError, ShapeError and their like.

    A net is used by one thread at a time; `clone()` makes one for another thread.
    """

    def __init__(
        self,
        network_file: Any,
        *positional: Any,
        phase: Any = None,
        weights: Weights | None = None,
        level: int | None = None,
        stages: Iterable[str] | None = None,
        **options: Any,
    ) -> None:
        given = by_name(
            positional,
            {"phase": phase, "weights": weights, "level": level, "stages": stages},
        )
        self._make(
            definition(network_file),
            TEST if given["phase"] is None else given["phase"],
            given["weights"],
            net_options(given["weights"], given["level"], given["stages"], options),
        )

    @classmethod
    def from_text(
        cls,
        prototxt: Any,
        phase: Any = TEST,
        *,
        weights: Weights | None = None,
        level: int | None = None,
        stages: Iterable[str] | None = None,
        **options: Any,
    ) -> Net:
        """A net from prototxt text, or from a NetParameter message or a caffe.NetSpec; the rest as
        for the class."""
        made = (
            (lib.caffe_net_create_from_text, prototxt.encode(), None)
            if isinstance(prototxt, str)
            else definition(prototxt)
        )
        net = cls.__new__(cls)
        net._make(made, phase, weights, net_options(weights, level, stages, options))
        return net

    @classmethod
    def _borrow(cls, pointer: Any, owner: Any) -> Net:
        """A net that belongs to `owner`: a solver's."""
        net = cls.__new__(cls)
        net._pointer, net._owner, net._callbacks, net._handle = pointer, owner, {}, None
        return net

    def _make(
        self, made: tuple[Any, bytes, bytes | None], phase: Any, weights: Any, options: bytes
    ) -> None:
        create, source, own_weights = made
        self._start(ask(create, "caffe_net *", source, phase_number(phase), options))
        if own_weights is not None and weights is None:
            self.copy_from(own_weights)

    def _start(self, pointer: Any) -> None:
        # Blobs and layers keep the owner: the net itself may go before them.
        self._pointer = self._owner = ffi.gc(pointer, lib.caffe_net_destroy)
        self._callbacks: dict[int, list[LayerCallback]] = {}
        self._handle: Any = None

    def clone(self) -> Net:
        """A second net with the same layers, its own blobs, and this one's parameters: one for each
        thread."""
        net = Net.__new__(Net)
        net._start(ask(lib.caffe_net_clone, "caffe_net *", self._pointer))
        return net

    # ---- running it

    def reshape(self) -> None:
        """Fits all shapes to the inputs' shapes. Forward does it by itself."""
        check(lib.caffe_net_reshape(self._pointer))

    def _forward(self, start: int, end: int) -> float:
        if start == 0 and end == len(self.layers) - 1:
            return float(ask(lib.caffe_net_forward, "float", self._pointer))
        return float(ask(lib.caffe_net_forward_from_to, "float", self._pointer, start, end))

    def _backward(self, start: int, end: int) -> None:
        if end == 0 and start == len(self.layers) - 1:
            check(lib.caffe_net_backward(self._pointer))
        else:
            check(lib.caffe_net_backward_from_to(self._pointer, start, end))

    def _layer_index(self, name: str) -> int:
        return int(ask(lib.caffe_net_layer_index, "int64_t", self._pointer, name.encode()))

    def _named(self, names: Iterable[str]) -> list[str]:
        """The names of blobs, checked."""
        names = list(dict.fromkeys(names))
        for name in names:
            if name not in self.blobs:
                raise NotFoundError(
                    f"the net has no blob {name!r}, it has {listed(self.blobs)}"
                    f"{did_you_mean(name, self.blobs)}"
                )
        return names

    def _wanted(self, what: str, names: Any) -> list[str]:
        """Further blobs to return: names, or one name. Arrays are asked for by name."""
        if names is None or isinstance(names, str):
            return [] if names is None else [names]
        call, inputs = ("backward", self.outputs) if what == "diffs" else ("forward", self.inputs)
        if isinstance(names, dict):
            raise InvalidArgumentError(
                f"{what}: expected names of blobs to return, got a dict; values are given by name, "
                f"net.{call}(**values)"
            )
        given: list[Any] = list(names) if isinstance(names, Iterable) else [None]
        if not all(isinstance(one, str) for one in given):
            example = inputs[0] if inputs else "data"
            raise InvalidArgumentError(
                f"{what}: expected names of blobs to return, got {type(names).__name__}; values "
                f"are given by name, net.{call}({example}=values)"
            )
        return given

    def _fill(self, what: str, values: dict[str, Any], expected: list[str]) -> None:
        """Copies arrays into the data of inputs or the diffs of outputs."""
        if set(values) != set(expected):
            call, kind, extra = (
                ("forward", "inputs", "blobs")
                if what == "data"
                else ("backward", "outputs", "diffs")
            )
            unknown = next((name for name in values if name not in expected), None)
            known = [*expected, extra, "start", "end"]
            raise InvalidArgumentError(
                f"{call}: the net's {kind} are {', '.join(expected) or 'none'}; "
                f"got {', '.join(values)}"
                f"{did_you_mean(unknown, known) if unknown else ': all are given, or none'}"
            )
        for name, value in values.items():
            array, shape = np.asarray(value), self.blobs[name].shape
            try:
                if shape[:1] != array.shape[:1]:
                    raise ValueError
                self.blobs[name]._write(what, array)
            except ValueError as failure:
                if array.dtype.kind not in "biuf":
                    raise InvalidArgumentError(
                        f"blob {name!r}: expected numbers, got {array.dtype}"
                    ) from failure
                raise ShapeError(
                    f"blob {name!r} is {by(shape)}, the array {by(array.shape)}; "
                    f"{how_to_fit(name, array.shape, shape)}"
                ) from None

    def forward(
        self,
        blobs: Iterable[str] | None = None,
        start: str | None = None,
        end: str | None = None,
        **kwargs: npt.ArrayLike,
    ) -> dict[str, Array]:
        """Runs the net and returns its outputs by name.

        Keywords fill the inputs first: `net.forward(data=images)`, all inputs or none, each of its
        blob's shape or one that NumPy broadcasts to it, with as many items. `blobs` names further
        blobs to return. `start` and `end` are the names of the first and last layer to run; with
        `end`, its tops are returned in place of the net's outputs.

        What is returned are views that the next forward overwrites: copy what is to stay. Raises
        ShapeError when an array does not fit, NotFoundError for an unknown layer or blob.
        """
        further = self._wanted("blobs", blobs)
        first = 0 if start is None else self._layer_index(start)
        last = len(self.layers) - 1 if end is None else self._layer_index(end)
        results = self._named([*(self.outputs if end is None else self.top_names[end]), *further])
        if kwargs:
            self._fill("data", kwargs, self.inputs)
        self._forward(first, last)
        return {name: self.blobs[name].data for name in results}

    def backward(
        self,
        diffs: Iterable[str] | None = None,
        start: str | None = None,
        end: str | None = None,
        **kwargs: npt.ArrayLike,
    ) -> dict[str, Array]:
        """Runs the net backward and returns the gradients of its inputs by name.

        Keywords fill the outputs' diffs first. `diffs` names further blobs whose gradients to
        return. `start` and `end` are the names of the first and last layer to run, from the net's
        end to its beginning; with `end`, the gradients of its bottoms are returned in place of the
        inputs'. Gradients of parameters are added to what their diffs hold: clear_param_diffs().
        No forward has to come before: data and diffs count as they are.
        """
        further = self._wanted("diffs", diffs)
        first = len(self.layers) - 1 if start is None else self._layer_index(start)
        last = 0 if end is None else self._layer_index(end)
        results = self._named([*(self.inputs if end is None else self.bottom_names[end]), *further])
        if kwargs:
            self._fill("diff", kwargs, self.outputs)
        self._backward(first, last)
        return {name: self.blobs[name].diff for name in results}

    def clear_param_diffs(self) -> None:
        """Sets the gradients of all parameters to zero."""
        check(lib.caffe_net_clear_param_diffs(self._pointer))

    @property
    def _batch_size(self) -> int:
        """How many items a forward takes: the first axis of the first input, or of the first
        blob."""
        first = self.blobs[self.inputs[0]] if self.inputs else next(iter(self.blobs.values()))
        return int(first.shape[0])

    def _batch(self, blobs: dict[str, Any]) -> Any:
        """The arrays in pieces of the net's batch size, the last filled up with zeros."""
        return (piece for piece, _ in batches(blobs, self._batch_size))

    def forward_all(
        self, blobs: Iterable[str] | None = None, **kwargs: npt.ArrayLike
    ) -> dict[str, Array]:
        """forward() for more items than the net's batch has, or fewer: arrays of all items'
        outputs."""
        return collect(
            (self.forward(blobs=blobs, **piece), {}, used)
            for piece, used in batches(kwargs, self._batch_size)
        )[0]

    def forward_backward_all(
        self,
        blobs: Iterable[str] | None = None,
        diffs: Iterable[str] | None = None,
        **kwargs: npt.ArrayLike,
    ) -> tuple[dict[str, Array], dict[str, Array]]:
        """forward_all(), then backward for each batch; keywords are inputs and outputs' diffs.

        Returns the outputs and the gradients, as forward() and backward() do.
        """

        def run() -> Any:
            for piece, used in batches(kwargs, self._batch_size):
                forward = self.forward(
                    blobs=blobs, **{k: v for k, v in piece.items() if k in self.inputs}
                )
                backward = self.backward(
                    diffs=diffs, **{k: v for k, v in piece.items() if k in self.outputs}
                )
                yield forward, backward, used

        return collect(run())

    def set_input_arrays(
        self,
        data: npt.ArrayLike,
        labels: npt.ArrayLike,
        layer: str | None = None,
        transform: bool = False,
    ) -> None:
        """Gives a MemoryData layer (by default the net's first layer) what it serves from now on.

        `data` is N x C x H x W as the layer's memory_data_param says, N a multiple of its batch
        size; `labels` are N, or N x 1 x 1 x 1; both float32 and C contiguous. They are copied. With
        `transform` each image goes through the layer's transform_param first. Raises ShapeError,
        InvalidArgumentError, and StateError when the layer is no MemoryData layer.
        """
        if isinstance(labels, np.ndarray) and labels.ndim == 1:
            labels = np.ascontiguousarray(labels)[:, None, None, None]
        images, numbers = _input_array("data", data), _input_array("labels", labels)
        if numbers.shape != (len(images), 1, 1, 1):
            raise ShapeError(
                f"labels: expected {len(images)} x 1 x 1 x 1, one for each item of data, got "
                f"{by(numbers.shape)}"
            )
        check(
            lib.caffe_net_set_input_arrays(
                self._pointer,
                ffi.NULL if layer is None else layer.encode(),
                list(images.shape),
                ffi.cast("float *", images.ctypes.data),
                ffi.cast("float *", numbers.ctypes.data),
                int(transform),
            )
        )

    # ---- callbacks

    def before_forward(self, function: _LayerCallback) -> _LayerCallback:
        """Has function(i) called before layer i runs forward; it may read and write blobs. What it
        raises ends the pass and is raised by forward(). Returns the function."""
        return self._add_callback(lib.CAFFE_NET_BEFORE_FORWARD, function)

    def after_forward(self, function: _LayerCallback) -> _LayerCallback:
        """The same after each layer."""
        return self._add_callback(lib.CAFFE_NET_AFTER_FORWARD, function)

    def before_backward(self, function: _LayerCallback) -> _LayerCallback:
        """The same before each layer runs backward."""
        return self._add_callback(lib.CAFFE_NET_BEFORE_BACKWARD, function)

    def after_backward(self, function: _LayerCallback) -> _LayerCallback:
        """The same after it."""
        return self._add_callback(lib.CAFFE_NET_AFTER_BACKWARD, function)

    def _add_callback(self, event: int, function: _LayerCallback) -> _LayerCallback:
        if not callable(function):
            raise TypeError(f"a callback has to be callable, it is a {type(function)}")
        if self._handle is None:
            handle = ffi.new_handle(self._callbacks)
            check(lib.caffe_net_add_callback(self._pointer, _on_event, handle))
            self._handle = handle
        self._callbacks.setdefault(event, []).append(function)
        return function

    def remove_callback(self, function: LayerCallback) -> None:
        """Forgets a function wherever it was given as a callback. NotFoundError when it was
        not."""
        drop_callback(self._callbacks, function)
        if not self._callbacks and self._handle is not None:
            try:  # without any, layers may be fused again
                check(lib.caffe_net_remove_callback(self._pointer, _on_event, self._handle))
                self._handle = None
            except StateError:
                pass  # the net runs: an empty one stays for the next that is added

    # ---- weights

    def copy_from(self, weights: FilePath | bytearray | memoryview) -> list[str]:
        """Copies weights into the layers of the same names, from a .caffemodel or an HDF5 file, or
        from the bytes of a .caffemodel. Bytes without a control character are the path of a file.
        Returns the layers with parameters for which there was nothing: they keep what they hold.

        Layers that only the file has are passed over. ShapeError names a layer whose blob has
        another shape, ParseError a file that is no weights, and NotFoundError one that has nothing
        for any layer of the net.
        """
        if holds_weights(weights):
            held = ffi.from_buffer(weights)
            check(lib.caffe_net_load_weights_from_memory(self._pointer, held, len(held)))
        else:
            check(lib.caffe_net_load_weights(self._pointer, path_bytes(cast(FilePath, weights))))
        names = enumerate(self._layer_names)
        loaded = lib.caffe_net_layer_loaded
        return [name for i, name in names if not ask(loaded, "int", self._pointer, i)]

    def load_hdf5(self, file: FilePath) -> list[str]:
        """copy_from() under pycaffe's name for HDF5 files."""
        return self.copy_from(as_path(file))

    def save(self, file: FilePath, diffs: bool = False) -> None:
        """Writes the weights as a .caffemodel, or as HDF5 when the name ends in .h5; with gradients
        if asked."""
        check(lib.caffe_net_save_weights(self._pointer, path_bytes(file), int(diffs)))

    def export_onnx(
        self,
        file: FilePath,
        outputs: Iterable[str] | None = None,
        dynamic_batch: bool = False,
    ) -> None:
        """Writes what the net computes in phase TEST, for its shapes of now, as an ONNX model.

        `outputs` names the blobs that are the file's outputs, instead of those that no layer reads.
        `dynamic_batch` leaves the batch's size open. Raises UnsupportedError for a layer that ONNX
        has no words for, writing nothing. `caffe.check_onnx` compares.
        """
        options = _options.prototxt({"output": list(outputs or ()), "dynamic_batch": dynamic_batch})
        check(lib.caffe_net_export_onnx(self._pointer, path_bytes(file), options))

    def save_hdf5(self, file: FilePath, diffs: bool = False) -> None:
        """Writes the weights as HDF5, whatever the name ends in."""
        path = as_path(file)
        if path.suffix == ".h5":
            return self.save(path, diffs)
        try:
            folder = tempfile.TemporaryDirectory(prefix=path.name, dir=path.parent)
        except OSError:
            self.save(path.with_name(path.name + ".h5"), diffs)  # fails, and says why
            raise
        with folder as name:
            written = Path(name) / "weights.h5"
            self.save(written, diffs)
            try:
                os.replace(written, path)
            except OSError as failure:
                raise FileError(f"{path}: cannot write: {failure.strerror}") from failure

    def share_with(self, other: Net) -> None:
        """Uses the other net's parameters, by layer name, without copying them."""
        check(lib.caffe_net_share_weights(self._pointer, other._pointer))

    @property
    def device(self) -> str:
        """Where the net lives: "cpu", "cuda:0"."""
        return text(ask(lib.caffe_net_device, "const char *", self._pointer))

    def set_device(self, device: str) -> None:
        """Moves the net to a device: "cpu", "cuda:1". Training goes on as if it had not moved."""
        check(lib.caffe_net_set_device(self._pointer, device.encode()))

    def summary(self) -> Summary:
        """Layers, parameters, multiply-adds, memory; `.layers` has the numbers. To be printed."""
        return Summary(self)

    def _repr_svg_(self) -> str:
        """The net's picture."""
        from .draw import net_svg

        return net_svg(self)

    def _repr_html_(self) -> str:
        """The net as a notebook shows it: its picture and its summary."""
        return self._repr_svg_() + self.summary()._repr_html_()

    def __repr__(self) -> str:
        return (
            f"<caffe.Net {self.name!r}: {len(self.layers)} layers, "
            f"{', '.join(self.inputs) or 'no inputs'} -> {', '.join(self.outputs) or 'no outputs'}>"
        )
