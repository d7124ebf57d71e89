"""Stand-ins for the Python layers that published definitions name.

Authors kept layers beside their definitions: `python_param { module: "rpn.proposal_layer" ... }` is
a file of py-faster-rcnn. Who has the author's file puts its folder on Python's path, as ever. For
who has not, this folder has files of the same names, which do the same:

    import caffe.zoo.layers
    caffe.zoo.layers.enable()
    net = caffe.Net("test.prototxt", caffe.TEST)

    PYTHONPATH=$(python -m caffe.zoo.layers) caffe train -solver solver.prototxt

The folders below are namespace packages, without __init__.py, so that an author's files take their
places one by one.
"""

from __future__ import annotations

import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def enable() -> None:
    """Makes the stand-ins importable under the names that definitions use, behind all that is on
    Python's path already: an author's file of the same name goes first."""
    if str(FOLDER) not in sys.path:
        sys.path.append(str(FOLDER))


def has(module: str) -> bool:
    """Whether there is a stand-in for a module: "rpn.proposal_layer"."""
    return FOLDER.joinpath(*module.split(".")).with_suffix(".py").is_file()
