"""Area cli: the `caffe` command's exit statuses, its log, and the files it writes."""
from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import caffe
import numpy as np
from harness import Case, Mismatch, Options, Skipped, check_close, check_equal, inside
from net_cases import param_of

NUMBER = r"[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|inf|nan)"
# The lines that scripts parse; times and rates are another machine's.
SPOKEN = re.compile(
    r"(?P<file>\w+\.cpp):\d+\] (?P<said> *(?:Iteration \d+|Train net output|Test net output|Snapshotting to|"
    r"Snapshotting solver state to|Resuming from|Learning Rate Policy|Batch \d+,|Loss: |Running for|acc = |loss = |"
    r"Optimization Done|Solving |Querying GPUs|Use CPU|Use GPU|\*\*\* Benchmark|Testing for|Restoring previous).*)")


def spoken(log: str) -> list[str]:
    lines = []
    for line in log.splitlines():
        found = SPOKEN.search(line)
        if found:
            said = re.sub(rf"\({NUMBER} iter/s, {NUMBER}s/\d+ iters\)", "(RATE)",
                          found["said"].replace("-nan", "nan"))
            lines.append(f"{found['file']}] {said.rstrip()}")
    return lines


def check_line(what: str, actual: str, expected: str) -> None:
    check_equal(what, re.sub(NUMBER, "#", actual), re.sub(NUMBER, "#", expected))
    ours, theirs = re.findall(NUMBER, actual), re.findall(NUMBER, expected)
    check_close(f"{what}: numbers of {actual!r}", np.array(ours, float), np.array(theirs, float), rtol=2e-3, atol=1e-4)


def run_command(case: Case, tool: Path, log: str, said: dict[str, object]) -> None:
    command = str(said["command"]).split()
    if command[0] != "caffe":
        return
    environment = {**os.environ, "CAFFE_LOG_LEVEL": "1"}
    done = subprocess.run([str(tool), *command[1:]], capture_output=True, text=True, env=environment, check=False)
    check_equal(f"{log}: exit status ({done.stderr[-400:]})", done.returncode, said["exit_status"])
    where = "Use CPU." if os.environ["CAFFE_DEVICE"] == "cpu" else "Use GPU with device ID 0"
    expected = spoken((case.folder / log).read_text().replace("Use CPU.", where))
    actual = spoken(done.stderr + done.stdout)
    if log == "time.log":  # every number is a time
        expected = [line for line in expected if not re.search(r"time:| ms", line)]
        actual = [line for line in actual if not re.search(r"time:| ms", line)]
    for i, (ours, theirs) in enumerate(zip(actual, expected)):
        check_line(f"{log}, spoken line {i}", ours, theirs)
    if len(actual) != len(expected):
        raise Mismatch(f"{log}: {len(actual)} spoken lines, expected {len(expected)}: "
                       f"{(actual + expected)[min(len(actual), len(expected)):][:1]}")


def check_snapshots(case: Case, folder: Path, options: Options) -> None:
    net = caffe.Net("net.prototxt", caffe.TEST, **options.net)
    for iteration in (5, 10):
        net.copy_from(str(folder / f"snap_iter_{iteration}.caffemodel"))
        for key, value in case.arrays.items():
            name, _, at = key.removeprefix("param:").partition("@")
            if int(at) == iteration:
                check_close(f"{name} of the snapshot at {iteration}", param_of(net, name).data, value, rtol=1e-3,
                            atol=1e-4)


def run(case: Case, options: Options) -> None:
    if options.tool is None:
        raise Skipped("no caffe command; --tool names one")
    options.need_layers_of((case.folder / "net.prototxt").read_text())
    order = ["train.log", "test.log", "resume.log", "time.log", "device_query.log"]
    with inside(case.folder, copy=True) as folder:
        for log in order:
            run_command(case, options.tool, log, case.meta["logs"][log])
            if log == "train.log":
                check_snapshots(case, folder, options)
