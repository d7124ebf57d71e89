"""Models' definitions and cards as gists of GitHub: small text files that several people have under
one number.

The address of the API is $CAFFE_GIST_API, https://api.github.com by default. The token comes from
$GITHUB_TOKEN or $GH_TOKEN; it goes to that address only, and into no message.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import time
import urllib.parse
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._files import write_whole
from .._library import FilePath, as_path
from .._table import of_bytes
from ..errors import (
    Error,
    FileError,
    InvalidArgumentError,
    NotFoundError,
    ParseError,
    StateError,
)
from . import addresses, card, transfer
from .addresses import Failure, Patience
from .files import told
from .paths import file_name

if TYPE_CHECKING:
    import requests

_PUBLIC_API = "https://api.github.com"
_TOKENS = ("GITHUB_TOKEN", "GH_TOKEN")
_LARGEST_ANSWER = 64 << 20
LARGEST_FILE = 1 << 20
_MADE = "make one that may write gists at https://github.com/settings/tokens"


_NAMED = re.compile(r"(?:https?://[^/]+/)?(?:([\w.-]+)/)?([0-9a-f]{1,40})/?(?:[?#].*)?")


def identifier(text: str) -> str:
    """The number of a gist that was named by it, by USER/NUMBER or by its address."""
    return _named(text)[2]


def folder_name(text: str) -> str:
    """What the folder of a gist is called: NUMBER, or USER-NUMBER where its author was named."""
    match = _named(text)
    return f"{match[1]}-{match[2]}" if match[1] else match[2]


def _named(text: str) -> re.Match[str]:
    match = _NAMED.fullmatch(text)
    if not match:
        raise InvalidArgumentError(
            f"{text!r} is no gist: expected its number, such as 034c6ac3865563b69e60, or its address"
        )
    return match


def download(gist: str, folder: FilePath, *, patience: Patience | None = None) -> Path:
    """Writes the files of a gist into a new folder, and returns it.

    FileError when the folder is there already; NotFoundError when the gist is gone.
    """
    place = as_path(folder)
    if os.path.lexists(place):
        raise FileError(f"{place} is there already: move it away, or name another folder")
    with told(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".gist-", dir=place.parent))
    try:
        filled = scratch / "files"
        fill(gist, filled, patience=patience)
        with told(place):
            os.rename(filled, place)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return place


def fill(gist: str, folder: Path, *, patience: Patience | None = None) -> list[Path]:
    """Writes the files of a gist that a folder does not have, and returns their paths."""
    found = _files_of(_Api(patience).call("GET", f"/gists/{identifier(gist)}"))
    with told(folder):
        folder.mkdir(parents=True, exist_ok=True)
    missing = {
        folder / name: about for name, about in found.items() if not (folder / name).exists()
    }
    for path, about in missing.items():
        _write(path, about, patience)
    return list(missing)


def upload(
    folder: FilePath, *, public: bool = False, patience: Patience | None = None
) -> tuple[str, bool]:
    """Makes a gist of a model's folder, or changes the one that its card names; returns the
    gist's number, and whether it is new.

    What goes is what `shareable` says. A new gist's number is written into the card, here and in
    the gist. public: a new one can be found by everybody; else by who knows its number.
    StateError without a token, or when it is refused.
    """
    place = as_path(folder)
    about = card.read(place)
    files = {path.name: path for path in shareable(place)[0]}
    if about.path is None or about.path.name not in files:
        raise InvalidArgumentError(f"{place}: its {card.README} cannot be part of a gist")
    api = _Api(patience)
    api.need_token()
    content = {"description": about.name, "files": _contents(files)}
    if about.gist_id is not None:
        api.call("PATCH", f"/gists/{identifier(about.gist_id)}", content)
        return about.gist_id, False
    made = api.call("POST", "/gists", {**content, "public": public})
    number = identifier(str(made.get("id", "")))
    about.gist_id = number
    try:
        about.write()
    except Error as failure:
        raise FileError(
            f"the gist {number} is made, but {failure}; write gist_id: {number} into it yourself"
        ) from failure
    api.call("PATCH", f"/gists/{number}", {"files": _contents({about.path.name: about.path})})
    return number, True


def shareable(folder: Path) -> tuple[list[Path], dict[str, str]]:
    """The files of a folder that can be part of a gist, and why the others cannot: gists hold text,
    no folders, and nothing large."""
    fit, others = [], {}
    with told(folder):
        for path in sorted(folder.iterdir()):
            reason = _reason_against(path)
            if reason:
                others[path.name] = reason
            else:
                fit.append(path)
    return fit, others


def _reason_against(path: Path) -> str:
    if path.is_symlink() or not path.is_file():
        return "is no file" if not path.is_dir() or path.is_symlink() else "is a folder"
    if path.name.startswith("."):
        return "is hidden"
    size = path.stat().st_size
    if size == 0:
        return "is empty"
    if size > LARGEST_FILE:
        return f"is larger than {of_bytes(LARGEST_FILE)}"
    content = path.read_bytes()
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "is no text"
    return "is no text" if b"\0" in content else ""


def _contents(files: Mapping[str, Path]) -> dict[str, dict[str, str]]:
    return {name: {"content": path.read_bytes().decode("utf-8")} for name, path in files.items()}


def _files_of(found: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The files of a gist by their names, which are names of files and nothing else."""
    files = found.get("files")
    if not isinstance(files, dict) or not all(isinstance(one, dict) for one in files.values()):
        raise ParseError("the answer about the gist has no files in it")
    if found.get("truncated"):
        raise InvalidArgumentError(
            f"the gist has more than {len(files)} files: too many for a model"
        )
    return {file_name(name): about for name, about in files.items()}


def _write(path: Path, about: Mapping[str, Any], patience: Patience | None) -> None:
    if not about.get("truncated") and isinstance(about.get("content"), str):
        try:
            content = about["content"].encode("utf-8")
        except UnicodeEncodeError as failure:
            raise ParseError(
                f"the answer about the gist has a {path.name} that is no text"
            ) from failure
        write_whole(path, content)
        return
    size = about.get("size")
    transfer.fetch(
        [str(about.get("raw_url", ""))],
        path,
        size=size if isinstance(size, int) and size <= _LARGEST_ANSWER else None,
        limit=_LARGEST_ANSWER,
        quiet=True,
        patience=patience,
    )


@dataclass
class _Token:
    """What lets one write. It has no text."""

    variable: str
    _value: str

    def __repr__(self) -> str:
        return f"${self.variable}"

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._value}"
        return request

    def hidden(self, text: str) -> str:
        """A text without it."""
        return text.replace(self._value, "***")


def _token() -> _Token | None:
    for variable in _TOKENS:
        value = os.environ.get(variable, "").strip()
        if value and not re.fullmatch(r"[\x21-\x7e]+", value):
            raise StateError(
                f"${variable} is no token: it has blanks in it, or letters beyond ASCII"
            )
        if value:
            return _Token(variable, value)
    return None


class _Api:
    """GitHub's, or one that is like it."""

    def __init__(self, patience: Patience | None) -> None:
        self._base = os.environ.get("CAFFE_GIST_API", _PUBLIC_API).rstrip("/")
        self._patience = patience or Patience()
        self._token = _token()
        parts = urllib.parse.urlsplit(self._base)
        loopback = parts.hostname in ("localhost", "127.0.0.1", "::1")
        if self._token is not None and parts.scheme != "https" and not loopback:
            raise StateError(
                f"{addresses.shown(self._base)} is not https: {self._token!r} would be sent for "
                "everyone to read"
            )

    def need_token(self) -> None:
        """StateError when there is none."""
        if self._token is None:
            raise StateError(f"a gist is written with a token in $GITHUB_TOKEN: {_MADE}")

    def call(self, method: str, path: str, content: Any = None) -> dict[str, Any]:
        """What the API answers, as the mapping it has to be."""
        if transfer.is_offline():
            raise StateError(
                "gists are on the network, and this is offline: leave out --offline and $CAFFE_OFFLINE"
            )
        retry = 0
        while True:
            try:
                return self._once(method, path, content)
            except Failure as failure:
                # What writes is not repeated: it may have been heard.
                if failure.again and method == "GET" and retry < self._patience.retries:
                    retry += 1
                    time.sleep(self._patience.before(retry, failure.wait))
                    continue
                advice = "; is this machine on a network?" if failure.unreachable else ""
                raise FileError(
                    self._hidden(f"{addresses.shown(self._base + path)} {failure}{advice}")
                ) from None

    def _once(self, method: str, path: str, content: Any) -> dict[str, Any]:
        with closing(addresses.session()) as http:
            with addresses.explained():
                response = http.request(
                    method,
                    self._base + path,
                    json=content,
                    headers={"Accept": "application/vnd.github+json"},
                    auth=self._token or _nobody,
                    timeout=(self._patience.connect, self._patience.read),
                    allow_redirects=method == "GET",
                    stream=True,
                )
            with response:
                body = _read(response)
        if response.status_code in (200, 201):
            return _mapping(body)
        self._refuse(response, body, path)
        raise addresses.refusal(response)

    def _refuse(self, response: requests.Response, body: bytes, path: str) -> None:
        """The errors that one can do something about."""
        status, headers = response.status_code, response.headers
        if status == 401:
            named = repr(self._token) if self._token else "a token"
            raise StateError(
                f"GitHub refuses {named} (401): it is wrong, or no longer valid; {_MADE}"
            )
        if status in (403, 429) and (
            headers.get("X-RateLimit-Remaining") == "0" or status == 429 or "Retry-After" in headers
        ):
            more = "" if self._token else ", or set $GITHUB_TOKEN: with a token there are more"
            raise StateError(
                f"GitHub answers no more requests for now ({status}): wait{_until(headers)}{more}"
            )
        method = response.request.method
        if status == 403 or (status == 404 and method == "POST"):
            named = f"with {self._token!r}" if self._token else "without a token"
            raise StateError(f"GitHub does not allow this {named} ({status}): {_MADE}")
        if status == 404:
            number = path.rpartition("/")[2]
            if method == "GET":
                raise NotFoundError(f"there is no gist {number}: it was deleted, or never was")
            raise NotFoundError(
                f"there is no gist {number} that {self._token!r} may change: without gist_id in the "
                f"{card.README} a new one is made"
            )
        if status == 422:
            raise InvalidArgumentError(
                self._hidden(f"GitHub refuses the files (422): {_said(body)}")
            )

    def _hidden(self, text: str) -> str:
        return self._token.hidden(text) if self._token else text


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """No token, not even one of ~/.netrc."""
    return request


def _read(response: requests.Response) -> bytes:
    body = b""
    with addresses.explained():
        for piece in response.iter_content(1 << 16):
            body += piece
            if len(body) > _LARGEST_ANSWER:
                raise Failure(f"answered more than {of_bytes(_LARGEST_ANSWER)}")
    return body


def _mapping(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Failure("answered something else than was asked for; is $CAFFE_GIST_API right?")
    return found


def _said(body: bytes) -> str:
    """GitHub's own words about a request that it refused."""
    try:
        found = _mapping(body)
    except Failure:
        return "it does not say why"
    errors = found.get("errors")
    parts = [str(found.get("message", "it does not say why"))]
    for one in errors if isinstance(errors, list) else []:
        parts.append(" ".join(map(str, one.values())) if isinstance(one, dict) else str(one))
    return " ".join("; ".join(parts).split())


def _until(headers: Mapping[str, str]) -> str:
    reset = headers.get("X-RateLimit-Reset", "")
    if not re.fullmatch(r"[0-9]{1,10}", reset):
        return " some minutes"
    return f" until {datetime.fromtimestamp(int(reset), timezone.utc):%H:%M} UTC"
