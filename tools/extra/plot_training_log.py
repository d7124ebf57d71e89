#!/usr/bin/env python3
"""Draws one value of training logs over iterations or seconds.

    plot_training_log.py CHART curves.png caffe.log [other.log ...]

CHART is a number: 0 to 7, as the help lists them. python -m caffe.plot draws loss and accuracy in
one picture.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Optional

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))
import own_python  # noqa: F401

# isort: split
import caffe
from caffe.plot import COLOURS, Log, Point, is_accuracy, is_loss, parse_log, picture_format

Value = Callable[[Point], Optional[float]]


def first(wanted: Callable[[str], bool]) -> Value:
    """The first of a point's values whose name is one."""
    return lambda point: next((one for name, one in point.values.items() if wanted(name)), None)


# The original's order. A chart is one of these over Iters, and then over Seconds.
VALUES: list[tuple[str, Callable[[Log], list[Point]], Value]] = [
    ("Test accuracy", lambda log: log.test, first(is_accuracy)),
    ("Test loss", lambda log: log.test, first(is_loss)),
    ("Train learning rate", lambda log: log.train, lambda point: point.values.get("lr")),
    ("Train loss", lambda log: log.train, lambda point: point.values.get("loss")),
]
CHARTS = [f"{name}  vs. {over}" for name, _, _ in VALUES for over in ("Iters", "Seconds")]


def usage() -> str:
    """What there is to choose from."""
    charts = "".join(f"\n    {number}: {chart}" for number, chart in enumerate(CHARTS))
    line = f"plot_training_log.py chart_type[0-{len(CHARTS) - 1}] /where/to/save.png /path/to/first.log"
    return f"usage: {line} ...\nSupported chart types:{charts}"


def curve(log: Log, chart: int) -> tuple[list[float], list[float]]:
    """Where the values are, and the values."""
    _, points, value = VALUES[chart // 2]
    found = [(point, value(point)) for point in points(log)]
    start = log.solving or 0
    known = [(point, one) for point, one in found if one is not None]
    over = [point.seconds - start if chart % 2 else point.iteration for point, _ in known]
    return over, [one for _, one in known]


def plot_chart(chart: int, picture: Path, logs: list[str]) -> None:
    """Draws a chart of logs into a file."""
    kind = picture_format(picture)
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.5), dpi=130, layout="constrained")
    axis = figure.subplots()
    for i, log in enumerate(logs):
        over, values = curve(parse_log(log), chart)
        if not values:
            raise caffe.InvalidArgumentError(f"{log} has no {VALUES[chart // 2][0].lower()}")
        axis.plot(
            over,
            values,
            color=COLOURS[i % len(COLOURS)],
            linewidth=1.2,
            marker="o" if len(values) < 40 else "",
            markersize=3.5,
            label=Path(log).stem,
        )
    axis.set_title(CHARTS[chart])
    axis.set_xlabel(CHARTS[chart].split()[-1])
    axis.set_ylabel(VALUES[chart // 2][0])
    axis.grid(color="#e5e7eb", linewidth=0.8)
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(frameon=False, loc="best")
    try:
        figure.savefig(picture, format=kind)
    except OSError as failure:
        raise caffe.FileError(f"{picture}: {failure.strerror}") from failure


def main() -> int:
    if len(sys.argv) < 4 or sys.argv[1] not in map(str, range(len(CHARTS))):
        asked = len(sys.argv) == 1 or sys.argv[1] in ("-h", "--help")
        print(usage(), file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 1
    try:
        plot_chart(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
    except caffe.Error as failure:
        print(f"plot_training_log.py: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
