"""The two ways in which libcaffe comes: with its C++ runtime folded in, where it can be, and with the system's."""
from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(params=["as built", "with the system's runtime"])
def library_folder(request: pytest.FixtureRequest, build: Path) -> Path:
    """The folder with a libcaffe.so and a libcaffe.so.2 of that kind."""
    folder = build / ("libcaffe" if request.param == "as built" else "tests/embed")
    if not (folder / "libcaffe.so.2").exists():
        pytest.skip("libcaffe is of this kind already: there is no libstdc++ to fold in")
    return folder
