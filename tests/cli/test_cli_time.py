"""What `caffe time` tells besides its log: the table, -json, -trace."""
from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from cli_tool import Tool

NET = """
name: "small"
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 4 dim: 3 dim: 10 dim: 10 } } }
layer { name: "a_convolution_of_quite_a_long_name" type: "Convolution" bottom: "data" top: "conv"
        convolution_param { num_output: 8 kernel_size: 3 group: 1 weight_filler { type: "xavier" } } }
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
layer { name: "up" type: "Deconvolution" bottom: "conv" top: "up"
        convolution_param { num_output: 2 kernel_size: 2 stride: 2 bias_term: false } }
layer { name: "pool" type: "Pooling" bottom: "up" top: "pool" pooling_param { kernel_size: 4 stride: 4 } }
layer { name: "ip" type: "InnerProduct" bottom: "pool" top: "ip" inner_product_param { num_output: 5 } }
layer { name: "flat" type: "Flatten" bottom: "ip" top: "flat" }
layer { name: "\\"prob\\"" type: "Softmax" bottom: "flat" top: "prob" }
"""

# By layer: operations of a forward, and values of bottoms, tops and parameters.
FLOPS = {
    "data": 0, "a_convolution_of_quite_a_long_name": 4 * 8 * 64 * (2 * 27 + 1), "relu": 4 * 8 * 64,
    "up": 4 * 8 * 64 * 2 * (2 * 4), "pool": 4 * 2 * 16 * 16, "ip": 4 * 5 * (2 * 32 + 1), "flat": 0,
    '"prob"': 5 * 20,
}
VALUES = {"relu": 2 * 4 * 8 * 64, "ip": 4 * 32 + 4 * 5 + 5 * 32 + 5}


@pytest.fixture
def net(tool: Tool) -> Tool:
    (tool.folder / "net.prototxt").write_text(NET)
    return tool


def timed(net: Tool, *flags: object) -> str:
    done = net("time", "-model", "net.prototxt", "-iterations", 3, *flags)
    assert done.status == 0, done.log
    return str(done.out)


def test_table_of_a_training(net: Tool) -> None:
    title, head, *rows = timed(net, "-threads", 1).strip().splitlines()
    assert "means of 3 iterations on 1 thread;" in title
    assert head.split() == ["layer", "type", "forward", "backward", "share", "GFLOP/s", "GB/s", "implementation"]
    assert [row.split()[0] for row in rows] == ["data", "a_convolution_of_quite_~", *list(FLOPS)[2:], "all"]
    assert rows[1].split()[1] == "Convolution"
    shares = [float(share) for share in re.findall(r"([\d.]+)%", "\n".join(rows[:-1]))]
    assert sum(shares) == pytest.approx(100, abs=0.5)
    assert all(len(row) <= 100 for row in (title, head, *rows))


@pytest.mark.parametrize("optimize", [False, True])
def test_phase_test_has_no_backward_and_fused_steps(net: Tool, optimize: bool) -> None:
    _, head, *rows = timed(net, "-phase", "TEST", "-json", "out.json", *["-optimize"] * optimize).strip().splitlines()
    assert "backward" not in head
    layers = json.loads((net.folder / "out.json").read_text())["layers"]
    convolution, relu, *others = list(FLOPS)[1:]
    steps = [[convolution, relu]] if optimize else [[convolution], [relu]]
    assert [layer["layers"] for layer in layers] == [["data"], *steps, *([name] for name in others)]
    assert [row.split()[0] for row in rows[:2]] == ["data", "a_convolution_of_quite_~"]
    assert ("Convolution +1" in rows[1]) == optimize
    assert layers[1]["flops"] == sum(FLOPS[name] for name in steps[0])
    assert layers[1]["bytes"] == 4 * (4 * 3 * 100 + 4 * 8 * 64 + 8 * 27 + 8)
    assert len(rows) == len(layers) + 1


def test_json(net: Tool) -> None:
    timed(net, "-json", "out.json", "-threads", 2)
    report = json.loads((net.folder / "out.json").read_text())
    assert (report["net"], report["phase"], report["threads"], report["iterations"]) == ("small", "TRAIN", 2, 3)
    layers = {layer["name"]: layer for layer in report["layers"]}
    assert {name: layer["flops"] for name, layer in layers.items()} == FLOPS
    for name, values in VALUES.items():
        assert layers[name]["bytes"] == 4 * values
    conv = layers["a_convolution_of_quite_a_long_name"]
    assert (conv["bottoms"], conv["tops"]) == ([[4, 3, 10, 10]], [[4, 8, 8, 8]])
    assert conv["gflop_per_s"] == pytest.approx(conv["flops"] / conv["forward_ms"] / 1e6, rel=1e-6)
    assert 0 < conv["best_forward_ms"] <= conv["forward_ms"]
    assert conv["backward_ms"] > 0 and conv["implementation"]
    assert report["ms"] >= report["forward_ms"] + report["backward_ms"]
    assert report["forward_ms"] >= sum(layer["forward_ms"] for layer in layers.values())


def test_trace(net: Tool) -> None:
    timed(net, "-trace", "out.json", "-phase", "TRAIN")
    events = json.loads((net.folder / "out.json").read_text())["traceEvents"]
    spans = [event for event in events if event["ph"] == "X"]
    for category in ("forward", "backward"):
        assert [span["name"] for span in spans if span["cat"] == category][:len(FLOPS)] == (
            list(FLOPS) if category == "forward" else list(FLOPS)[::-1])
    iterations = [span for span in spans if span["cat"] == "iteration"]
    assert len(iterations) == 3 and len(spans) == 3 + 3 * 2 * len(FLOPS)
    for span in spans:  # a viewer draws them inside of each other
        assert any(outer["ts"] - 1e-3 <= span["ts"] and
                   span["ts"] + span["dur"] <= outer["ts"] + outer["dur"] + 1e-3 for outer in iterations)
    assert {event["args"]["name"] for event in events if event["ph"] == "M"} >= {"small"}
    conv = next(span for span in spans if span["name"].startswith("a_conv") and span["cat"] == "forward")
    assert conv["args"]["bottoms"].startswith("4 3 10 10") and conv["args"]["GFLOP/s"] > 0


def test_file_that_cannot_be_written(net: Tool, tmp_path: Path) -> None:
    done = net("time", "-model", "net.prototxt", "-iterations", 1, "-json", "nowhere/out.json")
    assert done.status == 1 and "nowhere/out.json" in done.log
