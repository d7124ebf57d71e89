"""What a net is made of: layers, blobs, parameters, by name and in order."""

from __future__ import annotations

from collections import OrderedDict
from functools import cached_property
from typing import Any

from ._library import ask, check, ffi, lib, owned_text, text
from ._named import Named
from .blob import Blob
from .layer import Layer, parameter_blobs
from .python_layer import layer_at


class NetParts:
    """What one may ask of a net without running it."""

    _pointer: Any
    _owner: Any  # what the blobs and layers keep

    @property
    def name(self) -> str:
        """The prototxt's name."""
        return text(ask(lib.caffe_net_name, "const char *", self._pointer))

    @property
    def phase(self) -> int:
        """caffe.TRAIN or caffe.TEST."""
        return int(ask(lib.caffe_net_phase, "int", self._pointer))

    @property
    def prototxt(self) -> str:
        """The definition as it runs: upgraded, filtered by phase, with splits."""
        result = ffi.new("char **")
        check(lib.caffe_net_prototxt(result, self._pointer))
        return owned_text(result)

    def _count(self, function: Any, *arguments: Any) -> range:
        return range(ask(function, "int64_t", self._pointer, *arguments))

    @cached_property
    def _blob_names(self) -> list[str]:
        return [
            text(ask(lib.caffe_net_blob_name, "const char *", self._pointer, i))
            for i in self._count(lib.caffe_net_blob_count)
        ]

    @cached_property
    def blobs(self) -> OrderedDict[str, Blob]:
        """The blobs by name, in the order in which layers make them."""
        blobs = (
            Blob._wrap(ask(lib.caffe_net_blob, "caffe_blob *", self._pointer, i), self._owner)
            for i in range(len(self._blob_names))
        )
        return Named(
            zip(self._blob_names, blobs), "net.blobs", "net.blobs[{name}].data[...] = values"
        )

    @cached_property
    def blob_loss_weights(self) -> OrderedDict[str, float]:
        """What each blob's values are multiplied by in the loss; 0 for most."""
        return Named(
            (
                (name, ask(lib.caffe_net_blob_loss_weight, "float", self._pointer, i))
                for i, name in enumerate(self._blob_names)
            ),
            "net.blob_loss_weights",
        )

    @cached_property
    def _layer_pointers(self) -> list[Any]:
        return [
            ask(lib.caffe_net_layer, "caffe_layer *", self._pointer, i)
            for i in self._count(lib.caffe_net_layer_count)
        ]

    @cached_property
    def layers(self) -> list[Layer]:
        """The layers in the order they run, with the splits between them; those written in Python
        are the objects themselves."""
        return [layer_at(pointer, self._owner) for pointer in self._layer_pointers]

    @cached_property
    def _layer_names(self) -> list[str]:
        return [
            text(ask(lib.caffe_layer_name, "const char *", pointer))
            for pointer in self._layer_pointers
        ]

    @cached_property
    def layer_dict(self) -> OrderedDict[str, Layer]:
        """The layers by name."""
        return Named(zip(self._layer_names, self.layers), "net.layer_dict")

    @cached_property
    def params(self) -> OrderedDict[str, list[Blob]]:
        """The parameters by layer: `net.params["conv1"][0]` are its weights, `[1]` its bias."""
        blobs = (parameter_blobs(pointer, self._owner) for pointer in self._layer_pointers)
        return Named(
            ((name, own) for name, own in zip(self._layer_names, blobs) if own),
            "net.params",
            "net.params[{name}][0].data[...] = values",
        )

    @cached_property
    def inputs(self) -> list[str]:
        """The names of the inputs: the tops of Input layers."""
        return [
            self._blob_names[ask(lib.caffe_net_input_index, "int64_t", self._pointer, i)]
            for i in self._count(lib.caffe_net_input_count)
        ]

    @cached_property
    def outputs(self) -> list[str]:
        """The names of the outputs, blobs that no layer reads, in alphabetical order."""
        return [
            self._blob_names[ask(lib.caffe_net_output_index, "int64_t", self._pointer, i)]
            for i in self._count(lib.caffe_net_output_count)
        ]

    def _bottom_ids(self, layer: int) -> list[int]:
        return [
            ask(lib.caffe_net_layer_bottom, "int64_t", self._pointer, layer, i)
            for i in self._count(lib.caffe_net_layer_bottom_count, layer)
        ]

    def _top_ids(self, layer: int) -> list[int]:
        return [
            ask(lib.caffe_net_layer_top, "int64_t", self._pointer, layer, i)
            for i in self._count(lib.caffe_net_layer_top_count, layer)
        ]

    @cached_property
    def bottom_names(self) -> OrderedDict[str, list[str]]:
        """The names of the blobs each layer reads."""
        return Named(
            (
                (name, [self._blob_names[one] for one in self._bottom_ids(i)])
                for i, name in enumerate(self._layer_names)
            ),
            "net.bottom_names",
        )

    @cached_property
    def top_names(self) -> OrderedDict[str, list[str]]:
        """The names of the blobs each layer makes."""
        return Named(
            (
                (name, [self._blob_names[one] for one in self._top_ids(i)])
                for i, name in enumerate(self._layer_names)
            ),
            "net.top_names",
        )
