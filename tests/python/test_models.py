"""models/ and examples/: their definitions are the recipes' and, layer by layer, the published."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import caffe
import pytest
from google.protobuf import text_format

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from schema_tool import ROOT, SchemaTool, caffe_pb2

MODELS = ROOT / "models"
RECIPES = MODELS / "recipes"
DEPLOYED = sorted(path.parent.name for path in MODELS.glob("*/deploy.prototxt"))
TRAINED = sorted(path.parent.name for path in MODELS.glob("*/train_val.prototxt"))

# Definitions of models/, and the published ones beside the checkout.
EXAMPLES = "bvlc_examples/"
PUBLISHED = {
    "lenet/deploy": EXAMPLES + "mnist/lenet",
    "lenet/train_val": EXAMPLES + "mnist/lenet_train_test",
    "lenet/solver": EXAMPLES + "mnist/lenet_solver",
    "cifar10_full/deploy": EXAMPLES + "cifar10/cifar10_full",
    "cifar10_full/train_val": EXAMPLES + "cifar10/cifar10_full_train_test",
    "cifar10_full/solver": EXAMPLES + "cifar10/cifar10_full_solver",
    "bvlc_reference_caffenet/deploy": "bvlc_reference_caffenet/deploy",
    "bvlc_reference_caffenet/train_val": "bvlc_reference_caffenet/train_val",
    "bvlc_reference_caffenet/solver": "bvlc_reference_caffenet/solver",
    "bvlc_googlenet/deploy": "bvlc_googlenet/deploy",
    "bvlc_googlenet/train_val": "bvlc_googlenet/train_val",
    "bvlc_googlenet/solver": "bvlc_googlenet/solver",
    "vgg_ilsvrc_16/deploy": "vgg_ilsvrc_16/VGG_ILSVRC_16_layers_deploy",
    "resnet_50/deploy": "resnet_50/deploy",
    "squeezenet_v1.1/deploy": "squeezenet_v1.1/deploy",
    "squeezenet_v1.1/train_val": "squeezenet_v1.1/train_val",
    "squeezenet_v1.1/solver": "squeezenet_v1.1/solver",
    "mobilenet_v1/deploy": "mobilenet_v1/deploy",
}
# Models whose published solvers name other places.
MOVED = {"lenet", "cifar10_full", "squeezenet_v1.1"}

# What the deploy nets put out for one image, where that is not 1000 probabilities.
OUTPUTS = {
    "lenet": {"prob": (1, 10)},
    "cifar10_full": {"prob": (1, 10)},
}


@pytest.fixture(scope="module")
def tool() -> Iterator[SchemaTool]:
    tool = SchemaTool()
    yield tool
    tool.close()


def parsed(tool: SchemaTool, path: Path) -> Any:
    """A net or a solver, in today's form."""
    kind = "SolverParameter" if "solver" in path.name else "NetParameter"
    text = tool("upgraded_text", kind, path.read_bytes()).decode()
    return text_format.Parse(text, getattr(caffe_pb2, kind)())


def assert_same_net(ours: Any, published: Any) -> None:
    assert [layer.name for layer in ours.layer] == [layer.name for layer in published.layer]
    for layer, expected in zip(ours.layer, published.layer):
        assert layer == expected
    assert ours == published


def assert_same(ours: Any, published: Any, moved: bool) -> None:
    if isinstance(ours, caffe_pb2.NetParameter):
        assert_same_net(ours, published)
        return
    # Where they run differs; where they are, too, if they moved.
    for field in ("solver_mode", *(("net", "snapshot_prefix") if moved else ())):
        ours.ClearField(field)
        published.ClearField(field)
    assert_same_net(ours.net_param, published.net_param)
    assert ours == published


def test_files_are_what_the_recipes_write() -> None:
    command = [sys.executable, RECIPES / "write.py", "--check"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_recipe_writes_files() -> None:
    written = [*MODELS.glob("*/*.prototxt"), *ROOT.glob("examples/*/*.prototxt")]
    firsts = (
        re.match(r"# Written by models/recipes/(\w+)\.py\.\n", f.read_text()) for f in written
    )
    recipes = {path.stem for path in RECIPES.glob("*.py")} - {"blocks", "write"}
    assert {first[1] for first in firsts if first} == recipes


@pytest.mark.parametrize("ours", PUBLISHED)
def test_models_are_the_published_ones(ours: str, tool: SchemaTool, shared: Path) -> None:
    definition = parsed(tool, MODELS / f"{ours}.prototxt")
    published = parsed(tool, shared / "zoo" / "models" / f"{PUBLISHED[ours]}.prototxt")
    assert_same(definition, published, moved=ours.split("/")[0] in MOVED)


@pytest.mark.parametrize("folder", DEPLOYED)
def test_deploy_nets_run(folder: str) -> None:
    net = caffe.Net(MODELS / folder / "deploy.prototxt", caffe.TEST)
    net.blobs["data"].reshape(1, *net.blobs["data"].shape[1:])
    net.reshape()
    found = net.forward()
    shapes = {name: tuple(n for n in blob.shape if n > 1) for name, blob in found.items()}
    expected = OUTPUTS.get(folder, {"prob": (1, 1000)})
    assert shapes == {name: tuple(n for n in shape if n > 1) for name, shape in expected.items()}


def with_constants(net: Any, image: list[int]) -> Any:
    """For the databases; the fillers are left out, which only take time."""
    for layer in net.layer:
        for param in (layer.convolution_param, layer.inner_product_param):
            param.ClearField("weight_filler")
        if layer.type == "Data":
            layer.type = "DummyData"
            for shape in ([2, *image], [2])[: len(layer.top)]:
                layer.dummy_data_param.shape.add(dim=shape)
    return net


@pytest.mark.parametrize("phase", [caffe.TRAIN, caffe.TEST])
@pytest.mark.parametrize("folder", TRAINED)
def test_training_nets_stand(folder: str, phase: int) -> None:
    """And give the deploy net its weights."""
    deploy = caffe.Net(MODELS / folder / "deploy.prototxt", caffe.TEST)
    net = caffe_pb2.NetParameter()
    text_format.Parse((MODELS / folder / "train_val.prototxt").read_text(), net)
    with_constants(net, list(deploy.blobs["data"].shape[1:]))
    built = caffe.Net.from_text(text_format.MessageToString(net), phase)
    losses = {top for layer in net.layer if "Loss" in layer.type for top in layer.top}
    assert losses and losses <= set(built.outputs)
    for name, blobs in deploy.params.items():
        assert [blob.shape for blob in blobs] == [blob.shape for blob in built.params[name]]
