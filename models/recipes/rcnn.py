"""R-CNN: CaffeNet on regions that may be objects, and its fine-tuning on PASCAL VOC's windows."""

from __future__ import annotations

from typing import Any

from blocks import PHASES, Builder, files, solver_in
from caffenet import FINE_TUNING, crop, features, learn


def deployed() -> Any:
    """Scores of the detection task of ILSVRC 2013: a linear classifier for each of 200 classes."""
    n = Builder(deploy=True)
    n.inner_product("fc-rcnn", features(n, n.input(10, 3, 227, 227)), 200)
    return n.to_proto("R-CNN-ilsvrc13")


def fine_tuned() -> Any:
    """Twenty classes and the background, on windows of which a quarter show an object."""
    n = Builder(deploy=False)
    folder = "examples/finetune_pascal_detection"
    variants = [
        {
            "include": {"phase": phase},
            "transform_param": crop(mirror=True),
            "window_data_param": {
                "source": f"{folder}/window_file_2007_{part}.txt",
                "batch_size": 128,
                "fg_threshold": 0.5,
                "bg_threshold": 0.5,
                "fg_fraction": 0.25,
                "context_pad": 16,
                "crop_mode": "warp",
            },
        }
        for phase, part in zip(PHASES, ("trainval", "test"))
    ]
    x = features(n, n.source("WindowData", *variants))
    scores = n.inner_product("fc8_pascal", x, 21, **learn(0.01, 0, rate=10))
    n.loss("loss", scores, ntop=0)
    n.accuracy("accuracy", scores)
    return n.to_proto("CaffeNet")


FOLDER = "examples/finetune_pascal_detection"
FILES = {
    **files("models/bvlc_reference_rcnn_ilsvrc13", deploy=deployed()),
    **files(
        FOLDER,
        pascal_finetune_trainval_test=fine_tuned(),
        pascal_finetune_solver=solver_in(
            FOLDER, "pascal_det_finetune", net="pascal_finetune_trainval_test", **FINE_TUNING
        ),
    ),
}
