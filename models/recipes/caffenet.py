"""CaffeNet: AlexNet with pooling before normalisation."""

from __future__ import annotations

from typing import Any

from blocks import RATES, Builder, Fields, constant, files, gaussian, solver_in

SOLVER: Fields = {
    "test_iter": 1000,
    "test_interval": 1000,
    "base_lr": 0.01,
    "lr_policy": "step",
    "gamma": 0.1,
    "stepsize": 100000,
    "display": 20,
    "max_iter": 450000,
    "momentum": 0.9,
    "weight_decay": 0.0005,
    "snapshot": 10000,
}
# To go on from weights that were trained for another task.
FINE_TUNING: Fields = {
    **SOLVER,
    "test_iter": 100,
    "base_lr": 0.001,
    "stepsize": 20000,
    "max_iter": 100000,
}


def learn(std: float, bias: float, rate: float = 1) -> Fields:
    """Rates, `rate` times as large as usual, and fillers."""
    rates = [{**one, "lr_mult": rate * one["lr_mult"]} for one in RATES]
    return {"param": rates, "weight_filler": gaussian(std), "bias_filler": constant(bias)}


def crop(mirror: bool) -> Fields:
    """Of 256 x 256 pixels, less the mean image."""
    mean = "data/ilsvrc12/imagenet_mean.binaryproto"
    return {"mirror": mirror, "crop_size": 227, "mean_file": mean}


def convolutions(n: Builder, x: Any, bias: float = 1, norm_first: bool = False) -> Any:
    """All five, to pool5."""

    def smaller(i: int, x: Any) -> Any:
        if norm_first:
            return n.max_pool(f"pool{i}", n.lrn(f"norm{i}", x), 3, 2)
        return n.lrn(f"norm{i}", n.max_pool(f"pool{i}", x, 3, 2))

    x = n.relu("relu1", n.convolution("conv1", x, 96, 11, stride=4, **learn(0.01, 0)))
    x = smaller(1, x)
    x = n.relu("relu2", n.convolution("conv2", x, 256, 5, pad=2, group=2, **learn(0.01, bias)))
    x = smaller(2, x)
    x = n.relu("relu3", n.convolution("conv3", x, 384, 3, pad=1, **learn(0.01, 0)))
    x = n.relu("relu4", n.convolution("conv4", x, 384, 3, pad=1, group=2, **learn(0.01, bias)))
    x = n.relu("relu5", n.convolution("conv5", x, 256, 3, pad=1, group=2, **learn(0.01, bias)))
    return n.max_pool("pool5", x, 3, 2)


def features(n: Builder, x: Any, bias: float = 1, norm_first: bool = False) -> Any:
    """The net to fc7, its last layer but one."""
    x = convolutions(n, x, bias, norm_first)
    for i in (6, 7):
        x = n.relu(f"relu{i}", n.inner_product(f"fc{i}", x, 4096, **learn(0.005, bias)))
        x = n.dropout(f"drop{i}", x, 0.5)
    return x


def classes(n: Builder, x: Any) -> Any:
    """The scores of ImageNet's classes."""
    return n.inner_product("fc8", x, 1000, **learn(0.01, 0))


def net(deploy: bool) -> Any:
    """The whole net."""
    n = Builder(deploy)
    if deploy:
        x = n.input(10, 3, 227, 227)
    else:
        x = n.imagenet((256, 50), crop(mirror=True), crop(mirror=False))
    n.ends("prob", classes(n, features(n, x)))
    return n.to_proto("CaffeNet")


def net_of_listed_images() -> Any:
    """The trained net on images that a text file lists."""
    n = Builder(deploy=True)
    listed = {"source": "examples/_temp/file_list.txt", "batch_size": 50}
    size = {"new_height": 256, "new_width": 256}
    variant = {"transform_param": crop(mirror=False), "image_data_param": {**listed, **size}}
    scores = classes(n, features(n, n.source("ImageData", variant)))
    n.accuracy("accuracy", n.softmax("prob", scores), test_only=False)
    n.loss("loss", scores)
    return n.to_proto("CaffeNet")


FOLDER = "models/bvlc_reference_caffenet"
FILES = {
    **files(
        FOLDER,
        deploy=net(True),
        train_val=net(False),
        solver=solver_in(FOLDER, "caffenet_train", **SOLVER),
    ),
    **files("examples/feature_extraction", imagenet_val=net_of_listed_images()),
}
