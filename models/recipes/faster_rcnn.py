"""Faster R-CNN: over the same layers, a net that proposes regions and one that names their content.

Proposals, and what they should have been, come from the Python layers of py-faster-rcnn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from blocks import Builder, Fields, constant, files, gaussian, solver
from caffe import params as P
from vgg import GROUPS, convolutions

CLASSES = 21  # PASCAL VOC's, the first of them background
ANCHORS = 9  # boxes at each place
STRIDE = 16  # pixels from one place to the next

RATES: list[Fields] = [{"lr_mult": 1}, {"lr_mult": 2}]
FIXED: list[Fields] = [{"lr_mult": 0, "decay_mult": 0}] * 2


class Names(NamedTuple):
    """Of the first layer that proposes."""

    layer: str
    relu: str
    top: str


class Model(NamedTuple):
    """What one of the nets has of its own."""

    name: str
    layers: Callable[[Builder, Any], Any]  # that both nets share
    width: int  # outputs of the first layer that proposes
    names: Names  # if the nets take turns in training
    regions: tuple[str, str, int]  # the pooling layer, its top and its size
    losses: tuple[str, str]  # their tops
    dropout: Fields
    deploy_dropout: bool
    normalized: Fields


def vgg(n: Builder, x: Any) -> Any:
    """VGG-16's convolutions, of which the first four stay as they are."""
    for group, count in enumerate(GROUPS[16], 1):
        x = convolutions(n, group, count, x, param=FIXED if group < 3 else RATES)
        if group < len(GROUPS[16]):
            x = n.max_pool(f"pool{group}", x, 2, 2)
    return x


def zf(n: Builder, x: Any) -> Any:
    """The convolutions of Zeiler and Fergus, with padding."""
    for i, kernel, outputs in ((1, 7, 96), (2, 5, 256)):
        x = n.convolution(f"conv{i}", x, outputs, kernel, pad=kernel // 2, stride=2, param=RATES)
        near: Fields = {"norm_region": P.LRN.WITHIN_CHANNEL, "engine": P.LRN.CAFFE}
        near |= {"local_size": 3, "alpha": 5e-5, "beta": 0.75}
        x = n.add("LRN", f"norm{i}", n.relu(f"relu{i}", x), **near)
        x = n.max_pool(f"pool{i}", x, 3, 2, pad=1)
    for i, outputs in ((3, 384), (4, 384), (5, 256)):
        x = n.convolution(f"conv{i}", x, outputs, 3, pad=1, stride=1, param=RATES)
        x = n.relu(f"relu{i}", x)
    return x


TOGETHER = Names("rpn_conv/3x3", "rpn_relu/3x3", "rpn/output")
VGG16 = Model(
    "VGG_ILSVRC_16_layers",
    vgg,
    width=512,
    names=TOGETHER,
    regions=("roi_pool5", "pool5", 7),
    losses=("loss_cls", "loss_bbox"),
    dropout={"dropout_ratio": 0.5},
    deploy_dropout=False,
    normalized={},
)
ZF = Model(
    "ZF",
    zf,
    width=256,
    names=Names("rpn_conv1", "rpn_relu1", "rpn_conv1"),
    regions=("roi_pool_conv5", "roi_pool_conv5", 6),
    losses=("cls_loss", "bbox_loss"),
    dropout={"dropout_ratio": 0.5, "scale_train": False},
    deploy_dropout=True,
    normalized={"loss_param": {"ignore_label": -1, "normalize": True}},
)


def learn(std: float) -> Fields:
    """Rates and fillers of new layers."""
    return {"param": RATES, "weight_filler": gaussian(std), "bias_filler": constant(0)}


def python(
    n: Builder, name: str, code: str, bottoms: Sequence[Any], tops: Sequence[str], **param: int
) -> list[Any]:
    """A Python layer: the module and class of its code, and a parameter."""
    module, layer = code.rsplit(".", 1)
    param_str = ", ".join(f"{key!r}: {value}" for key, value in param.items())
    fields: Fields = {"module": module, "layer": layer, "param_str": param_str}
    return n.add_tops("Python", name, bottoms, tops, python_param=fields)


def smooth_l1(n: Builder, top: str, name: str, bottoms: Sequence[Any], **more: Any) -> None:
    """How far boxes are off."""
    n.add("SmoothL1Loss", top, *bottoms, name=name, loss_weight=1, **more)


def classes(n: Builder, top: str, name: str, scores: Any, labels: Any, **more: Any) -> None:
    """How wrong classes are."""
    down = [True, False]
    n.add(
        "SoftmaxWithLoss",
        top,
        scores,
        labels,
        name=name,
        loss_weight=1,
        propagate_down=down,
        **more,
    )


def propose(n: Builder, model: Model, x: Any, names: Names, tops: Sequence[str]) -> list[Any]:
    """Regions, from the layers that both nets share."""
    three: Fields = {"kernel_size": 3, "pad": 1, "stride": 1, **learn(0.01)}
    x = n.add("Convolution", names.top, x, name=names.layer, num_output=model.width, **three)
    x = n.relu(names.relu, x)
    one: Fields = {"pad": 0, "stride": 1, **learn(0.01)}
    scores = n.convolution("rpn_cls_score", x, 2 * ANCHORS, 1, **one)
    boxes = n.convolution("rpn_bbox_pred", x, 4 * ANCHORS, 1, **one)
    pairs = n.add("Reshape", "rpn_cls_score_reshape", scores, shape={"dim": [0, 2, -1, 0]})
    if not n.deploy:
        code = "rpn.anchor_target_layer.AnchorTargetLayer"
        bottoms = [scores, n.spec.gt_boxes, n.spec.im_info, n.spec.data]
        targets = ("labels", "bbox_targets", "bbox_inside_weights", "bbox_outside_weights")
        labels, *rest = python(
            n, "rpn-data", code, bottoms, [f"rpn_{name}" for name in targets], feat_stride=STRIDE
        )
        ignoring: Fields = {"loss_param": {"ignore_label": -1, "normalize": True}}
        classes(n, "rpn_cls_loss", "rpn_loss_cls", pairs, labels, **ignoring)
        smooth: Fields = {"smooth_l1_loss_param": {"sigma": 3}}
        smooth_l1(n, "rpn_loss_bbox", "rpn_loss_bbox", [boxes, *rest], **smooth)
    x = n.softmax("rpn_cls_prob", pairs)
    x = n.add("Reshape", "rpn_cls_prob_reshape", x, shape={"dim": [0, 2 * ANCHORS, -1, 0]})
    code = "rpn.proposal_layer.ProposalLayer"
    return python(n, "proposal", code, [x, boxes, n.spec.im_info], tops, feat_stride=STRIDE)


def recognise(n: Builder, model: Model, x: Any, rois: Any) -> tuple[Any, Any]:
    """Scores and boxes of regions."""
    name, top, size = model.regions
    pooled: Fields = {"pooled_h": size, "pooled_w": size, "spatial_scale": 1 / STRIDE}
    x = n.add("ROIPooling", top, x, rois, name=name, **pooled)
    for i in (6, 7):
        x = n.relu(f"relu{i}", n.inner_product(f"fc{i}", x, 4096, param=RATES))
        if model.deploy_dropout or not n.deploy:
            x = n.add("Dropout", f"drop{i}", x, in_place=True, **model.dropout)
    scores = n.inner_product("cls_score", x, CLASSES, **learn(0.01))
    return scores, n.inner_product("bbox_pred", x, 4 * CLASSES, **learn(0.001))


def deploy(model: Model, names: Names, regions_only: bool = False) -> Any:
    """Regions and what is in them, or the regions and their scores."""
    n = Builder(True)
    x = model.layers(n, n.inputs(data=(1, 3, 224, 224), im_info=(1, 3)))
    tops = ("rois", "scores") if regions_only else ("rois",)
    rois = propose(n, model, x, names, tops)[0]
    if not regions_only:
        scores, _ = recognise(n, model, x, rois)
        n.add("Softmax", "cls_prob", scores, **model.normalized)
    return n.to_proto(model.name)


def train(model: Model) -> Any:
    """Both nets together."""
    n = Builder(False)
    tops = ("data", "im_info", "gt_boxes")
    code = "roi_data_layer.layer.RoIDataLayer"
    x, *_ = python(n, "input-data", code, [], tops, num_classes=CLASSES)
    x = model.layers(n, x)
    rois = propose(n, model, x, TOGETHER, ("rpn_rois",))
    code = "rpn.proposal_target_layer.ProposalTargetLayer"
    targets = ("rois", "labels", "bbox_targets", "bbox_inside_weights", "bbox_outside_weights")
    bottoms = [*rois, n.spec.gt_boxes]
    regions, labels, *rest = python(n, "roi-data", code, bottoms, targets, num_classes=CLASSES)
    scores, boxes = recognise(n, model, x, regions)
    class_loss, box_loss = model.losses
    classes(n, class_loss, "loss_cls", scores, labels, **model.normalized)
    smooth_l1(n, box_loss, "loss_bbox", [boxes, *rest])
    return n.to_proto(model.name)


def model_files(folder: str, model: Model, prefix: str) -> dict[str, Any]:
    """deploy is for weights from nets that took turns in training, test for those from train."""
    return files(
        folder,
        deploy=deploy(model, model.names),
        rpn_test=deploy(model, model.names, regions_only=True),
        train=train(model),
        test=deploy(model, TOGETHER),
        solver=solver(
            train_net=f"{folder}/train.prototxt",
            base_lr=0.001,
            lr_policy="step",
            gamma=0.1,
            stepsize=50000,
            max_iter=70000,
            display=20,
            average_loss=100,
            momentum=0.9,
            weight_decay=0.0005,
            snapshot=0,
            snapshot_prefix=f"{folder}/{prefix}",
            iter_size=2,
        ),
    )


FILES = {
    **model_files("models/faster_rcnn_vgg16", VGG16, "vgg16_faster_rcnn"),
    **model_files("models/faster_rcnn_zf", ZF, "zf_faster_rcnn"),
}
