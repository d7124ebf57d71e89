"""Opens an address: http, https, and file where the caller asks for it. What comes is a stream of
bytes that starts where the reader stopped the last time, if the server can do that."""

from __future__ import annotations

import contextlib
import re
import stat
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from ._packages import package

if TYPE_CHECKING:
    import requests
    from urllib3 import exceptions as urllib3_errors
else:
    requests = package("requests")
    urllib3_errors = package("urllib3.exceptions", "urllib3")

_PIECE = 1 << 16
_REDIRECTS = 10
_WORTH_ANOTHER_TRY = frozenset({408, 425, 429, 500, 502, 503, 504})
_LONGEST_WAIT = 60.0
_NUMBER = "[0-9]{1,18}"  # of bytes, as servers say it; longer ones are no sizes of files


class Failure(Exception):
    """Why an address gave nothing, as the rest of a sentence that begins with the address.

    again: the same may go well a little later, after `wait` seconds if the server named a time.
    unreachable: there was nobody to ask.
    """

    def __init__(
        self, reason: str, *, again: bool = False, unreachable: bool = False, wait: float = 0
    ) -> None:
        super().__init__(reason)
        self.again = again
        self.unreachable = unreachable
        self.wait = wait


@dataclass(frozen=True)
class Patience:
    """How long to wait: seconds for a connection and for its next bytes, so many tries more of an
    address that may yet answer, seconds before the first of them (twice as long before each one
    that follows)."""

    connect: float = 15
    read: float = 60
    retries: int = 4
    pause: float = 1

    def before(self, retry: int, wanted: float) -> float:
        """Seconds to wait before a try; the server's wish counts when it is not beyond reason."""
        return min(_LONGEST_WAIT, max(wanted, self.pause * 2.0 ** (retry - 1)))


@dataclass
class Answer:
    """Bytes of a file, from `start` on. `total` is the whole file's size, where that is known,
    `validator` what tells this version of it from another."""

    start: int
    total: int | None
    validator: str | None
    pieces: Iterator[bytes]


class NothingBeyond(Exception):
    """The file has no bytes where reading should go on; `total` is its size, if it was said."""

    def __init__(self, total: int | None) -> None:
        super().__init__(total)
        self.total = total


def shown(address: str) -> str:
    """An address for people: without the name and the password that it may hold."""
    return re.sub(r"(?<=//)[^/?#\s]*@", "", address)


def from_path(folder: str) -> str:
    """The address of a folder or a server: a path becomes a file: address."""
    if re.match(r"(https?|file):", folder):
        return folder.rstrip("/")
    return Path(folder).absolute().as_uri()


def local_path(address: str) -> Path | None:
    """The path of a file: address; None for any other."""
    parts = urllib.parse.urlsplit(address)
    return Path(urllib.request.url2pathname(parts.path)) if parts.scheme == "file" else None


def session() -> requests.Session:
    """For requests of http and https. Proxies and certificates are what the environment says."""
    made = requests.Session()
    made.headers["User-Agent"] = "libcaffe"
    made.max_redirects = _REDIRECTS
    return made


@contextlib.contextmanager
def open_address(
    http: requests.Session,
    address: str,
    start: int = 0,
    validator: str | None = None,
    *,
    patience: Patience,
    allow_file: bool = False,
) -> Iterator[Answer]:
    """The file at an address from byte `start` on. A server that cannot do that, or whose file is
    not the version that `validator` names, sends all of it. Failure, NothingBeyond."""
    scheme = address.partition(":")[0].lower() if ":" in address else ""
    if scheme == "file" and allow_file:
        with _open_file(address, start, validator) as answer:
            yield answer
    elif scheme in ("http", "https"):
        with _open_http(http, address, start, validator, patience) as answer:
            yield answer
    elif scheme == "file":
        raise Failure("is a file of this machine, where an address of the network was expected")
    else:
        raise Failure("is no address that begins with http:// or https://")


@contextlib.contextmanager
def _open_file(address: str, start: int, validator: str | None) -> Iterator[Answer]:
    with explained():
        parts = urllib.parse.urlsplit(address)
    if parts.netloc not in ("", "localhost"):
        raise Failure(f"is a file of another machine, {parts.netloc}")
    path = local_path(address) or Path()
    with _readable():
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            raise Failure("is no file")
        stream = path.open("rb")
    with stream:
        version = f"{about.st_size}-{about.st_mtime_ns}"
        if validator not in (None, version):
            start = 0
        if start > 0 and start >= about.st_size:
            raise NothingBeyond(about.st_size)
        stream.seek(start)
        yield Answer(start, about.st_size, version, _read(stream))


def _read(stream: BinaryIO) -> Iterator[bytes]:
    with _readable():
        while piece := stream.read(_PIECE):
            yield piece


@contextlib.contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except OSError as failure:
        raise Failure(f"cannot be read: {failure.strerror}") from failure


@contextlib.contextmanager
def _open_http(
    http: requests.Session, address: str, start: int, validator: str | None, patience: Patience
) -> Iterator[Answer]:
    headers = {"Accept-Encoding": "identity"}  # lengths and ranges are then those of the file
    if start:
        headers["Range"] = f"bytes={start}-"
        if validator:
            headers["If-Range"] = validator
    with explained():
        response = http.get(
            address, headers=headers, stream=True, timeout=(patience.connect, patience.read)
        )
    with response:
        # What was packed all the same is unpacked on its way: its lengths are not the file's.
        packed = response.headers.get("Content-Encoding", "identity") != "identity"
        begins, total = _place(response, start)
        if packed and begins:
            raise Failure("packs what it sends, and cannot go on within that")
        validator = None if packed else _validator(response.headers)
        yield Answer(begins, None if packed else total, validator, _pieces(response))


def _place(response: requests.Response, start: int) -> tuple[int, int | None]:
    """Where an answer's bytes belong, and the size of the file, where that is said."""
    if response.status_code == 416 and start:
        match = re.fullmatch(rf"bytes \*/({_NUMBER})", response.headers.get("Content-Range", ""))
        raise NothingBeyond(int(match[1]) if match else None)
    if response.status_code == 206:
        match = re.fullmatch(
            rf"bytes ({_NUMBER})-{_NUMBER}/({_NUMBER}|\*)",
            response.headers.get("Content-Range", ""),
        )
        if not match or not start:
            raise Failure("sent a part of the file without saying which", again=True)
        return int(match[1]), None if match[2] == "*" else int(match[2])
    if response.status_code != 200:
        raise refusal(response)
    length = response.headers.get("Content-Length", "")
    return 0, int(length) if re.fullmatch(_NUMBER, length) else None


def _validator(headers: Mapping[str, str]) -> str | None:
    """What If-Range takes: an ETag that is not weak, else the time of the last change."""
    tag = headers.get("ETag", "")
    return tag if tag.startswith('"') else headers.get("Last-Modified")


def _pieces(response: requests.Response) -> Iterator[bytes]:
    with explained():
        yield from response.iter_content(_PIECE)


def refusal(response: requests.Response) -> Failure:
    """A status that is no success, as a Failure."""
    status = response.status_code
    wait = response.headers.get("Retry-After", "")
    reason = f"answered {status}" + (f" ({response.reason})" if response.reason else "")
    return Failure(
        reason,
        again=status in _WORTH_ANOTHER_TRY,
        wait=float(wait) if wait.isdecimal() else 0,
    )


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """What goes wrong on the way to a server and back, as a Failure."""
    try:
        yield
    except requests.TooManyRedirects as failure:
        raise Failure(_circle(failure.response)) from failure
    except requests.exceptions.InvalidSchema as failure:
        target = str(failure).partition("found for ")[2].strip("'\"") or "another scheme"
        raise Failure(f"leads to {shown(target)}, expected http or https") from failure
    except requests.exceptions.SSLError as failure:
        raise Failure("has a certificate that cannot be trusted") from failure
    except requests.exceptions.ProxyError as failure:
        raise Failure("is behind a proxy that does not answer", unreachable=True) from failure
    except requests.exceptions.ConnectTimeout as failure:
        raise Failure("did not answer in time", again=True, unreachable=True) from failure
    except requests.exceptions.ReadTimeout as failure:
        raise Failure("sent nothing for too long", again=True) from failure
    except requests.exceptions.ConnectionError as failure:
        raise _broken(failure) from failure
    except requests.exceptions.ChunkedEncodingError as failure:
        raise Failure("closed the connection before the end", again=True) from failure
    except (requests.RequestException, urllib3_errors.HTTPError, ValueError) as failure:
        raise Failure(f"cannot be read: {_one_line(failure)}") from failure


def _circle(response: Any) -> str:
    """How redirects went on and on."""
    answers = [] if response is None else list(response.history)
    if response is not None and response not in answers:  # some versions of requests have it there
        answers.append(response)
    visited = [one.url for one in answers]
    again = next((url for i, url in enumerate(visited) if url in visited[:i]), None)
    if again is None:
        return f"redirects more than {_REDIRECTS} times"
    first = visited.index(again)
    circle = visited[first : visited.index(again, first + 1) + 1]
    return f"redirects in a circle: {' -> '.join(map(shown, circle))}"


def _broken(failure: requests.ConnectionError) -> Failure:
    """A connection that could not be made, or that ended."""
    inner = failure.args[0] if failure.args else None
    reason = getattr(inner, "reason", inner)
    if isinstance(reason, urllib3_errors.NewConnectionError):
        said = str(reason).rpartition(": ")[2]
        said = re.sub(r"^\[Errno -?\d+\] ", "", said)
        if re.search(r"resol|name or service|nodename", said, re.IGNORECASE):
            said = "no server of that name is known"
        # A name that nobody knows and a port where nobody listens will be so in a second, too.
        return Failure(f"cannot be reached ({said})", unreachable=True)
    if "timed out" in str(reason):
        return Failure("sent nothing for too long", again=True)
    return Failure("closed the connection before the end", again=True)


def _one_line(failure: Exception) -> str:
    return shown(" ".join(str(failure).split()))
