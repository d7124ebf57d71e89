"""caffe.draw: pictures of nets are SVG in which nothing overlaps."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import caffe
import pytest
from caffe import _layout, draw
from caffe.proto import caffe_pb2
from google.protobuf import text_format

SVG = "{http://www.w3.org/2000/svg}"


def words(svg: str) -> list[str]:
    """The visible texts."""
    return ["".join(one.itertext()) for one in ET.fromstring(svg).iter(f"{SVG}text")]


def test_a_net_with_its_shapes(net: caffe.Net, tmp_path: Path) -> None:
    draw.draw_net_to_file(net, tmp_path / "net.svg")
    text = words((tmp_path / "net.svg").read_text())
    assert "small" in text
    assert any(one.startswith("Convolution \u00b7 3 \u00b7 3\u00d73") for one in text)
    assert "relu \u00b7 ReLU" in text
    assert "4\u00d73\u00d76\u00d76" in text
    assert any("57 weights" in one for one in text)  # 3 x 2 x 3 x 3 + 3
    assert net._repr_svg_() == (tmp_path / "net.svg").read_text()


def test_names_are_escaped() -> None:
    net = text_format.Parse(
        'name: "<a & b>" layer { name: "x<y" type: "ReLU" }', caffe_pb2.NetParameter()
    )
    assert {"<a & b>", "x<y"} <= set(words(draw.net_svg(net)))


def test_phases() -> None:
    net = text_format.Parse(
        """
        layer { name: "d1" type: "Data" top: "data" include { phase: TRAIN } }
        layer { name: "d2" type: "Data" top: "data" include { phase: TEST } }
        layer { name: "r" type: "TanH" bottom: "data" top: "r" exclude { phase: TEST } }
        """,
        caffe_pb2.NetParameter(),
    )
    assert {"d1", "d2", "r"} <= set(words(draw.net_svg(net)))
    assert draw.net_svg(net).count("<path d=") == 3  # both data layers lead to r; the arrow's tip
    train, test = (set(words(draw.net_svg(net, phase))) for phase in (caffe.TRAIN, "TEST"))
    assert ("d1" in train, "d2" in train, "r" in train) == (True, False, True)
    assert ("d1" in test, "d2" in test, "r" in test) == (False, True, False)


def test_empty_net() -> None:
    assert ET.fromstring(draw.net_svg(caffe_pb2.NetParameter())).tag == f"{SVG}svg"


def test_formats_and_directions(net: caffe.Net, tmp_path: Path) -> None:
    with pytest.raises(caffe.InvalidArgumentError, match="png"):
        draw.draw_net_to_file(net, tmp_path / "net.png")
    with pytest.raises(caffe.InvalidArgumentError, match="rankdir"):
        draw.draw_net(net, "UP")
    assert draw.draw_net(net).startswith(b"<svg")


def overlap(a: _layout.Node, b: _layout.Node) -> bool:
    apart_x = abs(a.x - b.x) >= (a.width + b.width) / 2 - 1e-6
    apart_y = a.y + a.height <= b.y + 1e-6 or b.y + b.height <= a.y + 1e-6
    return not (apart_x or apart_y)


@pytest.mark.parametrize(
    "model", ["bvlc_googlenet/train_val.prototxt", "resnet_msra/ResNet-50-deploy.prototxt"]
)
def test_boxes_do_not_overlap(shared: Path, model: str) -> None:
    file = shared / "zoo/models" / model
    net = text_format.Parse(file.read_text(), caffe_pb2.NetParameter())
    boxes, edges = draw.build(net, caffe.TEST)
    for box in boxes:
        box.node.width, box.node.height = 100.0, 40.0
    _layout.layout([box.node for box in boxes], [edge for edge, _ in edges], 20, 30)
    nodes = [box.node for box in boxes] + [one for edge, _ in edges for one in edge.passes]
    assert not [1 for i, a in enumerate(nodes) for b in nodes[:i] if overlap(a, b)]
    assert all(edge.source.y < edge.target.y for edge, _ in edges)
    assert min(node.x - node.width / 2 for node in nodes) >= -1e-6
