"""Running the `caffe` command, and a small training without files."""
from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "python"))
SHARED = Path(os.environ.get("CAFFE_SHARED", ROOT.parent / "shared"))
BUILD = Path(os.environ.get("CAFFE_BUILD", ROOT / "build"))

# Every pass sees other data and drops other values: a resumed training shows whether it is where it should be.
NET = """
name: "learner"
layer { name: "data" type: "DummyData" top: "data" top: "target" dummy_data_param {
  shape { dim: 4 dim: 10 } shape { dim: 4 dim: 3 } data_filler { type: "gaussian" } data_filler { type: "uniform" } } }
layer { name: "hidden" type: "InnerProduct" bottom: "data" top: "hidden"
  inner_product_param { num_output: WIDTH weight_filler { type: "xavier" } } }
layer { name: "drop" type: "Dropout" bottom: "hidden" top: "hidden" }
layer { name: "ip" type: "InnerProduct" bottom: "hidden" top: "ip"
  inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }
layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "target" top: "loss" }
"""
SOLVER = """
net: "net.prototxt"
base_lr: 0.01
momentum: 0.9
lr_policy: "fixed"
snapshot_prefix: "s"
random_seed: 3
"""


@dataclass
class Done:
    status: int
    out: str
    log: str

    @property
    def last(self) -> str:
        """The last line on stderr: the error, when there was one."""
        return self.log.strip().splitlines()[-1] if self.log.strip() else ""

    def said(self, pattern: str) -> list[str]:
        """What a pattern found in the log."""
        return re.findall(pattern, self.log)


def take_signals() -> None:
    """As a program in the foreground begins: where the tests run behind nohup, a hang-up is ignored."""
    for each in (signal.SIGINT, signal.SIGHUP):
        signal.signal(each, signal.SIG_DFL)


class Tool:
    """The command, run in one folder."""

    def __init__(self, program: Path, folder: Path) -> None:
        self.program = program
        self.folder = folder
        # One thread: these nets are so small that several would only wait for each other.
        # What the environment says about the log is not for them.
        self.environment = {"OMP_NUM_THREADS": "1", **{name: value for name, value in os.environ.items()
                                                       if not name.startswith(("GLOG_", "CAFFE_LOG"))}}

    def __call__(self, *arguments: object, **options: object) -> Done:
        done = subprocess.run([str(self.program), *map(str, arguments)], cwd=self.folder, env=self.environment,
                              capture_output=True, text=True, timeout=600, check=False, **options)
        return Done(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: object, **options: object) -> subprocess.Popen:
        return subprocess.Popen([str(self.program), *map(str, arguments)], cwd=self.folder, env=self.environment,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                preexec_fn=take_signals, **options)

    def learner(self, solver: str = "", width: int = 8) -> None:
        """Writes net.prototxt and solver.prototxt into the folder."""
        (self.folder / "net.prototxt").write_text(NET.replace("WIDTH", str(width)))
        (self.folder / "solver.prototxt").write_text(SOLVER + solver)


def on_terminal(tool: Tool, *arguments: str) -> tuple[int, str]:
    """The exit status, and what a terminal gets to see."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([tool.program, *arguments], cwd=tool.folder, env=tool.environment, stderr=theirs,
                               stdout=subprocess.PIPE)
    os.close(theirs)
    seen = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        seen += piece
    os.close(ours)
    process.communicate()
    return process.returncode, seen.decode()
