"""Takes files out of .tar, .tar.gz and .zip archives that strangers made.

Only files are taken, into the folder that was named and under a limit: names that lead out of it,
links, devices and archives that swell are refused. What is not asked for is not looked at.
"""

from __future__ import annotations

import bz2
import difflib
import gzip
import os
import shutil
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, Callable, cast

from .._library import FilePath, as_path
from .._table import grouped, of_bytes
from ..errors import Error, FileError, InvalidArgumentError, NotFoundError, ParseError
from .files import told
from .paths import inside, plain

LARGEST = 16 << 30
MOST_FILES = 10_000
# Text can be small in an archive; weights are about as large as they are outside.
_MOST_SWELLING = 100
_NEVER_TOO_LARGE = 64 << 20
_DAMAGE: tuple[type[Exception], ...] = (
    tarfile.TarError,
    zipfile.BadZipFile,
    EOFError,
    zlib.error,
    RuntimeError,
    ValueError,
)
_PACKED: dict[bytes, Callable[..., Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open}
with suppress(ImportError):  # not every Python is built with it
    import lzma

    _DAMAGE += (lzma.LZMAError,)
    _PACKED[b"\xfd7zXZ\0"] = lzma.open


@dataclass
class _Member:
    """Something in an archive. `kind` is what it is when it is no file: "a link", say."""

    name: str
    kind: str
    open: Callable[[], IO[bytes]]


def unpack_member(
    archive: FilePath,
    member: str,
    target: FilePath,
    *,
    anywhere: bool = False,
    limit: int = LARGEST,
) -> Path:
    """Writes one file of an archive, `member`, as the file `target`, and returns its path.
    anywhere: in whichever of its folders it is.

    FileError, ParseError for a damaged archive, NotFoundError where it has no such file,
    InvalidArgumentError when it is a link or larger than `limit` bytes.
    """
    path, place = as_path(archive), as_path(target)
    wanted = plain(member)
    names = []
    budget = _Budget(path, limit, MOST_FILES)
    with _opened(path, budget) as members:
        for one in members:
            budget.count_file()
            names.append(plain(one.name))
            name = PurePosixPath(names[-1]).name if anywhere else names[-1]
            if name == wanted:
                with _scratch(place.parent) as scratch:
                    _copy(one, scratch / place.name, budget)
                    with told(place):
                        os.replace(scratch / place.name, place)
                return place
    close = difflib.get_close_matches(wanted, names, 1)
    close = close or [name for name in names if PurePosixPath(name).name == place.name]
    hint = f"did you mean {close[0]!r}?" if close else f"it has {len(names)} others"
    raise NotFoundError(f"{path} has no file {member!r}; {hint}")


def unpack(
    archive: FilePath, folder: FilePath, *, limit: int = LARGEST, files: int = MOST_FILES
) -> list[Path]:
    """Writes all files of an archive into a folder, which is made if need be; returns their paths.

    The folder has none of them when one cannot be had. A file that is there is not replaced:
    FileError. Errors besides are those of `unpack_member`; InvalidArgumentError also for a name
    that leads out of the folder, and for more than `files` files.
    """
    path, place = as_path(archive), as_path(folder)
    with told(place):
        place.mkdir(parents=True, exist_ok=True)
    with _scratch(place) as scratch:
        names = _unpack_into(path, scratch, limit, files)
        for name in names:
            if os.path.lexists(place / name):
                raise FileError(f"{place / name} is there already; unpack {path} elsewhere")
        for name in names:
            with told(place / name):
                (place / name).parent.mkdir(parents=True, exist_ok=True)
                os.replace(scratch / name, place / name)
        return [place / name for name in names]


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A folder of one's own, beside where files shall be, so that they can be moved there."""
    with told(folder):
        scratch = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=folder))
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _unpack_into(path: Path, scratch: Path, limit: int, files: int) -> list[PurePosixPath]:
    names = []
    budget = _Budget(path, limit, files)
    with _opened(path, budget) as members:
        for one in members:
            budget.count_file()
            try:
                name = inside(one.name)
            except InvalidArgumentError as failure:
                raise InvalidArgumentError(f"{path} is refused: {failure}") from None
            with told(scratch / name):
                (scratch / name).parent.mkdir(parents=True, exist_ok=True)
            _copy(one, scratch / name, budget)
            names.append(name)
    return list(dict.fromkeys(names))


class _Budget:
    """How much may still come out of an archive."""

    def __init__(self, path: Path, limit: int, files: int) -> None:
        self._path = path
        self._files = self._most_files = files
        with _readable(path):
            self._size = path.stat().st_size
        self._swollen = max(_NEVER_TOO_LARGE, self._size * _MOST_SWELLING)
        self._bytes = self._most_bytes = min(limit, self._swollen)

    def count_file(self) -> None:
        """One file more."""
        self._files -= 1
        if self._files < 0:
            raise InvalidArgumentError(
                f"{self._path} is refused: it has more than {grouped(self._most_files)} files"
            )

    def count_bytes(self, count: int) -> None:
        """So many bytes more."""
        self._bytes -= count
        if self._bytes < 0:
            raise self._too_much(self._most_bytes)

    def reach(self, place: int) -> None:
        """So far into what was packed, which has more than the files: headers as long as they say
        they are."""
        if place > 2 * self._swollen:
            raise self._too_much(self._swollen)

    def _too_much(self, allowed: int) -> Error:
        return InvalidArgumentError(
            f"{self._path} is refused: what is in it has more than {of_bytes(allowed)}, too much "
            f"for an archive of {of_bytes(self._size)}"
        )


class _Unpacked:
    """The bytes of a tar, whatever it is packed with, within its budget."""

    def __init__(self, stream: IO[bytes], budget: _Budget) -> None:
        self._stream, self._budget = stream, budget

    def read(self, count: int) -> bytes:
        """The next bytes."""
        self._budget.reach(self._stream.tell() + count)
        return self._stream.read(count)

    def seek(self, place: int) -> int:
        """Goes there; within what is packed, by unpacking all that lies between."""
        self._budget.reach(place)
        return self._stream.seek(place)

    def tell(self) -> int:
        """Where it is."""
        return self._stream.tell()


def _copy(member: _Member, target: Path, budget: _Budget) -> None:
    """The bytes of a member as a file of a scratch folder."""
    if member.kind:
        raise InvalidArgumentError(f"{member.name!r} of the archive is {member.kind}, no file")
    with told(target):
        stream = target.open("wb")
    with stream, member.open() as source:
        while piece := source.read(1 << 20):
            budget.count_bytes(len(piece))
            with told(target):
                stream.write(piece)
        with told(target):
            stream.flush()
            os.fsync(stream.fileno())


@contextmanager
def _opened(path: Path, budget: _Budget) -> Iterator[Iterator[_Member]]:
    """The members of an archive, of whichever kind it is. Folders are not among them."""
    with _readable(path):
        with path.open("rb") as file:
            start = file.read(6)
        if start.startswith(b"PK") and zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                yield _of_zip(packed)
        else:
            opener = next((how for magic, how in _PACKED.items() if start.startswith(magic)), open)
            with opener(path, "rb") as stream:
                unpacked = cast(IO[bytes], _Unpacked(stream, budget))
                with tarfile.open(fileobj=unpacked, mode="r:") as tar:
                    yield _of_tar(tar)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """What goes wrong in an archive, as an error of ours."""
    try:
        yield
    except Error:
        raise
    except OSError as failure:
        reason = failure.strerror or "its end is missing"
        raise FileError(f"{path}: cannot be unpacked: {reason}") from failure
    except _DAMAGE as failure:
        reason = " ".join(str(failure).split()) or "its end is missing"
        raise ParseError(f"{path}: is no archive, or a damaged one: {reason}") from failure


def _of_tar(file: tarfile.TarFile) -> Iterator[_Member]:
    for info in file:
        if info.isdir():
            continue
        kind = "a link" if info.issym() or info.islnk() else "a device"
        yield _Member(info.name, "" if info.isreg() else kind, _reader(file.extractfile, info))


def _of_zip(file: zipfile.ZipFile) -> Iterator[_Member]:
    for info in file.infolist():
        if info.is_dir():
            continue
        mode = stat.S_IFMT(info.external_attr >> 16)  # 0 where a system without them wrote it
        kind = "a link" if mode == stat.S_IFLNK else "a device"
        if info.flag_bits & 1:
            mode, kind = -1, "encrypted"
        yield _Member(
            info.filename, "" if mode in (0, stat.S_IFREG) else kind, _reader(file.open, info)
        )


def _reader(opener: Callable[[Any], Any], info: Any) -> Callable[[], IO[bytes]]:
    """Opens a member when it is wanted."""

    def read() -> IO[bytes]:
        stream: IO[bytes] = opener(info)
        return stream

    return read
