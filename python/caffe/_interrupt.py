"""Ctrl-C during a long call of the library.

Python runs signal handlers only between its own instructions, so a call that trains for hours would
hold Ctrl-C back. While `interruptible(stop)` is entered, a thread waits for signals as they come in
and calls `stop`, which makes the long call return; the handler then runs as usual.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Callable

ENDING = {signal.SIGINT, signal.SIGTERM}


class _Watch:
    """A thread that learns of signals through a pipe."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self.owner = threading.get_ident()
        self.begin()

    def begin(self) -> None:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)
        self.previous = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        self._thread = threading.Thread(target=self._run, name="caffe-signals", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while True:
            arrived = os.read(self._reader, 64)
            if arrived.startswith(b"\0"):  # no signal has this number: the end
                return
            if self.previous != -1:
                os.write(self.previous, arrived.rstrip(b"\0"))
            if ENDING.intersection(arrived):
                self._stop()
            if arrived.endswith(b"\0"):
                return

    def end(self) -> None:
        signal.set_wakeup_fd(self.previous)
        os.write(self._writer, b"\0")
        self._thread.join()
        self.close()

    def close(self) -> None:
        os.close(self._reader)
        os.close(self._writer)


# Those that are entered, the innermost last.
_watches: list[_Watch] = []


def _begin_anew() -> None:
    """In a child made by os.fork(): the threads are not there, and the pipes are the parent's too,
    who would take what is written here for its own."""
    if not _watches:
        return
    signal.set_wakeup_fd(_watches[0].previous)
    for watch in _watches:
        watch.close()
    # If another thread has forked, that is the main thread here, and what was watched is not.
    _watches[:] = [watch for watch in _watches if watch.owner == threading.get_ident()]
    for watch in _watches:
        watch.begin()


os.register_at_fork(after_in_child=_begin_anew)


@contextmanager
def interruptible(stop: Callable[[], None]) -> Iterator[None]:
    """While it is entered, a signal that is to end the program calls `stop`."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's
        return
    watch = _Watch(stop)
    _watches.append(watch)
    try:
        yield
    finally:
        _watches.remove(watch)
        watch.end()
