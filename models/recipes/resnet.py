"""ResNet-50, 101 and 152: residual blocks of three convolutions in four stages."""

from __future__ import annotations

from typing import Any

from blocks import MSRA, Builder, Fields, constant, files, solver_in

INNER = (64, 128, 256, 512)  # outputs of the first convolutions of a stage's blocks
STAGES = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}  # blocks, by depth
CROP: Fields = {"crop_size": 224, "mean_value": [103.939, 116.779, 123.68]}


def normalised(n: Builder, at: str, x: Any) -> Any:
    """BatchNorm and Scale, in place; batches' own statistics while training."""
    statistics: Fields = {"use_global_stats": True} if n.deploy else {}
    x = n.add("BatchNorm", f"bn{at}", x, in_place=True, **statistics)
    return n.add("Scale", f"scale{at}", x, in_place=True, bias_term=True)


def convolution(
    n: Builder, at: str, x: Any, outputs: int, kernel: int, stride: int = 1, relu: bool = True
) -> Any:
    """One convolution of a block with what follows it."""
    x = n.convolution(
        f"res{at}",
        x,
        outputs,
        kernel,
        pad=kernel // 2,
        stride=stride,
        bias_term=False,
        weight_filler=MSRA,
    )
    x = normalised(n, at, x)
    return n.relu(f"res{at}_relu", x) if relu else x


def block(n: Builder, at: str, x: Any, inner: int, stride: int) -> Any:
    """A residual block; the first of a stage has a convolution on its shortcut, too."""
    shortcut = x
    if at.endswith("a"):
        shortcut = convolution(n, f"{at}_branch1", x, 4 * inner, 1, stride, relu=False)
    x = convolution(n, f"{at}_branch2a", x, inner, 1, stride)
    x = convolution(n, f"{at}_branch2b", x, inner, 3)
    x = convolution(n, f"{at}_branch2c", x, 4 * inner, 1, relu=False)
    return n.relu(f"res{at}_relu", n.add("Eltwise", f"res{at}", shortcut, x))


def block_name(depth: int, count: int, i: int) -> str:
    """Letters; the deeper nets' long stages go on with numbers after the first."""
    return f"b{i}" if i and depth > 50 and count > 3 else "abcdef"[i]


def net(depth: int, deploy: bool) -> Any:
    """The whole net."""
    n = Builder(deploy)
    if deploy:
        x = n.input(1, 3, 224, 224, name="input")
    else:
        x = n.imagenet((32, 50), {"mirror": True, **CROP}, {"mirror": False, **CROP})
    # Only the published ResNet-50 has a bias here, which BatchNorm takes off again.
    bias: Fields = {"bias_filler": constant(0)} if depth == 50 else {"bias_term": False}
    x = n.convolution("conv1", x, 64, 7, pad=3, stride=2, weight_filler=MSRA, **bias)
    x = n.relu("conv1_relu", normalised(n, "_conv1", x))
    x = n.max_pool("pool1", x, 3, 2)
    for stage, (inner, count) in enumerate(zip(INNER, STAGES[depth]), 2):
        for i in range(count):
            stride = 2 if i == 0 and stage > 2 else 1
            x = block(n, f"{stage}{block_name(depth, count, i)}", x, inner, stride)
    x = n.average_pool("pool5", x, 7, 1)
    scores = n.inner_product("fc1000", x, 1000, weight_filler=MSRA, bias_filler=constant(0))
    n.ends("prob", scores)
    return n.to_proto(f"ResNet-{depth}")


SOLVER: Fields = {  # the paper's, its decreases of the rate at even distances
    "test_iter": 1000,
    "test_interval": 5000,
    "test_initialization": False,
    "base_lr": 0.1,
    "lr_policy": "step",
    "gamma": 0.1,
    "stepsize": 150000,
    "display": 20,
    "max_iter": 600000,
    "iter_size": 8,  # batches of 32: 256 images
    "momentum": 0.9,
    "weight_decay": 0.0001,
    "snapshot": 10000,
}


def model(depth: int) -> dict[str, Any]:
    """Its folder."""
    name = f"resnet_{depth}"
    return files(
        f"models/{name}",
        deploy=net(depth, deploy=True),
        train_val=net(depth, deploy=False),
        solver=solver_in(f"models/{name}", f"{name}_train", **SOLVER),
    )


FILES = {**model(50), **model(101), **model(152)}
