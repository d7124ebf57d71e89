"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from .errors import FileError


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` beside `path` and rename it over what is there, whose permissions stay.
    FileError."""
    new = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        new.write_bytes(data)
        if path.exists():
            shutil.copymode(path, new)
        new.replace(path)
    except OSError as failure:
        raise FileError(f"{path}: cannot write: {failure.strerror}") from failure
    finally:
        new.unlink(missing_ok=True)
