"""Layers: those of a net, as they are looked at, and the base of layers written in Python."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Callable

from ._library import ask, check, ffi, lib, owned_text, text
from ._named import Owned
from .blob import Blob
from .errors import UnsupportedError


class _Computed:
    """A property that subclasses may write over with attributes of their own."""

    def __init__(self, function: Callable[[Any], str]) -> None:
        self.function = function
        self.__doc__ = function.__doc__

    def __get__(self, layer: Any, owner: type) -> Any:
        return self if layer is None else self.function(layer)


def parameter_blobs(pointer: Any, owner: Any) -> list[Blob]:
    """The parameters of the layer at `pointer`; they keep `owner`."""
    return Owned(
        Blob._wrap(ask(lib.caffe_layer_blob, "caffe_blob *", pointer, i), owner)
        for i in range(ask(lib.caffe_layer_blob_count, "int64_t", pointer))
    )


class Layer:
    """A layer of a net. `blobs` holds its parameters: weights, bias, ...

    Also the base of layers written in Python. A prototxt names such a class with `type: "Python"
    python_param { module: "my_layers" layer: "MyLayer" param_str: "..." }`, and the net calls::

        class MyLayer(caffe.Layer):
            def setup(self, bottom, top): ...        # once; self.param_str and self.phase are there
            def reshape(self, bottom, top): ...      # before each forward: top[0].reshape(...)
            def forward(self, bottom, top): ...      # top[0].data[...] = ...
            def backward(self, top, propagate_down, bottom): ...  # bottom[0].diff[...] = ...

    `bottom` and `top` are lists of blobs, valid until the method returns. `self.blobs.add_blob(3,
    4)` in setup() makes a parameter, which is learned, saved and loaded as any; backward() adds to
    its diff. What a method raises is raised by the call that runs the net.
    """

    _caffe_pointer: Any
    _caffe_owner: Any
    param_str: str
    phase: int

    def __init__(self, param: Any = None) -> None:
        """`param` is the layer's caffe_pb2.LayerParameter."""

    @classmethod
    def _wrap(cls, pointer: Any, owner: Any) -> Layer:
        """The layer at a pointer that lives as long as `owner`."""
        layer = cls.__new__(cls)
        layer._caffe_pointer, layer._caffe_owner = pointer, owner
        return layer

    @cached_property
    def name(self) -> str:
        """Its name in the prototxt."""
        return text(ask(lib.caffe_layer_name, "const char *", self._caffe_pointer))

    @cached_property
    def type(self) -> str:
        """Its type: "Convolution" ..."""
        return text(ask(lib.caffe_layer_type, "const char *", self._caffe_pointer))

    @cached_property
    def blobs(self) -> list[Blob]:
        """The parameter blobs."""
        return parameter_blobs(self._caffe_pointer, self._caffe_owner)

    @_Computed
    def implementation(self) -> str:
        """Which code runs it ("oneDNN jit:avx512_core"), or "" when there is nothing to tell."""
        return text(ask(lib.caffe_layer_implementation, "const char *", self._caffe_pointer))

    @_Computed
    def prototxt(self) -> str:
        """Its own prototxt."""
        result = ffi.new("char **")
        check(lib.caffe_layer_prototxt(result, self._caffe_pointer))
        return owned_text(result)

    def setup(self, bottom: Sequence[Blob], top: Sequence[Blob]) -> None:
        """Reads param_str, checks the numbers of bottoms and tops, adds parameters."""

    def reshape(self, bottom: Sequence[Blob], top: Sequence[Blob]) -> None:
        """Gives the tops their shapes."""
        raise self._lacks("reshape")

    def forward(self, bottom: Sequence[Blob], top: Sequence[Blob]) -> None:
        """Writes the tops' data."""
        raise self._lacks("forward")

    def backward(
        self, top: Sequence[Blob], propagate_down: Sequence[bool], bottom: Sequence[Blob]
    ) -> None:
        """Writes the diffs of the bottoms for which propagate_down is true."""
        raise self._lacks("backward")

    def _lacks(self, method: str) -> UnsupportedError:
        kind = type(self)
        return UnsupportedError(
            f"layer {self.name!r} ({self.type}): {kind.__module__}.{kind.__qualname__} "
            f"has no method {method}"
        )

    def __repr__(self) -> str:
        return f"<caffe.{type(self).__name__} {self.name!r} ({self.type})>"
