"""What FCNs segment: images and labels, read by Python layers that the authors published."""

from __future__ import annotations

from typing import NamedTuple

from blocks import Fields


class Head(NamedTuple):
    """One kind of labels."""

    label: str
    classes: int
    end: str = ""  # of the layers' names
    loss: str = "loss"


class Source(NamedTuple):
    """A Python layer that reads images and labels."""

    file: str  # that it is used in
    layer: str
    params: Fields


class Dataset(NamedTuple):
    """Where a net learns, where it is tested, and on what."""

    module: str  # the layers'
    train: Source
    test: Source
    inputs: dict[str, tuple[int, int, int]]  # channels, height, width; a net takes any size
    heads: tuple[Head, ...]
    solver: Fields


MEAN = (104.00699, 116.66877, 122.67892)
VOC = Dataset(
    "voc_layers",
    Source(
        "train",
        "SBDDSegDataLayer",
        {"sbdd_dir": "data/sbdd/dataset", "seed": 1337, "split": "train", "mean": MEAN},
    ),
    Source(
        "val",
        "VOCSegDataLayer",
        {"voc_dir": "data/pascal/VOC2011", "seed": 1337, "split": "seg11valid", "mean": MEAN},
    ),
    inputs={"data": (3, 500, 500)},
    heads=(Head("label", 21),),
    solver={"test_iter": 736, "snapshot": 4000},
)


def context(split: str) -> Source:
    """PASCAL-Context's images of a split."""
    folders = {"context_dir": "data/pascal-context", "seed": 1337, "split": split}
    return Source(split, "PASCALContextSegDataLayer", {**folders, "voc_dir": "data/pascal"})


CONTEXT = Dataset(
    "pascalcontext_layers",
    context("train"),
    context("val"),
    inputs={"data": (3, 500, 500)},
    heads=(Head("label", 60),),
    solver={"test_iter": 5105, "snapshot": 4000},
)


def sift_flow(split: str) -> Source:
    """SIFT Flow's images of a split."""
    params: Fields = {"siftflow_dir": "data/sift-flow", "seed": 1337, "split": split}
    return Source(split, "SIFTFlowSegDataLayer", params)


SIFT_FLOW = Dataset(
    "siftflow_layers",
    sift_flow("trainval"),
    sift_flow("test"),
    inputs={"data": (3, 256, 256)},
    heads=(Head("sem", 33, "_sem"), Head("geo", 3, "_geo", "loss_geo")),
    solver={"test_iter": 200},
)


def nyud(kinds: dict[str, int], names: dict[str, int] | None = None) -> Dataset:
    """NYUDv2: `kinds` of images and their channels; `names`, if the net has others for them."""

    def source(split: str) -> Source:
        tops: Fields = {"tops": [*kinds, "label"], "seed": 1337, "nyud_dir": "data/nyud"}
        return Source(split, "NYUDSegDataLayer", {**tops, "split": split})

    return Dataset(
        "nyud_layers",
        source("trainval"),
        source("test"),
        inputs={name: (channels, 480, 640) for name, channels in (names or kinds).items()},
        heads=(Head("label", 40),),
        solver={"test_iter": 654, "snapshot": 2000},
    )
