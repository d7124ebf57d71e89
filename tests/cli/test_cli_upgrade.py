"""upgrade_net_proto_text, upgrade_net_proto_binary and upgrade_solver_proto_text."""
from __future__ import annotations

from pathlib import Path

import pytest
from caffe.proto import caffe_pb2
from cli_tool import SHARED, Tool
from google.protobuf import text_format

V1 = """
name: "old" input: "x" input_dim: 1 input_dim: 2 input_dim: 1 input_dim: 1
layers { name: "ip" type: INNER_PRODUCT bottom: "x" top: "ip" blobs_lr: 1 blobs_lr: 2 weight_decay: 1 weight_decay: 0
  inner_product_param { num_output: 2 } }
"""
V0 = """
name: "older" input: "x" input_dim: 1 input_dim: 1 input_dim: 4 input_dim: 4
layers { layer { name: "pad" type: "padding" pad: 2 } bottom: "x" top: "pad" }
layers { layer { name: "conv" type: "conv" num_output: 3 kernelsize: 3 biasterm: false } bottom: "pad" top: "conv" }
"""


def net_of(path: Path) -> caffe_pb2.NetParameter:
    return text_format.Parse(path.read_text(), caffe_pb2.NetParameter())


def test_a_net_of_version_1(tool: Tool) -> None:
    (tool.folder / "old.prototxt").write_text(V1)
    done = tool("upgrade_net_proto_text", "old.prototxt", "new.prototxt")
    assert done.status == 0, done.log
    assert done.said(r"upgrade_net_proto_text.cpp:\d+\] (.*)")[-1] == (
        "Wrote upgraded NetParameter text proto to new.prototxt")
    net = net_of(tool.folder / "new.prototxt")
    assert not net.input and not net.layers
    assert [(layer.name, layer.type) for layer in net.layer] == [("input", "Input"), ("ip", "InnerProduct")]
    assert [(param.lr_mult, param.decay_mult) for param in net.layer[1].param] == [(1, 1), (2, 0)]
    assert list(net.layer[0].input_param.shape[0].dim) == [1, 2, 1, 1]
    # And it runs.
    assert tool("time", "-model", "new.prototxt", "-iterations=1", "-phase=TEST").status == 0


def test_a_net_of_version_0(tool: Tool) -> None:
    (tool.folder / "old.prototxt").write_text(V0)
    assert tool("upgrade_net_proto_text", "old.prototxt", "new.prototxt").status == 0
    net = net_of(tool.folder / "new.prototxt")
    assert [layer.type for layer in net.layer] == ["Input", "Convolution"]
    assert list(net.layer[1].convolution_param.pad) == [2]
    assert not net.layer[1].convolution_param.bias_term


def test_what_is_new_already_is_said_and_written(tool: Tool) -> None:
    tool.learner("type: \"Adam\"")
    done = tool("upgrade_net_proto_text", "net.prototxt", "new.prototxt")
    assert done.status == 0
    assert done.said(r"E\d+ .*\] (.*)") == ["File already in latest proto format: net.prototxt"]
    assert net_of(tool.folder / "new.prototxt") == net_of(tool.folder / "net.prototxt")
    assert tool("upgrade_solver_proto_text", "solver.prototxt", "new.prototxt").said("File already in latest") != []


def test_a_file_may_be_replaced_by_itself(tool: Tool) -> None:
    (tool.folder / "net.prototxt").write_text(V1)
    assert tool("upgrade_net_proto_text", "net.prototxt", "net.prototxt").status == 0
    assert len(net_of(tool.folder / "net.prototxt").layer) == 2


def test_weights(tool: Tool) -> None:
    old = text_format.Parse(V1, caffe_pb2.NetParameter())
    blob = old.layers[0].blobs.add(num=1, channels=1, height=2, width=2)
    blob.data.extend([1, 2, 3, 4])
    (tool.folder / "old.caffemodel").write_bytes(old.SerializeToString())
    for target in ("new.caffemodel", "old.caffemodel"):
        done = tool("upgrade_net_proto_binary", "old.caffemodel", target)
        assert done.status == 0, done.log
        assert "Wrote upgraded NetParameter binary proto to" in done.log
        net = caffe_pb2.NetParameter.FromString((tool.folder / target).read_bytes())
        assert [layer.type for layer in net.layer] == ["Input", "InnerProduct"]
        assert net.layer[1].blobs[0] == blob
        assert net.layer[1].inner_product_param.num_output == 2


@pytest.mark.parametrize("name", ["lenet_pl8787_v0era", "lenet_everpeace_v1format"])
def test_weights_that_caffe_wrote(tool: Tool, name: str) -> None:
    folder = SHARED / "zoo" / "weights" / name
    if not folder.is_dir():
        pytest.skip("no shared data")
    source = next(path for path in folder.glob("lenet_iter_10000*") if path.suffix != ".solverstate")
    assert tool("upgrade_net_proto_binary", source, "new.caffemodel").status == 0
    old = caffe_pb2.NetParameter.FromString(source.read_bytes())
    new = caffe_pb2.NetParameter.FromString((tool.folder / "new.caffemodel").read_bytes())
    assert not new.layers

    def blobs(net: caffe_pb2.NetParameter) -> list[bytes]:
        layers = [*net.layer, *(each.layer if each.HasField("layer") else each for each in net.layers)]
        listed = [blob for layer in layers for blob in layer.blobs]
        return [blob.SerializeToString(deterministic=True) for blob in listed]

    assert blobs(new) == blobs(old) != []


def test_a_solver(tool: Tool) -> None:
    (tool.folder / "old.prototxt").write_text(
        f'base_lr: 0.1 lr_policy: "fixed" solver_type: ADAM net_param {{ {V1} }}')
    done = tool("upgrade_solver_proto_text", "old.prototxt", "new.prototxt")
    assert done.status == 0, done.log
    assert "Wrote upgraded SolverParameter text proto to new.prototxt" in done.log
    solver = text_format.Parse((tool.folder / "new.prototxt").read_text(), caffe_pb2.SolverParameter())
    assert solver.type == "Adam" and not solver.HasField("solver_type")
    assert [layer.type for layer in solver.net_param.layer] == ["Input", "InnerProduct"]


def test_under_their_own_names(tool: Tool) -> None:
    (tool.folder / "old.prototxt").write_text(V1)
    for name in ("upgrade_net_proto_text", "upgrade_net_proto_text.bin"):
        link = tool.folder / name
        link.symlink_to(tool.program)
        assert Tool(link, tool.folder)("old.prototxt", f"{name}.out").status == 0
        assert len(net_of(tool.folder / f"{name}.out").layer) == 2


@pytest.mark.parametrize(("arguments", "message"), [
    (["upgrade_net_proto_text", "no", "out"], 'cannot read "no": No such file or directory'),
    (["upgrade_net_proto_binary", "no", "out"], 'cannot read "no": No such file or directory'),
    (["upgrade_net_proto_text", ".", "out"], '.: this is a folder, not a prototxt'),
    (["upgrade_net_proto_binary", "old.prototxt", "out"], "old.prototxt: this is a text file, not a caffemodel"),
    (["upgrade_net_proto_text", "cut.prototxt", "out"], "cut.prototxt:"),
    (["upgrade_net_proto_text", "strange.prototxt", "out"], "no_such_field"),
    (["upgrade_net_proto_text", "mixed.prototxt", "out"], "mixed.prototxt: "),
    (["upgrade_solver_proto_text", "old.prototxt", "out"], "old.prototxt:"),
    (["upgrade_net_proto_text", "old.prototxt", "no/out"], 'cannot write "no/out": No such file or directory'),
    (["upgrade_net_proto_text", "old.prototxt", "."], "it is a directory"),
])
def test_what_cannot_be_upgraded(tool: Tool, arguments: list[str], message: str) -> None:
    (tool.folder / "old.prototxt").write_text(V1)
    (tool.folder / "cut.prototxt").write_text(V1[:-9])
    (tool.folder / "strange.prototxt").write_text(V1 + "no_such_field: 1")
    (tool.folder / "mixed.prototxt").write_text(V1 + 'layer { name: "a" type: "ReLU" }')
    before = sorted(tool.folder.iterdir())
    done = tool(*arguments)
    assert done.status == 1
    assert done.last.startswith("caffe: error: ") and message in done.last
    assert sorted(tool.folder.iterdir()) == before


def test_strange_fields_may_be_left_out(tool: Tool) -> None:
    (tool.folder / "strange.prototxt").write_text(V1 + "no_such_field: 1")
    assert tool("upgrade_net_proto_text", "-lenient", "strange.prototxt", "out").status == 0
    assert "no_such_field" not in (tool.folder / "out").read_text()


@pytest.mark.parametrize("name", ["upgrade_net_proto_text", "upgrade_net_proto_binary", "upgrade_solver_proto_text"])
def test_too_few_arguments_show_the_usage(tool: Tool, name: str) -> None:
    for arguments in ([], ["one"], ["one", "two", "three"]):
        done = tool(name, *arguments)
        assert done.status == 1
        assert done.log.startswith(f"usage: caffe {name} [flags] ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk(tool: Tool) -> None:
    (tool.folder / "old.prototxt").write_text(V1)
    done = tool("upgrade_net_proto_text", "old.prototxt", "/dev/full")
    assert done.status == 1
    assert 'cannot write "/dev/full": No space left on device' in done.last
