"""solver.solve(plot=True): the picture of a training while it runs."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import caffe
import numpy as np
import pytest

PNG = b"\x89PNG"


@pytest.fixture
def tested(solver_file: Path) -> Path:
    """A solver that tests every 25 of its 50 iterations."""
    text = solver_file.read_text().replace("max_iter: 100", "max_iter: 50")
    solver_file.write_text(text + " test_iter: 2 test_interval: 25")
    return solver_file


def test_it_is_a_picture_beside_the_snapshots(tested: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    solver = caffe.get_solver(tested)
    lines: list[str] = []
    caffe.set_log_callback(lines.append)
    try:
        solver.solve(plot=True)
    finally:
        caffe.set_log_callback(None)
    assert (tmp_path / "learner_training.png").read_bytes().startswith(PNG)
    assert [one for one in tmp_path.iterdir() if "part" in one.name] == []
    assert any("learner_training.png" in line for line in lines)
    assert solver.iter == 50
    assert solver._callbacks == {}  # nothing of it stays


def test_what_it_draws(tested: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from caffe import _live_plot

    pytest.importorskip("matplotlib")
    drawn: list[Any] = []

    def note(logs: Any, file: Path, kind: str, title: str) -> None:
        assert kind == "svg"
        log = logs[""]
        drawn.append(([one.iteration for one in log.train], [one.iteration for one in log.test]))
        file.write_bytes(PNG)
        last.update(test=[one.values for one in log.test], train=log.train[-1].values)

    last: dict[str, Any] = {}
    monkeypatch.setattr(_live_plot, "draw_logs", note)
    solver = caffe.get_solver(tested)
    solver.solve(plot=tmp_path / "own.svg")
    assert (tmp_path / "own.svg").exists()
    assert drawn[0] == ([1], [0])
    assert drawn[-1] == (list(range(1, 51)), [0, 25, 50])
    assert last["test"][-1] == pytest.approx(solver.test_scores[0])
    assert last["train"]["loss"] == pytest.approx(solver.loss)


def test_outputs_of_several_values(
    tested: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from caffe import _live_plot

    pytest.importorskip("matplotlib")
    solver = caffe.get_solver(tested)
    scores = {"one": 0.75, "classes": np.array([0.25, 0.5], np.float32)}
    monkeypatch.setattr(type(solver), "test_scores", [scores])
    live = _live_plot._Plot(solver, tmp_path / "curve.png")
    live._note_test()
    assert live._log.test[0].values == {"one": 0.75, "classes[0]": 0.25, "classes[1]": 0.5}


def test_a_training_that_fails_keeps_its_picture(tested: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    solver = caffe.get_solver(tested)

    def fail() -> None:
        if solver.iter == 5:
            raise ZeroDivisionError

    solver.add_callback(after_step=fail)
    with pytest.raises(ZeroDivisionError):
        solver.solve(plot=True)
    assert (tmp_path / "learner_training.png").exists()
    solver.remove_callback(fail)
    assert solver._callbacks == {}


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("curve", caffe.InvalidArgumentError, "curve: the name has to end in the format: .*png"),
        ("curve.bmp3", caffe.InvalidArgumentError, "curve.bmp3: the name has to end in"),
        ("nowhere/curve.png", caffe.FileError, "nowhere/curve.png: there is no folder .*nowhere"),
    ],
)
def test_a_bad_name_is_found_at_once(
    tested: Path, tmp_path: Path, name: str, error: type[caffe.Error], words: str
) -> None:
    pytest.importorskip("matplotlib")
    solver = caffe.get_solver(tested)
    for file in (tmp_path / name, bytes(tmp_path / name)):
        with pytest.raises(error, match=words):
            solver.solve(plot=file)
    assert solver.iter == 0
    assert solver._callbacks == {}


def test_a_training_goes_on_without_its_picture(tested: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    solver = caffe.get_solver(tested)
    folder = tmp_path / "gone"
    folder.mkdir()

    def remove() -> None:
        if solver.iter == 5:
            assert (folder / "curve.png").exists()
            shutil.rmtree(folder)

    solver.add_callback(after_step=remove)
    lines: list[str] = []
    caffe.set_log_callback(lines.append)
    try:
        with pytest.warns(UserWarning) as caught:
            solver.solve(plot=folder / "curve.png")
    finally:
        caffe.set_log_callback(None)
    assert [str(one.message) for one in caught] == [
        f"{folder / 'curve.png'}: cannot draw the curves: No such file or directory"
    ]
    assert solver.iter == 50
    assert not any("curves are in" in line for line in lines)


def test_no_part_of_a_picture_stays(tested: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    (tmp_path / "curve.png").mkdir()
    solver = caffe.get_solver(tested)
    with pytest.warns(UserWarning, match="curve.png: cannot draw the curves"):
        solver.solve(plot=tmp_path / "curve.png")
    assert solver.iter == 50
    assert [one for one in tmp_path.iterdir() if "part" in one.name] == []


def test_a_notebook_shows_one_picture_anew(tested: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    shown: list[str] = []

    class Handle:
        def update(self, picture: Any) -> None:
            shown.append("update")

    def display(picture: Any, display_id: bool) -> Handle:
        shown.append("display")
        return Handle()

    ipython, module = type(sys)("IPython"), type(sys)("IPython.display")
    shell = type("Shell", (), {"kernel": object()})()
    ipython.get_ipython = lambda: shell  # type: ignore[attr-defined]
    module.display, module.Image = display, lambda filename: filename  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    caffe.get_solver(tested).solve(plot=True)
    assert shown[0] == "display"
    assert set(shown[1:]) == {"update"}


def test_without_matplotlib(tested: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    solver = caffe.get_solver(tested)
    with pytest.raises(caffe.UnsupportedError, match="pip install matplotlib"):
        solver.solve(plot=True)
    assert solver.iter == 0
