"""Inception v3: modules of three kinds, with small convolutions in the stead of large ones."""

from __future__ import annotations

from typing import Any

from blocks import RATES, XAVIER, Builder, Fields, constant, files, solver_in

# A branch is a chain of convolutions, each with a name, outputs and a kernel, "height x width".
Branch = list[tuple[str, int, str]]

# The databases of Caffe's example, but of images of 320 x 320 pixels.
IMAGENET = "examples/imagenet/ilsvrc12_320_"
HEAD: Fields = {"param": RATES, "weight_filler": XAVIER, "bias_filler": constant(0)}


def convolution(n: Builder, name: str, x: Any, outputs: int, kernel: str, **more: Any) -> Any:
    """A convolution with BatchNorm, Scale and ReLU in place. It keeps the size, unless `more` says
    pad or stride."""
    h, w = (int(side) for side in kernel.split("x"))
    shape: Fields = {"pad": h // 2, "kernel_size": h, "stride": 1}
    if h != w:
        shape = {"pad_h": h // 2, "pad_w": w // 2, "kernel_h": h, "kernel_w": w, "stride": 1}
    x = n.add(
        "Convolution",
        name,
        x,
        num_output=outputs,
        bias_term=False,
        param=RATES[:1],
        weight_filler=XAVIER,
        **{**shape, **more},
    )
    statistics: Fields = {"use_global_stats": True} if n.deploy else {}
    x = n.add("BatchNorm", f"{name}_bn", x, in_place=True, eps=0.001, **statistics)
    x = n.add("Scale", f"{name}_scale", x, in_place=True, bias_term=True)
    return n.relu(f"{name}_relu", x)


def branch(n: Builder, at: str, x: Any, steps: Branch, **last: Any) -> Any:
    """A chain of convolutions; `last` is of the last one alone."""
    for step in steps[:-1]:
        x = convolution(n, f"{at}_{step[0]}", x, *step[1:])
    return convolution(n, f"{at}_{steps[-1][0]}", x, *steps[-1][1:], **last)


def inception_a(n: Builder, at: str, x: Any, projected: int) -> Any:
    """For 35 x 35: a 5x5 beside two 3x3."""
    one = branch(n, at, x, [("1x1", 64, "1x1")])
    five = branch(n, at, x, [("5x5_reduce", 48, "1x1"), ("5x5", 64, "5x5")])
    three: Branch = [("3x3_reduce", 64, "1x1"), ("3x3_1", 96, "3x3"), ("3x3_2", 96, "3x3")]
    twice = branch(n, at, x, three)
    pooled = n.average_pool(f"{at}_pool", x, 3, 1, pad=1)
    pooled = branch(n, at, pooled, [("pool_proj", projected, "1x1")])
    return n.add("Concat", f"{at}_output", one, five, twice, pooled)


def inception_b(n: Builder, at: str, x: Any, width: int) -> Any:
    """For 17 x 17: 7x7 as 1x7 and 7x1, once and twice."""
    one = branch(n, at, x, [("1x1_2", 192, "1x1")])
    once = branch(
        n, at, x, [("1x7_reduce", width, "1x1"), ("1x7", width, "1x7"), ("7x1", 192, "7x1")]
    )
    steps: Branch = [("7x1_reduce", width, "1x1"), ("7x1_2", width, "7x1"), ("1x7_2", width, "1x7")]
    twice = branch(n, at, x, [*steps, ("7x1_3", width, "7x1"), ("1x7_3", 192, "1x7")])
    pooled = n.average_pool(f"{at}_pool_ave", x, 3, 1, pad=1)
    pooled = branch(n, at, pooled, [("1x1", 192, "1x1")])
    return n.add("Concat", f"{at}_concat", one, once, twice, pooled)


def inception_c(n: Builder, at: str, x: Any, pool: Any) -> Any:
    """For 8 x 8: 3x3 as 1x3 and 3x1, side by side."""
    one = branch(n, at, x, [("1x1_2", 320, "1x1")])
    y = branch(n, at, x, [("1x3_reduce", 384, "1x1")])
    split = [branch(n, at, y, [(kernel, 384, kernel)]) for kernel in ("1x3", "3x1")]
    y = branch(n, at, x, [("3x3_reduce", 448, "1x1"), ("3x3", 384, "3x3")])
    split += [branch(n, at, y, [(f"{kernel}_2", 384, kernel)]) for kernel in ("1x3", "3x1")]
    pooled = branch(n, at, pool(f"{at}_pool", x, 3, 1, pad=1), [("1x1", 192, "1x1")])
    return n.add("Concat", f"{at}_concat", one, *split, pooled)


def reduction(n: Builder, at: str, x: Any, *branches: Branch) -> Any:
    """Halves the size, as the last convolution of each branch does."""
    halved = [branch(n, at, x, steps, pad=0, stride=2) for steps in branches]
    return n.add("Concat", f"{at}_concat", *halved, n.max_pool(f"{at}_pool", x, 3, 2))


def beside(n: Builder, x: Any) -> None:
    """The classifier that helps to train what is below it."""
    x = n.average_pool("auxiliary_pool", x, 5, 3)
    x = branch(n, "auxiliary", x, [("1x1", 128, "1x1"), ("5x5", 768, "5x5")], pad=0)
    n.loss(
        "auxiliary_loss", n.inner_product("auxiliary_classifier", x, 1000, **HEAD), loss_weight=0.4
    )


def net(deploy: bool) -> Any:
    """The whole net. Layers with weights are named as in soeaver's caffe-model, for its weights."""
    n = Builder(deploy)
    if deploy:
        x = n.input(1, 3, 299, 299, name="input")
    else:
        crop: Fields = {"scale": 1 / 128, "crop_size": 299, "mean_value": 128}
        sources = (IMAGENET + "train_lmdb", IMAGENET + "val_lmdb")
        x = n.data(sources, (32, 50), ({"mirror": True, **crop}, {"mirror": False, **crop}))
    x = convolution(n, "conv1_3x3_s2", x, 32, "3x3", pad=0, stride=2)
    x = convolution(n, "conv2_3x3_s1", x, 32, "3x3", pad=0)
    x = n.max_pool("pool1_3x3_s2", convolution(n, "conv3_3x3_s1", x, 64, "3x3"), 3, 2)
    x = branch(n, "conv4", x, [("3x3_reduce", 80, "1x1"), ("3x3", 192, "3x3")], pad=0)
    x = n.max_pool("pool2_3x3_s2", x, 3, 2)
    for i, projected in enumerate((32, 64, 64), 1):
        x = inception_a(n, f"inception_a{i}", x, projected)
    three: Branch = [("3x3_2_reduce", 64, "1x1"), ("3x3_2", 96, "3x3"), ("3x3_3", 96, "3x3")]
    x = reduction(n, "reduction_a", x, [("3x3", 384, "3x3")], three)
    for i, width in enumerate((128, 160, 160, 192), 1):
        x = inception_b(n, f"inception_b{i}", x, width)
    if not deploy:
        beside(n, x)
    seven: Branch = [("1x7_reduce", 192, "1x1"), ("1x7", 192, "1x7"), ("7x1", 192, "7x1")]
    seven.append(("3x3_2", 192, "3x3"))
    x = reduction(n, "reduction_b", x, [("3x3_reduce", 192, "1x1"), ("3x3", 320, "3x3")], seven)
    for i, pool in enumerate((n.average_pool, n.max_pool), 1):
        x = inception_c(n, f"inception_c{i}", x, pool)
    x = n.global_pool("pool_8x8_s1", x)
    x = n.add("Dropout", "pool_8x8_s1_drop", x, dropout_ratio=0.2)
    n.ends("prob", n.inner_product("classifier", x, 1000, **HEAD))
    return n.to_proto("Inception-v3")


FOLDER = "models/inception_v3"
FILES = files(
    FOLDER,
    deploy=net(True),
    train_val=net(False),
    solver=solver_in(  # the paper's: 100 epochs, the rate falling every second one
        FOLDER,
        "inception_v3_train",
        test_iter=1000,
        test_interval=5000,
        test_initialization=False,
        type="RMSProp",
        rms_decay=0.9,
        delta=1,
        clip_gradients=2,
        base_lr=0.045,
        lr_policy="step",
        gamma=0.94,
        stepsize=10000,
        display=40,
        average_loss=40,
        max_iter=500000,
        iter_size=8,  # batches of 32: 256 images
        weight_decay=0.00004,
        snapshot=10000,
    ),
)
