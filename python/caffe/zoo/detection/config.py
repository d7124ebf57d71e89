"""The numbers that detectors of the R-CNN family train and test with, under the names that their
users know from py-faster-rcnn.

    from caffe.zoo.detection.config import cfg
    cfg.TEST.RPN_POST_NMS_TOP_N = 100
"""

from __future__ import annotations

import dataclasses
from ast import literal_eval
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..._library import FilePath, as_path
from ..._named import did_you_mean
from ...errors import FileError, InvalidArgumentError, NotFoundError, ParseError


@dataclass
class Train:
    """Numbers for phase TRAIN."""

    SCALES: tuple[int, ...] = (600,)  # pixels of an image's shorter side, one drawn for each
    MAX_SIZE: int = 1000  # pixels of its longer side at most
    IMS_PER_BATCH: int = 2  # of Fast R-CNN; an RPN takes one
    BATCH_SIZE: int = 128  # regions in a batch
    FG_FRACTION: float = 0.25  # at most that share of them is of objects
    FG_THRESH: float = 0.5  # a region is of an object from this overlap on
    BG_THRESH_HI: float = 0.5  # and of the background below that one
    BG_THRESH_LO: float = 0.1  # but not below this; 0 where an RPN makes the regions
    USE_FLIPPED: bool = True
    BBOX_REG: bool = True
    BBOX_THRESH: float = 0.5  # regions learn to move from this overlap on
    BBOX_INSIDE_WEIGHTS: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0)
    BBOX_NORMALIZE_TARGETS: bool = True  # by these means and deviations
    BBOX_NORMALIZE_MEANS: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)
    BBOX_NORMALIZE_STDS: tuple[float, ...] = (0.1, 0.1, 0.2, 0.2)
    RPN_POSITIVE_OVERLAP: float = 0.7  # an anchor is of an object from this overlap on
    RPN_NEGATIVE_OVERLAP: float = 0.3  # and of the background below that one
    RPN_CLOBBER_POSITIVES: bool = False  # which of the two wins
    RPN_FG_FRACTION: float = 0.5
    RPN_BATCHSIZE: int = 256  # anchors that learn, of an image
    RPN_NMS_THRESH: float = 0.7
    RPN_PRE_NMS_TOP_N: int = 12000
    RPN_POST_NMS_TOP_N: int = 2000
    RPN_MIN_SIZE: int = 16  # pixels of a proposal's shorter side, in the original image
    RPN_BBOX_INSIDE_WEIGHTS: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0)
    RPN_POSITIVE_WEIGHT: float = -1.0  # of all positives together; -1: as many as they are


@dataclass
class Test:
    """Numbers for phase TEST."""

    SCALES: tuple[int, ...] = (600,)
    MAX_SIZE: int = 1000
    NMS: float = 0.3  # of the boxes of a class
    BBOX_REG: bool = True
    RPN_NMS_THRESH: float = 0.7
    RPN_PRE_NMS_TOP_N: int = 6000
    RPN_POST_NMS_TOP_N: int = 300
    RPN_MIN_SIZE: int = 16


@dataclass
class Config:
    """All of them."""

    TRAIN: Train = field(default_factory=Train)
    TEST: Test = field(default_factory=Test)
    PIXEL_MEANS: tuple[float, ...] = (102.9801, 115.9465, 122.7717)  # blue, green, red
    RNG_SEED: int = 3

    def __getitem__(self, phase: str) -> Any:
        """cfg["TRAIN"], as the layers of py-faster-rcnn ask."""
        return getattr(self, phase)


cfg = Config()

# What the file says that users of end-to-end training give to py-faster-rcnn.
END_TO_END = {"TRAIN": {"IMS_PER_BATCH": 1, "BG_THRESH_LO": 0.0}}
# Of py-faster-rcnn's numbers those that say what here the tops of a layer, its data or its caller
# do. Offsets are always in the units of the means and deviations above ("precomputed").
ELSEWHERE = {
    "BBOX_NORMALIZE_TARGETS_PRECOMPUTED", "SNAPSHOT_ITERS", "SNAPSHOT_INFIX", "USE_PREFETCH", "PROPOSAL_METHOD", "ASPECT_GROUPING",
    "HAS_RPN", "SVM", "DEDUP_BOXES", "EPS", "ROOT_DIR", "DATA_DIR", "MODELS_DIR", "MATLAB",
    "EXP_DIR", "USE_GPU_NMS", "GPU_ID",
}  # fmt: skip


def merge(values: Mapping[str, Any], into: Any = cfg, where: str = "the configuration") -> None:
    """Sets numbers by their names; a mapping in it is a group: merge({"TRAIN": {"BATCH_SIZE": 64}}).

    Names that py-faster-rcnn has and nothing here asks for are passed over.
    Raises NotFoundError for an unknown name, InvalidArgumentError for a value of another type.
    """
    known = [one.name for one in dataclasses.fields(into)]
    for name, value in values.items():
        if name in ELSEWHERE:
            continue
        if name not in known:
            raise NotFoundError(f"{where} has no {name}{did_you_mean(name, known)}")
        old = getattr(into, name)
        if dataclasses.is_dataclass(old):
            if not isinstance(value, Mapping):
                raise InvalidArgumentError(f"{where}: {name} is a group of names, not {value!r}")
            merge(value, old, where)
        else:
            setattr(into, name, _like(old, value, f"{where}: {name}"))


def cfg_from_file(filename: FilePath) -> None:
    """Sets the numbers that a YAML file gives."""
    import yaml

    path = as_path(filename)
    try:
        values = yaml.safe_load(path.read_text())
    except OSError as failure:
        raise FileError(f"{path}: {failure.strerror}") from failure
    except (yaml.YAMLError, UnicodeDecodeError) as failure:
        raise ParseError(f"{path}: it is no YAML: {failure}") from failure
    if values is None:
        return
    if not isinstance(values, Mapping):
        raise ParseError(f"{path}: expected names and values, found {type(values).__name__}")
    merge(values, where=str(path))


def cfg_from_list(words: Sequence[str]) -> None:
    """Sets numbers by pairs of words, as from a command line: ["TRAIN.BATCH_SIZE", "64"]."""
    if len(words) % 2:
        raise InvalidArgumentError(f"{words[-1]} stands without a value")
    for name, text in zip(words[::2], words[1::2]):
        try:
            value = literal_eval(text)
        except (ValueError, SyntaxError):
            value = text
        *groups, last = name.split(".")
        nested: dict[str, Any] = {last: value}
        for group in reversed(groups):
            nested = {group: nested}
        merge(nested)


def _like(old: Any, value: Any, where: str) -> Any:
    """A value of the type of the one before it; whole numbers pass for others."""
    if isinstance(old, tuple) and isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(np.ravel(value).tolist())
    if isinstance(old, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not type(old):
        raise InvalidArgumentError(
            f"{where} is of type {type(old).__name__}, as {old!r}, not {value!r}"
        )
    return value
