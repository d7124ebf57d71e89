"""Weights that the original trained, on real images: the answers are right."""

from __future__ import annotations

from pathlib import Path

import caffe
import lmdb
import numpy as np
import pytest
from caffe.convert import read_idx
from caffe.proto import caffe_pb2
from PIL import Image, ImageOps


def pixels(path: Path) -> Image.Image:
    return Image.open(path).convert("RGB")


def top(net: caffe.Net) -> np.ndarray:
    """The classes of the first image, the likeliest first."""
    (scores,) = net.forward().values()
    return np.argsort(-scores[0].ravel(), kind="stable")


@pytest.mark.parametrize("bf16", [False, True])
@pytest.mark.parametrize(
    "weights",
    ["lenet_everpeace_v1format/lenet_iter_10000.caffemodel", "lenet_pl8787_v0era/lenet_iter_10000"],
)
def test_lenet_reads_digits(shared: Path, weights: str, bf16: bool) -> None:
    """From files that hold V1 layers."""
    file = shared / "zoo/weights" / weights
    images = read_idx(shared / "data/mnist/t10k-images-idx3-ubyte.gz")
    labels = read_idx(shared / "data/mnist/t10k-labels-idx1-ubyte.gz")
    net = caffe.Net(file.parent / "lenet.prototxt", file, caffe.TEST, bf16_weights=bf16)
    net.blobs["data"].reshape(500, 1, 28, 28)
    right = 0
    for begin in range(0, len(images), 500):
        net.blobs["data"].data[:, 0] = images[begin : begin + 500] / 256.0
        right += int((net.forward()["prob"].argmax(1) == labels[begin : begin + 500]).sum())
    assert right > 9800


def test_captchas_from_their_database(shared: Path) -> None:
    folder = shared / "zoo/weights/verifycode_lmdb"
    text = (
        (folder / "trainval.prototxt").read_text().replace("data/test_lmdb", f"{folder}/test_lmdb")
    )
    weights = folder / "verifycode_iter_40000.caffemodel"
    net = caffe.Net.from_text(text, caffe.TEST, weights=[str(weights)])
    with lmdb.open(str(folder / "test_lmdb"), readonly=True, lock=False) as database:
        batches = database.stat()["entries"] // net.blobs["data"].num
    assert batches == 10
    shares = [float(net.forward()["accuracy"]) for _ in range(batches)]
    assert np.mean(shares) == pytest.approx(0.9925)


def test_squeezenet_names_photographs(shared: Path) -> None:
    folder = shared / "zoo/weights/squeezenet_v1.1"
    net = caffe.Net(
        folder / "deploy.prototxt", folder / "squeezenet_v1.1_fp16.caffemodel", caffe.TEST
    )
    net.blobs["data"].reshape(1, 3, 227, 227)
    photographs = shared / "data/images/imagenet"
    hits = {1: 0, 5: 0}
    lines = (photographs / "val.txt").read_text().split("\n")
    for name, label in (line.split() for line in lines if line):
        image = pixels(photographs / name)
        scale = 256 / min(image.size)
        image = image.resize((round(image.width * scale), round(image.height * scale)))
        left, upper = (image.width - 227) // 2, (image.height - 227) // 2
        image = image.crop((left, upper, left + 227, upper + 227))
        bgr = np.asarray(image, np.float32)[:, :, ::-1] - (104, 117, 123)
        net.blobs["data"].data[0] = bgr.transpose(2, 0, 1)
        classes = top(net)
        for k in hits:
            hits[k] += int(label) in classes[:k]
    assert hits[1] >= 11
    assert hits[5] >= 14


def test_cifar10_from_hdf5_knows_frogs_and_ships(shared: Path) -> None:
    """The middle of photographs at 32 x 32, with the training's mean."""
    weights = shared / "zoo/weights"
    folder = weights / "cifar10_full_hdf5_snapshot"
    net = caffe.Net(
        folder / "cifar10_full.prototxt",
        folder / "cifar10_full_iter_100000.caffemodel.h5",
        caffe.TEST,
    )
    blob = caffe_pb2.BlobProto.FromString(
        (weights / "cifar10_quick_hdf5_snapshot/mean.binaryproto").read_bytes()
    )
    mean = caffe.io.blobproto_to_array(blob).reshape(3, 32, 32)
    kinds = [
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "truck",
    ]
    images = shared / "data/images"
    wanted = {
        "imagenet/n01641577_bullfrog.JPEG": "frog",
        "imagenet/n03095699_container_ship.JPEG": "ship",
        "imagenet/n02105855_Shetland_sheepdog.JPEG": "dog",
        "imagenet/n02095889_Sealyham_terrier.JPEG": "dog",
        "cat.jpg": "cat",
    }
    right = 0
    for name, kind in wanted.items():
        image = ImageOps.fit(pixels(images / name), (32, 32), Image.Resampling.BOX)
        net.blobs["data"].data[0] = np.asarray(image, np.float32).transpose(2, 0, 1) - mean
        right += kinds[top(net)[0]] == kind
    assert right >= 4


@pytest.mark.parametrize("bf16", [False, True])
def test_vanilla_cnn_finds_the_eyes(shared: Path, bf16: bool) -> None:
    weights = shared / "zoo/weights"
    folder = weights / "vanillacnn_facial_landmark"
    net = caffe.Net(
        folder / "vanilla_deploy.prototxt",
        folder / "vanillaCNN.caffemodel",
        caffe.TEST,
        bf16_weights=bf16,
    )
    face = pixels(weights / "mtcnn_v1/images/test1.jpg").crop((75, 20, 165, 110)).resize((40, 40))
    bgr = np.asarray(face, np.float32)[:, :, ::-1]
    normal = (bgr - bgr.mean((0, 1))) / bgr.std((0, 1))
    net.blobs["data"].data[0] = normal.transpose(2, 0, 1)
    points = net.forward()["Dense2"].reshape(5, 2) + 0.5
    # As marked by hand: eyes, nose, corners of the mouth.
    by_hand = [(0.36, 0.31), (0.71, 0.34), (0.56, 0.49), (0.39, 0.65), (0.69, 0.67)]
    assert np.abs(points - by_hand).max() < 0.07


def test_a_converted_residual_net_computes(shared: Path) -> None:
    """From MXNet, with statistics in BatchNorm's blobs. Its converter forgot the layer "flatten"."""
    folder = shared / "zoo/weights/residual_mxnet2caffe"
    text = (folder / "deploy.prototxt").read_text().replace('bottom: "flatten"', 'bottom: "pool5"')
    net = caffe.Net.from_text(text, caffe.TEST, weights=[str(folder / "residual.caffemodel")])
    image = pixels(shared / "data/images/cat.jpg").resize((224, 224))
    net.blobs["data"].data[...] = np.asarray(image, np.float32).transpose(2, 0, 1)
    (scores,) = net.forward().values()
    assert scores.shape == (10, 1000)
    assert np.isfinite(scores).all()
    assert scores.std() > 0.1
    assert np.allclose(scores, scores[0], rtol=1e-4, atol=1e-4)  # the same image ten times
