"""R-CNN: files of windows that nets are trained on, and windows that are scored."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import caffe
import numpy as np
import pytest
from caffe.zoo.detection import boxes, voc
from examples_for_tests import EXAMPLES, load, run
from PIL import Image

# Three classes: how red, green and blue the middle of a window is; a fourth is always 0.
COLOURS = """
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 5 dim: 3 dim: 20 dim: 20 } } }
layer { name: "pool" type: "Pooling" bottom: "data" top: "pool"
  pooling_param { pool: AVE global_pooling: true } }
layer { name: "fc" type: "InnerProduct" bottom: "pool" top: "fc"
  inner_product_param { num_output: 4 bias_term: false } }
"""


@pytest.fixture
def detect() -> ModuleType:
    return load("rcnn/detect.py")


@pytest.fixture
def make_window_file() -> ModuleType:
    return load("rcnn/make_window_file.py")


@pytest.fixture
def colours(tmp_path: Path) -> tuple[object, ...]:
    """The arguments that name a net which tells colours."""
    definition, weights = tmp_path / "colours.prototxt", tmp_path / "colours.caffemodel"
    definition.write_text(COLOURS)
    net = caffe.Net(definition, caffe.TEST)
    net.params["fc"][0].data[:3] = np.eye(3)[::-1] / 100
    net.save(weights)
    return ("--definition", definition, "--weights", weights, "--context-pad", 0)


def write_csv(file: Path, name: str, windows: list[list[int]]) -> Path:
    rows = [f"{name}, {y0}, {x0}, {y1}, {x1}" for x0, y0, x1, y1 in windows]
    file.write_text("\n".join(["filename, ymin, xmin, ymax, xmax", *rows, ""]))
    return file


def test_windows_everywhere(detect: ModuleType) -> None:
    found = sys.modules["proposals"].everywhere(120, 80)
    assert (found[:, :2] >= 0).all()
    assert (found[:, 2] < 120).all()
    assert (found[:, 3] < 80).all()
    assert 200 < len(found) < 5000
    # Some window overlaps any object of a middling size and shape well.
    random = np.random.RandomState(0)
    for _ in range(50):
        side = random.uniform(30, 60, 2)
        corner = random.uniform(0, [120, 80] - side)
        box = np.concatenate([corner, corner + side])[np.newaxis]
        assert boxes.overlaps(found, box).max() > 0.45


def test_a_file_of_windows(
    make_window_file: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = voc.write_rectangles(tmp_path / "voc", 2)
    first = voc.read_folder(folder)[0]
    left, upper, right, lower = first["boxes"][0].astype(int)
    windows = [[left, upper, right + 1, lower + 1], [left, upper, (left + right) // 2, lower + 1]]
    given = write_csv(tmp_path / "w.csv", "elsewhere/000000.png", windows)
    out = tmp_path / "windows.txt"
    printed = run(
        make_window_file, monkeypatch, capsys, "--voc", folder, "--windows", given, "--out", out
    )
    lines = out.read_text().splitlines()
    count = len(first["boxes"])
    assert lines[:6] == ["# 0", first["image"], "3", "120", "160", str(count + 2)]
    rows = [line.split() for line in lines[6 : 8 + count]]
    for row, box, label in zip(rows, first["boxes"], first["gt_classes"]):
        assert [float(word) for word in row] == [label, 1, *box]
    assert rows[count][:2] == rows[0][:2]
    assert 0.4 < float(rows[count + 1][1]) < 0.6
    assert lines[8 + count] == "# 1"
    assert printed.startswith("images 2 ")


def test_a_net_is_trained_on_it(
    make_window_file: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What the layer WindowData shows for a class has its colour."""
    folder, out = voc.write_rectangles(tmp_path / "voc", 6), tmp_path / "windows.txt"
    run(make_window_file, monkeypatch, capsys, "--voc", folder, "--out", out)
    net = caffe.Net.from_text(
        f"""layer {{ name: "data" type: "WindowData" top: "data" top: "label"
          transform_param {{ crop_size: 16 }}
          window_data_param {{ source: "{out}" batch_size: 32 fg_threshold: 0.7 bg_threshold: 0.3
                               fg_fraction: 0.5 }} }}""",
        caffe.TRAIN,
        seed=1,
    )
    found = net.forward()
    labels = found["label"].astype(int)
    assert (labels > 0).sum() == 16
    for pixels, label in zip(found["data"], labels):
        if label:
            colour = pixels[::-1, 5:11, 5:11].mean(axis=(1, 2))
            assert np.abs(colour - voc.COLOURS[voc.CLASSES[label]]).max() < 45


def test_objects_are_drawn(
    detect: ModuleType,
    colours: tuple[object, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    image = np.full((60, 90, 3), 110, np.uint8)
    image[10:40, 10:40], image[20:50, 50:85] = (250, 100, 100), (100, 250, 100)
    Image.fromarray(image).save(tmp_path / "a.png")
    windows = [
        [10, 10, 40, 40],
        [12, 12, 42, 42],
        [50, 20, 85, 50],
        [0, 0, 90, 60],
        [45, 0, 60, 15],
    ]
    csv = write_csv(tmp_path / "w.csv", "folder/a.png", windows)
    (tmp_path / "names.txt").write_text("red\ngreen\nblue\nnothing\n")
    given = (*colours, "--names", tmp_path / "names.txt", "--background", 3)
    out = tmp_path / "found.png"
    printed = run(
        detect,
        monkeypatch,
        capsys,
        *(tmp_path / "a.png", *given, "--windows", csv, "--least", 1, "--out", out),
    )
    rows = [line.split() for line in printed.splitlines()[1:-1]]
    # The red window's neighbour overlaps it too much.
    assert sorted((row[5], *map(int, row[1:5])) for row in rows) == [
        ("green", 50, 20, 84, 49),
        ("red", 10, 10, 39, 39),
    ]
    assert float(rows[0][0]) >= float(rows[1][0]) > 1.1
    assert printed.splitlines()[-1].endswith("2 found in 5 windows")
    drawn = np.asarray(Image.open(out))
    assert (drawn[25, 10] == drawn[35, 10]).all()
    assert tuple(drawn[25, 10]) in caffe.vis.COLOURS
    # Without a file of windows the two are found all the same, about where they are.
    printed = run(
        detect,
        monkeypatch,
        capsys,
        *(tmp_path / "a.png", *given, "--least", 0.9, "--out", out),
    )
    places = {"red": [10, 10, 39, 39], "green": [50, 20, 84, 49]}
    for row in (line.split() for line in printed.splitlines()[1:-1]):
        place = np.array([row[1:5]], float)
        assert boxes.overlaps(place, np.array([places[row[5]]], float))[0, 0] > 0.1
    assert printed.count("red") > 0
    assert printed.count("green") > 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("filename,ymin,xmin,ymax\n", "w.csv: it has no column xmax"),
        ("filename,ymin,xmin,ymax,xmax\na.png,1,2,3,x\n", "w.csv:2: a window is four numbers"),
        (
            "filename,ymin,xmin,ymax,xmax\nb.png,1,2,3,4\n",
            "it has no windows of a.png, but of b.png",
        ),
    ],
)
def test_windows_that_are_none(
    detect: ModuleType,
    colours: tuple[object, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str,
    message: str,
) -> None:
    Image.new("RGB", (9, 9)).save(tmp_path / "a.png")
    (tmp_path / "w.csv").write_text(text)
    with pytest.raises(caffe.Error) as caught:
        run(
            detect,
            monkeypatch,
            capsys,
            *(tmp_path / "a.png", *colours, "--windows", tmp_path / "w.csv"),
        )
    assert message in str(caught.value)


def test_selective_search_where_it_is_not_installed(
    detect: ModuleType,
    colours: tuple[object, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, "selective_search_ijcv_with_python", None)
    Image.new("RGB", (9, 9)).save(tmp_path / "a.png")
    with pytest.raises(ImportError, match="give windows of your own"):
        run(
            detect,
            monkeypatch,
            capsys,
            tmp_path / "a.png",
            *colours,
            "--windows",
            "selective_search",
        )


def test_the_published_net_without_weights(
    detect: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("CAFFE_ZOO", raising=False)
    Image.fromarray(np.random.RandomState(0).randint(0, 256, (40, 50, 3)).astype(np.uint8)).save(
        tmp_path / "a.png"
    )
    with pytest.raises(
        caffe.NotFoundError, match="`caffe zoo download bvlc_reference_rcnn_ilsvrc13`"
    ):
        run(detect, monkeypatch, capsys, tmp_path / "a.png")
    csv = write_csv(tmp_path / "w.csv", "a.png", [[0, 0, 30, 30]])
    definition = EXAMPLES.parent / "models/bvlc_reference_rcnn_ilsvrc13/deploy.prototxt"
    given = ("--definition", definition, "--random", "--windows", csv, "--least", -1e9, "--most", 3)
    printed = run(
        detect, monkeypatch, capsys, tmp_path / "a.png", *given, "--out", tmp_path / "found.png"
    )
    assert printed.splitlines()[-1].endswith("3 found in 1 windows")
