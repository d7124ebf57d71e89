"""What inner products lose by weights kept as bf16: published weights on labelled data, with and without.

    benchmarks/bf16.py SHARED

SHARED is the folder with data/ and zoo/. Each line is a net with inner products: how much of its
test data it gets right with float weights and with the option `bf16_weights`, how often the two
answer differently, and by how much their outputs differ at most.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("CAFFE_LOG_LEVEL", "2")

import caffe
import numpy as np
from caffe.convert import read_idx
from PIL import Image

Batches = Iterator[tuple[dict[str, np.ndarray], np.ndarray | None]]


def report(name: str, make: Callable[[bool], caffe.Net], batches: Batches, output: str) -> None:
    nets = {bf16: make(bf16) for bf16 in (False, True)}
    right = {False: 0.0, True: 0.0}
    count = differ = 0
    judged = False
    worst = 0.0
    for inputs, labels in batches:
        found = {}
        for bf16, net in nets.items():
            top = net.forward(**inputs) if inputs else net.forward()
            found[bf16] = np.array(net.blobs[output].data)
            found[bf16] = found[bf16].reshape(len(found[bf16]), -1)
            judged = judged or labels is not None or "accuracy" in top
            if labels is not None:
                right[bf16] += float((found[bf16].argmax(1) == labels).sum())
            elif "accuracy" in top:
                right[bf16] += float(top["accuracy"]) * len(found[bf16])
        count += len(found[True])
        differ += int((found[True].argmax(1) != found[False].argmax(1)).sum())
        worst = max(worst, float(np.abs(found[True] - found[False]).max()))
    shares = (
        f"right {100 * right[False] / count:.2f} %, as bf16 {100 * right[True] / count:.2f} %, "
        f"other answers {differ}, "
    )
    print(f"{name:11} {count:5} items: {shares if judged else ''}largest difference {worst:.2g}")


def lenet(shared: Path, weights: str) -> None:
    file = shared / "zoo/weights" / weights
    images = read_idx(shared / "data/mnist/t10k-images-idx3-ubyte.gz")
    labels = read_idx(shared / "data/mnist/t10k-labels-idx1-ubyte.gz")

    def batches() -> Batches:
        for begin in range(0, len(images), 500):
            part = images[begin : begin + 500, None] / np.float32(256)
            yield {"data": part.astype(np.float32)}, labels[begin : begin + 500].astype(int)

    def make(bf16: bool) -> caffe.Net:
        net = caffe.Net(file.parent / "lenet.prototxt", file, caffe.TEST, bf16_weights=bf16)
        net.blobs["data"].reshape(500, 1, 28, 28)
        return net

    report("LeNet", make, batches(), "prob")


def captcha(shared: Path) -> None:
    folder = shared / "zoo/weights/verifycode_lmdb"
    text = (folder / "trainval.prototxt").read_text()
    text = text.replace("data/test_lmdb", f"{folder}/test_lmdb")
    weights = [str(folder / "verifycode_iter_40000.caffemodel")]

    def make(bf16: bool) -> caffe.Net:
        return caffe.Net.from_text(text, caffe.TEST, weights=weights, bf16_weights=bf16)

    report("captcha", make, (({}, None) for _ in range(10)), "ip2")


def landmarks(shared: Path) -> None:
    weights = shared / "zoo/weights"
    folder = weights / "vanillacnn_facial_landmark"

    def batches() -> Batches:
        image = Image.open(weights / "mtcnn_v1/images/test1.jpg").convert("RGB")
        for dx in range(-6, 7, 2):
            for dy in range(-6, 7, 2):
                face = image.crop((75 + dx, 20 + dy, 165 + dx, 110 + dy)).resize((40, 40))
                bgr = np.asarray(face, np.float32)[:, :, ::-1]
                normal = (bgr - bgr.mean((0, 1))) / bgr.std((0, 1))
                yield {"data": normal.transpose(2, 0, 1)[None]}, None

    def make(bf16: bool) -> caffe.Net:
        return caffe.Net(
            folder / "vanilla_deploy.prototxt",
            folder / "vanillaCNN.caffemodel",
            caffe.TEST,
            bf16_weights=bf16,
        )

    report("VanillaCNN", make, batches(), "Dense2")


def faces(shared: Path) -> None:
    """MTCNN's second and third net, on parts of a photograph: how likely each is a face."""
    folder = shared / "zoo/weights/mtcnn_v1"
    image = Image.open(folder / "images/test1.jpg").convert("RGB")
    for name, size, output in (("det2", 24, "prob1"), ("det3", 48, "prob1")):

        def batches(size: int = size) -> Batches:
            for left in range(0, image.width - 80, 10):
                for upper in range(0, image.height - 80, 10):
                    part = image.crop((left, upper, left + 80, upper + 80)).resize((size, size))
                    values = (np.asarray(part, np.float32) - 127.5) / 128
                    yield {"data": values.transpose(2, 1, 0)[None]}, None

        def make(bf16: bool, name: str = name, size: int = size) -> caffe.Net:
            net = caffe.Net(
                folder / f"{name}.prototxt",
                folder / f"{name}.caffemodel",
                caffe.TEST,
                bf16_weights=bf16,
            )
            net.blobs["data"].reshape(1, 3, size, size)
            return net

        report(f"MTCNN {name}", make, batches(), output)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("shared", type=Path)
    shared = parser.parse_args().shared
    lenet(shared, "lenet_everpeace_v1format/lenet_iter_10000.caffemodel")
    lenet(shared, "lenet_pl8787_v0era/lenet_iter_10000")
    captcha(shared)
    landmarks(shared)
    faces(shared)


if __name__ == "__main__":
    main()
