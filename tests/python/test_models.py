"""The nets of models/: written by their recipes, and the published ones layer by layer."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import caffe
import pytest
from google.protobuf import text_format

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from schema_tool import ROOT, SchemaTool, caffe_pb2

MODELS = ROOT / "models"
FOLDERS = sorted(path.parent.name for path in MODELS.glob("*/deploy.prototxt"))

# Ours, and the published file beside the checkout.
EXAMPLES = "bvlc_examples/"
PUBLISHED = {
    "lenet/deploy": EXAMPLES + "mnist/lenet",
    "lenet/train_val": EXAMPLES + "mnist/lenet_train_test",
    "cifar10_full/deploy": EXAMPLES + "cifar10/cifar10_full",
    "cifar10_full/train_val": EXAMPLES + "cifar10/cifar10_full_train_test",
    "bvlc_reference_caffenet/deploy": "bvlc_reference_caffenet/deploy",
    "bvlc_reference_caffenet/train_val": "bvlc_reference_caffenet/train_val",
    "bvlc_googlenet/deploy": "bvlc_googlenet/deploy",
    "bvlc_googlenet/train_val": "bvlc_googlenet/train_val",
    "vgg_ilsvrc_16/deploy": "vgg_ilsvrc_16/VGG_ILSVRC_16_layers_deploy",
    "resnet_50/deploy": "resnet_50/deploy",
    "squeezenet_v1.1/deploy": "squeezenet_v1.1/deploy",
    "squeezenet_v1.1/train_val": "squeezenet_v1.1/train_val",
    "mobilenet_v1/deploy": "mobilenet_v1/deploy",
}
SOLVERS = {
    "lenet": EXAMPLES + "mnist/lenet_solver",
    "cifar10_full": EXAMPLES + "cifar10/cifar10_full_solver",
    "bvlc_reference_caffenet": "bvlc_reference_caffenet/solver",
    "bvlc_googlenet": "bvlc_googlenet/solver",
    "squeezenet_v1.1": "squeezenet_v1.1/solver",
}


@pytest.fixture(scope="module")
def tool() -> Iterator[SchemaTool]:
    tool = SchemaTool()
    yield tool
    tool.close()


def upgraded(tool: SchemaTool, path: Path) -> caffe_pb2.NetParameter:
    text = tool("upgraded_text", "NetParameter", path.read_bytes()).decode()
    return text_format.Parse(text, caffe_pb2.NetParameter())


def test_files_are_what_the_recipes_write() -> None:
    command = [sys.executable, MODELS / "recipes" / "write.py", "--check"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_recipe_has_its_folder() -> None:
    assert len(FOLDERS) == 8


@pytest.mark.parametrize("ours", PUBLISHED)
def test_layers_are_the_published_ones(ours: str, tool: SchemaTool, shared: Path) -> None:
    net = upgraded(tool, MODELS / f"{ours}.prototxt")
    published = upgraded(tool, shared / "zoo" / "models" / f"{PUBLISHED[ours]}.prototxt")
    assert [layer.name for layer in net.layer] == [layer.name for layer in published.layer]
    for layer, expected in zip(net.layer, published.layer, strict=True):
        assert layer == expected
    assert net.name == published.name


@pytest.mark.parametrize("folder", SOLVERS)
def test_solvers_are_the_published_ones(folder: str, shared: Path) -> None:
    paths = [
        MODELS / folder / "solver.prototxt",
        shared / "zoo" / "models" / f"{SOLVERS[folder]}.prototxt",
    ]
    messages = [text_format.Parse(path.read_text(), caffe_pb2.SolverParameter()) for path in paths]
    for message in messages:
        # Where they are, and where they run, differs.
        for field in ("net", "snapshot_prefix", "solver_mode"):
            message.ClearField(field)
    assert messages[0] == messages[1]


@pytest.mark.parametrize("folder", FOLDERS)
def test_deploy_nets_run(folder: str) -> None:
    net = caffe.Net(str(MODELS / folder / "deploy.prototxt"), caffe.TEST)
    net.blobs["data"].reshape(1, *net.blobs["data"].shape[1:])
    net.reshape()
    classes = 10 if folder in ("lenet", "cifar10_full") else 1000
    assert net.blobs["prob"].data.reshape(1, -1).shape == (1, classes)


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("phase", [caffe.TRAIN, caffe.TEST])
def test_training_nets_stand(folder: str, phase: int, tmp_path: Path) -> None:
    """With constants for the databases, and the fillers left out that only take time."""
    net = caffe_pb2.NetParameter()
    text_format.Parse((MODELS / folder / "train_val.prototxt").read_text(), net)
    for layer in net.layer:
        for param in (layer.convolution_param, layer.inner_product_param):
            param.ClearField("weight_filler")
        if layer.type == "Data":
            layer.type = "DummyData"
            side = layer.transform_param.crop_size or {"lenet": 28, "cifar10_full": 32}[folder]
            layer.dummy_data_param.shape.add(dim=[2, 1 if folder == "lenet" else 3, side, side])
            layer.dummy_data_param.shape.add(dim=[2])
    path = tmp_path / "net.prototxt"
    path.write_text(text_format.MessageToString(net))
    built = caffe.Net(str(path), phase)
    losses = {"bvlc_googlenet": {"loss1/loss1", "loss2/loss2", "loss3/loss3"}}
    assert losses.get(folder, {"loss"}) <= set(built.outputs)
    trained = {name for name, blobs in built.params.items() if blobs}
    deploy = caffe.Net(str(MODELS / folder / "deploy.prototxt"), caffe.TEST)
    assert set(deploy.params) <= trained
