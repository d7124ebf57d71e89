#!/usr/bin/env python3
"""Draws a net's layers and blobs: draw_net.py net.prototxt net.png (or .svg, .pdf ...)."""

from __future__ import annotations

import argparse
import sys

import own_python  # noqa: F401

# isort: split
import caffe
from caffe.proto import caffe_pb2
from google.protobuf import text_format

PHASES = {"TRAIN": caffe.TRAIN, "TEST": caffe.TEST, "ALL": None}


def truth(text: str) -> bool:
    """What --display_lrm=... says."""
    try:
        return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[
            text.lower()
        ]
    except KeyError:
        raise argparse.ArgumentTypeError(f"expected true or false, got {text!r}") from None


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("input_net_proto_file", help="the net's prototxt")
    parser.add_argument("output_image_file", help="the picture to write")
    parser.add_argument(
        "--rankdir",
        choices=("LR", "TB", "BT", "RL"),
        default="LR",
        help="where the net runs: LR from left to right, TB from top to bottom ... (default: LR)",
    )
    parser.add_argument(
        "--phase", choices=PHASES, default="ALL", help="only the layers of a phase (default: ALL)"
    )
    parser.add_argument(
        "--display_lrm",
        type=truth,
        nargs="?",
        const=True,
        default=False,
        help="show the multipliers of the learning rate",
    )
    return parser.parse_args()


def read_net(file: str) -> caffe_pb2.NetParameter:
    """The net's message."""
    try:
        with open(file, encoding="utf-8") as stream:
            return text_format.Parse(stream.read(), caffe_pb2.NetParameter())
    except OSError as failure:
        raise caffe.FileError(f"{file}: {failure.strerror}") from failure
    except UnicodeDecodeError:
        raise caffe.ParseError(f"{file}: is no text, which a net's prototxt is") from None
    except text_format.ParseError as failure:
        raise caffe.ParseError(f"{file}: {failure}") from None


def main() -> int:
    chosen = arguments()
    try:
        net = read_net(chosen.input_net_proto_file)
        print(f"Drawing net to {chosen.output_image_file}")
        caffe.draw.draw_net_to_file(
            net,
            chosen.output_image_file,
            chosen.rankdir,
            PHASES[chosen.phase],
            chosen.display_lrm,
        )
    except caffe.Error as failure:
        print(f"draw_net.py: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
