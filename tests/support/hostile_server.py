"""An HTTP server for tests that misbehaves as asked, file by file."""
from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Request:
    """What a client asked for."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class File:
    """A file of the server, and how it is served."""

    content: bytes = b""
    etag: str | None = '"one"'
    ranges: bool = True
    statuses: list[int] = field(default_factory=list)
    """Answered first, one a request; then it is served. The last one is repeated when it is negative."""
    headers: dict[str, str] = field(default_factory=dict)
    location: str | None = None
    """Where it redirects to."""
    says: int | None = None
    """Its Content-Length, where that is a lie."""
    chunked: bool = False
    drops: list[int] = field(default_factory=list)
    """The connection ends after so many bytes of the answer, one number a request."""
    stalls: list[int] = field(default_factory=list)
    """Nothing more comes after so many bytes, one number a request."""
    after: Callable[[File], None] | None = None
    """Called once an answer has been sent."""


class Server:
    """Files and what was asked for; `url` is its address."""

    def __init__(self) -> None:
        self.files: dict[str, File] = {}
        self.requests: list[Request] = []
        self.answer: Callable[[Request], tuple[int, dict[str, str], bytes] | None] = lambda request: None
        """Asked first; what it returns is the answer."""
        self.open = threading.Event()
        """Stalled answers go on when it is set."""
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                server._handle(self)

            do_GET = do_POST = do_PATCH = handle_any

            def log_message(self, *words: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def add(self, name: str, content: bytes = b"", **how: Any) -> str:
        """Serves a file; its address."""
        self.files["/" + name] = File(content, **how)
        return f"{self.url}/{name}"

    def ranges(self) -> list[str | None]:
        """The Range of each request so far."""
        return [request.headers.get("range") for request in self.requests]

    def close(self) -> None:
        self.open.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def _handle(self, http: BaseHTTPRequestHandler) -> None:
        body = http.rfile.read(int(http.headers.get("Content-Length", 0)))
        request = Request(http.command, http.path, {k.lower(): v for k, v in http.headers.items()}, body)
        self.requests.append(request)
        said = self.answer(request)
        file = self.files.get(http.path)
        try:
            if said is not None:
                status, headers, content = said
                _send(http, status, {**headers, "Content-Length": str(len(content))}, content)
            elif file is None:
                _send(http, 404, {"Content-Length": "0"}, b"")
            else:
                self._serve(http, request, file)
        except (BrokenPipeError, ConnectionResetError):
            http.close_connection = True

    def _serve(self, http: BaseHTTPRequestHandler, request: Request, file: File) -> None:
        if file.statuses:
            status = file.statuses.pop(0)
            if status < 0:
                file.statuses.insert(0, status)
            if status != 200:
                _send(http, abs(status), {**file.headers, "Content-Length": "0"}, b"")
                return
        if file.location is not None:
            _send(http, 302, {"Location": file.location, "Content-Length": "0"}, b"")
            return
        headers = {**file.headers, **({"ETag": file.etag} if file.etag else {})}
        status, content = 200, file.content
        match = re.fullmatch(r"bytes=(\d+)-", request.headers.get("range", ""))
        if match and file.ranges and request.headers.get("if-range", file.etag) == file.etag:
            start = int(match[1])
            if start >= len(content):
                headers["Content-Range"] = f"bytes */{len(content)}"
                _send(http, 416, {**headers, "Content-Length": "0"}, b"")
                return
            status = 206
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            content = content[start:]
        if file.chunked:
            headers["Transfer-Encoding"] = "chunked"
            content = b"%x\r\n%s\r\n0\r\n\r\n" % (len(content), content)
        else:
            headers["Content-Length"] = str(len(content) if file.says is None else file.says)
        cut = file.drops.pop(0) if file.drops else None
        stall = file.stalls.pop(0) if file.stalls else None
        _send(http, status, headers, content[:cut] if stall is None else content[:stall])
        if stall is not None:
            self.open.wait()
        if cut is not None or stall is not None or (file.says or 0) > len(content):
            http.close_connection = True
        if file.after is not None:
            file.after(file)


def _send(http: BaseHTTPRequestHandler, status: int, headers: dict[str, str], content: bytes) -> None:
    http.send_response(status)
    for name, value in headers.items():
        http.send_header(name, value)
    http.end_headers()
    http.wfile.write(content)
    http.wfile.flush()


@contextmanager
def serving() -> Iterator[Server]:
    """A server that ends with the block."""
    server = Server()
    try:
        yield server
    finally:
        server.close()


def closed_port() -> str:
    """An address where nobody listens."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.server_close()
    return f"http://127.0.0.1:{server.server_address[1]}"
