"""caffe.draw: pictures of nets in which nothing overlaps, in every format and direction."""

from __future__ import annotations

import builtins
import os
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import caffe
import numpy as np
import pytest
from caffe import draw
from caffe._net_graph import graph_of
from caffe._net_picture import picture_of
from caffe._picture import Rect
from caffe.proto import caffe_pb2
from google.protobuf import text_format

SVG = "{http://www.w3.org/2000/svg}"
V1 = (
    'layers { name: "d" type: DUMMY_DATA top: "x" } layers { name: "i" type: INNER_PRODUCT '
    'bottom: "x" top: "i" inner_product_param { num_output: 2 } }'
)
V0 = (
    'input: "x" input_dim: 1 input_dim: 1 input_dim: 4 input_dim: 4 layers { layer { '
    'name: "i" type: "innerproduct" num_output: 2 blobs { data: 1 data: 2 } } '
    'bottom: "x" top: "i" }'
)
DIRECTIONS = ["TB", "BT", "LR", "RL"]
pytestmark = pytest.mark.usefixtures("quiet")


def parsed(text: str) -> Any:
    return text_format.Parse(text, caffe_pb2.NetParameter())


def words(svg: str) -> list[str]:
    """The visible texts."""
    return ["".join(one.itertext()) for one in ET.fromstring(svg).iter(f"{SVG}text")]


def edges(svg: str) -> int:
    """How many edges have an arrow's tip."""
    return svg.count('z" fill=')


def test_a_net_with_its_shapes(net: caffe.Net, tmp_path: Path) -> None:
    draw.draw_net_to_file(net, tmp_path / "net.svg")
    text = words((tmp_path / "net.svg").read_text())
    assert "small" in text
    assert any(one.startswith("Convolution \u00b7 3 \u00b7 3\u00d73") for one in text)
    assert "relu \u00b7 ReLU" in text
    assert any("4\u00d73\u00d76\u00d76" in one for one in text)
    assert any("57 weights" in one for one in text)  # 3 x 2 x 3 x 3 + 3
    assert net._repr_svg_() == (tmp_path / "net.svg").read_text()


def test_names_are_escaped() -> None:
    net = parsed('name: "<a & b>" layer { name: "x<y" type: "ReLU" }')
    assert {"<a & b>", "x<y"} <= set(words(draw.net_svg(net)))


def test_what_no_xml_may_hold() -> None:
    name = "a\0\1\x08\x0b\x1f\ufffeb\t\U0001f642"
    net = caffe_pb2.NetParameter(name=name)
    net.layer.add(name=name, type="TanH", top=[name, "y"])
    net.layer.add(name="end", type="TanH", bottom=[name])
    for svg in (draw.net_svg(net), draw.draw_net(net).decode()):
        said = "a" + 6 * "\ufffd" + "b\t\U0001f642"
        assert words(svg).count(said) == 3
        assert said in [one.text for one in ET.fromstring(svg).iter(f"{SVG}title")]


def test_phases() -> None:
    net = parsed(
        """
        layer { name: "d1" type: "Data" top: "data" include { phase: TRAIN } }
        layer { name: "d2" type: "Data" top: "data" include { phase: TEST } }
        layer { name: "drop" type: "Dropout" bottom: "data" top: "data" }
        layer { name: "r" type: "TanH" bottom: "data" top: "r" exclude { phase: TEST } }
        layer { name: "s" type: "TanH" bottom: "data" top: "s" }
        """
    )
    both = words(draw.net_svg(net))
    assert {"d1", "d2", "r", "s"} <= set(both)
    assert both.count("Data \u00b7 TRAIN only") == both.count("Data \u00b7 TEST only") == 1
    assert both.count("drop \u00b7 Dropout \u00b7 0.5") == 2
    assert edges(draw.net_svg(net)) == 3  # both data layers lead to s, that of TRAIN to r
    train, test = (set(words(draw.net_svg(net, phase))) for phase in (caffe.TRAIN, "TEST"))
    assert ("d1" in train, "d2" in train, "r" in train) == (True, False, True)
    assert ("d1" in test, "d2" in test, "r" in test) == (False, True, False)
    with pytest.raises(caffe.InvalidArgumentError, match="phase"):
        draw.net_svg(net, "BOTH")


DATA = """
    layer { name: "data" type: "Data" top: "data" include { phase: TRAIN } }
    layer { name: "data" type: "Data" top: "data" include { phase: TEST } }
"""
CONVOLUTION = 'layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" }'


def dropout(blob: str, rule: str = "include { phase: TRAIN }") -> str:
    return f'layer {{ name: "drop" type: "Dropout" bottom: "{blob}" top: "{blob}" {rule} }}'


def pills(net: Any) -> list[str]:
    return [one for one in words(draw.net_svg(net)) if one.startswith("drop")]


def test_phases_of_layers_in_place() -> None:
    drop = "drop \u00b7 Dropout \u00b7 0.5"
    assert pills(parsed(CONVOLUTION + dropout("conv"))) == [f"{drop} \u00b7 TRAIN only"]
    assert pills(parsed(CONVOLUTION + dropout("conv", ""))) == [drop]
    # In the one of the two data layers that is there with it, which is marked itself.
    for phase in ("TRAIN", "TEST"):
        net = parsed(DATA + dropout("data", f"include {{ phase: {phase} }}") + CONVOLUTION)
        assert pills(net) == [drop]
        boxes = graph_of(net).boxes
        assert [bool(box.in_place) for box in boxes[:2]] == [phase == "TRAIN", phase == "TEST"]
    # Where none is, it has a box of its own.
    test_data = parsed(DATA).layer[1]
    net = parsed(dropout("data"))
    net.layer.insert(0, test_data)
    assert [box.in_place for box in graph_of(net).boxes] == [[], []]


@pytest.mark.parametrize(
    ("rule", "marked"),
    [
        ("exclude { phase: TEST }", "TRAIN only"),
        ('exclude { phase: TEST stage: "deploy" }', ""),
        ('exclude { phase: TEST not_stage: "deploy" }', ""),
        ("exclude { phase: TEST min_level: 1 }", ""),
        ("exclude { phase: TEST max_level: 1 }", ""),
        ('exclude { phase: TEST stage: "deploy" } exclude { phase: TRAIN }', "TEST only"),
        ('exclude { stage: "deploy" }', ""),
        ('include { phase: TEST stage: "deploy" }', "TEST only"),
        ('include { phase: TEST } include { stage: "deploy" }', ""),
    ],
)
def test_which_rules_bar_a_phase(rule: str, marked: str) -> None:
    net = parsed(f'layer {{ name: "r" type: "TanH" bottom: "x" top: "r" {rule} }}')
    assert (f"TanH \u00b7 {marked}" if marked else "TanH") in words(draw.net_svg(net))


SLICE = parsed(
    'layer { name: "slice" type: "Slice" bottom: "x" top: "a" top: "b" } '
    'layer { name: "relu" type: "ReLU" bottom: "b" top: "b" }'
    + dropout("a", "include { phase: TRAIN }")
)


def test_layers_in_place_name_their_blob() -> None:
    assert {
        "relu \u00b7 ReLU \u00b7 on b",
        "drop \u00b7 Dropout \u00b7 0.5 \u00b7 on a \u00b7 TRAIN only",
    } <= set(words(draw.net_svg(SLICE)))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (V1, {"d", "i", "InnerProduct \u00b7 2"}),
        (V0, {"x", "i", "InnerProduct \u00b7 2"}),
    ],
    ids=["V1", "V0"],
)
def test_old_formats_have_their_layers(text: str, names: set[str]) -> None:
    svg = draw.net_svg(parsed(text))
    assert names <= set(words(svg))
    assert edges(svg) == 1


def test_nothing_to_draw_is_an_error_with_words(tmp_path: Path) -> None:
    with pytest.raises(caffe.InvalidArgumentError, match="no layers: nothing to draw"):
        draw.net_svg(caffe_pb2.NetParameter())
    net = parsed('name: "n" layer { name: "a" type: "TanH" include { phase: TRAIN } }')
    with pytest.raises(caffe.InvalidArgumentError, match='"n" has no layers in phase TEST'):
        draw.draw_net_to_file(net, tmp_path / "net.png", phase=caffe.TEST)
    assert list(tmp_path.iterdir()) == []
    for wrong in ("net.prototxt", None, caffe_pb2.SolverParameter()):
        with pytest.raises(caffe.InvalidArgumentError, match=type(wrong).__name__):
            draw.net_svg(wrong)
    with pytest.raises(caffe.ParseError, match="magic"):
        draw.net_svg(parsed('layers { layer { name: "m" type: "magic" } }'))


def test_multipliers_of_the_learning_rate() -> None:
    net = parsed(
        'layer { name: "c" type: "InnerProduct" top: "c" param { lr_mult: 2 } param { lr_mult: 0 } '
        'inner_product_param { num_output: 3 } } layer { name: "d" type: "Convolution" bottom: "c" '
        'top: "d" convolution_param { num_output: 1 kernel_size: 1 } }'
    )
    assert "InnerProduct \u00b7 3 \u00b7 lr \u00d7 2, 0" in words(
        draw.net_svg(net, display_lrm=True)
    )
    assert "InnerProduct \u00b7 3" in words(draw.net_svg(net))
    assert [draw.get_layer_lr_mult(layer) for layer in net.layer] == [2, 1]


# ---- formats and directions


def test_five_arguments_as_in_pycaffe(net: caffe.Net, tmp_path: Path) -> None:
    draw.draw_net_to_file(net, tmp_path / "net.svg", "LR", caffe.TEST, True)
    draw.draw_net_to_file(
        net, str(tmp_path / "other.svg"), rankdir="LR", phase=None, display_lrm=True
    )
    assert (tmp_path / "net.svg").read_text() == (tmp_path / "other.svg").read_text()


def test_files_that_are_written(net: caffe.Net, tmp_path: Path) -> None:
    draw.draw_net_to_file(net, os.fsencode(tmp_path / "net\udcff.svg"))
    assert (tmp_path / "net\udcff.svg").read_text() == draw.net_svg(net)
    with pytest.raises(caffe.FileError, match="nowhere/net.svg: No such file"):
        draw.draw_net_to_file(net, tmp_path / "nowhere/net.svg")


@pytest.mark.parametrize(
    ("suffix", "begins"),
    [
        ("png", b"\x89PNG"),
        ("PNG", b"\x89PNG"),
        ("pdf", b"%PDF"),
        ("jpg", b"\xff\xd8"),
        ("eps", b"%!PS"),
        ("svg", b"<svg"),
    ],
)
def test_formats(net: caffe.Net, tmp_path: Path, suffix: str, begins: bytes) -> None:
    path = tmp_path / f"net.{suffix}"
    draw.draw_net_to_file(net, path)
    assert path.read_bytes().startswith(begins)
    assert draw.draw_net(net, ext=suffix).startswith(begins)


def test_pixels_show_the_boxes(net: caffe.Net, tmp_path: Path) -> None:
    from PIL import Image

    draw.draw_net_to_file(net, tmp_path / "net.png")
    picture = picture_of(graph_of(net))
    pixels = np.asarray(Image.open(tmp_path / "net.png").convert("RGB")).astype(int)
    assert pixels.shape[:2] == pytest.approx((2 * picture.height, 2 * picture.width), abs=2)
    boxes = [one for one in picture.shapes if isinstance(one, Rect) and one.radius == 9]
    for box in boxes:
        x, y = box.x + box.width / 2, box.y + 5  # above the letters
        fill = [int(box.fill[i : i + 2], 16) for i in (1, 3, 5)]
        assert abs(pixels[round(2 * y), round(2 * x)] - fill).max() <= 2


def without(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    original = builtins.__import__

    def importing(module: str, *rest: Any, **more: Any) -> Any:
        if module.split(".")[0] == name:
            raise ImportError(f"No module named {module!r}")
        return original(module, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", importing)


def test_what_is_missing_is_named(
    net: caffe.Net, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        without(patch, "matplotlib")
        with pytest.raises(caffe.UnsupportedError, match=r"pip install libcaffe\[plots\]"):
            draw.draw_net_to_file(net, tmp_path / "net.png")
        draw.draw_net_to_file(net, tmp_path / "net.svg")
    with monkeypatch.context() as patch:
        without(patch, "pydot")
        with pytest.raises(ImportError, match="pip install pydot"):
            draw.get_pydot_graph(net)
        with pytest.raises(caffe.UnsupportedError, match="'gif'.*svg, png, pdf.*pip install pydot"):
            draw.draw_net_to_file(net, tmp_path / "net.gif")
    assert [path.name for path in tmp_path.glob("net*")] == ["net.svg"]
    with pytest.raises(caffe.InvalidArgumentError, match="has to end in"):
        draw.draw_net_to_file(net, tmp_path / "net")
    with pytest.raises(caffe.InvalidArgumentError, match="rankdir.*'UP'"):
        draw.draw_net(net, "UP")


def test_a_graph_of_pydot(net: caffe.Net) -> None:
    pytest.importorskip("pydot")
    graph = draw.get_pydot_graph(net, "LR")
    assert graph.get_rankdir() == "LR"
    names = {node.get_name() for node in graph.get_nodes()}
    assert {'"conv_Convolution"', '"relu_ReLU"', '"conv_blob"', '"data_blob"'} <= names
    ways = {(edge.get_source(), edge.get_destination()) for edge in graph.get_edges()}
    assert {
        ('"data_blob"', '"conv_Convolution"'),
        ('"conv_Convolution"', '"conv_blob"'),
        ('"conv_blob"', '"relu_ReLU"'),
        ('"relu_ReLU"', '"conv_blob"'),
    } <= ways
    assert "4\u00d73\u00d76\u00d76" in graph.to_string()
    assert "4\u00d73\u00d76\u00d76" not in draw.get_pydot_graph(net, label_edges=False).to_string()


def ways(graph: Any) -> list[tuple[str, str]]:
    """From where to where its edges lead."""
    return [
        (edge.get_source().strip('"'), edge.get_destination().strip('"'))
        for edge in graph.get_edges()
    ]


def texts(graph: Any) -> dict[str, str]:
    """What stands in its nodes, by their names."""
    return {node.get_name().strip('"'): node.get_label().strip('"') for node in graph.get_nodes()}


def test_layers_in_place_in_a_graph_of_pydot() -> None:
    pytest.importorskip("pydot")
    graph = draw.get_pydot_graph(SLICE)
    assert sorted(ways(graph)) == [
        ("a_blob", "drop_Dropout"),
        ("b_blob", "relu_ReLU"),
        ("drop_Dropout", "a_blob"),
        ("relu_ReLU", "b_blob"),
        ("slice_Slice", "a_blob"),
        ("slice_Slice", "b_blob"),
    ]
    assert texts(graph)["drop_Dropout"] == "drop (Dropout) 0.5 TRAIN only"


def test_phases_in_a_graph_of_pydot() -> None:
    pytest.importorskip("pydot")
    graph = draw.get_pydot_graph(parsed(DATA + dropout("data", "") + CONVOLUTION))
    said = texts(graph)
    assert len(said) == len(graph.get_nodes())
    assert "data (Data) TRAIN only" in said.values() and "data (Data) TEST only" in said.values()
    assert "drop (Dropout) 0.5" in said.values()
    edges = ways(graph)
    assert len(edges) == len(set(edges)) == 6


def test_graphvizs_formats(net: caffe.Net, tmp_path: Path) -> None:
    pytest.importorskip("pydot")
    if not shutil.which("dot"):
        with pytest.raises(caffe.UnsupportedError, match="dot is not on the path"):
            draw.draw_net_to_file(net, tmp_path / "net.gif")
        pytest.skip("dot is not installed")
    draw.draw_net_to_file(net, tmp_path / "net.gif")
    assert (tmp_path / "net.gif").read_bytes().startswith(b"GIF8")
    with pytest.raises(caffe.InvalidArgumentError, match="'nothing'"):
        draw.draw_net_to_file(net, tmp_path / "net.nothing")


def test_the_smaller_functions_of_pycaffe() -> None:
    assert draw.get_pooling_types_dict() == {0: "MAX", 1: "AVE", 2: "STOCHASTIC"}
    layer = parsed(
        'layer { name: "p" type: "Pooling" pooling_param { pool: AVE kernel_size: 2 stride: 2 } } '
        'layer { name: "c" type: "Convolution" convolution_param { num_output: 7 } } '
        'layer { name: "d" type: "Data" data_param { batch_size: 5 } }'
    ).layer
    assert draw.get_layer_label(layer[0], "TB") == "p (Pooling) AVE \u00b7 2\u00d72 \u00b7 stride 2"
    assert draw.get_layer_label(layer[0], "LR").count("\n") == 2
    assert [draw.get_edge_label(one) for one in layer] == ["", "7", "Batch 5"]
    assert draw.choose_color_by_layertype("Pooling") != draw.choose_color_by_layertype("ReLU")
