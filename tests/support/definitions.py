"""Definitions that recipes wrote, and how they are compared with published ones."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from google.protobuf import text_format
from schema_tool import ROOT, SchemaTool, caffe_pb2

MODELS = ROOT / "models"
RECIPES = MODELS / "recipes"

# Folders of nets that are trained by one definition and tested by another: segmentation, detection.
DENSE = sorted(
    path.parent.name for name in ("train", "trainval") for path in MODELS.glob(f"*/{name}.prototxt")
)


def written(pattern: str) -> list[tuple[Path, str]]:
    """Files that match and that a recipe wrote, and the names of the recipes."""
    found = ((path, path.read_text()) for path in sorted(ROOT.glob(pattern)))
    firsts = ((p, re.match(r"# Written by models/recipes/(\w+)\.py\.\n", t)) for p, t in found)
    return [(path, first[1]) for path, first in firsts if first]


def parsed(tool: SchemaTool, path: Path) -> Any:
    """A net or a solver, in today's form."""
    kind = "SolverParameter" if "solver" in path.name else "NetParameter"
    text = tool("upgraded_text", kind, path.read_bytes()).decode()
    return text_format.Parse(text, getattr(caffe_pb2, kind)())


def layers_of(message: Any) -> list[Any]:
    """Of a net, or of the one that a solver has within."""
    return list(message.layer if hasattr(message, "layer") else message.net_param.layer)


def without(message: Any, fields: set[str]) -> Any:
    """A net or a solver without some of its own fields, or of those of its data layers."""
    params = [
        (layer.data_param, layer.transform_param, layer.annotated_data_param)
        for layer in layers_of(message)
    ]
    for one in (message, *sum(params, ())):
        for name in fields.intersection(one.DESCRIPTOR.fields_by_name):
            one.ClearField(name)
    return message


def assert_same(ours: Any, published: Any) -> None:
    layers = layers_of(ours), layers_of(published)
    assert [layer.name for layer in layers[0]] == [layer.name for layer in layers[1]]
    for layer, expected in zip(*layers):
        assert layer == expected
    assert ours == published


def without_fillers(net: Any) -> Any:
    """Of large weights, which only take time."""
    for layer in net.layer:
        for param in (layer.convolution_param, layer.inner_product_param):
            param.ClearField("weight_filler")
    return net


def constants(layer: Any, *shapes: list[int]) -> None:
    """Makes a data layer give constants, as many as it has tops."""
    layer.type = "DummyData"
    for shape in shapes[: len(layer.top)]:
        layer.dummy_data_param.shape.add(dim=shape)
