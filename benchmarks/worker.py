"""One engine, one net, one batch, in a process of its own: worker.py ENGINE JOB DESCRIPTOR.

JOB is a file that jobs.py's dicts are written to. Reads requests as lines of JSON from standard input, and answers each
with a line on the file descriptor; engines may print what they like. Begins with an answer of its own once the first
output is there.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


def die_with_parent() -> None:
    """Linux ends this process when the one that started it ends, however that happens."""
    try:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    except (OSError, AttributeError):
        pass  # another system: the end of standard input has to do


def memory(key: str = "VmHWM") -> float:
    """The process's peak memory in MiB (0 where there is no /proc)."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(x.split()[1]) / 1024 for x in lines if x.startswith(key)), 0.0)


def timed(run: Callable[[], object], passes: int) -> list[float]:
    """Milliseconds of each pass, after one that is not counted unless it is long."""
    start = time.perf_counter()
    run()
    times = [(time.perf_counter() - start) * 1e3]
    if times[0] < 100:
        times.clear()
    while len(times) < passes:
        start = time.perf_counter()
        run()
        times.append((time.perf_counter() - start) * 1e3)
    return times


class Inference:
    """Answers to requests about outputs."""

    def __init__(self, module: Any, job: dict[str, Any]) -> None:
        self.images = np.load(job["images"])
        self.engine = module.Engine(job)
        self.output = np.array(self.engine.run(self.images))

    def run(self, passes: int) -> dict[str, Any]:
        return {"times": timed(lambda: self.engine.run(self.images), passes)}

    def save(self, path: str) -> dict[str, Any]:
        """The first output, as N x C."""
        np.save(path, self.output.reshape(len(self.images), -1))
        return {}


class Training:
    """Answers to requests about training steps."""

    def __init__(self, module: Any, job: dict[str, Any]) -> None:
        self.trainer = module.Trainer(job)
        self.trainer.step()
        self.losses = [self.trainer.loss()]

    def run(self, passes: int) -> dict[str, Any]:
        times = timed(self.trainer.step, passes)
        return {"times": times, "loss": self.trainer.loss()}

    def first_losses(self, steps: int) -> dict[str, Any]:
        """The losses of the first steps; only before any are timed."""
        while len(self.losses) < steps:
            self.trainer.step()
            self.losses.append(self.trainer.loss())
        return {"losses": self.losses}


def main() -> None:
    """The process."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    engine, path, descriptor = sys.argv[1:]
    job = json.loads(Path(path).read_text())
    with os.fdopen(int(descriptor), "w") as answers:

        def say(**answer: Any) -> None:
            answers.write(json.dumps(answer) + "\n")
            answers.flush()

        try:
            module = importlib.import_module(f"engines.{engine}")
            kind = Inference if job["kind"] == "inference" else Training
            worker = kind(module, job)
        except Exception as failure:
            reason = (str(failure).strip().splitlines() or ["no reason given"])[0]
            say(
                error=f"{type(failure).__name__}: {reason}",
                missing=isinstance(failure, ImportError),
            )
            return
        say(version=module.version(), memory=memory())
        for line in sys.stdin:
            request = json.loads(line)
            answer = getattr(worker, request["do"])(*request["with"])
            say(**answer, memory=memory())


if __name__ == "__main__":
    main()
