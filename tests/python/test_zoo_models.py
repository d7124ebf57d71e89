"""The cards of models/: each is right in itself, fits the definitions beside it, and says what is
publicly known of the model."""

from __future__ import annotations

import hashlib
import re
import warnings
from pathlib import Path
from typing import Any

import caffe
import numpy as np
import pytest
from caffe.zoo import card, catalog

MODELS = Path(__file__).resolve().parents[2] / "models"
FOLDERS = sorted(path.parent.name for path in MODELS.glob("*/readme.md"))

# Rows of the collected facts whose folder there is another one, or none.
RENAMED = {
    "Bayesian SegNet": "bayesian_segnet",
    "DenseNet-121": "densenet121",
    "FCN-16s NYUDv2": "nyud-fcn16s-color-hha",
    "Faster R-CNN VGG16": "faster_rcnn_vgg16",
    "Faster R-CNN ZF": "faster_rcnn_zf",
    "Inception v3": "inception_v3",
    "MTCNN": "mtcnn",
    "MobileNet v2": "mobilenet_v2",
    "OpenPose BODY_25": "openpose_body_25",
    "OpenPose COCO": "openpose_coco",
    "SSD300 VGG16": "ssd300_voc",
    "SqueezeNet v1.0": "squeezenet_v1.0",
    "WeChat QR": "wechat_qrcode",
    "res10 face SSD": "res10_face_ssd",
}
# What the facts say in words: the shapes and means of several inputs, or of several nets.
IN_WORDS = {
    "nyud-fcn32s-color-hha": [
        card.Input("color", [1, 3, 0, 0], "BGR", [116.19, 97.203, 92.318]),
        card.Input("hha", [1, 3, 0, 0], None, [132.431, 94.076, 118.477]),
    ],
    "openpose_body_25": [card.Input("image", [1, 3, 0, 0], mean=128, scale=1 / 256)],
    "openpose_coco": [card.Input("image", [1, 3, 0, 0], mean=128, scale=1 / 256)],
    "wechat_qrcode": [card.Input("data", [1, 1, 384, 384], "gray")],
}
# A mean file there is no address of, or that is not all that is done.
NO_MEAN_FILE = {"nin_imagenet", "places205_googlenet", "places_cnds8", "facial_landmark_vanillacnn"}


def read(folder: str) -> card.ModelCard:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return card.read(MODELS / folder)


# By themselves


def test_all_models_have_cards() -> None:
    with_files = {path.parent.name for path in MODELS.glob("*/*.prototxt")}
    assert with_files <= set(FOLDERS)
    assert len(FOLDERS) >= 81


@pytest.mark.parametrize("folder", FOLDERS)
def test_nothing_is_wrong_with_the_card(folder: str) -> None:
    one = read(folder)
    assert one.card == 2
    assert one.validate() == []
    assert len(one.prose.split()) > 30, "says hardly anything"


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_card_is_written_back_as_it_is(folder: str, tmp_path: Path) -> None:
    one = read(folder)
    data = (MODELS / folder / "readme.md").read_bytes()
    assert one.text().encode() == data
    one._front = None  # as if it had been made, not read
    assert one.text().encode() == data


@pytest.mark.parametrize("folder", FOLDERS)
def test_names_in_capitals_are_one_name_on_some_disks(folder: str) -> None:
    names = [one.name.lower() for one in read(folder).files]
    ours = [path.name.lower() for path in (MODELS / folder).glob("*.prototxt")]
    assert len({*names, *ours}) == len(names) + len(ours), "a download would replace a file of ours"


def test_old_readers_find_their_keys() -> None:
    yaml = pytest.importorskip("yaml")
    for folder in FOLDERS:
        one = read(folder)
        text = (MODELS / folder / "readme.md").read_text()
        values = yaml.safe_load(text.split("---\n")[1])
        for key in ("name", "caffemodel", "caffemodel_url", "license", "sha1", "caffe_commit"):
            assert values.get(key) == getattr(one, key), f"{folder}: {key}"


@pytest.mark.parametrize(
    "folder", [one for one in FOLDERS if (MODELS / one / "deploy.prototxt").is_file()]
)
def test_inputs_are_those_of_the_definition(folder: str, quiet: None) -> None:
    one = read(folder)
    if any(name.startswith("rpn.") for name in one.trusted_layers):
        text = (MODELS / folder / "deploy.prototxt").read_text()
        assert all(f'top: "{each.name}"' in text for each in one.inputs)
        return
    options = {"dialect": one.dialect} if one.dialect else {}
    net = caffe.Net(str(MODELS / folder / "deploy.prototxt"), caffe.TEST, **options)
    assert {each.name for each in one.inputs} <= set(net.inputs)
    for each in one.inputs:
        shape = tuple(net.blobs[each.name].shape)
        for wanted, given in zip((each.shape or [])[1:], shape[1:]):
            assert wanted in (0, given), f"{each.name}: {each.shape}, {shape}"
    if isinstance(one.labels, list) and one.task == "image classification":
        (output,) = net.outputs
        assert len(one.labels) == net.blobs[output].shape[1]


# With weights

# Those of SqueezeNet are the published ones, rounded to 16 bits.
WEIGHTS = {
    "cifar10_full": "cifar10_full_hdf5_snapshot/cifar10_full_iter_100000.caffemodel.h5",
    "cifar10_quick": "cifar10_quick_hdf5_snapshot/cifar10_quick_iter_5000.caffemodel.h5",
    "lenet": "lenet_everpeace_v1format/lenet_iter_10000.caffemodel",
    "squeezenet_v1.1": "squeezenet_v1.1/squeezenet_v1.1_fp16.caffemodel",
}


def test_answers_are_expected_where_there_are_weights() -> None:
    assert {folder for folder in FOLDERS if read(folder).expected} == WEIGHTS.keys()


@pytest.mark.parametrize("folder", WEIGHTS)
def test_the_net_gives_the_expected_answer(folder: str, shared: Path) -> None:
    one, weights = read(folder), shared / "zoo" / "weights" / WEIGHTS[folder]
    assert one.expected is not None
    assert one.weights is not None
    if folder != "squeezenet_v1.1":
        assert one.weights.sha256 == hashlib.sha256(weights.read_bytes()).hexdigest()
    net = caffe.Net(MODELS / folder / "deploy.prototxt", caffe.TEST, weights=str(weights))
    data = as_input(one, MODELS / folder / one.expected.image, shared)
    net.blobs["data"].reshape(*data.shape)
    scores = net.forward(data=data)[one.expected.output].ravel()
    for score in one.expected.top:
        assert scores.argmax() == score.index
        assert abs(scores[score.index] - score.value) <= one.expected.tolerance
        assert score.label in (one.labels if isinstance(one.labels, list) else lines(shared))


def as_input(one: card.ModelCard, image: Path, shared: Path) -> np.ndarray:
    """An image that has the size of the input already, as the card says."""
    how = one.inputs[0]
    pixels = caffe.io.load_image(str(image), color=how.order != "gray") * 255
    values = pixels[:, :, :: -1 if how.order == "BGR" else 1].transpose(2, 0, 1)
    mean = np.float32(0) if how.mean is None else np.float32(how.mean).reshape(-1, 1, 1)
    if how.mean_file is not None:
        mean = caffe.io.read_mean(
            shared / "zoo/weights/cifar10_quick_hdf5_snapshot" / how.mean_file
        )
    return ((values - mean) * (how.scale or 1))[None]


def lines(shared: Path) -> list[str]:
    return (shared / "data" / "ilsvrc12" / "synset_words.txt").read_text().splitlines()


# With the facts


@pytest.fixture(scope="module")
def facts(shared: Path) -> dict[str, dict[str, Any]]:
    yaml = pytest.importorskip("yaml")
    rows = yaml.safe_load((shared / "zoo" / "facts.yaml").read_text())
    return {
        RENAMED.get(row["name"]) or row.get("folder", row["name"]).rsplit("/", 1)[-1]: row
        for row in rows
    }


def test_every_row_has_a_card(facts: dict[str, dict[str, Any]]) -> None:
    assert len(facts) == 70
    assert facts.keys() <= set(FOLDERS)
    for folder, row in facts.items():
        assert read(folder).name == row["name"]
        assert read(folder).gist_id == row.get("gist_id")
        assert read(folder).caffe_commit == first_word(row.get("caffe_commit"))


def is_disputed(fact: dict[str, Any], key: str) -> bool:
    """Two models state one checksum: it would refuse the right file of one of them."""
    return "disputed" in str(fact["checksum_from"].get(key))


def test_files_are_the_known_ones(facts: dict[str, dict[str, Any]]) -> None:
    compared = 0
    for folder, row in facts.items():
        one = read(folder)
        for fact in row["files"]:
            if fact["name"].startswith("("):  # a page with several files, which the text names
                assert all(url in one.prose.replace("\n", " ") for url in fact["urls"])
                continue
            given = of_fact(one, fact)
            where = f"{folder}: {given.name}"
            for key in ("size", "sha256", "sha1", "md5"):
                if key in fact:
                    expected = None if is_disputed(fact, key) else fact[key]
                    assert getattr(given, key) == expected, f"{where}: {key}"
                    compared += 1
            known = [
                url
                for url in fact.get("urls", [])
                if not url.endswith(".zip") or given.role == "archive"
            ]
            assert set(known) <= {*given.urls, *given.pages}, where
            if given.name != "imagenet_mean.binaryproto":
                assert len(known) == len(given.urls) + len(given.pages), where
            assert [url for url in known if url in given.urls] == given.urls[: len(known)], where
    assert compared > 100


def of_fact(one: card.ModelCard, fact: dict[str, Any]) -> card.ModelFile:
    """The file of a card: that with an address of the fact, else that of its name."""
    urls = set(fact.get("urls", []))
    by_url = [each for each in one.files if urls & {*each.urls, *each.pages}]
    by_name = [each for each in one.files if each.name == fact["name"]]
    found = [each for each in by_url if each in by_name] or by_url or by_name
    assert len(found) == 1, f"{one.name}: {fact['name']}: {[each.name for each in found]}"
    return found[0]


def test_inputs_are_the_known_ones(facts: dict[str, dict[str, Any]]) -> None:
    for folder, row in facts.items():
        one, fact = read(folder), row.get("input")
        if folder in IN_WORDS:
            assert one.inputs == IN_WORDS[folder]
            continue
        if fact is None:
            assert one.inputs == []
            continue
        names = fact.get("blob", "data").split(", ")
        assert [each.name for each in one.inputs] == names[: len(one.inputs)], folder
        first, where = one.inputs[0], f"{folder}: {fact}"
        free = fact.get("resize", "").startswith("none")
        if isinstance(fact.get("shape"), list) and not free:
            assert first.shape == fact["shape"], where
        elif free:
            assert first.shape == [1, 3, 0, 0], where
        assert first.mean == fact.get("mean"), where
        assert first.order == first_word(fact.get("order")), where
        assert number(first.scale) == number(fact.get("scale")), where
        mean_file = fact.get("mean_file")
        if mean_file is not None and folder not in NO_MEAN_FILE:
            assert first.mean_file is not None, where
            assert first.mean_file.partition(".")[0].split("_VGG")[0] in mean_file, where
        if folder in NO_MEAN_FILE:
            assert first.mean_file is None, where
        assert in_words(first.resize) == resize_of(fact.get("resize", "")), where
        assert first.crop == crop_of(fact.get("crop")), where


def first_word(text: str | None) -> str | None:
    return text.partition(" ")[0] if text else None


def number(scale: object) -> float:
    """A scale, which some facts have as a fraction; none is 1."""
    if isinstance(scale, str):
        top, bottom = scale.partition(" ")[0].split("/")
        return float(top) / float(bottom)
    return float(scale or 1)  # type: ignore[arg-type]


def in_words(resize: object) -> list[int]:
    return list(resize.values()) if isinstance(resize, dict) else list(resize or [])  # type: ignore[call-overload]


def resize_of(text: str) -> list[int]:
    """The numbers of a size that is said in words; none where the net takes any."""
    if text.startswith(("none", "evaluated", "image pyramid", "mean of", "VGG-16")):
        return []
    numbers = [int(each) for each in re.findall(r"\d+", text)]
    return numbers[:2] if "x" in text.partition(" ")[0] or "longest" in text else numbers[:1]


def crop_of(crop: object) -> int | None:
    """A crop; one that only training does is none of the deployed net."""
    if isinstance(crop, str):
        return int(crop.split()[-1]) if crop.startswith("center") else None
    return crop  # type: ignore[return-value]


def test_metrics_are_the_known_ones(facts: dict[str, dict[str, Any]]) -> None:
    for folder, row in facts.items():
        texts = " ".join(str(fact["value"]) for fact in row.get("metrics", []))
        known = {float(each) for each in re.findall(r"\d+(?:\.\d+)?", texts)}
        for metric in read(folder).metrics:
            (value,) = re.findall(r"\d+(?:\.\d+)?", str(metric.value))
            assert float(value) in known, f"{folder}: {metric}"
        assert bool(read(folder).metrics) == bool(row.get("metrics")), folder


def test_the_catalog_finds_them_by_what_they_do() -> None:
    found = {one.folder.name for one in catalog.search("semantic segmentation") if one.folder}
    assert {"segnet", "crfasrnn", "voc-fcn8s", "parsenet"} <= found
    assert "bvlc_googlenet" not in found
