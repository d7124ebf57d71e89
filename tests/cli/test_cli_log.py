"""The log, read as plotting scripts read it, says what the original's says."""
from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from cli_tool import Done, Tool

ITERATION = re.compile(r"Iteration (\d+)")
TRAIN = re.compile(r"Train net output #(\d+): (\S+) = ([\.\deE+-]+)")
TEST = re.compile(r"Test net output #(\d+): (\S+) = ([\.\deE+-]+)")
RATE = re.compile(r"lr = ([-+]?[0-9]*\.?[0-9]+([eE]?[-+]?[0-9]+)*)")
PREFIX = re.compile(r"[IWE]\d{4} \d\d:\d\d:\d\d\.\d{6} +\d+ [\w.]+:\d+\] ")


def parsed(log: str) -> tuple[dict[int, dict[str, float]], dict[int, dict[str, float]]]:
    """What stands in the log about training and testing, by iteration; the rate is the last one seen before."""
    train: dict[int, dict[str, float]] = {}
    test: dict[int, dict[str, float]] = {}
    first = RATE.search(log)
    assert first
    iteration, rate = -1, float(first[1])
    for line in log.splitlines():
        if found := ITERATION.search(line):
            iteration = int(found[1])
        if found := RATE.search(line):
            rate = float(found[1])
        for pattern, rows in ((TRAIN, train), (TEST, test)):
            if found := pattern.search(line):
                rows.setdefault(iteration, {"LearningRate": rate})[found[2]] = float(found[3])
    return train, test


def check_table(rows: dict[int, dict[str, float]], table: Path, columns: list[str]) -> None:
    expected = {int(float(row["NumIters"])): row for row in csv.DictReader(table.open())}
    assert list(rows) == list(expected)
    for iteration, row in rows.items():
        for column in columns:
            assert row[column] == pytest.approx(float(expected[iteration][column]), rel=1e-4)


def test_train_log(tool: Tool, case: Path) -> None:
    done = tool("train", "-solver", "solver.prototxt", "-weights", "init.caffemodel")
    assert done.status == 0
    train, test = parsed(done.log)
    check_table(train, case / "train_old.log.train", ["LearningRate", "loss"])
    check_table(test, case / "train_old.log.test", ["LearningRate", "acc", "loss"])


def test_every_line_has_its_prefix(tool: Tool) -> None:
    tool.learner("max_iter: 3 display: 1")
    done = tool("train", "-solver", "solver.prototxt")
    told = [line for line in done.log.splitlines() if re.search(r"Iteration|Solving|Optimization|output #", line)]
    assert len(told) >= 8
    assert all(PREFIX.match(line) for line in told)
    assert re.search(r"sgd_solver\.cpp:\d+\] Iteration 1, lr = 0\.01$", done.log, re.MULTILINE)
    assert re.search(r" solver\.cpp:\d+\] Solving learner$", done.log, re.MULTILINE)
    assert re.search(r" caffe\.cpp:\d+\] Starting Optimization$", done.log, re.MULTILINE)


def test_rates_are_real_from_the_first_line_on(tool: Tool) -> None:
    tool.learner("max_iter: 5 display: 2")
    done = tool("train", "-solver", "solver.prototxt")
    lines = done.said(r"Iteration (\d+) \((\S+) iter/s, (\S+)s/(\d+) iters\), loss = \S+")
    assert [line[0] for line in lines] == ["0", "2", "4"]
    for _, rate, seconds, iterations in lines:
        assert float(rate) == pytest.approx(int(iterations) / float(seconds), rel=1e-3)


def test_resumed_log(tool: Tool, case: Path) -> None:
    """The original's own snapshot, in the middle of its training."""
    done = tool("train", "-solver", "solver.prototxt", "-snapshot", "snap_iter_5.solverstate")
    assert done.status == 0
    rows = [line for log in (done.log, (case / "resume.log").read_text())
            for line in [re.findall(r"Iteration (\d+)[^\n]*, loss = (\S+)", log)]]
    assert [row[0] for row in rows[0]] == [row[0] for row in rows[1]] == ["6", "8", "10"]
    for ours, theirs in zip(*rows):
        assert float(ours[1]) == pytest.approx(float(theirs[1]), rel=1e-4)
    for text in ("Resuming from snap_iter_5.solverstate", "SGDSolver: restoring history",
                 "Snapshotting to binary proto file snap_iter_10.caffemodel",
                 "Snapshotting solver state to binary proto file snap_iter_10.solverstate"):
        assert f"] {text}\n" in done.log
    assert done.said(r"(\w+\.cpp):\d+\] Optimization Done\.") == ["solver.cpp", "caffe.cpp"]


def numbers(done: Done | str) -> list[tuple[str, float]]:
    log = done if isinstance(done, str) else done.log
    return [(name, float(value)) for name, value in re.findall(r"caffe\.cpp:\d+\] (.*?)(?: =|:) ([\d.]+)", log)]


def test_test_log(tool: Tool, case: Path) -> None:
    done = tool("test", "-model", "net.prototxt", "-weights", "snap_iter_10.caffemodel", "-iterations", 4)
    assert done.status == 0
    ours, theirs = numbers(done), numbers((case / "test.log").read_text())
    assert [name for name, _ in ours] == [name for name, _ in theirs]
    assert [value for _, value in ours] == pytest.approx([value for _, value in theirs], rel=1e-4)
    assert re.search(r"loss = 0\.80365 \(\* 1 = 0\.80365 loss\)$", done.log, re.MULTILINE)


def test_time_log(tool: Tool, case: Path) -> None:
    done = tool("time", "-model", "net.prototxt", "-iterations", 2, "-phase", "TEST")
    assert done.status == 0
    pattern = r"caffe\.cpp:\d+\] ( *\S+\t(?:for|back)ward: |[A-Z*][^\d\n]*)"
    assert done.said(pattern) == re.findall(pattern, (case / "time.log").read_text())
    assert re.findall(r"backward: (\S+) ms", done.log) == ["0"] * len(re.findall(r"\tforward: ", done.log))


def test_nothing_hangs_on_the_log(tool: Tool, case: Path) -> None:
    """What is not logged is done all the same."""
    quiet = tool("time", "-model", "net.prototxt", "-iterations", 1, "-minloglevel", 3)
    assert (quiet.status, quiet.log) == (0, "")
    assert "SoftmaxWithLoss" in quiet.out
    assert tool("train", "-solver", "solver.prototxt", "-weights", "init.caffemodel").status == 0
    loud = (case / "snap_iter_10.solverstate").read_bytes()
    assert tool("train", "-solver", "solver.prototxt", "-weights", "init.caffemodel", "-minloglevel", 3).log == ""
    assert (case / "snap_iter_10.solverstate").read_bytes() == loud


def test_not_finite_loss_is_told_and_ends_the_training(tool: Tool) -> None:
    tool.learner("max_iter: 60 weight_decay: 1e30 snapshot: 1")
    done = tool("train", "-solver", "solver.prototxt")
    assert done.status == 1
    assert len(done.said(r"Iteration \d+: the loss is \S+; first not finite is (?:parameter|blob) .* layer \"\w+\"")) == 1
    assert "Optimization Done." not in done.log
    assert re.match(r"caffe: error: iteration \d+: training (cannot go on|has diverged): ", done.last)
