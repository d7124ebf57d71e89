#!/usr/bin/env python3
"""Downloads the weights of a model into its folder, and checks them.

    scripts/download_model_binary.py models/bvlc_reference_caffenet

Their name, addresses and checksums are those of the folder's readme.md. More options are those of
`caffe zoo download`, which this is.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """The command line; 0 when the weights are there and right."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("dirname", type=Path, help="the model's folder, with its readme.md")
    chosen, options = parser.parse_known_args()
    from caffe.zoo import commands

    return commands.main(["download", "--weights-only", *options, str(chosen.dirname.absolute())])


if __name__ == "__main__":
    own = ROOT / ".venv"  # the Python that make has set up for this checkout
    if (own / "bin/python").exists() and not own.samefile(sys.prefix):
        os.execv(ROOT / "scripts/python", ["python", *sys.argv])
    sys.exit(main())
