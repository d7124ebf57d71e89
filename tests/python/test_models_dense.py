"""models/: nets that segment and detect are, layer by layer, the published ones, and run."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import caffe
import caffe.zoo.layers
import numpy as np
import pytest
from google.protobuf import text_format

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from definitions import (
    DENSE,
    MODELS,
    assert_same,
    constants,
    parsed,
    without,
    without_fillers,
)
from schema_tool import SchemaTool, caffe_pb2

FCN = [folder for folder in DENSE if "-fcn" in folder]
RCNN = {"faster_rcnn_vgg16": "VGG16", "faster_rcnn_zf": "ZF"}

# Definitions of models/, and the published ones.
PUBLISHED = {
    **{
        f"{folder}/{path.stem}": f"fcn/{folder}/{path.name}"
        for folder in FCN
        for path in (MODELS / folder).glob("*.prototxt")
        if path.stem != "deploy"
    },
    "voc-fcn8s/deploy": "fcn/voc-fcn8s/deploy.prototxt",
    "mobilenet_ssd/deploy": "mobilenet_ssd/voc_MobileNetSSD_deploy.prototxt",
    "mobilenet_ssd/train": "mobilenet_ssd/train.prototxt",
    "mobilenet_ssd/test": "mobilenet_ssd/voc_MobileNetSSD_test.prototxt",
    "mobilenet_ssd/solver": "mobilenet_ssd/voc_solver.prototxt",
    **{
        f"{folder}/{ours}": f"faster_rcnn/{name}_faster_rcnn_{theirs}"
        for folder, name in RCNN.items()
        for ours, theirs in {
            "deploy": "alt_opt/faster_rcnn_test.pt",
            "rpn_test": "alt_opt/rpn_test.pt",
            "train": "end2end/train.prototxt",
            "test": "end2end/test.prototxt",
            "solver": "end2end/solver.prototxt",
        }.items()
    },
}
# Paths of the folder that a file was published in; and py-faster-rcnn counts iterations elsewhere.
MOVED = {"train_net", "test_net", "snapshot_prefix", "source", "label_map_file", "solver_mode"}
COUNTED_ELSEWHERE = {"faster_rcnn_vgg16/solver", "faster_rcnn_zf/solver"}
# What has no meaning in phase TEST was not kept up where it is published.
ONLY_LAYERS = {"faster_rcnn_vgg16/test", "faster_rcnn_zf/test"}

SSD300_WEIGHTS = 26_285_486  # as counted in PyTorch's

# How many classes the FCNs tell apart.
CLASSES = {"voc": 21, "pascalcontext": 60, "nyud": 40}


@pytest.fixture(scope="module")
def tool() -> Iterator[SchemaTool]:
    tool = SchemaTool()
    yield tool
    tool.close()


def read(path: Path) -> Any:
    return text_format.Parse(path.read_text(), caffe_pb2.NetParameter())


def from_root(net: Any) -> Any:
    """With the data's paths from the project's root, from wherever they are."""
    for layer in net.layer:
        param = layer.python_param
        param.param_str = param.param_str.replace("../", "")
    return net


def without_learning(net: Any) -> Any:
    """Without what matters to training only."""
    kept = [layer for layer in net.layer if layer.type != "Dropout"]
    for layer in kept:
        layer.ClearField("param")
        for param in (layer.convolution_param, layer.inner_product_param):
            param.ClearField("weight_filler")
            param.ClearField("bias_filler")
    return caffe_pb2.NetParameter(name=net.name, layer=kept)


@pytest.mark.parametrize("name", PUBLISHED)
def test_models_are_the_published_ones(name: str, tool: SchemaTool, shared: Path) -> None:
    paths = MODELS / f"{name}.prototxt", shared / "zoo" / "models" / PUBLISHED[name]
    moved = MOVED | ({"max_iter"} if name in COUNTED_ELSEWHERE else set())
    ours, published = (without(parsed(tool, path), moved) for path in paths)
    if "solver" not in name:
        ours, published = from_root(ours), from_root(published)
    if name in ONLY_LAYERS:
        ours, published = without_learning(ours), without_learning(published)
    assert_same(ours, published)


def test_every_published_fcn_is_there(shared: Path) -> None:
    folders = {path.parent for path in (shared / "zoo/models/fcn").glob("*/solver.prototxt")}
    assert {folder.name for folder in folders} == {*FCN}


@pytest.mark.parametrize("folder", FCN)
def test_deploy_nets_of_fcn_are_those_for_tests(folder: str) -> None:
    """Between data and loss; without dropout, as the one that was published."""
    deploy, test = (
        read(next(path for name in names for path in (MODELS / folder).glob(f"{name}.prototxt")))
        for names in (("deploy",), ("val", "test"))
    )
    dropped = ("Python", "Dropout", "SoftmaxWithLoss")
    expected = [layer for layer in test.layer if layer.type not in dropped]
    assert deploy.layer[0].type == "Input"
    assert list(deploy.layer[0].top) == list(test.layer[0].top)[: len(deploy.layer[0].top)]
    assert list(deploy.layer[1:]) == expected


@pytest.mark.parametrize("folder", FCN)
def test_fcn_scores_every_pixel(folder: str) -> None:
    net = caffe.Net(MODELS / folder / "deploy.prototxt", caffe.TEST)
    height, width = 40, 56
    for name in net.inputs:
        net.blobs[name].reshape(1, net.blobs[name].shape[1], height, width)
    net.reshape()
    shapes = {name: top.shape for name, top in net.forward().items()}
    expected = {"score": CLASSES.get(folder.split("-")[0])}
    if folder.startswith("siftflow"):
        expected = {"score_sem": 33, "score_geo": 3}
    assert shapes == {name: (1, count, height, width) for name, count in expected.items()}


def test_ssd300_has_as_many_weights_as_published_and_finds_objects() -> None:
    net = caffe.Net(MODELS / "ssd300_voc" / "deploy.prototxt", caffe.TEST)
    assert sum(b.count for blobs in net.params.values() for b in blobs) == SSD300_WEIGHTS
    assert net.blobs["mbox_priorbox"].shape == (1, 2, 4 * 8732)
    # Nothing is learned yet: all classes are as likely, and more so than the threshold.
    found = net.forward()["detection_out"].reshape(-1, 7)
    assert found.shape == (200, 7)
    np.testing.assert_allclose(found[:, 2], 1 / 21, rtol=1e-5)
    assert set(found[:, 1]) <= set(range(1, 21))


def test_mobilenet_ssd_finds_objects() -> None:
    net = caffe.Net(MODELS / "mobilenet_ssd" / "deploy.prototxt", caffe.TEST)
    assert net.blobs["mbox_priorbox"].shape == (1, 2, 4 * 1917)
    # A class is taken for sure by its bias, at each place of one map.
    bias = net.params["conv17_2_mbox_conf"][1].data
    bias[15] = 10
    found = net.forward()["detection_out"].reshape(-1, 7)
    assert set(found[:, 1]) == {15} and (found[:, 2] > 0.9).all()


@pytest.mark.parametrize("file", ["deploy", "rpn_test", "test"])
@pytest.mark.parametrize("folder", RCNN)
def test_faster_rcnn_proposes_and_names(folder: str, file: str, stand_ins: None) -> None:
    path = MODELS / folder / f"{file}.prototxt"
    net = caffe.Net(path, caffe.TEST)
    net.blobs["im_info"].data[:] = [224, 224, 1]  # height, width, scale
    found = net.forward()
    regions = len(net.blobs["rois"].data)
    shapes = {name: top.shape for name, top in found.items()}
    if file == "rpn_test":
        assert shapes == {"rois": (regions, 5), "scores": (regions, 1)}
    else:
        assert shapes == {"cls_prob": (regions, 21), "bbox_pred": (regions, 84)}
        np.testing.assert_allclose(found["cls_prob"].sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("folder", DENSE)
def test_python_layers_are_there(folder: str, stand_ins: None) -> None:
    for path in (MODELS / folder).glob("*.prototxt"):
        if "solver" not in path.name:
            for layer in read(path).layer:
                if layer.type == "Python":
                    module = importlib.import_module(layer.python_param.module)
                    assert issubclass(getattr(module, layer.python_param.layer), caffe.Layer)


# Phases of the definitions that have a data layer.
PHASES = {"train": caffe.TRAIN, "trainval": caffe.TRAIN, "val": caffe.TEST, "test": caffe.TEST}
TRAINED = [
    f"{folder}/{file}"
    for folder in DENSE
    for file in PHASES
    if (MODELS / folder / f"{file}.prototxt").is_file() and (folder not in RCNN or file == "train")
]
# Shapes of images, and of what is said of them.
ONE = (1, 1, 64, 64)
IMAGE = (1, 3, 64, 64)
SHAPES = {
    **dict.fromkeys(("data", "color", "hha"), IMAGE),
    **dict.fromkeys(("depth", "label", "sem", "geo"), ONE),
    "im_info": (1, 3),
    "gt_boxes": (1, 5),
}
SSD_SHAPES = {"data": (1, 3, 300, 300), "label": (1, 1, 1, 8)}


@pytest.mark.parametrize("name", TRAINED)
def test_training_nets_stand(name: str, stand_ins: None) -> None:
    """And give the deploy net its weights."""
    folder, file = name.split("/")
    net = without_fillers(read(MODELS / f"{name}.prototxt"))
    shapes = SSD_SHAPES if "ssd" in folder else SHAPES
    constants(net.layer[0], *(shapes[top] for top in net.layer[0].top))
    built = caffe.Net.from_text(text_format.MessageToString(net), PHASES[file])
    ends = ("Loss", "Evaluate")
    scores = {top for layer in net.layer if layer.type.endswith(ends) for top in layer.top}
    assert scores and scores <= set(built.outputs)
    if folder == "mobilenet_ssd":  # whose deploy net wants them merged
        return
    deployed = "test" if folder in RCNN else "deploy"
    deploy = caffe.Net(MODELS / folder / f"{deployed}.prototxt", caffe.TEST)
    for layer, blobs in deploy.params.items():
        assert [blob.shape for blob in blobs] == [blob.shape for blob in built.params[layer]]
