"""classification: the original's C++ example, which prints the five likeliest classes of an image."""
from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import numpy as np
import pytest
from cli_tool import SHARED, Tool

Image = pytest.importorskip("PIL.Image")

from caffe.proto import caffe_pb2

FILES = ("net.prototxt", "w.caffemodel", "mean.binaryproto", "labels.txt", "image.png")


@pytest.fixture
def classifier(tool: Tool) -> Tool:
    """The tool, in a folder with an image of one pixel, and a net whose classes are the channels blue, green and red."""
    write_net(tool, channels=3)
    write_mean(tool, [10, 20, 29])
    weights = caffe_pb2.NetParameter(layer=[dict(name="prob", type="Softmax")])
    (tool.folder / "w.caffemodel").write_bytes(weights.SerializeToString())
    (tool.folder / "labels.txt").write_text("blue\na \"green\" one\nred\n")
    Image.fromarray(np.array([[[30, 20, 10]]], np.uint8)).save(tool.folder / "image.png")
    return tool


def write_net(tool: Tool, channels: int, more: str = "") -> None:
    (tool.folder / "net.prototxt").write_text(f"""
        layer {{ name: "data" type: "Input" top: "data"
                input_param {{ shape {{ dim: 10 dim: {channels} dim: 1 dim: 1 }} }} }}
        layer {{ name: "prob" type: "Softmax" bottom: "data" top: "prob" }} {more}""")


def write_mean(tool: Tool, means: list[float]) -> None:
    """Every channel is 1 x 2, on both sides of its mean."""
    values = [value for mean in means for value in (mean - 5, mean + 5)]
    mean = caffe_pb2.BlobProto(num=1, channels=len(means), height=1, width=2, data=values)
    (tool.folder / "mean.binaryproto").write_bytes(mean.SerializeToString())


def test_the_likeliest_come_first(classifier: Tool) -> None:
    program = classifier.folder / "classification.bin"
    program.symlink_to(classifier.program)
    done = Tool(program, classifier.folder)(*FILES)
    assert done.status == 0, done.log
    assert done.out == ("---------- Prediction for image.png ----------\n"
                        '0.5761 - "red"\n0.2119 - "blue"\n0.2119 - "a "green" one"\n')


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_at_once(classifier: Tool, sent: signal.Signals) -> None:
    os.mkfifo(classifier.folder / "slow.txt")
    process = classifier.start("classification", *FILES[:3], "slow.txt", FILES[-1])
    with open(classifier.folder / "slow.txt", "w"):  # it is open at both ends
        process.send_signal(sent)
        process.communicate(timeout=300)
    assert process.returncode == -sent


def test_an_image_that_is_cut_off_is_taken_as_far_as_it_goes(classifier: Tool) -> None:
    Image.effect_noise((64, 64), 50).convert("RGB").save(classifier.folder / "cut.jpg")
    whole = (classifier.folder / "cut.jpg").read_bytes()
    (classifier.folder / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    done = classifier("classification", *FILES[:4], "cut.jpg")
    assert done.status == 0, done.log
    assert re.search(r"^W.*\] cut.jpg: the file", done.log, re.MULTILINE)


def test_grey_nets_take_colour_images(classifier: Tool) -> None:
    write_net(classifier, channels=1)
    write_mean(classifier, [0])
    (classifier.folder / "labels.txt").write_text("grey")
    done = classifier("classification", *FILES)
    assert done.out.splitlines()[1:] == ['1.0000 - "grey"']


def test_a_cat(tool: Tool) -> None:
    weights, data = SHARED / "zoo" / "weights" / "squeezenet_v1.1", SHARED / "data"
    if not weights.is_dir() or not data.is_dir():
        pytest.skip("no shared data")
    done = tool("classification", weights / "deploy.prototxt", next(weights.glob("*.caffemodel")),
                data / "ilsvrc12" / "imagenet_mean.binaryproto", data / "ilsvrc12" / "synset_words.txt",
                data / "images" / "cat.jpg")
    assert done.status == 0, done.log
    found = re.findall(r"^(\d\.\d{4}) - \"n\d{8} (.*)\"$", done.out, re.MULTILINE)
    assert len(found) == 5
    assert sorted(found, key=lambda each: -float(each[0])) == found
    assert any("cat" in name for _, name in found)


@pytest.mark.parametrize(("place", "name", "message"), [
    (0, "no", 'cannot read "no"'), (1, "no", 'cannot read "no"'), (2, "no", 'cannot read "no"'),
    (3, "no", 'cannot read "no"'), (4, "no", 'cannot read "no"'),
    (2, "grey.binaryproto", "grey.binaryproto: expected a mean image of 3 channels"),
    (2, "empty", "empty: this is empty, not a blob"),
    (3, "few.txt", "few.txt: there are 2 labels, the net's output has 3 classes"),
    (4, "labels.txt", "labels.txt"),
    (0, "two.prototxt", "the net has 1 inputs and 2 outputs, expected one and one"),
    (0, "four.prototxt", "expected N x 1 or 3 channels x height x width"),
])
def test_what_cannot_be_classified(classifier: Tool, place: int, name: str, message: str) -> None:
    folder: Path = classifier.folder
    mean = (folder / "mean.binaryproto").read_bytes()
    write_mean(classifier, [1])
    (folder / "mean.binaryproto").rename(folder / "grey.binaryproto")
    (folder / "mean.binaryproto").write_bytes(mean)
    net = (folder / "net.prototxt").read_text()
    write_net(classifier, 3, 'layer { name: "other" type: "ReLU" bottom: "data" top: "other" }')
    (folder / "net.prototxt").rename(folder / "two.prototxt")
    write_net(classifier, 4)
    (folder / "net.prototxt").rename(folder / "four.prototxt")
    (folder / "net.prototxt").write_text(net)
    (folder / "empty").write_bytes(b"")
    (folder / "few.txt").write_text("one\ntwo\n")
    words = [*FILES]
    words[place] = name
    done = classifier("classification", *words)
    assert (done.status, done.out) == (1, "")
    assert done.last.startswith("caffe: error: ") and message in done.last


def test_too_few_arguments_show_the_usage(tool: Tool) -> None:
    done = tool("classification", "net.prototxt")
    assert done.status == 1
    assert done.log.startswith("usage: caffe classification [flags] DEPLOY_PROTO CAFFEMODEL MEAN_FILE LABEL_FILE IMAGE")
