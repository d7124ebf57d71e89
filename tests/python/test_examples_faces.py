"""What is told of faces that MTCNN finds: five points with published weights, age and gender."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import caffe
import numpy as np
import pytest
from caffe.zoo import nets
from examples_for_tests import load, run, start
from PIL import Image


@pytest.fixture
def weights(shared: Path) -> Path:
    return shared / "zoo/weights"


@pytest.fixture
def landmarks() -> ModuleType:
    return load("landmarks/landmarks.py")


@pytest.fixture
def age_gender() -> ModuleType:
    return load("age_gender/age_gender.py")


def of_vanilla(weights: Path) -> tuple[object, ...]:
    folder = weights / "vanillacnn_facial_landmark"
    return (
        *("--definition", folder / "vanilla_deploy.prototxt"),
        *("--weights", folder / "vanillaCNN.caffemodel", "--faces", weights / "mtcnn_v1"),
    )


@pytest.mark.parametrize(
    ("name", "count", "error"),
    [
        ("zoo/weights/mtcnn_v1/images/test1.jpg", 2, 0.12),
        ("zoo/weights/mtcnn_v1/images/test2.jpg", 1, 0.12),
        ("data/images/imagenet/n04336792_stretcher.JPEG", 1, 0.25),
    ],
)
def test_points_are_where_another_net_sees_them(
    landmarks: ModuleType,
    weights: Path,
    quiet: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    count: int,
    error: float,
) -> None:
    """MTCNN finds points, too: VanillaCNN's are as near as its author says, in parts of the distance
    between the eyes; less so of a face that lies on its side."""
    image = weights.parents[1] / name
    out = tmp_path / "points.png"
    printed = run(landmarks, monkeypatch, capsys, image, *of_vanilla(weights), "--out", out)
    rows = [line.split()[1:] for line in printed.splitlines()[1:-1]]
    finder = sys.modules["find_faces"].FaceFinder(weights / "mtcnn_v1")
    faces = finder.find(Image.open(image).convert("RGB"))
    assert len(rows) == len(faces)
    sure = [(row, face) for row, face in zip(rows, faces) if face.score > 0.95]
    assert len(sure) == count
    for row, face in sure:
        points = np.array(row, float).reshape(5, 2)
        eyes = np.linalg.norm(face.points[0] - face.points[1])
        errors = np.linalg.norm(points - face.points, axis=1) / eyes
        assert errors.mean() < error
        assert errors.max() < 2 * error
        # They are drawn there.
        x, y = points[2].astype(int)
        near = np.asarray(Image.open(out))[y - 2 : y + 3, x - 2 : x + 3].reshape(-1, 3)
        assert (near == landmarks.RED).all(axis=1).sum() > 10


def test_squares_as_the_net_wants_them(landmarks: ModuleType) -> None:
    image = Image.new("RGB", (100, 80), (10, 20, 30))
    image.paste((110, 20, 30), (0, 0, 30, 80))
    square = np.array([10.0, 10, 50, 50])
    found = landmarks.prepared(image, square)
    assert found.shape == (3, 40, 40)
    np.testing.assert_allclose(found.mean(axis=(1, 2)), 0, atol=1e-4)
    assert found[2, 20, 5] == pytest.approx(1, abs=0.02)  # red, the last, is where it differs
    statistics = (np.full((40, 40, 3), (30, 20, 10)), np.full((40, 40, 3), 50))
    found = landmarks.prepared(image, square, statistics)
    assert found[:, 20, 5].tolist() == pytest.approx([0, 0, 2], abs=1e-4)


def test_images_of_means(
    landmarks: ModuleType,
    weights: Path,
    quiet: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    image = weights / "mtcnn_v1/images/test2.jpg"
    mean, deviation = tmp_path / "mean.png", tmp_path / "std.png"
    Image.new("RGB", (40, 40), (140, 110, 95)).save(mean)
    Image.new("RGB", (40, 40), (60, 55, 55)).save(deviation)
    given = (image, *of_vanilla(weights), "--out", tmp_path / "a.png", "--mean", mean)
    assert "1 faces" in run(landmarks, monkeypatch, capsys, *given, "--std", deviation)
    with pytest.raises(caffe.InvalidArgumentError, match="--mean and --std go together"):
        run(landmarks, monkeypatch, capsys, *given)
    with pytest.raises(caffe.ShapeError, match="is 450 x 431, expected 40 x 40"):
        run(landmarks, monkeypatch, capsys, *given, "--std", image)


def test_without_faces_or_weights(
    landmarks: ModuleType,
    age_gender: ModuleType,
    weights: Path,
    quiet: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("CAFFE_ZOO", raising=False)
    Image.new("RGB", (60, 50), (90, 90, 90)).save(tmp_path / "a.png")
    out = ("--out", tmp_path / "out.png")
    printed = run(landmarks, monkeypatch, capsys, tmp_path / "a.png", *of_vanilla(weights), *out)
    assert printed.splitlines()[-1].endswith("0 faces")
    for module, name, option in (
        (landmarks, "facial_landmark_vanillacnn", "--definition"),
        (age_gender, "agegender_age", "--age-definition"),
    ):
        with pytest.raises(caffe.NotFoundError, match=f"`caffe zoo download {name}` fetches it"):
            run(module, monkeypatch, capsys, tmp_path / "a.png", *out)
        # Weights can be drawn, a definition cannot.
        with pytest.raises(caffe.NotFoundError, match=rf", {option} names one you have$"):
            run(module, monkeypatch, capsys, tmp_path / "a.png", "--random", *out)
    faces = load("faces/find_faces.py")
    missing = pytest.raises(caffe.NotFoundError, match="`caffe zoo download mtcnn` fetches it")
    for module, given in ((faces, ()), (landmarks, of_vanilla(weights)[:-2])):
        with missing:
            run(module, monkeypatch, capsys, tmp_path / "a.png", *given)
    (tmp_path / "text.jpg").write_text("not an image")
    done = start("faces/find_faces.py", tmp_path / "text.jpg", "--models", weights / "mtcnn_v1")
    assert done.stderr.startswith("find_faces.py: ")
    assert "text.jpg" in done.stderr


# ---- age and gender


def test_faces_with_what_is_around_them(age_gender: ModuleType) -> None:
    values = np.zeros((100, 120, 3), np.uint8)
    values[..., 0] = np.arange(120)
    image = Image.fromarray(values)
    found = age_gender.prepared(image, np.array([40.0, 40, 60, 60]), np.array([1.0, 2, 3]))
    assert found.shape == (3, 227, 227)
    assert (found[0] == -1).all()
    assert (found[1] == -2).all()
    # 32 pixels about column 50, of which 227 of 256 parts are seen.
    assert found[2, 0, 113] + 3 == pytest.approx(49.5, abs=0.6)
    assert found[2, 0, 0] + 3 == pytest.approx(49.5 - 16 * 227 / 256, abs=0.6)
    # At the left edge the first column goes on.
    found = age_gender.prepared(image, np.array([0.0, 40, 20, 60]), np.zeros((3, 256, 256)))
    assert (found[2, :, :30] == 0).all()


def test_the_likeliest_labels(age_gender: ModuleType) -> None:
    net = caffe.Net.from_text(
        """
        layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 2 dim: 2 } } }
        layer { name: "pool" type: "Pooling" bottom: "data" top: "pool"
          pooling_param { pool: AVE global_pooling: true } }
        layer { name: "flat" type: "Flatten" bottom: "pool" top: "flat" }
        layer { name: "prob" type: "Softmax" bottom: "flat" top: "prob" }""",
        caffe.TEST,
    )
    data = np.zeros((2, 3, 2, 2), np.float32)
    data[0, 2], data[1, 0] = 5, 1
    first, second = age_gender.guesses(nets.Opened(net, None), data)
    assert (first.label, second.label) == ("2", "0")
    assert first.probability == pytest.approx(np.exp(5) / (np.exp(5) + 2), rel=1e-4)


def test_published_nets_run(
    age_gender: ModuleType,
    shared: Path,
    weights: Path,
    quiet: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With random weights, their labels are those of their cards."""
    models, out = shared / "zoo/models", tmp_path / "guesses.png"
    image = weights / "mtcnn_v1/images/test1.jpg"
    given = ("--faces", weights / "mtcnn_v1", "--random", "--out", out)
    for kind in ("age", "gender"):
        given += (f"--{kind}-definition", models / f"agegender_{kind}/deploy.prototxt")
    lines = run(age_gender, monkeypatch, capsys, image, *given).splitlines()
    assert len(lines) == 4
    for line in lines[1:3]:
        assert line[6:].startswith("(")
        assert "Male" in line or "Female" in line
    before, after = (np.asarray(Image.open(one)) for one in (image, out))
    assert (before != after).any(axis=2).mean() > 0.005


def test_means_of_another_size(age_gender: ModuleType, tmp_path: Path) -> None:
    caffe_mean = caffe.Blob(1, 3, 8, 8)
    caffe_mean.save(tmp_path / "mean.binaryproto")
    with pytest.raises(caffe.ShapeError, match="expected 3 x 256 x 256"):
        age_gender.mean_of(nets.Opened(None, None), tmp_path / "mean.binaryproto")
    assert age_gender.mean_of(nets.Opened(None, None), None).tolist() == list(age_gender.MEAN)
