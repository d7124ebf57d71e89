"""The layers of a net, as they are looked at."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from ._library import ask, check, ffi, lib, owned_text, text
from .blob import Blob


class Layer:
    """A layer of a net. `blobs` holds its parameters: weights, bias, ..."""

    def __init__(self, pointer: Any, owner: Any) -> None:
        self._pointer = pointer
        self._owner = owner

    @cached_property
    def name(self) -> str:
        """Its name in the prototxt."""
        return text(ask(lib.caffe_layer_name, "const char *", self._pointer))

    @cached_property
    def type(self) -> str:
        """Its type: "Convolution" ..."""
        return text(ask(lib.caffe_layer_type, "const char *", self._pointer))

    @cached_property
    def blobs(self) -> list[Blob]:
        """The parameter blobs."""
        count = ask(lib.caffe_layer_blob_count, "int64_t", self._pointer)
        return [
            Blob._wrap(ask(lib.caffe_layer_blob, "caffe_blob *", self._pointer, i), self._owner)
            for i in range(count)
        ]

    @property
    def implementation(self) -> str:
        """Which code runs it ("oneDNN jit:avx512_core"), or "" when there is nothing to tell."""
        return text(ask(lib.caffe_layer_implementation, "const char *", self._pointer))

    @property
    def prototxt(self) -> str:
        """Its own prototxt."""
        result = ffi.new("char **")
        check(lib.caffe_layer_prototxt(result, self._pointer))
        return owned_text(result)

    def __repr__(self) -> str:
        return f"<caffe.Layer {self.name!r} ({self.type})>"
