#!/usr/bin/env python3
"""Writes the counts in README.md: layers, solvers, and the cases in which the library agrees with the original.

    scripts/run_in build .venv/bin/python scripts/counts.py

Runs the whole conformance runner, which needs ../shared; it takes some minutes.
"""
from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import caffe

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
MARKED = re.compile(r"(?<=<!-- counts -->\n).*?(?=\n<!-- end of counts -->)", re.DOTALL)


def library_counts() -> str:
    """What the library can say of itself."""
    layers, solvers = len(caffe.layer_type_list()), len(caffe.solver_type_list())
    return f"**{layers} layer types, {solvers} solvers.**"


def conformance_counts() -> str:
    """What the runner says of the cases."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "counts.json"
        runner = ROOT / "tests" / "conformance" / "run.py"
        subprocess.run([sys.executable, runner, "--json", result], check=True, stdout=sys.stderr)
        counts = json.loads(result.read_text())
    cases = sum(counts.values())
    words = [f"{counts.get('passed', 0):,} agree"]
    words += [f"{counts[key]:,} {text}" for key, text in
              [("different", "differ on purpose, with the reason in docs/differences.md"), ("skipped", "cannot run here")]
              if counts.get(key)]
    return f"Of {cases:,} cases that the original and its forks computed, {', '.join(words)}."


def main() -> int:
    text = README.read_text()
    if not MARKED.search(text):
        print("README.md has no <!-- counts --> ... <!-- end of counts -->", file=sys.stderr)
        return 1
    counts = f"{library_counts()} {conformance_counts()}"
    README.write_text(MARKED.sub(lambda _: counts, text))
    print(counts)
    return 0


if __name__ == "__main__":
    sys.exit(main())
