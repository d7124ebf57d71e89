"""Writes results.md, results.png and results.json from what was measured."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nets
from harness import ratio

OURS = ("caffe", "caffe optimize")
Row = dict[str, Any]

METHOD = """\
Each engine runs in a process of its own, with {threads} threads, in fp32. They take turns in at least five rounds; whoever's turn
it is not is stopped (SIGSTOP). A figure is the median over all passes; a ratio is the median over the rounds of our
time by the best peer's in the same round, so smaller is better and 1.00 is a tie. A pass begins with the images in a NumPy
array and ends with the probabilities in one. Weights and images are seeded random numbers, the same for all, and
outputs have to agree with ours within 1e-3 of the largest value. Peers read the net from the ONNX file that
`caffe export` writes, BatchNorm and Scale folded into the convolutions beforehand, as they would do themselves; ncnn
reads what pnnx makes of it, in fp32 as all, and runs a batch image by image. PyTorch runs eager, channels-last, the same
layers with the same weights. "caffe, optimize" is the net option `optimize`.
"""
TRAINING_METHOD = """\
A step is forward, backward and the update of SGD with momentum, on one synthetic batch, so that reading data is no part of it.
The first losses of both agree within 1e-3, dropout off.
"""


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    """As Markdown, numbers to the right."""
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def number(value: float) -> str:
    """To three digits."""
    if value >= 99.5:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 9.95 else f"{value:.2f}"


def best_peer(row: Row) -> str | None:
    """The fastest engine that is not ours."""
    peers = {name: x["ms"] for name, x in row["engines"].items() if name not in OURS}
    return min(peers, key=lambda name: peers[name]) if peers else None


def ratios(row: Row) -> dict[str, float]:
    """Ours by the best peer's."""
    best = best_peer(row)
    if best is None:
        return {}
    engines = row["engines"]
    return {name: ratio(engines[name], engines[best]) for name in OURS if name in engines}


def names_of(results: Row, rows: list[Row]) -> list[str]:
    """The engines that stand in some row, in the order of results."""
    return [name for name in results["engines"] if any(name in row["engines"] for row in rows)]


def label(row: Row) -> str:
    """Net and batch."""
    return f"{nets.title(row['net'])}, {row['batch']}"


def times(results: Row, rows: list[Row], best_is: str) -> str:
    """The table of milliseconds; the fastest of a row in bold."""
    names = names_of(results, rows)
    ours = [name for name in names if name in OURS]
    titles = {name: results["engines"][name]["title"] for name in names}
    head = ["net, batch", *(titles[name] for name in names)]
    head += [f"{titles[name]}: by {best_is}" for name in ours]
    lines = []
    for row in rows:
        fastest = min(x["ms"] for x in row["engines"].values())
        line = [label(row)]
        for name in names:
            cell = row["engines"].get(name)
            text = number(cell["ms"]) if cell else "-"
            line.append(f"**{text}**" if cell and cell["ms"] == fastest else text)
        found = ratios(row)
        line += [f"{found[name]:.2f}" if name in found else "-" for name in ours]
        lines.append(line)
    return table(head, lines)


def column(results: Row, rows: list[Row], key: str) -> str:
    """A table of one quantity of every engine."""
    names = names_of(results, rows)
    head = ["net, batch", *(results["engines"][name]["title"] for name in names)]
    if key == "memory":
        head.insert(1, "weights")
    lines = []
    for row in rows:
        cells = (row["engines"].get(name) for name in names)
        line = [label(row), *(number(cell[key]) if cell else "-" for cell in cells)]
        if key == "memory":
            line.insert(1, number(row["weights"]))
        lines.append(line)
    return table(head, lines)


def roofline(results: Row, rows: list[Row]) -> str:
    """How much of the machine each net uses: counted as direct convolution counts, so that Winograd may pass
    the peak."""
    peak = results["machine"]["gflops"]
    lines = []
    for row in rows:
        engines = row["engines"]
        ours = min(engines[name]["ms"] for name in OURS if name in engines)
        rate = row["operations"] / ours / 1e6
        images = row["batch"] / ours * 1e3
        gflop = number(row["operations"] / 1e9)
        lines.append([label(row), gflop, number(rate), f"{rate / peak:.0%}", number(images)])
    return table(["net, batch", "GFLOP", "GFLOP/s", "of the peak", "images/s"], lines)


def machine(results: Row) -> str:
    """Where it was measured, and with what."""
    it = results["machine"]
    versions = (f"{x['title']} {x['version']}" for x in results["engines"].values())
    return (
        f"{it['processor']}, {it['cores']} cores, {it['threads']} threads used; {it['system']}; {it['date']}.\n"
        f"In the same run: {number(it['gflops'])} GFLOP/s in the fastest matrix product of NumPy and PyTorch, "
        f"{number(it['read'])} GB/s read from memory, {number(it['copy'])} GB/s copied (read and written).\n\n"
        f"{', '.join(versions)}.\n"
    )


def left_out(results: Row) -> list[str]:
    """Why figures are missing: of engines, and of rows."""
    reasons = [f"{engine}: {why}" for engine, why in results["missing"].items()]
    rows: dict[tuple[str, str], list[str]] = {}
    for row in results["inference"] + results["training"]:
        for engine, why in row["failed"].items():
            rows.setdefault((engine, why), []).append(label(row))
    return reasons + [f"{engine} ({'; '.join(at)}): {why}" for (engine, why), at in rows.items()]


def markdown(results: Row) -> str:
    """The page."""
    parts = ["# Speed\n", "Written by `make bench`.\n", machine(results)]
    rows, training = results["inference"], results["training"]
    if rows or training:
        parts.append("![Ratios to the best peer](results.png)\n")
    if rows:
        parts += ["## Inference: milliseconds a batch\n", times(results, rows, "best peer")]
        parts += ["Peak memory of the process, Python included (MiB):\n"]
        parts += [column(results, rows, "memory")]
        parts += ["From the start of the process to its first answer, Python included (seconds):\n"]
        parts += [column(results, rows, "first")]
        parts += ["What our faster row uses of the machine:\n", roofline(results, rows)]
    if training:
        parts += ["## Training: milliseconds a step\n", TRAINING_METHOD]
        parts += [times(results, training, "best peer")]
    parts += ["## How it was measured\n", METHOD.format(threads=results["machine"]["threads"])]
    reasons = left_out(results)
    if reasons:
        parts.append("Left out:\n")
        parts.append("\n".join(f"- {reason}" for reason in reasons) + "\n")
    return "\n".join(parts)


def write(results: Row, folder: Path) -> None:
    """All three files."""
    import chart

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    (folder / "results.md").write_text(markdown(results))
    chart.draw(results, folder / "results.png")
