"""caffe.load: models with a card, from images of every kind to labels."""

from __future__ import annotations

import http.server
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import caffe
import numpy as np
import pytest

pytest.importorskip("yaml")
pytest.importorskip("jsonschema")
Pillow = pytest.importorskip("PIL.Image")

# Blue, green and red go to the three classes as they are.
COLORS = """
name: "colors"
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 1 dim: 1 } } }
layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
        inner_product_param { num_output: 3 bias_term: false } }
"""
CARD = """---
name: Colors
caffemodel: colors.caffemodel
card: 2
task: image classification
inputs:
- {name: data, shape: [1, 3, 1, 1], order: BGR, mean: [10, 20, 30], scale: 2}
labels: [blue, green, red]
expected: {image: red.png, output: ip, top: [{index: 2, value: 450}]}
---
"""
RED = np.full((1, 1, 3), (255, 128, 0), np.uint8)  # RGB
BLUE = np.full((1, 1, 3), (0, 20, 250), np.uint8)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("CAFFE_ZOO", str(tmp_path / "zoo"))
    monkeypatch.delenv("CAFFE_OFFLINE", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model that answers which colour there is most of."""
    path = tmp_path / "zoo" / "colors"
    path.mkdir(parents=True)
    net = caffe.Net.from_text(COLORS)
    net.params["ip"][0].data[...] = np.eye(3)
    net.save(path / "colors.caffemodel")
    (path / "deploy.prototxt").write_text(COLORS)
    (path / "readme.md").write_text(CARD)
    Pillow.fromarray(RED).save(path / "red.png")
    return path


@pytest.fixture
def model(folder: Path) -> caffe.Model:
    return caffe.load(folder)


def test_an_image_of_every_kind(model: caffe.Model, folder: Path) -> None:
    kinds = [
        folder / "red.png",
        str(folder / "red.png"),
        RED,
        RED.astype(np.int64),
        RED / 255,
        (RED / 255).astype(np.float32),
        RED.astype(np.float32),
        np.dstack([RED, np.full((1, 1), 7, np.uint8)]),
        Pillow.fromarray(RED),
        Pillow.fromarray(RED).convert("RGBA"),
    ]
    for image in kinds:
        found = model.predict(image)
        assert [(one.label, one.index, one.probability) for one in found] == [
            ("red", 2, 450.0),
            ("green", 1, 216.0),
            ("blue", 0, -20.0),
        ]
        assert (found.label, found.index, found.probability) == ("red", 2, 450.0)
    assert model.predict(RED[:, :, ::-1], order="BGR").probability == 450
    assert model.preprocess(RED).tolist() == [[[-20.0]], [[216.0]], [[450.0]]]
    assert model.preprocess(np.full((1, 1), 0.25)).ravel().tolist() == [107.5, 87.5, 67.5]


def test_several_images(model: caffe.Model, folder: Path, tmp_path: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    for name, image in (("b.png", BLUE), ("a.png", RED), (".c.png", BLUE)):
        Pillow.fromarray(image).save(images / name)
    (images / "notes.txt").write_text("no image")
    for several in (images, [images / "a.png", BLUE], np.stack([RED, BLUE]), iter([RED, BLUE])):
        found = model.predict(several, top=1)
        assert [one.label for one in found] == ["red", "blue"]
        assert all(len(one) == 1 for one in found)
    assert [one.label for one in model.predict([RED, BLUE] * 5, batch_size=3)] == [
        "red",
        "blue",
    ] * 5
    assert model.predict([]) == []
    assert model.net.blobs["data"].shape[0] in (1, 2, 3)


def test_results_are_shown_as_tables(model: caffe.Model, folder: Path) -> None:
    assert repr(model.predict(folder / "red.png", top=2)) == (
        f"{folder}/red.png\n"
        "probability  index  label\n"
        "   450.0000      2  red\n"
        "   216.0000      1  green"
    )
    found = model.predict([RED, BLUE])
    assert repr(found) == (
        "image    probability  index  label\n"
        "image 0     450.0000      2  red\n"
        "image 1     480.0000      0  blue"
    )
    assert "<td" in found._repr_html_() and "red" in found[0]._repr_html_()


def test_what_the_card_says(model: caffe.Model) -> None:
    assert (model.name, model.task) == ("Colors", "image classification")
    assert model.labels == ["blue", "green", "red"]
    assert model.card.inputs[0].mean == [10, 20, 30]
    assert model.net.params["ip"][0].data.tolist() == np.eye(3).tolist()
    assert repr(model) == "<caffe.Model 'Colors': image classification>"
    net = model.net
    del model  # the net keeps what it needs
    assert net.forward()["ip"].shape == (1, 3)


def test_names_folders_and_cards(folder: Path) -> None:
    for where in ("colors", folder, folder / "readme.md"):
        assert caffe.load(where).predict(RED).label == "red"
    assert caffe.Model(folder).predict(RED).label == "red"
    with pytest.raises(caffe.NotFoundError, match="no model 'colour'.*did you mean 'colors'"):
        caffe.load("colour")
    with pytest.raises(caffe.NotFoundError, match="neither the folder"):
        caffe.load(folder / "none")


def test_images_that_are_none(model: caffe.Model, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for image, error, message in (
        (tmp_path / "none.png", caffe.FileError, r"none\.png"),
        (folder / "readme.md", caffe.ParseError, r"readme\.md"),
        (tmp_path / "empty", caffe.InvalidArgumentError, "no images in this folder"),
        (np.zeros((3, 5, 5)), caffe.ShapeError, r"3 x 5 x 5; the channels come first"),
        (np.zeros((5, 5, 2)), caffe.ShapeError, "expected an image H x W x 3.*5 x 5 x 2"),
        (np.zeros((0, 5, 3)), caffe.ShapeError, "0 x 5 x 3"),
        (np.full((1, 1, 3), 256), caffe.InvalidArgumentError, "from 0 to 255.*256 to 256"),
        (np.zeros((1, 1, 3), bool), caffe.InvalidArgumentError, "uint8 or floats, got bool"),
        (np.full((1, 1, 3), np.nan), caffe.InvalidArgumentError, "no numbers"),
        (7, caffe.InvalidArgumentError, "got int"),
        ([RED, np.zeros((5, 5, 2))], caffe.ShapeError, "image 1: expected an image"),
        ([RED, tmp_path / "none.png"], caffe.FileError, r"none\.png"),
    ):
        with pytest.raises(error, match=message):
            model.predict(image)
    with pytest.raises(caffe.InvalidArgumentError, match="order is 'GBR'"):
        model.predict(RED, order="GBR")
    with pytest.raises(caffe.InvalidArgumentError, match="batch_size is 0"):
        model.predict(RED, batch_size=0)
    with pytest.raises(caffe.InvalidArgumentError, match="the 0 largest"):
        model.predict(RED, top=0)
    assert model.predict(RED).label == "red"


def test_images_of_their_own_sizes(folder: Path) -> None:
    text = COLORS.replace("dim: 1 dim: 1 }", "dim: 4 dim: 4 }").replace(
        'layer { name: "ip"',
        'layer { name: "pool" type: "Pooling" bottom: "data" top: "pool" pooling_param { '
        'pool: AVE global_pooling: true } } layer { name: "ip"',
    )
    (folder / "deploy.prototxt").write_text(
        text.replace('bottom: "data" top: "ip"', 'bottom: "pool" top: "ip"')
    )
    (folder / "readme.md").write_text(CARD.replace("[1, 3, 1, 1]", "[1, 3, 0, 0]"))
    model = caffe.load(folder)
    images = [np.tile(one, (size, size + 1, 1)) for size in (2, 2, 5) for one in (RED, BLUE)]
    assert [one.label for one in model.predict(images)] == ["red", "blue"] * 3
    assert model.preprocess(images[-1]).shape == (3, 5, 6)


def test_the_example_is_run_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = []
    check = caffe.Model.check
    monkeypatch.setattr(caffe.Model, "check", lambda self: (runs.append(1), check(self)))
    caffe.load(folder)
    caffe.load(folder)
    assert len(runs) == 1
    card = (folder / "readme.md").read_text()
    (folder / "readme.md").write_text(card.replace("index: 2, value: 450", "index: 1, value: 450"))
    for _ in range(2):  # what was wrong is not remembered
        with pytest.raises(caffe.ParseError, match=r"red\.png the net.*answers 216 for value 1"):
            caffe.load(folder)
    assert len(runs) == 3
    with pytest.raises(caffe.NotFoundError, match="no example"):
        (folder / "readme.md").write_text("---\nname: a\ncaffemodel: colors.caffemodel\n---\n")
        caffe.Model(folder).check()


def test_checksums_are_verified(folder: Path) -> None:
    card = CARD.replace(
        "task:", "files: [{name: colors.caffemodel, sha1: " + "0" * 40 + "}]\ntask:"
    )
    (folder / "readme.md").write_text(card)
    with pytest.raises(caffe.FileError, match=r"colors\.caffemodel has sha1 .*caffe zoo download"):
        caffe.load(folder)
    assert caffe.load(folder, download=False).predict(RED).label == "red"


class _Server(http.server.SimpleHTTPRequestHandler):
    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        super().do_GET()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    (tmp_path / "served").mkdir()
    _Server.asked = []

    def handler(*args: object) -> _Server:
        return _Server(*args, directory=str(tmp_path / "served"))

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.delenv(name, raising=False)
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()
        thread.join()


def test_what_is_missing_is_downloaded(folder: Path, server: str, tmp_path: Path) -> None:
    card = CARD.replace("card: 2", f"caffemodel_url: {server}/colors.caffemodel\ncard: 2")
    (folder / "readme.md").write_text(card)
    shutil.move(str(folder / "colors.caffemodel"), tmp_path / "served")
    with pytest.raises(caffe.FileError, match=r"colors\.caffemodel: this file of the model is not"):
        caffe.load("colors", download=False)
    assert _Server.asked == []
    assert caffe.load("colors").predict(RED).label == "red"
    assert _Server.asked == ["/colors.caffemodel"]
    assert caffe.load("colors").predict(RED).label == "red"
    assert _Server.asked == ["/colors.caffemodel"]


def test_what_cannot_be_downloaded(folder: Path, server: str) -> None:
    (folder / "colors.caffemodel").unlink()
    with pytest.raises(caffe.FileError, match=r"not complete: .*colors\.caffemodel"):
        caffe.load("colors")
    card = CARD.replace("card: 2", f"caffemodel_url: {server}/none.caffemodel\ncard: 2")
    (folder / "readme.md").write_text(card)
    with pytest.raises(caffe.FileError, match="404"):
        caffe.load("colors")


def test_python_code_runs_only_when_it_is_trusted(folder: Path, monkeypatch) -> None:
    (folder / "sly.py").write_text("raise SystemError('it was run')\n")
    monkeypatch.syspath_prepend(str(folder))
    layer = 'layer { name: "p" type: "Python" bottom: "ip" top: "p" python_param { module: "sly" layer: "Sly" } }'
    (folder / "deploy.prototxt").write_text(COLORS + layer)
    with pytest.raises(
        caffe.UnsupportedError, match=r'layer "p" would run the Python code sly\.Sly'
    ):
        caffe.load(folder)
    with pytest.raises(SystemError, match="it was run"):
        caffe.load(folder, trust=True)
    (folder / "readme.md").write_text(CARD.replace("card: 2", "card: 2\ntrusted_layers: [sly.Sly]"))
    with pytest.raises(SystemError, match="it was run"):
        caffe.load(folder)


def test_options_are_the_nets(folder: Path) -> None:
    assert caffe.load(folder, backend="reference", threads=1).predict(RED).label == "red"
    with pytest.raises(caffe.ParseError, match="did you mean"):
        caffe.load(folder, thread=1)


def test_mistakes_are_warned_of(folder: Path) -> None:
    lines: list[str] = []
    caffe.set_log_callback(lines.append)
    try:
        model = caffe.load(folder)
        model.predict(RED / 255)
        assert not [line for line in lines if line.startswith("W")]
        model.predict(np.full((1, 1), 9, np.uint8))
        model.predict(np.full((1, 1), 9, np.uint8))
        assert [line for line in lines if "is grey" in line][0].startswith("W")
        assert len([line for line in lines if "is grey" in line]) == 1
    finally:
        caffe.set_log_callback(None)


# ---- a real one


@pytest.fixture
def squeezenet(shared: Path, tmp_path: Path) -> Path:
    """SqueezeNet's definition and card beside weights whose values were rounded to halves."""
    source = shared / "zoo/weights/squeezenet_v1.1"
    if not source.exists():
        pytest.skip("the weights are not there")
    path = tmp_path / "zoo/squeezenet"
    path.mkdir(parents=True)
    shutil.copy(source / "deploy.prototxt", path)
    (path / "net.caffemodel").symlink_to(source / "squeezenet_v1.1_fp16.caffemodel")
    shutil.copy(shared / "data/ilsvrc12/synset_words.txt", path)
    (path / "readme.md").write_text(
        "---\nname: SqueezeNet v1.1\ncaffemodel: net.caffemodel\ncard: 2\n"
        "task: image classification\ninputs:\n- name: data\n  shape: [10, 3, 227, 227]\n"
        "  order: BGR\n  mean: [104, 117, 123]\n  resize: [256, 256]\n  crop: 227\n"
        "labels: synset_words.txt\n---\n"
    )
    return path


WEIGHTS = "zoo/weights"


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("lenet", ["lenet_everpeace_v1format/lenet_iter_10000.caffemodel"]),
        (
            "cifar10_quick",
            [
                "cifar10_quick_hdf5_snapshot/cifar10_quick_iter_5000.caffemodel.h5",
                "cifar10_quick_hdf5_snapshot/mean.binaryproto",
            ],
        ),
        (
            "cifar10_full",
            [
                "cifar10_full_hdf5_snapshot/cifar10_full_iter_100000.caffemodel.h5",
                "cifar10_quick_hdf5_snapshot/mean.binaryproto",
            ],
        ),
    ],
)
def test_models_of_ours_answer_as_their_cards_say(
    name: str, files: list[str], shared: Path, tmp_path: Path, quiet: None
) -> None:
    folder = tmp_path / "zoo" / name
    shutil.copytree(Path(__file__).resolve().parents[2] / "models" / name, folder)
    for file in files:
        if not (shared / WEIGHTS / file).exists():
            pytest.skip("the weights are not there")
        (folder / Path(file).name).symlink_to(shared / WEIGHTS / file)
    try:
        model = caffe.load(name)  # checksums, and the example
    except caffe.UnsupportedError as failure:
        pytest.skip(str(failure))
    expected = model.card.expected
    assert expected is not None
    found = model.predict(folder / expected.image)
    assert found.index == expected.top[0].index
    assert found.label == expected.top[0].label


def test_the_card_of_squeezenet_and_weights_that_were_rounded(shared: Path, tmp_path: Path) -> None:
    weights = shared / WEIGHTS / "squeezenet_v1.1/squeezenet_v1.1_fp16.caffemodel"
    if not weights.exists():
        pytest.skip("the weights are not there")
    folder = tmp_path / "squeezenet"
    shutil.copytree(Path(__file__).resolve().parents[2] / "models/squeezenet_v1.1", folder)
    (folder / "squeezenet_v1.1.caffemodel").symlink_to(weights)
    caffe.Model(folder).check()
    with pytest.raises(caffe.FileError, match="caffe zoo download --force"):
        caffe.load(folder)


def test_squeezenet_names_photographs(squeezenet: Path, shared: Path) -> None:
    images = shared / "data/images/imagenet"
    labels = dict(line.split() for line in (images / "val.txt").read_text().splitlines())
    model = caffe.load("squeezenet", threads=1)
    found = model.predict([images / name for name in labels])
    right = [one.index == int(label) for one, label in zip(found, labels.values())]
    inside = [
        int(label) in [score.index for score in one] for one, label in zip(found, labels.values())
    ]
    assert sum(right) >= len(labels) // 2 and sum(inside) >= len(labels) * 3 // 4
    cat = model.predict(shared / "data/images/cat.jpg")
    assert "cat" in cat.label
    assert sum(score.probability for score in cat) <= 1


def test_squeezenet_is_fed_as_by_hand(squeezenet: Path, shared: Path) -> None:
    model = caffe.load("squeezenet", download=False)
    with Pillow.open(shared / "data/images/cat.jpg") as opened:
        pixels = np.asarray(opened.convert("RGB"))
    fed = model.preprocess(pixels)
    # Resized by another bilinear: the same to two grey levels almost everywhere.
    small = caffe.io.resize_image(pixels.astype(np.float32), (256, 256))
    by_hand = small[14:241, 14:241, ::-1].transpose(2, 0, 1) - np.array([[[104]], [[117]], [[123]]])
    assert fed.shape == (3, 227, 227)
    assert np.corrcoef(fed.ravel(), by_hand.ravel())[0, 1] > 0.98
    np.testing.assert_array_equal(fed, model.preprocess(pixels / 255))
    np.testing.assert_array_equal(fed, model.preprocess(pixels[:, :, ::-1], order="BGR"))
