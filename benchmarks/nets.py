"""What is measured: nets by name, their folders in models/, and how they are trained."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MODELS = Path(__file__).resolve().parents[1] / "models"

# Net, and its folder in models/.
NETS = {
    "lenet": "lenet",
    "caffenet": "bvlc_reference_caffenet",
    "googlenet": "bvlc_googlenet",
    "vgg16": "vgg_ilsvrc_16",
    "resnet50": "resnet_50",
    "squeezenet_v1.1": "squeezenet_v1.1",
    "mobilenet_v1": "mobilenet_v1",
    "cifar10_full": "cifar10_full",
}
TITLES = {
    "lenet": "LeNet",
    "caffenet": "CaffeNet",
    "googlenet": "GoogLeNet",
    "vgg16": "VGG-16",
    "resnet50": "ResNet-50",
    "squeezenet_v1.1": "SqueezeNet v1.1",
    "mobilenet_v1": "MobileNet v1",
    "cifar10_full": "CIFAR-10 full",
}
INFERENCE = [name for name in NETS if name != "cifar10_full"]
BATCHES = [1, 16]


@dataclass(frozen=True)
class Training:
    """A training step: how large the batch is, and the learning rate."""

    batch: int
    rate: float


TRAINING = {
    "lenet": Training(64, 0.01),
    "cifar10_full": Training(100, 0.001),
    "caffenet": Training(10, 0.001),
    # BatchNorm over ten images makes of the last bit of an activation a percent of a gradient, here as in
    # PyTorch: with larger steps the losses could not be compared.
    "resnet50": Training(10, 0.00001),
}
MOMENTUM = 0.9
WEIGHT_DECAY = 0.0005


def title(net: str) -> str:
    """As the net is called."""
    return TITLES.get(net, net)


def folder(net: str) -> Path:
    """Where its prototxts are."""
    return MODELS / NETS[net]
