"""Area errors: input that makes no sense ends in an error, at the same step as in the original, and the process
lives; input the original accepts is accepted.

Each case runs in a worker process, so that a crash is a failure of its case alone.
"""
from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from harness import Case, Mismatch, Options, Skipped

TYPE = re.compile(r'(?<![\w"])type:\s*"([A-Z]\w*)"')
SOLVERS = {"AdaDelta", "AdaGrad", "Adam", "Nesterov", "RMSProp", "SGD"}

_items: dict[str, dict[str, Any]] = {}


def write_files(item: dict[str, Any], folder: Path) -> None:
    for name, content in item["files"].items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            path.write_text(content)
        else:
            path.write_bytes(base64.b64decode(content["base64"]))


def check_types(item: dict[str, Any], options: Options) -> None:
    """Skips the case when a layer or solver it needs does not exist yet."""
    texts = {name: content for name, content in item["files"].items() if isinstance(content, str)}
    solver = "\n".join(texts.pop(name) for name in list(texts) if "base_lr" in texts[name])
    options.need_layers({name for text in texts.values() for name in TYPE.findall(text)})
    missing = set(TYPE.findall(solver)) & SOLVERS - options.solver_types
    if missing:
        raise Skipped(f"no solver type {', '.join(missing)}", tuple(f"solver {name}" for name in sorted(missing)))


def run_in_worker(item: dict[str, Any], options: Options) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        write_files(item, Path(name))
        done = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("error_worker.py")), json.dumps(options.net),
             str(options.tool or "")],
            input=json.dumps(item["steps"]), capture_output=True, text=True, cwd=name, check=False, timeout=300,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "CAFFE_LOG_LEVEL": "4"})
    if done.returncode != 0 or not done.stdout.strip():
        raise Mismatch(f"the process ended with status {done.returncode}: {done.stderr.strip()[-300:]}")
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def judge(item: dict[str, Any], result: dict[str, Any]) -> None:
    failed: str | None = result["failed"]
    if item["how"] == "accepted":
        if failed is not None:
            raise Mismatch(f"accepted by the original, here {failed} fails: {result['message']}")
        return
    if failed is None:
        raise Mismatch(f"accepted; the original fails at {item['failing_step']} ({item['messages'][:1]})")
    # An error may come earlier than in the original, which looks at some parameters only when it runs.
    steps = item["steps"]
    if steps.index(failed) > steps.index(item["failing_step"]):
        raise Mismatch(f"fails at {failed}, the original at {item['failing_step']}: {result['message']}")
    if len(result["message"]) < 10:
        raise Mismatch(f"an error that says nothing: {result['message']!r}")


def run(case: Case, options: Options) -> None:
    if not _items:
        _items.update({item["name"]: item for item in json.loads(case.folder.read_text())})
    item = _items[case.item]
    check_types(item, options)
    tools = [step for step in item["steps"] if step.startswith("tool:")]
    if tools and options.tool is None:
        raise Skipped("no caffe command; --tool names one")
    judge(item, run_in_worker(item, options))
