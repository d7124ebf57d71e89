"""SSD300: objects from six feature maps of one net, VGG-16 with a smaller fc6 and fc7."""

from __future__ import annotations

from typing import Any

from blocks import Builder, Fields, constant
from multibox import detection_files, detections, evaluate, multibox, multibox_loss, pictures
from vgg import GROUPS, LEARN, convolutions

# Fields of each feature map's prior boxes, by the names of the maps' layers.
SQUARE: Fields = {"aspect_ratio": [2]}
WIDE: Fields = {"aspect_ratio": [2, 3]}
PRIORS: dict[str, Fields] = {
    "conv4_3_norm": {"min_size": 30, "max_size": 60, "step": 8, **SQUARE},
    "fc7": {"min_size": 60, "max_size": 111, "step": 16, **WIDE},
    "conv6_2": {"min_size": 111, "max_size": 162, "step": 32, **WIDE},
    "conv7_2": {"min_size": 162, "max_size": 213, "step": 64, **WIDE},
    "conv8_2": {"min_size": 213, "max_size": 264, "step": 100, **SQUARE},
    "conv9_2": {"min_size": 264, "max_size": 315, "step": 300, **SQUARE},
}

# Outputs of the two convolutions of the layers behind VGG-16, and how the second one steps.
HALVING: Fields = {"pad": 1, "stride": 2}
INNER: Fields = {"pad": 0, "stride": 1}
BEHIND = {
    6: (256, 512, HALVING),
    7: (128, 256, HALVING),
    8: (128, 256, INNER),
    9: (128, 256, INNER),
}


def feature_maps(n: Builder, x: Any) -> dict[str, Any]:
    """VGG-16 and what is behind it."""

    def convolution(name: str, bottom: Any, outputs: int, kernel: int, **more: Any) -> Any:
        return n.convolution(name, bottom, outputs, kernel, **LEARN, **more)

    for group, count in enumerate(GROUPS[16], 1):
        last = group == len(GROUPS[16])
        x = convolutions(n, group, count, x, **LEARN, **({"dilation": 1} if last else {}))
        if group == 4:
            fine = x
        if last:
            x = n.max_pool(f"pool{group}", x, 3, 1, pad=1)
        else:
            x = n.max_pool(f"pool{group}", x, 2, 2)
    x = n.relu("relu6", convolution("fc6", x, 1024, 3, pad=6, dilation=6))
    x = n.relu("relu7", convolution("fc7", x, 1024, 1))
    maps = {"conv4_3_norm": fine, "fc7": x}
    for i, (narrow, outputs, second) in BEHIND.items():
        x = n.relu(f"conv{i}_1_relu", convolution(f"conv{i}_1", x, narrow, 1, **INNER))
        x = n.relu(f"conv{i}_2_relu", convolution(f"conv{i}_2", x, outputs, 3, **second))
        maps[f"conv{i}_2"] = x
    scaled: Fields = {
        "scale_filler": constant(20),
        "across_spatial": False,
        "channel_shared": False,
    }
    maps["conv4_3_norm"] = n.add("Normalize", "conv4_3_norm", fine, **scaled)
    return maps


def net(use: str) -> Any:
    """To train, to test, or to deploy."""
    n = Builder(use == "deploy")
    if n.deploy:
        x = n.input(1, 3, 300, 300, name="input")
    else:
        x = pictures(n, use, 8, mean_value=[104, 117, 123])
    convolution: Fields = {"kernel_size": 3, "pad": 1, "stride": 1, **LEARN}
    boxes = multibox(n, feature_maps(n, x), PRIORS, convolution, convolution)
    if use == "train":
        multibox_loss(n, boxes)
    else:
        found = detections(n, boxes, top_k=400, keep_top_k=200, confidence_threshold=0.01)
        if use == "test":
            evaluate(n, found)
    return n.to_proto(f"VGG_VOC0712_SSD_300x300_{use}")


FILES = detection_files(
    "models/ssd300_voc",
    "VGG_VOC0712_SSD_300x300",
    net,
    test_iter=619,
    type="SGD",
    base_lr=0.001,
    gamma=0.1,
    stepvalue=[80000, 100000, 120000],
    iter_size=4,  # batches of 8: 32 images
    momentum=0.9,
    weight_decay=0.0005,
    snapshot=80000,
)
