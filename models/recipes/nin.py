"""Network in network, for ImageNet and CIFAR-10: each convolution has two of 1x1 after it."""

from __future__ import annotations

from typing import Any

from blocks import PHASES, RATES, Builder, Fields, constant, database, files, gaussian, solver_in
from caffe.proto import caffe_pb2

SLOW: list[Fields] = [{"lr_mult": 0.1, "decay_mult": 1}, {"lr_mult": 0.1, "decay_mult": 0}]


def imagenet(deploy: bool) -> Any:
    """Scores are the means of the last convolution's channels."""
    n = Builder(deploy)

    def convolution(
        relu: int, at: str, x: Any, outputs: int, kernel: int, std: float = 0.05, **more: Any
    ) -> Any:
        """With its ReLU, which has a number of its own; a top has the name before the dash."""
        fillers = {"weight_filler": {**gaussian(std), "mean": 0}, "bias_filler": constant(0)}
        size = {"num_output": outputs, "kernel_size": kernel, "stride": 1}
        top, _, _ = at.partition("-")
        fields = {"name": at, **size, "param": RATES, **fillers, **more}
        return n.relu(f"relu{relu}", n.add("Convolution", top, x, **fields))

    if deploy:
        x = n.input(10, 3, 224, 224)
    else:
        crop = {"crop_size": 224, "mean_file": "data/ilsvrc12/imagenet_mean.binaryproto"}
        x = n.imagenet((64, 89), {"mirror": True, **crop}, {"mirror": False, **crop})
    x = convolution(0, "conv1", x, 96, 11, 0.01, stride=4)
    x = convolution(1, "cccp1", x, 96, 1)
    x = convolution(2, "cccp2", x, 96, 1)
    x = n.max_pool("pool0", x, 3, 2)
    x = convolution(3, "conv2", x, 256, 5, pad=2)
    x = convolution(5, "cccp3", x, 256, 1)
    x = convolution(6, "cccp4", x, 256, 1)
    x = n.max_pool("pool2", x, 3, 2)
    x = convolution(7, "conv3", x, 384, 3, 0.01, pad=1)
    x = convolution(8, "cccp5", x, 384, 1)
    x = convolution(9, "cccp6", x, 384, 1)
    x = n.dropout("drop", n.max_pool("pool3", x, 3, 2), 0.5)
    x = convolution(10, "conv4-1024", x, 1024, 3, pad=1)
    x = convolution(11, "cccp7-1024", x, 1024, 1)
    x = convolution(12, "cccp8-1024", x, 1000, 1, 0.01)
    scores = n.average_pool("pool4", x, 6, 1)
    if deploy:
        n.softmax("prob", scores)
    else:
        n.accuracy("accuracy", scores)
        n.loss("loss", scores, ntop=0, include={"phase": caffe_pb2.TRAIN})
    return n.to_proto("nin_imagenet")


def cifar10(deploy: bool) -> Any:
    """Scores are the means of the last convolution's channels."""
    n = Builder(deploy)

    def block(
        i: int, x: Any, kernel: int, outputs: tuple[int, int, int], slow: bool = False
    ) -> Any:
        """A convolution and the two after it; the very last learns slowly."""
        fillers = {"weight_filler": gaussian(0.05), "bias_filler": constant()}
        pad = kernel // 2
        x = n.convolution(f"conv{i}", x, outputs[0], kernel, pad=pad, param=RATES, **fillers)
        x = n.relu(f"relu{i}", x)
        for j in (1, 2):
            name = f"cccp{2 * i - 2 + j}"
            rates = SLOW if slow and j == 2 else RATES
            learn = {"param": rates, **fillers, "bias_filler": constant(0)}
            x = n.relu(f"relu_{name}", n.convolution(name, x, outputs[j], 1, group=1, **learn))
        return x

    if deploy:
        x = n.input(1, 3, 32, 32)
    else:
        parts = zip(PHASES, ("train", "test"), (128, 100))
        variants = [
            database(phase, f"models/nin_cifar10/cifar-{part}-leveldb", size, backend=None)
            for phase, part, size in parts
        ]
        x = n.source("Data", *variants, name="cifar")
    x = n.max_pool("pool1", block(1, x, 5, (192, 160, 96)), 3, 2)
    x = n.dropout("drop3", x, 0.5)
    x = n.average_pool("pool2", block(2, x, 5, (192, 192, 192)), 3, 2)
    x = n.dropout("drop6", x, 0.5)
    x = block(3, x, 3, (192, 192, 10), slow=True)
    n.ends("prob", n.average_pool("pool3", x, 8, 1))
    return n.to_proto("CIFAR10_full")


STEPS: Fields = {"lr_policy": "step", "gamma": 0.1, "momentum": 0.9, "snapshot": 10000}
IMAGENET: Fields = {
    **STEPS,
    "test_iter": 1000,
    "test_interval": 1000,
    "base_lr": 0.01,
    "stepsize": 200000,
    "display": 20,
    "max_iter": 450000,
    "weight_decay": 0.0005,
}
CIFAR10: Fields = {
    **STEPS,
    "test_iter": 100,
    "test_interval": 500,
    "base_lr": 0.1,
    "stepsize": 100000,
    "display": 100,
    "max_iter": 120000,
    "weight_decay": 0.0001,
}
FILES = {
    **files(
        "models/nin_imagenet",
        deploy=imagenet(True),
        train_val=imagenet(False),
        solver=solver_in("models/nin_imagenet", "nin_imagenet_train", **IMAGENET),
    ),
    **files(
        "models/nin_cifar10",
        deploy=cifar10(True),
        train_val=cifar10(False),
        solver=solver_in("models/nin_cifar10", "cifar10_nin", **CIFAR10),
    ),
}
