"""The targets that the original's pages have people type exist, and do what they are called after."""
from __future__ import annotations

import subprocess
from pathlib import Path

import pytest


def planned(root: Path, *targets: str) -> str:
    """What make would do."""
    done = subprocess.run(["make", "-n", *targets], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("target, command", [
    ("all", "scripts/build build all "), ("pycaffe", "scripts/build build runtime "),
    ("matcaffe", "scripts/bootstrap octave"), ("runtest", "run_tests.py build --only programs"),
    ("pytest", "run_tests.py build --only python"), ("mattest", "run_tests.py build --only matlab"),
    ("test", "run_tests.py build\n"),
])
def test_classical_targets(root: Path, target: str, command: str) -> None:
    assert command in planned(root, target)


def test_several_at_once_are_built_one_after_another(root: Path) -> None:
    """make -j8 all pycaffe: two builds of one folder would be in each other's way."""
    assert planned(root, "-j8", "all", "pycaffe").count("scripts/build build") == 2
    assert "\n.NOTPARALLEL:\n" in (root / "Makefile").read_text()


@pytest.mark.parametrize("made", [
    "data/mnist/train-images-idx3-ubyte", "data/cifar10/data_batch_1.bin", "data/ilsvrc12/imagenet_mean.binaryproto",
    "data/flickr_style/train.txt", "examples/mnist/mnist_train_lmdb/data.mdb",
    "examples/siamese/mnist_siamese_train_leveldb/CURRENT", "examples/cifar10/mean.binaryproto",
    "examples/finetune_flickr_style/flickr_style.csv.gz", "examples/_temp/temp.txt", "examples/cifar10/x.caffemodel.h5",
    "models/bvlc_reference_caffenet/caffenet_train_iter_1.solverstate", "models/bvlc_alexnet/bvlc_alexnet.caffemodel",
])
def test_what_the_scripts_make_is_no_part_of_the_tree(root: Path, made: str) -> None:
    done = subprocess.run(["git", "check-ignore", "-q", made], cwd=root, check=False)
    if done.returncode == 128:
        pytest.skip("not a git checkout")
    assert done.returncode == 0


def test_what_fetches_them_is(root: Path) -> None:
    for path in ("data/get.py", "data/mnist/get_mnist.sh", "data/ilsvrc12/SHA256SUMS", "examples/mnist/train_lenet.sh"):
        assert subprocess.run(["git", "check-ignore", "-q", path], cwd=root, check=False).returncode in (1, 128)
