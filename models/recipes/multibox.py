"""What SSDs share: images with boxes, boxes from feature maps, their use, and solvers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from blocks import Builder, Fields, files, solver
from caffe import params as P
from caffe.proto import caffe_pb2

CLASSES = 21  # PASCAL VOC's, the first of them background


# How an image changes each time that it is learned from.
DISTORTION: Fields = {
    "brightness_prob": 0.5,
    "brightness_delta": 32,
    "contrast_prob": 0.5,
    "contrast_lower": 0.5,
    "contrast_upper": 1.5,
    "hue_prob": 0.5,
    "hue_delta": 18,
    "saturation_prob": 0.5,
    "saturation_lower": 0.5,
    "saturation_upper": 1.5,
    "random_order_prob": 0,
}
RESIZE: Fields = {"prob": 1, "resize_mode": "WARP", "height": 300, "width": 300}
VARIATION: Fields = {
    "mirror": True,
    "resize_param": {**RESIZE, "interp_mode": ["LINEAR", "AREA", "NEAREST", "CUBIC", "LANCZOS4"]},
    "emit_constraint": {"emit_type": "CENTER"},
    "distort_param": DISTORTION,
    "expand_param": {"prob": 0.5, "max_expand_ratio": 4},
}
PATCH: Fields = {"min_scale": 0.3, "max_scale": 1, "min_aspect_ratio": 0.5, "max_aspect_ratio": 2}


def samplers() -> list[Fields]:
    """The whole image, and patches that overlap an object by so much, or anyhow."""
    constraints: list[Fields] = [{"min_jaccard_overlap": o} for o in (0.1, 0.3, 0.5, 0.7, 0.9)]
    constraints.append({"max_jaccard_overlap": 1})
    patches = [
        {"sampler": PATCH, "sample_constraint": constraint, "max_sample": 1, "max_trials": 50}
        for constraint in constraints
    ]
    return [{"max_sample": 1, "max_trials": 1}, *patches]


def pictures(n: Builder, split: str, batch_size: int, **transform: Any) -> Any:
    """VOC0712's images and their boxes, varied to train."""
    training = split == "train"
    still: Fields = {"resize_param": {**RESIZE, "interp_mode": "LINEAR"}}
    database = "trainval" if training else "test"
    source: Fields = {
        "include": {"phase": caffe_pb2.TRAIN if training else caffe_pb2.TEST},
        "transform_param": {**transform, **(VARIATION if training else still)},
        "data_param": {
            "source": f"examples/VOC0712/VOC0712_{database}_lmdb",
            "batch_size": batch_size,
            "backend": P.Data.LMDB,
        },
        "annotated_data_param": {
            "batch_sampler": samplers() if training else {},
            "label_map_file": "data/VOC0712/labelmap_voc.prototxt",
        },
    }
    return n.source("AnnotatedData", source)


def multibox(
    n: Builder,
    maps: dict[str, Any],
    priors: dict[str, Fields],
    locations: Fields,
    confidences: Fields,
) -> list[Any]:
    """Where boxes are, what is in them, and the prior boxes that this is said of, of all maps. The
    convolutions that say it have fields of their own, kernel_size among them."""
    parts: dict[str, list[Any]] = {"loc": [], "conf": [], "priorbox": []}
    for name, x in maps.items():
        prior = priors[name]
        boxes = 1 + ("max_size" in prior) + 2 * len(prior["aspect_ratio"])
        for kind, numbers, fields in (("loc", 4, locations), ("conf", CLASSES, confidences)):
            at = f"{name}_mbox_{kind}"
            y = n.convolution(at, x, numbers * boxes, **fields)
            y = n.add("Permute", f"{at}_perm", y, order=[0, 2, 3, 1])
            parts[kind].append(n.add("Flatten", f"{at}_flat", y, axis=1))
        more: Fields = {
            "flip": True,
            "clip": False,
            "variance": [0.1, 0.1, 0.2, 0.2],
            "offset": 0.5,
        }
        at = f"{name}_mbox_priorbox"
        parts["priorbox"].append(n.add("PriorBox", at, x, n.spec.data, **prior, **more))
    return [
        n.add("Concat", f"mbox_{kind}", *tops, axis=2 if kind == "priorbox" else 1)
        for kind, tops in parts.items()
    ]


def multibox_loss(n: Builder, boxes: list[Any]) -> None:
    """The smooth L1 distance of boxes that match an object, and the classes' cross entropy of them
    and of three times as many of the worst others."""
    n.add(
        "MultiBoxLoss",
        "mbox_loss",
        *boxes,
        n.spec.label,
        include={"phase": caffe_pb2.TRAIN},
        propagate_down=[True, True, False, False],
        loss_param={"normalization": "VALID"},
        loc_loss_type="SMOOTH_L1",
        conf_loss_type="SOFTMAX",
        loc_weight=1,
        num_classes=CLASSES,
        share_location=True,
        match_type="PER_PREDICTION",
        overlap_threshold=0.5,
        use_prior_for_matching=True,
        background_label_id=0,
        use_difficult_gt=True,
        neg_pos_ratio=3,
        neg_overlap=0.5,
        code_type="CENTER_SIZE",
        ignore_cross_boundary_bbox=False,
        mining_type="MAX_NEGATIVE",
    )


def detections(
    n: Builder, boxes: list[Any], top_k: int, keep_top_k: int, confidence_threshold: float
) -> Any:
    """The boxes of objects: those of a class overlap little, and none is below the threshold."""
    loc, conf, priors = boxes
    x = n.add("Reshape", "mbox_conf_reshape", conf, shape={"dim": [0, -1, CLASSES]})
    x = n.add("Softmax", "mbox_conf_softmax", x, axis=2)
    x = n.add("Flatten", "mbox_conf_flatten", x, axis=1)
    return n.add(
        "DetectionOutput",
        "detection_out",
        loc,
        x,
        priors,
        include={"phase": caffe_pb2.TEST},
        num_classes=CLASSES,
        share_location=True,
        background_label_id=0,
        nms_param={"nms_threshold": 0.45, "top_k": top_k},
        code_type="CENTER_SIZE",
        keep_top_k=keep_top_k,
        confidence_threshold=confidence_threshold,
    )


def evaluate(n: Builder, found: Any) -> None:
    """What the solver makes a mean average precision of."""
    n.add(
        "DetectionEvaluate",
        "detection_eval",
        found,
        n.spec.label,
        include={"phase": caffe_pb2.TEST},
        num_classes=CLASSES,
        background_label_id=0,
        overlap_threshold=0.5,
        evaluate_difficult_gt=False,
    )


def detection_files(
    folder: str, prefix: str, net: Callable[[str], Any], **learning: Any
) -> dict[str, Any]:
    """The files of a model, whose solver tests by the mean average precision of 2007."""
    return files(
        folder,
        deploy=net("deploy"),
        train=net("train"),
        test=net("test"),
        solver=solver(
            train_net=f"{folder}/train.prototxt",
            test_net=f"{folder}/test.prototxt",
            test_interval=10000,
            eval_type="detection",
            ap_version="11point",
            display=10,
            average_loss=10,
            max_iter=120000,
            lr_policy="multistep",
            snapshot_prefix=f"{folder}/{prefix}",
            snapshot_after_train=True,
            debug_info=False,
            test_initialization=False,
            **learning,
        ),
    )
