"""Real files: every definition and every weight file of the zoo."""
from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from schema_tool import Refused, SchemaTool, caffe_pb2, shared_data


@pytest.fixture(scope="module")
def tool() -> Iterator[SchemaTool]:
    tool = SchemaTool()
    yield tool
    tool.close()


def kind(path: Path) -> str:
    text = path.read_text(errors="replace")
    return "SolverParameter" if "base_lr" in text or "max_iter" in text else "NetParameter"


# Files with mistakes in them, and where the first one is.
UNKNOWN = {
    "models/fcn/netscope_fcn16s/deploy.prototxt": '15:1: LayerParameter has no field "force_',
}
# Without its type there is no layer, so that lenient does not help.
TYPES = {
    "weights/lenet_pl8787_v0era/lenet_test_coliner.prototxt": '15:9: V1LayerParameter: "COLINEAR_',
    "weights/lenet_pl8787_v0era/lenet_train_colinear.prototxt":
        '16:9: V1LayerParameter: "COLINEAR_',
}
BROKEN = {
    "models/recurrent_youtube/poolmean.prototxt": '57:13: expected a string in quotes, got "."',
    "models/video2text_vgg_mean_pool/poolmean.prototxt": '57:13: expected a string in quotes',
    "models/yearbook/deploy.prototxt": '17:13: expected a string in quotes, got "/"',
    "models/yearbook/train_val.prototxt": '17:13: expected a string in quotes, got "/"',
}


def refusals(tool: SchemaTool, command: str) -> dict[str, str]:
    """What the definitions that are not read are refused for."""
    zoo = shared_data() / "zoo"
    paths = sorted(zoo.rglob("*.prototxt"))
    assert len(paths) > 250
    out = {}
    for path in paths:
        try:
            tool(command, kind(path), path.read_bytes())
        except Refused as refused:
            out[str(path.relative_to(zoo))] = str(refused)
    return out


def check(refused: dict[str, str], expected: dict[str, str]) -> None:
    assert refused.keys() == expected.keys()
    for name, message in refused.items():
        assert message.startswith(f"input:{expected[name]}"), name


def test_definitions_are_read_and_upgraded(tool: SchemaTool) -> None:
    check(refusals(tool, "upgraded_text"), {**UNKNOWN, **TYPES, **BROKEN})


def test_lenient_reads_what_is_only_unknown(tool: SchemaTool) -> None:
    check(refusals(tool, "text_to_text_lenient"), {**TYPES, **BROKEN})


def weight_files() -> list[Path]:
    zoo = shared_data() / "zoo" / "weights"
    found = sorted([*zoo.rglob("*.caffemodel"), zoo / "lenet_pl8787_v0era" / "lenet_iter_10000"])
    assert len(found) >= 10
    return found


def test_weights_are_what_google_reads(tool: SchemaTool) -> None:
    for path in weight_files():
        data = path.read_bytes()
        ours = caffe_pb2.NetParameter.FromString(tool("weights", "NetParameter", data))
        whole = caffe_pb2.NetParameter.FromString(data)
        blobs = [blob.data for layer in ours.layer for blob in layer.blobs]
        old = [layer.layer if layer.HasField("layer") else layer for layer in whole.layers]
        expected = [blob.data for layer in [*whole.layer, *old] for blob in layer.blobs]
        assert sum(map(len, blobs)) > 0, path
        assert blobs == expected, path
        assert all(layer.type for layer in ours.layer), path


def test_states_and_means_survive(tool: SchemaTool) -> None:
    zoo = shared_data() / "zoo" / "weights"
    for pattern, name in {"*.solverstate": "SolverState", "*.binaryproto": "BlobProto"}.items():
        paths = list(zoo.rglob(pattern))
        assert paths
        for path in paths:
            data = path.read_bytes()
            message = getattr(caffe_pb2, name)
            assert message.FromString(tool("wire_to_wire", name, data)) == message.FromString(data)


def test_fork_cases_are_read(tool: SchemaTool) -> None:
    paths = sorted((shared_data() / "conformance-forks").rglob("net.prototxt"))
    assert len(paths) > 100
    for path in paths:
        tool("upgraded_text", "NetParameter", path.read_bytes())
