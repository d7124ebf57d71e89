"""A file that is not complete yet: `NAME.part` beside the place it will take, kept from one try to
the next, and locked, so that of several processes that want the same file one fetches it."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from .._files import write_whole
from ..errors import FileError
from .files import told


class Partial:
    """The open part of a file. `origin` is whose bytes it has: an address, and what names the
    version there."""

    def __init__(self, target: Path, part: Path, stream: BinaryIO) -> None:
        self.target = target
        self._part = part
        self._stream = stream
        self._note = _note(part)
        self.size = stream.seek(0, os.SEEK_END)
        self.origin = self._read_origin() if self.size else None

    @property
    def path(self) -> Path:
        """Where it is."""
        return self._part

    def append(self, piece: bytes) -> None:
        """More bytes at its end. FileError when the disk is full: what was written stays."""
        view = memoryview(piece)
        with told(self._part):
            while view:
                written = self._stream.write(view)
                self.size += written
                view = view[written:]

    def restart(self, origin: tuple[str, str] | None = None) -> None:
        """Throws away what is there; what comes next is of `origin`."""
        with told(self._part):
            self._stream.truncate(0)
            self._stream.seek(0)
            self.size, self.origin = 0, origin
            if origin is None:
                self._note.unlink(missing_ok=True)
            else:
                write_whole(self._note, json.dumps(origin).encode())

    def check_is_there(self) -> None:
        """FileError when somebody took it away while it was filled."""
        if not _is_at(self._part, self._stream):
            raise FileError(f"{self._part} was taken away while it was filled: do the same again")

    def finish(self) -> None:
        """Gives it the name of the file it has become, once the disk has it."""
        with told(self.target):
            os.fsync(self._stream.fileno())
            os.replace(self._part, self.target)
            self._note.unlink(missing_ok=True)
            folder = os.open(self.target.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def forget_if_empty(self) -> None:
        """Leaves no empty file behind."""
        if self.size == 0 and _is_at(self._part, self._stream):
            self._part.unlink()
            self._note.unlink(missing_ok=True)

    def _read_origin(self) -> tuple[str, str] | None:
        try:
            address, validator = json.loads(self._note.read_text())
        except (OSError, ValueError, TypeError):
            return None
        return str(address), str(validator)


@contextlib.contextmanager
def open_partial(target: Path, waiting: str = "") -> Iterator[Partial]:
    """The part of a file, once no other process writes it: `waiting` is printed when one does.

    The lock is on the part itself and the system's: it ends with the process that has it, however
    that ends, and leaves nothing behind.
    """
    part = target.with_name(target.name + ".part")
    with told(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        stream = _locked(part, waiting)
    with stream:
        partial = Partial(target, part, stream)
        try:
            yield partial
        finally:
            partial.forget_if_empty()


def _locked(part: Path, waiting: str) -> BinaryIO:
    while True:
        if part.is_symlink() or (part.exists() and not part.is_file()):
            raise FileError(f"{part} is a link, or no file: remove it, it is where bytes would go")
        # Never through a link that a stranger's folder came with.
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        # Unbuffered: what write() has taken is in the file.
        stream = os.fdopen(os.open(part, flags, 0o666), "r+b", buffering=0)
        try:
            _lock(stream, waiting)
            # Who waited may have got the lock on a file that has its final name by now.
            if _is_at(part, stream):
                return stream
        except BaseException:
            stream.close()
            raise
        stream.close()


def _lock(stream: BinaryIO, waiting: str) -> None:
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if waiting:
            print(waiting, file=sys.stderr, flush=True)
        fcntl.flock(stream, fcntl.LOCK_EX)
    except OSError as failure:
        # Some file systems of clusters know no locks: one process at a time is served there.
        if failure.errno not in (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP):
            raise


def _is_at(path: Path, stream: BinaryIO) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(stream.fileno()))
    except FileNotFoundError:
        return False


def _note(part: Path) -> Path:
    return part.with_name(f".{part.name}.json")
