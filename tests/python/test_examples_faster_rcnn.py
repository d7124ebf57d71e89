"""Faster R-CNN from data to boxes: a small net learns, published definitions run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import caffe
import numpy as np
import pytest
from caffe.zoo.detection import boxes, config, voc
from examples_for_tests import EXAMPLES, load, run
from PIL import Image

pytestmark = pytest.mark.usefixtures("stand_ins")
SMALL = EXAMPLES / "faster_rcnn/rectangles_test.prototxt"


@pytest.fixture(autouse=True)
def numbers() -> Iterator[config.Config]:
    """The numbers, which are the defaults again afterwards."""
    train, test = config.cfg.TRAIN, config.cfg.TEST
    config.cfg.TRAIN, config.cfg.TEST = config.Train(), config.Test()
    yield config.cfg
    config.cfg.TRAIN, config.cfg.TEST = train, test


@pytest.fixture
def train() -> ModuleType:
    return load("faster_rcnn/train.py")


@pytest.fixture
def detect() -> ModuleType:
    return load("faster_rcnn/detect.py")


def test_a_small_net_learns_to_find_rectangles(
    train: ModuleType,
    detect: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    weights = tmp_path / "out/rectangles.caffemodel"
    lines = run(
        train, monkeypatch, capsys, "--out", weights, "--iterations", 300, "--shown", 100
    ).splitlines()
    assert lines[0].split() == [
        "iteration",
        "loss_bbox",
        "loss_cls",
        "rpn_cls_loss",
        "rpn_loss_bbox",
    ]
    first, _, last = ([float(word) for word in line.split()] for line in lines[1:4])
    assert last[0] == 300
    assert last[2] < first[2]
    assert last[3] < first[3] / 3
    # Images that it has not seen.
    config.cfg_from_list(["TEST.SCALES", "(120,)"])
    net = caffe.Net(SMALL, caffe.TEST, weights=weights)
    right = objects = 0
    for entry in voc.read_folder(voc.write_rectangles(tmp_path / "unseen", 6, seed=77)):
        found = detect.detect(net, Image.open(entry["image"]), least=0.3)
        for box, label in zip(entry["boxes"], entry["gt_classes"]):
            objects += 1
            right += any(
                one.label == label
                and boxes.overlaps(one.box[np.newaxis], box[np.newaxis])[0, 0] > 0.5
                for one in found
            )
    assert right >= 0.7 * objects
    # The same from the command line, with a picture.
    image = tmp_path / "unseen/JPEGImages/000000.jpg"
    given = ("--definition", SMALL, "--weights", weights, "--set", "TEST.SCALES", "(120,)")
    printed = run(
        detect, monkeypatch, capsys, image, *given, "--least", 0.3, "--out", tmp_path / "a.png"
    )
    title, *rows, told = printed.splitlines()
    assert title.split() == ["score", "left", "upper", "right", "lower", "what"]
    assert {row.split()[-1] for row in rows} <= set(voc.CLASSES)
    assert told == f"{tmp_path / 'a.png'}: {len(rows)} found"
    assert len(rows) > 0
    before, after = (np.asarray(Image.open(one)) for one in (image, tmp_path / "a.png"))
    assert (before != after).any(axis=2).mean() > 0.01


def test_a_published_definition_takes_a_step(
    shared: Path, train: ModuleType, tmp_path: Path, numbers: config.Config
) -> None:
    """The net of Zeiler and Fergus as it is."""
    config.merge(config.END_TO_END)
    numbers.TRAIN.SCALES = (200,)
    folder = shared / "zoo/models/faster_rcnn/ZF_faster_rcnn_end2end"
    solver = train.make_solver(folder / "solver.prototxt", folder / "train.prototxt")
    before = solver.net.params["rpn_cls_score"][1].data.copy()
    entries = voc.read_folder(voc.write_rectangles(tmp_path, 1))
    train.train(solver, entries, 1, 1)
    assert solver.iter == 1
    assert (solver.net.params["rpn_cls_score"][1].data != before).any()


def test_weights_are_written_in_pixels(train: ModuleType, tmp_path: Path) -> None:
    """What was learned in parts of deviations comes out in parts of boxes."""
    net = caffe.Net(SMALL, caffe.TEST)
    weights, bias = net.params["bbox_pred"]
    weights.data[...], bias.data[...] = 1, 2
    train.save(net, tmp_path / "w.caffemodel")
    again = caffe.Net(SMALL, caffe.TEST, weights=tmp_path / "w.caffemodel").params["bbox_pred"]
    np.testing.assert_allclose(again[0].data[4:8, 0], [0.1, 0.1, 0.2, 0.2], rtol=1e-6)
    np.testing.assert_allclose(again[1].data[80:], [0.2, 0.2, 0.4, 0.4], rtol=1e-6)
    assert (weights.data == 1).all()
    assert (bias.data == 2).all()


def test_detection_by_hand(detect: ModuleType) -> None:
    """Of a net whose answers are given: per class, above the least score, without doubles, in the
    image's own pixels."""
    net = caffe.Net.from_text(
        """
        layer { name: "in" type: "Input" top: "data" top: "im_info" top: "rois" top: "p" top: "d"
          input_param { shape { dim: 1 dim: 3 dim: 10 dim: 10 } shape { dim: 1 dim: 3 }
            shape { dim: 4 dim: 5 } shape { dim: 4 dim: 3 } shape { dim: 4 dim: 12 } } }
        layer { name: "s" type: "Silence" bottom: "data" bottom: "im_info" }
        layer { name: "cls_prob" type: "Split" bottom: "p" top: "cls_prob" }
        layer { name: "bbox_pred" type: "Split" bottom: "d" top: "bbox_pred" }""",
        caffe.TEST,
    )
    scale = 2.0  # of an image 50 x 100
    regions = np.array([[0, 0, 19, 19], [2, 2, 21, 21], [60, 60, 99, 79], [0, 0, 9, 9]])
    net.blobs["rois"].data[:, 1:] = regions * scale
    net.blobs["p"].data[...] = [[0, 0.9, 0.1], [0, 0.95, 0.85], [0.1, 0, 0.9], [0.9, 0.05, 0.05]]
    net.blobs["d"].data[...] = 0
    net.blobs["d"].data[2, 8] = 0.5  # half its width to the right, which ends beyond the image
    image = Image.new("RGB", (100, 90))
    found = detect.detect(net, image, 0.8, config.Test(SCALES=(180,)))
    assert [(one.label, round(one.score, 2)) for one in found] == [(1, 0.95), (2, 0.9), (2, 0.85)]
    np.testing.assert_allclose(found[0].box, [2, 2, 22, 22], atol=0.5)
    np.testing.assert_allclose(found[1].box, [80, 60, 99, 80], atol=1)
    assert net.blobs["data"].shape == (1, 3, 180, 200)
    assert net.blobs["im_info"].data.tolist() == [[180, 200, 2]]
    drawn = np.asarray(detect.drawn(image, found, ["", "one", "two"]))
    assert (drawn[60, 85:90] == caffe.vis.COLOURS[1]).all()


def test_without_weights_it_says_what_to_type(
    detect: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("CAFFE_ZOO", raising=False)
    Image.new("RGB", (50, 40)).save(tmp_path / "a.png")
    with pytest.raises(caffe.NotFoundError, match="`caffe zoo download faster_rcnn_zf` fetches it"):
        run(detect, monkeypatch, capsys, tmp_path / "a.png")
    with pytest.raises(caffe.FileError, match="No such file"):
        run(detect, monkeypatch, capsys, tmp_path / "b.png", "--definition", SMALL, "--random")
    with pytest.raises(caffe.NotFoundError, match="did you mean 'SCALES'"):
        run(detect, monkeypatch, capsys, tmp_path / "a.png", "--set", "TEST.SCALE", "3")


def test_with_random_weights_all_runs(
    detect: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "found.png"
    Image.new("RGB", (160, 120)).save(tmp_path / "a.png")
    given = ("--definition", SMALL, "--random", "--least", 0, "--set", "TEST.RPN_POST_NMS_TOP_N", 5)
    printed = run(detect, monkeypatch, capsys, tmp_path / "a.png", *given, "--out", out)
    assert "found" in printed.splitlines()[-1]
    assert Image.open(out).size == (160, 120)
