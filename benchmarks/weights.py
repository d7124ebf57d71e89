"""Seeded random weights with which a net answers something.

Plain random weights make activations vanish or explode on the way through a deep net, and every class as likely as
the next. So layers are filled one after the other, as images go through: a convolution or inner product is scaled to
outputs of deviation 1, and BatchNorm gets the statistics of what reaches it.
"""

from __future__ import annotations

import zlib

import caffe
import numpy as np

DEVIATION_OF_SCORES = 2.0  # of the last layer's outputs, from which softmax makes probabilities


def images(shape: list[int], seed: int = 0) -> np.ndarray:
    """Seeded input."""
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


def fill(net: caffe.Net, shape: list[int]) -> None:
    """Gives a net in phase TEST its weights; afterwards its input has that shape."""
    net.blobs[net.inputs[0]].reshape(*shape)
    net.reshape()
    net.blobs[net.inputs[0]].data[...] = images(shape, seed=1)
    names = list(net._layer_names)
    types = dict(zip(names, (layer.type for layer in net.layers)))
    last = [name for name in names if types[name] in ("Convolution", "InnerProduct")][-1]
    for name in names:
        random = np.random.default_rng(zlib.crc32(name.encode()))
        blobs = [blob.data for blob in net.params.get(name, [])]
        if types[name] in ("Convolution", "InnerProduct"):
            random.standard_normal(out=blobs[0], dtype=np.float32)
            net.forward(start=name, end=name)
            wanted = DEVIATION_OF_SCORES if name == last else 1.0
            blobs[0] *= wanted / net.blobs[net.top_names[name][0]].data.std()
            if len(blobs) > 1:
                blobs[1][...] = random.normal(0, 0.1 * wanted, blobs[1].shape)
        elif types[name] == "BatchNorm":
            bottom = net.blobs[net.bottom_names[name][0]].data
            blobs[0][...] = bottom.mean((0, 2, 3))
            blobs[1][...] = bottom.var((0, 2, 3))
            blobs[2][...] = 1
        elif types[name] == "Scale":
            blobs[0][...] = random.uniform(0.5, 1.5, blobs[0].shape)
            blobs[1][...] = random.normal(0, 0.1, blobs[1].shape)
        net.forward(start=name, end=name)


def arrays(net: caffe.Net) -> dict[str, np.ndarray]:
    """The weights by "layer:number"."""
    return {
        f"{name}:{i}": blob.data
        for name, blobs in net.params.items()
        for i, blob in enumerate(blobs)
    }


def operations(net: caffe.Net) -> float:
    """Floating-point operations of the convolutions and inner products of one forward."""
    total = 0.0
    for name, layer in zip(net._layer_names, net.layers):
        if layer.type in ("Convolution", "InnerProduct"):
            top = net.blobs[net.top_names[name][0]].shape
            weights = int(np.prod(net.params[name][0].shape))
            total += 2.0 * weights * top[0] * int(np.prod(top[2:]))
    return total
