"""An API for gists, as GitHub's is, on a server of the tests."""
from __future__ import annotations

import json
import os
import threading
from typing import Any

from support.hostile_server import Request, Server

TOKEN = "ghp_0123456789abcdefSECRET"
Answer = tuple[int, dict[str, str], bytes]


class GistApi:
    """Gists by number. Files beyond `inline` bytes come from an address of their own."""

    def __init__(self, server: Server, inline: int = 1000) -> None:
        self.server = server
        self.gists: dict[str, dict[str, str]] = {}
        self.public: dict[str, bool] = {}
        self.descriptions: dict[str, str] = {}
        self.inline = inline
        self.refusal: Answer | None = None
        """What is answered to everything, when it is set."""
        self._lock = threading.Lock()
        server.answer = self.answer

    @property
    def url(self) -> str:
        return f"{self.server.url}/api"

    def answer(self, request: Request) -> Answer | None:
        if not request.path.startswith("/api/"):
            return None
        if self.refusal is not None:
            return self.refusal
        with self._lock:
            return self._answer(request)

    def _answer(self, request: Request) -> Answer:
        number = request.path.rpartition("/")[2]
        authorized = request.headers.get("authorization") == f"Bearer {TOKEN}"
        if request.method != "GET" and not authorized:
            return message(401, "Bad credentials")
        if request.method == "POST":
            number = os.urandom(16).hex()
            self.gists[number] = {}
        elif number not in self.gists:
            return message(404, "Not Found")
        if request.method != "GET":
            sent = json.loads(request.body)
            if any(not about.get("content") for about in sent["files"].values()):
                return message(422, "Validation Failed", errors=[{"field": "files", "code": "missing_field"}])
            self.gists[number].update({name: about["content"] for name, about in sent["files"].items()})
            self.descriptions[number] = sent.get("description", self.descriptions.get(number, ""))
            self.public.setdefault(number, sent.get("public", False))
        status = 201 if request.method == "POST" else 200
        return status, {}, json.dumps({"id": number, "files": self._files(number)}).encode()

    def _files(self, number: str) -> dict[str, Any]:
        files = {}
        for name, text in self.gists[number].items():
            content = text.encode()
            url = self.server.add(f"raw/{number}/{name}", content)
            files[name] = {"filename": name, "size": len(content), "raw_url": url}
            files[name]["truncated"] = len(content) > self.inline
            files[name]["content"] = content[: self.inline].decode()
        return files


def message(status: int, text: str, headers: dict[str, str] | None = None, **more: Any) -> Answer:
    """A refusal in GitHub's words."""
    return status, headers or {}, json.dumps({"message": text, **more}).encode()
