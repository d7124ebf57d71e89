"""Brings the bytes of an address into a file: from where the last try ended, from one mirror after
the other, checked before the file takes its name."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from .._library import FilePath, as_path
from .._table import grouped, printable
from ..errors import FileError, NotFoundError, StateError
from . import addresses, checksums
from .addresses import Answer, Failure, NothingBeyond, Patience, shown
from .partial import Partial, open_partial
from .progress import Progress

if TYPE_CHECKING:
    import requests

# No Caffe model comes near it; where a size is known, that is the limit.
LARGEST = 16 << 30
# A try that brought less counts as one that brought nothing.
_WORTH_COUNTING = 1 << 20


def is_offline() -> bool:
    """Whether $CAFFE_OFFLINE says that the network is not to be used."""
    return os.environ.get("CAFFE_OFFLINE", "").lower() not in ("", "0", "false", "no")


def fetch(
    urls: Sequence[str],
    target: FilePath,
    *,
    size: int | None = None,
    sums: Mapping[str, str] | None = None,
    overwrite: bool = False,
    local: Collection[str] = (),
    limit: int = LARGEST,
    offline: bool | None = None,
    quiet: bool = False,
    patience: Patience | None = None,
) -> Path:
    """The file `target`, fetched from the first of `urls` that has it; returns its path.

    size in bytes and sums ({"sha256": "...", "sha1": ..., "md5": ...}; all of them are checked) say
    what it has to be. A file that is there and agrees stays, without a look at the network; one that
    does not agree is replaced only with overwrite=True. What comes is kept in `target`.part until it
    is complete, and a later call goes on from there, at the same address or, when there are sums to
    tell right from wrong, at another. Several processes that want the same file wait for the first.

    Addresses are http or https, those that are in `local` may be file, too; redirects lead to http
    or https only.
    limit: bytes, where the size is not known. offline: no network, $CAFFE_OFFLINE by default. quiet:
    no progress on standard error. FileError names what was wrong with each address; NotFoundError
    when there are none; StateError when one is needed offline.
    """
    place = as_path(target)
    expected = checksums.checked(sums or {})
    if _stays(place, size, expected, overwrite):
        return place
    if is_offline() if offline is None else offline:
        raise StateError(
            f"{place} is not there, and this is offline: leave out --offline and $CAFFE_OFFLINE to "
            "download it, or put it there"
        )
    if not urls:
        raise NotFoundError(
            f"no address of {place.name} is known: put it at {place} if you have it"
        )
    name = printable(place.name)
    waiting = "" if quiet else f"{name}: another process downloads it; waiting"
    with open_partial(place, waiting) as part:
        # Another process may have brought it meanwhile.
        if not _stays(place, size, expected, overwrite):
            with contextlib.closing(Progress(name, size, quiet=quiet)) as progress:
                _Fetching(
                    part=part,
                    size=size,
                    expected=expected,
                    limit=limit if size is None else size,
                    local=local,
                    patience=patience or Patience(),
                    progress=progress,
                ).run(urls)
    return place


def _stays(place: Path, size: int | None, expected: Mapping[str, str], overwrite: bool) -> bool:
    """Whether the file that is there will do. FileError when it will not, and is not to go."""
    if not place.exists():
        return False
    if not place.is_file():
        raise FileError(f"{place} is no file, where one is to be downloaded")
    difference = checksums.difference(place, size, expected)
    if not difference:
        return True
    if overwrite:
        return False
    raise FileError(
        f"{place} is there, but has {difference}: move it away, or have it replaced (--force)"
    )


@dataclass
class _Fetching:
    """One file on its way."""

    part: Partial
    size: int | None
    expected: Mapping[str, str]
    limit: int
    local: Collection[str]
    patience: Patience
    progress: Progress
    http: requests.Session = field(default_factory=addresses.session)

    def run(self, urls: Sequence[str]) -> None:
        """Address after address, until one has given the file."""
        failures: list[Failure] = []
        with self.http:
            for url in urls:
                try:
                    self._persist(url)
                    return
                except Failure as failure:
                    failures.append(failure)
        name = self.part.target.name
        told = "; ".join(f"{shown(url)} {failure}" for url, failure in zip(urls, failures))
        place = self.part.target
        if all(failure.unreachable for failure in failures):
            raise FileError(
                f"cannot download {name}: is this machine on a network ($https_proxy names a proxy)? "
                f"If the file can be had elsewhere, put it at {place}. Tried: {told}"
            )
        raise FileError(f"cannot download {name}: {told}; if you have the file, put it at {place}")

    def _persist(self, url: str) -> None:
        """One address, as often as it is worth it: tries that bring something are not counted."""
        furthest, retry = self.part.size, 0
        while True:
            try:
                self._go_on(url)
                return
            except Failure as failure:
                if self.part.size - furthest >= _WORTH_COUNTING:
                    furthest, retry = self.part.size, 0
                if not failure.again or retry >= self.patience.retries:
                    raise
                retry += 1
                time.sleep(self.patience.before(retry, failure.wait))

    def _go_on(self, url: str) -> None:
        """One answer of an address, written where it belongs; the file, when that was all."""
        start, validator = self._resumed(url)
        if start and start == self.size and self.expected:
            self._complete(resumed=True)
            return
        try:
            with addresses.open_address(
                self.http,
                url,
                start,
                validator,
                patience=self.patience,
                allow_file=url in self.local,
            ) as answer:
                self._take(url, answer)
        except NothingBeyond as end:
            if start != (self.size if end.total is None else end.total):
                self.part.restart()
                raise Failure("has less than came from it before", again=True) from end
        self._complete(resumed=start > 0)

    def _resumed(self, url: str) -> tuple[int, str | None]:
        """How many of the bytes that are there count, and of which version of the file they are."""
        origin = self.part.origin
        validator = origin[1] if origin and origin[0] == url else None
        # Without a way to tell right from wrong, only the same version of the same file counts.
        # What does not stays until the address has something else to give.
        if not (validator or self.expected) or self.part.size > self.limit:
            return 0, None
        return self.part.size, validator if self.part.size else None

    def _take(self, url: str, answer: Answer) -> None:
        pieces = iter(answer.pieces)
        first = next(pieces, b"")
        if answer.start == 0:
            if _is_page(first) and not self.part.target.suffix.startswith(".htm"):
                raise Failure(_about_page(url, self.part.target.name))
            self.part.restart((url, answer.validator) if answer.validator else None)
        elif answer.start != self.part.size or self._is_other_version(url, answer):
            self.part.restart()
            raise Failure("has changed since the first part of it came", again=True)
        if answer.total is not None and answer.total > self.limit or self._is_wrong(answer.total):
            raise Failure(f"has {grouped(answer.total or 0)} bytes, {self._allowed()}")
        self.progress.start(answer.start, answer.total or self.size)
        self._append(first)
        for piece in pieces:
            self._append(piece)
        total = answer.total or self.size or 0
        if self.part.size < total:
            raise Failure(
                f"closed the connection after {grouped(self.part.size)} of {grouped(total)} bytes",
                again=True,
            )

    def _is_wrong(self, total: int | None) -> bool:
        return total is not None and self.size is not None and total != self.size

    def _is_other_version(self, url: str, answer: Answer) -> bool:
        origin = self.part.origin
        return bool(origin and origin[0] == url and answer.validator not in (None, origin[1]))

    def _append(self, piece: bytes) -> None:
        if self.part.size + len(piece) > self.limit:
            self.part.restart()
            raise Failure(f"sent more and more bytes, {self._allowed()}")
        self.part.append(piece)
        self.progress.add(len(piece))

    def _allowed(self) -> str:
        return f"{'at most ' if self.size is None else ''}{grouped(self.limit)} were expected"

    def _complete(self, *, resumed: bool) -> None:
        """What came, under its name, if it is what it should be; else it is thrown away."""
        self.part.check_is_there()
        difference = checksums.difference(self.part.path, self.size, self.expected)
        if difference:
            self.part.restart()
            # Bytes of two tries may not fit together; then all of them are fetched once more.
            raise Failure(f"gave a file with {difference}", again=resumed)
        self.part.finish()


def _is_page(first: bytes) -> bool:
    start = first[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html"))


def _about_page(url: str, name: str) -> str:
    """What to do about a server that shows a page where it should send a file."""
    reason = f"gave a web page instead of {name}"
    if "dropbox.com/" in url:
        return f"{reason}: Dropbox gives the file when the address ends in ?dl=1"
    if "drive.google.com/" in url or "docs.google.com/" in url:
        return f"{reason}: Google Drive asks before it gives large files, so get it with a browser"
    return f"{reason}: look at it with a browser, the file may have moved"
