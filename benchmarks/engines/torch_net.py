"""A Caffe net as a torch module: what the nets measured here are made of, and nothing more.

It is given the layers of the prototxt as dicts and their weights as arrays. A BatchNorm layer and the Scale layer
after it become one batch_norm, as anybody would write it in torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

Layer = Mapping[str, Any]
LEARNS = ("Convolution", "InnerProduct", "Scale")


def square(param: Layer, name: str, default: int) -> int:
    """A size that is the same both ways."""
    value = param.get(name, default)
    return int(value[0] if isinstance(value, list) else value)


class CaffeNet(nn.Module):
    """The net; `forward` returns the last top."""

    def __init__(self, layers: list[Layer], arrays: Mapping[str, np.ndarray]) -> None:
        super().__init__()
        self.layers = [dict(layer) for layer in layers if layer["type"] != "Input"]
        self.weights = nn.ParameterDict()
        self.statistics: dict[str, list[torch.Tensor]] = {}
        self.keys: dict[str, list[str]] = {}
        self.params = {layer["name"]: layer.get("param", []) for layer in self.layers}
        for layer in self.layers:
            self._take(layer, arrays)
        self._join_scales()

    def _take(self, layer: Layer, arrays: Mapping[str, np.ndarray]) -> None:
        """A layer's blobs, as parameters or as statistics."""
        name, blobs = layer["name"], []
        while f"{layer['name']}:{len(blobs)}" in arrays:
            blobs.append(torch.from_numpy(arrays[f"{name}:{len(blobs)}"].copy()))
        if layer["type"] == "BatchNorm":
            mean, variance, factor = blobs
            self.statistics[name] = [mean / factor, variance / factor]
        elif layer["type"] in LEARNS:
            self.keys[name] = [f"{name}:{i}".replace(".", "_") for i in range(len(blobs))]
            for key, blob in zip(self.keys[name], blobs):
                self.weights[key] = nn.Parameter(blob)

    def _join_scales(self) -> None:
        """Gives each BatchNorm the weights of the Scale after it, which goes."""
        kept: list[dict[str, Any]] = []
        for layer in self.layers:
            if layer["type"] == "Scale" and kept and kept[-1]["type"] == "BatchNorm":
                kept[-1]["scale"] = layer["name"]
                kept[-1]["top"] = layer["top"]
            else:
                kept.append(layer)
        self.layers = kept

    def of(self, name: str) -> list[torch.Tensor]:
        """A layer's weight and bias."""
        return [self.weights[key] for key in self.keys.get(name, [])]

    def groups(self, rate: float, decay: float) -> list[dict[str, Any]]:
        """The optimiser's groups: parameters with the same `lr_mult` and `decay_mult`."""
        groups: dict[tuple[float, float], list[nn.Parameter]] = {}
        for name, keys in self.keys.items():
            for i, key in enumerate(keys):
                param = dict(enumerate(self.params[name])).get(i, {})
                multipliers = param.get("lr_mult", 1.0), param.get("decay_mult", 1.0)
                groups.setdefault(multipliers, []).append(self.weights[key])
        return [
            {"params": params, "lr": rate * lr_mult, "weight_decay": decay * decay_mult}
            for (lr_mult, decay_mult), params in groups.items()
        ]

    def forward(self, data: torch.Tensor, label: torch.Tensor | None = None) -> torch.Tensor:
        """The last top: probabilities, or the loss of the labels."""
        blobs = {"data": data}
        if label is not None:
            blobs["label"] = label
        top = data
        for layer in self.layers:
            bottoms = [blobs[name] for name in layer["bottom"]]
            top = getattr(self, "run_" + layer["type"].lower())(layer, *bottoms)
            blobs[layer["top"][0]] = top
        return top

    # ---- a method for each type

    def run_convolution(self, layer: Layer, x: torch.Tensor) -> torch.Tensor:
        param = layer["convolution_param"]
        stride, pad = square(param, "stride", 1), square(param, "pad", 0)
        return F.conv2d(x, *self._with_bias(layer), stride, pad, 1, int(param.get("group", 1)))

    def run_innerproduct(self, layer: Layer, x: torch.Tensor) -> torch.Tensor:
        return F.linear(x.flatten(1), *self._with_bias(layer))

    def _with_bias(self, layer: Layer) -> list[torch.Tensor | None]:
        blobs = self.of(layer["name"])
        return [blobs[0], blobs[1] if len(blobs) > 1 else None]

    def run_relu(self, layer: Layer, x: torch.Tensor) -> torch.Tensor:
        return F.relu(x, inplace=layer["top"] == layer["bottom"])

    def run_pooling(self, layer: Layer, x: torch.Tensor) -> torch.Tensor:
        param = layer["pooling_param"]
        average = param.get("pool", "MAX") == "AVE"
        if param.get("global_pooling"):
            return F.adaptive_avg_pool2d(x, 1) if average else F.adaptive_max_pool2d(x, 1)
        window = (
            square(param, "kernel_size", 1),
            square(param, "stride", 1),
            square(param, "pad", 0),
        )
        if average:
            return F.avg_pool2d(x, *window, ceil_mode=True)
        return F.max_pool2d(x, *window, ceil_mode=True)

    def run_lrn(self, layer: Layer, x: torch.Tensor) -> torch.Tensor:
        param = layer["lrn_param"]
        size, alpha, beta = param["local_size"], param["alpha"], param["beta"]
        if param.get("norm_region") == "WITHIN_CHANNEL":
            mean = F.avg_pool2d(x * x, size, 1, (size - 1) // 2)
            return x * (1 + alpha * mean) ** -beta
        return F.local_response_norm(x, size, alpha, beta, 1.0)

    def run_batchnorm(self, layer: Layer, x: torch.Tensor) -> torch.Tensor:
        scale = self.of(layer.get("scale", ""))
        weight, bias = scale if len(scale) == 2 else (None, None)
        mean, variance = self.statistics[layer["name"]]
        param = layer.get("batch_norm_param", {})
        eps, momentum = param.get("eps", 1e-5), 1 - param.get("moving_average_fraction", 0.999)
        own = self.training and not param.get("use_global_stats", False)
        return F.batch_norm(x, mean, variance, weight, bias, own, momentum, eps)

    def run_eltwise(self, layer: Layer, *bottoms: torch.Tensor) -> torch.Tensor:
        if layer.get("eltwise_param", {}).get("operation", "SUM") != "SUM":
            raise ValueError(f"{layer['name']}: sums only")
        top = bottoms[0]
        for bottom in bottoms[1:]:
            top = top + bottom
        return top

    def run_concat(self, layer: Layer, *bottoms: torch.Tensor) -> torch.Tensor:
        return torch.cat(bottoms, 1)

    def run_dropout(self, layer: Layer, x: torch.Tensor) -> torch.Tensor:
        return F.dropout(x, layer.get("dropout_param", {}).get("dropout_ratio", 0.5), self.training)

    def run_softmax(self, layer: Layer, x: torch.Tensor) -> torch.Tensor:
        return F.softmax(x, 1)

    def run_softmaxwithloss(
        self, layer: Layer, x: torch.Tensor, label: torch.Tensor
    ) -> torch.Tensor:
        return F.cross_entropy(x.flatten(1), label)
