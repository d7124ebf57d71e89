"""Runs the steps of one case of area errors in the current folder and prints which of them failed, and how."""
from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import caffe
import numpy as np


def run_step(step: str, state: dict[str, Any], options: dict[str, Any], tool: str) -> None:
    verb, _, rest = step.partition(":")
    net = state.get("n")
    if verb == "net":
        state["n"] = caffe.Net(rest or "net.prototxt", caffe.TEST, **options)
    elif verb == "forward":
        net.forward()
    elif verb == "backward":
        net.backward()
    elif verb == "copy_from":
        net.copy_from(rest)
    elif verb == "set":
        name, _, value = rest.partition("=")
        net.blobs[name].data[...] = np.array(json.loads(value), np.float32)
    elif verb == "reshape":
        name, _, value = rest.partition("=")
        net.blobs[name].reshape(*json.loads(value))
    elif verb == "solver":
        state["s"] = caffe.get_solver("solver.prototxt", net=options)
    elif verb == "step":
        state["s"].step(int(rest))
    elif verb == "snapshot":
        state["s"].snapshot()
    elif verb == "restore":
        state["s"].restore(rest)
    elif verb == "py":
        exec(rest, {"st": state, "np": np, "caffe": caffe})  # noqa: S102  the case is a line of Python
    elif verb == "tool":
        words = rest.split()
        # The original's other programs are commands of ours.
        done = subprocess.run([tool, *words[words[0] == "caffe":]], capture_output=True, text=True, check=False)
        if done.returncode < 0:
            sys.exit(f"{rest} ended with signal {-done.returncode}: {done.stderr[-300:]}")
        if done.returncode != 0:
            raise caffe.Error(done.stderr.strip())
    else:
        sys.exit(f"no such step: {step}")


def main() -> None:
    state: dict[str, Any] = {}
    for step in json.load(sys.stdin):
        try:
            run_step(step, state, json.loads(sys.argv[1]), sys.argv[2])
        except Exception as error:  # noqa: BLE001  whatever a user would see
            print(json.dumps({"failed": step, "message": f"{type(error).__name__}: {error}"}))
            return
    print(json.dumps({"failed": None, "message": ""}))


main()
