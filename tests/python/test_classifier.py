"""caffe.Classifier and caffe.Detector."""

from __future__ import annotations

from pathlib import Path

import caffe
import numpy as np
import pytest


@pytest.fixture
def coloured(small: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A net of three channels, and its weights."""
    path = tmp_path / "coloured.prototxt"
    path.write_text(small.read_text().replace("dim: 4 dim: 2", "dim: 4 dim: 3"))
    caffe.Net(path, caffe.TEST).save(tmp_path / "w.caffemodel")
    return path, tmp_path / "w.caffemodel"


def test_classifier_resizes(coloured: tuple[Path, Path]) -> None:
    classifier = caffe.Classifier(*coloured)
    images = [np.random.RandomState(i).rand(12 + i, 9, 3) for i in range(3)]
    found = classifier.predict(images, oversample=False)
    assert found.shape == (3, 5)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)
    for oversample in (False, True):
        with pytest.raises(caffe.InvalidArgumentError, match="there are no images"):
            classifier.predict([], oversample)
    for name in ("cat.jpg", ["cat.jpg"], [Path("cat.jpg")]):
        with pytest.raises(caffe.InvalidArgumentError, match=r"caffe\.io\.load_image"):
            classifier.predict(name)
    one = classifier.predict(images[1:2], oversample=False)
    np.testing.assert_allclose(one, found[1:2], rtol=1e-4)


def test_one_input_is_needed(tmp_path: Path, coloured: tuple[Path, Path]) -> None:
    path = tmp_path / "two.prototxt"
    path.write_text(
        'layer { name: "d" type: "Input" top: "a" top: "b" input_param { shape { dim: 1 } } }'
    )
    with pytest.raises(caffe.InvalidArgumentError, match="a, b"):
        caffe.Classifier(path, coloured[1])


def test_detector_windows(coloured: tuple[Path, Path], tmp_path: Path) -> None:
    detector = caffe.Detector(*coloured)
    image = np.random.RandomState(0).rand(20, 30, 3).astype(np.float32)
    windows = [(0, 0, 8, 8), (2, 3, 18, 27), (4, 4, 12, 12)]
    found = detector.detect_windows([(image, windows)])
    assert [one["window"] for one in found] == windows
    classifier = caffe.Classifier(*coloured)
    expected = classifier.predict([image[:8, :8], image[2:18, 3:27]], oversample=False)
    np.testing.assert_allclose(found[0]["prediction"], expected[0], rtol=1e-4)
    np.testing.assert_allclose(found[1]["prediction"], expected[1], rtol=1e-4)
    assert detector.detect_windows([]) == []


def test_detector_context_of_one_channel(small: Path, tmp_path: Path) -> None:
    path = tmp_path / "grey.prototxt"
    path.write_text(small.read_text().replace("dim: 4 dim: 2", "dim: 4 dim: 1"))
    caffe.Net(path, caffe.TEST).save(tmp_path / "w.caffemodel")
    detector = caffe.Detector(path, tmp_path / "w.caffemodel", context_pad=1)
    assert detector.crop(np.ones((40, 40, 1), np.float32), (10, 10, 30, 30)).shape == (8, 8, 1)


def test_detector_context(coloured: tuple[Path, Path]) -> None:
    detector = caffe.Detector(*coloured, mean=np.array([0.1, 0.2, 0.3]), context_pad=2)
    image = np.ones((40, 40, 3), np.float32)
    inside = detector.crop(image, (10, 10, 30, 30))
    np.testing.assert_allclose(inside, 1)
    corner = detector.crop(image, (0, 0, 4, 4))
    np.testing.assert_allclose(corner[0, 0], [0.1, 0.2, 0.3], rtol=1e-5)  # outside: the mean
    np.testing.assert_allclose(corner[4, 4], 1)
    with pytest.raises(caffe.InvalidArgumentError, match="context_pad"):
        detector.configure_crop(4)
