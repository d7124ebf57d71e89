"""caffe.draw: nothing in the pictures of nets lies over anything else, in every direction."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from caffe import draw
from caffe._net_graph import graph_of
from caffe._net_picture import picture_of
from caffe._picture import Line, Picture, Rect, Text, text_width
from caffe.proto import caffe_pb2
from google.protobuf import text_format

pytestmark = pytest.mark.usefixtures("quiet")
DIRECTIONS = ["TB", "BT", "LR", "RL"]


def parsed(text: str) -> Any:
    return text_format.Parse(text, caffe_pb2.NetParameter())


def chain(count: int) -> str:
    """Many convolutions, each with a way around it, as in residual nets."""
    layers = ['name: "chain" layer { name: "d" type: "Data" top: "x0" top: "label" }']
    for i in range(count):
        layers.append(
            f'layer {{ name: "a{i}" type: "Convolution" bottom: "x{i}" top: "a{i}" }}'
            f'layer {{ name: "r{i}" type: "ReLU" bottom: "a{i}" top: "a{i}" }}'
            f'layer {{ name: "b{i}" type: "Convolution" bottom: "a{i}" top: "b{i}" }}'
            f'layer {{ name: "s{i}" type: "Eltwise" bottom: "x{i}" bottom: "b{i}" top: "x{i + 1}" }}'
        )
    end = f'bottom: "x{count}" bottom: "label" top: "l"'
    return " ".join([*layers, f'layer {{ name: "loss" type: "SoftmaxWithLoss" {end} }}'])


def fan(count: int) -> str:
    """A layer with many tops, of boxes of different heights, and one that reads them all."""
    tops = " ".join(f'top: "part_{i}"' for i in range(count))
    layers = ['name: "fan" layer { name: "in" type: "Input" top: "in" }']
    layers.append(f'layer {{ name: "slice" type: "Slice" bottom: "in" {tops} }}')
    for i in range(count):
        layers.append(f'layer {{ name: "n{i}" type: "TanH" bottom: "part_{i}" top: "n{i}" }}')
        layers += [
            f'layer {{ name: "r{k}" type: "ReLU" bottom: "n{i}" top: "n{i}" }}'
            for k in range(i % 4)
        ]
    bottoms = " ".join(f'bottom: "n{count - 1 - i}"' for i in range(count))
    return " ".join([*layers, f'layer {{ name: "all" type: "Concat" {bottoms} top: "all" }}'])


NETS = {
    "one": 'layer { name: "alone" type: "Input" top: "x" }',
    "apart": 'layer { name: "a" type: "Input" top: "x" } layer { name: "b" type: "Input" top: "y" }',
    "chain": chain(3),
    "long": chain(25),
    "fan": fan(6),
    "wide fan": fan(40),
}
ZOO = [
    "bvlc_examples/mnist/lenet_train_test.prototxt",
    "bvlc_googlenet/train_val.prototxt",
    "resnet_msra/ResNet-50-deploy.prototxt",
    "mobilenet_ssd/deploy.prototxt",
    "s2vt/s2vt.prototxt",
]


def boxes_of(picture: Picture) -> list[Rect]:
    return [one for one in picture.shapes if isinstance(one, Rect) and one.radius == 9]


def points_of(line: Line) -> list[tuple[float, float]]:
    """Points along a line, about ten to a curve."""
    (at,), *steps = line.path
    points = [at]
    for step in steps:
        for t in np.linspace(0.1, 1, 10):
            if len(step) == 1:
                corners, factors = [at, step[0]], [1 - t, t]
            else:
                corners = [at, *step]
                factors = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3]
            points.append(
                tuple(sum(f * corner[k] for f, corner in zip(factors, corners)) for k in (0, 1))
            )
        at = step[-1]
    return points


def check_geometry(picture: Picture) -> None:
    boxes = boxes_of(picture)
    assert boxes
    for i, a in enumerate(boxes):
        assert 0 < a.x and a.x + a.width < picture.width
        assert 0 < a.y and a.y + a.height < picture.height
        for b in boxes[:i]:
            assert (
                a.x + a.width < b.x
                or b.x + b.width < a.x
                or a.y + a.height < b.y
                or b.y + b.height < a.y
            ), (a, b)
    # All words but the title stand in a box, so what keeps from boxes keeps from words.
    for text in (one for one in picture.shapes if isinstance(one, Text) and one.centred):
        assert any(
            box.x < text.x - text.width / 2
            and text.x + text.width / 2 < box.x + box.width
            and box.y < text.y - text.size
            and text.y < box.y + box.height
            for box in boxes
        ), text
    edge = np.array([[box.x, box.y, box.x + box.width, box.y + box.height] for box in boxes])
    for line in (one for one in picture.shapes if isinstance(one, Line) and one.tip is not None):
        points = np.array([*points_of(line), line.tip[0]])
        assert (points > 0).all() and (points < [picture.width, picture.height]).all()
        x, y = points[:, 0, None], points[:, 1, None]
        inside = (x > edge[:, 0] + 0.2) & (x < edge[:, 2] - 0.2)
        inside &= (y > edge[:, 1] + 0.2) & (y < edge[:, 3] - 0.2)
        assert not inside.any(), line.title
        title = [one for one in picture.shapes if isinstance(one, Text) and not one.centred]
        for text in title:
            assert not ((points[:, 0] < text.x + text.width) & (points[:, 1] < text.y)).any()
        # The tip is at a box, and so is the beginning.
        for end in (points[0], points[-1]):
            apart = np.maximum(edge[:, :2] - end, end - edge[:, 2:]).max(axis=1)
            assert abs(apart).min() < 0.2


def test_the_check_itself_sees_what_lies_wrong() -> None:
    def drawn() -> Picture:
        picture = picture_of(graph_of(parsed(chain(1))))
        check_geometry(picture)
        return picture

    for spoil in ("box", "text", "line"):
        picture = drawn()
        box = boxes_of(picture)[1]
        if spoil == "box":
            box.y += 60
        elif spoil == "text":
            next(one for one in picture.shapes if isinstance(one, Text) and one.centred).x += 80
        else:
            line = next(one for one in picture.shapes if isinstance(one, Line) and one.tip)
            line.path[1:1] = [((box.x + box.width / 2, box.y + 20),)]
        with pytest.raises(AssertionError):
            check_geometry(picture)


@pytest.mark.parametrize("rankdir", DIRECTIONS)
@pytest.mark.parametrize("name", NETS)
def test_nothing_lies_over_anything(name: str, rankdir: str) -> None:
    check_geometry(picture_of(graph_of(parsed(NETS[name])), rankdir))


@pytest.mark.parametrize("rankdir", ["TB", "RL"])
@pytest.mark.parametrize("model", ZOO)
def test_nothing_lies_over_anything_in_real_nets(shared: Path, model: str, rankdir: str) -> None:
    picture = picture_of(graph_of(parsed((shared / "zoo/models" / model).read_text())), rankdir)
    check_geometry(picture)
    assert max(picture.width, picture.height) < 4500


def test_edges_are_those_of_the_net() -> None:
    shapes = picture_of(graph_of(parsed(chain(3)))).shapes
    titles = sorted(one.title for one in shapes if isinstance(one, Line) and one.tip is not None)
    assert titles == sorted(
        ["x0", "x0", "a0", "b0", "x1", "x1", "a1", "b1", "x2", "x2", "a2", "b2", "x3", "label"]
    )


def test_the_net_runs_where_rankdir_says() -> None:
    text = 'layer { name: "a" type: "Input" top: "x" } layer { name: "b" type: "TanH" bottom: "x" top: "y" }'
    for rankdir, direction in zip(DIRECTIONS, [(0, 1), (0, -1), (1, 0), (-1, 0)]):
        a, b = boxes_of(picture_of(graph_of(parsed(text)), rankdir))
        step = np.sign([round(b.x - a.x), round(b.y - a.y)])
        assert step[direction.index(0) ^ 1] == sum(direction), rankdir
        (line,) = (
            one
            for one in picture_of(graph_of(parsed(text)), rankdir).shapes
            if isinstance(one, Line) and one.tip is not None
        )
        end = np.subtract(line.tip[0], line.path[0][0])
        assert np.sign(end.round()).tolist() == list(direction), rankdir


@pytest.mark.parametrize("rankdir", DIRECTIONS)
def test_long_nets_stand_in_columns(rankdir: str) -> None:
    """A hundred layers have about the proportions of a screen, however long their chain."""
    for count in (25, 60):
        picture = picture_of(graph_of(parsed(chain(count))), rankdir)
        assert 0.9 < picture.width / picture.height < 2.5
        assert max(picture.width, picture.height) < 770 * count**0.5
    short = picture_of(graph_of(parsed(chain(2))), "TB")
    middles = {round(box.x + box.width / 2) for box in boxes_of(short)}
    assert len(middles) <= 5 and short.height > short.width


def test_resnet_50_fits_a_page(shared: Path, tmp_path: Path) -> None:
    from PIL import Image

    model = shared / "zoo/models/resnet_msra/ResNet-50-deploy.prototxt"
    draw.draw_net_to_file(parsed(model.read_text()), tmp_path / "net.png")
    width, height = Image.open(tmp_path / "net.png").size
    assert height < width <= 5000


def test_words_are_not_wider_than_thought() -> None:
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    for bold in (False, True):
        font = FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")
        for text in (
            "conv1",
            "inception_3a/5x5_reduce",
            "WWWMMM",
            "iiilll",
            "res2a_branch2a",
            "64\u00d73",
        ):
            path = TextPath((0, 0), text, size=11, prop=font)
            assert path.get_extents().width <= text_width(text, 11, bold)
