"""What nets find, drawn on the images they found it in: boxes, points, masks and edges.

    picture = caffe.vis.boxes(image, [[40, 30, 200, 180]], ["dog 0.98"])
    picture = caffe.vis.legend(caffe.vis.mask(image, labels), labels, names)
    picture.save("found.png")

An image is Pillow's, an array H x W x 3 (or H x W), uint8 or from 0 to 1, or a file; what comes
back is Pillow's, RGB, and the one that was given stays as it is.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Union

import numpy as np
import numpy.typing as npt

from .errors import InvalidArgumentError, ShapeError, UnsupportedError
from .io import opened_image

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

    Source = Union[Picture, npt.NDArray[Any], str, "os.PathLike[str]"]
    Colour = tuple[int, int, int]

# Colours that are told apart on most photographs, for boxes and points.
COLOURS: tuple[Colour, ...] = (
    (230, 60, 60), (60, 160, 255), (80, 210, 80), (250, 190, 40), (200, 90, 230),
    (40, 210, 210), (255, 130, 40), (240, 110, 170),
)  # fmt: skip
VOID = 255  # a label that is no class
MARGIN, SWATCH = 8, 14  # pixels around a legend and of its squares


def palette(count: int = 256) -> npt.NDArray[np.uint8]:
    """The colours of PASCAL VOC's classes, count x 3: black for the background, then dark red,
    green, olive ... The bits of a class's number, three by three from the lowest, are the colour's
    bits from the highest."""
    numbers = np.arange(count)
    colours = np.zeros((count, 3), np.uint8)
    for place in range(8):
        for channel in range(3):
            colours[:, channel] |= ((numbers >> channel & 1) << (7 - place)).astype(np.uint8)
        numbers >>= 3
    return colours


def picture(image: Source) -> Picture:
    """Any image as a new one of Pillow's, RGB."""
    try:
        from PIL import Image
    except ImportError as failure:
        raise UnsupportedError("images are drawn with Pillow: pip install pillow") from failure
    if isinstance(image, Image.Image):
        return image.convert("RGB").copy()
    if isinstance(image, (str, os.PathLike)):
        with opened_image(image, os.fspath(image)) as opened:
            return opened.convert("RGB").copy()  # type: ignore[no-any-return]
    values = np.asarray(image)
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[..., 0]
    if values.ndim not in (2, 3) or (values.ndim == 3 and values.shape[2] != 3):
        raise ShapeError(f"an image is H x W x 3 or H x W, not of shape {values.shape}")
    if values.dtype != np.uint8:
        values = (np.clip(values, 0, 1) * 255).round().astype(np.uint8)
    return Image.fromarray(values).convert("RGB")


def boxes(
    image: Source,
    boxes: npt.ArrayLike,
    labels: Sequence[str] | None = None,
    colours: Sequence[Colour] | None = None,
    width: int = 2,
) -> Picture:
    """The image with boxes N x 4 (left, upper, right, lower; corners included), a text at each, in
    a colour for each; without colours, one for each different text up to its last word, so that a
    score behind a name leaves the name's colour."""
    found = np.asarray(boxes, float).reshape(-1, 4)
    texts = [""] * len(found) if labels is None else list(labels)
    if len(texts) != len(found):
        raise InvalidArgumentError(f"{len(texts)} labels for {len(found)} boxes")
    if colours is None:
        kinds = list(dict.fromkeys(_kind(text) for text in texts))
        colours = [COLOURS[kinds.index(_kind(text)) % len(COLOURS)] for text in texts]
    drawn = picture(image)
    pen = _pen(drawn)
    for box, colour in zip(found, colours):
        left, upper, right, lower = box.round().astype(int).tolist()
        if right >= left and lower >= upper:
            pen.rectangle((left, upper, right, lower), outline=tuple(colour), width=width)
    for box, text, colour in zip(found, texts, colours):  # over all boxes
        if text:
            _tag(pen, drawn.size, box, text, colour)
    return drawn


def points(
    image: Source, points: npt.ArrayLike, colour: Colour = (255, 220, 0), radius: int = 2
) -> Picture:
    """The image with discs at points N x 2 (x, y)."""
    drawn = picture(image)
    pen = _pen(drawn)
    for x, y in np.asarray(points, float).reshape(-1, 2).tolist():
        pen.ellipse(
            (x - radius, y - radius, x + radius, y + radius), fill=colour, outline=(40, 40, 40)
        )
    return drawn


def mask(
    image: Source,
    labels: npt.ArrayLike,
    colours: npt.NDArray[np.uint8] | None = None,
    opacity: float = 0.6,
) -> Picture:
    """The image with the colour of each pixel's class, H x W, laid over it (without colours,
    PASCAL VOC's); class 0, the background, and 255, none, stay as they are."""
    drawn = np.asarray(picture(image), float)
    classes = np.asarray(labels).astype(np.intp)
    if classes.shape != drawn.shape[:2]:
        raise ShapeError(
            f"labels of shape {classes.shape} for an image of {drawn.shape[0]} x {drawn.shape[1]}"
        )
    table = palette() if colours is None else colours
    seen = (classes != 0) & (classes != VOID)
    if seen.any() and not 0 <= classes[seen].min() <= classes[seen].max() < len(table):
        raise InvalidArgumentError(
            f"labels from {classes[seen].min()} to {classes[seen].max()} for {len(table)} colours"
        )
    laid = drawn.copy()
    laid[seen] = (1 - opacity) * drawn[seen] + opacity * table[classes[seen]]
    return picture(laid.round().astype(np.uint8))


def indexed(labels: npt.ArrayLike, colours: npt.NDArray[np.uint8] | None = None) -> Picture:
    """Labels H x W as an image with a palette, whose pixels are the labels: what PASCAL VOC's
    SegmentationClass holds."""
    from PIL import Image

    made = Image.fromarray(np.asarray(labels).astype(np.uint8))
    made.putpalette((palette() if colours is None else colours).ravel().tolist())
    return made


def legend(
    image: Source,
    labels: npt.ArrayLike,
    names: Sequence[str],
    colours: npt.NDArray[np.uint8] | None = None,
) -> Picture:
    """The image with a column right of it: the colour and the name of each class that is among the
    labels, those of most pixels first; classes without a name by their number."""
    from PIL import Image

    table = palette() if colours is None else colours
    classes, counts = np.unique(np.asarray(labels), return_counts=True)
    shown = [int(one) for one in classes[np.argsort(-counts, kind="stable")] if one != VOID]
    texts = [names[one] if one < len(names) else str(one) for one in shown]
    drawn = picture(image)
    font, line = _font(), SWATCH + 6
    wide = max([int(font.getlength(text)) for text in texts], default=0)
    width = drawn.width + 3 * MARGIN + SWATCH + wide
    height = max(drawn.height, 2 * MARGIN + line * len(texts))
    page = Image.new("RGB", (width, height), "white")
    page.paste(drawn, (0, 0))
    pen = _pen(page)
    for i, (one, text) in enumerate(zip(shown, texts)):
        x, y = drawn.width + MARGIN, MARGIN + i * line
        colour = tuple(int(part) for part in table[one])
        pen.rectangle((x, y, x + SWATCH - 1, y + SWATCH - 1), fill=colour, outline=(90, 90, 90))
        pen.text((x + SWATCH + MARGIN, y), text, fill="black", font=font)
    return page


def edges(strength: npt.ArrayLike) -> Picture:
    """Edges H x W, from 0 to 1, as dark lines on white."""
    return picture(1 - np.asarray(strength, float))


def beside(images: Sequence[Source], titles: Sequence[str] = (), columns: int = 0) -> Picture:
    """Images in rows of `columns` (0: one row), each in a place as large as the largest, with titles
    below."""
    from PIL import Image

    drawn = [picture(one) for one in images]
    if not drawn:
        raise InvalidArgumentError("there are no images to be set beside each other")
    across = columns or len(drawn)
    width = max(one.width for one in drawn) + MARGIN
    height = max(one.height for one in drawn) + MARGIN + (SWATCH + 4 if titles else 0)
    rows = -(-len(drawn) // across)
    page = Image.new("RGB", (across * width + MARGIN, rows * height + MARGIN), "white")
    pen, font = _pen(page), _font()
    for i, one in enumerate(drawn):
        x, y = MARGIN + i % across * width, MARGIN + i // across * height
        page.paste(one, (x, y))
        if i < len(titles):
            pen.text((x, y + one.height + 3), titles[i], fill="black", font=font)
    return page


def _kind(text: str) -> str:
    """A label without its last word, where it has several."""
    return text.rsplit(" ", 1)[0]


def _tag(pen: Any, size: tuple[int, int], box: npt.NDArray[Any], text: str, colour: Colour) -> None:
    """A text on its colour above a box, or within it where there is no room above."""
    font = _font()
    width, height = int(font.getlength(text)) + 6, SWATCH + 2
    x = min(max(round(box[0]), 0), max(size[0] - width, 0))
    y = round(box[1]) - height
    y = min(max(round(box[1]), 0), size[1] - height) if y < 0 else y
    pen.rectangle((x, y, x + width, y + height - 1), fill=tuple(colour))
    light = sum(colour) > 380
    pen.text((x + 3, y + 1), text, fill="black" if light else "white", font=font)


def _pen(drawn: Picture) -> Any:
    from PIL import ImageDraw

    return ImageDraw.Draw(drawn)


def _font() -> Any:
    from PIL import ImageFont

    try:
        return ImageFont.load_default(12)
    except (TypeError, ImportError):  # of an older Pillow, or one without FreeType
        return ImageFont.load_default()
