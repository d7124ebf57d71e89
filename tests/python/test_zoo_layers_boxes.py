"""The arithmetic of region-based detectors, their numbers, and data in PASCAL VOC's folders."""

from __future__ import annotations

from pathlib import Path

import caffe
import numpy as np
import pytest
from caffe.zoo.detection import anchors, boxes, config, images, roidb, targets, voc
from PIL import Image

RANDOM = np.random.RandomState(0)


def some_boxes(count: int, side: float = 100, seed: int = 0) -> np.ndarray:
    random = np.random.RandomState(seed)
    corners = np.sort(random.uniform(0, side, (count, 2, 2)), axis=1)
    return corners.reshape(count, 4)


def pixels(box: np.ndarray) -> set[tuple[int, int]]:
    left, upper, right, lower = map(int, box)
    return {(x, y) for x in range(left, right + 1) for y in range(upper, lower + 1)}


def test_anchors_are_those_of_the_paper_s_authors() -> None:
    """As their code prints them, counted from 0."""
    expected = [
        [-84, -40, 99, 55], [-176, -88, 191, 103], [-360, -184, 375, 199],
        [-56, -56, 71, 71], [-120, -120, 135, 135], [-248, -248, 263, 263],
        [-36, -80, 51, 95], [-80, -168, 95, 183], [-168, -344, 183, 359],
    ]  # fmt: skip
    np.testing.assert_array_equal(anchors.anchors(), expected)
    assert anchors.anchors(scales=(4,)).shape == (3, 4)


def test_anchors_of_all_places() -> None:
    first = anchors.anchors()
    found = anchors.everywhere(first, height=2, width=3, stride=16)
    assert found.shape == (2 * 3 * 9, 4)
    np.testing.assert_array_equal(found[:9], first)
    np.testing.assert_array_equal(found[9:18], first + [16, 0, 16, 0])
    np.testing.assert_array_equal(found[27:36], first + [0, 16, 0, 16])


def test_overlaps_count_pixels() -> None:
    a, b = (some_boxes(6, 12, seed).round() for seed in (1, 2))
    found = boxes.overlaps(a, b)
    for i, j in np.ndindex(6, 6):
        one, other = pixels(a[i]), pixels(b[j])
        assert found[i, j] == pytest.approx(len(one & other) / len(one | other))
    np.testing.assert_allclose(np.diag(boxes.overlaps(a, a)), 1)
    assert boxes.overlaps(a, b[:0]).shape == (6, 0)


def test_offsets_and_back() -> None:
    a, b = some_boxes(5), some_boxes(5, seed=1)
    by = boxes.offsets(a, b)
    # What moved() gives ends a pixel later than the box that offsets() was asked for.
    np.testing.assert_allclose(boxes.moved(a, by), b + [0, 0, 1, 1], atol=1e-9)
    several = boxes.moved(a, np.hstack([by, 0 * by]))
    np.testing.assert_allclose(several[:, 4:], a + [0, 0, 1, 1], atol=1e-9)
    by_hand = boxes.offsets(np.array([[0, 0, 9, 19]]), np.array([[10, 0, 29, 19]]))
    np.testing.assert_allclose(by_hand, [[1.5, 0, np.log(2), 0]])
    assert boxes.moved(a[:0], np.zeros((0, 8))).shape == (0, 8)


def test_clipped() -> None:
    found = boxes.clipped(np.array([[-5.0, 3, 99, 101, 1, -1, 2, 0]]), height=50, width=60)
    assert found.tolist() == [[0, 3, 59, 49, 1, 0, 2, 0]]


def test_suppression_one_box_after_another() -> None:
    found = some_boxes(60)
    scores = np.random.RandomState(3).permutation(60).astype(float)
    kept: list[int] = []
    for i in np.argsort(-scores):
        if all(boxes.overlaps(found[[i]], found[[j]])[0, 0] <= 0.3 for j in kept):
            kept.append(int(i))
    assert boxes.suppressed(found, scores, 0.3).tolist() == kept
    assert boxes.suppressed(found, scores, 0.3, most=2).tolist() == kept[:2]
    assert 2 < len(kept) < 60
    same = np.repeat(found[:1], 3, axis=0)
    assert boxes.suppressed(same, np.ones(3), 0.5).tolist() == [0]
    assert boxes.suppressed(same, np.ones(3), 1).tolist() == [0, 1, 2]
    assert boxes.suppressed(found[:0], scores[:0], 0.3).tolist() == []


# ---- what is learned


def test_anchors_labels() -> None:
    numbers = config.Train(RPN_BATCHSIZE=8)
    overlap = np.array([[0.9, 0], [0.5, 0], [0.1, 0.2], [0.1, 0.1], [0.71, 0.1], [0, 0]])
    found = targets.label_anchors(overlap, numbers, RANDOM)
    # The third is the second object's best, little as that is.
    assert found.tolist() == [1, -1, 1, 0, 1, 0]
    numbers.RPN_CLOBBER_POSITIVES = True
    assert targets.label_anchors(overlap, numbers, RANDOM).tolist() == [1, -1, 0, 0, 1, 0]
    # An object that no anchor touches makes none its own; without objects all is background.
    assert targets.label_anchors(np.zeros((3, 1)), numbers, RANDOM).tolist() == [0, 0, 0]
    assert targets.label_anchors(np.zeros((3, 0)), numbers, RANDOM).tolist() == [0, 0, 0]
    assert targets.label_anchors(np.zeros((0, 2)), numbers, RANDOM).tolist() == []


def test_anchors_of_a_batch() -> None:
    numbers = config.Train(RPN_BATCHSIZE=10, RPN_FG_FRACTION=0.3)
    overlap = np.array([[0.8]] * 20 + [[0.1]] * 50)
    found = targets.label_anchors(overlap, numbers, RANDOM)
    assert (found[:20] == 1).sum() == 3
    assert (found == 0).sum() == 7
    weights = targets.anchor_weights(found, numbers)
    np.testing.assert_allclose(weights[found >= 0], 0.1)
    assert (weights[found < 0] == 0).all()
    numbers.RPN_POSITIVE_WEIGHT = 0.6
    weights = targets.anchor_weights(found, numbers)
    assert weights[found == 1].sum() == pytest.approx(0.6)
    assert weights[found == 0].sum() == pytest.approx(0.4)


def test_regions_of_a_batch() -> None:
    numbers = config.Train()
    best = np.array([0.9] * 30 + [0.3] * 40 + [0.05] * 30)
    labels = np.full(100, 7.0)
    found = targets.sample_regions(best, labels, 20, numbers, np.random.RandomState(0))
    assert found.labels.tolist() == [7] * 5 + [0] * 15
    assert (found.chosen[:5] < 30).all()
    assert ((found.chosen[5:] >= 30) & (found.chosen[5:] < 70)).all()
    assert len(set(found.chosen)) == 20
    few = targets.sample_regions(best[:2], labels[:2], 20, numbers, np.random.RandomState(0))
    assert few.labels.tolist() == [7, 7]


def test_offsets_of_classes() -> None:
    found, weights = targets.by_class(
        np.array([[1.0, 2, 3, 4], [5, 6, 7, 8]]), np.array([2, 0]), 3, (1, 1, 1, 0.5)
    )
    assert found.tolist() == [[0] * 8 + [1, 2, 3, 4], [0] * 12]
    assert weights.tolist() == [[0] * 8 + [1, 1, 1, 0.5], [0] * 12]


# ---- the numbers


@pytest.fixture
def numbers(monkeypatch: pytest.MonkeyPatch) -> config.Config:
    fresh = config.Config()
    monkeypatch.setattr(config, "cfg", fresh)
    monkeypatch.setattr(config.merge, "__defaults__", (fresh, "the configuration"))
    return fresh


def test_numbers_from_a_file_and_from_words(numbers: config.Config, tmp_path: Path) -> None:
    file = tmp_path / "end2end.yml"
    file.write_text(
        "EXP_DIR: faster_rcnn_end2end\nPIXEL_MEANS: [[[1, 2, 3]]]\nTRAIN:\n  HAS_RPN: True\n"
        "  IMS_PER_BATCH: 1\n  BG_THRESH_LO: 0\n  SCALES: [300]\nTEST:\n  HAS_RPN: True\n"
    )
    config.cfg_from_file(file)
    assert numbers.TRAIN.IMS_PER_BATCH == 1
    assert numbers["TRAIN"].BG_THRESH_LO == 0.0
    assert numbers.TRAIN.SCALES == (300,)
    assert numbers.PIXEL_MEANS == (1, 2, 3)
    assert numbers.TEST.RPN_POST_NMS_TOP_N == 300
    config.cfg_from_list(["TEST.RPN_POST_NMS_TOP_N", "100", "RNG_SEED", "4"])
    assert (numbers.TEST.RPN_POST_NMS_TOP_N, numbers.RNG_SEED) == (100, 4)
    (tmp_path / "empty.yml").write_text("")
    config.cfg_from_file(tmp_path / "empty.yml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("TRAIN: {BATCH_SIZ: 3}", "BATCH_SIZ; did you mean 'BATCH_SIZE'?"),
        ("TRAIN: {BATCH_SIZE: many}", "BATCH_SIZE is of type int, as 128, not 'many'"),
        ("TRAIN: {USE_FLIPPED: 1}", "USE_FLIPPED is of type bool"),
        ("TRAIN: 3", "TRAIN is a group of names, not 3"),
        ("- 3", "expected names and values, found list"),
        ("a: [", "it is no YAML"),
    ],
)
def test_numbers_that_are_refused(
    numbers: config.Config, tmp_path: Path, text: str, message: str
) -> None:
    file = tmp_path / "bad.yml"
    file.write_text(text)
    with pytest.raises(caffe.Error, match="bad.yml") as caught:
        config.cfg_from_file(file)
    assert message in str(caught.value)
    assert numbers == config.Config()


def test_numbers_that_are_not_there(numbers: config.Config, tmp_path: Path) -> None:
    with pytest.raises(caffe.FileError, match=r"none.yml: No such file"):
        config.cfg_from_file(tmp_path / "none.yml")
    with pytest.raises(caffe.InvalidArgumentError, match="TRAIN.BATCH_SIZE stands without a value"):
        config.cfg_from_list(["TRAIN.BATCH_SIZE"])


# ---- images and their objects


def test_rectangles_are_where_their_annotations_say(tmp_path: Path) -> None:
    entries = voc.read_folder(voc.write_rectangles(tmp_path, images=6))
    assert len(entries) == 6
    seen = set()
    for entry in entries:
        image = np.asarray(Image.open(entry["image"]), int)
        for (left, upper, right, lower), label in zip(
            entry["boxes"].astype(int), entry["gt_classes"]
        ):
            name = voc.CLASSES[label]
            seen.add(name)
            inside = image[upper + 2 : lower - 1, left + 2 : right - 1].reshape(-1, 3)
            distance = np.abs(inside - voc.COLOURS[name]).max(axis=1)
            assert (distance < 20).all()
            assert 0 <= left < right < 160
            assert 0 <= upper < lower < 120
    assert seen == set(voc.COLOURS)


ANNOTATION = """<annotation><object><name>{}</name><difficult>{}</difficult>
<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>{}</xmax><ymax>4</ymax></bndbox></object></annotation>"""


def test_annotations(tmp_path: Path) -> None:
    file = tmp_path / "a.xml"
    file.write_text(ANNOTATION.format("Dog", 1, 3))
    assert voc.read_objects(file)[0].shape == (0, 4)
    found, labels = voc.read_objects(file, difficult=True)
    assert found.tolist() == [[0, 1, 2, 3]]
    assert labels.tolist() == [voc.CLASSES.index("dog")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<a>", "it is no XML"),
        (ANNOTATION.format("horsee", 0, 3), "'horsee' is no class; did you mean 'horse'?"),
        (ANNOTATION.format("dog", 0, ""), "an object 'dog' needs xmin, ymin, xmax and ymax"),
    ],
)
def test_annotations_that_are_wrong(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.xml").write_text(text)
    with pytest.raises(caffe.Error) as caught:
        voc.read_objects(tmp_path / "a.xml")
    assert message in str(caught.value)
    assert str(tmp_path / "a.xml") in str(caught.value)


def test_folders_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(caffe.FileError, match=r"trainval.txt: No such file"):
        voc.read_folder(tmp_path)
    (tmp_path / "ImageSets/Main").mkdir(parents=True)
    (tmp_path / "ImageSets/Main/trainval.txt").write_text("\n")
    with pytest.raises(caffe.ParseError, match="it lists no images"):
        voc.read_folder(tmp_path)


def test_what_regions_learn(tmp_path: Path) -> None:
    entry = voc.read_folder(voc.write_rectangles(tmp_path, images=1))[0]
    objects = entry["boxes"]
    near = objects[:1] + [4, 0, 4, 0]
    with_regions = roidb.with_proposals(entry, np.concatenate([near, [[0, 0, 3, 3]]]))
    plain, mirrored = roidb.prepared([with_regions], config.Train())
    count = len(objects)
    assert plain["max_overlaps"][:count].tolist() == [1] * count
    assert plain["max_classes"][count] == entry["gt_classes"][0]
    assert plain["bbox_targets"][count, 0] == entry["gt_classes"][0]
    width = float(boxes.sizes(objects)[0, 0])
    assert plain["bbox_targets"][count, 1] == pytest.approx(-4 / width / 0.1, rel=1e-4)
    assert (plain["bbox_targets"][-1] == 0).all()
    # In the mirror, what was left is right.
    np.testing.assert_allclose(mirrored["boxes"][:, 0], 159 - plain["boxes"][:, 2])
    np.testing.assert_allclose(mirrored["bbox_targets"][count, 1], -plain["bbox_targets"][count, 1])
    seen = images.read(mirrored["image"], 120, 999, flipped=True)[0]
    np.testing.assert_array_equal(seen, images.read(plain["image"], 120, 999)[0][..., ::-1])
    with pytest.raises(caffe.InvalidArgumentError, match="none of the images has an object"):
        roidb.prepared([{**entry, "gt_classes": 0 * entry["gt_classes"]}], config.Train())


def test_images_as_inputs(tmp_path: Path) -> None:
    Image.new("RGB", (80, 40), (10, 20, 30)).save(tmp_path / "a.png")
    pixels, scale = images.read(tmp_path / "a.png", 20, 100)
    assert (pixels.shape, scale) == ((3, 20, 40), 0.5)
    np.testing.assert_allclose(
        pixels[:, 3, 3], np.array([30, 20, 10]) - config.Config().PIXEL_MEANS, rtol=1e-5
    )
    assert images.read(tmp_path / "a.png", 600, 160)[1] == 2
    both = images.batch([pixels, pixels[:, :10, :50]])
    assert both.shape == (2, 3, 20, 40)
    assert (both[1, :, 10:] == 0).all()
