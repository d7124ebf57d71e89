"""BatchNorm and Scale folded into the convolutions before them: what every engine does with a net that it runs often, if it
recognises them. The peers are given a net in which there is nothing left to recognise."""

from __future__ import annotations

from typing import Any

import numpy as np
from caffe.proto import caffe_pb2

Arrays = dict[str, np.ndarray]


def folded(net: Any, arrays: Arrays) -> tuple[Any, Arrays]:
    """The same net without them, and its weights by "layer:number"."""
    result = caffe_pb2.NetParameter(name=net.name)
    weights = {}
    for layer in net.layer:
        blobs = [arrays[f"{layer.name}:{i}"] for i in range(3) if f"{layer.name}:{i}" in arrays]
        before = result.layer[-1] if result.layer else None
        in_place = before is not None and list(layer.bottom) == list(layer.top) == list(before.top)
        if in_place and before.type == "Convolution" and layer.type in ("BatchNorm", "Scale"):
            if layer.type == "BatchNorm":
                mean, variance = blobs[0] / blobs[2], blobs[1] / blobs[2]
                scale = 1 / np.sqrt(variance + layer.batch_norm_param.eps)
                shift = -mean * scale
            else:
                scale, shift = blobs[0], blobs[1] if len(blobs) > 1 else np.zeros_like(blobs[0])
            weight, bias = (f"{before.name}:{i}" for i in range(2))
            weights[weight] = weights[weight] * scale[:, None, None, None]
            weights[bias] = weights.get(bias, 0) * scale + shift
            before.convolution_param.bias_term = True
            continue
        result.layer.append(layer)
        weights.update({f"{layer.name}:{i}": blob for i, blob in enumerate(blobs)})
    return result, weights
