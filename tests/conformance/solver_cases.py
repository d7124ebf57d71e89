"""Area solver: ten iterations of training, and going on from the original's snapshots at iteration 5."""
from __future__ import annotations

from pathlib import Path

import caffe
import numpy as np
from harness import Case, Mismatch, Options, Skipped, check_close, check_equal, inside
from net_cases import param_of

# After several iterations differences add up.
NEAR = {"rtol": 1e-3, "atol": 1e-4}


def need_solver(options: Options, kind: str) -> None:
    if kind not in options.solver_types:
        raise Skipped(f"no solver type {kind}", (f"solver {kind}",))


def make(options: Options) -> caffe.Solver:
    return caffe.get_solver("solver.prototxt", net=options.net)


def check_params(solver: caffe.Solver, case: Case, iteration: int) -> None:
    for key, value in case.arrays.items():
        name, _, at = key.partition("@")
        if key.startswith("param:") and int(at) == iteration:
            check_close(f"{name} after iteration {iteration}",
                        param_of(solver.net, name.removeprefix("param:")).data, value, **NEAR)


def check_history(state: Path, case: Case, iteration: int) -> None:
    """The state file's history, in the original's order."""
    expected = {int(key.split(":")[1].split("@")[0]): value for key, value in case.arrays.items()
                if key.startswith("history:") and key.endswith(f"@{iteration}")}
    if not expected:
        return
    if state.suffix == ".h5":
        import h5py

        with h5py.File(state) as file:
            check_equal("iter", int(file["iter"][0]), iteration)
            history = {int(name): np.array(value) for name, value in file["history"].items()}
    else:
        from caffe.proto import caffe_pb2

        message = caffe_pb2.SolverState.FromString(state.read_bytes())
        check_equal("iter", message.iter, iteration)
        history = {i: np.array(blob.data, np.float32).reshape(tuple(blob.shape.dim))
                   for i, blob in enumerate(message.history)}
    check_equal(f"the history's entries in {state.name}", sorted(history), sorted(expected))
    for i, value in expected.items():
        check_close(f"history {i} in {state.name}", history[i], value, **NEAR)


def run_iterations(solver: caffe.Solver, case: Case, first: int) -> None:
    last = case.meta["iterations"]
    for iteration in range(first, last):
        if "lr" in case.arrays:
            check_close(f"learning rate of iteration {iteration}", solver.learning_rate,
                        case.arrays["lr"][iteration], rtol=1e-5, atol=0)
        solver.step(1)
        if "loss" in solver.net.blobs:
            check_close(f"loss of iteration {iteration}", float(np.asarray(solver.net.blobs["loss"].data)),
                        float(case.arrays["loss"][iteration]), **NEAR)
        check_params(solver, case, iteration + 1)


def run_from_start(case: Case, options: Options) -> None:
    with inside(case.folder, copy=True) as folder:
        for old in folder.glob("snap_iter_*"):
            old.unlink()
        solver = make(options)
        if "weights:" not in Path("solver.prototxt").read_text():
            solver.net.copy_from("init.caffemodel")
        check_params(solver, case, 0)
        run_iterations(solver, case, 0)
        for iteration in (5, 10):
            state = folder / f"snap_iter_{iteration}.solverstate"
            if not state.exists():
                raise Mismatch(f"no snapshot {state.name}; there are "
                               f"{sorted(path.name for path in folder.glob('*solverstate*'))}")
            check_history(state, case, iteration)


def run_resumed(case: Case, options: Options, state: str) -> None:
    with inside(case.folder, copy=True) as folder:
        solver = make(options)
        solver.restore(state)
        check_equal("iteration after restore", solver.iter, 5)
        check_params(solver, case, 5)
        check_history(folder / state, case, 5)
        run_iterations(solver, case, 5)


def run(case: Case, options: Options) -> None:
    need_solver(options, case.meta["type"])
    options.need_layers_of((case.folder / "net.prototxt").read_text())
    run_from_start(case, options)
    for state in ("snap_iter_5.solverstate", "snap_iter_5.solverstate.h5"):
        if (case.folder / state).exists():
            try:
                run_resumed(case, options, state)
            except Mismatch as error:
                raise Mismatch(f"resumed from {state}: {error}") from None
