"""SqueezeNet v1.0 and v1.1: AlexNet's accuracy with a fiftieth of its weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from blocks import XAVIER, Builder, Fields, files, gaussian, solver_in

# How many outputs the first layer of a fire module has.
SQUEEZE = {2: 16, 3: 16, 4: 32, 5: 32, 6: 48, 7: 48, 8: 64, 9: 64}
CROP: Fields = {"crop_size": 227, "mean_value": [104, 117, 123]}


@dataclass(frozen=True)
class Version:
    """In what one differs from the other."""

    first: tuple[int, int]  # outputs and kernel size of the first convolution
    pooled: tuple[int, int]  # the fire modules that pooling comes after
    last: Fields  # of the last convolution


VERSIONS = {
    "1.0": Version(first=(96, 7), pooled=(4, 8), last={"pad": 1}),
    "1.1": Version(first=(64, 3), pooled=(3, 5), last={}),  # 2.4 times less to compute
}


def fire(n: Builder, i: int, x: Any) -> Any:
    """Few 1x1 convolutions, then 1x1 and 3x3 ones side by side."""

    def convolution(name: str, bottom: Any, outputs: int, kernel: int, **more: Any) -> Any:
        top = n.convolution(
            f"fire{i}/{name}", bottom, outputs, kernel, weight_filler=XAVIER, **more
        )
        return n.relu(f"fire{i}/relu_{name}", top)

    outputs = SQUEEZE[i]
    x = convolution("squeeze1x1", x, outputs, 1)
    one = convolution("expand1x1", x, 4 * outputs, 1)
    three = convolution("expand3x3", x, 4 * outputs, 3, pad=1)
    return n.add("Concat", f"fire{i}/concat", one, three)


def net(version: Version, deploy: bool) -> Any:
    """The whole net."""
    n = Builder(deploy)
    x = n.input(10, 3, 227, 227) if deploy else n.imagenet((32, 25), CROP, CROP)
    x = n.convolution("conv1", x, *version.first, stride=2, weight_filler=XAVIER)
    x = n.max_pool("pool1", n.relu("relu_conv1", x), 3, 2)
    for i in SQUEEZE:
        x = fire(n, i, x)
        if i in version.pooled:
            x = n.max_pool(f"pool{i}", x, 3, 2)
    x = n.dropout("drop9", x, 0.5)
    filler = {**gaussian(0.01), "mean": 0}
    x = n.convolution("conv10", x, 1000, 1, weight_filler=filler, **version.last)
    x = n.global_pool("pool10", n.relu("relu_conv10", x))
    if deploy:
        n.softmax("prob", x)
    else:
        n.loss("loss", x)
        n.accuracy("accuracy", x, test_only=False)
        n.accuracy("accuracy_top5", x, top_k=5, test_only=False)
    return n.to_proto(None)


SOLVER: Fields = {
    "test_iter": 2000,
    "test_interval": 1000,
    "base_lr": 0.04,
    "display": 40,
    "max_iter": 170000,
    "iter_size": 16,  # batches of 32: 512 images
    "lr_policy": "poly",
    "power": 1,
    "momentum": 0.9,
    "weight_decay": 0.0002,
    "snapshot": 1000,
    "random_seed": 42,
    "test_initialization": False,
    "average_loss": 40,
}


def model(version: str) -> dict[str, Any]:
    """Its folder."""
    name = f"squeezenet_v{version}"
    return files(
        f"models/{name}",
        deploy=net(VERSIONS[version], deploy=True),
        train_val=net(VERSIONS[version], deploy=False),
        solver=solver_in(f"models/{name}", f"{name}_train", **SOLVER),
    )


FILES = {**model("1.0"), **model("1.1")}
