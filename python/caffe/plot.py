"""Training logs as numbers and as curves.

caffe.plot.plot_log("train.log", "curves.png")
caffe.plot.plot_log({"slow": "a.log", "fast": "b.log"}, "both.png")
python -m caffe.plot a.log b.log both.png
"""

from __future__ import annotations

import argparse
import math
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Callable, Union

from ._library import FilePath, as_path
from .errors import Error, FileError, InvalidArgumentError, UnsupportedError

_LINE = re.compile(
    r"^[IWEF]((?:[1-9]\d{3})?(?:0[1-9]|1[0-2])\d\d) (\d+):(\d+):(\d+(?:\.\d+)?)"
    r"\s+\d+ [^\]]+\] ?(.*)$"
)
# One that is cut off, as in "loss = 1.2e-", is none.
_NUMBER = r"([-+]?(?i:(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|inf|nan))(?![-+\w.#])"
_LOSS = re.compile(rf"^Iteration (\d+)(?: \([^)]*\))?, loss = {_NUMBER}")
# Without a number: cut off, or Windows' way to write one that is not finite (-1.#IND).
_NO_LOSS = re.compile(r"^Iteration (\d+)(?: \([^)]*\))?, loss = (\S*)$")
_RATE = re.compile(rf"^Iteration (\d+), lr = {_NUMBER}")
_TESTING = re.compile(r"^Iteration (\d+), Testing net \(#(\d+)\)")
_OUTPUT = re.compile(rf"^\s*(Train|Test) net output #\d+: (\S+) = {_NUMBER}")
_ACCURACY = re.compile(
    r"accuracy|(?:^|[^a-z])acc(?:[^a-z]|$)|top-?\d|detection_eval", re.IGNORECASE
)
_SOLVING = re.compile(r"^Solving\b")


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
    and for each test. The values of an output that has several are name[0], name[1] ... `solving`
    is when the training itself began, in seconds as the points have them."""

    train: list[Point] = field(default_factory=list)
    test: list[Point] = field(default_factory=list)
    solving: float | None = None


# What each output says at its points, by Train or Test, the net's number and the name.
Outputs = dict[tuple[str, int, str], list[tuple[Point, list[float]]]]


def parse_log(source: FilePath | Iterable[str]) -> Log:
    """Reads a log file, or lines of one. Lines that say nothing about training are passed over."""
    log = Log()
    outputs: Outputs = {}
    for seconds, message in timed_messages(source):
        _read(log, outputs, message, seconds)
    for (_, _, name), said in outputs.items():
        # At any point: a log that is still written may end after the first of several values.
        several = any(len(values) > 1 for _, values in said)
        for point, values in said:
            point.values.update(named_values(name, values, several))
    return log


def timed_messages(source: FilePath | Iterable[str]) -> list[tuple[float, str]]:
    """What the lines of a log file, or of one that is read already, say, and when: in seconds since
    its first line. Lines without a time are left out."""
    if isinstance(source, (str, bytes, os.PathLike)):
        path = as_path(source)
        try:
            with open(path, encoding="utf-8", errors="replace") as opened:
                source = opened.readlines()
        except OSError as failure:
            raise FileError(f"{path}: {failure.strerror}") from failure
    lines = [split for line in source if (split := _LINE.match(line.rstrip("\n")))]
    clocks = [
        day * 86400 + int(split[2]) * 3600 + int(split[3]) * 60 + float(split[4])
        for split, day in zip(lines, _days([split[1] for split in lines]))
    ]
    return [(clock - clocks[0], split[5]) for split, clock in zip(lines, clocks)]


def is_accuracy(output: str) -> bool:
    """Whether an output's name says that it is an accuracy."""
    return bool(_ACCURACY.search(output))


def is_loss(output: str) -> bool:
    """Whether an output's name says that it is a loss."""
    return "loss" in output.lower() and not is_accuracy(output)


def named_values(name: str, values: Sequence[float], several: bool) -> dict[str, float]:
    """The values of an output by name: its own, or where it has several name[0], name[1] ..."""
    if not several:
        return {name: values[0]}
    return {f"{name}[{i}]": value for i, value in enumerate(values)}


def _days(dates: list[str]) -> list[int]:
    """The days from the first date to each, MMDD or YYYYMMDD. One without a year is the nearest to
    the date before it; that is a leap year's if the 29th of February is among them."""
    year, length = (2000, 366) if any(one.endswith("0229") for one in dates) else (2001, 365)
    days: list[int] = []
    for one in dates:
        day = date(int(one[:-4] or year), int(one[-4:-2]), 1).toordinal() + int(one[-2:])
        if days and len(one) == 4:
            day = days[-1] + (day - days[-1] + length // 2) % length - length // 2
        days.append(day)
    return [day - days[0] for day in days]


def _read(log: Log, outputs: Outputs, message: str, seconds: float) -> None:
    if _SOLVING.match(message):
        log.solving = seconds if log.solving is None else log.solving
    elif found := _TESTING.match(message):
        log.test.append(Point(int(found[1]), seconds, net=int(found[2])))
    elif found := _LOSS.match(message):
        log.train.append(Point(int(found[1]), seconds, {"loss": float(found[2])}))
    elif found := _NO_LOSS.match(message):  # its outputs are not those of the point before
        log.train.append(Point(int(found[1]), seconds))
        if "#" in found[2]:
            log.train[-1].values["loss"] = math.nan
    elif found := _RATE.match(message):
        if log.train and log.train[-1].iteration == int(found[1]):
            log.train[-1].values["lr"] = float(found[2])
    elif found := _OUTPUT.match(message):
        points = log.train if found[1] == "Train" else log.test
        if points:
            # The averaged loss keeps its name; an output of the same name is its value in one
            # batch.
            name = found[2] if found[1] == "Test" or found[2] != "loss" else "batch loss"
            point = points[-1]
            said = outputs.setdefault((found[1], point.net, name), [])
            if not said or said[-1][0] is not point:
                said.append((point, []))
            said[-1][1].append(float(found[3]))


Source = Union[FilePath, Iterable[str], Log]

TRAINING, TESTING = "#2458a6", "#c2571a"
COLOURS = ("#2458a6", "#c2571a", "#2f7d43", "#6542a6", "#9a6304", "#1f7376", "#a33468", "#4b5563")


@dataclass
class Curve:
    """A line of a plot: iterations and values, which may not be finite."""

    label: str
    colour: str
    points: list[tuple[int, float]]
    tested: bool = False

    def finite(self) -> list[tuple[int, float]]:
        """The points that can be drawn where they are."""
        return [point for point in self.points if math.isfinite(point[1])]


def plot_log(
    source: Source | Mapping[str, Source] | Iterable[FilePath], filename: FilePath, title: str = ""
) -> None:
    """Draws loss and accuracy over iterations into a file (.png, .svg, .pdf ...). No display is
    needed.

    source: a log's file, its lines, or a Log; several of them as a list of files, or as a dict from
    the names that shall stand beside the curves. A value that is not finite (NaN, infinity) leaves
    a gap, and a mark that says at which iteration it came.
    Raises InvalidArgumentError where there is nothing to plot, or no such format; FileError.
    """
    path = as_path(filename)
    kind = picture_format(path)
    logs = _logs(source)
    try:
        draw_logs(logs, path, kind, title)
    except OSError as failure:
        raise FileError(f"{path}: {failure.strerror or failure}") from failure


def picture_format(path: Path) -> str:
    """The format in which a picture's name ends, png, svg, pdf ...; an error where it cannot be
    drawn, or the folder is missing."""
    try:
        import matplotlib.figure
    except ImportError as failure:
        raise UnsupportedError(
            "caffe.plot draws with matplotlib, which is not installed: pip install "
            "libcaffe[plots], or pip install matplotlib"
        ) from failure
    kinds = sorted(matplotlib.figure.Figure().canvas.get_supported_filetypes())
    kind = path.suffix.lstrip(".").lower()
    if kind not in kinds:
        raise InvalidArgumentError(
            f"{path}: the name has to end in the format: .{', .'.join(kinds)}"
        )
    if not path.parent.is_dir():
        raise FileError(f"{path}: there is no folder {path.parent}")
    return kind


def draw_logs(logs: Mapping[str, Log], path: Path, kind: str, title: str) -> None:
    """Draws logs by their names into a file of the format `kind`; OSError where it cannot."""
    from matplotlib.figure import Figure

    losses, accuracies = _loss_curves(logs), _accuracy_curves(logs)
    if not losses and not accuracies:
        raise InvalidArgumentError("there is neither a loss nor an accuracy: nothing to plot")
    figure = Figure(figsize=(10.5 if accuracies else 6.5, 4.4), dpi=130, layout="constrained")
    axes = list(figure.subplots(1, 2 if accuracies else 1, squeeze=False)[0])
    _draw_curves(axes[0], losses, "loss")
    values = [value for curve in losses for _, value in curve.finite()]
    if values and min(values) > 0:
        axes[0].set_yscale("log")
        axes[0].set_ylabel("loss (logarithmic)")
        axes[0].yaxis.set_major_formatter("{x:g}")
    if accuracies:
        _draw_curves(axes[1], accuracies, "accuracy on the test set (%)")
        _as_percent(axes[1], [value for curve in accuracies for _, value in curve.finite()])
    if title:
        figure.suptitle(title, fontsize=12, fontweight="bold", parse_math=False)
    figure.savefig(path, format=kind)


def _logs(source: Any) -> dict[str, Log]:
    """Logs by their names; one alone has none."""
    if isinstance(source, Mapping):
        logs = {str(name): _log(one) for name, one in source.items()}
    else:
        if not isinstance(source, (str, bytes, os.PathLike, Log)):
            source = list(source)
        if isinstance(source, list) and _are_files(source):
            logs = {name: _log(one) for name, one in zip(_short_names(source), source)}
        else:
            logs = {"": _log(source)}
    for name, log in logs.items():
        if not log.train and not log.test:
            said = f' "{name}"' if name else ""
            raise InvalidArgumentError(
                f"the log{said} has no lines of training (Iteration 20, loss = ...): "
                "nothing to plot"
            )
    if not logs:
        raise InvalidArgumentError("there are no logs: nothing to plot")
    return logs


def _log(source: Source) -> Log:
    return source if isinstance(source, Log) else parse_log(source)


def _are_files(several: list[Any]) -> bool:
    """Whether they are names of files, of which some may be missing, not the lines of a log."""
    texts = [one for one in several if isinstance(one, str)]
    if any("\n" in one or _LINE.match(one) for one in texts):
        return False
    return len(texts) < len(several) or any(map(os.path.isfile, texts))


def _short_names(paths: list[FilePath]) -> list[str]:
    """Their last parts, or all of them where those are the same."""
    whole = [os.fsdecode(path) for path in paths]
    last = [os.path.splitext(os.path.basename(path))[0] for path in whole]
    return last if len(set(last)) == len(last) else whole


def _loss_curves(logs: Mapping[str, Log]) -> list[Curve]:
    curves: list[Curve] = []
    for i, (name, log) in enumerate(logs.items()):
        tests = _tested(log, is_loss)
        alone = len(logs) == 1
        colour = TRAINING if alone else COLOURS[i % len(COLOURS)]
        curves.append(Curve(_label(name, "training"), colour, _series(log.train, "loss")))
        for k, (word, points) in enumerate(tests.items()):
            said = _label(name, f"test: {word}" if len(tests) > 1 else "test")
            colour = COLOURS[(k + 1) % len(COLOURS)] if alone else COLOURS[i % len(COLOURS)]
            curves.append(Curve(said, colour, points, tested=True))
    return [curve for curve in curves if curve.points]


def _accuracy_curves(logs: Mapping[str, Log]) -> list[Curve]:
    curves: list[Curve] = []
    for name, log in logs.items():
        for word, points in _tested(log, is_accuracy).items():
            colour = COLOURS[(len(curves) + (2 if len(logs) == 1 else 0)) % len(COLOURS)]
            curves.append(Curve(_label(name, word), colour, points, tested=True))
    for curve in curves:
        if curve.finite():
            curve.label += f", at last {curve.points[-1][1]:.2%}"
    return curves


def _label(log: str, word: str) -> str:
    return f"{log}, {word}" if log else word


def _tested(log: Log, wanted: Callable[[str], bool]) -> dict[str, list[tuple[int, float]]]:
    """What the test nets say, by name; with the net's number where there are several."""
    several = any(point.net for point in log.test)
    found: dict[str, list[tuple[int, float]]] = {}
    for point in log.test:
        for word, value in point.values.items():
            if wanted(word):
                said = f"{word} (net {point.net})" if several else word
                found.setdefault(said, []).append((point.iteration, value))
    return dict(sorted(found.items()))


def _series(points: list[Point], name: str) -> list[tuple[int, float]]:
    return [(point.iteration, point.values[name]) for point in points if name in point.values]


def _draw_curves(axis: Any, curves: list[Curve], label: str) -> None:
    for curve in curves:
        iterations, values = zip(*curve.points)
        few = len(values) < 40
        axis.plot(
            iterations,
            [value if math.isfinite(value) else math.nan for value in values],
            color=curve.colour,
            linewidth=1.8 if curve.tested else 1.2,
            linestyle="--" if curve.tested and label == "loss" else "-",
            # A curve of one point, or one between gaps, would not be seen without.
            marker="o" if few and (curve.tested or len(values) < 3) else "",
            markersize=3.5,
            label=curve.label,
        )
        for iteration, said in _not_finite(curve.points):
            mark = f"{curve.label}: {said}"
            axis.axvline(iteration, color="#dc2626", linewidth=1.1, linestyle=":", label=mark)
    axis.set_xlabel("iteration")
    axis.set_ylabel(label)
    axis.xaxis.set_major_formatter("{x:,.0f}")
    axis.locator_params(axis="x", nbins=6, integer=True)
    axis.grid(color="#e5e7eb", linewidth=0.8)
    axis.spines[["top", "right"]].set_visible(False)
    if axis.lines:
        _add_legend(axis)


def _add_legend(axis: Any, **place: str) -> None:
    """With the curves' labels as they are: matplotlib by itself leaves out those that begin with
    "_", and reads "$" as mathematics."""
    legend = axis.legend(axis.lines, ["-"] * len(axis.lines), frameon=False, fontsize=9, **place)
    for text, line in zip(legend.get_texts(), axis.lines):
        text.set_parse_math(False)
        text.set_text(line.get_label())


def _not_finite(points: list[tuple[int, float]]) -> list[tuple[int, str]]:
    """Where values begin not to be finite, and what is to be said there."""
    found = []
    before = False
    for place, (iteration, value) in enumerate(points):
        bad = not math.isfinite(value)
        if bad and not before:
            word = "NaN" if math.isnan(value) else "infinite"
            stays = not any(math.isfinite(later) for _, later in points[place:])
            found.append((iteration, f"{word} {'from' if stays else 'at'} iteration {iteration:,}"))
        before = bad
    return found


def _as_percent(axis: Any, values: list[float]) -> None:
    """Ticks in per cent, and room for what the later tests say: what the first ones say would leave
    none, and a point at 100 % is whole."""
    axis.yaxis.set_major_formatter(lambda value, _: f"{100 * value:g}" if value < 1.0001 else "")
    if values:
        ordered = sorted(values)
        low, high = ordered[len(ordered) // 6], ordered[-1]
        room = 0.35 * (high - low) or 0.01
        top = high + room
        if high <= 1 < top:
            top = 1 + 0.08 * (1 - low + room)
        axis.set_ylim(low - room, top)
    _add_legend(axis, loc="lower right")


def main(arguments: Sequence[str] | None = None) -> int:
    """python -m caffe.plot train.log [other.log ...] curves.png"""
    parser = argparse.ArgumentParser(
        prog="python -m caffe.plot", description="Draw training logs: loss and accuracy."
    )
    parser.add_argument("log", nargs="+", help="logs of caffe train, ours or the original's")
    parser.add_argument("picture", help="the file to write: .png, .svg, .pdf ...")
    parser.add_argument("--title", default="", help="what stands above")
    options = parser.parse_args(arguments)
    logs: list[FilePath] = list(options.log)
    try:
        plot_log(
            dict(zip(_short_names(logs), logs)) if len(logs) > 1 else logs[0],
            options.picture,
            options.title,
        )
    except Error as failure:
        print(f"{parser.prog}: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
