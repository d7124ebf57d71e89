"""Packages that only the zoo needs, imported when they are first used."""

from __future__ import annotations

import importlib
from typing import Any

from ..errors import UnsupportedError


def package(name: str, installed_as: str | None = None) -> Any:
    """The module `name`; where its package is not installed, an error that says how to get it."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as failure:
        raise UnsupportedError(
            f"the model zoo needs {installed_as or name}, which is not installed: "
            "pip install libcaffe[zoo]"
        ) from failure
