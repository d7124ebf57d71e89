"""PyTorch, eager, channels-last."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

from .torch_net import CaffeNet


def version() -> str:
    """Of the package."""
    return torch.__version__.split("+")[0]


def load(job: dict[str, Any]) -> CaffeNet:
    """The job's net."""
    torch.set_num_threads(job["threads"])
    layers = json.loads(Path(job["layers"]).read_text())
    with np.load(job["arrays"]) as arrays:
        return CaffeNet(layers, arrays).to(memory_format=torch.channels_last)


class Engine:
    """Inference."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.net = load(job).eval()

    def run(self, images: np.ndarray) -> np.ndarray:
        """The output."""
        with torch.inference_mode():
            data = torch.from_numpy(images).contiguous(memory_format=torch.channels_last)
            return self.net(data).numpy()


class Trainer:
    """SGD with momentum, on one batch over and over."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.net = load(job).train()
        groups = self.net.groups(job["rate"], job["decay"])
        self.optimizer = torch.optim.SGD(groups, momentum=job["momentum"], fused=True)
        data = torch.from_numpy(np.load(job["data"]))
        self.data = data.contiguous(memory_format=torch.channels_last)
        self.label = torch.from_numpy(np.load(job["label"])).long()
        self.last = torch.zeros(())

    def step(self) -> None:
        """One iteration."""
        self.optimizer.zero_grad()
        self.last = self.net(self.data, self.label)
        self.last.backward()
        self.optimizer.step()

    def loss(self) -> float:
        """Of the last one."""
        return float(self.last.detach())
