#!/usr/bin/env python3
"""Gives windows of images the scores of a net, as R-CNN does.

    python/detect.py --crop_mode list windows.csv scores.csv
    python/detect.py images.txt scores.h5

A .csv file of windows begins with the line filename,ymin,xmin,ymax,xmax; a .txt file lists images,
in which selective search looks for windows. What comes out has a row for each window: a .csv file
with the columns filename, ymin, xmin, ymax, xmax, class0, class1 ..., or an .h5 file with a
DataFrame of pandas called df, whose column prediction holds all scores.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from pathlib import Path
from typing import Any

import own_python  # noqa: F401

# isort: split
import caffe
import reference_model

EDGES = ("ymin", "xmin", "ymax", "xmax")
Windows = dict[str, list[list[float]]]


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("input_file", help="a .txt file of images, or a .csv file of windows")
    parser.add_argument("output_file", help="the .csv or .h5 file to write")
    reference_model.add_options(parser)
    parser.add_argument(
        "--crop_mode",
        choices=("list", "selective_search"),
        default="selective_search",
        help="where windows come from (default: selective_search)",
    )
    parser.add_argument(
        "--context_pad",
        type=int,
        default=16,
        help="pixels around a window that are shown with it, in the net's input (default: 16)",
    )
    return parser.parse_args()


def read_windows(path: Path) -> Windows:
    """The windows of a .csv file by the images' names."""
    found: Windows = {}
    with open(path, newline="", encoding="utf-8") as stream:
        rows = csv.DictReader(stream, skipinitialspace=True)
        lacking = {"filename", *EDGES} - set(rows.fieldnames or ())
        if lacking:
            raise caffe.ParseError(
                f"{path}: the first line lacks {', '.join(sorted(lacking))}; "
                f"expected filename,{','.join(EDGES)}"
            )
        for row in rows:
            try:
                window = [float(row[edge]) for edge in EDGES]
            except (TypeError, ValueError):
                raise caffe.ParseError(
                    f"{path}:{rows.line_num}: expected a file's name and four numbers"
                ) from None
            found.setdefault(row["filename"], []).append(window)
    return found


def read_images(path: Path) -> list[str]:
    """The names that a .txt file lists, or the images that a .csv file has windows of."""
    if path.suffix.lower() == ".csv":
        return [*read_windows(path)]
    return [line.strip() for line in path.read_text().splitlines() if line.strip()]


def detect(chosen: argparse.Namespace, source: Path) -> list[dict[str, Any]]:
    """What Detector says about the windows."""
    listed = chosen.crop_mode == "list"
    if source.suffix.lower() not in ((".csv",) if listed else (".csv", ".txt")):
        raise caffe.InvalidArgumentError(
            f"{source}: expected a .csv file{' for --crop_mode list' if listed else ', or a .txt file'}"
        )
    detector = caffe.Detector(
        *reference_model.files(chosen),
        **pixel_mean(reference_model.input_options(chosen)),
        context_pad=chosen.context_pad,
    )
    if listed:
        found: list[dict[str, Any]] = detector.detect_windows(read_windows(source).items())
    else:
        found = detector.detect_selective_search(read_images(source))
    return found


def pixel_mean(options: dict[str, Any]) -> dict[str, Any]:
    """A mean of each channel: windows come from anywhere in an image."""
    if options["mean"] is not None and options["mean"].ndim == 3:
        options["mean"] = options["mean"].mean(axis=(1, 2))
    return options


def write_csv(path: Path, found: list[dict[str, Any]]) -> None:
    """A row a window, a column a class."""
    classes = range(len(found[0]["prediction"]) if found else 0)
    with open(path, "w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(["filename", *EDGES, *(f"class{i}" for i in classes)])
        for one in found:
            rows.writerow([one["filename"], *one["window"], *one["prediction"].tolist()])


def pandas_with_tables() -> Any:
    """pandas, if it can write HDF5."""
    try:
        import pandas
        import tables  # noqa: F401
    except ImportError as failure:
        raise caffe.UnsupportedError(
            f".h5 files are written with pandas and tables, and {failure.name} is not installed: pip "
            "install pandas tables, or name a .csv file"
        ) from failure
    return pandas


def write_h5(path: Path, found: list[dict[str, Any]], pandas: Any) -> None:
    """The same as a DataFrame."""
    frame = pandas.DataFrame(
        {
            "prediction": [one["prediction"] for one in found],
            **{edge: [one["window"][i] for one in found] for i, edge in enumerate(EDGES)},
        },
        index=pandas.Index([one["filename"] for one in found], name="filename", dtype=object),
    )
    frame.to_hdf(path, key="df", mode="w")


def run(chosen: argparse.Namespace) -> None:
    """From the arguments to the file."""
    target = Path(chosen.output_file)
    if target.suffix.lower() not in (".csv", ".h5"):
        raise caffe.InvalidArgumentError(f"{target}: the name has to end in .csv or .h5")
    pandas = pandas_with_tables() if target.suffix.lower() == ".h5" else None
    reference_model.choose_device(chosen.gpu)
    start = time.perf_counter()
    print("Loading input...")
    found = detect(chosen, Path(chosen.input_file))
    print(f"Processed {len(found)} windows in {time.perf_counter() - start:.3f} s.")
    start = time.perf_counter()
    if pandas is None:
        write_csv(target, found)
    else:
        write_h5(target, found, pandas)
    print(f"Saved to {target} in {time.perf_counter() - start:.3f} s.")


def main() -> int:
    try:
        run(arguments())
    except (caffe.Error, OSError, ImportError) as failure:
        print(f"detect.py: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
