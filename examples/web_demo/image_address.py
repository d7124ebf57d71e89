"""Fetches a picture from an address that a stranger has typed."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urljoin, urlsplit

import requests

REDIRECTS = 3
SECONDS = 10


def fetch(address: str, most_bytes: int, private: bool = False) -> bytes:
    """The bytes at an http or https address. ValueError, with a text for its typist, when there are none.

    Unless `private`, hosts of this machine's own network are refused: what only the server can
    reach is not for its visitors. (A name that changes between the check and the request is not
    seen; who serves strangers puts a firewall in front of that.)
    """
    for _ in range(REDIRECTS + 1):
        check(address, private)
        try:
            with requests.get(
                address, stream=True, timeout=SECONDS, allow_redirects=False
            ) as response:
                if response.is_redirect:
                    address = urljoin(address, response.headers["Location"])
                    continue
                if response.status_code != 200:
                    raise ValueError(
                        f"the server answered {response.status_code} {response.reason}"
                    )
                return body(response, most_bytes)
        except requests.RequestException:
            raise ValueError(f"nothing could be fetched from {urlsplit(address).netloc}") from None
    raise ValueError(f"this address leads to another one more than {REDIRECTS} times")


def body(response: requests.Response, most_bytes: int) -> bytes:
    """What came; no more than `most_bytes`, whatever its header says."""
    data = bytearray()
    for piece in response.iter_content(1 << 16):
        data += piece
        if len(data) > most_bytes:
            raise ValueError(f"pictures may have {most_bytes >> 20} MB, this has more")
    return bytes(data)


def check(address: str, private: bool) -> None:
    """Whether an address may be fetched from."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("expected an address that begins with http:// or https://")
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or parts.scheme)
    except (OSError, ValueError):
        raise ValueError(f"there is no host {parts.hostname}") from None
    for *_, place in found:
        if not private and not ipaddress.ip_address(str(place[0]).partition("%")[0]).is_global:
            raise ValueError(f"{parts.hostname} is not on the public internet")
