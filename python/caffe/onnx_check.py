"""Comparing an exported ONNX file with the net it comes from."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import numpy.typing as npt

from ._library import StrPath
from ._shapes import by
from .errors import Error, ShapeError
from .net import Net


def check_onnx(
    net: Net,
    file: StrPath,
    inputs: dict[str, npt.ArrayLike] | None = None,
    tolerance: float = 1e-3,
    outliers: float = 0,
) -> dict[str, float]:
    """Runs an exported file through onnxruntime and the net it comes from, on the same values.

    `inputs` are arrays for the net's inputs, of their shapes; without them they are drawn, always
    the same. What a data layer serves is taken from its blobs. Returns for each output of the file
    the greatest difference, as a part of the greatest value, but for the share `outliers` of the
    values that differ most: where maxima tie within roundings, as in ArgMax and the indices that
    unpooling reads, a few values may be any others. Raises Error when one is above
    `tolerance`, ShapeError when shapes differ, ImportError without the package onnxruntime.
    """
    import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        os.fspath(file), settings, providers=["CPUExecutionProvider"]
    )
    random = np.random.default_rng(0)
    if inputs is None:
        inputs = {name: random.standard_normal(net.blobs[name].shape) for name in net.inputs}
    feeds: dict[str, Any] = {name: np.array(value, np.float32) for name, value in inputs.items()}
    net.forward(**feeds)
    names = [each.name for each in session.get_inputs()]
    results = session.run(
        None, {name: feeds[name] if name in feeds else net.blobs[name].data for name in names}
    )
    differences = {}
    for output, value in zip(session.get_outputs(), results):
        ours = net.blobs[output.name].data
        if ours.shape != value.shape:
            raise ShapeError(
                f"output {output.name!r}: the net gives {by(ours.shape)}, "
                f"{os.fspath(file)} gives {by(value.shape)}"
            )
        scale = max(float(np.abs(ours).max(initial=0)), 1e-30)
        far = np.sort(np.abs(ours - value).ravel())
        worst = far[: far.size - int(outliers * far.size)][-1:]
        differences[output.name] = float(worst.max(initial=0)) / scale
    # Written so that a difference that is no number is one, too.
    wrong = [name for name, difference in differences.items() if not difference <= tolerance]
    if wrong:
        raise Error(
            f"{os.fspath(file)} and the net differ: "
            + ", ".join(f"{name!r} by {differences[name]:.2g}" for name in wrong)
            + f" of the greatest value; {tolerance:g} is allowed"
        )
    return differences
