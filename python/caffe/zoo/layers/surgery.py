"""The names that scripts of FCN's authors call to make one net of another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import caffe
from caffe.zoo import segmentation


def transplant(new_net: caffe.Net, net: caffe.Net, suffix: str = "") -> None:
    """Copies weights to the layers of the same names, `suffix` appended, and says what it did."""
    for name, what in segmentation.transplant(new_net, net, suffix).items():
        print(f"{name}: {what}")


def upsample_filt(size: int) -> Any:
    """The kernel of bilinear interpolation, size x size."""
    return segmentation.bilinear(size)


def interp(net: caffe.Net, layers: Iterable[str]) -> None:
    """Makes Deconvolution layers interpolate."""
    segmentation.interpolate(net, layers)


def expand_score(new_net: caffe.Net, new_layer: str, net: caffe.Net, layer: str) -> None:
    """Gives the first classes of a layer of scores the weights of one that has fewer."""
    for new, old in zip(new_net.params[new_layer], net.params[layer]):
        new.data.reshape(new.shape[-1] if new.shape[:-1] == (1, 1, 1) else new.shape[0], -1)[
            : old.shape[0]
        ] = old.data.reshape(old.shape[0], -1)
