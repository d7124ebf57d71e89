"""Downloads where disks are full and several processes want one file; what one sees of them."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import resource
import struct
import subprocess
import sys
import termios
import threading
from pathlib import Path
from typing import Any

import pytest
from caffe.zoo import partial
from caffe.zoo.progress import Progress
from support.hostile_server import Server
from zoo_transfers import CONTENT, HALF, SUMS, fetch, only, refused

pytestmark = pytest.mark.usefixtures("plain_environment")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "net.caffemodel"


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
