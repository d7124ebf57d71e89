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
from definitions import (
    DENSE,
    MODELS,
    RECIPES,
    assert_same,
    constants,
    parsed,
    without,
    without_fillers,
    written,
)
from schema_tool import ROOT, SchemaTool, caffe_pb2

DEPLOYED = sorted({path.parent.name for path in MODELS.glob("*/deploy.prototxt")} - {*DENSE})
TRAINED = sorted(path.parent.name for path in MODELS.glob("*/train_val.prototxt"))

EXAMPLE_FILES = [
    path.relative_to(ROOT / "examples") for path, _ in written("examples/*/*.prototxt")
]

# Definitions of models/, and the published ones where those have other names.
PUBLISHED = {
    "bvlc_alexnet/deploy": None,
    "bvlc_alexnet/train_val": None,
    "bvlc_alexnet/solver": None,
    "bvlc_reference_caffenet/deploy": None,
    "bvlc_reference_caffenet/train_val": None,
    "bvlc_reference_caffenet/solver": None,
    "bvlc_reference_rcnn_ilsvrc13/deploy": None,
    "finetune_flickr_style/deploy": None,
    "finetune_flickr_style/train_val": None,
    "finetune_flickr_style/solver": None,
    "bvlc_googlenet/deploy": None,
    "bvlc_googlenet/train_val": None,
    "bvlc_googlenet/solver": None,
    "bvlc_googlenet/quick_solver": None,
    "vgg_ilsvrc_16/deploy": "vgg_ilsvrc_16/VGG_ILSVRC_16_layers_deploy",
    "vgg_ilsvrc_19/deploy": "vgg_ilsvrc_19/VGG_ILSVRC_19_layers_deploy",
    "resnet_50/deploy": None,
    "resnet_101/deploy": None,
    "resnet_152/deploy": None,
    "nin_imagenet/train_val": None,
    "nin_imagenet/solver": None,
    "nin_cifar10/train_val": None,
    "nin_cifar10/solver": None,
    "squeezenet_v1.1/deploy": None,
    "squeezenet_v1.1/train_val": None,
    "squeezenet_v1.1/solver": None,
    "mobilenet_v1/deploy": None,
    "lenet/deploy": "bvlc_examples/mnist/lenet",
    "lenet/train_val": "bvlc_examples/mnist/lenet_train_test",
    "lenet/solver": "bvlc_examples/mnist/lenet_solver",
    "mnist_autoencoder/train_val": "bvlc_examples/mnist/mnist_autoencoder",
    "mnist_autoencoder/solver": "bvlc_examples/mnist/mnist_autoencoder_solver",
    "mnist_siamese/deploy": "bvlc_examples/siamese/mnist_siamese",
    "mnist_siamese/train_val": "bvlc_examples/siamese/mnist_siamese_train_test",
    "mnist_siamese/solver": "bvlc_examples/siamese/mnist_siamese_solver",
    "cifar10_quick/deploy": "bvlc_examples/cifar10/cifar10_quick",
    "cifar10_quick/train_val": "bvlc_examples/cifar10/cifar10_quick_train_test",
    "cifar10_quick/solver": "bvlc_examples/cifar10/cifar10_quick_solver",
    "cifar10_quick/solver_lr1": "bvlc_examples/cifar10/cifar10_quick_solver_lr1",
    "cifar10_full/deploy": "bvlc_examples/cifar10/cifar10_full",
    "cifar10_full/train_val": "bvlc_examples/cifar10/cifar10_full_train_test",
    "cifar10_full/solver": "bvlc_examples/cifar10/cifar10_full_solver",
    "cifar10_full/solver_lr1": "bvlc_examples/cifar10/cifar10_full_solver_lr1",
    "cifar10_full/solver_lr2": "bvlc_examples/cifar10/cifar10_full_solver_lr2",
}
# Paths that a published file has, and ours has not: those of its author's machine, or of the
# folder that it was published in.
MOVED = {
    "nin_imagenet": {"source", "mean_file"},
    "nin_cifar10": {"source", "net", "snapshot_prefix"},
    "squeezenet_v1.1": {"net", "snapshot_prefix"},
    "lenet": {"net", "snapshot_prefix"},
    "mnist_autoencoder": {"net", "snapshot_prefix"},
    "mnist_siamese": {"net", "snapshot_prefix"},
    "cifar10_quick": {"net", "snapshot_prefix"},
    "cifar10_full": {"net", "snapshot_prefix"},
}

# How many weights the nets have whose definition is not beside the checkout.
WEIGHTS = {
    "squeezenet_v1.0": 1_248_424,
    "mobilenet_v2": 3_504_872 + 1_088,  # torchvision's, and a convolution that does not widen
    "densenet121": 7_978_856,
    "inception_v3": 27_161_264 - 3_326_696,  # torchvision's, less the classifier for training
}

# What the deploy nets put out for one image, where that is not 1000 probabilities.
OUTPUTS = {
    "bvlc_reference_rcnn_ilsvrc13": {"fc-rcnn": (200,)},
    "finetune_flickr_style": {"prob": (20,)},
    "nin_cifar10": {"prob": (10,)},
    "lenet": {"prob": (10,)},
    "mnist_autoencoder": {"decode1neuron": (784,)},
    "mnist_siamese": {"feat": (2,)},
    "cifar10_quick": {"prob": (10,)},
    "cifar10_full": {"prob": (10,)},
}


@pytest.fixture(scope="module")
def tool() -> Iterator[SchemaTool]:
    tool = SchemaTool()
    yield tool
    tool.close()


def test_files_are_what_the_recipes_write() -> None:
    command = [sys.executable, RECIPES / "write.py", "--check"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_recipe_writes_files() -> None:
    texts = {path.stem: path.read_text() for path in RECIPES.glob("*.py")}
    recipes = {name for name, text in texts.items() if re.search(r"^FILES\b", text, re.MULTILINE)}
    both = written("models/*/*.prototxt") + written("examples/*/*.prototxt")
    assert {recipe for _, recipe in both} == recipes != set()


@pytest.mark.parametrize("name", PUBLISHED)
def test_models_are_the_published_ones(name: str, tool: SchemaTool, shared: Path) -> None:
    moved = {"solver_mode", *MOVED.get(name.split("/")[0], ())}
    ours, published = (
        without(parsed(tool, path.with_name(path.name + ".prototxt")), moved)
        for path in (MODELS / name, shared / "zoo" / "models" / (PUBLISHED[name] or name))
    )
    assert_same(ours, published)


@pytest.mark.parametrize("name", EXAMPLE_FILES, ids=str)
def test_examples_are_the_published_ones(name: Path, tool: SchemaTool, shared: Path) -> None:
    folders = (ROOT / "examples", shared / "zoo" / "models" / "bvlc_examples")
    ours, published = (without(parsed(tool, at / name), {"solver_mode"}) for at in folders)
    assert_same(ours, published)


def test_every_published_example_is_there(shared: Path) -> None:
    folder = shared / "zoo" / "models" / "bvlc_examples"
    published = {path.relative_to(folder) for path in folder.glob("*/*.prototxt")}
    assert published == set(EXAMPLE_FILES)


def test_solvers_find_their_nets(tool: SchemaTool) -> None:
    paths = [path for path, _ in written("*/*/*.prototxt") if "solver" in path.name]
    assert paths
    for path in paths:
        if path.name == "lenet_auto_solver.prototxt":  # the reader's Python code writes its nets
            continue
        solver = parsed(tool, path)
        nets = [solver.net or solver.train_net, *solver.test_net]
        assert all((ROOT / net).is_file() for net in nets) or solver.HasField("net_param"), path
        assert solver.max_iter and solver.snapshot_prefix, path


@pytest.mark.parametrize("folder", WEIGHTS)
def test_as_many_weights_as_published(folder: str) -> None:
    """Statistics of batches are no weights."""
    net = caffe.Net(MODELS / folder / "deploy.prototxt", caffe.TEST)
    learned = [
        blob
        for name, blobs in net.params.items()
        for blob in blobs
        if net.layer_dict[name].type != "BatchNorm"
    ]
    assert sum(blob.count for blob in learned) == WEIGHTS[folder]


@pytest.mark.parametrize("folder", DEPLOYED)
def test_deploy_nets_run(folder: str) -> None:
    net = caffe.Net(MODELS / folder / "deploy.prototxt", caffe.TEST)
    net.blobs["data"].reshape(1, *net.blobs["data"].shape[1:])
    net.reshape()
    shapes = {name: tuple(n for n in top.shape if n > 1) for name, top in net.forward().items()}
    assert shapes == OUTPUTS.get(folder, {"prob": (1000,)})


# The shapes of data where they are not those of the deploy net's input.
DATA = {"mnist_siamese": [2, 28, 28]}
STAGES = {"mnist_autoencoder": ["test-on-test"]}


def scored(layer: Any, phase: str) -> bool:
    """Whether it says in this phase how good the net is."""
    rules = [rule.phase == caffe_pb2.Phase.Value(phase) for rule in layer.include]
    return layer.type.endswith(("Loss", "Accuracy")) and (any(rules) or not rules)


@pytest.mark.parametrize("phase", ["TRAIN", "TEST"])
@pytest.mark.parametrize("folder", TRAINED)
def test_training_nets_stand(folder: str, phase: str) -> None:
    """And give the deploy net its weights."""
    deploy = caffe.Net(MODELS / folder / "deploy.prototxt", caffe.TEST)
    net = caffe_pb2.NetParameter()
    text_format.Parse((MODELS / folder / "train_val.prototxt").read_text(), net)
    image = DATA.get(folder, list(deploy.blobs["data"].shape[1:]))
    for layer in without_fillers(net).layer:
        if layer.type in ("Data", "ImageData"):
            constants(layer, [2, *image], [2])
    built = caffe.Net.from_text(
        text_format.MessageToString(net),
        getattr(caffe, phase),
        stages=STAGES.get(folder, []) if phase == "TEST" else [],
    )
    scores = {top for layer in net.layer if scored(layer, phase) for top in layer.top}
    assert scores <= set(built.outputs)
    for name, blobs in deploy.params.items():
        assert [blob.shape for blob in blobs] == [blob.shape for blob in built.params[name]]
