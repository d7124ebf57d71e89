"""`caffe zoo check`: whether models are what they say, and run.

    caffe zoo check models/bvlc_googlenet
    caffe zoo check path/to/a/tree --write table.md --json table.json

For each model it says which files are which definition, in which format and of which fork, what is
wrong in them, runs the net forward, trains a step on generated data, and compares an ONNX export.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from .. import runtime
from ..errors import Error, FileError, ParseError
from . import catalog, definitions, listed, plan, repair, report
from .card import readme_of
from .definitions import Definition
from .report import Row, Run
from .trial import Result

_SECONDS = 900  # for one trial
_MENDED = "mended"


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; 0 when every model is right and runs, 1 when one does not."""
    chosen = _parser().parse_args(arguments)
    runtime.set_log_callback(lambda line: None)
    try:
        rows = _gathered([_folder(target) for target in chosen.targets or catalog.names()])
        with tempfile.TemporaryDirectory(prefix="caffe-zoo-") as scratch:
            found = _Checker(chosen, Path(scratch)).check(rows)
        if chosen.write:
            _write(chosen.write, report.markdown(found, "caffe zoo check"))
    except Error as failure:
        print(f"caffe zoo check: {failure}", file=sys.stderr)
        return 1
    failed = [row for row in found if row.errors]
    print(f"{len(found) - len(failed)} of {len(found)} models are right and run")
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="caffe zoo check",
        description="Say whether models are what they say, and run.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="\n".join(
            textwrap.fill(each, 92, subsequent_indent="  ") for each in report.EXPLANATION
        ),
    )
    parser.add_argument(
        "targets", nargs="*", metavar="FOLDER|NAME", help="a model, or a tree of them; default: all"
    )
    parser.add_argument("--write", type=Path, metavar="FILE.md", help="a table of what was found")
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="all that was found, written model by model"
    )
    parser.add_argument(
        "--resume", action="store_true", help="do not run again what --json has without an error"
    )
    parser.add_argument("--fix", action="store_true", help="write mended copies of wrong files")
    parser.add_argument(
        "--to", type=Path, metavar="DIR", default=Path(_MENDED), help="where; default: ./mended"
    )
    parser.add_argument("--no-train", dest="train", action="store_false", help="no training step")
    parser.add_argument("--no-onnx", dest="onnx", action="store_false", help="no ONNX export")
    parser.add_argument(
        "--quick", action="store_true", help="one pass and one step of each model, not repeated"
    )
    parser.add_argument(
        "--seconds", type=float, default=_SECONDS, help=f"for one run; default: {_SECONDS}"
    )
    return parser


def _folder(target: str) -> Path:
    """The folder of a model's name, or the one that is named."""
    return Path(target) if os.path.isdir(target) else catalog.find(target)


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as failure:
        raise FileError(f"{path}: cannot be written: {failure.strerror}") from failure


# ---- rows


def _gathered(roots: Iterable[Path]) -> list[tuple[Row, list[Definition]]]:
    """The models below the folders: those that the zoo's documents list in their order, then the
    others by name. A root without a definition is a row that says so."""
    found: dict[str, tuple[Row, list[Definition]]] = {}
    for root in roots:
        folders = definitions.folders(root)
        if not folders:
            found[str(root)] = (_without_definition(root), [])
        for folder in folders:
            _gather(folder, root, found)
    order = {one.title: i for i, one in enumerate(listed.MODELS)}
    present = [title for title in order if title in found]
    if len(present) > len(order) // 2:
        for one in listed.MODELS:
            if one.title not in found:
                found[one.title] = _ours(one)
    titles = sorted(found, key=lambda title: (order.get(title, len(order)), title))
    for title in titles:
        _add_card(found[title][0])
    return [found[title] for title in titles]


def _without_definition(root: Path) -> Row:
    """A card may stand for a model whose definitions are elsewhere."""
    try:
        readme_of(root)
    except Error:
        return Row(str(root), problems=[f"{root}: has no definition, which ends in .prototxt"])
    note = f"no definition here, `caffe zoo download {root.name}` fetches what is published"
    return Row(root.resolve().name, folders=[str(root)], notes=[note])


def _gather(folder: Path, root: Path, found: dict[str, tuple[Row, list[Definition]]]) -> None:
    beside = definitions.find(folder)
    if not beside:
        title = str(folder)
        problem = f"{folder}: its files are neither nets nor solvers"
        found[title] = (Row(title, folders=[str(folder)], problems=[problem]), [])
    for one in beside:
        model = listed.model_of(one.path)
        own = folder.name if folder == root else str(folder.relative_to(root))
        title = model.title if model else own or str(folder.resolve().name)
        row, its = found.setdefault(title, (Row(title), []))
        if str(folder) not in row.folders:
            row.folders.append(str(folder))
        its.append(one)


def _ours(model: listed.Listed) -> tuple[Row, list[Definition]]:
    """A listed model with the definitions that lie beside its card, which may be none."""
    row = Row(model.title)
    try:
        folder = catalog.find(model.card)
    except Error:
        return row, []
    beside = definitions.find(folder)
    row.folders = [str(folder)] if beside else []
    if not beside:
        row.notes.append(
            f"no definition was found; `caffe zoo info {model.card}` says what is known"
        )
    return row, beside


def _add_card(row: Row) -> None:
    """Task and weights, as the card says that lies beside, or in the catalog."""
    from . import card_check

    card_check.add(row)


# ---- running


class _Checker:
    """Runs the trials of rows as the command's options say."""

    def __init__(self, chosen: argparse.Namespace, scratch: Path) -> None:
        self.chosen = chosen
        self.scratch = scratch

    def check(self, rows: Sequence[tuple[Row, list[Definition]]]) -> list[Row]:
        """The rows filled in, with a bar over the models where there is someone to see it."""
        before = _found_before(self.chosen)
        done: list[Row] = []
        for i, (row, published) in enumerate(_with_bar(rows)):
            if row.title in before:
                done.append(before[row.title])
                continue
            folder = self.scratch / str(i)
            folder.mkdir()
            row.trained = self.chosen.train
            self._check(row, published, folder)
            print(report.line(row), flush=True)
            for error in row.errors:
                print(f"        {error}", flush=True)
            if row.unknown:
                print(f"        not in the card: {', '.join(row.unknown)}", flush=True)
            done.append(row)
            if self.chosen.json:
                later = [before[row.title] for row, _ in rows[i + 1 :] if row.title in before]
                text = json.dumps(report.as_json([*done, *later]), indent=1)
                _write(self.chosen.json, f"{text}\n")
        return done

    def _check(self, row: Row, published: list[Definition], folder: Path) -> None:
        right: dict[Path, list[Definition]] = {}
        for one in published:
            mended = self._mended(row, one, folder)
            row.files.append({"name": str(one.path), "kind": mended.kind, "format": one.format})
            row.forks = sorted({*row.forks, *mended.forks})
            if mended.problem is None:
                right.setdefault(one.path.parent, []).append(mended)
        if row.answers:
            row.runs.append(self._run(plan.answer(Path(row.answers)), folder))
        for place, beside in right.items():
            scratch = folder / "inner" / place.name
            scratch.mkdir(parents=True, exist_ok=True)
            try:
                trials = plan.trials(beside, scratch)
            except Error as failure:
                row.problems.append(str(failure))
                continue
            for trial in self._chosen(trials):
                trial.job.folder = str(place.resolve())
                trial.job.dialect = row.dialect
                run = self._run(trial, folder)
                copies = str(folder / _MENDED / place.name)
                run.file = run.file.replace(copies, str(place))
                run.result.error = run.result.error.replace(copies, str(place))
                row.runs.append(run)

    def _chosen(self, trials: Sequence[plan.Trial]) -> list[plan.Trial]:
        passes = [one for one in trials if one.job.what == "forward"]
        steps = [one for one in trials if one.job.what == "train"] if self.chosen.train else []
        if self.chosen.quick:
            passes, steps = passes[:1], steps[:1]
        for one in passes:
            one.job.onnx = self.chosen.onnx
            one.job.timed = not self.chosen.quick
        return [*passes, *steps]

    def _mended(self, row: Row, one: Definition, folder: Path) -> Definition:
        """The definition without its mistakes, as far as they can be mended, in a copy."""
        mended, changes = repair.mend(one)
        if not changes:
            if mended.problem is not None:
                row.problems.append(str(mended.problem))
            return mended
        told = repair.described(one.path, changes)
        if self.chosen.fix:
            target = self.chosen.to / one.path.resolve().parent.name / one.path.name
            if self.chosen.to.resolve() == one.path.resolve().parent:
                target = one.path
            _write(target, mended.text)
            row.mended += told
            print("".join(f"mended  {each}\n" for each in [*told, f"in {target}"]), end="")
        else:
            row.problems += [f"{each} (--fix writes a mended copy)" for each in told]
        if mended.problem is not None:
            row.problems.append(str(mended.problem))
        copy = folder / _MENDED / one.path.parent.name / one.path.name
        _write(copy, mended.text)
        return replace(mended, path=copy)

    def _run(self, trial: plan.Trial, folder: Path) -> Run:
        number = len(list(folder.glob("*.job")))
        job, result = folder / f"{number}.job", folder / f"{number}.result"
        job.write_text(json.dumps(asdict(trial.job)), encoding="utf-8")
        outcome = _in_child(job, result, self.chosen.seconds)
        return Run(str(trial.path), trial.job.what, trial.job.stages, outcome, trial.notes)


def _found_before(chosen: argparse.Namespace) -> dict[str, Row]:
    """The rows of the file of --json that had no error, by title."""
    if not (chosen.resume and chosen.json and chosen.json.is_file()):
        return {}
    try:
        rows = report.from_json(json.loads(chosen.json.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as failure:
        raise ParseError(
            f"{chosen.json}: cannot be gone on from, it is not what --json writes ({failure}); "
            "without --resume it is written anew"
        ) from failure
    return {row.title: row for row in rows if not row.errors}


def _with_bar(rows: Sequence[Any]) -> Iterable[Any]:
    if not sys.stderr.isatty():
        return rows
    try:
        from tqdm import tqdm
    except ImportError:
        return rows
    bar: Iterable[Any] = tqdm(rows, desc="models", unit=" models")
    return bar


def _in_child(job: Path, result: Path, seconds: float) -> Result:
    """What a trial came to in a process of its own: a crash and a hang are results, too."""
    paths = [path or os.getcwd() for path in sys.path]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "caffe.zoo.trial", str(job), str(result)],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=seconds,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
    except subprocess.TimeoutExpired:
        return Result(error=f"took more than {seconds:g} seconds (--seconds allows more)")
    if done.returncode == 0 and result.is_file():
        return Result(**json.loads(result.read_text(encoding="utf-8")))
    said = done.stderr.strip().splitlines()
    last = f": {said[-1]}" if said else ""
    if done.returncode < 0:
        return Result(error=f"ended by {signal.Signals(-done.returncode).name}{last}")
    return Result(error=f"ended with status {done.returncode}{last}")


if __name__ == "__main__":
    sys.exit(main())
