"""Fully convolutional networks (FCN): classifiers that score every pixel.

A classifier whose inner products became convolutions gives coarse scores, which FCN-32s enlarges in
one step; FCN-16s and FCN-8s do so in several, and add the scores of finer layers in between.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from blocks import LEARNING, RATES, Builder, Fields, constant, files, solver
from caffe import params as P
from fcn_datasets import CONTEXT, SIFT_FLOW, VOC, Dataset, Head, Source, nyud
from vgg import GROUPS, convolutions

# A finer layer, what enlarges the coarser scores to its size, and where it is cropped.
STEPS = (("pool4", "upscore2", 5), ("pool3", "upscore_pool4", 9))
# Strides of a net's scores: how many of STEPS there are, and where the enlarged scores are cropped.
STRIDES = {32: (0, 19), 16: (1, 27), 8: (2, 31)}


def begin(dataset: Dataset, source: Source | None) -> Builder:
    """A net with its data, or the inputs of a deploy net."""
    n = Builder(source is None, keep=LEARNING)
    if source is None:
        n.inputs(**{name: (1, *shape) for name, shape in dataset.inputs.items()})
    else:
        tops = (*dataset.inputs, *(head.label for head in dataset.heads))
        layer: Fields = {"module": dataset.module, "layer": source.layer}
        layer["param_str"] = str(source.params)
        n.source("Python", {"python_param": layer}, tops=tops, name=tops[0])
    return n


def fully_convolutional(n: Builder, x: Any, kernel: int, end: str = "", **more: Any) -> Any:
    """fc6 and fc7. The deploy net that the authors published has no dropout, and so have ours."""
    for i, size in ((6, kernel), (7, 1)):
        x = n.convolution(f"fc{i}{end}", x, 4096, size, pad=0, stride=1, **more)
        x = n.relu(f"relu{i}{end}", x)
        if not n.deploy:
            x = n.dropout(f"drop{i}{end}", x, 0.5)
    return x


def vgg(n: Builder, x: Any, end: str = "", first: str = "conv1_1") -> tuple[Any, dict[str, Any]]:
    """VGG-16 as far as fc7, and its pools. `end` ends the names; `first` is the first layer's."""
    pools: dict[str, Any] = {}
    for group, count in enumerate(GROUPS[16], 1):
        only: Fields = {"name": f"{first}{end}", "pad": 100} if group == 1 else {}
        x = convolutions(n, group, count, x, end, first=only, stride=1, param=RATES)
        x = pools[f"pool{group}"] = n.max_pool(f"pool{group}{end}", x, 2, 2)
    return fully_convolutional(n, x, 7, end, param=RATES), pools


def caffenet(n: Builder, x: Any) -> Any:
    """CaffeNet as far as fc7."""

    def convolution(i: int, bottom: Any, outputs: int, kernel: int, pad: int, **more: Any) -> Any:
        fields: Fields = {"pad": pad, "group": 1, "stride": 1, **more}
        return n.relu(f"relu{i}", n.convolution(f"conv{i}", bottom, outputs, kernel, **fields))

    x = n.max_pool("pool1", convolution(1, x, 96, 11, 100, stride=4), 3, 2)
    x = n.max_pool("pool2", convolution(2, n.lrn("norm1", x), 256, 5, 2, group=2), 3, 2)
    x = convolution(3, n.lrn("norm2", x), 384, 3, 1)
    x = convolution(5, convolution(4, x, 384, 3, 1, group=2), 256, 3, 1, group=2)
    return fully_convolutional(n, n.max_pool("pool5", x, 3, 2), 6, group=1)


def score(n: Builder, name: str, x: Any, classes: int) -> Any:
    """What each class has at each place."""
    return n.convolution(name, x, classes, 1, pad=0, param=RATES)


def enlarge(n: Builder, name: str, x: Any, classes: int, stride: int, kernel: int) -> Any:
    """With fixed weights: a trained net's, or bilinear ones that whoever trains puts there."""
    shape: Fields = {"kernel_size": kernel, "stride": stride, "bias_term": False}
    return n.add("Deconvolution", name, x, num_output=classes, param=[{"lr_mult": 0}], **shape)


def crop(n: Builder, name: str, x: Any, like: Any, offset: int) -> Any:
    """To the size of `like`, at the offset that undoes padding."""
    return n.add("Crop", name, x, like, axis=2, offset=offset)


def loss(n: Builder, head: Head, scores: Any, normalize: bool = False) -> None:
    """The sum, or mean, over an image; a deploy net ends with the scores."""
    if not n.deploy:
        ignoring: Fields = {"ignore_label": 255, "normalize": normalize}
        n.add("SoftmaxWithLoss", head.loss, scores, n.spec[head.label], loss_param=ignoring)


def refine(
    n: Builder, x: Any, pools: dict[str, Any], image: Any, head: Head, stride: int, scales: Fields
) -> None:
    """From coarse scores to those of every pixel; `scales` are of finer layers that have one."""
    steps, offset = STRIDES[stride]
    e = head.end
    for pool, enlarged, finer_offset in STEPS[:steps]:
        x = enlarge(n, f"{enlarged}{e}", x, head.classes, 2, 4)
        finer = pools[pool]
        if pool in scales:
            fixed: Fields = {"param": [{"lr_mult": 0}], "filler": constant(scales[pool])}
            finer = n.add("Scale", f"scale_{pool}{e}", finer, **fixed)
        finer = score(n, f"score_{pool}{e}", finer, head.classes)
        finer = crop(n, f"score_{pool}{e}c", finer, x, finer_offset)
        x = n.add("Eltwise", f"fuse_{pool}{e}", x, finer, operation=P.Eltwise.SUM)
    name = "upscore" if steps == 0 else f"upscore{stride}"
    x = enlarge(n, f"{name}{e}", x, head.classes, stride, 2 * stride)
    loss(n, head, crop(n, f"score{e}", x, image, offset))


# The nets from their data on. A writer of one gets the Builder and the heads.
Writer = Callable[[Builder, tuple[Head, ...]], None]


def from_image(stride: int, scales: Fields | None = None, first: str = "conv1_1") -> Writer:
    """From one image."""

    def write(n: Builder, heads: tuple[Head, ...]) -> None:
        image = n.spec.data
        x, pools = vgg(n, image, first=first)
        for head in heads:
            y = score(n, f"score_fr{head.end}", x, head.classes)
            refine(n, y, pools, image, head, stride, scales or {})

    return write


def from_depth(n: Builder, heads: tuple[Head, ...]) -> None:
    """From an image of four channels, the last of them depth."""
    n.add("Concat", "data", n.spec.color, n.spec.depth)
    from_image(32, first="conv1_1_bgrd")(n, heads)


def from_two(n: Builder, heads: tuple[Head, ...]) -> None:
    """From an image and its depth as HHA: the mean of what two nets say."""
    scores = []
    for name in ("color", "hha"):
        x, _ = vgg(n, n.spec[name], end=name)
        scores.append(score(n, f"score_fr{name}", x, heads[0].classes))
    half: Fields = {"operation": P.Eltwise.SUM, "coeff": [0.5, 0.5]}
    x = n.add("Eltwise", "score_fused", *scores, **half)
    refine(n, x, {}, n.spec.color, heads[0], 32, {})


def from_caffenet(n: Builder, heads: tuple[Head, ...]) -> None:
    """From one image, by CaffeNet."""
    (head,) = heads
    x = score(n, "score_fr", caffenet(n, n.spec.data), head.classes)
    x = enlarge(n, "upscore", x, head.classes, 32, 63)
    loss(n, head, crop(n, "score", x, n.spec.data, 18), normalize=True)


def model(
    folder: str, dataset: Dataset, write: Writer, base_lr: float, **learning: Any
) -> dict[str, Any]:
    """The files of a model."""

    def net(source: Source | None) -> Any:
        n = begin(dataset, source)
        write(n, dataset.heads)
        return n.to_proto(None)

    path = f"models/{folder}"
    train, test = dataset.train, dataset.test
    fields: Fields = {
        "train_net": f"{path}/{train.file}.prototxt",
        "test_net": f"{path}/{test.file}.prototxt",
        "test_interval": 999999999,  # scores are computed from outside, but for that there is a net
        "test_initialization": False,
        "display": 20,
        "average_loss": 20,
        "lr_policy": "fixed",
        "base_lr": base_lr,  # small: the loss is a sum over pixels
        "momentum": 0.99,
        "iter_size": 1,
        "max_iter": 300000,
        "weight_decay": 0.0005,
        "snapshot_prefix": f"{path}/train",
        **dataset.solver,
        **learning,
    }
    nets = {train.file: net(train), test.file: net(test)}
    return files(path, deploy=net(None), **nets, solver=solver(**fields))


RATES_BY_STRIDE = {32: 1e-10, 16: 1e-12, 8: 1e-14}
IMAGE = {"data": 3}


def by_strides() -> dict[str, Any]:
    """Each dataset's FCN-32s, FCN-16s and FCN-8s."""
    models: dict[str, Any] = {}
    for stride, base_lr in RATES_BY_STRIDE.items():
        write = from_image(stride)
        models |= model(f"voc-fcn{stride}s", VOC, write, base_lr, max_iter=100000)
        models |= model(f"pascalcontext-fcn{stride}s", CONTEXT, write, base_lr)
        models |= model(f"siftflow-fcn{stride}s", SIFT_FLOW, write, max(base_lr, 1e-12))
    return models


FILES = {
    **by_strides(),
    **model("voc-fcn8s-atonce", VOC, from_image(8, {"pool4": 0.01, "pool3": 0.0001}), 1e-10),
    **model(
        "voc-fcn-alexnet", VOC, from_caffenet, 1e-4, momentum=0.9, iter_size=20, max_iter=100000
    ),
    **model("nyud-fcn32s-color", nyud({"color": 3}, IMAGE), from_image(32), 1e-10),
    **model("nyud-fcn32s-hha", nyud({"hha": 3}, IMAGE), from_image(32), 1e-10),
    **model("nyud-fcn32s-color-d", nyud({"color": 3, "depth": 1}), from_depth, 1e-10),
    **model("nyud-fcn32s-color-hha", nyud({"color": 3, "hha": 3}), from_two, 1e-12),
}
