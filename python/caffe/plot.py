"""Training logs as numbers and as curves.

caffe.plot.plot_log("train.log", "curves.png")
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ._library import StrPath
from .errors import FileError, InvalidArgumentError, UnsupportedError

_LINE = re.compile(r"^[IWEF]\d{4}(?:\d{4})? (\d+):(\d+):(\d+(?:\.\d+)?)\s+\d+ [^\]]+\] ?(.*)$")
_NUMBER = r"([-+\w.]+)"
_LOSS = re.compile(rf"^Iteration (\d+)(?: \([^)]*\))?, loss = {_NUMBER}")
_RATE = re.compile(rf"^Iteration (\d+), lr = {_NUMBER}")
_TESTING = re.compile(r"^Iteration (\d+), Testing net \(#(\d+)\)")
_OUTPUT = re.compile(rf"^\s*(Train|Test) net output #\d+: (\S+) = {_NUMBER}")


@dataclass
class Point:
    """What the log says about one iteration: names and values. `net` counts the test nets."""

    iteration: int
    seconds: float
    values: dict[str, float] = field(default_factory=dict)
    net: int = 0


@dataclass
class Log:
    """A training log: a point for each display, with "loss" (averaged) and "lr" beside the outputs,
    and for each test."""

    train: list[Point] = field(default_factory=list)
    test: list[Point] = field(default_factory=list)


def parse_log(source: StrPath | Iterable[str]) -> Log:
    """Reads a log file, or lines of one. Lines that say nothing about training are passed over."""
    if isinstance(source, (str, os.PathLike)):
        try:
            with open(source, encoding="utf-8", errors="replace") as opened:
                return parse_log(opened.readlines())
        except OSError as failure:
            raise FileError(f"{failure.filename}: {failure.strerror}") from failure
    log = Log()
    start: float | None = None
    for line in source:
        split = _LINE.match(line.rstrip("\n"))
        if not split:
            continue
        hours, minutes, seconds, message = split.groups()
        clock = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
        start = clock if start is None else start
        _read(log, message, (clock - start) % 86400)
    return log


def _read(log: Log, message: str, seconds: float) -> None:
    if found := _TESTING.match(message):
        log.test.append(Point(int(found[1]), seconds, net=int(found[2])))
    elif found := _LOSS.match(message):
        log.train.append(Point(int(found[1]), seconds, {"loss": float(found[2])}))
    elif found := _RATE.match(message):
        if log.train and log.train[-1].iteration == int(found[1]):
            log.train[-1].values["lr"] = float(found[2])
    elif found := _OUTPUT.match(message):
        points = log.train if found[1] == "Train" else log.test
        if points:
            # The averaged loss keeps its name; an output of the same name is its value in one
            # batch.
            name = found[2] if found[1] == "Test" or found[2] != "loss" else "batch loss"
            points[-1].values[name] = float(found[3])


def plot_log(source: StrPath | Iterable[str] | Log, filename: StrPath, title: str = "") -> None:
    """Draws loss and accuracy over iterations into a file (.png, .svg, .pdf)."""
    log = source if isinstance(source, Log) else parse_log(source)
    if not log.train and not log.test:
        raise InvalidArgumentError("the log has no lines of training: nothing to plot")
    try:
        from matplotlib.figure import Figure
    except ImportError as failure:
        raise UnsupportedError(
            "caffe.plot draws with matplotlib: pip install matplotlib"
        ) from failure
    accuracies = sorted(
        {name for point in log.test for name in point.values if "accuracy" in name.lower()}
    )
    losses = sorted({name for point in log.test for name in point.values if "loss" in name.lower()})
    figure = Figure(figsize=(10.5 if accuracies else 6, 4.2), dpi=130, layout="constrained")
    axes = list(figure.subplots(1, 2 if accuracies else 1, squeeze=False)[0])
    _curves(
        axes[0],
        [("training", "#2458a6", 1.2, _series(log.train, "loss"))]
        + [
            (
                f"test: {name}" if len(losses) > 1 else "test",
                "#c2571a",
                1.8,
                _series(log.test, name),
            )
            for name in losses
        ],
        "loss",
    )
    if all(value > 0 for one in axes[0].lines for value in one.get_ydata()):
        axes[0].set_yscale("log")
    if accuracies:
        _curves(
            axes[1],
            [
                (name, colour, 1.8, _series(log.test, name))
                for name, colour in zip(accuracies, ["#2f7d43", "#6542a6", "#9a6304", "#4b5563"])
            ],
            "accuracy on the test set",
        )
        axes[1].yaxis.set_major_formatter("{x:.1%}")
        # What the first tests say would leave no room for the rest.
        values = sorted(value for line in axes[1].lines for value in line.get_ydata())
        low, high = values[len(values) // 6], values[-1]
        room = 0.35 * (high - low) or 0.01
        axes[1].set_ylim(low - room, min(high + room, 1.003))
        for line in axes[1].lines:
            line.set_label(f"{line.get_label()}, at last {line.get_ydata()[-1]:.2%}")
        axes[1].legend(frameon=False, loc="lower right")
    if title:
        figure.suptitle(title, fontsize=12, fontweight="bold")
    figure.savefig(filename)


def _series(points: list[Point], name: str) -> list[tuple[int, float]]:
    return [(point.iteration, point.values[name]) for point in points if name in point.values]


def _curves(
    axis: Any, curves: list[tuple[str, str, float, list[tuple[int, float]]]], label: str
) -> None:
    for name, colour, width, series in curves:
        if series:
            marker = "o" if len(series) < 40 and name != "training" else ""
            axis.plot(
                *zip(*series),
                color=colour,
                linewidth=width,
                marker=marker,
                markersize=3.5,
                label=name,
            )
    axis.set_xlabel("iteration")
    axis.set_ylabel(label)
    axis.grid(color="#e5e7eb", linewidth=0.8)
    axis.spines[["top", "right"]].set_visible(False)
    if axis.lines:
        axis.legend(frameon=False)
