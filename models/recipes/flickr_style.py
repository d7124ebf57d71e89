"""CaffeNet, tuned to tell twenty styles of photographs."""

from __future__ import annotations

from typing import Any

from blocks import LEARNING, PHASES, Builder, files, solver_in
from caffenet import FINE_TUNING, crop, features, learn


def net(deploy: bool) -> Any:
    """CaffeNet with another last layer, which learns ten times as fast as the trained ones."""
    n = Builder(deploy, keep=LEARNING)
    if deploy:
        x = n.input(10, 3, 227, 227)
    else:
        variants = [
            {
                "include": {"phase": phase},
                "transform_param": crop(mirror),
                "image_data_param": {
                    "source": f"data/flickr_style/{name}.txt",
                    "batch_size": 50,
                    "new_height": 256,
                    "new_width": 256,
                },
            }
            for phase, name, mirror in zip(PHASES, ("train", "test"), (True, False))
        ]
        x = n.source("ImageData", *variants)
    n.ends("prob", n.inner_product("fc8_flickr", features(n, x), 20, **learn(0.01, 0, rate=10)))
    return n.to_proto("FlickrStyleCaffeNet")


FOLDER = "models/finetune_flickr_style"
FILES = files(
    FOLDER,
    deploy=net(True),
    train_val=net(False),
    solver=solver_in(FOLDER, "finetune_flickr_style", **FINE_TUNING),
)
