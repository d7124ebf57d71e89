"""The classes under the name of the module they once came from: `from caffe.pycaffe import Net`;
and Net's methods under the names of the functions that they were there."""

from __future__ import annotations

from typing import Any

from .net import Net
from .runtime import NCCL, Timer
from .solver import (
    AdaDeltaSolver,
    AdaGradSolver,
    AdamSolver,
    NesterovSolver,
    RMSPropSolver,
    SGDSolver,
)

__all__ = [
    "NCCL",
    "AdaDeltaSolver",
    "AdaGradSolver",
    "AdamSolver",
    "NesterovSolver",
    "Net",
    "RMSPropSolver",
    "SGDSolver",
    "Timer",
]

_Net_forward = Net.forward
_Net_backward = Net.backward
_Net_forward_all = Net.forward_all
_Net_forward_backward_all = Net.forward_backward_all
_Net_set_input_arrays = Net.set_input_arrays
_Net_batch = Net._batch


def _Net_blobs(self: Net) -> Any:
    return self.blobs


def _Net_blob_loss_weights(self: Net) -> Any:
    return self.blob_loss_weights


def _Net_layer_dict(self: Net) -> Any:
    return self.layer_dict


def _Net_params(self: Net) -> Any:
    return self.params


def _Net_inputs(self: Net) -> list[str]:
    return self.inputs


def _Net_outputs(self: Net) -> list[str]:
    return self.outputs
