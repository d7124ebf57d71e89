"""How far a transfer is: a bar on a terminal, a line now and then where there is none."""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from .._table import of_bytes
from ._packages import package

if TYPE_CHECKING:
    from tqdm import tqdm
else:
    tqdm = package("tqdm").tqdm

_SECONDS_BETWEEN_LINES = 10.0
_LONGEST = 100 * 24 * 3600  # nobody waits that long


class Progress:
    """Bytes of `total`, where that is known, with rate and time left, on standard error."""

    def __init__(self, name: str, total: int | None, *, quiet: bool) -> None:
        self._name = name
        self._total = total
        self._quiet = quiet
        self._began = self._told = time.monotonic()
        self._first = self._now = 0
        self._bar: tqdm[None] | None = None
        if not quiet and sys.stderr.isatty():
            self._bar = tqdm(desc=name, total=total, unit="B", unit_scale=True, unit_divisor=1024)

    def start(self, at: int, total: int | None) -> None:
        """Bytes are counted from `at` on: those before it were there, or come again."""
        self._began, self._first, self._now, self._total = time.monotonic(), at, at, total
        if self._bar is not None:
            self._bar.reset(total)
            self._bar.n = self._bar.initial = at
            self._bar.refresh()

    def add(self, count: int) -> None:
        """So many bytes more."""
        self._now += count
        if self._bar is not None:
            self._bar.update(count)
        elif not self._quiet and time.monotonic() - self._told >= _SECONDS_BETWEEN_LINES:
            self._told = time.monotonic()
            print(self.line(self._told - self._began), file=sys.stderr, flush=True)

    def line(self, seconds: float) -> str:
        """`net.caffemodel: 47.7 MiB of 191.0 MiB, 5.0 MiB/s, 0:28 left`, `seconds` after the
        start."""
        came = self._now - self._first
        line = f"{self._name}: {of_bytes(self._now)}"
        if self._total is not None:
            line += f" of {of_bytes(self._total)}"
        if came and seconds:
            line += f", {of_bytes(int(came / seconds))}/s"
            if self._total is not None:
                left = min(_LONGEST, round((self._total - self._now) * seconds / came))
                line += f", {timedelta(seconds=left)} left"
        return line

    def close(self) -> None:
        """Leaves the bar as it is."""
        if self._bar is not None:
            self._bar.close()
