"""Progress bars, where there is someone to see them."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from .errors import UnsupportedError


def steps(count: int, name: str, progress: bool | None) -> Iterable[int]:
    """0 to count - 1, one for each image, with a bar called `name`: asked for (which needs tqdm), or
    by default (None) on a terminal."""
    shown = sys.stderr.isatty() if progress is None else progress
    if not shown:
        return range(count)
    try:
        from tqdm import tqdm
    except ImportError as failure:
        if progress is None:
            return range(count)
        raise UnsupportedError("a progress bar needs tqdm: pip install tqdm") from failure
    bar: Iterable[int] = tqdm(range(count), desc=name, unit=" images")
    return bar
