"""Downloads from servers that do what servers do: drop, stall, lie, redirect, change their files."""

from __future__ import annotations

import gzip
import hashlib
import os
from pathlib import Path
from typing import Any

import caffe
import pytest
from caffe.zoo import addresses, partial
from caffe.zoo.addresses import Patience
from support.hostile_server import File, Server, closed_port
from zoo_transfers import CONTENT, HALF, HASTY, SUMS, fetch, only, refused

STALLS = Patience(connect=60, read=0.3, retries=20, pause=0)

pytestmark = pytest.mark.usefixtures("plain_environment")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "net.caffemodel"


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
