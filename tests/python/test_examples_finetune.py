"""Fine-tuning beats training from scratch: the Flickr style example, on styles that are made."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from examples_for_tests import start
from PIL import Image

WEIGHTS = "zoo/weights/squeezenet_v1.1/squeezenet_v1.1_fp16.caffemodel"


def run(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return start(f"finetune_flickr_style/{script}", *arguments)


def test_styled_images(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    first = run("styled_images.py", "--images", 40, "--out", tmp_path / "a")
    assert first.returncode == 0, first.stderr
    assert "Writing train/val for 40 images" in first.stdout
    assert run("styled_images.py", "--images", 40, "--out", tmp_path / "b").returncode == 0
    lists = [(tmp_path / "a" / name).read_text().splitlines() for name in ("train.txt", "test.txt")]
    assert [len(lines) for lines in lists] == [32, 8]
    names = (tmp_path / "a/style_names.txt").read_text().splitlines()
    assert sorted({int(line.split()[1]) for line in [*lists[0], *lists[1]]}) == list(
        range(len(names))
    )
    for line in lists[0]:
        path = Path(line.split()[0])
        assert Image.open(path).size == (256, 256)
        # The seed decides.
        assert path.read_bytes() == (tmp_path / "b/images" / path.name).read_bytes()
    grey = np.asarray(Image.open(tmp_path / "a/images/00001.jpg").convert("HSV"))[..., 1]
    assert grey.max() == 0, "noir has no colour"


def test_too_few_images(tmp_path: Path) -> None:
    done = run("styled_images.py", "--images", 3, "--out", tmp_path)
    assert done.returncode == 2
    assert "expected 40 or more, got 3" in done.stderr


def test_fine_tuning_is_ahead(shared: Path, tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    done = run(
        *("finetune_and_compare.py", "--weights", shared / WEIGHTS, "--out", tmp_path),
        *("--images", 80, "--iterations", 10, "--batch", 8),
    )
    assert done.returncode == 0, done.stderr
    rows = re.findall(r"^ +\d+ +([\d.]+) +([\d.]+)$", done.stdout, re.MULTILINE)
    losses = np.array(rows, float)
    assert losses.shape == (10, 2)
    tuned, scratch = losses[-4:].mean(axis=0)
    assert tuned < 1.2
    assert scratch > 1.8  # chance is log 8 = 2.08
    right = re.search(r"accuracy +([\d.]+)% +([\d.]+)%", done.stdout)
    assert right is not None
    assert float(right[1]) > 75
    assert float(right[2]) < 45
    assert Image.open(tmp_path / "losses.png").size[0] > 600


def test_without_weights(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    done = run(
        "finetune_and_compare.py", "--weights", "none.caffemodel", "--out", tmp_path, "--images", 40
    )
    assert done.returncode == 1
    assert "none.caffemodel" in done.stderr
    assert "Traceback" not in done.stderr
    assert run("finetune_and_compare.py", "--weights", "w", "--data", tmp_path).returncode == 2
