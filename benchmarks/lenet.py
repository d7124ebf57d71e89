"""LeNet, batch 64, forward and backward, beside the same net in PyTorch.

    benchmarks/lenet.py [--threads N] [--rounds N] [--torch-python PYTHON]

Each framework lives in a process of its own, since two OpenMP runtimes in one process take the
cores from each other. Both have the same weights and the same batch, and their losses must agree.
They take turns, a block of passes each, so that whatever else the machine does slows both; times
are medians over all passes, and the ratio is that of the blocks' medians. With --threads 1 the
processor time of a pass is shown too, which hardly sees what else the machine does. PyTorch runs in its own
plain layout and in channels-last order; the faster one counts.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np

BATCH = 64
SHAPES = {
    "conv1": (20, 1, 5, 5),
    "conv2": (50, 20, 5, 5),
    "ip1": (500, 800),
    "ip2": (10, 500),
}
PROTOTXT = """
name: "LeNet"
layer { name: "data" type: "Input" top: "data" top: "label" input_param {
  shape { dim: 64 dim: 1 dim: 28 dim: 28 } shape { dim: 64 } } }
layer { name: "conv1" type: "Convolution" bottom: "data" top: "conv1"
  convolution_param { num_output: 20 kernel_size: 5 weight_filler { type: "xavier" } } }
layer { name: "pool1" type: "Pooling" bottom: "conv1" top: "pool1"
  pooling_param { pool: MAX kernel_size: 2 stride: 2 } }
layer { name: "conv2" type: "Convolution" bottom: "pool1" top: "conv2"
  convolution_param { num_output: 50 kernel_size: 5 weight_filler { type: "xavier" } } }
layer { name: "pool2" type: "Pooling" bottom: "conv2" top: "pool2"
  pooling_param { pool: MAX kernel_size: 2 stride: 2 } }
layer { name: "ip1" type: "InnerProduct" bottom: "pool2" top: "ip1"
  inner_product_param { num_output: 500 weight_filler { type: "xavier" } } }
layer { name: "relu1" type: "ReLU" bottom: "ip1" top: "ip1" }
layer { name: "ip2" type: "InnerProduct" bottom: "ip1" top: "ip2"
  inner_product_param { num_output: 10 weight_filler { type: "xavier" } } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip2" bottom: "label" top: "loss" }
"""

Pass = Callable[[], float]


def inputs() -> dict[str, np.ndarray]:
    """The batch, the weights and the biases, the same in every process."""
    random = np.random.default_rng(1)
    values = {"data": random.random((BATCH, 1, 28, 28)), "label": random.integers(0, 10, BATCH)}
    for name, shape in SHAPES.items():
        fan_in = int(np.prod(shape[1:]))
        values[name + ".w"] = random.uniform(-1, 1, shape) * (3 / fan_in) ** 0.5
        values[name + ".b"] = random.uniform(-0.1, 0.1, shape[0])
    return {name: value.astype(np.float32) for name, value in values.items()}


def caffe_pass(threads: int) -> tuple[str, Pass]:
    """One forward and backward of our net; returns the loss."""
    os.environ["OMP_NUM_THREADS"] = str(threads)
    os.environ.setdefault("GLOG_minloglevel", "2")
    import caffe

    with tempfile.NamedTemporaryFile("w", suffix=".prototxt") as file:
        file.write(PROTOTXT)
        file.flush()
        net = caffe.Net(file.name, caffe.TRAIN)
    values = inputs()
    net.blobs["data"].data[...] = values["data"]
    net.blobs["label"].data[...] = values["label"]
    for name in SHAPES:
        net.params[name][0].data[...] = values[name + ".w"]
        net.params[name][1].data[...] = values[name + ".b"]

    def run() -> float:
        net.clear_param_diffs()
        loss = net.forward()["loss"]
        net.backward()
        return float(loss)

    return "caffe", run


def torch_pass(threads: int, channels_last: bool) -> tuple[str, Pass]:
    """The same in PyTorch."""
    import torch
    from torch import nn

    torch.set_num_threads(threads)
    net = nn.Sequential()
    net.add_module("conv1", nn.Conv2d(1, 20, 5))
    net.add_module("pool1", nn.MaxPool2d(2))
    net.add_module("conv2", nn.Conv2d(20, 50, 5))
    net.add_module("pool2", nn.MaxPool2d(2))
    net.add_module("flatten", nn.Flatten())
    net.add_module("ip1", nn.Linear(800, 500))
    net.add_module("relu1", nn.ReLU(inplace=True))
    net.add_module("ip2", nn.Linear(500, 10))
    values = {name: torch.from_numpy(value) for name, value in inputs().items()}
    with torch.no_grad():
        for name in SHAPES:
            layer = net.get_submodule(name)
            layer.weight.copy_(values[name + ".w"])
            layer.bias.copy_(values[name + ".b"])
    data, label = values["data"], values["label"].long()
    if channels_last:
        net = net.to(memory_format=torch.channels_last)
        data = data.to(memory_format=torch.channels_last)

    def run() -> float:
        net.zero_grad()
        loss = nn.functional.cross_entropy(net(data), label)
        loss.backward()
        return float(loss.detach())

    return f"PyTorch {torch.__version__}" + (" channels-last" if channels_last else ""), run


def work(which: str, threads: int) -> None:
    """A worker: says what it is and its loss, then runs as many passes as each line asks for."""
    try:
        name, run = (
            caffe_pass(threads) if which == "caffe" else torch_pass(threads, which == "last")
        )
    except ImportError as error:
        print(json.dumps({"error": str(error)}), flush=True)
        return
    print(json.dumps({"name": name, "loss": run()}), flush=True)
    for line in sys.stdin:
        times = []
        busy = time.process_time()
        for _ in range(int(line)):
            start = time.perf_counter()
            run()
            times.append((time.perf_counter() - start) * 1e3)
        busy = (time.process_time() - busy) * 1e3 / len(times)
        print(json.dumps({"times": times, "processor": busy}), flush=True)


class Worker:
    """A framework in its own process."""

    def __init__(self, python: str, which: str, threads: int) -> None:
        command = [python, __file__, "--worker", which, "--threads", str(threads)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        hello = self.answer()
        self.error: str | None = hello.get("error")
        self.name: str = hello.get("name", which)
        self.loss: float = hello.get("loss", float("nan"))
        self.blocks: list[list[float]] = []
        self.processor: list[float] = []

    def answer(self) -> Any:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"a worker ended with status {self.process.wait()}")
        return json.loads(line)

    def run(self, passes: int) -> None:
        """One block."""
        assert self.process.stdin
        self.process.stdin.write(f"{passes}\n")
        self.process.stdin.flush()
        answer = self.answer()
        self.blocks.append(answer["times"])
        self.processor.append(answer["processor"])

    def median(self) -> float:
        return statistics.median(time for block in self.blocks for time in block)

    def fastest(self) -> float:
        return min(time for block in self.blocks for time in block)


def compare(threads: int, rounds: int, torch_python: str) -> int:
    """Prints the table; returns 1 when the losses differ."""
    workers = [Worker(sys.executable, "caffe", threads)]
    if workers[0].error:
        raise SystemExit(f"caffe cannot be imported: {workers[0].error}")
    for which in ("plain", "last"):
        worker = Worker(torch_python, which, threads)
        if worker.error:
            print(f"PyTorch is not installed, so there is nothing beside it: {worker.error}")
            break
        workers.append(worker)
    for worker in workers:
        worker.run(20)  # caches, frequencies, allocations
        worker.blocks.clear()
        worker.processor.clear()
    for _ in range(rounds):
        for worker in workers:
            worker.run(10)

    print(f"LeNet, batch {BATCH}, forward and backward, {threads} threads (ms)")
    print(f"  {'':36}{'median':>10}{'fastest':>10}{'loss':>12}")
    for worker in workers:
        row = (
            f"  {worker.name:36}{worker.median():10.2f}{worker.fastest():10.2f}{worker.loss:12.6f}"
        )
        if threads == 1:
            row += f"   processor {statistics.median(worker.processor):.2f}"
        print(row)
    ours, theirs = workers[0], workers[1:]
    if theirs:
        best = min(theirs, key=Worker.median)
        ratio = statistics.median(
            statistics.median(b) / statistics.median(a)
            for a, b in zip(ours.blocks, best.blocks, strict=True)
        )
        print(f"  caffe is {ratio:.2f} times as fast as {best.name}")
    return int(any(abs(worker.loss - ours.loss) > 1e-4 for worker in theirs))


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument(
        "--torch-python",
        default=sys.executable,
        metavar="PYTHON",
        help="the interpreter that has torch (this one)",
    )
    parser.add_argument("--worker", choices=["caffe", "plain", "last"], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        work(arguments.worker, arguments.threads)
        return 0
    return compare(arguments.threads, arguments.rounds, arguments.torch_python)


if __name__ == "__main__":
    sys.exit(main())
