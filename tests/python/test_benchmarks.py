"""benchmarks/: what is reported, who takes turns, and a short run with our engine alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import caffe
import numpy as np
import pytest
from google.protobuf import text_format

ROOT = Path(__file__).resolve().parents[2]
BENCHMARKS = ROOT / "benchmarks"
sys.path.append(str(BENCHMARKS))

import fold
import harness
import jobs
import report
import session
import weights

needs_proc = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="no /proc here")


# ---- the report


def cell(ms: float) -> dict[str, Any]:
    return {"ms": ms, "turns": [ms, ms, 4 * ms], "memory": 100.0, "first": 0.5, "error": 0.0}


def row(net: str, batch: int, **engines: float) -> dict[str, Any]:
    return {
        "net": net,
        "batch": batch,
        "operations": 2e9 * batch,
        "weights": 97.5,
        "failed": {},
        "engines": {name.replace("_", " "): cell(ms) for name, ms in engines.items()},
    }


@pytest.fixture
def results() -> dict[str, Any]:
    names = {
        "caffe": "caffe",
        "caffe optimize": "caffe, optimize",
        "torch": "PyTorch",
        "ncnn": "ncnn",
    }
    slow = row("lenet", 16, caffe=20, torch=10)
    slow["failed"] = {"ncnn": "cannot read it"}
    return {
        "machine": {
            "processor": "Some CPU",
            "cores": 4,
            "threads": 2,
            "system": "Linux",
            "date": "2026-01-01",
            "gflops": 200.0,
            "copy": 20.0,
            "read": 30.0,
        },
        "engines": {name: {"title": title, "version": "1"} for name, title in names.items()},
        "missing": {"OpenVINO": "not for this machine"},
        "inference": [row("resnet50", 1, caffe=16, caffe_optimize=12, torch=40, ncnn=20), slow],
        "training": [row("resnet50", 10, caffe=600, torch=1200)],
    }


def test_report_tables(results: dict[str, Any]) -> None:
    text = report.markdown(results)
    lines = text.splitlines()
    assert "| ResNet-50, 1 | 16.0 | **12.0** | 40.0 | 20.0 | 0.80 | 0.60 |" in lines
    assert "| LeNet, 16 | 20.0 | - | **10.0** | - | 2.00 | - |" in lines
    assert "| ResNet-50, 10 | **600** | 1,200 | 0.50 |" in lines
    assert "| ResNet-50, 1 | 97.5 | 100 | 100 | 100 | 100 |" in lines  # memory
    assert "| ResNet-50, 1 | 2.00 | 167 | 83% | 83.3 |" in lines  # roofline, of the faster row
    assert "- OpenVINO: not for this machine" in lines
    assert "- ncnn (LeNet, 16): cannot read it" in lines
    assert "Some CPU" in text
    assert "200 GFLOP/s" in text


def test_report_files(results: dict[str, Any], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    report.write(results, tmp_path)
    assert json.loads((tmp_path / "results.json").read_text()) == results
    assert (tmp_path / "results.md").read_text() == report.markdown(results)
    assert (tmp_path / "results.png").read_bytes().startswith(b"\x89PNG")
    alone = {**results, "inference": [row("lenet", 1, caffe=1)], "training": []}
    report.write(alone, tmp_path)
    assert not (tmp_path / "results.png").exists()


def test_a_ratio_compares_the_same_rounds() -> None:
    assert harness.ratio({"turns": [1, 10, 3]}, {"turns": [2, 20, 1]}) == 0.5


# ---- turns and answers


class Fake:
    """A worker that takes a set time for a pass, and gives a set answer."""

    def __init__(self, name: str, ms: float = 1, output: Any = ()) -> None:
        self.engine = SimpleNamespace(name=name, title=name)
        self.ms, self.output = ms, np.array(output)
        self.turns: list[list[float]] = []
        self.closed = False
        self.breaks_at = -1

    def run(self, passes: int) -> list[float]:
        if len(self.turns) == self.breaks_at:
            raise harness.WorkerFailed("ended with status 3")
        return [self.ms] * passes

    def do(self, what: str, path: str) -> None:
        assert what == "save"
        np.save(path, self.output)

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0.001, (5, [1, 1])), (1, (10, [100, 10])), (0.07, (7, [10, 1]))]
)
def test_turns_last_as_long_for_all(seconds: float, expected: tuple[int, list[int]]) -> None:
    workers = [Fake("fast", 1), Fake("slow", 10)]
    harness.take_turns(workers, seconds)
    assert [len(worker.turns) for worker in workers] == [expected[0]] * 2
    assert [len(worker.turns[0]) for worker in workers] == expected[1]


def test_an_engine_that_breaks_leaves_the_others_their_turns() -> None:
    workers = [Fake("one"), Fake("two"), Fake("three")]
    one, two, three = workers
    two.breaks_at, three.breaks_at = 2, 0
    why = "ended with status 3"
    assert harness.take_turns(workers, 0.001) == {"two": why, "three": why}
    assert workers == [one]
    assert two.closed
    assert len(one.turns) == 5


def test_a_wrong_answer_is_an_error() -> None:
    ours, near, far = (
        Fake(name, output=[[0.5, 0.2 + error]])
        for name, error in (("caffe", 0), ("near", 1e-4), ("far", 1e-2))
    )
    shaped = Fake("shaped", output=[[0.5, 0.2, 0.1]])
    nothing = Fake("nan", output=[[0.5, np.nan]])
    with session.Session([], 1, 1, {}) as it:
        it.workers = [ours, near, far, shaped, nothing]
        errors = it.compare_outputs("a net")
        assert it.workers == [ours, near]
    assert [x.split(",")[0] for x in it.mismatches] == ["far", "shaped", "nan"]
    assert far.closed
    assert near.closed  # at the end
    assert errors["near"] == pytest.approx(2e-4)


def test_seeded_weights_answer_something(tmp_path: Path) -> None:
    job = jobs.InferenceJobs("lenet", tmp_path).at(3)
    net = caffe.Net(job["prototxt"], caffe.TEST, weights=job["weights"])
    prob = net.forward(data=np.load(job["images"]))["prob"]
    assert prob.shape == (3, 10)
    assert 0.2 < prob.max() < 0.99
    assert abs(prob[0] - prob[1]).max() > 0.05


NORMALISED = """
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 6 dim: 6 } } }
layer { name: "a" type: "Convolution" bottom: "data" top: "a"
  convolution_param { num_output: 4 kernel_size: 3 bias_term: false } }
layer { name: "a/bn" type: "BatchNorm" bottom: "a" top: "a" batch_norm_param { eps: 0.1 } }
layer { name: "a/scale" type: "Scale" bottom: "a" top: "a" scale_param { bias_term: true } }
layer { name: "a/relu" type: "ReLU" bottom: "a" top: "a" }
layer { name: "b" type: "Convolution" bottom: "a" top: "b"
  convolution_param { num_output: 2 kernel_size: 1 } }
layer { name: "b/bn" type: "BatchNorm" bottom: "b" top: "b" }
"""


def test_folding_changes_no_answer() -> None:
    net = caffe.Net.from_text(NORMALISED, caffe.TEST)
    weights.fill(net, [2, 3, 6, 6])
    net.params["a/bn"][2].data[...] = 4  # the statistics are sums over a number of batches
    expected = net.forward()["b"].copy()
    definition = text_format.Parse(NORMALISED, caffe.proto.caffe_pb2.NetParameter())
    definition, arrays = fold.folded(definition, weights.arrays(net))
    assert [layer.name for layer in definition.layer] == ["data", "a", "a/relu", "b"]
    without = caffe.Net.from_text(str(definition), caffe.TEST)
    for key, array in arrays.items():
        name, number = key.split(":")
        without.params[name][int(number)].data[...] = array
    result = without.forward(data=net.blobs["data"].data)["b"]
    np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-4)


# ---- the whole


def command(*arguments: Any) -> list[Any]:
    return [sys.executable, BENCHMARKS / "run.py", "--engines", "caffe", *arguments]


def test_a_short_run(tmp_path: Path) -> None:
    arguments = command("--nets", "lenet", "--seconds", "0.01", "--threads", "1", "--out", tmp_path)
    first = subprocess.run(
        [*arguments, "--batches", "2"], check=False, capture_output=True, text=True
    )
    assert first.returncode == 0, first.stderr
    assert "measuring LeNet, inference, batch 2\n" in first.stderr
    second = subprocess.run(
        [*arguments, "--batches", "1", "--only", "inference", "--update"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert second.returncode == 0, second.stderr
    results = json.loads((tmp_path / "results.json").read_text())
    assert [row["batch"] for row in results["inference"]] == [1, 2]
    assert (
        results["inference"][0]["operations"] == 4586000
    )  # 2 x (500 x 24^2 + 25000 x 8^2 + 400000 + 5000)
    assert len(results["training"][0]["losses"]["caffe"]) == session.STEPS
    for row in results["inference"] + results["training"]:
        figures = row["engines"]["caffe"]
        assert figures["passes"] >= 5
        assert figures["ms"] > 0
        assert figures["first"] > 0
    assert results["machine"]["threads"] == 1
    assert results["machine"]["gflops"] > 0
    assert "| LeNet, 1 |" in (tmp_path / "results.md").read_text()


def processes_naming(text: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in line:
            found.append(line)
    return found


@needs_proc
@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)],
)
def test_no_worker_is_left_behind(number: int, status: int, tmp_path: Path) -> None:
    main = subprocess.Popen(
        command("--nets", "lenet", "--seconds", "100", "--out", tmp_path / "out"),
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stderr=subprocess.DEVNULL,
    )

    def until(wanted: bool) -> bool:
        end = time.monotonic() + 300
        while time.monotonic() < end:
            workers = [x for x in processes_naming(str(tmp_path)) if "worker.py" in x]
            if bool(workers) == wanted:
                return True
            time.sleep(0.02)
        return False

    try:
        assert until(True)
        main.send_signal(number)
        assert main.wait(300) == status
        assert until(False)
    finally:
        main.kill()
        main.wait()
