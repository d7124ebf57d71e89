"""OpenCV's dnn module."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np


def version() -> str:
    """Of the package."""
    return cv2.__version__


class Engine:
    """Inference."""

    def __init__(self, job: dict[str, Any]) -> None:
        cv2.setNumThreads(job["threads"])
        self.net = cv2.dnn.readNetFromONNX(job["onnx"])

    def run(self, images: np.ndarray) -> np.ndarray:
        """The output."""
        self.net.setInput(images)
        return self.net.forward()
