"""Writing files: nobody sees half of one, and what the system refuses is told in a sentence."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from ..errors import FileError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextlib.contextmanager
def told(path: Path) -> Iterator[None]:
    """What the system refuses about a file, as FileError."""
    try:
        yield
    except FileError:
        raise
    except OSError as failure:
        if failure.errno in _FULL:
            raise FileError(
                f"{path}: the disk is full; what came is kept there: make room and do the same again"
            ) from failure
        reason = failure.strerror or str(failure)
        raise FileError(f"{path}: cannot be written: {reason}") from failure


def copy(path: Path, target: Path) -> None:
    """Copies a file and its permissions under a name beside its place, then into its place."""
    scratch = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with told(target):
            shutil.copy(path, scratch)
            os.replace(scratch, target)
    finally:
        scratch.unlink(missing_ok=True)
