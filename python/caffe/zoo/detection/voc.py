"""Images and their objects from folders as PASCAL VOC has them, and small ones to try with.

    VOC2007/Annotations/000005.xml      objects with their boxes
    VOC2007/ImageSets/Main/trainval.txt names of images
    VOC2007/JPEGImages/000005.jpg

Everingham et al., "The PASCAL Visual Object Classes (VOC) Challenge", IJCV 2010.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from ..._library import FilePath, as_path
from ..._named import did_you_mean
from ...errors import FileError, NotFoundError, ParseError

CLASSES = (
    "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair",
    "cow", "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa",
    "train", "tvmonitor",
)  # fmt: skip

# An image and its objects, as py-faster-rcnn has them: "image" (its file), "boxes" (N x 4),
# "gt_classes" (N), "flipped".
Entry = dict[str, Any]


def read_split(folder: FilePath, split: str) -> list[str]:
    """The names of the images of a split: the lines of ImageSets/Main/SPLIT.txt."""
    path = as_path(folder) / "ImageSets" / "Main" / f"{split}.txt"
    try:
        names = [line.split()[0] for line in path.read_text().splitlines() if line.strip()]
    except OSError as failure:
        raise FileError(
            f"{path}: {failure.strerror}; a folder of PASCAL VOC lists its images there"
        ) from failure
    if not names:
        raise ParseError(f"{path}: it lists no images")
    return names


def read_objects(
    path: FilePath, classes: Sequence[str] = CLASSES, difficult: bool = False
) -> tuple[np.ndarray[Any, np.dtype[np.float32]], np.ndarray[Any, np.dtype[np.intp]]]:
    """The objects of an annotation: boxes N x 4, counted from 0, and their classes' places in
    `classes`; those that the annotator called difficult only where asked for."""
    file = as_path(path)
    try:
        root = ElementTree.parse(file).getroot()
    except OSError as failure:
        raise FileError(f"{file}: {failure.strerror}") from failure
    except ElementTree.ParseError as failure:
        raise ParseError(f"{file}: it is no XML: {failure}") from failure
    boxes, labels = [], []
    for one in root.iter("object"):
        if not difficult and (one.findtext("difficult") or "0").strip() == "1":
            continue
        name = (one.findtext("name") or "").strip().lower()
        if name not in classes:
            raise NotFoundError(f"{file}: {name!r} is no class{did_you_mean(name, classes)}")
        box = [one.findtext(f"bndbox/{side}") for side in ("xmin", "ymin", "xmax", "ymax")]
        try:
            boxes.append([float(str(side)) - 1 for side in box])
        except ValueError as failure:
            raise ParseError(
                f"{file}: an object {name!r} needs xmin, ymin, xmax and ymax in its bndbox, "
                f"found {box}"
            ) from failure
        labels.append(classes.index(name))
    return np.array(boxes, np.float32).reshape(-1, 4), np.array(labels, np.intp)


def read_folder(
    folder: FilePath, split: str = "trainval", classes: Sequence[str] = CLASSES
) -> list[Entry]:
    """The images of a split and their objects: a `roidb`."""
    place = as_path(folder)
    found: list[Entry] = []
    for name in read_split(place, split):
        boxes, labels = read_objects(place / "Annotations" / f"{name}.xml", classes)
        image = str(place / "JPEGImages" / f"{name}.jpg")
        found.append({"image": image, "boxes": boxes, "gt_classes": labels, "flipped": False})
    return found


COLOURS = {"car": (220, 40, 40), "boat": (40, 80, 220), "bird": (240, 200, 40)}


def write_rectangles(
    folder: FilePath, images: int = 8, size: tuple[int, int] = (160, 120), seed: int = 0
) -> Path:
    """Writes a folder of that shape to try with: on grey noise, red rectangles called car, blue
    ones called boat, yellow ones called bird; the split is called trainval. `size` is width and
    height. Returns the folder."""
    from PIL import Image

    place = as_path(folder)
    random = np.random.RandomState(seed)
    for part in ("Annotations", "ImageSets/Main", "JPEGImages"):
        (place / part).mkdir(parents=True, exist_ok=True)
    names = [f"{i:06d}" for i in range(images)]
    width, height = size
    for name in names:
        pixels = random.randint(90, 140, (height, width, 1)).repeat(3, axis=2).astype(np.uint8)
        objects: list[str] = []
        taken = np.zeros((height, width), bool)
        for label in random.permutation(list(COLOURS)):
            sides = (random.uniform(0.3, 0.6, 2) * size).astype(int)
            left, upper = (random.uniform(0, 1, 2) * (np.array(size) - sides)).astype(int)
            right, lower = left + sides[0], upper + sides[1]
            if taken[upper:lower, left:right].any():  # none hides another
                continue
            taken[upper:lower, left:right] = True
            pixels[upper:lower, left:right] = COLOURS[str(label)]
            objects.append(_OBJECT.format(label, left + 1, upper + 1, right, lower))
        Image.fromarray(pixels).save(place / "JPEGImages" / f"{name}.jpg", quality=95)
        text = f"<annotation>\n{''.join(objects)}</annotation>\n"
        (place / "Annotations" / f"{name}.xml").write_text(text)
    (place / "ImageSets" / "Main" / "trainval.txt").write_text("".join(f"{one}\n" for one in names))
    return place


_OBJECT = (
    "  <object><name>{}</name><difficult>0</difficult><bndbox><xmin>{}</xmin><ymin>{}</ymin>"
    "<xmax>{}</xmax><ymax>{}</ymax></bndbox></object>\n"
)
