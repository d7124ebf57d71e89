"""This project, plain or with the option `optimize`."""

from __future__ import annotations

from typing import Any

import caffe
import numpy as np


def version() -> str:
    """Of the library."""
    return caffe.version()


class Engine:
    """Inference."""

    def __init__(self, job: dict[str, Any]) -> None:
        options = {"optimize": True} if job["optimize"] else {}
        self.net = caffe.Net(job["prototxt"], caffe.TEST, weights=job["weights"], **options)

    def run(self, images: np.ndarray) -> np.ndarray:
        """The first output."""
        return next(iter(self.net.forward(data=images).values()))


class Trainer:
    """SGD with momentum, on one batch over and over."""

    def __init__(self, job: dict[str, Any]) -> None:
        text = (
            f'net: "{job["prototxt"]}" base_lr: {job["rate"]} lr_policy: "fixed" '
            f"momentum: {job['momentum']} weight_decay: {job['decay']} display: 0 "
            "max_iter: 1000000000 snapshot_after_train: false"
        )
        self.solver = caffe.SGDSolver.from_text(text, weights=job["weights"])
        for name in ("data", "label"):
            self.solver.net.blobs[name].data[...] = np.load(job[name])

    def step(self) -> None:
        """One iteration."""
        self.solver.step(1)

    def loss(self) -> float:
        """Of the last one."""
        return self.solver.loss
