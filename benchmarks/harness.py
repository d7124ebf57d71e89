"""Workers, and how they take turns.

Each engine has a process of its own. All but the one whose turn it is are stopped (SIGSTOP), so that none spins or
holds a core while another is measured, and all go on in turns for several rounds, so that whatever else the machine does
meanwhile slows every engine alike.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PATIENCE = 600  # seconds without an answer
ROUNDS = (5, 10)


class WorkerFailed(Exception):
    """An engine cannot be had (`missing`), or not with this net; says why."""

    def __init__(self, why: str, missing: bool = False) -> None:
        super().__init__(why)
        self.missing = missing


@dataclass
class Engine:
    """An engine, and the interpreter that has it."""

    name: str
    title: str
    python: str
    module: str
    options: dict[str, Any] = field(default_factory=dict)


class Worker:
    """A started engine."""

    def __init__(self, engine: Engine, job: dict[str, Any], threads: int, folder: Path) -> None:
        self.engine = engine
        self.turns: list[list[float]] = []
        self.buffer = b""
        path = folder / f"{engine.name.replace(' ', '_')}.json"
        path.write_text(json.dumps({**job, **engine.options, "threads": threads}))
        counts = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
        environment = {**os.environ, "CAFFE_LOG_LEVEL": "4", **dict.fromkeys(counts, str(threads))}
        read, write = os.pipe()
        self.pipe = read
        started = time.perf_counter()
        self.log = (folder / f"{path.stem}.log").open("wb")
        self.process = subprocess.Popen(
            [engine.python, HERE / "worker.py", engine.module, path, str(write)],
            stdin=subprocess.PIPE,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            pass_fds=[write],
            env=environment,
        )
        os.close(write)
        try:
            hello = self.answer()
            if "error" in hello:
                raise WorkerFailed(hello["error"], hello["missing"])
        except BaseException:
            self.close()
            raise
        self.first = time.perf_counter() - started
        self.version: str = hello["version"]
        self.memory: float = hello["memory"]
        self.stop()

    def answer(self) -> dict[str, Any]:
        """The next line of the worker."""
        while b"\n" not in self.buffer:
            ready, _, _ = select.select([self.pipe], [], [], PATIENCE)
            if not ready:
                raise WorkerFailed(f"no answer for {PATIENCE} s")
            piece = os.read(self.pipe, 1 << 16)
            if not piece:
                status = self.process.wait()
                raise WorkerFailed(f"ended with status {status}")
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\n", 1)
        return dict(json.loads(line))

    def stop(self) -> None:
        """Until the next turn."""
        self.process.send_signal(signal.SIGSTOP)

    def do(self, what: str, *arguments: Any) -> dict[str, Any]:
        """A turn: one request."""
        assert self.process.stdin
        self.process.send_signal(signal.SIGCONT)
        request = json.dumps({"do": what, "with": arguments}) + "\n"
        try:
            self.process.stdin.write(request.encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            raise WorkerFailed(f"ended with status {self.process.wait()}") from None
        answer = self.answer()
        self.memory = answer["memory"]
        self.stop()
        return answer

    def run(self, passes: int) -> list[float]:
        """Times so many passes."""
        return list(self.do("run", passes)["times"])

    def close(self) -> None:
        """Ends the process, stopped or not."""
        self.process.kill()
        self.process.wait()
        if self.process.stdin:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()
        os.close(self.pipe)
        self.log.close()

    def result(self) -> dict[str, Any]:
        """What the report needs."""
        times = [time for turn in self.turns for time in turn]
        return {
            "ms": statistics.median(times),
            "fastest": min(times),
            "passes": len(times),
            "turns": [statistics.median(turn) for turn in self.turns],
            "memory": self.memory,
            "first": self.first,
        }


def take_turns(
    workers: list[Worker], seconds: float, say: Callable[[str], None] = lambda _: None
) -> dict[str, str]:
    """Times all of them, each for about `seconds` in at least five turns.

    A worker that fails on the way is ended and taken off the list; returns why, by the engines' titles.
    """
    failed: dict[str, str] = {}

    def run(worker: Worker, passes: int) -> list[float]:
        say(worker.engine.title)
        try:
            return worker.run(passes)
        except WorkerFailed as failure:
            failed[worker.engine.title] = str(failure)
            workers.remove(worker)
            worker.close()
            return []

    seconds_of = {worker: min(run(worker, 1), default=0.0) / 1e3 for worker in list(workers)}
    few, many = ROUNDS
    rounds = max(few, min(many, int(seconds / max(seconds_of.values()))))
    for turn in range(rounds):
        first = turn % len(workers)  # each begins a round now and then
        for worker in workers[first:] + workers[:first]:
            passes = round(seconds / rounds / seconds_of[worker])
            worker.turns.append(run(worker, max(1, min(1000, passes))))
    return failed


def ratio(ours: dict[str, Any], theirs: dict[str, Any]) -> float:
    """Our time by theirs: the median over the rounds, in which both met the same machine."""
    return statistics.median(a / b for a, b in zip(ours["turns"], theirs["turns"]))
