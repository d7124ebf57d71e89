"""What is drawn on images, by its pixels."""

from __future__ import annotations

from pathlib import Path

import caffe
import numpy as np
import pytest
from caffe import vis
from PIL import Image

GREY = np.full((60, 80, 3), 128, np.uint8)


def pixels(picture: Image.Image) -> np.ndarray:
    assert picture.mode == "RGB"
    return np.asarray(picture)


def where(picture: Image.Image, colour: tuple[int, ...]) -> np.ndarray:
    """Which pixels have a colour."""
    return (pixels(picture) == colour).all(axis=2)


def test_the_palette_of_pascal_voc() -> None:
    colours = vis.palette()
    known = {
        0: (0, 0, 0), 1: (128, 0, 0), 2: (0, 128, 0), 3: (128, 128, 0), 8: (64, 0, 0),
        15: (192, 128, 128), 20: (0, 64, 128), 255: (224, 224, 192),
    }  # fmt: skip
    for label, colour in known.items():
        assert tuple(colours[label]) == colour
    assert len(np.unique(colours, axis=0)) == 256
    assert vis.palette(21).shape == (21, 3)


@pytest.mark.parametrize(
    "image",
    [
        GREY,
        GREY[..., 0],
        GREY / 255,
        GREY[..., :1],
        Image.fromarray(GREY),
        Image.new("L", (80, 60), 128),
    ],
)
def test_what_an_image_may_be(image: object) -> None:
    assert (pixels(vis.picture(image)) == 128).all()


def test_an_image_from_a_file(tmp_path: Path) -> None:
    Image.fromarray(GREY).save(tmp_path / "a.png")
    assert (pixels(vis.picture(tmp_path / "a.png")) == 128).all()
    assert (pixels(vis.picture(str(tmp_path / "a.png"))) == 128).all()
    with pytest.raises(caffe.FileError, match=r"none.png: No such file"):
        vis.picture(tmp_path / "none.png")
    with pytest.raises(caffe.ShapeError, match=r"H x W x 3 or H x W, not of shape \(2, 3, 4\)"):
        vis.picture(np.zeros((2, 3, 4)))


def test_boxes_are_frames() -> None:
    drawn = vis.boxes(GREY, [[10, 20, 40, 50]], colours=[(255, 0, 0)], width=2)
    expected = np.zeros((60, 80), bool)
    expected[20:51, 10:41] = True
    expected[22:49, 12:39] = False
    np.testing.assert_array_equal(where(drawn, (255, 0, 0)), expected)
    assert (pixels(drawn)[~expected] == 128).all()
    assert (GREY == 128).all()


def test_boxes_of_a_kind_have_its_colour() -> None:
    places = [[2, 20, 20, 40], [60, 20, 80, 40], [120, 20, 140, 40]]
    drawn = vis.boxes(np.tile(GREY, (1, 3, 1)), places, ["cat 0.9", "dog 0.8", "cat 0.7"])
    first, second, third = (pixels(drawn)[40, x] for x in (10, 70, 130))
    assert tuple(first) == tuple(third) == vis.COLOURS[0]
    assert tuple(second) == vis.COLOURS[1]
    # Each has a tag above it.
    for (left, upper, _, _), colour in zip(places, (first, second, third)):
        tag = where(drawn, tuple(colour))[upper - 16 : upper, left : left + 40]
        assert tag[:, :3].all()
        assert 0.3 < tag.mean() < 0.9


def test_tags_stay_in_the_image() -> None:
    """Above a box at the top there is no room, and right of one at the right neither."""
    drawn = vis.boxes(GREY, [[70, 0, 79, 59]], ["a name"], colours=[(0, 0, 255)])
    tag = where(drawn, (0, 0, 255))
    assert tag[1:14, 40:68].mean() > 0.4
    assert not tag[20:50, :68].any()


def test_boxes_that_are_odd() -> None:
    assert (pixels(vis.boxes(GREY, [], [])) == 128).all()
    assert (pixels(vis.boxes(GREY, [[30, 30, 20, 20]])) == 128).all()  # inside out
    with pytest.raises(caffe.InvalidArgumentError, match="1 labels for 2 boxes"):
        vis.boxes(GREY, [[0, 0, 1, 1]] * 2, ["a"])


def test_points_are_discs() -> None:
    drawn = vis.points(GREY, [[20, 10], [60, 40]], colour=(1, 2, 3), radius=3)
    disc = where(drawn, (1, 2, 3))
    assert disc[10, 20]
    assert disc[40, 60]
    y, x = np.nonzero((pixels(drawn) != 128).any(axis=2))
    nearest = np.minimum(np.hypot(x - 20, y - 10), np.hypot(x - 60, y - 40))
    assert nearest.max() < 4.5
    assert 40 < len(x) < 100


def test_masks_blend() -> None:
    labels = np.zeros((60, 80), int)
    labels[10:20, 10:30], labels[30:40], labels[50:] = 1, 15, 255
    drawn = pixels(vis.mask(GREY, labels, opacity=0.5))
    assert (drawn[labels == 1] == (128, 64, 64)).all()
    assert (drawn[labels == 15] == (160, 128, 128)).all()
    assert (drawn[(labels == 0) | (labels == 255)] == 128).all()
    own = np.array([[9, 9, 9], [200, 100, 0]], np.uint8)
    drawn = pixels(vis.mask(GREY, labels == 1, own, opacity=1))
    assert (drawn[labels == 1] == (200, 100, 0)).all()


def test_masks_that_do_not_fit() -> None:
    with pytest.raises(caffe.ShapeError, match=r"labels of shape \(3, 3\) for an image of 60 x 80"):
        vis.mask(GREY, np.zeros((3, 3)))
    with pytest.raises(caffe.InvalidArgumentError, match="labels from 2 to 2 for 2 colours"):
        vis.mask(GREY, np.full((60, 80), 2), vis.palette(2))


def test_indexed_images_hold_their_labels(tmp_path: Path) -> None:
    labels = np.arange(60 * 80).reshape(60, 80) % 256
    vis.indexed(labels).save(tmp_path / "labels.png")
    with Image.open(tmp_path / "labels.png") as again:
        assert again.mode == "P"
        np.testing.assert_array_equal(np.asarray(again), labels)
        np.testing.assert_array_equal(np.asarray(again.convert("RGB")), vis.palette()[labels])


def test_legends_name_what_is_there() -> None:
    labels = np.zeros((60, 80), int)
    labels[:40], labels[45], labels[50] = 2, 1, 255
    drawn = vis.legend(GREY, labels, ["background", "cat"])
    assert (pixels(drawn)[:60, :80] == 128).all()
    assert drawn.width > 80 + 60
    swatches = [pixels(drawn)[8 + 20 * i + 7, 80 + 8 + 7].tolist() for i in range(3)]
    # Most pixels are of class 2, which has no name; void has no place.
    assert swatches == [[0, 128, 0], [0, 0, 0], [128, 0, 0]]
    assert drawn.height == 8 + 3 * 20 + 8
    text = pixels(drawn)[:, 80 + 8 + 14 + 8 :]
    for i in range(3):
        assert (text[8 + 20 * i : 24 + 20 * i] < 128).any()


def test_edges_are_dark() -> None:
    drawn = pixels(vis.edges(np.array([[0, 1], [0.5, 2]])))
    assert drawn[..., 0].tolist() == [[255, 0], [128, 0]]


def test_images_beside_each_other() -> None:
    black, white = np.zeros((10, 20, 3), np.uint8), np.full((6, 8, 3), 255, np.uint8)
    drawn = vis.beside([black, white, black], columns=2)
    dark = where(drawn, (0, 0, 0))
    assert dark.sum() == 2 * 200
    assert dark[8:18, 8:28].all()
    assert dark[26:36, 8:28].all()
    titled = vis.beside([black, black], ["one", "two"])
    below = where(titled, (0, 0, 0))[18:]
    assert below[:, :28].any()
    assert below[:, 36:].any()
    with pytest.raises(caffe.InvalidArgumentError, match="no images"):
        vis.beside([])
