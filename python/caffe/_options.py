"""Options of nets and solvers: keyword arguments as the prototxt text caffe.h takes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np


def quote(value: str) -> str:
    """A string as prototxt writes it."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def scalar(name: str, value: Any) -> str:
    """One value as prototxt writes it."""
    if isinstance(value, (str, bytes, os.PathLike)):
        return quote(os.fsdecode(value))
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if hasattr(value, "__index__"):
        return str(int(value))
    if hasattr(value, "__float__"):
        return repr(float(value))
    raise TypeError(f"option {name}: expected text, a number or a truth value, got {value!r}")


def prototxt(options: Mapping[str, Any]) -> bytes:
    """`lenient: true stage: "a" stage: "b"` for {"lenient": True, "stage": ["a", "b"]}; None is
    left out."""
    parts = []
    for name, value in options.items():
        if not name.isidentifier():
            raise TypeError(f"option {name!r} is not a name")
        if value is None:
            continue
        if isinstance(value, Mapping):
            inner = prototxt(value).decode("utf-8", "surrogateescape")
            parts.append(f"{name} {{ {inner} }}")
            continue
        values = value if isinstance(value, (list, tuple, set)) else [value]
        parts += [f"{name}: {scalar(name, one)}" for one in values]
    return " ".join(parts).encode("utf-8", "surrogateescape")
