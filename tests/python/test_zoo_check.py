"""`caffe zoo check`: nets run and steps trained, rows and their tables, cards."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import caffe
import pytest

pytest.importorskip("lmdb")
pytest.importorskip("PIL")

from caffe.zoo import check, definitions, listed, plan, repair, report, trial
from caffe.zoo.definitions import DEPLOY
from support.zoo_check import (
    ACCURACY,
    BODY,
    DATABASE,
    DEPLOY_NET,
    INPUT,
    LOSS,
    SOLVER_TEXT,
    V1_DEPLOY,
    write,
)

pytestmark = pytest.mark.usefixtures("quiet", "stand_ins")


def test_a_step_of_a_solver(tmp_path: Path) -> None:
    write(tmp_path, deploy=DEPLOY_NET, train_val=DATABASE + BODY + ACCURACY + LOSS)
    write(tmp_path, solver=SOLVER_TEXT.format("models/small/train_val.prototxt"))
    trials = plan.trials(definitions.find(tmp_path), tmp_path)
    assert [(one.path.name, one.job.what) for one in trials] == [
        ("deploy.prototxt", "forward"),
        ("solver.prototxt", "train"),
    ]
    forward, step = (trial.run(one.job) for one in trials)
    assert (forward.error, forward.layers, forward.batch, forward.parameters) == ("", 5, 1, 2117)
    assert forward.types == {
        "Input": 1,
        "Convolution": 1,
        "ReLU": 1,
        "InnerProduct": 1,
        "Softmax": 1,
    }
    assert forward.forward_ms > 0
    assert step.error == ""
    assert step.scores.keys() == {"accuracy", "loss"}
    assert "batches of 2 instead of 64" in step.notes


def test_nets_of_other_names_are_found(tmp_path: Path) -> None:
    train = DATABASE + BODY + LOSS
    write(tmp_path, voc_train=train, voc_test=DATABASE + BODY + ACCURACY, other=DEPLOY_NET)
    write(
        tmp_path,
        solver='train_net: "x/Train.prototxt" test_net: "x/Test.prototxt" base_lr: 1 test_iter: 1',
    )
    step = plan.trials(definitions.find(tmp_path), tmp_path)[-1]
    assert {name: Path(path).name for name, path in step.job.nets.items()} == {
        "train_net": "voc_train.prototxt",
        "test_net": "voc_test.prototxt",
    }
    assert "Train.prototxt is not there, voc_train.prototxt is taken" in step.notes


def test_a_net_within_its_solver(tmp_path: Path) -> None:
    net = DATABASE + BODY + LOSS
    write(tmp_path, solver=f'base_lr: 0.1 lr_policy: "fixed" net_param {{ {net} }}')
    (step,) = plan.trials(definitions.find(tmp_path), tmp_path)
    assert trial.run(step.job).error == ""


def test_a_solver_without_any_net_is_told(tmp_path: Path) -> None:
    write(tmp_path, solver=SOLVER_TEXT.format("gone.prototxt"))
    with pytest.raises(caffe.NotFoundError, match="gone.prototxt, is not beside it"):
        plan.trials(definitions.find(tmp_path), tmp_path)


def test_each_stage_is_a_net(tmp_path: Path) -> None:
    stages = "".join(
        DATABASE.replace("top:", f'include {{ phase: TEST stage: "{stage}" }} top:', 1)
        for stage in ("near", "far")
    )
    train = DATABASE.replace("top:", "include { phase: TRAIN } top:", 1)
    write(tmp_path, train=train + stages + BODY + LOSS + ACCURACY)
    trials = plan.trials(definitions.find(tmp_path), tmp_path)
    assert [(one.job.what, one.job.stages) for one in trials] == [
        ("forward", ["near"]),
        ("forward", ["far"]),
        ("train", ["near"]),
        ("train", ["far"]),
    ]
    assert [trial.run(one.job).error for one in trials[:2]] == ["", ""]


def run(capfd: pytest.CaptureFixture[str], *arguments: Any) -> tuple[int, str, str]:
    status = check.main([str(one) for one in arguments])
    out, err = capfd.readouterr()
    return status, out, err


def test_a_tree_becomes_a_table(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("onnxruntime")
    tree = tmp_path / "tree"
    write(tree / "small", deploy=DEPLOY_NET, train_val=DATABASE + BODY + ACCURACY + LOSS)
    write(tree / "small", solver=SOLVER_TEXT.format("train_val.prototxt"))
    write(tree / "bvlc_alexnet", deploy=V1_DEPLOY)
    table, values = tmp_path / "docs" / "zoo.md", tmp_path / "zoo.json"
    status, out, _ = run(capfd, tree, "--write", table, "--json", values)
    assert status == 0, out
    assert out.splitlines()[-1] == "2 of 2 models are right and run"

    text = table.read_text()
    head, *rows = (line for line in text.splitlines() if line.startswith("|"))
    assert head.startswith("| model | definitions | layers |")
    assert [row.split(" | ")[0] for row in rows[1:]] == [
        "| [AlexNet](#alexnet)",
        "| [small](#small)",
    ]  # listed ones first
    for row in rows:
        assert all(cell.strip() for cell in row.strip("|").split("|"))
    assert f"{os.cpu_count()} cores of " in text
    assert "1 deploy, 1 train, 1 solver; current" in text
    assert "| 2,117 |" in text
    assert "`solver.prototxt`: training step, loss" in text

    found = json.loads(values.read_text())
    small = found[1]
    assert [run["result"]["error"] for run in small["runs"]] == ["", ""]
    assert small["runs"][0]["result"]["onnx"] == "equal"
    assert small["errors"] == []
    assert [row.title for row in report.from_json(found)] == ["AlexNet", "small"]


def test_what_went_well_is_not_run_again(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "one", deploy=DEPLOY_NET)
    values = tmp_path / "zoo.json"
    arguments = (tmp_path / "one", "--json", values, "--resume", "--no-onnx", "--quick")
    assert run(capfd, *arguments)[0] == 0
    (tmp_path / "one" / "deploy.prototxt").write_text(
        DEPLOY_NET.replace("num_output: 5", "num_output: 6")
    )
    assert run(capfd, *arguments)[1] == "1 of 1 models are right and run\n"

    # What is known of later models is kept while an earlier one runs.
    write(tmp_path / "a", deploy=DEPLOY_NET)

    def interrupted(*job: Any) -> trial.Result:
        known = json.loads(values.read_text())
        assert [row["title"] for row in known] == seen.pop(0)
        if not seen:
            raise KeyboardInterrupt
        return trial.Result()

    monkeypatch.setattr(check, "_in_child", interrupted)
    write(tmp_path / "b", deploy=DEPLOY_NET)
    seen = [["one"], ["a", "one"]]
    with pytest.raises(KeyboardInterrupt):
        check.main([str(one) for one in (tmp_path / "a", tmp_path / "b", *arguments)])
    monkeypatch.undo()

    values.write_text("[1]")
    status, _, err = run(capfd, *arguments)
    assert (status, "cannot be gone on from" in err) == (1, True)


def test_a_mistake_fails_and_is_mended_beside(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    wrong = DEPLOY_NET.replace('type: "Softmax"', "type: Softmax")
    folder = write(tmp_path / "wrong", deploy=wrong)
    options = (folder, "--no-onnx", "--quick", "--to", tmp_path / "mended")
    status, out, _ = run(capfd, *options)
    assert status == 1
    place = f"{folder}/deploy.prototxt:6: a string needs quotes"
    assert f'{place}: "Softmax" (--fix writes a mended copy)' in out
    assert not (tmp_path / "mended").exists()

    status, out, _ = run(capfd, *options, "--fix")
    assert status == 0
    assert f"mended  {place}" in out
    assert (folder / "deploy.prototxt").read_text() == wrong
    assert (tmp_path / "mended" / "wrong" / "deploy.prototxt").read_text() == DEPLOY_NET

    assert run(capfd, folder, "--no-onnx", "--quick", "--fix", "--to", folder)[0] == 0
    assert (folder / "deploy.prototxt").read_text() == DEPLOY_NET


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "has no definition"),
        ({"labels": 'item { name: "a" label: 1 }'}, "neither nets nor solvers"),
        (
            {"deploy": INPUT.replace("}", "", 1) + 'layer { name: "a" name: "b" }'},
            "deploy.prototxt:1:",
        ),
        (
            {"deploy": INPUT + BODY.replace('bottom: "conv" top: "ip"', 'bottom: "cnv" top: "ip"')},
            "cnv",
        ),
        ({"deploy": DEPLOY_NET, "solver": SOLVER_TEXT.format("gone.prototxt")}, "gone.prototxt"),
    ],
)
def test_what_fails_is_a_row(
    files: dict[str, str], said: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = write(tmp_path / "m", **files)
    status, out, _ = run(capfd, folder, "--no-onnx", "--quick", "--write", tmp_path / "a.md")
    assert status == 1
    assert said in out
    assert "0 of 1 models" in out
    row = [line for line in (tmp_path / "a.md").read_text().splitlines() if line.startswith("|")][
        -1
    ]
    assert all(cell.strip() for cell in row.strip("|").split("|"))
    told = (tmp_path / "a.md").read_text().split("## What was run")[1]
    assert said in told


def test_a_model_without_a_definition_says_where_to_look() -> None:
    for one in listed.MODELS:
        row, published = check._ours(one)
        if not published:
            assert report.cells(row)[1:3] == ["none here", "no definition"]
            assert f"`caffe zoo info {one.card}`" in report.cells(row)[-1]


def test_runs_of_files_with_one_name_say_their_folders() -> None:
    result = trial.Result(forward_ms=1500, memory=3 << 20, layers=2, types={"Input": 1, "ReLU": 1})
    runs = [report.Run(f"x/{folder}/a.prototxt", "forward", [], result) for folder in ("b", "c")]
    row = report.Row("M (1)", folders=["x/b", "x/c"], runs=runs, mended=["x/c/a.prototxt:1: a"])
    page = report.markdown([row], "check")
    assert "- mended: `c/a.prototxt:1: a`\n" in page
    assert "| [M (1)](#m-1) |" in page
    said = "forward 1,500 ms, batch 0, 3.0 MiB, 2 of 2 types"
    assert f"- `b/a.prototxt`, `c/a.prototxt`: {said}\n" in page


@pytest.mark.parametrize(("load", "said"), [(0.4, False), (7.25, True)])
def test_a_page_says_that_the_machine_was_busy(
    load: float, said: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(os, "getloadavg", lambda: (0.0, 0.0, load))
    page = report.markdown([report.Row("M")], "check")
    assert ("which other programs loaded as well (load 7.2)" in page) == said


def test_a_page_says_losses_and_checksums_in_short() -> None:
    steps = [
        report.Run("solver.prototxt", "train", [], trial.Result(loss=loss, scores={"test": 0.25}))
        for loss in (241086.5, 6.78901)
    ]
    lacks = ["labels", "a checksum of a", "expected", "a checksum of b"]
    page = report.markdown([report.Row("M", "a task", runs=steps, unknown=lacks)], "check")
    assert "training step, loss 241,086 (test: test 0.25)\n" in page
    assert "training step, loss 6.789 (" in page
    assert "; not in the card: labels, expected, checksums of 2 files\n" in page
    page = report.markdown([report.Row("M", "a task", unknown=lacks[:2])], "check")
    assert "; not in the card: labels, a checksum of a\n" in page


def test_the_deploy_net_of_a_models_own_folder_stands_for_it() -> None:
    files = {
        "netscope_fcn8s_pascal/deploy": DEPLOY,
        "voc-fcn8s/val": "train",
        "voc-fcn8s/deploy": DEPLOY,
    }
    names = [f"x/fcn/{name}.prototxt" for name in files]
    runs = [report.Run(name, "forward", [], trial.Result()) for name in names]
    row = report.Row("FCN-8s PASCAL", runs=runs)
    row.files = [{"name": a, "kind": b, "format": "V1"} for a, b in zip(names, files.values())]
    assert row.forward is runs[2]
    assert report.markdown([row], "check").index("`deploy.prototxt`") > 0
    runs[2].result.error = "no"
    assert row.forward is runs[0]
    runs[0].result.error = "no"
    assert row.forward is runs[1]


def test_no_such_model(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capfd, tmp_path / "nowhere")
    assert (status, err.startswith("caffe zoo check: ")) == (1, True)
    write(tmp_path / "m", deploy=DEPLOY_NET)
    status, _, err = run(
        capfd,
        tmp_path / "m",
        "--quick",
        "--no-onnx",
        "--write",
        tmp_path / "m/deploy.prototxt/a.md",
    )
    assert (status, "cannot be written" in err) == (1, True)


def child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, seconds: float = 60
) -> trial.Result:
    script = tmp_path / "child.py"
    script.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{code}'\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    return check._in_child(tmp_path / "job", tmp_path / "result", seconds)


def test_a_crash_and_a_hang_are_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crash = f"import os; os.kill(os.getpid(), {int(signal.SIGABRT)})"  # one that no sanitizer takes for itself
    assert child(tmp_path, monkeypatch, crash).error.startswith("ended by SIGABRT")


def test_a_hang_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    error = child(tmp_path, monkeypatch, "import time; time.sleep(1000)", seconds=1).error
    assert error == "took more than 1 seconds (--seconds allows more)"


def test_a_child_that_fails_says_what(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (
        child(tmp_path, monkeypatch, 'raise SystemExit("no memory")').error
        == "ended with status 1: no memory"
    )


def test_the_card_is_checked_with_its_files(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = write(tmp_path / "m", deploy=DEPLOY_NET)
    net = caffe.Net.from_text(DEPLOY_NET, caffe.TEST)
    net.save(folder / "w.caffemodel")
    size = (folder / "w.caffemodel").stat().st_size
    card = "---\nname: M\ncaffemodel: w.caffemodel\ncard: 2\ntask: {}\nfiles:\n- {{name: w.caffemodel, role: weights, "
    card += "size: {}}}\n- {{name: deploy.prototxt, note: another's}}\n---\n"
    (folder / "readme.md").write_text(card.format("image classification", size))
    options = (folder, "--quick", "--no-onnx", "--write", tmp_path / "a.md")
    assert run(capfd, *options)[0] == 0
    text = (tmp_path / "a.md").read_text()
    assert "\n- image classification; weights: no address, no checksum; not in the card: " in text
    assert "| deploy.prototxt: another's |" in text
    (folder / "readme.md").write_text(card.format("image classification", size + 1))
    status, out, _ = run(capfd, *options)
    assert (status, "w.caffemodel: " in out) == (1, True)
    (folder / "readme.md").write_text(card.format("[1, 2]", size))
    status, out, _ = run(capfd, *options)
    assert (status, "readme.md:5" in out) == (1, True)


def test_a_card_stands_for_definitions_that_are_elsewhere(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = write(tmp_path / "far")
    (folder / "readme.md").write_text("---\nname: Far\ncard: 2\ntask: retrieval\n---\n")
    status, out, _ = run(capfd, folder, "--write", tmp_path / "a.md")
    assert (status, out.splitlines()[0]) == (0, "ok      far")
    row = (tmp_path / "a.md").read_text().split("\n| [far](#far) | ")[1].splitlines()[0]
    assert "caffe zoo download far" in row
    assert all(cell.strip() for cell in row.strip("|").split("|"))


@pytest.mark.parametrize(("value", "status"), [(1, 0), (0.5, 1)])
def test_weights_that_are_there_give_the_expected_answer(
    value: float, status: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from PIL import Image

    flat = DEPLOY_NET.replace("num_output: 5", "num_output: 1")  # whose probability is 1
    folder = write(tmp_path / "m", deploy=flat)
    caffe.Net.from_text(flat, caffe.TEST).save(folder / "w.caffemodel")
    Image.new("RGB", (12, 12)).save(folder / "black.png")
    (folder / "readme.md").write_text(
        "---\nname: M\ncaffemodel: w.caffemodel\ncard: 2\ninputs:\n- {name: data, shape: [1, 3, 12, 12], order: BGR}\n"
        f"expected:\n  image: black.png\n  output: prob\n  top:\n  - {{index: 0, value: {value}}}\n---\n"
    )
    found, out, _ = run(capfd, folder, "--quick", "--no-onnx")
    assert found == status, out
    assert ("the card expects 0.5" in out) == bool(status)


def test_listed_models_are_those_of_the_documents(shared: Path) -> None:
    published = shared / "zoo" / "models"
    empty = []
    for model in listed.MODELS:
        if not any(
            model.has(path)
            for folder in definitions.folders(published)
            for path in folder.iterdir()
        ):
            empty.append(model.title)
    assert empty == ["FCN-16s NYUDv2"]


@pytest.mark.parametrize(
    ("folder", "status", "said"),
    [
        ("bvlc_examples/siamese", 0, "training"),
        ("facial_landmark_vanillacnn", 0, "training"),
        ("nin_cifar10", 0, "training"),
    ],
)
def test_published_models_run(
    folder: str, status: int, said: str, shared: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    found, out, _ = run(capfd, shared / "zoo" / "models" / folder, "--quick", "--no-onnx")
    assert found == status, out
    assert said in out


def test_published_mistakes_are_mended(shared: Path) -> None:
    published = shared / "zoo" / "models"
    mended = {}
    for folder in definitions.folders(published):
        for one in definitions.find(folder):
            right, changes = repair.mend(one)
            assert right.problem is None, one.path
            if changes:
                mended[str(one.path.relative_to(published))] = [change.line for change in changes]
    assert mended == {
        "fcn/netscope_fcn16s/deploy.prototxt": [15, 18, 4, 116, 104, 18],
        "recurrent_youtube/poolmean.prototxt": [57],
        "video2text_vgg_mean_pool/poolmean.prototxt": [57],
        "yearbook/deploy.prototxt": [17],
        "yearbook/train_val.prototxt": [17, 37],
    }
