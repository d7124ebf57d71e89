"""glog's flags and variables: which lines go to stderr, which to files, and what those are called."""
from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest
from cli_tool import BUILD, ROOT, Tool, on_terminal

PREFIX = re.compile(r"[DIWE]\d{4} \d\d:\d\d:\d\d\.\d{6} +\d+ [\w.]+:\d+\] ")


@pytest.fixture(autouse=True)
def learner(tool: Tool) -> None:
    tool.learner("max_iter: 2 display: 1")
    (tool.folder / "logs").mkdir()


def logs(tool: Tool, severity: str = "INFO", program: str = "caffe") -> list[Path]:
    """The files, not the links to them."""
    return [path for path in sorted((tool.folder / "logs").glob(f"{program}.*.log.{severity}.*"))]


def lines(path: Path) -> list[str]:
    """What stands behind the header."""
    text = path.read_text().splitlines()
    assert re.fullmatch(r"Log file created at: \d{4}/\d\d/\d\d \d\d:\d\d:\d\d", text[0])
    assert text[1] == f"Running on machine: {os.uname().nodename}"
    assert text[2] == "Log line format: [IWEF]mmdd hh:mm:ss.uuuuuu threadid file:line] msg"
    return text[3:]


@pytest.mark.parametrize("flags", [["--log_dir=logs"], ["-log_dir", "logs"], ["-alsologtostderr", "-log_dir=logs"]])
def test_the_log_is_in_a_file_and_on_stderr(tool: Tool, flags: list[str]) -> None:
    done = tool("train", "-solver", "solver.prototxt", *flags)
    assert done.status == 0
    (info,) = logs(tool)
    assert re.fullmatch(rf"caffe\.{re.escape(os.uname().nodename)}\.[^.]+\.log\.INFO\.\d{{8}}-\d{{6}}\.\d+", info.name)
    assert lines(info) == done.log.splitlines()
    assert PREFIX.match(lines(info)[0]) and PREFIX.match(lines(info)[-1])
    assert (tool.folder / "logs" / "caffe.INFO").resolve() == info
    assert (tool.folder / "logs" / "caffe.INFO").readlink() == Path(info.name)


def test_glogs_variable_asks_for_files(tool: Tool) -> None:
    tool.environment |= {"GLOG_log_dir": str(tool.folder / "logs"), "GLOG_stderrthreshold": "3"}
    done = tool("train", "-solver", "solver.prototxt")
    assert (done.status, done.log) == (0, "")
    assert any("Optimization Done" in line for line in lines(*logs(tool)))


def test_flags_go_before_variables(tool: Tool) -> None:
    tool.environment |= {"GLOG_log_dir": "nowhere", "GLOG_minloglevel": "2", "GLOG_logtostderr": "1"}
    done = tool("train", "-solver", "solver.prototxt", "-log_dir=logs", "-minloglevel=0", "-logtostderr=false")
    assert done.status == 0
    assert lines(*logs(tool)) == done.log.splitlines() != []


@pytest.mark.parametrize(("flags", "shown"), [
    (["-stderrthreshold=0"], True), (["-stderrthreshold=1"], False), (["-alsologtostderr=0"], False),
    (["-minloglevel=1"], False), (["-minloglevel=0", "-noalsologtostderr"], False), (["-logtostderr=0"], True),
    (["-v=1"], True), (["-vmodule=net=1"], True), (["-logbufsecs=0"], True), (["-log_backtrace_at=net.cpp:1"], True),
    (["-colorlogtostderr"], True), (["-stop_logging_if_full_disk", "-max_log_size=1"], True),
])
def test_what_stderr_shows(tool: Tool, flags: list[str], shown: bool) -> None:
    done = tool("train", "-solver", "solver.prototxt", *flags)
    assert done.status == 0
    assert ("Optimization Done" in done.log) == shown
    assert not list((tool.folder / "logs").iterdir())
    assert "does not look at flag" not in done.log


def test_only_stderr(tool: Tool) -> None:
    done = tool("train", "-solver", "solver.prototxt", "-log_dir=logs", "-logtostderr")
    assert "Optimization Done" in done.log
    assert not list((tool.folder / "logs").iterdir())


def test_without_prefix(tool: Tool) -> None:
    done = tool("train", "-solver", "solver.prototxt", "-log_prefix=false")
    assert "Optimization Done.\n" in done.log
    assert not PREFIX.search(done.log)


def test_warnings_and_errors_have_files_of_their_own(tool: Tool) -> None:
    assert tool("train", "-solver", "solver.prototxt", "-iterations=3", "-log_dir=logs").status == 0
    assert len(lines(*logs(tool, "WARNING"))) == 1
    assert not logs(tool, "ERROR")
    done = tool("train", "-solver", "no.prototxt", "-log_dir=logs", "-stderrthreshold=3")
    assert done.status == 1
    assert done.log == f"caffe: error: {lines(*logs(tool, 'ERROR'))[0].split('] ')[1]}\n"


def test_every_command_takes_them(tool: Tool) -> None:
    for command in (["device_query"], ["time", "-model", "net.prototxt", "-iterations=1"]):
        done = tool(*command, "-log_dir=logs", "-stderrthreshold=3")
        assert (done.status, done.log) == (0, ""), command
    assert len(logs(tool)) == 2
    link = tool.folder / "upgrade_solver_proto_text"
    link.symlink_to(tool.program)
    done = Tool(link, tool.folder)("solver.prototxt", "new.prototxt", "--log_dir", "logs", "--stderrthreshold=3")
    assert (done.status, done.log) == (0, "")
    assert "Wrote upgraded" in lines(*logs(tool, program="upgrade_solver_proto_text"))[-1]


@pytest.mark.parametrize(("folder", "reason"), [("nowhere", "No such file or directory"),
                                                ("net.prototxt", "Not a directory")])
def test_a_folder_that_is_none(tool: Tool, folder: str, reason: str) -> None:
    done = tool("train", "-solver", "solver.prototxt", "-log_dir", folder)
    assert done.status == 1
    assert done.log == f'caffe: error: the log cannot be written to the folder "{folder}": {reason}\n'
    assert not list(tool.folder.glob("s_iter_*"))


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission(tool: Tool) -> None:
    (tool.folder / "logs").chmod(0o500)
    assert "Permission denied" in tool("train", "-solver", "solver.prototxt", "-log_dir=logs").last


@pytest.mark.skipif(not os.access("/dev/full", os.W_OK), reason="no /dev/full")
def test_a_full_disk_does_not_end_a_training(tool: Tool) -> None:
    """Lines that cannot be written are told of once."""
    limited = Tool(Path("/bin/sh"), tool.folder)
    limited.environment = tool.environment
    done = limited("-c", f"ulimit -f 1; trap '' XFSZ; exec {tool.program} train -solver solver.prototxt "
                         "-log_dir=logs -stderrthreshold=3")
    assert done.log.count("a line of the log cannot be written to its file") == 1
    assert "File too large" in done.log


def test_colours_are_for_terminals(tool: Tool) -> None:
    command = ("train", "-solver", "solver.prototxt", "-iterations=3", "-colorlogtostderr")
    assert "\x1b[" not in tool(*command).log
    tool.environment["TERM"] = "xterm"
    status, seen = on_terminal(tool, *command)
    assert status == 0
    assert re.search(r"\x1b\[33mW\d{4} .*does not look at flag -iterations\x1b\[m", seen)
    tool.environment["TERM"] = "dumb"
    assert "\x1b[33m" not in on_terminal(tool, *command)[1]


def test_a_terminal_shows_what_stderr_is_to_show(tool: Tool) -> None:
    status, seen = on_terminal(tool, "train", "-solver", "solver.prototxt", "-log_dir=logs", "-stderrthreshold=3")
    assert status == 0
    assert "Optimization Done" not in seen
    assert "Optimization Done" in logs(tool)[0].read_text()


def test_flags_from_a_file(tool: Tool) -> None:
    (tool.folder / "flags.txt").write_text("--solver=solver.prototxt\n--log_dir=logs\n--stderrthreshold=3\n")
    done = tool("train", "--flagfile=flags.txt")
    assert (done.status, done.log) == (0, "")
    assert len(logs(tool)) == 1


def test_a_python_program_logs_to_files(tool: Tool) -> None:
    code = ("import os; os.environ['GLOG_log_dir'] = 'logs'; import caffe; "
            "caffe.get_solver('solver.prototxt').step(1)")
    python = Tool(Path(sys.executable), tool.folder)
    python.environment = {**tool.environment, "PYTHONPATH": str(ROOT / "python"),
                          "CAFFE_LIBRARY": str(BUILD / "libcaffe" / "libcaffe.so.2")}
    done = python("-c", code)
    assert (done.status, done.log) == (0, "")
    (info,) = logs(tool, program="python*")
    assert any("Iteration 0" in line for line in lines(info))
