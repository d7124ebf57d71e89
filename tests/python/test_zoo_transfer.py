"""Downloads from servers that do what servers do: drop, stall, lie, redirect, change their files."""

from __future__ import annotations

import errno
import fcntl
import gzip
import hashlib
import json
import os
import resource
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import caffe
import numpy as np
import pytest
from caffe.zoo import addresses, partial, transfer
from caffe.zoo.addresses import Patience
from caffe.zoo.progress import Progress
from support.hostile_server import File, Server, closed_port, serving

CONTENT = np.random.RandomState(0).bytes(1 << 20)
HALF = len(CONTENT) // 2
SUMS = {kind: hashlib.new(kind, CONTENT).hexdigest() for kind in ("sha256", "sha1", "md5")}
HASTY = Patience(connect=60, read=60, retries=3, pause=0)
STALLS = Patience(connect=60, read=0.3, retries=20, pause=0)


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name == "CAFFE_OFFLINE":
            monkeypatch.delenv(name)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as one:
        yield one


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "net.caffemodel"


def fetch(urls: str | list[str], target: Path, **options: Any) -> Path:
    urls = [urls] if isinstance(urls, str) else urls
    return transfer.fetch(urls, target, **{"patience": HASTY, "quiet": True, **options})


def refused(urls: str | list[str], target: Path, **options: Any) -> str:
    """The sentence with which it fails; it leaves no file of that name."""
    with pytest.raises(caffe.Error) as caught:
        fetch(urls, target, **options)
    assert not target.exists()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def only(target: Path) -> bool:
    """Whether nothing lies beside it: no part, no note, no lock."""
    return os.listdir(target.parent) == [target.name]


def test_a_file_comes(server: Server, target: Path) -> None:
    url = server.add("net", CONTENT)
    place = fetch(url, target.parent / "new/folder" / target.name, size=len(CONTENT), sums=SUMS)
    assert place.read_bytes() == CONTENT
    assert only(place)


def test_without_size_and_sums(server: Server, target: Path) -> None:
    assert fetch(server.add("net", CONTENT), target).read_bytes() == CONTENT
    assert only(target)


def test_links_do_not_lead_bytes_elsewhere(server: Server, target: Path, tmp_path: Path) -> None:
    """A stranger's folder may hold links where parts and notes would be written."""
    url, own = server.add("net", CONTENT), tmp_path / "own"
    folder = tmp_path / "theirs"
    folder.mkdir()
    own.write_bytes(b"my own")
    note = folder / ".net.caffemodel.part.json"
    note.symlink_to(own)
    fetch(url, folder / target.name)
    part = folder / "other.caffemodel.part"
    part.symlink_to(own)
    assert "is a link, or no file: remove it" in refused(url, folder / "other.caffemodel")
    part.unlink()
    os.mkfifo(part)
    assert "is a link, or no file: remove it" in refused(url, folder / "other.caffemodel")
    assert own.read_bytes() == b"my own"


def test_a_part_that_is_taken_away(
    server: Server, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = partial.Partial.append

    def take_away(part: partial.Partial, piece: bytes) -> None:
        append(part, piece)
        part.path.unlink(missing_ok=True)

    monkeypatch.setattr(partial.Partial, "append", take_away)
    said = refused(server.add("net", CONTENT), target)
    assert "was taken away while it was filled: do the same again" in said


def test_an_empty_file(server: Server, target: Path) -> None:
    assert fetch(server.add("net", b""), target, size=0).read_bytes() == b""


def test_what_is_there_stays(server: Server, target: Path) -> None:
    target.write_bytes(CONTENT)
    fetch(server.add("net", CONTENT), target, size=len(CONTENT), sums=SUMS)
    assert server.requests == []


def test_another_file_stays_unless_it_may_go(server: Server, target: Path) -> None:
    url = server.add("net", CONTENT)
    target.write_bytes(b"my own")
    with pytest.raises(
        caffe.FileError, match=r"has 6 bytes where 1,048,576 were expected.*--force"
    ):
        fetch(url, target, size=len(CONTENT))
    with pytest.raises(caffe.FileError, match=f"sha1 [0-9a-f]+ where {SUMS['sha1']} was expected"):
        fetch(url, target, sums={"sha1": SUMS["sha1"]})
    assert target.read_bytes() == b"my own"
    fetch(url, target, sums=SUMS, overwrite=True)
    assert target.read_bytes() == CONTENT


def test_a_folder_of_that_name(server: Server, target: Path) -> None:
    target.mkdir()
    with pytest.raises(caffe.FileError, match="is no file"):
        fetch(server.add("net", CONTENT), target)


def test_no_address(target: Path) -> None:
    assert "no address of net.caffemodel is known" in refused([], target)


@pytest.mark.parametrize(
    "sums",
    [{"sha256": "12"}, {"sha1": SUMS["sha256"]}, {"md5": "g" * 32}, {"crc32": "12345678"}],
)
def test_sums_that_are_none(sums: dict[str, str], target: Path) -> None:
    with pytest.raises(caffe.InvalidArgumentError):
        fetch("http://127.0.0.1/", target, sums=sums)


# Connections that end


def test_goes_on_after_the_connection_ended(server: Server, target: Path) -> None:
    url = server.add("net", CONTENT, drops=[HALF])
    fetch(url, target, size=len(CONTENT), sums=SUMS)
    assert target.read_bytes() == CONTENT
    assert only(target)
    first, second = server.ranges()
    assert first is None
    assert second is not None
    assert 0 < int(second[len("bytes=") : -1]) <= HALF
    assert server.requests[1].headers["if-range"] == '"one"'


def test_goes_on_in_another_process_later(server: Server, target: Path) -> None:
    url = server.add("net", CONTENT, drops=[HALF] * 9)
    said = refused(url, target, patience=Patience(retries=0))
    assert "closed the connection" in said
    assert f"put it at {target}" in said
    kept = (target.parent / "net.caffemodel.part").stat().st_size
    assert 0 < kept <= HALF
    server.files["/net"].drops.clear()
    fetch(url, target)
    assert server.ranges()[-1] == f"bytes={kept}-"
    assert target.read_bytes() == CONTENT
    assert only(target)


def test_many_drops_are_no_matter_while_something_comes(server: Server, target: Path) -> None:
    content = CONTENT * 8
    url = server.add("net", content, drops=[(1 << 20) + (1 << 16)] * 7)
    fetch(url, target, patience=Patience(retries=1, pause=0))
    assert target.read_bytes() == content


def test_tries_have_an_end(server: Server, target: Path) -> None:
    url = server.add("net", CONTENT, drops=[0] * 99)
    assert "closed the connection" in refused(url, target)
    assert len(server.requests) == HASTY.retries + 1
    assert os.listdir(target.parent) == []
    assert "closed" in refused(url, target, patience=Patience(retries=-1))
    assert len(server.requests) == HASTY.retries + 2


def test_a_stall(server: Server, target: Path) -> None:
    url = server.add("net", CONTENT, stalls=[HALF])
    fetch(url, target, sums=SUMS, patience=STALLS)
    assert target.read_bytes() == CONTENT


def test_stalls_without_end(server: Server, target: Path) -> None:
    url = server.add("net", CONTENT, stalls=[0] * 3)
    assert "sent nothing for too long" in refused(
        url, target, patience=Patience(connect=60, read=0.3, retries=2, pause=0)
    )


def test_a_server_that_knows_no_ranges(server: Server, target: Path) -> None:
    url = server.add("net", CONTENT, drops=[HALF], ranges=False)
    fetch(url, target, sums=SUMS)
    assert target.read_bytes() == CONTENT


def test_a_server_without_etags_and_sums(server: Server, target: Path) -> None:
    """Nothing tells whether the rest is of the same file: it begins anew."""
    url = server.add("net", CONTENT, drops=[HALF], etag=None)
    fetch(url, target)
    assert server.ranges() == [None, None]
    assert target.read_bytes() == CONTENT


def test_sums_are_enough_to_go_on(server: Server, target: Path) -> None:
    url = server.add("net", CONTENT, drops=[HALF], etag=None)
    fetch(url, target, sums=SUMS)
    assert server.ranges()[1] is not None
    assert target.read_bytes() == CONTENT


def test_a_weak_etag_is_not_asked_for(server: Server, target: Path) -> None:
    url = server.add("net", CONTENT, drops=[HALF], etag='W/"one"')
    fetch(url, target, sums=SUMS)
    assert "if-range" not in server.requests[1].headers
    assert target.read_bytes() == CONTENT


def test_a_server_that_packs(server: Server, target: Path) -> None:
    """Bytes of what was packed are no bytes of the file: it is not gone on with."""
    packed = gzip.compress(CONTENT)
    url = server.add("net", packed, headers={"Content-Encoding": "gzip"}, drops=[len(packed) // 2])
    fetch(url, target, size=len(CONTENT))
    assert server.ranges() == [None, None]
    assert target.read_bytes() == CONTENT
    target.unlink()
    (target.parent / "net.caffemodel.part").write_bytes(CONTENT[:HALF])
    assert "packs what it sends" in refused(url, target, sums=SUMS)


def other_version(file: File) -> None:
    file.content, file.etag = CONTENT[::-1], '"two"'


@pytest.mark.parametrize("sums", [None, {"md5": hashlib.md5(CONTENT[::-1]).hexdigest()}])
def test_the_file_changes_between_two_parts(
    sums: dict[str, str] | None, server: Server, target: Path
) -> None:
    fetch(server.add("net", CONTENT, drops=[HALF], after=other_version), target, sums=sums)
    assert target.read_bytes() == CONTENT[::-1]


def test_the_file_changes_and_the_server_does_not_care(server: Server, target: Path) -> None:
    """It sends the rest of another file, but says which one that is."""

    def ignore_if_range(file: File) -> None:
        other_version(file)
        for request in server.requests:
            request.headers.pop("if-range", None)

    file = File(CONTENT, drops=[HALF], after=ignore_if_range)
    server.files["/net"] = file

    def answer(request: Any) -> None:
        request.headers.pop("if-range", None)

    server.answer = answer
    fetch(f"{server.url}/net", target)
    assert target.read_bytes() == CONTENT[::-1]


def test_parts_that_do_not_fit_together_are_fetched_anew(server: Server, target: Path) -> None:
    (target.parent / "net.caffemodel.part").write_bytes(b"something else")
    fetch(server.add("net", CONTENT), target, sums=SUMS)
    assert server.ranges() == ["bytes=14-", None]
    assert target.read_bytes() == CONTENT


def test_a_part_that_is_too_large_is_thrown_away(server: Server, target: Path) -> None:
    (target.parent / "net.caffemodel.part").write_bytes(CONTENT + b"more")
    fetch(server.add("net", CONTENT), target, size=len(CONTENT), sums=SUMS)
    assert server.ranges() == [None]
    assert target.read_bytes() == CONTENT


def test_a_part_that_is_complete_needs_no_server(target: Path) -> None:
    (target.parent / "net.caffemodel.part").write_bytes(CONTENT)
    fetch(closed_port(), target, size=len(CONTENT), sums=SUMS)
    assert target.read_bytes() == CONTENT


def test_nothing_beyond_the_end(server: Server, target: Path) -> None:
    """416: what is there is all there is. Only its sums tell whether it is right."""
    url = server.add("net", CONTENT)
    part = target.parent / "net.caffemodel.part"
    part.write_bytes(CONTENT)
    fetch(url, target, sums=SUMS)
    assert server.ranges() == [f"bytes={len(CONTENT)}-"]
    assert target.read_bytes() == CONTENT
    target.unlink()
    part.write_bytes(CONTENT + b"more")
    fetch(url, target, sums=SUMS)
    assert server.ranges()[1:] == [f"bytes={len(CONTENT) + 4}-", None]
    assert target.read_bytes() == CONTENT


def test_a_part_whose_note_is_broken(server: Server, target: Path) -> None:
    (target.parent / "net.caffemodel.part").write_bytes(CONTENT[:HALF])
    (target.parent / ".net.caffemodel.part.json").write_text("[1")
    fetch(server.add("net", CONTENT), target)
    assert server.ranges() == [None]
    assert target.read_bytes() == CONTENT
    assert only(target)


# Statuses


def test_statuses(server: Server, target: Path) -> None:
    gone = f"{server.url}/gone"
    said = refused(gone, target)
    assert f"cannot download net.caffemodel: {gone} answered 404 (Not Found)" in said
    assert len(server.requests) == 1
    url = server.add("net", CONTENT, statuses=[500, 503, 429], headers={"Retry-After": "0"})
    assert fetch(url, target).read_bytes() == CONTENT
    assert len(server.requests) == 5


@pytest.mark.parametrize("status", [400, 401, 403, 410, 416])
def test_statuses_that_mean_no(status: int, server: Server, target: Path) -> None:
    url = server.add("net", CONTENT, statuses=[-status])
    assert f"answered {status}" in refused(url, target)
    assert len(server.requests) == 1


def test_a_server_that_never_recovers(server: Server, target: Path) -> None:
    url = server.add("net", CONTENT, statuses=[-500])
    assert "answered 500 (Internal Server Error)" in refused(url, target)
    assert len(server.requests) == HASTY.retries + 1


def test_waiting_grows_and_the_server_is_heard_within_reason() -> None:
    patience = Patience(pause=1)
    assert [patience.before(retry, 0) for retry in (1, 2, 3, 9)] == [1, 2, 4, 60]
    assert patience.before(1, 17) == 17
    assert patience.before(1, 1e9) == 60


# Mirrors


def test_mirrors_in_turn(server: Server, target: Path) -> None:
    wrong = server.add("wrong", CONTENT[::-1])
    gone = f"{server.url}/gone"
    right = server.add("right", CONTENT)
    fetch([closed_port(), gone, wrong, right], target, sums=SUMS)
    assert target.read_bytes() == CONTENT


def test_a_mirror_goes_on_where_another_stopped(server: Server, target: Path) -> None:
    first = server.add("first", CONTENT, drops=[HALF] * 9, ranges=False)
    second = server.add("second", CONTENT, etag='"other"')
    fetch([first, second], target, sums=SUMS, patience=Patience(retries=0))
    assert server.requests[-1].path == "/second"
    assert server.ranges()[-1] is not None
    assert "if-range" not in server.requests[-1].headers
    assert target.read_bytes() == CONTENT


def test_a_mirror_that_is_gone_costs_nothing(server: Server, target: Path) -> None:
    """Nothing tells whether its file would be the same; it has none, so what came stays."""
    urls = [f"{server.url}/gone", server.add("net", CONTENT, drops=[HALF])]
    refused(urls, target, patience=Patience(retries=0))
    kept = (target.parent / "net.caffemodel.part").stat().st_size
    fetch(urls, target)
    assert kept > 0
    assert server.ranges()[-1] == f"bytes={kept}-"
    assert target.read_bytes() == CONTENT


def test_every_address_is_told_of(server: Server, target: Path) -> None:
    gone, wrong = f"{server.url}/gone", server.add("wrong", b"1234")
    said = refused([gone, wrong], target, sums={"md5": SUMS["md5"]})
    assert f"{gone} answered 404" in said
    assert f"{wrong} gave a file with md5 81dc9bdb52d04dc20036dbd8313ed055" in said
    assert SUMS["md5"] in said


def test_no_network_at_all(target: Path) -> None:
    said = refused([closed_port(), "http://no-such-host.invalid/net"], target)
    assert "cannot be reached (Connection refused)" in said
    assert "/net cannot be reached (no server of that name is known)" in said
    assert "is this machine on a network ($https_proxy names a proxy)?" in said
    assert f"put it at {target}." in said
    assert os.listdir(target.parent) == []


def test_a_proxy_that_is_not_there(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", closed_port())
    assert "is behind a proxy that does not answer" in refused("http://models.invalid/net", target)


def test_a_proxy_is_asked(server: Server, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", server.url)
    server.files["http://models.invalid/net"] = File(CONTENT)
    assert fetch("http://models.invalid/net", target).read_bytes() == CONTENT


def test_passwords_in_addresses_are_not_shown(server: Server, target: Path) -> None:
    said = refused(server.url.replace("//", "//me:secret@") + "/gone", target)
    assert "answered 404" in said
    assert "secret" not in said
    assert "secret" not in refused("http://me:secret@models.invalid:99999/net", target)
    assert addresses.shown("https://me:sec@ret@h.org/a@b") == "https://h.org/a@b"


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


# Disks


def test_a_full_disk(server: Server, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes that still fitted are kept, and the next call goes on after them."""
    url = server.add("net", CONTENT)
    append = partial.Partial.append

    class Full:
        def __init__(self, stream: Any) -> None:
            self.stream = stream

        def write(self, piece: memoryview) -> int:
            if self.stream.tell() >= HALF:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return self.stream.write(piece[:1000])

    def append_to_full(part: partial.Partial, piece: bytes) -> None:
        stream, part._stream = part._stream, Full(part._stream)
        try:
            append(part, piece)
        finally:
            part._stream = stream

    monkeypatch.setattr(partial.Partial, "append", append_to_full)
    assert "the disk is full; what came is kept" in refused(url, target)
    monkeypatch.undo()
    kept = (target.parent / "net.caffemodel.part").read_bytes()
    assert HALF <= len(kept) < HALF + 1000
    assert kept == CONTENT[: len(kept)]
    assert fetch(url, target).read_bytes() == CONTENT
    assert server.ranges() == [None, f"bytes={len(kept)}-"]


CHILD = """
import json, sys
import caffe
from caffe.zoo import transfer
given = json.loads(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
try:
    transfer.fetch(given["urls"], given["target"], sums=given["sums"])
except caffe.Error as failure:
    sys.exit(str(failure))
"""


def child(url: str, target: Path, **options: Any) -> subprocess.Popen[str]:
    """A process that downloads once it is told to."""
    given = json.dumps({"urls": [url], "target": str(target), "sums": SUMS})
    started = subprocess.Popen(
        [sys.executable, "-c", CHILD, given],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "ready\n"
    return started


def test_a_limit_of_the_system(server: Server, target: Path) -> None:
    """What a file may be is a kind of full disk, and a real one."""
    url = server.add("net", CONTENT)
    process = child(url, target)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (HALF, HALF))
    _, said = process.communicate("go\n", timeout=600)
    assert process.returncode == 1
    assert said.endswith(
        "the disk is full; what came is kept there: make room and do the same again\n"
    )
    assert (target.parent / "net.caffemodel.part").read_bytes() == CONTENT[:HALF]


def test_a_folder_that_may_not_be_written(server: Server, target: Path) -> None:
    read_only = Path("/sys/net.caffemodel") if os.geteuid() == 0 else target
    if os.geteuid() != 0:
        target.parent.chmod(0o555)
    try:
        assert "cannot be written" in refused(server.add("net", CONTENT), read_only)
    finally:
        target.parent.chmod(0o755)
    assert server.requests == []


def test_a_file_where_the_folder_should_be(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "cannot be written" in refused(server.add("net", CONTENT), tmp_path / "file/net")


# Two at once


def test_of_two_processes_one_downloads(server: Server, target: Path) -> None:
    url = server.add("net", CONTENT, stalls=[HALF])
    first = child(url, target)
    second = child(url, target)
    assert first.stdin is not None
    first.stdin.write("go\n")
    first.stdin.flush()
    part = target.parent / "net.caffemodel.part"
    wait_until(lambda: part.exists() and part.stat().st_size > 0)
    assert second.stdin is not None
    assert second.stderr is not None
    second.stdin.write("go\n")
    second.stdin.flush()
    assert "another process downloads it; waiting" in second.stderr.readline()
    server.files["/net"].stalls.clear()
    # The first one's stalled answer ends, and its connection with it: it goes on from there.
    server.open.set()
    for process in (first, second):
        _, said = process.communicate(timeout=600)
        assert process.returncode == 0, said
    assert target.read_bytes() == CONTENT
    assert len(server.requests) == 2
    assert only(target)


def test_a_process_that_was_killed_leaves_no_lock(server: Server, target: Path) -> None:
    url = server.add("net", CONTENT, stalls=[HALF])
    process = child(url, target)
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    part = target.parent / "net.caffemodel.part"
    wait_until(lambda: part.exists() and part.stat().st_size > 0)
    process.kill()
    process.communicate(timeout=600)
    fetch(url, target, sums=SUMS)
    assert target.read_bytes() == CONTENT
    assert server.ranges()[1] is not None


def test_threads_wait_for_each_other(server: Server, target: Path) -> None:
    url = server.add("net", CONTENT)
    threads = [threading.Thread(target=fetch, args=(url, target)) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert target.read_bytes() == CONTENT
    assert len(server.requests) == 1
    assert only(target)


def wait_until(true: Any) -> None:
    for _ in range(60_000):
        if true():
            return
        threading.Event().wait(0.01)
    raise AssertionError("waited in vain")


# What one sees


def test_lines_where_there_is_no_terminal(
    server: Server,
    target: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = server.add("net", CONTENT)
    monkeypatch.setattr("caffe.zoo.progress._SECONDS_BETWEEN_LINES", 0)
    fetch(url, target, quiet=False)
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1].startswith("net.caffemodel: 1.0 MiB of 1.0 MiB, ")
    assert lines[-1].endswith("B/s, 0:00:00 left")
    target.unlink()
    fetch(url, target, quiet=True)
    assert capsys.readouterr().err == ""


def test_rate_and_time_left() -> None:
    progress = Progress("net", 300 << 20, quiet=True)
    progress.start(100 << 20, 300 << 20)
    progress.add(50 << 20)
    assert progress.line(10) == "net: 150.0 MiB of 300.0 MiB, 5.0 MiB/s, 0:00:30 left"
    progress.start(0, 10**17)
    progress.add(1)
    assert progress.line(1000).endswith(", 100 days, 0:00:00 left")
    progress.start(0, None)
    progress.add(5)
    assert progress.line(1) == "net: 5 B, 5 B/s"


def test_a_bar_on_a_terminal(server: Server, target: Path) -> None:
    url = server.add("net", CONTENT, drops=[HALF])
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    given = json.dumps({"urls": [url], "target": str(target), "sums": SUMS})
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, given], stdin=subprocess.PIPE, stdout=theirs, stderr=theirs
    ) as shown:
        shown.communicate(b"go\n", timeout=600)
        assert shown.returncode == 0
    os.close(theirs)
    seen = b""
    while True:
        try:
            piece = os.read(ours, 1 << 16)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        seen += piece
    os.close(ours)
    assert b"net.caffemodel: 100%" in seen
    assert b"1.00M/1.00M" in seen
