"""Retrieval by binary codes: examples/hash_retrieval."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from types import ModuleType

import caffe
import numpy as np
import pytest
from examples_for_tests import load, start
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = "hash_retrieval/retrieve.py"
WEIGHTS = "zoo/weights/squeezenet_v1.1/squeezenet_v1.1_fp16.caffemodel"
SMALL = """
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 8 dim: 8 } } }
layer { name: "latent" type: "InnerProduct" bottom: "data" top: "latent"
  inner_product_param { num_output: 48 weight_filler { type: "gaussian" std: 0.01 } } }
layer { name: "code" type: "Sigmoid" bottom: "latent" top: "code" }
"""


@pytest.fixture
def example() -> ModuleType:
    return load(PROGRAM)


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return start(PROGRAM, *arguments)


def small_model(folder: Path) -> list[object]:
    (folder / "net.prototxt").write_text(SMALL)
    caffe.Net(str(folder / "net.prototxt"), caffe.TEST).save(str(folder / "net.caffemodel"))
    return ["--definition", folder / "net.prototxt", "--weights", folder / "net.caffemodel"]


def test_distances_are_bits_that_differ(example: ModuleType) -> None:
    bits = np.random.default_rng(0).random((20, 48)) > 0.5
    codes = example.packed(bits.astype(np.float32), 0.5)
    assert codes.shape == (20, 6)
    expected = (bits[3] != bits).sum(axis=1)
    assert example.hamming(codes[3], codes).tolist() == expected.tolist()


def test_nearest_come_first_and_ties_keep_their_order(example: ModuleType) -> None:
    codes = np.array([[3], [0], [1], [2]], np.uint8)
    paths = [Path(name) for name in "abcd"]
    found = example.nearest([Path("q")], np.array([[0]], np.uint8), paths, codes, 3)
    assert [path.name for path in found[0].images] == ["b", "c", "d"]
    assert found[0].distances == [0, 1, 1]


def test_codes_of_a_latent_layer(tmp_path: Path) -> None:
    gallery = tmp_path / "gallery"
    (gallery / "below").mkdir(parents=True)
    random = np.random.default_rng(1)
    for i in range(5):
        pixels = random.integers(0, 256, (8, 8, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(gallery / ("below" if i % 2 else ".") / f"{i}.png")
    query = tmp_path / "query.png"
    Image.open(gallery / "2.png").save(query)
    done = run(*small_model(tmp_path), "--gallery", gallery, "--out", tmp_path / "n.png", query)
    assert done.returncode == 0, done.stderr
    distances = re.findall(r"^ +(\d+)  .*/(\d)\.png$", done.stdout, re.MULTILINE)
    assert len(distances) == 5
    assert distances[0] == ("0", "2")
    assert [int(one) for one, _ in distances] == sorted(int(one) for one, _ in distances)
    assert Image.open(tmp_path / "n.png").size == (6 * 118 + 18, 134 + 6)


def test_a_real_net_finds_what_looks_alike(shared: Path, tmp_path: Path) -> None:
    pictures = shared / "data/images/imagenet"
    mirrored = tmp_path / "query.png"
    fish = next(pictures.glob("*bullfrog*"))
    Image.open(fish).convert("RGB").transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(mirrored)
    done = run(
        *("--definition", ROOT / "models/squeezenet_v1.1/deploy.prototxt"),
        *("--weights", shared / WEIGHTS, "--blob", "pool10", "--threshold", "median"),
        *("--gallery", pictures, "--out", tmp_path / "n.png", mirrored),
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1].endswith(fish.name)


def test_bad_input(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    model = small_model(tmp_path)
    done = run(*model, "--gallery", tmp_path / "empty", tmp_path / "q.png")
    assert done.returncode == 1
    assert "there are no images in it" in done.stderr
    Image.new("RGB", (8, 8)).save(tmp_path / "empty/a.png")
    done = run(*model, "--gallery", tmp_path / "empty", tmp_path / "q.png")
    assert done.returncode == 1
    assert "q.png" in done.stderr
    done = run(*model, "--gallery", tmp_path / "empty", "--blob", "codes", tmp_path / "empty/a.png")
    assert done.returncode == 1
    assert "codes" in done.stderr
    assert "Traceback" not in done.stderr
