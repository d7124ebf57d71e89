"""docs/tutorials: the pages' blocks run one after the other, and print what their comments say.

What is to be typed before, in blocks of `text`, a test stands in for with less data.
"""

from __future__ import annotations

import gzip
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs/tutorials"


def blocks(page: str) -> list[tuple[str, str]]:
    """Language and text of each block of a page."""
    return re.findall(r"^```(\w+)\n(.*?)^```", (PAGES / page).read_text(), re.DOTALL | re.MULTILINE)


@pytest.fixture
def read_aloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], dict[str, Any]]:
    """Runs a page in an empty folder; returns its variables."""
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    monkeypatch.chdir(tmp_path)

    def run(page: str) -> dict[str, Any]:
        variables: dict[str, Any] = {}
        for language, text in blocks(page):
            if language == "python":
                exec(compile(text, page, "exec"), variables)  # noqa: S102
            for line in text.splitlines() if language == "sh" else []:
                program, *words = shlex.split(line, comments=True)
                assert program == "caffe"
                command = [sys.executable, "-m", "caffe", *words]
                done = subprocess.run(
                    command, capture_output=True, text=True, timeout=600, check=False
                )
                assert done.returncode == 0, done.stderr
        printed = " ".join(capsys.readouterr().out.split())
        for text in (text for language, text in blocks(page) if language == "python"):
            for shown in re.findall(r"^ *print\(.*\) +# (.*?)(?: \.\.\.)?$", text, re.MULTILINE):
                assert shown in printed
        return variables

    return run


def is_picture(path: str) -> bool:
    from PIL import Image

    with Image.open(path) as image:
        colours = image.convert("RGB").getcolors(1 << 24)
    return colours is not None and len(colours) > 50


def test_logistic_regression(read_aloud: Callable[[str], dict[str, Any]]) -> None:
    pytest.importorskip("sklearn")
    read_aloud("logistic_regression.md")
    assert is_picture("border.png")
    assert Path("bent_iter_500.caffemodel").exists()


def mnist(shared: Path, folder: Path, trained: int) -> None:
    """MNIST's files and databases where the scripts put them, the first images of each."""
    data = folder / "data/mnist"
    data.mkdir(parents=True)
    for name, count in (("train", trained), ("t10k", 2000)):
        for kind in ("images-idx3", "labels-idx1"):
            packed = shared / f"data/mnist/{name}-{kind}-ubyte.gz"
            values = gzip.decompress(packed.read_bytes())
            header, each = (16, 784) if kind == "images-idx3" else (8, 1)
            first = values[:4] + count.to_bytes(4, "big") + values[8 : header + count * each]
            (data / f"{name}-{kind}-ubyte").write_bytes(first)


def tool(*words: object) -> None:
    command = [sys.executable, "-m", "caffe", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr


def files_of(name: str) -> list[str]:
    return [f"data/mnist/{name}-{kind}-ubyte" for kind in ("images-idx3", "labels-idx1")]


def test_learning_lenet(
    read_aloud: Callable[[str], dict[str, Any]], shared: Path, tmp_path: Path
) -> None:
    mnist(shared, tmp_path, 6000)
    (tmp_path / "examples/mnist").mkdir(parents=True)
    for name, database in (("train", "mnist_train_lmdb"), ("t10k", "mnist_test_lmdb")):
        tool("convert_mnist_data", *files_of(name), f"examples/mnist/{database}", "--backend=lmdb")
    read_aloud("learning_lenet.md")
    for name in ("digits", "filters", "learning", "one_digit"):
        assert is_picture(f"out/learning_lenet/{name}.png")


def test_net_surgery(
    read_aloud: Callable[[str], dict[str, Any]], shared: Path, tmp_path: Path
) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    out = tmp_path / "out/digits"
    (out / "pgm").mkdir(parents=True)
    packed = (shared / "data/mnist/t10k-images-idx3-ubyte.gz").read_bytes()
    digit = gzip.decompress(packed)[16 + 784 : 16 + 2 * 784]
    (out / "pgm/000.pgm").write_bytes(b"P5 28 28 255\n" + digit)
    weights = shared / "zoo/weights/lenet_pl8787_v0era/lenet_iter_10000"
    shutil.copy(weights, out / "lenet_iter_1200.caffemodel")
    read_aloud("net_surgery.md")
    assert is_picture("filters_by_hand.png")
    assert is_picture("page.png")


def test_siamese(read_aloud: Callable[[str], dict[str, Any]], shared: Path, tmp_path: Path) -> None:
    mnist(shared, tmp_path, 6000)
    examples = tmp_path / "examples/siamese"
    examples.mkdir(parents=True)
    for path in (ROOT / "examples/siamese").glob("*.prototxt"):
        shutil.copy(path, examples)
    for name, part in (("train", "train"), ("t10k", "test")):
        database = f"examples/siamese/mnist_siamese_{part}_leveldb"
        tool("convert_mnist_siamese_data", *files_of(name), database)
    solver = (examples / "mnist_siamese_solver.prototxt").read_text()
    short = re.sub(r"^max_iter: .*$", "max_iter: 300", solver, flags=re.MULTILINE)
    short = re.sub(r"^(test_interval|snapshot): .*$", r"\1: 1000", short, flags=re.MULTILINE)
    short = re.sub(r"^test_iter: .*$", "test_iter: 2", short, flags=re.MULTILINE)
    (tmp_path / "short.prototxt").write_text(short)
    tool("train", "-solver", "short.prototxt")
    (examples / "mnist_siamese_iter_300.caffemodel").rename(
        examples / "mnist_siamese_iter_50000.caffemodel"
    )
    read_aloud("siamese.md")
    assert is_picture("map_of_digits.png")


def test_multilabel(read_aloud: Callable[[str], dict[str, Any]]) -> None:
    path = list(sys.path)
    try:
        read_aloud("multilabel.md")
    finally:
        sys.path[:] = path
        sys.modules.pop("shape_layers", None)
    assert is_picture("shapes.png")


def test_classification(
    read_aloud: Callable[[str], dict[str, Any]], shared: Path, tmp_path: Path
) -> None:
    """With weights whose values were rounded: another file than the card's."""
    pytest.importorskip("sklearn")
    pytest.importorskip("yaml")
    from caffe.zoo import card

    model = tmp_path / "models/squeezenet_v1.1"
    shutil.copytree(ROOT / "models/squeezenet_v1.1", model)
    weights = shared / "zoo/weights/squeezenet_v1.1/squeezenet_v1.1_fp16.caffemodel"
    shutil.copy(weights, model / "squeezenet_v1.1.caffemodel")
    about = card.read(model)
    about.files, about.sha1, about.expected = [], None, None
    about.write()
    (tmp_path / "data/ilsvrc12").mkdir(parents=True)
    for folder in (tmp_path / "data/ilsvrc12", model):
        shutil.copy(shared / "data/ilsvrc12/synset_words.txt", folder)
    variables = read_aloud("classification.md")
    by_hand = variables["names"][variables["scores"].argmax()]
    assert by_hand in variables["answer"].label
    for name in ("seen", "scores", "inside"):
        assert is_picture(f"{name}.png")
