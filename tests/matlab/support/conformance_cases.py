"""Chosen conformance cases in a form Octave reads: conformance_cases.py SHARED COUNT FOLDER.

Writes FOLDER/cases.json, the cases with their arrays' names, sizes (width first) and places, and
FOLDER/values.bin, the values one after the other as 32-bit floats. The choice is the same every time and goes round
the layer types, spread over the cases of each.
"""
from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "conformance"))
from differences import DIFFERENT

KEPT = ("phase", "level", "stages", "force_backward", "backward", "steps", "loss", "layers", "inputs", "outputs",
        "rtol", "atol")


def chosen(entries: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    by_type: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        # Layers written in Python belong to the Python package.
        if entry["area"] == "layers" and "Python" not in entry["types"] and entry["path"] not in DIFFERENT:
            by_type.setdefault(entry["type"], []).append(entry)
    rounds = []
    for kind in sorted(by_type):
        cases = sorted(by_type[kind], key=lambda entry: entry["path"])
        # First, last, middle, quarters, ...: neighbours are alike.
        order = sorted(range(len(cases)), key=lambda i: (bin(i * 64 // len(cases))[:1:-1], i))
        rounds += [(place, kind, cases[i]) for place, i in enumerate(order)]
    rounds.sort(key=lambda one: one[:2])
    return [entry for _, _, entry in rounds[:count]]


def exported(folder: Path, entry: dict[str, Any], values: BinaryIO) -> dict[str, Any]:
    with np.load(folder / "case.npz") as archive:
        arrays = {name: archive[name] for name in archive.files}
    meta = json.loads(str(arrays.pop("meta")))
    tables = []
    for key, value in arrays.items():
        kind, _, name = key.partition(":")
        name, _, step = name.partition("@")
        tables.append({"kind": kind, "name": name, "step": int(step or -1), "sizes": list(reversed(value.shape)),
                       "first": values.tell() // 4, "count": value.size})
        values.write(np.ascontiguousarray(value, dtype="<f4").tobytes())
    return {"name": entry["path"].removeprefix("layers/"), "folder": str(folder), "arrays": tables,
            **{key: meta[key] for key in KEPT if key in meta}}


def main() -> None:
    shared, count, folder = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    root = shared / "conformance"
    entries = json.loads((root / "index.json").read_text())["cases"]
    with open(folder / "values.bin", "wb") as values:
        cases = [exported(root / entry["path"], entry, values) for entry in chosen(entries, count)]
    (folder / "cases.json").write_text(json.dumps(cases))


if __name__ == "__main__":
    main()
