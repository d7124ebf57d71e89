"""What the machine can do: the fastest matrix product and memory traffic that NumPy and PyTorch reach.

`machine.py THREADS` prints them as JSON, for the interpreter it is run with.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

SIDE = 2048  # of the matrices
FLOATS = 1 << 26  # 256 MiB, more than any cache


def best(run: Callable[[], object], repetitions: int = 7) -> float:
    """Seconds of the fastest of some runs after the first."""
    run()
    times = []
    for _ in range(repetitions):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def measure(threads: int) -> dict[str, float]:
    """GFLOP/s and GB/s."""
    import numpy as np

    rates = {}
    a, b, c = (np.ones((SIDE, SIDE), np.float32) for _ in range(3))
    rates["gflops"] = 2 * SIDE**3 / best(lambda: np.matmul(a, b, out=c)) / 1e9
    try:
        import torch

        torch.set_num_threads(threads)
        x, y = torch.from_numpy(a), torch.from_numpy(b)
        rates["gflops"] = max(rates["gflops"], 2 * SIDE**3 / best(lambda: x @ y) / 1e9)
    except ImportError:
        pass
    source, target = np.ones(FLOATS, np.float32), np.empty(FLOATS, np.float32)
    sources, targets = np.array_split(source, threads), np.array_split(target, threads)
    with ThreadPoolExecutor(threads) as pool:
        seconds = best(lambda: list(pool.map(np.copyto, targets, sources)))
        rates["copy"] = 2 * source.nbytes / seconds / 1e9
        seconds = best(lambda: list(pool.map(np.max, sources)))
        rates["read"] = source.nbytes / seconds / 1e9
    return rates


def processor() -> str:
    """Its name."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def describe(threads: int, pythons: list[str]) -> dict[str, Any]:
    """The machine: its name, and the best rates any of the interpreters saw."""
    rates: dict[str, float] = {}
    counts = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    environment = {**os.environ, **dict.fromkeys(counts, str(threads))}
    for python in dict.fromkeys(pythons):
        done = subprocess.run(
            [python, __file__, str(threads)],
            check=False,
            capture_output=True,
            text=True,
            env=environment,
        )
        if done.returncode == 0:
            for key, value in json.loads(done.stdout).items():
                rates[key] = max(rates.get(key, 0.0), value)
    return {
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "threads": threads,
        "system": f"{platform.system()} {platform.release()}",
        "date": time.strftime("%Y-%m-%d"),
        **rates,
    }


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
