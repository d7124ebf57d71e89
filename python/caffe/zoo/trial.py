"""Running one definition of the zoo: a forward pass, a training step, an ONNX export.

    python -m caffe.zoo.trial JOB.json RESULT.json

Each trial is a process of its own, so that what crashes or hangs is a result, too, and the greatest
memory is the trial's own.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import runtime
from ..errors import Error, UnsupportedError
from ..net import TEST, TRAIN, Net
from . import definitions, shapes, sources

# How long passes are measured after the first, which also chooses among implementations and so
# takes several times as long: one pass at least, but none when the first took very long.
_MEASURED, _VERY_LONG = 2.0, 100.0  # seconds
_PASSES = 20  # at most
# Layers that tell which of several values is the greatest, or put values there: of near ties
# roundings decide.
_TIES = ("ArgMax", "Upsample", "UnPooling", "Unpooling", "DetectionOutput")
_OUTLIERS = 0.01
# Random weights make many scores 1, and of these ties the whole order of what is found.
_SORTS = "DetectionOutput"
_NORMALISERS = ("BatchNorm", "BN")


@dataclass
class Job:
    """What to run. `nets` are definitions with no mistakes in them, by the solver's names for them:
    "net", "train_net", "test_net" ...; without a solver one, "net"."""

    what: str  # "forward", "train", or "answer": does the card's image give what it expects?
    nets: dict[str, str]
    folder: str  # the published definition's, where its Python layers may lie
    solver: str = ""
    stages: list[str] = field(default_factory=list)
    twin: dict[str, list[int]] = field(default_factory=dict)
    dialect: str = ""
    onnx: bool = True
    timed: bool = True


@dataclass
class Result:
    """What came out. `error` is "" when all went well; times are milliseconds, memory bytes."""

    error: str = ""
    types: dict[str, int] = field(default_factory=dict)
    layers: int = 0
    parameters: int = 0
    batch: int = 0
    forward_ms: float = 0
    memory: int = 0
    loss: float = 0
    scores: dict[str, float] = field(default_factory=dict)
    onnx: str = ""
    notes: list[str] = field(default_factory=list)


def run(job: Job) -> Result:
    """Runs a job in this process; what the library or a layer raises becomes the result's error."""
    result = Result()
    _find_python_layers(Path(job.folder))
    with tempfile.TemporaryDirectory(prefix="caffe-zoo-") as folder:
        try:
            _TRIALS[job.what](job, Path(folder), result)
        except Exception as failure:  # noqa: BLE001  whatever a Python layer raises
            result.error = _told(failure, folder)
    return result


def _told(failure: Exception, folder: str) -> str:
    """In one line, without places in texts that were made here and are gone."""
    kind = "" if isinstance(failure, (Error, OSError)) else f"{type(failure).__name__}: "
    ours = rf"(?:<text>|{re.escape(folder)}/\w+\.prototxt):\d+(?::\d+)?: "
    words = re.sub(ours, "", f"{kind}{failure}").replace(f"{folder}/", "")
    return re.sub(r"\s+", " ", words).strip()


def _find_python_layers(folder: Path) -> None:
    """The author's beside the definition go first; ours stand in behind all others."""
    from .layers import enable

    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    enable()


def _twin(job: Job) -> dict[str, shapes.Shape]:
    return {name: tuple(shape) for name, shape in job.twin.items()}


def _options(job: Job) -> dict[str, Any]:
    return {"stages": job.stages, "dialect": job.dialect or None}


def _message(path: str) -> Any:
    definition = definitions.read(Path(path))
    if definition is None:
        raise Error(f"{path}: is no definition")
    if definition.problem is not None:
        raise definition.problem
    return definition.message


# ---- forward


def _forward(job: Job, folder: Path, result: Result) -> None:
    message = _message(job.nets["net"])
    before = _memory("VmRSS")
    part = definitions.filtered(message, TEST, job.stages)
    if any(definitions.serves_data(layer) for layer in part.layer):
        changed, notes = sources.rewritten(message, [(TEST, job.stages)], _twin(job), folder)
        result.notes += [*notes, "data is generated"]
        net = Net(changed, TEST, **_options(job))
    else:
        net = Net(job.nets["net"], TEST, **_options(job))
        _one_item(net)
    sources.memory_batches(net)
    randomise(net)
    _fill_inputs(net)
    _measure(net, job, result)
    result.memory = _memory("VmHWM") - before
    _describe(net, part, result)
    _check_numbers(net)
    if job.onnx:
        result.onnx = _onnx(net, folder / "net.onnx")


def _one_item(net: Net) -> None:
    """A batch of one, where images are the only input."""
    if len(net.inputs) != 1:
        return
    blob = net.blobs[net.inputs[0]]
    published = blob.shape
    if len(published) != 4 or published[0] == 1:
        return
    try:
        blob.reshape(1, *published[1:])
        net.reshape()
    except Error:
        blob.reshape(*published)
        net.reshape()


def randomise(net: Net, seed: int = 1) -> None:
    """Gives the weights that the definition leaves zero random values, as large as keep a signal's
    size (He et al., 2015). Statistics of a normalisation become those of values that are normal
    already."""
    random = np.random.default_rng(seed)
    for layer in net.layers:
        for i, blob in enumerate(layer.blobs):
            values = blob.data
            if layer.type in _NORMALISERS:
                if layer.type == "BatchNorm" and not values.any():
                    values[...] = 0 if i == 0 else 1
            elif sum(axis > 1 for axis in values.shape) > 1 and not values.any():
                scale = math.sqrt(2 / max(values[0].size, 1))
                values[...] = random.standard_normal(values.shape, np.float32) * np.float32(scale)


def _fill_inputs(net: Net, seed: int = 2) -> None:
    """Images less their mean; regions within the image, and its size."""
    random = np.random.default_rng(seed)
    images = [net.blobs[name].shape for name in net.inputs if len(net.blobs[name].shape) == 4]
    height, width = images[0][2:] if images else (100, 100)
    for name in net.inputs:
        values = net.blobs[name].data
        columns = values.shape[1] if values.ndim > 1 else 0
        if name == "im_info":
            values[...] = np.array([height, width, 1], np.float32)[:columns].reshape(1, -1)
        elif columns == 5 and values.size == 5 * len(values):
            corners = random.uniform(0, 0.4, (len(values), 2)) * (width, height)
            sides = random.uniform(0.3, 0.6, (len(values), 2)) * (width, height)
            boxes = np.hstack([np.zeros((len(values), 1)), corners, corners + sides])
            values[...] = boxes.reshape(values.shape)
        elif name.startswith("cont"):
            values[...] = 0
        elif len(values.shape) == 4 and values.shape[2] > 1:
            values[...] = random.standard_normal(values.shape, np.float32) * 50
        else:
            values[...] = random.random(values.shape, np.float32)


def _measure(net: Net, job: Job, result: Result) -> None:
    """The first pass also makes what later ones keep; the best of the next few counts, as other
    programs can only make one slower."""
    took = _seconds(net)
    if job.timed and took < _VERY_LONG:
        later = [_seconds(net)]
        while len(later) < _PASSES and sum(later) < _MEASURED:
            later.append(_seconds(net))
        took = min(later)
    result.forward_ms = took * 1e3


def _seconds(net: Net) -> float:
    begin = time.perf_counter()
    net.forward()
    return time.perf_counter() - begin


def _describe(net: Net, part: Any, result: Result) -> None:
    result.types = dict(Counter(layer.type for layer in part.layer))
    result.layers = len(part.layer)
    result.parameters = net.summary().parameters
    result.batch = net._batch_size


def _check_numbers(net: Net) -> None:
    for name in net.outputs:
        if not np.isfinite(net.blobs[name].data).all():
            raise Error(f"the output {name!r} holds values that are no finite numbers")


def _onnx(net: Net, file: Path) -> str:
    """ "equal", or in words why there is no file, or that it says something else."""
    from ..onnx_check import check_onnx

    try:
        net = _without_python_data(net)
        net.export_onnx(file)
    except UnsupportedError as failure:
        return f"none: {_told(failure, str(file.parent))}"
    inputs: dict[str, npt.ArrayLike] = {name: net.blobs[name].data for name in net.inputs}
    try:
        check_onnx(net, file, inputs)
    except ImportError:
        return "written; onnxruntime is not there to compare"
    except Exception as failure:  # noqa: BLE001  onnxruntime has its own
        if isinstance(failure, Error) and any(one.type in _TIES for one in _part(net).layer):
            with contextlib.suppress(Error):
                check_onnx(net, file, inputs, outliers=_OUTLIERS)
                return "equal but for ties"
            with contextlib.suppress(Exception):
                return _onnx_before_sorting(net, file, inputs)
        return f"differs: {_told(failure, str(file.parent))[:300]}"
    return "equal"


def _onnx_before_sorting(net: Net, file: Path, inputs: dict[str, npt.ArrayLike]) -> str:
    """The comparison of what the layers read that sort. Raises Error when it differs, or when no
    layer sorts."""
    from ..onnx_check import check_onnx

    read = [blob for one in _part(net).layer if one.type == _SORTS for blob in one.bottom]
    if not read:
        raise Error("no layer sorts")
    net.export_onnx(file, read)
    check_onnx(net, file, inputs)
    return f"equal before {_SORTS}, which sorts ties"


def _without_python_data(net: Net) -> Net:
    """The net with inputs in the place of Python layers that serve data, which hold what these have
    served; a file of ONNX takes them as it takes other data layers."""
    from .._messages import net_from_text

    message = net_from_text(net.prototxt)
    served = [one for one in message.layer if one.type == "Python" and not one.bottom]
    if not served:
        return net
    for layer in served:
        layer.type = "Input"
        layer.ClearField("python_param")
        del layer.input_param.shape[:]
        for top in layer.top:
            layer.input_param.shape.add(dim=net.blobs[top].shape)
    changed = Net(message, TEST)
    changed.share_with(net)
    for name in changed.inputs:
        changed.blobs[name].data[...] = net.blobs[name].data
    return changed


# ---- training


def _train(job: Job, folder: Path, result: Result) -> None:
    if not job.solver:
        _pass_in_both_directions(job, folder, result)
        return
    from google.protobuf import text_format

    from ..solver import Solver

    definition = definitions.read(Path(job.solver))
    if definition is None or definition.message is None:
        raise Error(f"{job.solver}: is no solver")
    param = definition.message
    before = _memory("VmRSS")
    _set_nets(job, param, folder, result)
    _on_this_machine(param, folder)
    options = {"net": {"dialect": job.dialect}} if job.dialect else {}
    solver = Solver.from_text(text_format.MessageToString(param), **options)
    for net in (solver.net, *solver.test_nets):
        sources.memory_batches(net)
    randomise(solver.net)
    solver.step(1)
    result.loss = solver.loss
    if not math.isfinite(result.loss):
        raise Error(f"the loss is {result.loss} after one step")
    if solver.test_nets:
        scores = solver.test()[0]
        result.scores = {
            name: float(np.mean(value))
            for name, value in scores.items()
            if np.isfinite(value).all()
        }
    result.memory = _memory("VmHWM") - before
    _describe(solver.net, _part(solver.net), result)


def _part(net: Net) -> Any:
    """The layers that run, without the splits."""
    from .._messages import net_from_text

    message = net_from_text(net.prototxt)
    kept = [layer for layer in message.layer if layer.type != "Split"]
    del message.layer[:]
    message.layer.extend(kept)
    return message


def _set_nets(job: Job, param: Any, folder: Path, result: Result) -> None:
    """The solver's nets with generated data, in the places of the published ones."""
    trains = (TRAIN, list(param.train_state.stage))
    tests = [(TEST, list(state.stage)) for state in param.test_state] or [(TEST, [])]
    if not param.test_iter:
        tests = []
    test_only = {"test_net": tests}
    states = {"net": [trains, *tests], "train_net": [trains], **test_only}
    for name in ("net", "train_net", "test_net", "net_param", "train_net_param", "test_net_param"):
        param.ClearField(name)
    for name, path in job.nets.items():
        changed, notes = sources.rewritten(_message(path), states[name], _twin(job), folder / name)
        result.notes += [note for note in notes if note not in result.notes]
        written = folder / f"{name}.prototxt"
        written.write_text(str(changed), encoding="utf-8")
        if name == "test_net":
            param.test_net.append(str(written))
        else:
            setattr(param, name, str(written))
    if "test_net" not in job.nets and "net" not in job.nets:
        del param.test_iter[:], param.test_state[:]


def _on_this_machine(param: Any, folder: Path) -> None:
    """One step of one batch without a GPU, which leaves nothing behind."""
    param.solver_mode = param.CPU
    param.iter_size = 1
    param.test_iter[:] = [1] * len(param.test_iter)
    param.test_initialization = False
    param.test_interval = max(param.test_interval, 1 << 30) if param.test_iter else 0
    param.snapshot, param.snapshot_prefix = 0, str(folder / "snapshot")
    param.display, param.random_seed = 0, 1


def _pass_in_both_directions(job: Job, folder: Path, result: Result) -> None:
    """What a step does but for the update, which a solver would do."""
    message = _message(job.nets["net"])
    before = _memory("VmRSS")
    changed, notes = sources.rewritten(message, [(TRAIN, job.stages)], _twin(job), folder)
    result.notes += [*notes, "no solver: forward and backward"]
    net = Net(changed, TRAIN, **_options(job))
    sources.memory_batches(net)
    randomise(net)
    net.forward()
    weights = net.blob_loss_weights
    losses = [net.blobs[name].data.sum() * weight for name, weight in weights.items() if weight]
    result.loss = float(sum(losses))
    if not losses:
        raise Error("the net has no loss in phase TRAIN")
    if not math.isfinite(result.loss):
        raise Error(f"the loss is {result.loss}")
    net.backward()
    result.memory = _memory("VmHWM") - before
    _describe(net, _part(net), result)


def _answer(job: Job, folder: Path, result: Result) -> None:
    from ..model import Model

    Model(job.folder).check()


_TRIALS = {"forward": _forward, "train": _train, "answer": _answer}


def _memory(name: str) -> int:
    """Bytes of this process by their name in /proc: VmRSS now, VmHWM at most; 0 elsewhere."""
    try:
        text = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    match = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
    return int(match[1]) * 1024 if match else 0


def main(arguments: list[str]) -> int:
    """Runs the job of the first file and writes the second."""
    job = Job(**json.loads(Path(arguments[0]).read_text(encoding="utf-8")))
    runtime.set_log_callback(lambda line: None)
    result = run(job)
    Path(arguments[1]).write_text(json.dumps(asdict(result)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(status)  # without waiting for what a net's threads still read ahead
