#!/usr/bin/env python3
"""Downloads the weights of a model into its folder, and checks them.

    scripts/download_model_binary.py models/bvlc_reference_caffenet

Their name, addresses and checksums are those of the folder's readme.md. Options, after the folder,
are those of `caffe zoo download`, which this is.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """The command line. Its exit status is 0 when the weights are there and right."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("dirname", type=Path, help="the model's folder, with its readme.md")
    chosen, options = parser.parse_known_args()
    # The Python that make has set up for this checkout, or whose package it is; else what says that
    # there is none.
    own = (ROOT / ".venv/bin/python").exists() or not importlib.util.find_spec("caffe")
    python = str(ROOT / "scripts/python") if own else sys.executable
    command = ["-m", "caffe", "zoo", "download", "--weights-only"]
    os.execv(python, [python, *command, *options, str(chosen.dirname.absolute())])


if __name__ == "__main__":
    main()
