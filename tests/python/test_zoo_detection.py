"""Published detectors on real images: WeChat's QR codes with their super-resolution, and MTCNN's faces."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import caffe
import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """The area that two boxes (left, upper, right, lower) share, over that of both together."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    shared = np.maximum(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0).prod()
    return shared / ((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - shared)


# ---- QR codes


@pytest.fixture(scope="module")
def photo(shared: Path) -> np.ndarray:
    """A photo of a QR code, 384 x 384 grey values from 0 to 1."""
    path = shared / "conformance-forks/forks/nets/wechat_qrcode_detect/case.npz"
    if not path.exists():
        pytest.skip(f"there is no {path}")
    with np.load(path) as case:
        return case["in:data"][0, 0]


# Its printed square's left, upper, right and lower ends.
CODE = np.array([77, 79, 315, 299])


def wechat(shared: Path, name: str) -> caffe.Net:
    folder = shared / "zoo/weights/wechat_qrcode"
    return caffe.Net(folder / f"{name}.prototxt", caffe.TEST, weights=folder / f"{name}.caffemodel")


def codes(net: caffe.Net, image: np.ndarray) -> np.ndarray:
    """What the detector finds in a grey image: rows [score, left, upper, right, lower] in pixels."""
    height, width = image.shape
    net.blobs["data"].reshape(1, 1, height, width)
    net.blobs["data"].data[0, 0] = image
    rows = net.forward()["detection_output"][0, 0]
    return rows[rows[:, 1] == 1, 2:] * [1, width, height, width, height]


def test_qr_code_is_found_where_it_is(shared: Path, photo: np.ndarray) -> None:
    net = wechat(shared, "detect")
    ((score, *box),) = codes(net, photo)
    assert score > 0.99
    assert overlap(box, CODE) > 0.6
    # Turned by a quarter, and in a wider image.
    ((score, *box),) = codes(net, np.rot90(photo))
    assert score > 0.99
    assert overlap(box, [CODE[1], 384 - CODE[2], CODE[3], 384 - CODE[0]]) > 0.6
    ((score, *box),) = codes(net, np.pad(photo, ((0, 0), (0, 96)), mode="edge"))
    assert score > 0.9
    assert overlap(box, CODE) > 0.6


def test_there_is_no_qr_code_in_a_cat(shared: Path) -> None:
    cat = Image.open(shared / "data/images/cat.jpg").convert("L").resize((384, 384))
    assert len(codes(wechat(shared, "detect"), np.asarray(cat) / 255)) == 0


def test_super_resolution_sharpens_a_code(shared: Path, photo: np.ndarray) -> None:
    small = photo[80:300, 78:314].reshape(110, 2, 118, 2).mean(axis=(1, 3))
    net = wechat(shared, "sr")
    net.blobs["data"].reshape(1, 1, *small.shape)
    net.blobs["data"].data[0, 0] = small
    large = net.forward()["fc"][0, 0]
    assert large.shape == (219, 235)  # twice as many, but for the last row and column
    plain = np.asarray(Image.fromarray(small).resize((236, 220), Image.Resampling.BICUBIC))
    # The middle of the code: what is black or white in the photo is that again, and between them is
    # half as much grey as when the small photo is just enlarged.
    middle = np.s_[45:160, 60:190]
    wanted = photo[80:300, 78:314][middle]
    clear = (wanted < 0.25) | (wanted > 0.8)
    assert ((large[middle] > 0.5) == (wanted > 0.5))[clear].all()

    def grey(image: np.ndarray) -> float:
        return float(np.mean((image[middle] > 0.3) & (image[middle] < 0.75)))

    assert grey(large) < 0.6 * grey(plain)


# ---- faces


@pytest.fixture(scope="module")
def faces() -> ModuleType:
    path = ROOT / "examples/faces/find_faces.py"
    spec = importlib.util.spec_from_file_location("find_faces", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["find_faces"] = module  # dataclasses look there
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def mtcnn(shared: Path) -> Path:
    return shared / "zoo/weights/mtcnn_v1"


# The faces in the nets' own images, as one sees them, from left to right.
SEEN = {
    "test1.jpg": [[84, 8, 154, 106], [298, 82, 370, 174]],
    "test2.jpg": [[188, 84, 312, 264]],
}


@pytest.mark.parametrize("name", SEEN)
def test_faces_are_found_where_they_are(faces: ModuleType, mtcnn: Path, name: str) -> None:
    image = Image.open(mtcnn / "images" / name)
    found = sorted(faces.FaceFinder(mtcnn).find(image), key=lambda face: face.box[0])
    assert len(found) == len(SEEN[name])
    for face, seen in zip(found, SEEN[name]):
        assert face.score > 0.95
        assert overlap(face.box, seen) > 0.5
        left_eye, right_eye, nose, left_mouth, right_mouth = face.points
        assert (face.points > seen[:2]).all() and (face.points < seen[2:]).all()
        assert left_eye[0] < nose[0] < right_eye[0]
        assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])
        assert left_mouth[0] < right_mouth[0]


def test_there_is_no_face_in_noise(faces: ModuleType, mtcnn: Path) -> None:
    noise = np.random.RandomState(0).randint(0, 256, (90, 120, 3), np.uint8)
    assert faces.FaceFinder(mtcnn).find(Image.fromarray(noise)) == []


def test_faces_from_the_command_line(
    faces: ModuleType,
    mtcnn: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    image, picture = mtcnn / "images/test2.jpg", tmp_path / "faces.png"
    monkeypatch.setattr(
        sys, "argv", ["find_faces.py", str(image), "--models", str(mtcnn), "--out", str(picture)]
    )
    faces.main()
    ((_, *box),) = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert overlap([int(end) for end in box], SEEN["test2.jpg"][0]) > 0.5
    before, after = np.asarray(Image.open(image)), np.asarray(Image.open(picture))
    assert (before != after).any(axis=2).mean() > 0.001
