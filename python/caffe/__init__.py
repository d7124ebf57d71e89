"""Caffe: run and train networks from prototxt and caffemodel files.

    import caffe
    net = caffe.Net("deploy.prototxt", "net.caffemodel", caffe.TEST)
    probabilities = net.forward(data=images)["prob"]

Everything pycaffe's users know is here under its name. Submodules (`caffe.io`,
`caffe.proto.caffe_pb2`, `caffe.draw` ...) are loaded when first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from .blob import Blob
from .errors import (
    CallbackError,
    Error,
    FileError,
    InternalError,
    InvalidArgumentError,
    NotFoundError,
    OutOfMemoryError,
    ParseError,
    ShapeError,
    StateError,
    UnsupportedError,
)
from .layer import Layer
from .net import TEST, TRAIN, Net
from .runtime import (
    _begin_quietly,
    build_info,
    devices,
    get_device,
    init_log,
    layer_type_list,
    load_plugin,
    log,
    num_threads,
    set_device,
    set_log_callback,
    set_mode_cpu,
    set_mode_gpu,
    set_num_threads,
    set_random_seed,
    solver_type_list,
    version,
)
from .solver import (
    AdaDeltaSolver,
    AdaGradSolver,
    AdamSolver,
    NesterovSolver,
    RMSPropSolver,
    SGDSolver,
    Solver,
    get_solver,
)

if TYPE_CHECKING:
    from . import coord_map, draw, io, net_spec, plot, proto
    from ._features import features
    from ._timing import time
    from .classifier import Classifier
    from .detector import Detector
    from .net_spec import NetSpec, layers, params, to_proto
    from .onnx_check import check_onnx

__version__ = version()

# Loaded when first asked for: they need more than the library.
_MODULES = {
    "classifier",
    "convert",
    "coord_map",
    "detector",
    "draw",
    "io",
    "net_spec",
    "onnx_check",
    "plot",
    "proto",
    "pycaffe",
}
_ELSEWHERE = {
    "Classifier": "classifier",
    "Detector": "detector",
    "NetSpec": "net_spec",
    "check_onnx": "onnx_check",
    "features": "_features",
    "layers": "net_spec",
    "params": "net_spec",
    "time": "_timing",
    "to_proto": "net_spec",
}

__all__ = [
    "TEST",
    "TRAIN",
    "AdaDeltaSolver",
    "AdaGradSolver",
    "AdamSolver",
    "Blob",
    "CallbackError",
    "Classifier",
    "Detector",
    "Error",
    "FileError",
    "InternalError",
    "InvalidArgumentError",
    "Layer",
    "NesterovSolver",
    "Net",
    "NetSpec",
    "NotFoundError",
    "OutOfMemoryError",
    "ParseError",
    "RMSPropSolver",
    "SGDSolver",
    "ShapeError",
    "Solver",
    "StateError",
    "UnsupportedError",
    "build_info",
    "check_onnx",
    "coord_map",
    "devices",
    "draw",
    "features",
    "get_device",
    "get_solver",
    "init_log",
    "io",
    "layer_type_list",
    "layers",
    "load_plugin",
    "log",
    "net_spec",
    "num_threads",
    "params",
    "plot",
    "proto",
    "set_device",
    "set_log_callback",
    "set_mode_cpu",
    "set_mode_gpu",
    "set_num_threads",
    "set_random_seed",
    "solver_type_list",
    "time",
    "to_proto",
    "version",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f".{name}", __name__)
    if name in _ELSEWHERE:
        return getattr(importlib.import_module(f".{_ELSEWHERE[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


_begin_quietly()
