"""VGG-16 and VGG-19: 3x3 convolutions in five groups, and three inner products."""

from __future__ import annotations

from typing import Any

from blocks import RATES, XAVIER, Builder, Fields, constant, files, solver_in

OUTPUTS = (64, 128, 256, 512, 512)  # of the convolutions in each group
GROUPS = {16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}  # how many a group has, by depth
LEARN: Fields = {"param": RATES, "weight_filler": XAVIER, "bias_filler": constant(0)}


def convolutions(
    n: Builder,
    group: int,
    count: int,
    x: Any,
    end: str = "",
    first: Fields | None = None,
    **more: Any,
) -> Any:
    """Those of a group, each with its ReLU. `end` ends their names; `first` are fields of the first
    of them alone."""
    for i in range(1, count + 1):
        at = f"{group}_{i}{end}"
        fields: Fields = {"name": f"conv{at}", "pad": 1, **more, **((i == 1 and first) or {})}
        x = n.convolution(bottom=x, num_output=OUTPUTS[group - 1], kernel_size=3, **fields)
        x = n.relu(f"relu{at}", x)
    return x


def net(depth: int, deploy: bool) -> Any:
    """The paper's configurations D and E."""
    n = Builder(deploy)
    if deploy:
        x = n.input(10, 3, 224, 224, name="input")
    else:
        crop: Fields = {"crop_size": 224, "mean_value": [103.939, 116.779, 123.68]}
        x = n.imagenet((64, 50), {"mirror": True, **crop}, {"mirror": False, **crop})
    for group, count in enumerate(GROUPS[depth], 1):
        x = n.max_pool(f"pool{group}", convolutions(n, group, count, x, **LEARN), 2, 2)
    for i in (6, 7):
        x = n.relu(f"relu{i}", n.inner_product(f"fc{i}", x, 4096, **LEARN))
        x = n.dropout(f"drop{i}", x, 0.5)
    n.ends("prob", n.inner_product("fc8", x, 1000, **LEARN))
    return n.to_proto(f"VGG_ILSVRC_{depth}_layers")


SOLVER: Fields = {  # the paper's, its decreases of the rate at even distances
    "test_iter": 1000,
    "test_interval": 1000,
    "base_lr": 0.01,
    "lr_policy": "step",
    "gamma": 0.1,
    "stepsize": 100000,
    "display": 20,
    "max_iter": 370000,
    "iter_size": 4,  # batches of 64: 256 images
    "momentum": 0.9,
    "weight_decay": 0.0005,
    "snapshot": 10000,
}


def model(depth: int) -> dict[str, Any]:
    """Its folder."""
    name = f"vgg_ilsvrc_{depth}"
    return files(
        f"models/{name}",
        deploy=net(depth, deploy=True),
        train_val=net(depth, deploy=False),
        solver=solver_in(f"models/{name}", f"{name}_train", **SOLVER),
    )


FILES = {**model(16), **model(19)}
