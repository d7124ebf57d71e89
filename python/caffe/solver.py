"""Solvers: training a net, with pycaffe's names."""

from __future__ import annotations

import contextlib
from functools import cached_property
from typing import Any, Callable

import numpy as np

from . import _options
from ._callbacks import drop_callback
from ._interrupt import interruptible
from ._library import FilePath, ask, callback, check, ffi, lib, owned_text, path_bytes, text
from .blob import Array
from .errors import InvalidArgumentError, StateError
from .net import Net
from .runtime import solver_type_list

Callback = Callable[[], object]


@callback("caffe_status(caffe_solver *, int, void *)")
def _on_event(solver: Any, event: int, user: Any) -> int:
    for function in tuple(ffi.from_handle(user).get(event, ())):
        function()
    return 0


def _source(definition: Any) -> tuple[Any, bytes]:
    """The C function that makes a solver of a file or of a SolverParameter message, and what it
    takes."""
    if not hasattr(definition, "DESCRIPTOR"):
        return lib.caffe_solver_create, path_bytes(definition)
    if definition.DESCRIPTOR.name != "SolverParameter":
        raise InvalidArgumentError(
            f"a solver is made of a SolverParameter message, not of a {definition.DESCRIPTOR.name}"
        )
    return lib.caffe_solver_create_from_text, str(definition).encode()


class Solver:
    """Trains a net as a solver prototxt says. `caffe.get_solver(file)` makes one of the type it
    names; a SolverParameter message may stand in the file's place.

    Further keywords are options: `weights` (a file, or several) to begin with, `net` (a dict of
    options for the nets, as for caffe.Net).
    """

    kind: str | None = None

    def __init__(self, solver_file: Any, **options: Any) -> None:
        self._start(*_source(solver_file), options)

    @classmethod
    def from_text(cls, prototxt: Any, **options: Any) -> Solver:
        """A solver from prototxt text, or from a SolverParameter message."""
        solver = cls.__new__(cls)
        solver._start(lib.caffe_solver_create_from_text, str(prototxt).encode(), options)
        return solver

    def _start(self, create: Any, source: bytes, options: dict[str, Any]) -> None:
        if self.kind is not None:  # the class wins over the file, as it always did
            options = {**options, "type": self.kind}
        pointer = ask(create, "caffe_solver *", source, _options.prototxt(options))
        self._pointer = ffi.gc(pointer, lib.caffe_solver_destroy)
        self._callbacks: dict[int, list[Callback]] = {}
        self._handle: Any = None

    @property
    def type(self) -> str:
        """The update rule: "SGD" ..."""
        return text(ask(lib.caffe_solver_type, "const char *", self._pointer))

    @property
    def prototxt(self) -> str:
        """The solver's definition."""
        result = ffi.new("char **")
        check(lib.caffe_solver_prototxt(result, self._pointer))
        return owned_text(result)

    @property
    def param(self) -> Any:
        """The definition as a caffe_pb2.SolverParameter, a copy."""
        from google.protobuf import text_format

        from .proto import caffe_pb2

        return text_format.Parse(self.prototxt, caffe_pb2.SolverParameter())

    @cached_property
    def net(self) -> Net:
        """The net that learns."""
        return Net._borrow(ask(lib.caffe_solver_net, "caffe_net *", self._pointer), self._pointer)

    @cached_property
    def test_nets(self) -> list[Net]:
        """The nets that test; they share the parameters."""
        count = ask(lib.caffe_solver_test_net_count, "int64_t", self._pointer)
        return [
            Net._borrow(
                ask(lib.caffe_solver_test_net, "caffe_net *", self._pointer, i), self._pointer
            )
            for i in range(count)
        ]

    @property
    def iter(self) -> int:
        """How many iterations are done."""
        return int(ask(lib.caffe_solver_iter, "int64_t", self._pointer))

    @property
    def max_iter(self) -> int:
        """How many solve() does in all."""
        return int(ask(lib.caffe_solver_max_iter, "int64_t", self._pointer))

    @property
    def loss(self) -> float:
        """The loss, averaged over average_loss iterations."""
        return float(ask(lib.caffe_solver_loss, "float", self._pointer))

    @property
    def learning_rate(self) -> float:
        """The rate of the next iteration."""
        return float(ask(lib.caffe_solver_learning_rate, "float", self._pointer))

    def step(self, iterations: int) -> None:
        """Trains for so many iterations; tests, logs and takes snapshots as the prototxt says.

        Ctrl-C ends it after the current iteration with KeyboardInterrupt; the solver can go on from
        there. What a callback raises is raised here. StateError when loss and gradients are NaN or
        infinite: the update was not made, and the next call leaves that batch out.
        """
        end = self.iter + int(iterations)
        self._train(lib.caffe_solver_step, int(iterations))
        while self.iter < end:  # a signal's handler chose to go on
            self._train(lib.caffe_solver_step, end - self.iter)

    def solve(self, resume: FilePath | None = None, plot: bool | FilePath = False) -> None:
        """Trains to max_iter, with a snapshot at the end; from the snapshot `resume` (.solverstate)
        if given.

        With `plot` the curves of losses and accuracies are drawn while it trains: in a notebook
        below the cell, and always into a picture, the file that `plot` names or, for True,
        <snapshot_prefix>_training.png. UnsupportedError says when matplotlib is missing; a
        picture that cannot be drawn later is a warning.

        Interrupts and callbacks as for step().
        """
        with contextlib.ExitStack() as stack:
            if plot is not False and plot is not None:
                from ._live_plot import live_plot

                stack.enter_context(live_plot(self, None if plot is True else plot))
            self._train(lib.caffe_solver_solve, ffi.NULL if resume is None else path_bytes(resume))
            while self.iter < self.max_iter:
                self._train(lib.caffe_solver_solve, ffi.NULL)

    def _train(self, function: Any, argument: Any) -> None:
        """Runs step or solve, which a signal ends early."""
        with interruptible(lambda: check(lib.caffe_solver_request_stop(self._pointer))):
            status = function(self._pointer, argument)
        check(status)

    def add_callback(
        self,
        on_start: Callback | None = None,
        on_gradients_ready: Callback | None = None,
        after_step: Callback | None = None,
    ) -> None:
        """Has functions without arguments called in every iteration.

        `on_start` before the forward pass, `on_gradients_ready` before the parameters change,
        `after_step` when the iteration is done. What one raises ends the training and is raised by
        step() or solve().
        """
        for event, function in (
            (lib.CAFFE_SOLVER_BEFORE_STEP, on_start),
            (lib.CAFFE_SOLVER_GRADIENTS_READY, on_gradients_ready),
            (lib.CAFFE_SOLVER_AFTER_STEP, after_step),
        ):
            if function is not None:
                if not callable(function):
                    raise TypeError(f"a callback has to be callable, it is a {type(function)}")
                self._callbacks.setdefault(event, []).append(function)
        if self._handle is None and self._callbacks:
            self._handle = ffi.new_handle(self._callbacks)
            check(lib.caffe_solver_add_callback(self._pointer, _on_event, self._handle))

    def remove_callback(self, function: Callback) -> None:
        """Forgets a function wherever it was given to add_callback(). NotFoundError when it was
        not."""
        drop_callback(self._callbacks, function)
        if not self._callbacks and self._handle is not None:
            try:
                check(lib.caffe_solver_remove_callback(self._pointer, _on_event, self._handle))
                self._handle = None
            except StateError:
                pass  # it trains: an empty one stays for the next that is added

    def apply_update(self) -> None:
        """Applies the gradients that are in the net's diffs, as one iteration does."""
        check(lib.caffe_solver_apply_update(self._pointer))

    def test(self) -> list[dict[str, float | Array]]:
        """Runs the test nets, logs their outputs and returns them: test_scores.

        `solver.test()[0]["accuracy"]` is the first test net's accuracy. Ctrl-C ends it with
        KeyboardInterrupt.
        """
        with interruptible(lambda: check(lib.caffe_solver_request_stop(self._pointer))):
            status = lib.caffe_solver_test(self._pointer)
        check(status)
        return self.test_scores

    @property
    def test_scores(self) -> list[dict[str, float | Array]]:
        """What the last test came to, of each test net by the names of its outputs: the mean over
        the batches, a number, or an array where an output has several values. Before a test the
        dicts are empty."""
        return [self._scores(i) for i in range(len(self.test_nets))]

    def _scores(self, test_net: int) -> dict[str, float | Array]:
        values: dict[str, list[float]] = {}
        name, score = ffi.new("const char **"), ffi.new("float *")
        for i in range(ask(lib.caffe_solver_test_score_count, "int64_t", self._pointer, test_net)):
            check(lib.caffe_solver_test_score(name, score, self._pointer, test_net, i))
            values.setdefault(text(name[0]), []).append(score[0])
        return {
            name: many[0] if len(many) == 1 else np.array(many, np.float32)
            for name, many in values.items()
        }

    def snapshot(self) -> str:
        """Writes the weights and the solver's state; returns the state's path."""
        result = ffi.new("char **")
        check(lib.caffe_solver_snapshot(result, self._pointer))
        return owned_text(result)

    def restore(self, state_file: FilePath) -> None:
        """Goes on from a snapshot: a .solverstate or .solverstate.h5 file."""
        check(lib.caffe_solver_restore(self._pointer, path_bytes(state_file)))

    def share_weights(self, net: Net) -> None:
        """Makes `net` use the parameters of the net that learns."""
        net.share_with(self.net)

    def __repr__(self) -> str:
        return (
            f"<caffe.{type(self).__name__} {self.type}, iteration {self.iter} of {self.max_iter}>"
        )


class SGDSolver(Solver):
    """Stochastic gradient descent with momentum."""

    kind = "SGD"


class NesterovSolver(Solver):
    """Nesterov's accelerated gradient."""

    kind = "Nesterov"


class AdaGradSolver(Solver):
    """AdaGrad (Duchi et al., 2011)."""

    kind = "AdaGrad"


class RMSPropSolver(Solver):
    """RMSProp (Tieleman and Hinton, 2012)."""

    kind = "RMSProp"


class AdaDeltaSolver(Solver):
    """AdaDelta (Zeiler, 2012)."""

    kind = "AdaDelta"


class AdamSolver(Solver):
    """Adam (Kingma and Ba, 2015)."""

    kind = "Adam"


def _solver_class(name: str) -> type[Solver] | None:
    """The class `name` of one of the library's solver types: its type with "Solver" behind it.

    Those that pycaffe has stand above; one of another type is made when it is first asked for.
    """
    kind = name.removesuffix("Solver")
    if kind == name or kind not in solver_type_list():
        return None
    if name not in globals():
        document = f"Trains with the library's solver type {kind}."
        members = {"kind": kind, "__module__": __name__, "__doc__": document}
        globals()[name] = type(name, (Solver,), members)
    made: type[Solver] = globals()[name]
    return made


def get_solver(solver_file: Any, **options: Any) -> Solver:
    """The solver a prototxt describes, of the type it names; a SolverParameter message, too."""
    solver = Solver(solver_file, **options)
    solver.__class__ = _solver_class(f"{solver.type}Solver") or Solver
    return solver
