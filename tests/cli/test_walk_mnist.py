"""examples/mnist, cifar10 and siamese: the scripts as people type them, with small datasets and few batches."""
from __future__ import annotations

import hashlib
import re
import struct
from pathlib import Path

import numpy as np
import pytest
from cli_tool import ROOT
from walk import Checkout

SCRIPTS = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "examples").glob("*/*.sh"))


def write_digits(folder: Path, stem: str, count: int) -> None:
    """Digits as MNIST's files have them: digit d is a bright row, the 2d-th and the one below, in noise."""
    random = np.random.RandomState(count)
    labels = (np.arange(count) % 10).astype(np.uint8)
    images = random.randint(0, 60, (count, 28, 28)).astype(np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[2 * label + 2:2 * label + 4] += 180
    files = {f"{stem}-images-idx3-ubyte": struct.pack(">4I", 2051, count, 28, 28) + images.tobytes(),
             f"{stem}-labels-idx1-ubyte": struct.pack(">2I", 2049, count) + labels.tobytes()}
    for name, content in files.items():
        (folder / name).write_bytes(content)
        with open(folder / "SHA256SUMS", "a") as sums:
            sums.write(f"{hashlib.sha256(content).hexdigest()}  {name}\n")


@pytest.fixture
def mnist(checkout: Checkout) -> Checkout:
    write_digits(checkout.root / "data/mnist", "train", 640)
    write_digits(checkout.root / "data/mnist", "t10k", 200)
    return checkout


def shorten(checkout: Checkout, solver: str, iterations: int) -> None:
    """Lets a solver end after a few iterations, with two batches a test."""
    path = checkout.root / solver
    text = re.sub(r"^(max_iter|snapshot|test_interval|display|random_seed): .*\n", "", path.read_text(), flags=re.M)
    text = re.sub(r"^test_iter: .*$", "test_iter: 2", text, flags=re.M)
    settings = {"max_iter": iterations, "snapshot": iterations, "test_interval": iterations, "display": 10, "random_seed": 1}
    path.write_text(text + "".join(f"{name}: {value}\n" for name, value in settings.items()))


def test_mnist_is_created_and_learned(mnist: Checkout) -> None:
    out = mnist.done("./examples/mnist/create_mnist.sh")
    assert "A total of 640 items." in out and "A total of 200 items." in out
    assert out.startswith("Creating lmdb...\n") and out.endswith("Done.\n")
    mnist.done("examples/mnist/create_mnist.sh")  # what is there is replaced
    shorten(mnist, "examples/mnist/lenet_solver.prototxt", 60)
    out = mnist.done("./examples/mnist/train_lenet.sh")
    assert float(re.findall(r"accuracy = (\S+)", out)[-1]) > 0.9
    assert (mnist.root / "examples/mnist/lenet_iter_60.caffemodel").exists()
    # What follows goes to caffe train.
    weights = "examples/mnist/lenet_iter_60.caffemodel"
    out = mnist.done(f"./examples/mnist/train_lenet.sh --weights={weights} -device cpu")
    assert float(re.findall(r"accuracy = (\S+)", out)[0]) > 0.9


def test_the_page_on_mnist(mnist: Checkout) -> None:
    """With a training of 20 batches, and the others of 2."""
    shorten(mnist, "examples/mnist/lenet_solver.prototxt", 20)
    for solver in ("lenet_solver_adam", "lenet_solver_rmsprop", "lenet_consolidated_solver", "mnist_autoencoder_solver"):
        shorten(mnist, f"examples/mnist/{solver}.prototxt", 2)
    out = mnist.follow("mnist.md", ("lenet_iter_10000", "lenet_iter_20"), ("--iterations=100", "--iterations=2"))
    assert "Average Forward pass" in out and out.count("Optimization Done.") == 10  # twice a training
    assert (mnist.root / "out/lenet.log.test").read_text().startswith("NumIters,Seconds,LearningRate,accuracy,loss\n0.0,")
    assert (mnist.root / "out/accuracy.png").stat().st_size > 5000


@pytest.mark.parametrize("script, solver", [
    ("train_lenet_adam", "lenet_solver_adam"), ("train_lenet_rmsprop", "lenet_solver_rmsprop"),
    ("train_lenet_consolidated", "lenet_consolidated_solver"),
    ("train_mnist_autoencoder", "mnist_autoencoder_solver"),
    ("train_mnist_autoencoder_adadelta", "mnist_autoencoder_solver_adadelta"),
    ("train_mnist_autoencoder_adagrad", "mnist_autoencoder_solver_adagrad"),
    ("train_mnist_autoencoder_nesterov", "mnist_autoencoder_solver_nesterov"),
])
def test_other_trainings_of_mnist(mnist: Checkout, script: str, solver: str) -> None:
    mnist.done("examples/mnist/create_mnist.sh")
    shorten(mnist, f"examples/mnist/{solver}.prototxt", 2)
    assert "Optimization Done." in mnist.done(f"./examples/mnist/{script}.sh")
    assert list((mnist.root / "examples/mnist").glob("*_iter_2.caffemodel"))


def test_siamese(mnist: Checkout) -> None:
    out = mnist.done("./examples/siamese/create_mnist_siamese.sh")
    if "LevelDB" in out and "cannot" in out:
        pytest.skip("no module for LevelDB")
    assert (mnist.root / "examples/siamese/mnist_siamese_train_leveldb/CURRENT").exists()
    shorten(mnist, "examples/siamese/mnist_siamese_solver.prototxt", 2)
    assert "Optimization Done." in mnist.done("./examples/siamese/train_mnist_siamese.sh")


@pytest.fixture
def cifar10(checkout: Checkout) -> Checkout:
    """Files as large as CIFAR-10's, of which the converter takes 10,000 images each."""
    one = b"".join(bytes([label]) + bytes([20 * label + 5]) * 3072 for label in range(10))
    for name in (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"):
        (checkout.root / f"data/cifar10/{name}.bin").write_bytes(one * 1000)
    return checkout


def test_the_page_on_cifar10(cifar10: Checkout) -> None:
    """Later stages go on from the snapshot of the one before, whose name says after how many batches."""
    folder = "examples/cifar10"
    for stage, iterations in (("quick_solver", 2), ("quick_solver_lr1", 4), ("full_solver", 2), ("full_solver_lr1", 3),
                              ("full_solver_lr2", 4), ("full_sigmoid_solver", 1), ("full_sigmoid_solver_bn", 1)):
        shorten(cifar10, f"{folder}/cifar10_{stage}.prototxt", iterations)
    cifar10.rewrite(f"{folder}/train_quick.sh", ("iter_4000", "iter_2"))
    cifar10.rewrite(f"{folder}/train_full.sh", ("iter_60000", "iter_2"), ("iter_65000", "iter_3"))
    out = cifar10.follow("cifar10.md", ("iter_5000", "iter_4"), ("--iterations=100", "--iterations=1"))
    assert "Computing image mean..." in out and (cifar10.root / folder / "mean.binaryproto").exists()
    # One start for each of the four trainings: stages begin where others ended.
    assert out.count("Optimization Done.") == 14 and out.count("Iteration 0, Testing net") == 4
    assert (cifar10.root / folder / "cifar10_full_iter_4.caffemodel.h5").exists()
    assert (cifar10.root / "cifar10_full.png").exists()


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_say_what_is_missing(checkout: Checkout, script: str) -> None:
    line = checkout.refused(f"./{script}", TOOLS=checkout.root / "nowhere")
    assert line == (f"./{script}: {checkout.root}/nowhere/caffe is not there: build it with make all, or let TOOLS name "
                    "the folder that has the command")
    # Data there is none.
    line = checkout.refused(f"cd {Path(script).parent} && ./{Path(script).name}")
    assert "error: " in line or "is no folder" in line or "there is no snapshot" in line or "is not there: " in line


@pytest.mark.parametrize("script, missing, before", [
    ("mnist/create_mnist", "data/mnist/train-images-idx3-ubyte", "data/mnist/get_mnist.sh"),
    ("siamese/create_mnist_siamese", "data/mnist/train-images-idx3-ubyte", "data/mnist/get_mnist.sh"),
    ("cifar10/create_cifar10", "data/cifar10/data_batch_1.bin", "data/cifar10/get_cifar10.sh"),
    ("imagenet/make_imagenet_mean", "examples/imagenet/ilsvrc12_train_lmdb", "examples/imagenet/create_imagenet.sh"),
    ("imagenet/create_imagenet", "data/ilsvrc12/train.txt", "data/ilsvrc12/get_ilsvrc_aux.sh"),
])
def test_scripts_say_which_one_comes_before(checkout: Checkout, script: str, missing: str, before: str) -> None:
    line = checkout.refused(f"examples/{script}.sh", TRAIN_DATA_ROOT=".", VAL_DATA_ROOT=".")
    assert line == f"examples/{script}.sh: {missing} is not there: run {before} first"
