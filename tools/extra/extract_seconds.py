#!/usr/bin/env python3
"""When each line about an iteration was logged: extract_seconds.py caffe.log seconds.txt writes the
seconds since "Solving", a line for each line of the log that says "Iteration"."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))
import own_python  # noqa: F401

# isort: split
import caffe
from caffe.plot import timed_messages


def extract_seconds(input_file: str, output_file: str) -> None:
    """From the log to the file of numbers."""
    messages = timed_messages(input_file)
    start = next((when for when, said in messages if "Solving" in said), None)
    if start is None:
        raise caffe.ParseError(f'{input_file}: no line says "Solving": it is no log of a training')
    lines = [f"{when - start:f}\n" for when, said in messages if "Iteration" in said]
    Path(output_file).write_text("".join(lines))


def main() -> int:
    if len(sys.argv) != 3:
        print("usage: extract_seconds.py input_file output_file", file=sys.stderr)
        return 1
    try:
        extract_seconds(*sys.argv[1:])
    except (caffe.Error, OSError) as failure:
        print(f"extract_seconds.py: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
