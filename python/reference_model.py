"""What classify.py and detect.py share: the reference model they use by default, and the options
that say how an image becomes a net's input."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import caffe

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parent / "models/bvlc_reference_caffenet"


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the net and of its input."""
    parser.add_argument(
        "--model_def", default=FOLDER / "deploy.prototxt", help="the net (default: CaffeNet)"
    )
    parser.add_argument(
        "--pretrained_model",
        default=FOLDER / "bvlc_reference_caffenet.caffemodel",
        help="its weights",
    )
    parser.add_argument("--gpu", action="store_true", help="run on the GPU")
    parser.add_argument(
        "--mean_file",
        default=HERE / "caffe/imagenet/ilsvrc_2012_mean.npy",
        help="what is subtracted, K x H x W, .npy or .binaryproto (default: ILSVRC12's); '': nothing",
    )
    parser.add_argument("--input_scale", type=float, help="a factor after that")
    parser.add_argument(
        "--raw_scale",
        type=float,
        default=255.0,
        help="a factor before that, of values from 0 to 1 (default: 255)",
    )
    parser.add_argument(
        "--channel_swap",
        default="2,1,0",
        help="the order of channels (default: 2,1,0, RGB to BGR); '': as they are",
    )


def numbers(text: str, what: str) -> list[int] | None:
    """Numbers between commas; None for no text."""
    try:
        return [int(one) for one in text.split(",")] if text else None
    except ValueError:
        raise caffe.InvalidArgumentError(
            f"--{what}: expected numbers between commas, got {text!r}"
        ) from None


def choose_device(gpu: bool) -> None:
    """Where nets run from now on."""
    if not gpu:
        caffe.set_mode_cpu()
        print("CPU mode")
        return
    try:
        caffe.set_mode_gpu()
    except caffe.UnsupportedError as failure:
        raise caffe.UnsupportedError(f"--gpu: {failure}: leave out --gpu") from None
    print("GPU mode")


def input_options(chosen: argparse.Namespace) -> dict[str, Any]:
    """What Classifier and Detector want to know of the input."""
    return {
        "mean": caffe.io.read_mean(chosen.mean_file) if chosen.mean_file else None,
        "input_scale": chosen.input_scale,
        "raw_scale": chosen.raw_scale,
        "channel_swap": numbers(chosen.channel_swap, "channel_swap"),
    }


def files(chosen: argparse.Namespace) -> tuple[Path, Path]:
    """The net's definition and weights. FileError says how to get the weights of a model of ours."""
    definition, weights = Path(chosen.model_def), Path(chosen.pretrained_model)
    if not weights.exists():
        advice = "--pretrained_model names another file"
        if (weights.parent / "readme.md").exists():
            advice = f"scripts/download_model_binary.py {weights.parent} fetches it; {advice}"
        raise caffe.FileError(f"{weights} is not there: {advice}")
    return definition, weights
