"""ncnn on the CPU, in fp32. It runs one image at a time: a batch is a loop over its images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ncnn
import numpy as np


def version() -> str:
    """Of the package."""
    return ncnn.__version__


class Engine:
    """Inference."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.net = ncnn.Net()
        options = self.net.opt
        options.num_threads = job["threads"]
        options.use_vulkan_compute = False
        for name in ("fp16_packed", "fp16_storage", "fp16_arithmetic", "bf16_storage"):
            setattr(options, f"use_{name}", False)
        for load, path in ((self.net.load_param, "param"), (self.net.load_model, "bin")):
            if load(str(Path(job["ncnn"]).with_suffix(f".ncnn.{path}"))) != 0:
                raise RuntimeError(f"ncnn cannot read its .ncnn.{path} file")

    def run(self, images: np.ndarray) -> np.ndarray:
        """The output, an image after the other."""
        return np.stack([self.one(image) for image in images])

    def one(self, image: np.ndarray) -> np.ndarray:
        """The output of an image."""
        extractor = self.net.create_extractor()
        extractor.input("in0", ncnn.Mat(image))
        status, output = extractor.extract("out0")
        if status != 0:
            raise RuntimeError(f"ncnn ended with status {status}")
        return np.array(output)
