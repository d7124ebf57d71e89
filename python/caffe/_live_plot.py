"""A picture of a training while it runs: `solver.solve(plot=True)`."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from ._library import FilePath, as_path
from .plot import Log, Point, draw_logs, named_values, picture_format
from .runtime import log

if TYPE_CHECKING:
    from .solver import Solver


def _notebook_display() -> Any:
    """What shows a picture in a notebook's cell, and shows others in its place; None elsewhere."""
    shell = sys.modules.get("IPython")
    running = shell.get_ipython() if shell is not None else None
    if running is None or not hasattr(running, "kernel"):
        return None
    from IPython.display import display

    return display


@contextmanager
def live_plot(solver: Solver, file: FilePath | None) -> Iterator[None]:
    """While it is open, the curves of a solver's losses and accuracies are drawn anew every
    hundredth of the training, and after each test: into a file, and in a notebook into its cell."""
    plot = _Plot(solver, file)
    solver.add_callback(plot.before_step, None, plot.after_step)
    try:
        yield
    finally:
        solver.remove_callback(plot.before_step)
        solver.remove_callback(plot.after_step)
    plot.finish()


class _Plot:
    """What has been learned of a training so far, and its picture."""

    def __init__(self, solver: Solver, file: FilePath | None) -> None:
        self._solver = solver
        param = solver.param
        usual = f"{param.snapshot_prefix}_training.png"
        self.file = as_path(file) if file is not None else Path(usual)
        self._format = picture_format(self.file)
        self._interval = param.test_interval
        self._initially = param.test_initialization
        self._every = max(1, solver.max_iter // 100)
        self._log = Log()
        self._begin = perf_counter()
        self._shown: Any = None
        self._display = _notebook_display()
        self._warned = False

    def finish(self) -> None:
        """The picture of the whole, with the test at the end."""
        if self._interval > 0 and self._solver.iter % self._interval == 0:
            self._note_test()
        if self._draw():
            log(f"The training's curves are in {self.file}")

    def _note_test(self) -> None:
        iteration = self._solver.iter
        for i, scores in enumerate(self._solver.test_scores):
            values: dict[str, float] = {}
            for name, score in scores.items():
                each = np.atleast_1d(score).tolist()
                values.update(named_values(name, each, len(each) > 1))
            if values:
                self._log.test.append(Point(iteration, self._seconds(), values, i))

    def _seconds(self) -> float:
        return perf_counter() - self._begin

    def before_step(self) -> None:
        """Called when a test is over, if there was one."""
        iteration = self._solver.iter
        tested = self._interval > 0 and iteration % self._interval == 0
        if tested and (iteration > 0 or self._initially):
            self._note_test()
            if self._log.train:
                self._draw()

    def after_step(self) -> None:
        """Called when an iteration is over."""
        iteration = self._solver.iter
        if iteration % self._every and iteration != self._solver.max_iter:
            return
        values = {"loss": self._solver.loss, "lr": self._solver.learning_rate}
        self._log.train.append(Point(iteration, self._seconds(), values))
        self._draw()

    def _draw(self) -> bool:
        """Whether there is a new picture. What goes wrong with it is warned of, once: it does not
        end a training."""
        if not self._log.train and not self._log.test:
            return False
        try:
            self._write()
            if self._display is not None:
                self._show()
        except Exception as failure:  # noqa: BLE001  whatever it is
            if not self._warned:
                self._warned = True
                reason = getattr(failure, "strerror", None) or failure
                warnings.warn(f"{self.file}: cannot draw the curves: {reason}", stacklevel=2)
            return False
        return True

    def _write(self) -> None:
        beside = self.file.with_name(f".{self.file.stem}.part{self.file.suffix}")
        try:
            draw_logs({"": self._log}, beside, self._format, self._solver.net.name)
            os.replace(beside, self.file)  # whoever looks at it sees a whole picture
        finally:
            with suppress(OSError):
                beside.unlink()

    def _show(self) -> None:
        from IPython.display import Image

        image = Image(filename=str(self.file))
        if self._shown is None:
            self._shown = self._display(image, display_id=True)
        else:
            self._shown.update(image)
