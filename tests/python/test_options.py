"""Options as prototxt text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from caffe._options import prototxt


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, ""),
        ({"lenient": True, "level": 3}, "lenient: true level: 3"),
        ({"stage": ["a", "b"]}, 'stage: "a" stage: "b"'),
        ({"weights": Path("a/b")}, 'weights: "a/b"'),
        ({"weights": None}, ""),
        ({"name": 'say "no"\n\\'}, 'name: "say \\"no\\"\\n\\\\"'),
        ({"seed": np.int64(7), "scale": 0.5}, "seed: 7 scale: 0.5"),
        ({"optimize": np.bool_(True), "lenient": np.bool_(False)}, "optimize: true lenient: false"),
        ({"net": {"lenient": False}}, "net { lenient: false }"),
    ],
)
def test_text(options: dict[str, object], text: str) -> None:
    assert prototxt(options) == text.encode()


def test_what_has_no_text() -> None:
    with pytest.raises(TypeError, match="seed"):
        prototxt({"seed": object()})
    with pytest.raises(TypeError, match="a b"):
        prototxt({"a b": 1})
