"""The progress line: on a terminal only, and never inside a line of the log."""
from __future__ import annotations

import re

from cli_tool import Tool, on_terminal


def test_progress_on_a_terminal(tool: Tool) -> None:
    tool.learner("max_iter: 3000 display: 500")
    status, seen = on_terminal(tool, "train", "-solver", "solver.prototxt")
    assert status == 0
    shown = re.findall(r"\r\x1b\[KIteration (\d+)/3000  loss \S+  \S+ iter/s  \d+:\d\d left", seen)
    assert shown
    # What stays on the screen: of every line only what was written behind the last return of the carriage.
    lines = [line.rsplit("\r\x1b[K", 1)[-1] for line in seen.replace("\r\n", "\n").split("\n")]
    told = [line for line in lines if re.search(r"Iteration \d+ \(|, lr = |Optimization Done", line)]
    assert len(told) == 2 * 6 + 2
    assert all(re.match(r"I\d{4} [\d:.]+ +\d+ \w+\.cpp:\d+\] ", line) for line in told)
    assert lines[-1] == ""


def test_images_are_counted_on_a_terminal(tool: Tool) -> None:
    (tool.folder / "set/ant").mkdir(parents=True)
    for i in range(50):
        (tool.folder / f"set/ant/{i}.pgm").write_bytes(b"P5 300 300 255 " + bytes(90000))
    status, seen = on_terminal(tool, "convert_imageset", "-folders", "set", "db")
    assert status == 0
    assert "\r\x1b[Kdb: 0 of 50 images" in seen
    assert seen.endswith("\r\x1b[K")


def test_no_progress_elsewhere(tool: Tool) -> None:
    tool.learner("max_iter: 300 display: 100")
    done = tool("train", "-solver", "solver.prototxt")
    assert done.status == 0
    assert "\r" not in done.log
    assert "left" not in done.log
