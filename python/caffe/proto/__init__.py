"""Caffe's messages: `from caffe.proto import caffe_pb2`, or `caffe.proto.caffe_pb2` without."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import caffe_pb2

__all__ = ["caffe_pb2"]


def __getattr__(name: str) -> Any:
    if name == "caffe_pb2":  # made from caffe.proto when first asked for
        return importlib.import_module(".caffe_pb2", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
