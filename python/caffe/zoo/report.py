"""What `caffe zoo check` found, as rows: for a terminal, as Markdown, as JSON."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .._table import grouped, of_bytes, text_table
from . import listed
from .definitions import DATA, DEPLOY, SOLVER, TRAIN
from .trial import Result

_KINDS = {DEPLOY: "deploy", DATA: "with data", TRAIN: "train", SOLVER: "solver"}
_COLUMNS = [
    "model",
    "definitions",
    "layers",
    "parameters",
    "forward",
    "training step",
    "ONNX",
    "notes",
]
_RIGHT = ("parameters",)


@dataclass
class Run:
    """One trial and what came out."""

    file: str
    what: str  # the job's
    stages: list[str]
    result: Result
    notes: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The file's name, and the stages where there are any."""
        return " ".join([Path(self.file).name, *(f"[{stage}]" for stage in self.stages)])


@dataclass
class Row:
    """A model. `problems` are what is wrong in its files, `mended` what was changed in copies of
    them; both are `file:line: sentence`."""

    title: str
    task: str = ""
    folders: list[str] = field(default_factory=list)
    files: list[dict[str, str]] = field(default_factory=list)  # name, kind, format
    forks: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    weights: str = "no card"
    notes: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)  # what the card does not say
    trained: bool = True  # whether training was asked for
    dialect: str = ""  # that the card names
    answers: str = ""  # the folder of a card with `expected`, whose weights are there

    @property
    def errors(self) -> list[str]:
        """All that went wrong."""
        failed = [f"{run.name}: {run.result.error}" for run in self.runs if run.result.error]
        unequal = [
            f"{run.name}: ONNX {run.result.onnx}"
            for run in self.runs
            if run.result.onnx.startswith("differs")
        ]
        return [*self.problems, *failed, *unequal]

    def of(self, what: str) -> list[Run]:
        """Its runs of that kind."""
        return [run for run in self.runs if run.what == what]

    @property
    def forward(self) -> Run | None:
        """The forward pass that stands for the model: of those that went well a deploy net's,
        of these the one that the list of models names first."""
        kinds = {file["name"]: file["kind"] for file in self.files}
        model = next((one for one in listed.MODELS if one.title == self.title), None)

        def order(run: Run) -> tuple[bool, bool, int]:
            deploy = "deploy" in run.name.lower()
            place = model.rank(Path(run.file)) if model else 0
            return not deploy and kinds.get(run.file) != DEPLOY, not deploy, place

        good = [run for run in self.of("forward") if not run.result.error]
        return min(good, key=order, default=None)


def as_json(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """The rows as plain values, with everything that was measured."""
    return [{**asdict(row), "errors": row.errors} for row in rows]


def from_json(values: Iterable[dict[str, Any]]) -> list[Row]:
    """The rows that as_json() gave."""
    rows = []
    for value in values:
        given = {name: each for name, each in value.items() if name != "errors"}
        runs = [Run(**{**run, "result": Result(**run["result"])}) for run in given.pop("runs")]
        rows.append(Row(**given, runs=runs))
    return rows


def line(row: Row) -> str:
    """One for a terminal."""
    run = row.forward
    parts = [f"{'FAILED' if row.errors else 'ok':6}  {row.title}"]
    if run is not None:
        result = run.result
        parts.append(f"{grouped(result.parameters)} parameters")
        parts.append(f"forward {_ms(result.forward_ms)}")
    if row.of("train"):
        parts.append(f"training {_training(row)}")
    if run is not None and run.result.onnx:
        parts.append(f"ONNX {_onnx(row)}")
    return "; ".join(parts)


def markdown(rows: Sequence[Row], command: str) -> str:
    """The page: how it was made, the table, and what each model's files are."""
    lines = [
        "# The zoo, model by model",
        "",
        f"Written by `{command}`. A model's name leads to its files, one by one, below the table.",
        f"Measured on one machine, {machine()}, {platform.system()}{_load()}. Times here tell",
        "milliseconds from seconds, and compare no two models.",
        "",
        *EXPLANATION,
        "",
        f"| {' | '.join(_COLUMNS)} |",
        f"|{''.join(' ---: |' if name in _RIGHT else ' --- |' for name in _COLUMNS)}",
    ]
    for row in rows:
        name, *rest = map(_escaped, cells(row))
        lines.append(f"| [{name}](#{_anchor(row.title)}) | {' | '.join(rest)} |")
    lines += ["", "## What was run", "", *_details(rows)]
    return "\n".join(lines).rstrip() + "\n"


# What the columns say.
EXPLANATION = [
    (
        "- **definitions**: the files as their authors published them, the format they are "
        'written in (V0, V1, or the current one; "input fields" where no layer is the input), '
        "and the forks of Caffe whose layers or fields they have."
    ),
    (
        "- **layers**, **parameters**: of the net that runs forward, in phase TEST, and of how "
        "many types its layers are; a parameter takes four bytes. Where a model has several "
        "nets, of the first in the list below the table."
    ),
    (
        "- **forward**: time and memory of a pass on random weights, with one image where the "
        "net takes any number of them. The time is the best of a few passes after a first one "
        "(the first one's where it took minutes), the memory what the process took more at "
        "most, from before the net was made to the end of the passes."
    ),
    (
        "- **training step**: the loss of one iteration of the published solver, or of forward "
        "and backward where there is none, with random weights, on generated data that the "
        "definition's own data layers read: databases, image lists, HDF5 files, window files, "
        "mean files. Of a definition only paths and batch sizes are changed, of a solver also "
        "what one step without a GPU does not need."
    ),
    (
        "- **ONNX**: whether ONNX Runtime computes from the exported file what the net "
        'computes; "but for ties" where rounding decides which of two values is the greatest.'
    ),
]


def cells(row: Row) -> list[str]:
    """A row's columns; none is empty."""
    run = row.forward
    result = run.result if run is not None else None
    failed = "fails" if row.of("forward") else "nothing to run"
    if not row.files:
        failed = "no definition"
    return [
        row.title,
        _definitions(row),
        _layers(result) if result else failed,
        grouped(result.parameters) if result else failed,
        _forward(result) if result else failed,
        _training(row),
        _onnx(row),
        _notes(row),
    ]


def _definitions(row: Row) -> str:
    if not row.files:
        return "none here"
    kinds = [
        f"{count} {_KINDS[kind]}"
        for kind in _KINDS
        if (count := sum(file["kind"] == kind for file in row.files))
    ]
    formats = {
        part for file in row.files if file["kind"] != SOLVER for part in file["format"].split(", ")
    }
    in_order = sorted(formats, key=lambda part: (part == "input fields", part))
    parts = [", ".join(kinds), ", ".join(in_order)]
    if row.forks:
        parts.append(f"{'fork' if len(row.forks) == 1 else 'forks'} {', '.join(row.forks)}")
    return "; ".join(filter(None, parts))


def _layers(result: Result) -> str:
    return f"{result.layers} of {len(result.types)} types"


def _forward(result: Result) -> str:
    memory = f", {of_bytes(result.memory)}" if result.memory else ""
    return f"{_ms(result.forward_ms)}{_batch(result)}{memory}"


def _ms(milliseconds: float) -> str:
    if milliseconds >= 10:
        return f"{milliseconds:,.0f} ms"
    return f"{milliseconds:.1f} ms" if milliseconds >= 0.1 else f"{milliseconds:.2f} ms"


def _batch(result: Result) -> str:
    return "" if result.batch == 1 else f", batch {result.batch}"


def _training(row: Row) -> str:
    runs = row.of("train")
    if not runs:
        if not row.trained:
            return "not asked for"
        return "no definition" if not row.files else "no training net"
    good = [run for run in runs if not run.result.error]
    loss = f"loss {_value(good[0].result.loss)}" if good else "fails"
    if len(runs) == 1:
        return loss
    return f"{loss}; {len(good)} of {len(runs)} run"


def _value(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _onnx(row: Row) -> str:
    words = [run.result.onnx for run in row.of("forward") if run.result.onnx]
    if not words:
        run = row.forward
        return "not asked for" if run is not None else "nothing to export"
    shown = row.forward.result.onnx if row.forward is not None else words[0]
    if shown.startswith("none: "):
        match = re.search(r"(?:\(|type )\"?(\w+)\"?\)?", shown)
        return f"none for {match[1]}" if match else "none"
    return shown.split(":")[0]


def _notes(row: Row) -> str:
    """In short; what went wrong stands in whole below."""
    notes = [*row.notes]
    if row.mended:
        notes.append(f"{_counted(len(row.mended), 'mistake')} mended")
    if row.problems:
        notes.append(_counted(len(row.problems), "problem"))
    failed = [f"{run.name} ({run.what})" for run in row.runs if run.result.error]
    if failed:
        notes.append(f"fails: {', '.join(dict.fromkeys(failed))}")
    return "; ".join(notes) or "none"


def _counted(count: int, name: str) -> str:
    return f"{count} {name}" if count == 1 else f"{count} {name}s"


def _details(rows: Sequence[Row]) -> list[str]:
    lines = []
    for row in rows:
        unknown = ", ".join(_without_each_checksum(row.unknown))
        lacks = f"; not in the card: {unknown}" if unknown else ""
        lines.append(f"### {row.title}")
        if row.task:
            lines.append(f"- {row.task}; weights: {row.weights}{lacks}")
        lines += [f"- problem: {_short(each, row)}" for each in row.problems]
        if row.mended:
            lines.append("- mended: " + ", ".join(f"`{_short(each, row)}`" for each in row.mended))
        names: dict[str, list[str]] = {}  # of runs by what came out
        for run in sorted(row.runs, key=lambda run: run is not row.forward):
            said = "; ".join([_outcome(run), *run.notes, *run.result.notes])
            place = f"{Path(run.file).parent.name}/" if len(row.folders) > 1 else ""
            names.setdefault(said, []).append(f"`{place}{run.name}`")
        lines += [f"- {', '.join(each)}: {_short(said, row)}" for said, each in names.items()]
        lines.append("")
    return lines


def _without_each_checksum(unknown: Sequence[str]) -> list[str]:
    """What a card does not say, the files without a checksum as one."""
    files = [each for each in unknown if each.startswith("a checksum of ")]
    if len(files) < 2:
        return list(unknown)
    return [*(each for each in unknown if each not in files), f"checksums of {len(files)} files"]


def _anchor(title: str) -> str:
    """What a page calls the part below a heading, as GitHub does."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _outcome(run: Run) -> str:
    result = run.result
    if result.error:
        return f"{run.what} fails: {result.error}"
    if run.what == "answer":
        return "the answer that the card expects"
    if run.what == "forward":
        words = result.onnx.split("; the option")[0]  # what one may do is said by the exporter
        onnx = f", ONNX {words}" if words else ""
        return f"forward {_forward(result)}, {_layers(result)}{onnx}"
    scores = "".join(f", {name} {_value(value)}" for name, value in result.scores.items())
    return f"training step, loss {_value(result.loss)}{scores and f' (test: {scores[2:]})'}"


def _short(sentence: str, row: Row) -> str:
    """Without the folder, with its name where there are several."""
    for folder in row.folders:
        name = f"{Path(folder).name}/" if len(row.folders) > 1 else ""
        sentence = sentence.replace(f"{folder}{os.sep}", name)
    return sentence


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|").replace("\n", " ")


def machine() -> str:
    """The kind of processor, in words: "2 cores of Intel Xeon (Sapphire Rapids)"."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        text = ""
    match = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    name = match[1] if match else platform.processor() or platform.machine()
    name = re.sub(r"\((?:R|TM)\)|\bProcessor\b|\bCPU\b|@.*", "", name)
    name = " ".join(name.split())
    if "amx_tile" in text and "Xeon" in name and not re.search(r"\d", name):
        name += " with AMX"
    return f"{os.cpu_count()} cores of {name}"


def _load() -> str:
    """How busy the machine was of late, where that is more than what is run here makes."""
    try:
        load, cores = os.getloadavg()[2], os.cpu_count() or 1
    except (OSError, AttributeError):
        return ""
    return f", which other programs loaded as well (load {load:.1f})" if load > 1.5 * cores else ""


def table(rows: Sequence[Row]) -> str:
    """The columns that fit a terminal."""
    shown = [0, 2, 3, 4, 5, 6]
    picked = [[_COLUMNS[i] for i in shown]]
    picked += [[cells(row)[i] for i in shown] for row in rows]
    return text_table(picked, {2})
