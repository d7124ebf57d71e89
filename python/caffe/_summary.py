"""What `net.summary()` gives: a net's layers in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ._library import ask, lib
from ._shapes import by
from ._table import grouped, html_table, of_bytes, text_table

if TYPE_CHECKING:
    from .net import Net

_BYTES = 4  # of a float32


@dataclass
class LayerSummary:
    """One layer: the blobs it reads and makes with their shapes, how many values its parameters
    have, its multiply-adds, and the bytes of what it makes."""

    name: str
    type: str
    bottoms: list[str]
    tops: list[str]
    shapes: list[tuple[int, ...]]
    parameters: int
    macs: int
    bytes: int


class Summary:
    """A net's layers in numbers; print() shows a table, a notebook does by itself.

    `parameters` counts shared ones once. `macs` are multiply-adds of a forward: half its
    arithmetic operations. `parameter_bytes` and `blob_bytes` are the memory of all data, without
    gradients, and without what layers keep for themselves. Tops that are their bottom in another
    shape (Flatten, Reshape) count although they take none.
    """

    def __init__(self, net: Net) -> None:
        self.name = net.name
        self.phase = "TRAIN" if net.phase == 0 else "TEST"
        self.layers: list[LayerSummary] = []
        shapes = {name: blob.shape for name, blob in net.blobs.items()}
        counts = {name: blob.count for name, blob in net.blobs.items()}
        made: set[str] = set()
        names = net._blob_names
        for i, name in enumerate(net._layer_names):  # of which several may be the same
            tops = [names[top] for top in net._top_ids(i)]
            new = [top for top in tops if top not in made]
            made.update(new)
            self.layers.append(
                LayerSummary(
                    name,
                    layer_type(net, i),
                    [names[bottom] for bottom in net._bottom_ids(i)],
                    tops,
                    [shapes[top] for top in tops],
                    sum(blob.count for blob in net.layers[i].blobs),
                    ask(lib.caffe_net_layer_flops, "int64_t", net._pointer, i) // 2,
                    0
                    if layer_type(net, i) == "Split"
                    else _BYTES * sum(counts[one] for one in new),
                )
            )
        learned = range(ask(lib.caffe_net_param_count, "int64_t", net._pointer))
        self.parameters = sum(self._count(net, i) for i in learned)
        self.macs = sum(one.macs for one in self.layers)
        self.parameter_bytes = _BYTES * self.parameters
        self.blob_bytes = sum(one.bytes for one in self.layers)

    @staticmethod
    def _count(net: Net, i: int) -> int:
        blob = ask(lib.caffe_net_param, "caffe_blob *", net._pointer, i)
        return int(ask(lib.caffe_blob_count, "int64_t", blob))

    def _rows(self) -> list[list[str]]:
        rows = [["layer", "type", "makes", "parameters", "MACs", "memory"]]
        for one in self.layers:
            shapes = ", ".join(by(shape, "scalar") for shape in one.shapes)
            rows.append(
                [
                    one.name,
                    one.type,
                    shapes,
                    grouped(one.parameters) if one.parameters else "",
                    grouped(one.macs) if one.macs else "",
                    of_bytes(one.bytes) if one.bytes else "",
                ]
            )
        return rows

    def _total(self) -> str:
        return (
            f"net {self.name!r}, phase {self.phase}: {len(self.layers)} layers, "
            f"{grouped(self.parameters)} parameters ({of_bytes(self.parameter_bytes)}), "
            f"{grouped(self.macs)} multiply-adds, blobs of {of_bytes(self.blob_bytes)}"
        )

    def __str__(self) -> str:
        return f"{text_table(self._rows(), {3, 4, 5})}\n{self._total()}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return html_table(self._rows(), {3, 4, 5}, self._total())


def layer_type(net: Any, i: int) -> str:
    """A layer's type as the prototxt has it; a Python layer's object may say otherwise."""
    from ._library import text

    return text(ask(lib.caffe_layer_type, "const char *", net._layer_pointers[i]))
