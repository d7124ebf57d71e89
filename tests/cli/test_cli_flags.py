"""Commands, flags and their errors: one clear line, exit status 1, no abort."""
from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cli_tool import Tool


def test_no_command_shows_help(tool: Tool) -> None:
    done = tool()
    assert done.status == 0
    for command in ("train", "test", "time", "device_query", "export"):
        assert f"  {command} " in done.out


@pytest.mark.parametrize("command", ["train", "test", "time", "device_query"])
def test_help_of_a_command(tool: Tool, command: str) -> None:
    done = tool(command, "--help")
    assert done.status == 0
    assert done.out.startswith(f"usage: caffe {command} [flags]")
    assert "-threads number" in done.out


def test_version(tool: Tool) -> None:
    done = tool("--version")
    assert done.status == 0
    assert done.out.startswith("version: 2.")


@pytest.mark.parametrize(("arguments", "message"), [
    (["fly"], 'unknown command "fly" (commands: train, test, time, device_query, export, matlab-path, zoo, convert_imageset, '),
    (["trein"], 'unknown command "trein"; did you mean "train"?'),
    (["train"], "-solver is needed: the prototxt of the solver to train with"),
    (["train", "-solver", "net.prototxt", "-snapshot", "a", "-weights", "b"],
     "give -snapshot to continue a training or -weights to finetune, not both"),
    (["train", "-solver", "no.prototxt"], 'no.prototxt'),
    (["train", "-solver", "net.prototxt"], "net.prototxt:"),
    (["train", "--slover=a"], 'unknown flag --slover; did you mean "solver"?'),
    (["train", "-solver"], "flag -solver needs a value (file)"),
    (["train", "-solver", "solver.prototxt", "-sigint_effect", "die"],
     '-sigint_effect is stop, snapshot or none, not "die"'),
    (["train", "-solver", "solver.prototxt", "-snapshot", "no.solverstate"], "no.solverstate"),
    (["train", "-solver", "solver.prototxt", "-weights", "no.caffemodel"], "no.caffemodel"),
    (["train", "-solver", "solver.prototxt", "-gpu", "0"], "-gpu 0: this build of libcaffe has no CUDA"),
    (["train", "-solver", "gpu.prototxt"], "gpu.prototxt: solver_mode: GPU: this build of libcaffe has no CUDA"),
    (["train", "-solver", "solver.prototxt", "-backend", "cuda"], "cuda"),
    (["test"], "-model is needed: the prototxt of the net to score"),
    (["test", "-model", "net.prototxt"], "-weights is needed: the weights to score it with"),
    (["test", "-model", "net.prototxt", "-weights", "x", "-iterations", "0"], "-iterations must be at least 1"),
    (["time"], "-model is needed: the prototxt of the net to time"),
    (["time", "-model", "no.prototxt"], "no.prototxt"),
    (["time", "-model", "net.prototxt", "-phase", "DEPLOY"], '-phase is TRAIN or TEST, not "DEPLOY"'),
    (["time", "-model", "net.prototxt", "-iterations", "ten"], "flag -iterations takes a whole number"),
    (["device_query", "-gpu", "all"], "no CUDA"),
    (["-v=1", "convert_imageset", "a", "b", "c"], "convert_imageset has flags of its own, which stand behind its name"),
    (["train", "more", "-solver", "solver.prototxt"], 'unexpected argument "more" after "train"'),
])
def test_error(tool: Tool, arguments: list[str], message: str) -> None:
    tool.learner("max_iter: 1")
    (tool.folder / "gpu.prototxt").write_text((tool.folder / "solver.prototxt").read_text() + "solver_mode: GPU")
    done = tool(*arguments)
    assert done.status == 1
    assert done.last.startswith("caffe: error: ")
    assert message in done.last
    assert not list(tool.folder.glob("s_iter_*"))


def test_device_cpu_overrides_solver_mode(tool: Tool) -> None:
    tool.learner("max_iter: 1 solver_mode: GPU")
    assert tool("train", "-solver", "solver.prototxt", "-device", "cpu").status == 0


@pytest.mark.parametrize("flags", [
    ["-solver", "solver.prototxt"], ["--solver", "solver.prototxt"], ["-solver=solver.prototxt"],
    ["--solver=solver.prototxt", "--sigint-effect=none", "--logtostderr=1", "-alsologtostderr"],
])
def test_spellings(tool: Tool, flags: list[str]) -> None:
    tool.learner("max_iter: 2")
    assert tool("train", *flags).status == 0
    assert tool(*flags, "train").status == 0
    assert (tool.folder / "s_iter_2.solverstate").exists()


def test_flags_a_command_does_not_know_are_told(tool: Tool) -> None:
    tool.learner("max_iter: 1")
    done = tool("train", "-solver", "solver.prototxt", "-iterations", "5")
    assert done.status == 0
    assert "caffe train does not look at flag -iterations" in done.log


def test_minloglevel_quietens(tool: Tool) -> None:
    tool.learner("max_iter: 1")
    done = tool("train", "-solver", "solver.prototxt", "-minloglevel", "1")
    assert done.status == 0
    assert done.log == ""


def test_lenient_passes_over_unknown_fields(tool: Tool) -> None:
    tool.learner("max_iter: 1 no_such_field: 3")
    done = tool("train", "-solver", "solver.prototxt")
    assert done.status == 1
    assert "no_such_field" in done.last
    assert tool("train", "-solver", "solver.prototxt", "-lenient").status == 0


def test_level_and_stage_reach_the_net(tool: Tool) -> None:
    tool.learner("max_iter: 1")
    net = tool.folder / "net.prototxt"
    net.write_text(net.read_text() + """
layer { name: "staged" type: "Silence" bottom: "hidden" include { stage: "extra" min_level: 2 } }""")
    with_both = tool("train", "-solver", "solver.prototxt", "-level", 2, "-stage", "other,extra")
    assert "Creating Layer staged" in with_both.log
    assert "Creating Layer staged" not in tool("train", "-solver", "solver.prototxt", "-level", 2).log
    assert "Creating Layer staged" not in tool("time", "-model", "net.prototxt", "-iterations", 1).log
    assert "Creating Layer staged" in tool("time", "-model", "net.prototxt", "-iterations", 1, "-level", 3, "-stage",
                                           "extra").log


def test_device_query(tool: Tool) -> None:
    done = tool("device_query")
    assert done.status == 0
    assert "caffe.cpp" in done.log
    assert "Querying GPUs" in done.log
    assert "device: cpu" in done.out


@pytest.mark.parametrize("arguments", [["device_query"], ["--version"], ["convert_imageset", "-help"]])
def test_output_that_cannot_be_written_is_an_error(tool: Tool, arguments: list[str]) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run([tool.program, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "caffe: error: standard output cannot be written"


def test_tool_does_not_write_elsewhere(tool: Tool, tmp_path: Path) -> None:
    tool.learner("max_iter: 2 snapshot: 1")
    tool("train", "-solver", "solver.prototxt")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "net.prototxt", "s_iter_1.caffemodel", "s_iter_1.solverstate", "s_iter_2.caffemodel", "s_iter_2.solverstate",
        "solver.prototxt"]
