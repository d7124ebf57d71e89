"""`caffe export`: words, not flags, and what is said when they are wrong."""
from __future__ import annotations

import pytest
from cli_tool import Tool

NET = """
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param { num_output: 4
  weight_filler { type: "xavier" } } }
layer { name: "prob" type: "Softmax" bottom: "ip" top: "prob" }
"""


@pytest.fixture
def trained(tool: Tool) -> Tool:
    """A net to export, and weights of another net that share nothing with it but layer "ip"."""
    tool.learner("max_iter: 1")
    assert tool("train", "-solver", "solver.prototxt").status == 0
    net = (tool.folder / "net.prototxt").read_text()
    deploy = net.replace('type: "DummyData" top: "data" top: "target"', 'type: "Input" top: "data"')
    start, end = deploy.index("dummy_data_param"), deploy.index('layer { name: "hidden"')
    deploy = deploy[:start] + "input_param { shape { dim: 4 dim: 10 } } }\n" + deploy[end:]
    (tool.folder / "deploy.prototxt").write_text(deploy[: deploy.index('layer { name: "loss"')])
    (tool.folder / "new.prototxt").write_text(NET)
    return tool


def test_export(trained: Tool) -> None:
    done = trained("export", "deploy.prototxt", "s_iter_1.caffemodel", "net.onnx")
    assert done.status == 0, done.log
    assert "Wrote net.onnx" in done.log
    assert "No weights" not in done.log
    assert b"ip/Gemm" in (trained.folder / "net.onnx").read_bytes()


def test_outputs_and_batch(trained: Tool) -> None:
    done = trained("export", "-dynamic_batch", "-outputs", "hidden", "deploy.prototxt", "s_iter_1.caffemodel", "net.onnx")
    assert done.status == 0, done.log
    bytes = (trained.folder / "net.onnx").read_bytes()
    assert b"batch" in bytes
    assert b"ip/Gemm" not in bytes


def test_layers_without_weights_are_told(trained: Tool) -> None:
    done = trained("export", "new.prototxt", "new.onnx")
    assert done.status == 0
    assert 'No weights are given for layer "ip"' in done.log


def test_help_says_the_words(tool: Tool) -> None:
    done = tool("export", "-help")
    assert done.out.startswith("usage: caffe export [flags] net.prototxt [net.caffemodel ...] net.onnx: write a net")
    assert "-dynamic_batch" in done.out


@pytest.mark.parametrize(("arguments", "message"), [
    ([], "caffe export net.prototxt net.caffemodel net.onnx"),
    (["deploy.prototxt"], "caffe export net.prototxt net.caffemodel net.onnx"),
    (["deploy.prototxt", "s_iter_1.caffemodel"], 'comes last and ends in .onnx, not "s_iter_1.caffemodel"'),
    (["no.prototxt", "s_iter_1.caffemodel", "net.onnx"], "no.prototxt"),
    (["deploy.prototxt", "no.caffemodel", "net.onnx"], "no.caffemodel"),
    (["new.prototxt", "s_iter_1.caffemodel", "net.onnx"], 'layer "ip" (InnerProduct)'),
    (["deploy.prototxt", "s_iter_1.caffemodel", "no/net.onnx"], "no/net.onnx"),
    (["deploy.prototxt", "s_iter_1.caffemodel", "net.onnx", "-outputs", "hiden"], 'did you mean "hidden"?'),
])
def test_error(trained: Tool, arguments: list[str], message: str) -> None:
    done = trained("export", *arguments)
    assert done.status == 1
    assert done.last.startswith("caffe: error: ")
    assert message in done.last
    assert not list(trained.folder.rglob("*.onnx"))
