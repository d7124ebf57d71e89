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


def blocks() -> list[tuple[str, str, str]]:
    """Language, text, and the file that the words before the block name, of every block of the page."""
    found = re.findall(r"([^\n]*)\n\n```(\w+)\n(.*?)^```", PAGE.read_text(), re.M | re.S)
    named = [(language, text, re.search(r"`(\w+\.prototxt)`[^`]*:$", before)) for before, language, text in found]
    return [(language, text, match.group(1) if match else "") for language, text, match in named]


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
    """Block after block, as somebody does who reads it from the top."""
    monkeypatch.chdir(flowers.folder)
    logs = []
    for language, text, file in blocks():
        if language == "prototxt":
            Path(file).write_text(text)
        elif language == "python":
            exec(compile(text, str(PAGE), "exec"), {})  # noqa: S102
        else:
            for line in text.splitlines():
                program, *words = shlex.split(line)
                assert program == "caffe"
                done = flowers(*words)
                assert done.status == 0, done.log
                logs.append(done.log)
    assert Path("labels.txt").read_text().split() == list(COLOURS)
    for folder in ("train_lmdb", "val_lmdb", "train_by_python", "val_by_python"):
        assert Path(folder).is_dir()
    for number in (50, 100, 150):
        assert Path(f"flower_net_iter_{number}.solverstate").exists()
    (accuracy,) = re.findall(r"\] accuracy = ([\d.]+)$", logs[-1], re.M)
    assert float(accuracy) > 0.9
    assert caffe.Net("train_val.prototxt", "flower_net_iter_150.caffemodel", caffe.TEST).blobs["score"].data.shape == (10, 3)


def test_the_page_has_the_blocks_that_are_run() -> None:
    found = blocks()
    assert len(found) == len(re.findall(r"^```\w+$", PAGE.read_text(), re.M))
    assert [language for language, _, _ in found] == ["sh", "python", "prototxt", "prototxt", "sh", "python"]
    assert [file for language, _, file in found if language == "prototxt"] == ["train_val.prototxt", "solver.prototxt"]


def test_its_solver_fields_exist(tmp_path: Path) -> None:
    """Each field that a table or a text of the page names is one of the schema."""
    from caffe.proto import caffe_pb2

    section = PAGE.read_text().split("## The solver's fields", 1)[1].split("## Where weights begin", 1)[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    names = set(re.findall(r"`([a-z_0-9]+)`", " ".join(cells))) - {
        "fixed", "step", "multistep", "exp", "inv", "poly", "sigmoid", "plateau", "multifixed"}
    assert len(names) > 20
    assert names <= {field.name for field in caffe_pb2.SolverParameter.DESCRIPTOR.fields}
