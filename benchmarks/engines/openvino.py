"""OpenVINO on the CPU, in fp32, tuned for latency."""

from __future__ import annotations

from typing import Any

import numpy as np
import openvino


def version() -> str:
    """Of the package."""
    return openvino.__version__.split("-")[0]


class Engine:
    """Inference."""

    def __init__(self, job: dict[str, Any]) -> None:
        options = {
            "INFERENCE_PRECISION_HINT": "f32",
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": job["threads"],
            "NUM_STREAMS": 1,
        }
        self.net = openvino.Core().compile_model(job["onnx"], "CPU", options)
        self.request = self.net.create_infer_request()

    def run(self, images: np.ndarray) -> np.ndarray:
        """The first output."""
        return self.request.infer({0: images}, share_inputs=True, share_outputs=True)[0]
