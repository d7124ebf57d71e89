"""AlexNet: five convolutions, the first two normalised, and three inner products."""

from __future__ import annotations

from typing import Any

from blocks import Builder, files, solver_in
from caffenet import SOLVER, classes, crop, features


def net(deploy: bool) -> Any:
    """The whole net."""
    n = Builder(deploy, keep=("param",))
    if deploy:
        x = n.input(10, 3, 227, 227)
    else:
        x = n.imagenet((256, 50), crop(mirror=True), crop(mirror=False))
    n.ends("prob", classes(n, features(n, x, bias=0.1, norm_first=True)))
    return n.to_proto("AlexNet")


FOLDER = "models/bvlc_alexnet"
FILES = files(
    FOLDER,
    deploy=net(True),
    train_val=net(False),
    solver=solver_in(FOLDER, "caffe_alexnet_train", **SOLVER),
)
