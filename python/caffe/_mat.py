"""Mean images as MATLAB keeps them: a .mat file with one array.

matcaffe's `mean_data` is W x H x C, as its nets take images. Scripts older than that interface have
`image_mean`, H x W x C, and turn the image after subtracting it. Both are BGR.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import FileError, NotFoundError, ParseError, UnsupportedError

_TO_CHANNELS_FIRST = {"mean_data": (2, 1, 0), "image_mean": (2, 0, 1)}


def _scipy_io() -> Any:
    try:
        import scipy.io
    except ImportError as failure:
        raise UnsupportedError(
            ".mat files are read and written with SciPy: pip install scipy"
        ) from failure
    return scipy.io


def read_mean(path: Path) -> npt.NDArray[Any]:
    """The mean in a file as K x H x W, or as it is where it has other than two or three axes'
    worth of values. FileError, ParseError, NotFoundError."""
    loader = _scipy_io()
    try:
        with path.open("rb") as file:
            held = loader.loadmat(file)
    except OSError as failure:
        raise FileError(f"{path}: {failure.strerror or failure}") from failure
    except Exception as failure:  # of a damaged file SciPy raises whatever its reader meets
        raise ParseError(f"{path}: not a .mat file of level 5: {failure}") from failure
    names = [name for name in held if not name.startswith("__")]
    found = [name for name in _TO_CHANNELS_FIRST if name in names]
    if len(found) != 1:
        raise NotFoundError(
            f"{path}: expected a mean called mean_data (W x H x C) or image_mean (H x W x C), "
            f"it holds {', '.join(names) or 'nothing'}"
        )
    values = np.asarray(held[found[0]])
    if values.ndim == 2:  # MATLAB drops the axis of a single channel
        values = values[:, :, np.newaxis]
    return values.transpose(_TO_CHANNELS_FIRST[found[0]]) if values.ndim == 3 else values


def mean_bytes(mean: npt.NDArray[np.float32]) -> bytes:
    """A file with the mean K x H x W as matcaffe's `mean_data`."""
    file = BytesIO()
    _scipy_io().savemat(file, {"mean_data": mean.transpose(2, 1, 0)}, do_compression=True)
    return file.getvalue()
