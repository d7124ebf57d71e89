"""Where objects may be in an image: windows from a file, from selective search, or everywhere."""

from __future__ import annotations

import csv
from pathlib import Path

import caffe
import numpy as np

EDGES = ("ymin", "xmin", "ymax", "xmax")


def read_windows(file: Path) -> dict[str, np.ndarray]:
    """Images and their windows N x 4 (left, upper, right, lower; corners included) from a .csv file
    with the columns filename, ymin, xmin, ymax and xmax, whose ends lie behind the window."""
    found: dict[str, list[list[float]]] = {}
    with file.open(newline="") as lines:
        rows = csv.DictReader(lines, skipinitialspace=True)
        missing = [name for name in ("filename", *EDGES) if name not in (rows.fieldnames or [])]
        if missing:
            raise caffe.ParseError(f"{file}: it has no column {missing[0]}")
        for row in rows:
            try:
                upper, left, lower, right = (float(row[name]) for name in EDGES)
            except (TypeError, ValueError) as failure:
                raise caffe.ParseError(
                    f"{file}:{rows.line_num}: a window is four numbers: {failure}"
                ) from failure
            found.setdefault(row["filename"], []).append([left, upper, right - 1, lower - 1])
    return {name: np.array(windows) for name, windows in found.items()}


def everywhere(width: int, height: int, shortest: float = 0.25, step: float = 0.25) -> np.ndarray:
    """Windows of several shapes all over an image, N x 4, for who has no selective search: sides
    from `shortest` of the image's up, each twice the one before and square or twice as long the one
    way or the other, `step` of a side apart."""
    windows = []
    side = shortest * min(width, height)
    while side <= min(width, height):
        for shape in ((1, 1), (2, 1), (1, 2), (1.4, 1), (1, 1.4)):
            w, h = side * shape[0], side * shape[1]
            if w > width or h > height:
                continue
            columns = np.linspace(0, width - w, 1 + int(np.ceil((width - w) / (step * w))))
            rows = np.linspace(0, height - h, 1 + int(np.ceil((height - h) / (step * h))))
            windows += [(x, y, x + w - 1, y + h - 1) for y in rows for x in columns]
        side *= 2**0.5
    return np.unique(np.round(windows), axis=0)
