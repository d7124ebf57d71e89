#!/usr/bin/env python3
"""Lists the layers of a net's prototxt: name, type, parameters that are shared or learn at another
rate, what it reads and makes, and what a convolution or pooling is: kernel/stride+pad, outputs/group.

    summarize.py net.prototxt [--max-width 30]

Nothing is loaded, and no data has to be there. Blobs have colours on a terminal; one that no layer
makes is on red, one that no layer reads is underlined. net.summary() counts parameters and memory.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))
import own_python  # noqa: F401

# isort: split
import caffe
from caffe._messages import upgraded_net
from caffe.proto import caffe_pb2
from google.protobuf import text_format

COLOURS = ("92", "93", "94", "95", "96", "97", "42;30", "43;30", "46;30", "100", "103;30", "107;30")
NOT_MADE = "41"
NOT_READ = "1;4;"


def read_net(file: str) -> Any:
    """The definition, in today's form."""
    try:
        text = Path(file).read_text(encoding="utf-8")
        return upgraded_net(text_format.Parse(text, caffe_pb2.NetParameter()))
    except OSError as failure:
        raise caffe.FileError(f"{file}: {failure.strerror}") from failure
    except (text_format.ParseError, UnicodeDecodeError) as failure:
        raise caffe.ParseError(f"{file}: {failure}") from None


def parameters(layer: Any) -> str:
    """What is said of its parameters, where it is not the usual: a name, x the rate, Dx the decay."""
    words = []
    for one in layer.param:
        parts = [one.name] if one.name else []
        parts += [f"x{one.lr_mult:g}"] if one.lr_mult != 1 else []
        parts += [f"Dx{one.decay_mult:g}"] if one.decay_mult != 1 else []
        words.append(" ".join(parts))
    return f"({', '.join(words)})" if any(words) else ""


def extents(param: Any, name: str, usual: int) -> list[int]:
    """The values of kernel_size and its like, however they are given."""
    stem = name.partition("_")[0]
    both = [getattr(param, f"{stem}_h"), getattr(param, f"{stem}_w")]
    if any(both):
        return both
    given = getattr(param, name)
    if isinstance(given, int):  # a pooling has one number
        return [given]
    return list(given) or [usual]


def window(param: Any) -> str:
    """11/4+2: a kernel of 11, a stride of 4, a padding of 2; 3x5 where sides differ."""

    def sides(values: list[int]) -> str:
        return "x".join(map(str, values if len(set(values)) > 1 else values[:1]))

    stride, pad = extents(param, "stride", 1), extents(param, "pad", 0)
    text = sides(extents(param, "kernel_size", 0))
    text += f"/{sides(stride)}" if any(one != 1 for one in stride) else ""
    return text + (f"+{sides(pad)}" if any(pad) else "")


def detail(layer: Any) -> str:
    """What a convolution, a pooling or an inner product is."""
    if layer.type in ("Convolution", "Deconvolution"):
        param = layer.convolution_param
        group = f"/{param.group}" if param.group != 1 else ""
        return f"{window(param)} {param.num_output}{group}"
    if layer.type == "Pooling":
        return "global" if layer.pooling_param.global_pooling else window(layer.pooling_param)
    return str(layer.inner_product_param.num_output) if layer.type == "InnerProduct" else ""


Cell = list[tuple[str, str]]  # words, and the colour of each


def rows(net: Any) -> list[list[Cell]]:
    """The table, a row a layer."""
    read = {name for layer in net.layer for name in layer.bottom}
    colours: dict[str, str] = {}
    table = []
    for layer in net.layer:
        bottoms = [(name, colours.get(name, NOT_MADE)) for name in layer.bottom]
        tops = []
        for i, name in enumerate(layer.top):
            colour = colours.setdefault(name, COLOURS[len(colours) % len(COLOURS)])
            weight = f"{layer.loss_weight[i]:g} * " if i < len(layer.loss_weight) else ""
            tops.append((weight + name, (NOT_READ if name not in read else "") + colour))
        python = layer.python_param
        kind = f"{python.module}.{python.layer}" if layer.type == "Python" else layer.type
        plain = ([(text, "")] for text in (layer.name, kind, parameters(layer)))
        table.append([*plain, bottoms, [("->", "")], tops, [(detail(layer), "")]])
    return table


def lines(table: list[list[Cell]], width: int, coloured: bool) -> list[str]:
    """The table as text: no column is wider than `width`; longer text moves what is behind it."""
    plain = [[", ".join(word for word, _ in cell) for cell in row] for row in table]
    widths = [min(width, max(map(len, column)) + 1) for column in zip(*plain)]
    found = []
    for row, words in zip(table, plain):
        text, used, place = "", 0, 0
        for cell, word, room in zip(row, words, widths):
            place += room
            shown = [
                f"\033[{colour}m{one}\033[0m" if colour and coloured else one
                for one, colour in cell
            ]
            gap = max(1, place - used - len(word))
            text += ", ".join(shown) + " " * gap
            used += len(word) + gap
        found.append(text.rstrip())
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description="List the layers of a net's prototxt.")
    parser.add_argument("filename", help="the net's prototxt")
    parser.add_argument("-w", "--max-width", type=int, default=30, help="of a column (default: 30)")
    chosen = parser.parse_args()
    try:
        table = rows(read_net(chosen.filename))
    except caffe.Error as failure:
        print(f"summarize.py: {failure}", file=sys.stderr)
        return 1
    print("\n".join(lines(table, chosen.max_width, sys.stdout.isatty())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
