"""A run of the benchmarks: goes through the plan, starts and ends workers, and collects what they measured."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

import jobs
import nets
import numpy as np
from harness import Engine, Worker, WorkerFailed, take_turns

TOLERANCE = 1e-3  # between outputs, as a part of the largest
STEPS = 4  # of training whose losses are compared
READS = {"onnxruntime": "onnx", "openvino": "onnx", "opencv": "onnx", "ncnn": "ncnn"}


class Progress:
    """A bar on standard error where someone looks, else a line for each net."""

    def __init__(self, total: int) -> None:
        self.bar: Any = None
        if sys.stderr.isatty():
            try:
                from tqdm import tqdm
            except ImportError:
                return
            self.bar = tqdm(
                total=total, unit=" nets", bar_format="{l_bar}{bar}| {n_fmt}/{total_fmt}"
            )

    def begin(self, what: str) -> None:
        """The next net."""
        self.what = what
        if self.bar is None:
            print(f"measuring {what}", file=sys.stderr, flush=True)
        self.say("")

    def say(self, engine: str) -> None:
        """Whose turn it is."""
        if self.bar is not None:
            self.bar.set_description(f"{self.what}: {engine}"[:50].ljust(50))

    def end(self) -> None:
        """Of a net."""
        if self.bar is not None:
            self.bar.update()

    def close(self) -> None:
        """The last."""
        if self.bar is not None:
            self.bar.close()


class Session:
    """Engines, and what was measured of them; a context, at whose end no worker is left."""

    def __init__(
        self,
        engines: list[Engine],
        threads: int,
        seconds: float,
        missing: dict[str, str],
        cache: Path | None = None,
    ) -> None:
        self.cache = cache  # where the files of nets stay
        self.engines = engines
        self.threads = threads
        self.seconds = seconds
        self.missing = dict(missing)  # engine: why it is not there
        self.failed: dict[str, str] = {}  # engine: why there is no figure in this row
        self.mismatches: list[str] = []
        self.versions: dict[str, dict[str, str]] = {}
        self.rows: dict[str, list[dict[str, Any]]] = {"inference": [], "training": []}
        self.workers: list[Worker] = []
        self.folder = tempfile.TemporaryDirectory(prefix="caffe-bench-")

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.end_workers()
        self.folder.cleanup()

    def end_workers(self) -> None:
        """All of them."""
        while self.workers:
            self.workers.pop().close()

    def measure(self, plan: list[tuple[str, str, int]]) -> None:
        """Everything: kind, net and batch."""
        progress = Progress(len(plan))
        prepared: tuple[str, jobs.InferenceJobs] | None = None
        try:
            for kind, net, batch in plan:
                progress.begin(f"{nets.title(net)}, {kind}, batch {batch}")
                if kind == "training":
                    self.train(net, progress)
                else:
                    if prepared is None or prepared[0] != net:
                        if prepared and not self.cache:  # VGG-16's files take three gigabytes
                            shutil.rmtree(prepared[1].folder)
                        folder = Path(self.cache or self.folder.name) / net
                        folder.mkdir(parents=True, exist_ok=True)
                        prepared = net, jobs.InferenceJobs(net, folder, self.pnnx())
                    self.infer(net, batch, prepared[1], progress)
                progress.end()
        finally:
            progress.close()

    def pnnx(self) -> Path | None:
        """The converter for ncnn: the program itself, since what starts it in bin/ wants PyTorch."""
        pythons = [engine.python for engine in self.engines if engine.name == "ncnn"]
        found = [
            path
            for python in pythons
            for path in Path(python).parents[1].glob("lib/python*/site-packages/pnnx/pnnx")
        ]
        return found[0] if found else None

    def start(self, engine: Engine, job: jobs.Job) -> Worker | None:
        """A worker, or None and a note why not; without us there is nothing to compare."""
        if engine.title in self.missing:
            return None
        try:
            worker = Worker(engine, job, self.threads, Path(self.folder.name))
        except WorkerFailed as failure:
            if engine.name == "caffe":
                raise
            (self.missing if failure.missing else self.failed)[engine.title] = str(failure)
            return None
        self.workers.append(worker)
        self.versions[engine.name] = {"title": engine.title, "version": worker.version}
        return worker

    def infer(self, net: str, batch: int, files: jobs.InferenceJobs, progress: Progress) -> None:
        """A row of the inference table."""
        what = f"{nets.title(net)}, batch {batch}"
        self.failed = {}
        job = files.at(batch)
        for engine in self.engines:
            progress.say(f"{engine.title} starts")
            try:
                form = READS.get(engine.name)
                if form and engine.title not in self.missing:
                    job[form] = files.onnx(batch) if form == "onnx" else files.ncnn()
            except jobs.NoModel as failure:
                self.failed[engine.title] = str(failure)
                continue
            self.start(engine, job)
        errors = self.compare_outputs(what)
        self.take_turns(progress)
        self.rows["inference"].append(
            {
                "net": net,
                "batch": batch,
                "operations": files.operations * batch,
                "weights": files.weight_bytes / 2**20,
                "failed": self.failed,
                "engines": {
                    worker.engine.name: {**worker.result(), "error": errors[worker.engine.name]}
                    for worker in self.workers
                },
            }
        )
        self.end_workers()

    def take_turns(self, progress: Progress) -> None:
        """Times the workers; there is no row without ours."""
        failed = take_turns(self.workers, self.seconds, progress.say)
        if "caffe" in failed:
            raise WorkerFailed(failed["caffe"])
        self.failed.update(failed)

    def compare_outputs(self, what: str) -> dict[str, float]:
        """How far each answer is from ours; those that are wrong are not measured."""
        errors: dict[str, float] = {}
        ours: np.ndarray | None = None
        path = Path(self.folder.name) / "output.npy"
        for worker in list(self.workers):
            worker.do("save", str(path))
            output = np.load(path)
            if ours is None:
                ours = output
            name = worker.engine.name
            same = output.shape == ours.shape
            errors[name] = float(abs(output - ours).max() / abs(ours).max()) if same else np.inf
            if not errors[name] <= TOLERANCE:
                self.mismatches.append(
                    f"{worker.engine.title}, {what}: differs by {errors[name]:.2g} of the largest value"
                )
                self.workers.remove(worker)
                worker.close()
        return errors

    def train(self, net: str, progress: Progress) -> None:
        """A row of the training table."""
        what = f"training {nets.title(net)}"
        self.failed = {}
        able = [engine for engine in self.engines if engine.name in ("caffe", "torch")]
        with tempfile.TemporaryDirectory(dir=self.folder.name) as folder:
            losses: dict[str, list[float]] = {}
            job = jobs.training_job(net, Path(folder), dropout=False)
            for engine in able:
                progress.say(f"{engine.title} starts")
                worker = self.start(engine, job)
                if worker:
                    losses[engine.name] = worker.do("first_losses", STEPS)["losses"]
            self.end_workers()
            job = jobs.training_job(net, Path(folder), dropout=True)
            for engine in able:
                if engine.name in losses and self.same_losses(engine, losses, what):
                    self.start(engine, job)
            self.take_turns(progress)
        self.rows["training"].append(
            {
                "net": net,
                "batch": job["batch"],
                "losses": losses,
                "failed": self.failed,
                "engines": {worker.engine.name: worker.result() for worker in self.workers},
            }
        )
        self.end_workers()

    def same_losses(self, engine: Engine, losses: dict[str, list[float]], what: str) -> bool:
        """Whether an engine's first losses are ours."""
        ours, theirs = losses["caffe"], losses[engine.name]
        if np.allclose(ours, theirs, rtol=TOLERANCE):
            return True
        self.mismatches.append(f"{engine.title}, {what}: the losses are {theirs}, ours {ours}")
        return False
