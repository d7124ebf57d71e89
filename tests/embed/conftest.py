"""The two ways in which libcaffe comes: with the system's C++ runtime, and with one folded in."""
from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(params=["shared", "static"])
def library_folder(request: pytest.FixtureRequest, build: Path) -> Path:
    """The folder with a libcaffe.so and a libcaffe.so.2 of that kind."""
    folder = build / ("libcaffe" if request.param == "shared" else "tests/embed")
    if not (folder / "libcaffe.so.2").exists():
        pytest.skip("the library with a static C++ runtime is not built")
    return folder
