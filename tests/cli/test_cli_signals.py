"""Ctrl-C and hang-ups while training."""
from __future__ import annotations

import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from cli_tool import Tool


def started(tool: Tool, *flags: str) -> subprocess.Popen:
    """A training without end, once it is in its iterations."""
    tool.learner("max_iter: 100000000 display: 1000")
    process = tool.start("train", "-solver", "solver.prototxt", *flags)
    assert process.stderr
    for line in process.stderr:
        if "Iteration 0, lr" in line:
            return process
    raise AssertionError(f"no iteration, status {process.wait()}")


def test_interrupt_stops_with_a_snapshot(tool: Tool) -> None:
    process = started(tool)
    process.send_signal(signal.SIGINT)
    log = process.communicate(timeout=300)[1]
    assert process.returncode == 0
    assert "Optimization stopped early." in log
    iteration = re.search(r"Snapshotting solver state to binary proto file s_iter_(\d+).solverstate", log)
    assert iteration
    assert (tool.folder / f"s_iter_{iteration[1]}.solverstate").exists()


def wait_for_snapshot(process: subprocess.Popen) -> str:
    assert process.stderr
    for line in process.stderr:
        if found := re.search(r"Snapshotting solver state to binary proto file (\S+)", line):
            return found[1]
    raise AssertionError(f"no snapshot, status {process.wait()}")


@pytest.mark.parametrize(("flags", "sent"), [
    ([], signal.SIGHUP),
    (["-sigint_effect", "snapshot"], signal.SIGINT),
])
def test_a_signal_can_ask_for_a_snapshot(tool: Tool, flags: list[str], sent: signal.Signals) -> None:
    process = started(tool, *flags)
    process.send_signal(sent)
    first = wait_for_snapshot(process)
    process.send_signal(sent)
    assert wait_for_snapshot(process) != first
    assert process.poll() is None
    process.kill()
    process.communicate()
    assert (tool.folder / first).exists()


def test_signals_can_be_ignored(tool: Tool) -> None:
    process = started(tool, "-sigint_effect", "none", "-sighup_effect=stop")
    process.send_signal(signal.SIGINT)
    assert process.stderr
    for line in process.stderr:
        if re.search(r"Iteration \d+, lr", line):
            break
    process.send_signal(signal.SIGHUP)
    log = process.communicate(timeout=300)[1]
    assert process.returncode == 0
    assert "Optimization stopped early." in log


def wait_until_taken(process: subprocess.Popen, sent: signal.Signals) -> None:
    """Until a signal that was sent is pending no more: another one of its kind would be lost in it."""
    pending = re.compile(r"^(?:SigPnd|ShdPnd):\s*([0-9a-f]+)", re.M)
    status = Path(f"/proc/{process.pid}/status")
    while any(int(mask, 16) >> (sent - 1) & 1 for mask in pending.findall(status.read_text())):
        time.sleep(0.005)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
def test_a_second_interrupt_does_not_wait(tool: Tool) -> None:
    """The iteration under way is longer than anybody waits for."""
    tool.learner("max_iter: 10 iter_size: 1000000000 display: 1")
    process = tool.start("train", "-solver", "solver.prototxt")
    assert process.stderr
    for line in process.stderr:
        if "Learning Rate Policy" in line:
            break
    process.send_signal(signal.SIGINT)
    wait_until_taken(process, signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=0.5)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=300)
    assert process.returncode == -signal.SIGINT
