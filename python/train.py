#!/usr/bin/env python3
"""Trains a net: train.py --solver solver.prototxt [--snapshot x.solverstate] [--timing]."""

from __future__ import annotations

import argparse
import sys

import own_python  # noqa: F401

# isort: split
import caffe


class Timing:
    """How long each layer takes, forward and backward, told whenever the loss is displayed."""

    def __init__(self, solver: caffe.Solver) -> None:
        self._solver = solver
        self._names = list(solver.net._layer_names)
        self._forward = [caffe.Timer() for _ in self._names]
        self._backward = [caffe.Timer() for _ in self._names]
        self._total = caffe.Timer()
        net = solver.net
        net.before_forward(lambda layer: self._forward[layer].start())
        net.after_forward(lambda layer: self._forward[layer].stop())
        net.before_backward(lambda layer: self._backward[layer].start())
        net.after_backward(lambda layer: self._backward[layer].stop())
        solver.add_callback(self._total.start, None, self._stop)

    def _stop(self) -> None:
        self._total.stop()
        display = self._solver.param.display
        if display and (self._solver.iter - 1) % display == 0:
            caffe.log("\n" + "\n".join(self._lines()))

    def _lines(self) -> list[str]:
        layers = list(enumerate(self._names))
        return [
            *(f"forw {i:3} {name:>8} : {self._forward[i].ms:.2f}" for i, name in layers),
            *(f"back {i:3} {name:>8} : {self._backward[i].ms:.2f}" for i, name in layers[::-1]),
            f"solver total: {self._total.ms:.2f}",
        ]


def choose_devices(gpus: list[int]) -> None:
    """The device of the nets to come; there is one."""
    if len(gpus) > 1:
        raise caffe.UnsupportedError(
            f"--gpus {' '.join(map(str, gpus))}: one solver trains on one device; name one GPU, or "
            "leave out --gpus to train on the CPU"
        )
    try:
        caffe.set_device(gpus[0])
    except caffe.UnsupportedError as failure:
        raise caffe.UnsupportedError(f"--gpus {gpus[0]}: {failure}: leave out --gpus") from None


def train(solver_file: str, snapshot: str | None, gpus: list[int], timing: bool) -> None:
    """Trains to the solver's max_iter, from a snapshot on if there is one."""
    caffe.init_log()
    if gpus:
        choose_devices(gpus)
        caffe.log(f"Using devices {gpus}")
    solver = caffe.get_solver(solver_file)
    if timing:
        Timing(solver)
    solver.solve(snapshot)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--solver", required=True, help="the solver's prototxt")
    parser.add_argument("--snapshot", help="the solver state to go on from")
    parser.add_argument(
        "--gpus", type=int, nargs="+", default=[], help="the GPU to use (default: the CPU)"
    )
    parser.add_argument("--timing", action="store_true", help="show how long each layer takes")
    chosen = parser.parse_args()
    try:
        train(chosen.solver, chosen.snapshot, chosen.gpus, chosen.timing)
    except caffe.Error as failure:
        print(f"train.py: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
