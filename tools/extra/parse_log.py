#!/usr/bin/env python3
"""Turns a training log into two tables: parse_log.py caffe.log FOLDER writes FOLDER/caffe.log.train
and FOLDER/caffe.log.test, with the columns NumIters, Seconds (since "Solving"), LearningRate, and
one for each output of the net."""

from __future__ import annotations

import argparse
import csv
import sys
from bisect import bisect_left
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))
import own_python  # noqa: F401

# isort: split
import caffe
from caffe.plot import Log, Point

Row = dict[str, float]


def parse_log(path: Path | str) -> tuple[list[Row], list[Row]]:
    """The rows for training and those for testing."""
    log = caffe.plot.parse_log(path)
    return train_rows(log), test_rows(log)


def train_rows(log: Log) -> list[Row]:
    """A row for each display that has outputs. A log without any, as the first versions wrote them,
    has the averaged loss as the one output."""
    outputs = [train_outputs(point) for point in log.train]
    if not any(outputs):
        outputs = [
            {"loss": one.values["loss"]} if "loss" in one.values else {} for one in log.train
        ]
    return [
        {**begin(log, point, point.values.get("lr", float("nan"))), **values}
        for point, values in zip(log.train, outputs)
        if values
    ]


def train_outputs(point: Point) -> Row:
    """What the net gave; its loss is that of one batch, not the averaged one."""
    values = {name: value for name, value in point.values.items() if name not in ("loss", "lr")}
    return {"loss" if name == "batch loss" else name: value for name, value in values.items()}


def test_rows(log: Log) -> list[Row]:
    """A row for each test; the outputs of further test nets have the net's number behind them."""
    rated = [point for point in log.train if "lr" in point.values]
    when = [point.seconds for point in rated]
    rows: list[Row] = []
    for point in log.test:
        # A test comes before the display of its iteration: the rate is that of the display before.
        before = max(0, bisect_left(when, point.seconds) - 1)
        rate = rated[before].values["lr"] if rated else float("nan")
        if not point.net or not rows:
            rows.append(begin(log, point, rate))
        behind = f" (net {point.net})" if point.net else ""
        rows[-1].update({name + behind: value for name, value in point.values.items()})
    return rows


def begin(log: Log, point: Point, rate: float) -> Row:
    """The columns that every row has."""
    return {
        "NumIters": float(point.iteration),
        "Seconds": round(point.seconds - (log.solving or 0), 6),
        "LearningRate": rate,
    }


def write_csv(path: Path, rows: list[Row], delimiter: str) -> None:
    """A table with a column for each name that a row has."""
    columns = dict.fromkeys(["NumIters", "Seconds", "LearningRate"])
    for row in rows:
        columns.update(dict.fromkeys(row))
    with open(path, "w", newline="", encoding="utf-8") as stream:
        table = csv.DictWriter(stream, columns, delimiter=delimiter, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def write_columns(path: Path, names: str, rows: list[list[float]]) -> None:
    """A table as parse_log.sh makes it: a line of names, then numbers with blanks between."""
    lines = ["  ".join(f"{value:g}" for value in row) for row in rows]
    path.write_text("\n".join([f"#{names}", *lines]) + "\n")


def write_plain(log: Log, stem: Path) -> None:
    """What parse_log.sh writes: the averaged loss, the first two outputs of the tests."""

    def rows(points: list[Point], values: Callable[[Point], list[float]]) -> list[list[float]]:
        nan = float("nan")
        start = log.solving or 0
        return [
            [point.iteration, point.seconds - start, *[*values(point), nan, nan][:2]]
            for point in points
        ]

    tested = rows(log.test, lambda point: list(point.values.values()))
    trained = rows(
        log.train, lambda point: [point.values.get(name, float("nan")) for name in ("loss", "lr")]
    )
    write_columns(
        stem.with_name(stem.name + ".test"), "Iters Seconds TestAccuracy TestLoss", tested
    )
    write_columns(
        stem.with_name(stem.name + ".train"), "Iters Seconds TrainingLoss LearningRate", trained
    )


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Turn a training log into two tables.")
    parser.add_argument("logfile_path", type=Path, help="the log")
    parser.add_argument("output_dir", type=Path, help="the folder for the tables")
    parser.add_argument("--verbose", action="store_true", help="say what was written")
    parser.add_argument("--delimiter", default=",", help="between columns (default: ,)")
    parser.add_argument(
        "--plain", action="store_true", help="with blanks between columns, as parse_log.sh does"
    )
    chosen = parser.parse_args()
    stem = chosen.output_dir / chosen.logfile_path.name
    try:
        found = caffe.plot.parse_log(chosen.logfile_path)
        if not (found.train or found.test):
            print(
                f"parse_log.py: {chosen.logfile_path} has no line of a training (yet), as caffe train "
                "writes them: the tables are empty",
                file=sys.stderr,
            )
        if chosen.plain:
            write_plain(found, stem)
        else:
            for rows, part in ((train_rows(found), "train"), (test_rows(found), "test")):
                write_csv(stem.with_name(f"{stem.name}.{part}"), rows, chosen.delimiter)
    except (caffe.Error, OSError, TypeError) as failure:
        print(f"parse_log.py: {failure}", file=sys.stderr)
        return 1
    if chosen.verbose:
        print(f"Wrote {stem}.train\nWrote {stem}.test")
    return 0


if __name__ == "__main__":
    sys.exit(main())
