"""caffe.plot: training logs."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path
from typing import Any

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


@pytest.mark.parametrize(
    ("dates", "days"),
    [
        ("1120 1121 1122 1122", [0, 1, 2, 2]),
        ("1230 1231 0101 0102", [0, 1, 2, 3]),
        ("1231 0101 1231 0101", [0, 1, 0, 1]),  # lines of two threads at midnight
        ("0228 0301", [0, 1]),
        ("0228 0229 0301", [0, 1, 2]),
        ("1231 0101 0228 0229 0301", [0, 1, 59, 60, 61]),
        ("1120 1124", [0, 4]),
        ("20231231 20240101 20240228 20240301 20250301", [0, 1, 59, 61, 426]),
    ],
)
def test_days_go_on(dates: str, days: list[int]) -> None:
    said = [
        f"I{one} 10:00:{i:02}.5  1234 solver.cpp:237] Iteration {i}, loss = 1"
        for i, one in enumerate(dates.split())
    ]
    seconds = [point.seconds for point in plot.parse_log(said).train]
    assert seconds == [day * 86400 + i for i, day in enumerate(days)]


def test_outputs_of_several_values() -> None:
    log = plot.parse_log(
        [
            *lines({0: {"accuracy": 0.5}}),
            *(f"{HEAD}     Test net output #{i}: classes = {i / 10}" for i in (1, 2, 3)),
            f"{HEAD} Iteration 0, loss = 2",
            *(f"{HEAD}     Train net output #{i}: loss = {i}" for i in (0, 1)),
            f"{HEAD}     Train net output #2: classes = 4",
            *lines({10: {"classes": 0.4}}),  # and there the log ends
        ]
    )
    assert log.test[0].values == {
        "accuracy": 0.5,
        "classes[0]": 0.1,
        "classes[1]": 0.2,
        "classes[2]": 0.3,
    }
    assert log.train[0].values == {
        "loss": 2,
        "batch loss[0]": 0,
        "batch loss[1]": 1,
        "classes": 4,
    }
    assert log.test[1].values == {"classes[0]": 0.4}


@pytest.mark.parametrize("cut", ["1.2e-", "1e", "-", "+", "", "n", "-na", "in", "1.2.", "1.#IND"])
def test_a_number_that_is_cut_off_is_none(cut: str) -> None:
    log = plot.parse_log(
        [
            *lines({0: {"accuracy": 0.5, "training": 3}}),
            f"{HEAD} Iteration 0, lr = {cut}",
            f"{HEAD}     Train net output #0: loss = {cut}",
            f"{HEAD}     Test net output #1: loss = {cut}",
            f"{HEAD} Iteration 20, loss = {cut}",
            f"{HEAD}     Train net output #0: accuracy = 0.9",  # not the point's before it
        ]
    )
    assert log.train[0].values == {"loss": 3}
    loss = log.train[1].values.pop("loss", None)
    assert loss is None if "#" not in cut else loss is not None and math.isnan(loss)
    assert log.train[1].values == {"accuracy": 0.9}
    assert [point.values for point in log.test] == [{"accuracy": 0.5}]


@pytest.mark.parametrize("number", ["1", "-2.", "+.5", "1.5e-07", "3E+2", "nan", "-nan", "inf"])
def test_numbers(number: str) -> None:
    for after in ("", " (* 1 = 1 loss)", ", m = 0.9"):
        (point,) = plot.parse_log([f"{HEAD} Iteration 20, loss = {number}{after}"]).train
        assert point.values["loss"] == pytest.approx(float(number), nan_ok=True)


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


HEAD = "I1120 00:00:01.000000  1234 solver.cpp:1]"


def lines(points: dict[int, dict[str, float]]) -> list[str]:
    """A log that tests at these iterations; "training" is the loss of the training."""
    said = []
    for iteration, values in points.items():
        said.append(f"{HEAD} Iteration {iteration}, Testing net (#0)")
        for i, (name, value) in enumerate(values.items()):
            if name != "training":
                said.append(f"{HEAD}     Test net output #{i}: {name} = {value}")
        if "training" in values:
            said.append(f"{HEAD} Iteration {iteration}, loss = {values['training']}")
    return said


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The figures that are saved."""
    from matplotlib.figure import Figure

    saved: list[Any] = []
    original = Figure.savefig

    def savefig(self: Any, *arguments: Any, **more: Any) -> None:
        saved.append(self)
        original(self, *arguments, **more)

    monkeypatch.setattr(Figure, "savefig", savefig)
    return saved


def labels(axis: Any) -> list[str]:
    return [text.get_text() for text in axis.get_legend().get_texts()]


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf", ".PNG"])
def test_a_picture(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"curves{suffix}"
    plot.plot_log(LOG.splitlines(), path, "title")
    assert path.read_bytes()[:4] in (b"\x89PNG", b"<?xm", b"%PDF")
    assert path.stat().st_size > 5000


@pytest.mark.parametrize("last", [1.0, 0.5, 0.0])
def test_points_at_the_edge_are_whole(tmp_path: Path, figures: list[Any], last: float) -> None:
    said = lines(
        {i: {"accuracy": 0.1 if i < 3 else last, "loss": 1, "training": 1} for i in range(12)}
    )
    plot.plot_log(said, tmp_path / "curves.png")
    axis = figures[0].axes[1]
    (line,) = axis.lines
    inside = axis.get_window_extent()
    _, y = axis.transData.transform((11, last))
    marker = line.get_markersize() * figures[0].dpi / 72 / 2
    assert inside.y0 + marker <= y <= inside.y1 - marker
    assert labels(axis) == [f"accuracy, at last {last:.2%}"]
    assert axis.get_ylabel() == "accuracy on the test set (%)"
    ticks = [tick.get_text() for tick in axis.get_yticklabels()]
    assert all(float(tick) <= 100 for tick in ticks if tick.lstrip("\u2212"))


def test_where_a_value_is_not_finite(tmp_path: Path, figures: list[Any]) -> None:
    nan, inf = float("nan"), float("inf")
    plot.plot_log(
        lines(
            {
                0: {"loss": 3, "training": 2},
                100: {"loss": inf, "training": nan},
                2000: {"loss": 2, "training": nan},
            }
        ),
        tmp_path / "curves.png",
    )
    (axis,) = figures[0].axes
    assert labels(axis) == [
        "training",
        "training: NaN from iteration 100",
        "test",
        "test: infinite at iteration 100",
    ]
    assert [line.get_xdata()[0] for line in axis.lines if line.get_linestyle() == ":"] == [100, 100]
    plot.plot_log(lines({0: {"training": nan}, 5: {"training": nan}}), tmp_path / "all.png")
    assert "training: NaN from iteration 0" in labels(figures[1].axes[0])


def test_several_logs(tmp_path: Path, figures: list[Any]) -> None:
    for name in ("a", "b"):
        said = lines({0: {"accuracy": 0.5, "loss": 1, "training": 1}})
        (tmp_path / f"{name}.log").write_text("\n".join(said))
    files = [tmp_path / "a.log", str(tmp_path / "b.log")]
    plot.plot_log(files, tmp_path / "list.png")
    plot.plot_log(dict(zip("ab", files)), tmp_path / "dict.png")
    for figure in figures:
        loss, accuracy = figure.axes
        assert labels(loss) == ["a, training", "a, test", "b, training", "b, test"]
        assert labels(accuracy) == ["a, accuracy, at last 50.00%", "b, accuracy, at last 50.00%"]
        colours = [line.get_color() for line in loss.lines]
        assert colours[0] == colours[1] != colours[2] == colours[3]
        assert (loss.get_xlabel(), loss.get_ylabel()) == ("iteration", "loss (logarithmic)")
    with pytest.raises(caffe.InvalidArgumentError, match='"empty" has no lines'):
        plot.plot_log({"good": files[0], "empty": ["nothing"]}, tmp_path / "x.png")
    with pytest.raises(caffe.InvalidArgumentError, match="no logs"):
        plot.plot_log({}, tmp_path / "x.png")


def test_a_file_of_several_is_missing(tmp_path: Path, figures: list[Any]) -> None:
    there, missing = tmp_path / "there.log", tmp_path / "none.log"
    there.write_text(LOG)
    for files in ([there, missing], [str(there), str(missing)], [str(missing), bytes(there)]):
        with pytest.raises(caffe.FileError, match="none.log"):
            plot.plot_log(files, tmp_path / "x.png")
    # A log's lines, of which one is by chance the name of a file.
    plot.plot_log([str(there), *LOG.splitlines()], tmp_path / "x.png")
    assert labels(figures[0].axes[0]) == ["training", "test"]


def test_paths_of_bytes(tmp_path: Path, figures: list[Any]) -> None:
    names = [os.fsencode(tmp_path / name) for name in ("a.log", "b\udcff.log")]
    for name in names:
        Path(os.fsdecode(name)).write_text(LOG)
    assert plot.parse_log(names[0]) == plot.parse_log(LOG.splitlines())
    plot.plot_log(names[1], os.fsencode(tmp_path / "one.png"))
    plot.plot_log([names[0], str(tmp_path / "a.log")], tmp_path / "two.png")
    plot.plot_log({"x": names[0]}, tmp_path / "three.png")
    assert len(list(tmp_path.glob("*.png"))) == 3
    assert labels(figures[2].axes[0]) == ["x, training", "x, test"]
    with pytest.raises(caffe.FileError, match="c.log"):
        plot.parse_log(b"c.log")


def test_losses_and_accuracies_of_many_names(tmp_path: Path, figures: list[Any]) -> None:
    values = {"loss1/top-5": 0.5, "loss2/loss": 1, "loss3/loss3": 0, "detection_eval": 0.2}
    plot.plot_log(lines({0: values, 10: values}), tmp_path / "curves.png")
    loss, accuracy = figures[0].axes
    assert labels(loss) == ["test: loss2/loss", "test: loss3/loss3"]
    assert loss.get_yscale() == "linear"  # there is a 0
    assert [text.split(",")[0] for text in labels(accuracy)] == ["detection_eval", "loss1/top-5"]
    for axis in (loss, accuracy):
        assert len({line.get_color() for line in axis.lines}) == 2


def test_what_is_an_accuracy(tmp_path: Path, figures: list[Any]) -> None:
    said = ["Acc@1", "acc", "acc1", "mean_iou", "accept", "test_acc", "top5_acc", "vaccine"]
    plot.plot_log(lines({0: dict.fromkeys(said, 0.5)}), tmp_path / "curves.png")
    words = [text.split(",")[0] for text in labels(figures[0].axes[1])]
    assert words == ["Acc@1", "acc", "acc1", "test_acc", "top5_acc"]


def test_names_stand_as_they_are(tmp_path: Path, figures: list[Any]) -> None:
    values = {"_loss": 1, "$\\y$loss": 2, "loss": float("nan"), "_acc": 0.5, "acc$\\frac$": 0.5}
    for suffix in ("png", "svg"):
        path = tmp_path / f"curves.{suffix}"
        plot.plot_log(lines({0: values, 5: values}), path, r"costs $\y$")
        assert path.stat().st_size > 5000
    loss, accuracy = figures[0].axes
    assert labels(loss) == [
        r"test: $\y$loss",
        "test: _loss",
        "test: loss",
        "test: loss: NaN from iteration 0",
    ]
    assert labels(accuracy) == ["_acc, at last 50.00%", r"acc$\frac$, at last 50.00%"]
    plot.plot_log({"_a": lines({0: {"training": 1}})}, tmp_path / "one.png")
    assert labels(figures[2].axes[0]) == ["_a, training"]
    colours = [handle.get_color() for handle in loss.get_legend().legend_handles]
    assert colours == [line.get_color() for line in loss.lines]


def test_nothing_to_plot(tmp_path: Path) -> None:
    with pytest.raises(caffe.InvalidArgumentError, match="nothing to plot"):
        plot.plot_log(["no log"], tmp_path / "x.png")
    with pytest.raises(caffe.InvalidArgumentError, match="nothing to plot"):
        plot.plot_log(lines({0: {"mean_iou": 0.5}}), tmp_path / "x.png")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(caffe.FileError, match="none"):
        plot.parse_log(tmp_path / "none.log")
    for name in ("curves", "curves.bmp3"):
        with pytest.raises(caffe.InvalidArgumentError, match="has to end in.*png"):
            plot.plot_log(LOG.splitlines(), tmp_path / name)
    with pytest.raises(caffe.FileError, match="nowhere"):
        plot.plot_log(LOG.splitlines(), tmp_path / "nowhere/curves.png")


def test_without_matplotlib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(caffe.UnsupportedError, match=r"pip install libcaffe\[plots\]"):
        plot.plot_log(LOG.splitlines(), tmp_path / "x.png")


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, picture = tmp_path / "train.log", tmp_path / "curves.png"
    log.write_text(LOG)
    assert plot.main([str(log), str(picture)]) == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    other = tmp_path / "other.log"
    other.write_text(LOG)
    assert plot.main([str(log), str(other), str(tmp_path / "both.svg"), "--title", "both"]) == 0
    assert (tmp_path / "both.svg").exists()
    assert plot.main([str(tmp_path / "none.log"), str(picture)]) == 1
    assert "none.log" in capsys.readouterr().err
