"""Downloads from servers that lie, and addresses that lead elsewhere."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from caffe.zoo import addresses, transfer
from support.hostile_server import File, Server
from zoo_transfers import CONTENT, HALF, SUMS, fetch, refused

pytestmark = pytest.mark.usefixtures("plain_environment")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "net.caffemodel"


# Lies and sums


def test_sums_that_do_not_agree(server: Server, target: Path) -> None:
    url = server.add("net", CONTENT)
    for kind, value in SUMS.items():
        wrong = hashlib.new(kind, b"other").hexdigest()
        said = refused(url, target, sums={**SUMS, kind: wrong})
        assert f"{kind} {value} where {wrong} was expected" in said
    assert os.listdir(target.parent) == []


def test_a_length_that_is_not_the_cards(server: Server, target: Path) -> None:
    url = server.add("net", CONTENT)
    assert "has 1,048,576 bytes, 7 were expected" in refused(url, target, size=7)
    assert "bytes, 1,048,577 were expected" in refused(url, target, size=len(CONTENT) + 1)


@pytest.mark.parametrize("says", [len(CONTENT) - 100, len(CONTENT) + 100])
def test_a_length_that_is_a_lie(says: int, server: Server, target: Path) -> None:
    url = server.add("net", CONTENT, says=says, ranges=False)
    assert "1,048," in refused(url, target, size=len(CONTENT), sums=SUMS)


@pytest.mark.parametrize("number", ["9" * 5000, "\u0663", "-1", "1.5", ""])
def test_numbers_that_are_none(number: str) -> None:
    def answer(status: int, **headers: str) -> Any:
        return SimpleNamespace(
            status_code=status, headers={key.replace("_", "-"): one for key, one in headers.items()}
        )

    assert addresses._place(answer(200, Content_Length=number), 0) == (0, None)
    for text in (f"bytes {number}-8/9", f"bytes 7-{number}/9", f"bytes 7-8/{number}"):
        with pytest.raises(addresses.Failure, match="without saying which"):
            addresses._place(answer(206, Content_Range=text), 7)
    with pytest.raises(addresses.NothingBeyond) as end:
        addresses._place(answer(416, Content_Range=f"bytes */{number}"), 7)
    assert end.value.total is None


def test_less_than_said_and_no_more_to_know(server: Server, target: Path) -> None:
    url = server.add("net", CONTENT, says=len(CONTENT) + 100, ranges=False)
    assert "closed the connection" in refused(url, target)


def test_more_and_more(server: Server, target: Path) -> None:
    url = server.add("net", CONTENT, chunked=True)
    assert "sent more and more bytes, 1,000 were expected" in refused(url, target, size=1000)
    assert "more bytes, at most 70,000 were expected" in refused(url, target, limit=70_000)
    assert os.listdir(target.parent) == []
    assert fetch(url, target, size=len(CONTENT)).read_bytes() == CONTENT


def test_fewer_in_chunks(server: Server, target: Path) -> None:
    url = server.add("net", CONTENT, chunked=True, ranges=False)
    assert "after 1,048,576 of 1,048,600 bytes" in refused(url, target, size=1_048_600)


def test_a_size_without_sums_is_held_to(server: Server, target: Path) -> None:
    url = server.add("net", CONTENT, chunked=True)
    assert "1,048,576 bytes where 1,048,600 were expected" in refused(url, target, size=1_048_600)


def test_a_page_where_weights_should_be(server: Server, target: Path) -> None:
    page = b"\n<!DOCTYPE HTML><html><body>Sign in</body></html>"
    url = server.add("net?dl=0", page)
    said = refused(url, target, size=len(CONTENT))
    assert "gave a web page instead of net.caffemodel: look at it with a browser" in said
    place = fetch(server.add("page", page), target.with_suffix(".html"))
    assert place.read_bytes() == page


@pytest.mark.parametrize(
    "url, hint",
    [
        ("http://www.dropbox.com/s/1/net.caffemodel?dl=0", "ends in ?dl=1"),
        ("http://drive.google.com/uc?id=1", "Google Drive asks before it gives large files"),
    ],
)
def test_hosts_known_for_pages(
    url: str, hint: str, server: Server, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", server.url)
    server.files[url] = File(b"<html></html>")
    assert hint in refused(url, target)


# Where addresses lead


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "ftp://127.0.0.1/net", "data:text/plain,hello"]
)
def test_redirects_to_other_schemes(location: str, server: Server, target: Path) -> None:
    url = server.add("net", location=location)
    said = refused(url, target, local=[url])
    assert f"{url} leads to {location}, expected http or https" in said


def test_redirects(server: Server, target: Path) -> None:
    server.add("net", CONTENT)
    server.add("one", location="/net")
    assert fetch(server.add("two", location=f"{server.url}/one"), target).read_bytes() == CONTENT


def test_redirects_in_a_circle(server: Server, target: Path) -> None:
    server.add("one", location="/two")
    server.add("two", location="/one")
    said = refused(f"{server.url}/one", target)
    one, two = f"{server.url}/one", f"{server.url}/two"
    circles = [f"{one} -> {two} -> {one}", f"{two} -> {one} -> {two}"]
    assert any(f"redirects in a circle: {circle};" in said for circle in circles)


def test_redirects_without_end(server: Server, target: Path) -> None:
    for i in range(99):
        server.add(f"{i}", location=f"/{i + 1}")
    assert "redirects more than 10 times" in refused(f"{server.url}/0", target)
    assert len(server.requests) < 15


def test_a_redirect_to_nonsense(server: Server, target: Path) -> None:
    assert "cannot download" in refused(server.add("net", location="http://[1/"), target)


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/net", "net", "", "javascript:1", "http://", "http://[1"]
)
def test_addresses_that_are_none(url: str, target: Path) -> None:
    assert "cannot download" in refused(url, target)


def test_files_of_this_machine_only_as_asked(target: Path, tmp_path: Path) -> None:
    source = tmp_path / "a b.caffemodel"
    source.write_bytes(CONTENT)
    url = addresses.from_path(str(source))
    assert "is a file of this machine" in refused(url, target)
    fetch(url, target, sums=SUMS, local=[url])
    assert target.read_bytes() == CONTENT
    target.unlink()
    assert "No such file" in refused(f"{url}x", target, local=[f"{url}x"])
    folder, there = tmp_path.as_uri(), "file://there/net"
    assert "is no file" in refused(folder, target, local=[folder])
    assert "another machine" in refused(there, target, local=[there])
    assert "is a file of this machine" in refused(url, target, local=[folder])


def test_a_file_goes_on_where_it_ended(target: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(CONTENT)
    (tmp_path / "net.caffemodel.part").write_bytes(CONTENT[:HALF])
    fetch(source.as_uri(), target, sums=SUMS, local=[source.as_uri()])
    assert target.read_bytes() == CONTENT
    target.unlink()
    (tmp_path / "net.caffemodel.part").write_bytes(CONTENT)
    fetch(source.as_uri(), target, sums=SUMS, local=[source.as_uri()])
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("offline", ["1", "true"])
def test_offline(
    offline: str, server: Server, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAFFE_OFFLINE", offline)
    url = server.add("net", CONTENT)
    assert "is not there, and this is offline" in refused(url, target)
    assert server.requests == []
    target.write_bytes(CONTENT)
    assert fetch(url, target, sums=SUMS) == target
    target.unlink()
    assert fetch(url, target, offline=False) == target
    monkeypatch.setenv("CAFFE_OFFLINE", "0")
    assert not transfer.is_offline()
