#!/usr/bin/env python3
"""What `make bench` runs: every net, beside other engines, in turns; writes results.md, results.png, results.json.

    scripts/run_in build .venv/bin/python benchmarks/run.py [--only inference] [--nets lenet,vgg16] [--quick] ...

The exit status is 1 when an engine's answer is not ours.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import machine
import nets
import report
from harness import Engine, WorkerFailed
from session import Session

ROOT = Path(__file__).resolve().parents[1]
OURS = ("caffe", "caffe optimize")
PEERS = {
    "onnxruntime": "ONNX Runtime",
    "openvino": "OpenVINO",
    "opencv": "OpenCV",
    "ncnn": "ncnn",
}


def has_torch(python: str) -> bool:
    """Whether an interpreter can import it."""
    if not shutil.which(python):
        return False
    command = [python, "-c", "import torch"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def engines(wanted: list[str] | None, peers_python: str) -> tuple[list[Engine], dict[str, str]]:
    """Those to measure, ours first, and why others are left out."""
    found = [
        Engine("caffe", "caffe", sys.executable, "caffe", {"optimize": False}),
        Engine("caffe optimize", "caffe, optimize", sys.executable, "caffe", {"optimize": True}),
    ]
    missing = {}
    for name, title in PEERS.items():
        if Path(peers_python).exists():
            found.append(Engine(name, title, peers_python, name))
        else:
            missing[title] = "benchmarks/peers has not set it up"
    candidates = [os.environ.get("BENCH_TORCH_PYTHON", ""), peers_python, sys.executable]
    torch = next((python for python in candidates if python and has_torch(python)), None)
    if torch:
        found.append(Engine("torch", "PyTorch", torch, "torch"))
    else:
        missing["PyTorch"] = "not installed; BENCH_TORCH_PYTHON can name an interpreter that has it"
    if wanted:
        found = [engine for engine in found if engine.name == "caffe" or engine.name in wanted]
        missing = {title: why for title, why in missing.items() if title.lower() in wanted}
    return found, missing


def parse() -> argparse.Namespace:
    """The command line."""
    names = ", ".join([*OURS, *PEERS, "torch"])
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )

    def several(text: str) -> list[str]:
        return [one.strip() for one in text.split(",") if one.strip()]

    def numbers(text: str) -> list[int]:
        return [int(one) for one in several(text)]

    parser.add_argument("--only", choices=["inference", "training"], help="one of the two")
    parser.add_argument("--nets", type=several, help=f"of {', '.join(nets.NETS)}")
    parser.add_argument("--batches", type=numbers, default=nets.BATCHES, help="of inference")
    parser.add_argument("--engines", type=several, help=f"of {names}; caffe is always there")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--seconds", type=float, default=2.0, help="for each engine, net and batch")
    parser.add_argument("--quick", action="store_true", help="a tenth of the time: rough figures")
    parser.add_argument("--update", action="store_true", help="keep what else results.json holds")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks", help="folder of results.*")
    parser.add_argument(
        "--cache", type=Path, help="folder in which the nets' files stay for later runs"
    )
    parser.add_argument("--peers", default=str(ROOT / ".venv-bench/bin/python"), metavar="PYTHON")
    arguments = parser.parse_args()
    unknown = set(arguments.nets or []) - set(nets.NETS)
    unknown |= set(arguments.engines or []) - {*OURS, *PEERS, "torch"}
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    return arguments


def main() -> int:
    """Measures, then writes."""
    # Ended either way, also when started in the background, it ends its workers.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    arguments = parse()
    found, missing = engines(arguments.engines, arguments.peers)
    seconds = arguments.seconds / (10 if arguments.quick else 1)
    results: dict[str, Any] = {"inference": [], "training": [], "engines": {}}
    path = arguments.out / "results.json"
    if arguments.update and path.exists():
        results = json.loads(path.read_text())
    with Session(found, arguments.threads, seconds, missing, arguments.cache) as session:
        plan: list[tuple[str, str, int]] = []
        if arguments.only != "training":
            wanted = arguments.nets or nets.INFERENCE
            plan += [("inference", net, batch) for net in wanted for batch in arguments.batches]
        if arguments.only != "inference":
            wanted = [net for net in arguments.nets or nets.TRAINING if net in nets.TRAINING]
            plan += [("training", net, nets.TRAINING[net].batch) for net in wanted]
        session.measure(plan)
    pythons = [sys.executable, *(engine.python for engine in found)]
    results["machine"] = machine.describe(arguments.threads, pythons)
    results["engines"].update(session.versions)
    results["missing"] = session.missing
    for kind, rows in session.rows.items():
        fresh = {(row["net"], row["batch"]) for row in rows}
        kept = [row for row in results[kind] if (row["net"], row["batch"]) not in fresh]
        order = list(nets.NETS)
        results[kind] = sorted(kept + rows, key=lambda row: (order.index(row["net"]), row["batch"]))
    report.write(results, arguments.out)
    for message in session.mismatches:
        print(f"WRONG: {message}", file=sys.stderr)
    print(f"wrote {arguments.out}/results.md, results.png and results.json")
    return int(bool(session.mismatches))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except WorkerFailed as failure:
        sys.exit(f"caffe: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
