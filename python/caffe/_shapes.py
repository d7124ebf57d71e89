"""Shapes in words."""

from __future__ import annotations

from collections.abc import Sequence


def by(shape: Sequence[int], of_none: str = "a number") -> str:
    """`10 x 3 x 8 x 8`; `of_none` where there are no axes."""
    return " x ".join(map(str, shape)) or of_none
