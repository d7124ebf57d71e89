"""`type: "Python"`: what runs the subclasses of caffe.Layer that a prototxt names."""

from __future__ import annotations

import importlib
import os
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from operator import index
from typing import Any

from . import _options
from ._library import ask, callback, check, ffi, lib, owned_text, text
from ._named import Owned
from .blob import Array, Blob
from .errors import InvalidArgumentError, NotFoundError
from .layer import Layer

# The layers that exist, by what the library knows them by: their handle, which keeps them alive.
_layers: dict[int, Any] = {}


class LayerBlob(Blob):
    """A blob of a Python layer, without an owner: the net has the layer, and the layer has this.

    It holds its views until the layer's method returns: to make one costs a look at all values.
    """

    __slots__ = ("_held",)

    _held: dict[int, Array]

    def _view(self, which: int) -> Array:
        view = self._held[which] = super()._view(which)
        return view

    @classmethod
    def at(cls, pointer: Any) -> LayerBlob:
        """The blob at a pointer."""
        blob = cls._wrap(pointer, None)
        blob._held = {}
        return blob


class ParameterBlobs(Owned[LayerBlob]):
    """A Python layer's parameters."""

    def __init__(self, pointer: Any) -> None:
        super().__init__()
        self._pointer = pointer

    def add_blob(self, *dims: int, filler: Mapping[str, Any] | None = None) -> None:
        """Adds a parameter of that shape, of zeros, or as `filler` says: dict(type="xavier").

        In setup() only.
        """
        text_filler = ffi.NULL if filler is None else _options.prototxt(filler)
        pointer = ask(
            lib.caffe_layer_add_blob,
            "caffe_blob *",
            self._pointer,
            len(dims),
            [index(dim) for dim in dims],
            text_filler,
        )
        self.append(LayerBlob.at(pointer))


class _Running:
    """A layer's object and the blobs around it. These stay the same from call to call, so that
    views of them do."""

    def __init__(self, layer: Layer, parameters: ParameterBlobs) -> None:
        self.layer = layer
        self.parameters = parameters
        self.bottoms: list[LayerBlob] = []
        self.tops: list[LayerBlob] = []

    @contextmanager
    def blobs(self, pointer: Any) -> Iterator[tuple[list[LayerBlob], list[LayerBlob]]]:
        """The bottoms and tops as this call gives them."""
        for blobs, count, each in (
            (self.bottoms, lib.caffe_layer_bottom_count, lib.caffe_layer_bottom),
            (self.tops, lib.caffe_layer_top_count, lib.caffe_layer_top),
        ):
            for i in range(ask(count, "int64_t", pointer)):
                if i == len(blobs):
                    blobs.append(LayerBlob.at(ffi.NULL))
                blobs[i]._pointer = ask(each, "caffe_blob *", pointer, i)
        try:
            yield list(self.bottoms), list(self.tops)
        finally:
            for blob in (*self.bottoms, *self.tops, *self.parameters):
                blob._held.clear()


# How many imports want a folder on the path that was not there. The lock is not held while one
# runs: a module may wait for another thread's.
_on_path: Counter[str] = Counter()
_path_lock = threading.Lock()


@contextmanager
def _working_directory_on_path() -> Iterator[None]:
    """Scripts kept their layers beside their prototxts, and PYTHONPATH on the working directory."""
    here = os.getcwd()
    with _path_lock:
        ours = bool(_on_path[here]) or not (here in sys.path or "" in sys.path)
        if ours:
            _on_path[here] += 1
            if here not in sys.path:
                sys.path.insert(0, here)
    try:
        yield
    finally:
        with _path_lock:
            if ours:
                _on_path[here] -= 1
                if not _on_path[here] and here in sys.path:
                    sys.path.remove(here)


def find_class(module_name: str, class_name: str) -> type[Layer]:
    """The class a python_param names. NotFoundError says whether the module or the class is
    missing; what the module raises while it is imported is raised."""
    for field, value in (("module", module_name), ("layer", class_name)):
        if not value:
            raise InvalidArgumentError(f"python_param.{field} is missing")
    try:
        with _working_directory_on_path():
            module = importlib.import_module(module_name)
    except ModuleNotFoundError as failure:
        if failure.name is None or not f"{module_name}.".startswith(f"{failure.name}."):
            raise  # the module is there, and wants another one
        raise NotFoundError(
            f"python_param names the module {module_name!r}, but there is no module "
            f"{failure.name!r} in {os.getcwd()} or on Python's path (PYTHONPATH)"
            f"{_stand_in(module_name)}"
        ) from failure
    found = getattr(module, class_name, None)
    if found is None:
        place = getattr(module, "__file__", None) or "built in"
        raise NotFoundError(
            f"python_param names the class {class_name!r}, but the module {module_name!r} "
            f"({place}) has none of that name"
        )
    if not (isinstance(found, type) and issubclass(found, Layer)):
        raise InvalidArgumentError(
            f"python_param names {module_name}.{class_name}, which is not a subclass of caffe.Layer"
        )
    return found


def _stand_in(module_name: str) -> str:
    """How to have the package's own module of that name, where it has one."""
    from .zoo import layers

    if not layers.has(module_name):
        return ""
    return (
        "; caffe.zoo.layers.enable(), or PYTHONPATH=$(python -m caffe.zoo.layers), puts one of "
        "this package there"
    )


def _parameter(pointer: Any) -> Any:
    from google.protobuf import text_format

    from .proto import caffe_pb2

    result = ffi.new("char **")
    check(lib.caffe_layer_prototxt(result, pointer))
    return text_format.Parse(owned_text(result), caffe_pb2.LayerParameter())


def _make(pointer: Any) -> _Running:
    param = _parameter(pointer)
    own = param.python_param
    kind = find_class(own.module, own.layer)
    layer: Layer = kind.__new__(kind, param)  # type: ignore[call-arg]
    layer._caffe_pointer, layer._caffe_owner = pointer, None
    parameters = layer.__dict__["blobs"] = ParameterBlobs(pointer)
    layer.param_str = own.param_str
    layer.param_str_ = own.param_str  # type: ignore[attr-defined]  # its name until 2015
    layer.phase = int(ask(lib.caffe_layer_phase, "int", pointer))
    layer.__init__(param)  # type: ignore[misc]
    return _Running(layer, parameters)


@callback("caffe_status(void **, caffe_layer *, void *)")
def _create(state: Any, pointer: Any, user: Any) -> int:
    running = _make(pointer)
    with running.blobs(pointer) as (bottom, top):
        running.layer.setup(bottom, top)
    for name in ("reshape", "forward"):
        method = getattr(running.layer, name)
        if getattr(method, "__func__", None) is getattr(Layer, name):
            raise running.layer._lacks(name)
    handle = ffi.new_handle(running)
    _layers[int(ffi.cast("uintptr_t", handle))] = handle
    state[0] = handle
    return 0


# What it needs is bound: a net may go when the interpreter ends, after this module's names.
@callback("void(void *, void *)")
def _destroy(state: Any, user: Any, forget: Any = _layers.pop, cast: Any = ffi.cast) -> None:
    forget(int(cast("uintptr_t", state)), None)


@callback("caffe_status(void *, caffe_layer *, void *)")
def _reshape(state: Any, pointer: Any, user: Any) -> int:
    running = ffi.from_handle(state)
    with running.blobs(pointer) as (bottom, top):
        running.layer.reshape(bottom, top)
    return 0


@callback("caffe_status(void *, caffe_layer *, void *)")
def _forward(state: Any, pointer: Any, user: Any) -> int:
    running = ffi.from_handle(state)
    with running.blobs(pointer) as (bottom, top):
        running.layer.forward(bottom, top)
    return 0


@callback("caffe_status(void *, caffe_layer *, void *)")
def _backward(state: Any, pointer: Any, user: Any) -> int:
    running = ffi.from_handle(state)
    with running.blobs(pointer) as (bottom, top):
        wanted = [
            bool(ask(lib.caffe_layer_propagate_down, "int", pointer, i)) for i in range(len(bottom))
        ]
        running.layer.backward(top, wanted, bottom)
    return 0


def register() -> None:
    """Makes the library know the type "Python"."""
    table = ffi.new("caffe_layer_callbacks *")
    table.size = ffi.sizeof("caffe_layer_callbacks")
    table.max_bottoms = table.max_tops = -1
    table.create, table.destroy = _create, _destroy
    table.reshape, table.forward, table.backward = _reshape, _forward, _backward
    check(lib.caffe_layer_register(b"Python", table, ffi.NULL))


def layer_at(pointer: Any, owner: Any) -> Layer:
    """The layer of a net: a Python layer's own object, a caffe.Layer for others."""
    if text(ask(lib.caffe_layer_type, "const char *", pointer)) == "Python":
        state = ask(lib.caffe_layer_state, "void *", pointer)
        if int(ffi.cast("uintptr_t", state)) in _layers:
            layer: Layer = ffi.from_handle(state).layer
            return layer
    return Layer._wrap(pointer, owner)


register()
