"""`caffe.time`: how long each layer of a net takes."""

from __future__ import annotations

import os
from time import perf_counter
from typing import Any

from ._library import check, ffi, lib
from ._summary import layer_type
from ._table import html_table, text_table
from .errors import InvalidArgumentError
from .net import TRAIN, Net


class Times:
    """What caffe.time() measured, in milliseconds, means over its iterations.

    `layers` and `types` name the layers; `forward` and `backward` have one number for each;
    `total_forward` and `total_backward` are those of whole passes. `backward` is None for a net of
    phase TEST.
    """

    def __init__(self, net: Net, iterations: int) -> None:
        self.layers: list[str] = list(net._layer_names)
        self.types = [layer_type(net, i) for i in range(len(self.layers))]
        count = len(self.layers)
        goes_back = net.phase == TRAIN
        pointer = net._pointer
        # Memory is allocated, and methods are chosen, at the first pass.
        check(lib.caffe_net_forward(ffi.NULL, pointer))
        if goes_back:
            check(lib.caffe_net_backward(pointer))
        self.forward = [0.0] * count
        backward = [0.0] * count
        self.total_forward = total_backward = 0.0
        part = 1 / iterations
        for _ in range(iterations):
            for i in range(count):
                one_layer = lib.caffe_net_forward_from_to
                self.forward[i] += part * _ms(one_layer, ffi.NULL, pointer, i, i)
            for i in reversed(range(count)) if goes_back else ():
                backward[i] += part * _ms(lib.caffe_net_backward_from_to, pointer, i, i)
        for _ in range(iterations):
            self.total_forward += part * _ms(lib.caffe_net_forward, ffi.NULL, pointer)
            if goes_back:
                total_backward += part * _ms(lib.caffe_net_backward, pointer)
        if goes_back:  # what was added to the gradients of parameters goes
            net.clear_param_diffs()
        self.backward = backward if goes_back else None
        self.total_backward = total_backward if goes_back else None

    def _rows(self) -> list[list[str]]:
        back = self.backward or [0.0] * len(self.layers)
        each = [one + other for one, other in zip(self.forward, back)]
        whole = sum(each) or 1.0
        rows = [["layer", "type", "forward ms", "backward ms", "share"]]
        for name, kind, forward, backward, both in zip(
            self.layers, self.types, self.forward, back, each
        ):
            rows.append(
                [
                    name,
                    kind,
                    f"{forward:.3f}",
                    f"{backward:.3f}" if self.backward is not None else "",
                    f"{both / whole:.1%}",
                ]
            )
        total = "" if self.total_backward is None else f"{self.total_backward:.3f}"
        return [*rows, ["all", "", f"{self.total_forward:.3f}", total, ""]]

    def __str__(self) -> str:
        return text_table(self._rows(), {2, 3, 4})

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return html_table(self._rows(), {2, 3, 4})


def _ms(call: Any, *arguments: Any) -> float:
    begin = perf_counter()
    status = call(*arguments)
    passed = perf_counter() - begin
    check(status)
    return passed * 1e3


def time(net: Any, iterations: int = 10) -> Times:
    """How long each layer of a net takes, and the net as a whole: print(caffe.time(net)).

    `net` is a caffe.Net, which runs on what its inputs hold, or the name of a prototxt file, of
    which one of phase TRAIN is made. Nets of phase TEST are timed forward only; in phase TRAIN the
    parameters' gradients are zeros afterwards. Layer by layer nothing is fused, so that the whole,
    which is measured by itself, can be faster than the sum.
    """
    if iterations < 1:
        raise InvalidArgumentError(f"time: expected at least one iteration, got {iterations}")
    if isinstance(net, (str, bytes, os.PathLike)):
        net = Net(net, TRAIN)
    if not isinstance(net, Net):
        raise InvalidArgumentError(
            f"time: expected a caffe.Net or the name of a prototxt file, got {type(net).__name__}"
        )
    return Times(net, iterations)
