"""Solvers: stepping, callbacks, snapshots, and Ctrl-C."""

from __future__ import annotations

import gc
import os
import re
import signal
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path

import caffe
import numpy as np
import pytest


def weights(net: caffe.Net) -> np.ndarray:
    """All parameters, copied."""
    return np.concatenate([blob.data.ravel() for blobs in net.params.values() for blob in blobs])


def test_training_learns(solver_file: Path) -> None:
    solver = caffe.get_solver(solver_file)
    assert isinstance(solver, caffe.SGDSolver)
    assert solver.type == "SGD"
    solver.step(1)
    first = float(solver.net.blobs["loss"].data)
    solver.step(50)
    assert solver.iter == 51
    assert float(solver.net.blobs["loss"].data) < first / 4
    assert solver.loss < first / 4
    assert solver.learning_rate == pytest.approx(0.1)
    assert solver.param.momentum == pytest.approx(0.9)
    assert solver.max_iter == solver.param.max_iter == 100
    assert "iteration 51 of 100" in repr(solver)


def test_same_seed_same_weights(solver_file: Path) -> None:
    first, second = caffe.SGDSolver(solver_file), caffe.SGDSolver(str(solver_file))
    first.step(5)
    second.step(5)
    np.testing.assert_array_equal(weights(first.net), weights(second.net))


def test_solve_goes_to_the_end_and_takes_a_snapshot(solver_file: Path, tmp_path: Path) -> None:
    solver = caffe.get_solver(solver_file)
    solver.solve()
    assert solver.iter == 100
    net = caffe.Net(tmp_path / "learner.prototxt", caffe.TEST)
    net.copy_from(tmp_path / "learner_iter_100.caffemodel")
    np.testing.assert_array_equal(weights(net), weights(solver.net))


def test_snapshot_and_restore(solver_file: Path) -> None:
    solver = caffe.get_solver(solver_file)
    solver.step(7)
    state = solver.snapshot()
    assert state.endswith("_iter_7.solverstate")
    expected = weights(solver.net)
    solver.step(3)
    other = caffe.get_solver(solver_file)
    other.restore(state)
    assert other.iter == 7
    np.testing.assert_array_equal(weights(other.net), expected)
    third = caffe.get_solver(solver_file)
    third.solve(state)
    assert third.iter == 100


def test_gradient_steps_by_hand(solver_file: Path) -> None:
    solver = caffe.get_solver(solver_file)
    solver.net.clear_param_diffs()
    solver.net.forward()
    solver.net.backward()
    before = solver.net.params["ip2"][1].data.copy()
    gradient = solver.net.params["ip2"][1].diff.copy()
    solver.apply_update()
    np.testing.assert_allclose(
        solver.net.params["ip2"][1].data, before - 0.1 * gradient, rtol=1e-5, atol=1e-7
    )


def test_parameter_views_over_steps(solver_file: Path) -> None:
    solver = caffe.get_solver(solver_file)
    view = solver.net.params["ip1"][0].data
    seen = [view.copy()]
    for _ in range(3):
        solver.step(1)
        assert not np.array_equal(view, seen[-1])
        assert np.shares_memory(view, solver.net.params["ip1"][0].data)
        seen.append(view.copy())
    view[...] = 0
    solver.step(1)
    assert np.abs(view).max() < 1


def test_test_nets(solver_file: Path, tmp_path: Path) -> None:
    solver_file.write_text(solver_file.read_text() + " test_iter: 2 test_interval: 50")
    lines: list[str] = []
    caffe.set_log_callback(lines.append)
    try:
        solver = caffe.get_solver(solver_file)
        assert [net.phase for net in solver.test_nets] == [caffe.TEST]
        solver.step(2)
        solver.test()
    finally:
        caffe.set_log_callback(None)
    np.testing.assert_array_equal(weights(solver.test_nets[0]), weights(solver.net))
    assert any("Test net output #0: loss" in line for line in lines)


def test_scores_of_a_test(solver_file: Path, tmp_path: Path) -> None:
    text = (tmp_path / "learner.prototxt").read_text() + """
    layer { name: "each" type: "Power" bottom: "label" top: "each" include { phase: TEST } }
    layer { name: "right" type: "Accuracy" bottom: "ip2" bottom: "label" top: "right"
            include { phase: TEST } }"""
    (tmp_path / "learner.prototxt").write_text(text)
    solver_file.write_text(solver_file.read_text() + " test_iter: 2 test_interval: 1000")
    solver = caffe.get_solver(solver_file)
    assert solver.test_scores == [{}]
    lines: list[str] = []
    caffe.set_log_callback(lines.append)
    try:
        (scores,) = solver.test()
    finally:
        caffe.set_log_callback(None)
    assert list(scores) == ["each", "loss", "right"]
    np.testing.assert_allclose(scores["each"], [3] * 8)
    assert isinstance(scores["loss"], float)
    logged = [line for line in lines if "output #8: loss" in line]
    assert f"loss = {scores['loss']:.4g}"[:10] in logged[0]
    seen: list[object] = []
    solver.net.before_forward(lambda layer: seen.append(solver.test_scores[0]["loss"]))
    solver.step(5)  # any callback may look at them
    assert seen
    assert all(isinstance(one, float) for one in seen)
    assert solver.test()[0]["loss"] < scores["loss"]
    assert caffe.get_solver(solver_file).test_scores == [{}]
    solver_file.write_text(solver_file.read_text().replace("test_iter: 2 test_interval: 1000", ""))
    assert caffe.get_solver(solver_file).test() == []


def test_a_test_after_a_training_that_was_ended(solver_file: Path) -> None:
    solver_file.write_text(solver_file.read_text() + " test_iter: 2 test_interval: 1000")
    solver = caffe.get_solver(solver_file)
    thread = interrupt_soon(solver)
    with pytest.raises(KeyboardInterrupt):
        solver.step(100_000_000)
    thread.join()
    before = solver.test_scores[0]["loss"]
    assert solver.test()[0]["loss"] != before


def test_callbacks_are_removed(solver_file: Path) -> None:
    solver = caffe.get_solver(solver_file)
    seen: list[str] = []

    def once() -> None:
        seen.append("once")
        solver.remove_callback(once)

    def each() -> None:
        seen.append("each")

    solver.add_callback(once, None, each)
    solver.add_callback(each)
    solver.step(2)
    assert seen == ["once", "each", "each", "each", "each"]
    solver.remove_callback(each)
    solver.step(1)
    assert len(seen) == 5
    for function in (once, each, print):
        with pytest.raises(caffe.NotFoundError, match="was not added"):
            solver.remove_callback(function)
    solver.add_callback(after_step=once)
    solver.step(2)
    assert seen[5:] == ["once"]


def test_callbacks_in_order(solver_file: Path) -> None:
    solver = caffe.get_solver(solver_file)
    seen: list[tuple[str, int]] = []
    solver.add_callback(
        lambda: seen.append(("start", solver.iter)), lambda: seen.append(("gradients", solver.iter))
    )
    solver.add_callback(after_step=lambda: seen.append(("after", solver.iter)))
    solver.step(2)
    assert [name for name, _ in seen] == ["start", "gradients", "after"] * 2
    assert [number for name, number in seen if name == "after"] == [1, 2]


def test_callbacks_must_be_callable(solver_file: Path) -> None:
    with pytest.raises(TypeError, match="has to be callable"):
        caffe.get_solver(solver_file).add_callback(after_step=3)  # type: ignore[arg-type]


def test_callback_changes_gradients(solver_file: Path) -> None:
    solver = caffe.get_solver(solver_file)
    before = weights(solver.net)

    def nothing() -> None:
        solver.net.clear_param_diffs()

    solver.add_callback(lambda: None, nothing)
    solver.step(3)
    np.testing.assert_array_equal(weights(solver.net), before)


@pytest.mark.parametrize("when", ["on_start", "on_gradients_ready", "after_step"])
def test_exception_of_a_callback_travels_out(solver_file: Path, when: str) -> None:
    solver = caffe.get_solver(solver_file)

    def fail() -> None:
        if solver.iter >= 1:
            raise ZeroDivisionError("from the callback")

    solver.add_callback(**{when: fail})
    with pytest.raises(ZeroDivisionError, match="from the callback") as caught:
        solver.step(10)
    assert caught.traceback[-1].name == "fail"
    assert solver.iter <= 2
    with pytest.raises(ZeroDivisionError):
        solver.solve()


def test_solvers_with_callbacks_go_away(solver_file: Path) -> None:
    solver = caffe.get_solver(solver_file)
    count = []
    solver.add_callback(lambda: count.append(1))
    solver.step(1)
    net = solver.net
    gone = weakref.ref(solver)
    del solver
    gc.collect()
    assert gone() is None
    assert net.blobs["loss"].data.size == 1  # the net keeps what it needs


def test_class_wins_over_type(solver_file: Path) -> None:
    solver_file.write_text(solver_file.read_text() + ' type: "Nesterov"')
    if "Nesterov" not in caffe.solver_type_list():
        with pytest.raises(caffe.Error, match="Nesterov"):
            caffe.get_solver(solver_file)
        return
    assert isinstance(caffe.get_solver(solver_file), caffe.NesterovSolver)
    assert caffe.SGDSolver(solver_file).type == "SGD"


def test_every_type_has_a_class() -> None:
    for kind in caffe.solver_type_list():
        made = getattr(caffe, f"{kind}Solver")
        assert issubclass(made, caffe.Solver) and made.kind == kind
        assert f"{kind}Solver" in dir(caffe)


def test_a_type_that_pycaffe_did_not_have(
    solver_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not hasattr(caffe, "NewSolver")
    monkeypatch.setattr("caffe.solver.solver_type_list", lambda: ["New", "SGD"])
    monkeypatch.setattr(caffe.Solver, "type", "New")
    assert type(caffe.get_solver(solver_file)) is caffe.NewSolver
    assert (caffe.NewSolver.__name__, caffe.NewSolver.kind) == ("NewSolver", "New")
    del caffe.solver.NewSolver


def test_types_that_do_not_exist(solver_file: Path) -> None:
    solver_file.write_text(solver_file.read_text() + ' type: "Magic"')
    with pytest.raises(caffe.Error, match="Magic"):
        caffe.get_solver(solver_file)


def test_from_text_and_weights(solver_file: Path, tmp_path: Path) -> None:
    first = caffe.Solver.from_text(solver_file.read_text())
    first.net.save(tmp_path / "begin.caffemodel")
    second = caffe.SGDSolver(solver_file, weights=tmp_path / "begin.caffemodel")
    np.testing.assert_array_equal(weights(first.net), weights(second.net))


def test_bad_solvers(tmp_path: Path) -> None:
    with pytest.raises(caffe.FileError, match="none"):
        caffe.get_solver(tmp_path / "none.prototxt")
    with pytest.raises(caffe.ParseError, match="base_lrr"):
        caffe.Solver.from_text("base_lrr: 1")
    with pytest.raises(caffe.Error):
        caffe.Solver.from_text("base_lr: 1")


def test_a_nan_is_said_and_stops_before_the_update(solver_file: Path) -> None:
    solver = caffe.get_solver(solver_file)
    solver.step(1)
    weights, bias = solver.net.params["ip1"]
    before, good = weights.data.copy(), float(bias.data[3])
    bias.data[3] = np.nan
    lines: list[str] = []
    caffe.set_log_callback(lines.append)
    try:
        for _ in range(2):  # as often as it is tried
            with pytest.raises(caffe.StateError, match=r'iteration 1: .* the loss is nan .*layer "ip1"'):
                solver.step(2)
    finally:
        caffe.set_log_callback(None)
    assert len([one for one in lines if re.search(r'(?i)nan.*layer "ip1"', one)]) == 1
    assert solver.iter == 1
    np.testing.assert_array_equal(weights.data, before)
    with pytest.raises(caffe.StateError, match='training has diverged: the parameter "ip1: 1"'):
        solver.snapshot()
    assert not list(solver_file.parent.glob("*_iter_*"))
    bias.data[3] = good
    solver.step(2)
    assert solver.iter == 3


def interrupt_soon(solver: caffe.Solver) -> threading.Thread:
    """Sends this process a Ctrl-C when the training runs."""

    def send() -> None:
        while solver.iter < 2:
            time.sleep(0.001)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=send)
    thread.start()
    return thread


def test_ctrl_c_ends_a_step_and_training_goes_on(solver_file: Path) -> None:
    solver = caffe.get_solver(solver_file)
    thread = interrupt_soon(solver)
    with pytest.raises(KeyboardInterrupt):
        solver.step(100_000_000)
    thread.join()
    done = solver.iter
    assert 2 <= done < 100_000_000
    solver.step(3)
    assert solver.iter == done + 3


def test_ctrl_c_with_a_handler_of_ones_own(solver_file: Path) -> None:
    solver = caffe.get_solver(solver_file)
    seen: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
    try:
        thread = interrupt_soon(solver)
        solver.step(5000)
        thread.join()
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == [signal.SIGINT]
    assert solver.iter == 5000  # the handler let it go on


def test_ctrl_c_ends_solve_in_a_script(solver_file: Path) -> None:
    solver_file.write_text(solver_file.read_text().replace("max_iter: 100", "max_iter: 100000000"))
    script = (
        "import caffe, sys\n"
        "solver = caffe.get_solver(sys.argv[1])\n"
        "solver.add_callback(lambda: print('on', flush=True) if solver.iter == 3 else None)\n"
        "solver.solve()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(solver_file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "on\n"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=300)
    assert "KeyboardInterrupt" in errors
    assert process.returncode == -signal.SIGINT


def test_other_threads_run_while_it_trains(solver_file: Path) -> None:
    solver = caffe.get_solver(solver_file)
    running, beats = True, []

    def beat() -> None:
        while running:
            beats.append(solver.iter)
            time.sleep(0.0005)

    thread = threading.Thread(target=beat)
    thread.start()
    # Between two calls it may run anyhow: only what it sees within one counts.
    for _ in range(100):
        solver.step(3000)
        during = len([one for one in beats if one % 3000])
        if during >= 3:
            break
    running = False
    thread.join()
    assert during >= 3


def test_training_in_another_thread(solver_file: Path) -> None:
    solver = caffe.get_solver(solver_file)
    failures: list[Exception] = []

    def train() -> None:
        try:
            solver.step(20)
        except Exception as failure:  # noqa: BLE001
            failures.append(failure)

    thread = threading.Thread(target=train)
    thread.start()
    thread.join()
    assert failures == []
    assert solver.iter == 20
