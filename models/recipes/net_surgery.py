"""The nets whose weights the example of net surgery edits."""

from __future__ import annotations

from typing import Any

from blocks import Builder, constant, files, gaussian
from caffenet import convolutions


def fully_convolutional() -> Any:
    """CaffeNet with convolutions for its inner products, which takes images of any size."""
    n = Builder(deploy=True)
    x = convolutions(n, n.input(1, 3, 451, 451))
    for i, kernel in ((6, 6), (7, 1)):
        x = n.relu(f"relu{i}", n.convolution(f"fc{i}-conv", x, 4096, kernel))
        x = n.dropout(f"drop{i}", x, 0.5)
    n.softmax("prob", n.convolution("fc8-conv", x, 1000, 1))
    return n.to_proto("CaffeNetConv")


def one_convolution() -> Any:
    """Three filters."""
    n = Builder(deploy=True, keep=("weight_filler", "bias_filler"))
    x = n.input(1, 1, 100, 100)
    fillers = {"weight_filler": gaussian(0.01), "bias_filler": constant(0)}
    n.convolution("conv", x, 3, 5, stride=1, **fillers)
    return n.to_proto("convolution")


FILES = files(
    "examples/net_surgery", bvlc_caffenet_full_conv=fully_convolutional(), conv=one_convolution()
)
