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


@contextmanager
def interruptible(stop: Callable[[], None]) -> Iterator[None]:
    """While it is entered, a signal that is to end the program calls `stop`."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    previous = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)

    def watch() -> None:
        while True:
            arrived = os.read(reader, 64)
            if arrived.startswith(b"\0"):  # no signal has this number: the end
                return
            if previous != -1:
                os.write(previous, arrived.rstrip(b"\0"))
            if ENDING.intersection(arrived):
                stop()
            if arrived.endswith(b"\0"):
                return

    watcher = threading.Thread(target=watch, name="caffe-signals", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(previous)
        os.write(writer, b"\0")
        watcher.join()
        os.close(reader)
        os.close(writer)
