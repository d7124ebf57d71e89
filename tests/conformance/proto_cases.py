"""The cases of conformance/proto: text syntax, old definitions and their upgrade, binary messages.

`check(case, tool)` runs one case folder; pytest does it in tests/python/test_schema_conformance.py.
"""
from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from schema_tool import Refused, SchemaTool, caffe_pb2


def array(blob) -> np.ndarray:
    values = np.array(blob.data or blob.double_data, np.float32)
    old = [blob.num, blob.channels, blob.height, blob.width]
    return values.reshape(list(blob.shape.dim) if blob.HasField("shape") else old)


def check_text(case: Path, tool: SchemaTool, meta: dict) -> None:
    """The upgraded text is the original's byte for byte, or both refuse, at the same line."""
    kind = "SolverParameter" if meta["kind"] == "solver-text" else "NetParameter"
    before = (case / "before.prototxt").read_bytes()
    if meta["after"]:
        after = (case / "after.prototxt").read_bytes()
        assert tool("upgraded_text", kind, before).decode() == after.decode()
        return
    try:
        answer = tool("upgraded_text", kind, before)
    except Refused as refused:
        message = str(refused)
    else:
        raise AssertionError(f"accepted: {answer.decode()}")
    place = re.search(r"\w+Parameter: (\d+):\d+:", " ".join(meta["messages"]))
    if place:
        assert message.startswith(f"input:{place[1]}:"), message


def check_binary(case: Path, tool: SchemaTool) -> None:
    """The upgraded net is the original's, and the weights are those that its net had."""
    before = (case / "before.caffemodel").read_bytes()
    expected = caffe_pb2.NetParameter.FromString((case / "after.caffemodel").read_bytes())
    upgraded = caffe_pb2.NetParameter.FromString(tool("upgraded_wire", "NetParameter", before))
    assert upgraded == expected

    weights = caffe_pb2.NetParameter.FromString(tool("weights", "NetParameter", before))
    layers = {layer.name: layer for layer in weights.layer}
    assert not any(layer.HasField("convolution_param") for layer in weights.layer)
    golden = np.load(case / "case.npz")
    for key in golden.files:
        if key.startswith("param:"):
            _, layer, index = key.split(":")
            blob = layers[layer].blobs[int(index)]
            assert not blob.double_data
            np.testing.assert_array_equal(array(blob).ravel(), golden[key].ravel())


def check_messages(case: Path, tool: SchemaTool) -> None:
    golden = np.load(case / "case.npz")

    def read(kind: str, name: str):
        answer = tool("wire_to_wire", kind, (case / name).read_bytes())
        return getattr(caffe_pb2, kind).FromString(answer)

    blob = read("BlobProto", "blob.binaryproto")
    np.testing.assert_array_equal(array(blob), golden["blob"])
    np.testing.assert_array_equal(np.array(blob.diff, np.float32), golden["blob_diff"].ravel())
    unpacked = read("BlobProto", "blob_unpacked_legacy.binaryproto")
    np.testing.assert_array_equal(array(unpacked), golden["blob"][None])
    mean = read("BlobProto", "mean_legacy.binaryproto")
    np.testing.assert_array_equal(array(mean), golden["mean_legacy"])
    original = caffe_pb2.BlobProtoVector.FromString((case / "blobvector.bin").read_bytes())
    assert len(original.blobs) and read("BlobProtoVector", "blobvector.bin") == original
    for kind in ("uint8", "float"):
        datum = read("Datum", f"datum_{kind}.bin")
        pixels = np.frombuffer(datum.data, np.uint8) if kind == "uint8" else datum.float_data
        expected = golden[f"datum_{kind}"]
        assert (datum.channels, datum.height, datum.width) == expected.shape
        np.testing.assert_array_equal(np.asarray(pixels), expected.ravel())
        assert datum.label == golden[f"datum_{kind}_label"]


def check(case: Path, tool: SchemaTool) -> None:
    """Run one case; AssertionError or Refused when it fails."""
    meta = json.loads((case / "case.json").read_text())
    if meta["kind"] == "messages":
        check_messages(case, tool)
    elif meta["kind"] == "net-binary":
        check_binary(case, tool)
    else:
        check_text(case, tool, meta)
