"""docs/training.md: what it prints is done in order, by somebody with three folders of images."""
from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from cli_tool import Tool
from PIL import Image

import caffe

PAGE = Path(__file__).resolve().parents[2] / "docs/training.md"
COLOURS = {"daisy": (230, 230, 120), "rose": (200, 30, 60), "violet": (90, 40, 190)}


def block_after(words: str) -> str:
    """The first block behind a piece of the page's text."""
    return re.findall(r"^```\w+\n(.*?)^```", PAGE.read_text().split(words, 1)[1], re.M | re.S)[0]


@pytest.fixture
def flowers(tool: Tool) -> Tool:
    """Forty images of each class, of its colour with noise."""
    random = np.random.RandomState(0)
    for name, colour in COLOURS.items():
        folder = tool.folder / "flowers" / name
        folder.mkdir(parents=True)
        for i in range(40):
            pixels = np.clip(np.array(colour) + random.randint(-60, 60, (32, 32, 3)), 0, 255)
            Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{i}.png")
    return tool


def test_the_page_trains_a_net(flowers: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    page = PAGE.read_text()
    # The databases, in the size of the page's net.
    (command,) = re.findall(r"^    (caffe convert_imageset -folders .*)$", page, re.M)
    words = shlex.split(command.replace("256", "32"))[1:]
    assert flowers(*words).status == 0
    assert (flowers.folder / "labels.txt").read_text().split() == list(COLOURS)
    (flowers.folder / "train_val.prototxt").write_text(block_after("`train_val.prototxt`, for images"))
    (flowers.folder / "solver.prototxt").write_text(block_after("`solver.prototxt`:"))
    train, test = block_after("Then\n").splitlines()
    done = flowers(*shlex.split(train)[1:])
    assert done.status == 0, done.log
    for number in (50, 100, 150):
        assert (flowers.folder / f"flower_net_iter_{number}.solverstate").exists()
    done = flowers(*shlex.split(test)[1:])
    assert done.status == 0, done.log
    (accuracy,) = re.findall(r"\] accuracy = ([\d.]+)$", done.log, re.M)
    assert float(accuracy) > 0.9
    monkeypatch.chdir(flowers.folder)
    code = block_after("In Python:")
    exec(compile(code, str(PAGE), "exec"), {})  # noqa: S102
    assert caffe.Net("train_val.prototxt", "flower_net_iter_150.caffemodel", caffe.TEST).blobs["score"].data.shape == (10, 3)


def test_its_solver_fields_exist(tmp_path: Path) -> None:
    """Each field that a table or a text of the page names is one of the schema."""
    from caffe.proto import caffe_pb2

    section = PAGE.read_text().split("## The solver's fields", 1)[1].split("## Where weights begin", 1)[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    names = set(re.findall(r"`([a-z_0-9]+)`", " ".join(cells))) - {
        "fixed", "step", "multistep", "exp", "inv", "poly", "sigmoid", "plateau", "multifixed"}
    assert len(names) > 20
    assert names <= {field.name for field in caffe_pb2.SolverParameter.DESCRIPTOR.fields}
