"""Small datasets of generated images, in the folders that Python layers of the zoo read: PASCAL VOC
with boxes, VOC, SBDD, PASCAL-Context, NYUDv2 and SIFT Flow with a class for each pixel.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import UnsupportedError
from .detection import voc
from .segmentation_data import Array

_NAMES = ["000001", "000002"]
_SIZE = (96, 128)  # height and width


def write(kind: str, folder: Path, params: dict[str, Any]) -> dict[str, Any]:
    """Writes what a Python layer of class `kind` reads below `folder`; returns the names and values
    of its param_str with their folders changed. UnsupportedError for a class nobody knows."""
    writer = _WRITERS.get(kind)
    if writer is None:
        raise UnsupportedError(f"nothing is known of the data that a Python layer {kind} reads")
    folder.mkdir(parents=True, exist_ok=True)
    return {**params, **writer(folder, params)}


def _rois(folder: Path, params: dict[str, Any]) -> dict[str, Any]:
    voc.write_rectangles(folder, images=3, size=(_SIZE[1], _SIZE[0]))
    return {"voc_dir": str(folder), "split": "trainval"}


def _voc(folder: Path, params: dict[str, Any]) -> dict[str, Any]:
    _list(folder / "ImageSets" / "Segmentation", params)
    for name, labels in _labelled(folder / "JPEGImages", ".jpg", 21):
        _save(folder / "SegmentationClass" / f"{name}.png", labels.astype(np.uint8))
    return {"voc_dir": str(folder)}


def _sbdd(folder: Path, params: dict[str, Any]) -> dict[str, Any]:
    _list(folder, params)
    for name, labels in _labelled(folder / "img", ".jpg", 21):
        _save_mat(folder / "cls" / f"{name}.mat", {"GTcls": {"Segmentation": labels}})
    return {"sbdd_dir": str(folder)}


def _context(folder: Path, params: dict[str, Any]) -> dict[str, Any]:
    names = "".join(f"{i}: class{i}\n" for i in range(1, 60))
    (folder / "labels.txt").write_text(names, encoding="utf-8")
    (folder / "59_labels.txt").write_text(names, encoding="utf-8")
    _list(folder / "VOC2010" / "ImageSets" / "Main", params)
    for name, labels in _labelled(folder / "VOC2010" / "JPEGImages", ".jpg", 59):
        _save_mat(folder / "trainval" / f"{name}.mat", {"LabelMap": labels.astype(np.uint16)})
    return {"voc_dir": str(folder), "context_dir": str(folder)}


def _nyud(folder: Path, params: dict[str, Any]) -> dict[str, Any]:
    _list(folder, params)
    for part in ("images", "hha"):
        for name, labels in _labelled(folder / "data" / part, ".png", 41, "img_"):
            _save_mat(folder / "segmentation" / f"img_{name}.mat", {"segmentation": labels})
    for i, name in enumerate(_NAMES):
        depth = np.random.default_rng(i).integers(700, 5000, _SIZE).astype(np.uint16)
        _save(folder / "data" / "depth" / f"img_{name}.png", depth)
    return {"nyud_dir": str(folder)}


def _sift_flow(folder: Path, params: dict[str, Any]) -> dict[str, Any]:
    part = "spatial_envelope_256x256_static_8outdoorcategories"
    _list(folder, params)
    for name, labels in _labelled(folder / "Images" / part, ".jpg", 34):
        _save_mat(folder / "SemanticLabels" / part / f"{name}.mat", {"S": labels})
        _save_mat(folder / "GeoLabels" / part / f"{name}.mat", {"S": labels % 4})
    return {"siftflow_dir": str(folder)}


_WRITERS: dict[str, Callable[[Path, dict[str, Any]], dict[str, Any]]] = {
    "NYUDSegDataLayer": _nyud,
    "PASCALContextSegDataLayer": _context,
    "RoIDataLayer": _rois,
    "SBDDSegDataLayer": _sbdd,
    "SIFTFlowSegDataLayer": _sift_flow,
    "VOCSegDataLayer": _voc,
}


def _list(folder: Path, params: dict[str, Any]) -> None:
    """The names of the images of the split."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = "".join(f"{name}\n" for name in _NAMES)
    (folder / f"{params['split']}.txt").write_text(lines, encoding="utf-8")


def _labelled(folder: Path, suffix: str, classes: int, before: str = "") -> list[tuple[str, Array]]:
    """Writes the images; their names, and labels below `classes` in areas."""
    found = []
    for i, name in enumerate(_NAMES):
        random = np.random.default_rng(i)
        areas = random.integers(0, classes, (6, 8))
        labels: Array = areas.repeat(_SIZE[0] // 6, axis=0).repeat(_SIZE[1] // 8, axis=1)
        colours = random.integers(0, 256, (classes, 3))
        pixels = np.clip(colours[labels] + random.integers(-20, 20, (*_SIZE, 3)), 0, 255)
        _save(folder / f"{before}{name}{suffix}", pixels.astype(np.uint8))
        found.append((name, labels.astype(np.uint8)))
    return found


def _save(path: Path, pixels: npt.NDArray[Any]) -> None:
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def _save_mat(path: Path, values: dict[str, Any]) -> None:
    try:
        from scipy.io import savemat
    except ImportError as failure:
        raise UnsupportedError(
            "labels in MATLAB's files are written with scipy: pip install scipy"
        ) from failure
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(str(path), values)
