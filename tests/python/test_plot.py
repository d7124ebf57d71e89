"""caffe.plot: training logs."""

from __future__ import annotations

from pathlib import Path

import caffe
import pytest
from caffe import plot

LOG = """\
I1120 23:59:58.000000  1234 solver.cpp:60] Solver scaffolding done.
I1120 23:59:58.500000  1234 solver.cpp:341] Iteration 0, Testing net (#0)
I1120 23:59:58.600000  1234 solver.cpp:409]     Test net output #0: accuracy = 0.1
I1120 23:59:58.600000  1234 solver.cpp:409]     Test net output #1: loss = 2.3 (* 1 = 2.3 loss)
I1120 23:59:58.700000  1234 solver.cpp:237] Iteration 0 (-nan iter/s, 0.1s/20 iters), loss = 2.31
I1120 23:59:58.700000  1234 solver.cpp:253]     Train net output #0: loss = 2.4 (* 1 = 2.4 loss)
I1120 23:59:58.700000  1234 sgd_solver.cpp:106] Iteration 0, lr = 0.01
something else
I1121 00:00:01.000000  1234 solver.cpp:237] Iteration 20, loss = 1e-3
I1121 00:00:01.000000  1234 sgd_solver.cpp:106] Iteration 20, lr = 0.009
I1121 00:00:02.000000  1234 solver.cpp:341] Iteration 20, Testing net (#0)
I1121 00:00:02.000000  1234 solver.cpp:409]     Test net output #0: accuracy = 0.975
"""


def test_what_a_log_says(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.write_text(LOG)
    log = plot.parse_log(path)
    assert [(one.iteration, one.values) for one in log.train] == [
        (0, {"loss": 2.31, "batch loss": 2.4, "lr": 0.01}),
        (20, {"loss": 0.001, "lr": 0.009}),
    ]
    assert [(one.iteration, one.values) for one in log.test] == [
        (0, {"accuracy": 0.1, "loss": 2.3}),
        (20, {"accuracy": 0.975}),
    ]
    assert log.train[1].seconds == pytest.approx(3.0)  # over midnight
    assert plot.parse_log(LOG.splitlines()) == log


def test_a_log_of_the_original(shared: Path) -> None:
    log = plot.parse_log(shared / "conformance/cli/train-test-time/train.log")
    assert [one.iteration for one in log.train] == [0, 2, 4, 6, 8, 10]
    assert log.train[0].values == {"loss": 1.65119, "batch loss": 1.65119, "lr": 0.1}
    assert log.train[-1].values == {"loss": 0.811816}  # the line at the end of the training
    assert [one.iteration for one in log.test] == [0, 4, 8]
    assert all(one.values for one in log.test)


def test_a_log_of_ours(solver_file: Path) -> None:
    text = solver_file.read_text().replace("display: 0", "display: 5")
    solver_file.write_text(text + " test_iter: 1 test_interval: 10")
    lines: list[str] = []
    caffe.set_log_callback(lines.append)
    try:
        caffe.get_solver(solver_file).step(21)
    finally:
        caffe.set_log_callback(None)
    log = plot.parse_log(lines)
    assert [one.iteration for one in log.train] == [0, 5, 10, 15, 20]
    assert [one.iteration for one in log.test] == [0, 10, 20]
    assert all({"loss", "batch loss", "lr"} <= set(one.values) for one in log.train)
    assert all("loss" in one.values for one in log.test)


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_a_picture(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"curves{suffix}"
    plot.plot_log(LOG.splitlines(), path, "title")
    assert path.read_bytes()[:4] in (b"\x89PNG", b"<?xm")
    assert path.stat().st_size > 5000


def test_nothing_to_plot(tmp_path: Path) -> None:
    with pytest.raises(caffe.InvalidArgumentError, match="nothing to plot"):
        plot.plot_log(["no log"], tmp_path / "x.png")
    with pytest.raises(caffe.FileError, match="none"):
        plot.parse_log(tmp_path / "none.log")
