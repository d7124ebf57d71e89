"""Which trials a model needs: which definitions belong together, and what runs in which stages."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import NotFoundError
from ..net import TEST
from ..net import TRAIN as TRAINING
from . import card, shapes
from .definitions import (
    DATA,
    DEPLOY,
    SOLVER,
    TRAIN,
    Definition,
    filtered,
    is_loss,
    parse,
)
from .trial import Job

_ALIKE = 0.5  # of its layers a deploy net has to share with a training net to be of it


@dataclass
class Trial:
    """A job, and the file that it is about."""

    path: Path
    job: Job
    notes: list[str] = field(default_factory=list)


def trials(definitions: Sequence[Definition], scratch: Path) -> list[Trial]:
    """The trials of the definitions of one folder, which have no mistakes left. Nets that lie
    within a solver are written into `scratch`."""
    nets = [one for one in definitions if one.kind != SOLVER]
    solvers = [_Solver(one, nets, scratch) for one in definitions if one.kind == SOLVER]
    found = []
    for net in _to_pass(nets, solvers):
        for stages in _test_states(net, solvers):
            job = Job("forward", {"net": str(net.path)}, str(net.path.parent), stages=stages)
            job.twin = twin(net, nets)
            found.append(Trial(net.path, job))
    trained: set[Path] = set()
    for solver in solvers:
        trained.update(solver.used)
        found.append(solver.trial(nets))
    for net in nets:
        if net.kind == TRAIN and net.path not in trained and _starts(net, TRAINING):
            for stages in net.states():
                job = Job("train", {"net": str(net.path)}, str(net.path.parent), stages=stages)
                job.twin = twin(net, nets)
                found.append(Trial(net.path, job))
    return found


def answer(folder: Path) -> Trial:
    """Whether the weights of a card's folder give the answer that the card expects."""
    return Trial(folder / card.README, Job("answer", {}, str(folder)))


def _starts(net: Definition, phase: int) -> bool:
    """Whether the net has data in a phase, in some state, and a loss in phase TRAIN."""
    for stages in net.states():
        layers = filtered(net.message, phase, stages).layer
        learns = phase != TRAINING or any(map(is_loss, layers))
        if learns and any(not layer.bottom for layer in layers):
            return True
    return False


def _to_pass(nets: Sequence[Definition], solvers: Sequence[_Solver]) -> list[Definition]:
    """The nets to run forward: those that are for it, else one of those that train, a test net
    before others."""
    ready = [one for one in nets if one.kind in (DEPLOY, DATA)]
    if ready or not nets:
        return ready
    tests = {path for solver in solvers for path in solver.used_for("test_net")}
    return sorted(nets, key=lambda one: (one.path not in tests, one.path))[:1]


def _test_states(net: Definition, solvers: Sequence[_Solver]) -> list[list[str]]:
    """The stages that solvers test the net in, else those its rules name, that have data."""
    given: list[list[str]] = []
    for solver in solvers:
        if net.path in solver.used:
            given += [list(each.stage) for each in solver.param.test_state if each.stage]
    given = [list(each) for each in dict.fromkeys(map(tuple, given))] or net.states()
    whole = [each for each in given if _has_beginning(net.message, each)]
    return whole or given


def _has_beginning(net: Any, stages: Iterable[str]) -> bool:
    """Whether every bottom is a top of a layer before it."""
    known: set[str] = set()
    for layer in filtered(net, TEST, stages).layer:
        if not known.issuperset(layer.bottom):
            return False
        known.update(layer.top)
    return True


def twin(net: Definition, nets: Sequence[Definition]) -> dict[str, list[int]]:
    """The inputs of the deploy net that has most of a net's layers, of several the one whose file is
    named most like it; by name."""
    names = {layer.name for layer in net.message.layer}
    best: tuple[float, float] = (_ALIKE, 0)
    found: dict[str, shapes.Shape] = {}
    for other in nets:
        theirs = {layer.name for layer in other.message.layer if layer.type != "Input"}
        inputs = shapes.input_shapes(other.message)
        share = len(names & theirs) / max(len(theirs), 1)
        fits = (share, difflib.SequenceMatcher(None, net.path.stem, other.path.stem).ratio())
        if other.kind == DEPLOY and inputs and fits >= best:
            best, found = fits, inputs
    return {name: list(shape) for name, shape in found.items()}


class _Solver:
    """A solver and the nets it names, as far as they lie beside it."""

    def __init__(self, solver: Definition, nets: Sequence[Definition], scratch: Path) -> None:
        self.path = solver.path
        self.param = solver.message
        self.notes: list[str] = []
        self.nets: dict[str, Definition] = {}
        candidates = [one for one in nets if one.kind in (TRAIN, DATA)]
        for name in ("net", "train_net"):
            if self.param.HasField(name):
                self.nets[name] = self._named(name, getattr(self.param, name), candidates)
        for path in list(self.param.test_net)[:1]:
            self.nets["test_net"] = self._named("test_net", path, candidates)
        for name in ("net", "train_net"):
            if self.param.HasField(f"{name}_param"):
                self.nets[name] = _inner(self.path, getattr(self.param, f"{name}_param"), scratch)
        if not self.nets:
            stem = self.path.stem.replace("solver", "train")
            self.nets["net"] = self._named("net", stem, candidates)

    def _named(self, field_: str, path: str, candidates: Sequence[Definition]) -> Definition:
        """The net of that file name, else the one whose name is most like it."""
        name = Path(path.replace("\\", "/")).name
        for one in candidates:
            if one.path.name == name:
                return one
        phase = TEST if field_ == "test_net" else TRAINING
        fit = [one for one in candidates if _starts(one, phase)]
        if not fit:
            raise NotFoundError(
                f"{self.path}: its {field_}, {name}, is not beside it, nor another net to train"
            )

        def alike(one: Definition) -> float:
            return difflib.SequenceMatcher(None, name.lower(), one.path.name.lower()).ratio()

        best = max(fit, key=alike)
        if Path(path).suffix:
            self.notes.append(f"{name} is not there, {best.path.name} is taken")
        return best

    @property
    def used(self) -> set[Path]:
        """The files of its nets."""
        return {one.path for one in self.nets.values()}

    def used_for(self, name: str) -> list[Path]:
        """The file of the net of that name."""
        return [self.nets[name].path] if name in self.nets else []

    def trial(self, nets: Sequence[Definition]) -> Trial:
        """A step of it."""
        first = self.nets.get("train_net") or self.nets["net"]
        job = Job(
            "train",
            {name: str(one.path) for name, one in self.nets.items()},
            str(first.path.parent),
            solver=str(self.path),
            twin=twin(first, nets),
        )
        return Trial(self.path, job, self.notes)


def _inner(solver: Path, message: Any, scratch: Path) -> Definition:
    """The net that lies within a solver, as a file."""
    path = scratch / f"{solver.stem}_net.prototxt"
    text = str(message)
    path.write_text(text, encoding="utf-8")
    definition = parse(path, text)
    if definition is None or definition.problem is not None:
        raise NotFoundError(f"{solver}: the net within it is none")
    return definition
