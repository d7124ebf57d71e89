"""One net run by more threads, and more nets run by one thread each: images a second.

    benchmarks/threads.py [--model PROTOTXT] [--batch N] [--seconds S] [--rounds N] [--busy]

A server has two ways to use its cores: one net whose layers are computed by all of them, or clones
that share its weights, one for each thread of the server, with the net option `threads: 1`. Both
are shown beside one net on one thread. They take turns, so that whatever else the machine does
slows all of them; a figure is the best round's. With --busy a process that never sleeps takes a
share of the cores meanwhile.

The waiting of OpenMP's threads (OMP_WAIT_POLICY, GOMP_SPINCOUNT) is read from the environment when
the library is loaded: set it before this program to compare.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import caffe
import numpy as np

MODEL = Path(__file__).parent.parent / "models" / "bvlc_reference_caffenet" / "deploy.prototxt"


def rate(nets: list[caffe.Net], seconds: float) -> float:
    """Images a second of nets that run at once, each on a thread of its own."""
    images = [0] * len(nets)
    begin = time.perf_counter()

    def run(index: int) -> None:
        net = nets[index]
        while time.perf_counter() - begin < seconds:
            net.forward()
            images[index] += net.blobs[net.inputs[0]].data.shape[0]

    if len(nets) == 1:
        run(0)  # on the thread that made it: OpenMP has a pool of threads for each that computes
    else:
        threads = [threading.Thread(target=run, args=(index,)) for index in range(len(nets))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return sum(images) / (time.perf_counter() - begin)


def made(model: Path, batch: int, threads: int) -> caffe.Net:
    net = caffe.Net(model, caffe.TEST, threads=threads, seed=1)
    blob = net.blobs[net.inputs[0]]
    blob.reshape(batch, *blob.data.shape[1:])
    blob.data[...] = np.random.default_rng(1).standard_normal(blob.data.shape)
    net.forward()
    return net


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--busy", action="store_true")
    arguments = parser.parse_args()

    one = made(arguments.model, arguments.batch, 1)
    clones = [one.clone() for _ in range(arguments.cores)]
    for clone in clones:
        blob = clone.blobs[clone.inputs[0]]
        blob.reshape(*one.blobs[one.inputs[0]].data.shape)
        blob.data[...] = one.blobs[one.inputs[0]].data
        clone.forward()
    ways = {
        "one net, one thread": [one],
        f"one net, {arguments.cores} threads": [
            made(arguments.model, arguments.batch, arguments.cores)
        ],
        f"{arguments.cores} clones, one thread each": clones,
    }
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"]) if arguments.busy else None
    try:
        best = dict.fromkeys(ways, 0.0)
        for _ in range(arguments.rounds):
            for way, nets in ways.items():
                best[way] = max(best[way], rate(nets, arguments.seconds))
    finally:
        if busy is not None:
            busy.kill()
    base = best["one net, one thread"]
    for way, images in best.items():
        print(f"{way:28}  {images:8.1f} images/s  {images / base:5.2f}")


if __name__ == "__main__":
    os.environ.setdefault("CAFFE_LOG_LEVEL", "2")
    main()
