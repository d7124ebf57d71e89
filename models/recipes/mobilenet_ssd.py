"""MobileNet-SSD: SSD over MobileNet v1."""

from __future__ import annotations

from typing import Any

from blocks import LEARNING, MSRA, RATES, Builder, Fields, constant
from caffe import params as P
from mobilenet import PAIRS
from multibox import detection_files, detections, evaluate, multibox, multibox_loss, pictures

# Outputs of the two convolutions of the layers behind MobileNet.
BEHIND = {14: (256, 512), 15: (128, 256), 16: (128, 256), 17: (64, 128)}

WIDE: Fields = {"aspect_ratio": [2, 3]}
PRIORS: dict[str, Fields] = {
    "conv11": {"min_size": 60, "aspect_ratio": [2]},
    "conv13": {"min_size": 105, "max_size": 150, **WIDE},
    "conv14_2": {"min_size": 150, "max_size": 195, **WIDE},
    "conv15_2": {"min_size": 195, "max_size": 240, **WIDE},
    "conv16_2": {"min_size": 240, "max_size": 285, **WIDE},
    "conv17_2": {"min_size": 285, "max_size": 300, **WIDE},
}


def scaled(rates: list[Fields], factor: float) -> list[Fields]:
    """Rates times a factor."""
    return [{key: factor * value for key, value in rate.items()} for rate in rates]


def convolution(
    n: Builder, rates: list[Fields], at: str, x: Any, outputs: int, kernel: int, **more: Any
) -> Any:
    """A convolution with BatchNorm, Scale and ReLU, all in place. The deploy net has a bias in the
    stead of the first two, with weights that were merged."""
    fields: Fields = {"weight_filler": MSRA, **more}
    if kernel > 1:
        fields["pad"] = kernel // 2
    if n.deploy:
        fields |= {"param": rates, "bias_filler": constant(0)}
        x = n.convolution(f"conv{at}", x, outputs, kernel, **fields)
    else:
        fields |= {"param": rates[:1], "bias_term": False}
        x = n.convolution(f"conv{at}", x, outputs, kernel, **fields)
        fixed = [{"lr_mult": 0, "decay_mult": 0}] * 3
        x = n.add("BatchNorm", f"conv{at}/bn", x, in_place=True, param=fixed)
        affine: Fields = {"bias_term": True, "filler": {"value": 1}, "bias_filler": {"value": 0}}
        learned = [{**rate, "decay_mult": 0} for rate in rates]
        x = n.add("Scale", f"conv{at}/scale", x, in_place=True, param=learned, **affine)
    return n.relu(f"conv{at}/relu", x)


def feature_maps(n: Builder, x: Any, rates: list[Fields]) -> dict[str, Any]:
    """MobileNet and what is behind it."""
    outputs = 32
    x = convolution(n, rates, "0", x, outputs, 3, stride=2)
    maps: dict[str, Any] = {}
    for i, (stride, following) in enumerate(PAIRS.values(), 1):
        depthwise: Fields = {"group": outputs, "engine": P.Convolution.CAFFE}
        if stride > 1:
            depthwise["stride"] = stride
        outputs = following
        x = convolution(n, rates, f"{i}/dw", x, depthwise["group"], 3, **depthwise)
        x = maps[f"conv{i}"] = convolution(n, rates, str(i), x, outputs, 1)
    for i, (narrow, outputs) in BEHIND.items():
        x = convolution(n, rates, f"{i}_1", x, narrow, 1)
        x = maps[f"conv{i}_2"] = convolution(n, rates, f"{i}_2", x, outputs, 3, stride=2)
    return {name: maps[name] for name in PRIORS}


def net(use: str) -> Any:
    """To train, to test, or to deploy. Training starts from weights that know objects already, and
    moves all of them slowly but those that tell classes apart."""
    n = Builder(use == "deploy", keep=LEARNING)
    if n.deploy:
        x = n.input(1, 3, 300, 300, name="input")
    else:
        batch = 24 if use == "train" else 8
        x = pictures(n, use, batch, scale=0.007843, mean_value=[127.5, 127.5, 127.5])
    rates = scaled(RATES, 0.1) if use == "train" else RATES
    fields: Fields = {"kernel_size": 1, "weight_filler": MSRA, "bias_filler": constant(0)}
    locations, confidences = {**fields, "param": rates}, {**fields, "param": RATES}
    boxes = multibox(n, feature_maps(n, x, rates), PRIORS, locations, confidences)
    if use == "train":
        multibox_loss(n, boxes)
    elif use == "test":
        found = detections(n, boxes, top_k=400, keep_top_k=200, confidence_threshold=0.01)
        evaluate(n, found)
    else:
        detections(n, boxes, top_k=100, keep_top_k=100, confidence_threshold=0.25)
    return n.to_proto("MobileNet-SSD")


FILES = detection_files(
    "models/mobilenet_ssd",
    "mobilenet",
    net,
    test_iter=673,
    type="RMSProp",
    base_lr=0.0005,
    gamma=0.5,
    stepvalue=[20000, 40000],
    iter_size=1,
    weight_decay=0.00005,
    snapshot=1000,
)
