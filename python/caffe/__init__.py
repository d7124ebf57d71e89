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
    NCCL,
    Timer,
    _begin_quietly,
    build_info,
    device_info,
    devices,
    get_device,
    has_nccl,
    init_log,
    layer_type_list,
    layer_type_trait,
    load_plugin,
    log,
    num_threads,
    set_device,
    set_log_callback,
    set_mode_cpu,
    set_mode_gpu,
    set_multiprocess,
    set_num_threads,
    set_random_seed,
    set_solver_count,
    set_solver_rank,
    solver_count,
    solver_rank,
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
    _solver_class,
    get_solver,
)

if TYPE_CHECKING:
    from . import coord_map, draw, io, net_spec, plot, proto, vis
    from ._features import features
    from ._timing import time  # noqa: F401
    from .classifier import Classifier
    from .detector import Detector
    from .model import Model, load
    from .net_spec import NetSpec, layers, params, to_proto
    from .onnx_check import check_onnx

__version__ = version()

# Loaded when first asked for: they need more than the library.
_MODULES = {
    "_caffe",
    "classifier",
    "convert",
    "coord_map",
    "detector",
    "draw",
    "io",
    "model",
    "net_spec",
    "onnx_check",
    "plot",
    "proto",
    "pycaffe",
    "vis",
}
_ELSEWHERE = {
    "Classifier": "classifier",
    "Detector": "detector",
    "Model": "model",
    "NetSpec": "net_spec",
    "check_onnx": "onnx_check",
    "features": "_features",
    "layers": "net_spec",
    "load": "model",
    "params": "net_spec",
    "time": "_timing",
    "to_proto": "net_spec",
}

# All but `time`, which `from caffe import *` is not to put in the place of the module.
__all__ = [
    "NCCL",
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
    "Model",
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
    "Timer",
    "UnsupportedError",
    "build_info",
    "check_onnx",
    "coord_map",
    "device_info",
    "devices",
    "draw",
    "features",
    "get_device",
    "get_solver",
    "has_nccl",
    "init_log",
    "io",
    "layer_type_list",
    "layer_type_trait",
    "layers",
    "load",
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
    "set_multiprocess",
    "set_num_threads",
    "set_random_seed",
    "set_solver_count",
    "set_solver_rank",
    "solver_count",
    "solver_rank",
    "solver_type_list",
    "to_proto",
    "version",
    "vis",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f".{name}", __name__)
    if name in _ELSEWHERE:
        return getattr(importlib.import_module(f".{_ELSEWHERE[name]}", __name__), name)
    if (made := _solver_class(name)) is not None:
        return made
    from ._named import did_you_mean

    hint = did_you_mean(name, __all__) if not name.startswith("_") else ""
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}{hint}")


def __dir__() -> list[str]:
    solvers = (f"{kind}Solver" for kind in solver_type_list())
    return sorted({*globals(), *__all__, *_ELSEWHERE, *solvers})


_begin_quietly()
