"""data/*/get_*.sh against a server: files come, are checked and unpacked, and what is there stays."""
from __future__ import annotations

import gzip
import hashlib
import io
import random
import shutil
import signal
import subprocess
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_tool import ROOT, SHARED, take_signals
from hostile_server import Server, serving
from walk import Checkout

MNIST = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
CIFAR = (*(f"data_batch_{i}.bin" for i in range(1, 6)), "test_batch.bin")


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as one:
        yield one


def say_sums(folder: Path, **contents: bytes) -> None:
    """Writes SHA256SUMS for files that a test has made up."""
    (folder / "SHA256SUMS").write_text("".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n"
                                               for name, content in contents.items()))


def tar(**contents: bytes) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


@pytest.fixture
def mnist(checkout: Checkout, server: Server) -> dict[str, bytes]:
    """MNIST's files as the server has them, packed, and the sums of both forms."""
    plain = {name: random.Random(name).randbytes(200_000) for name in MNIST}
    packed = {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in plain.items()}
    say_sums(checkout.root / "data/mnist", **packed, **plain)
    for name, content in packed.items():
        server.add(f"mnist/{name}", content)
    return plain


def test_mnist(checkout: Checkout, server: Server, mnist: dict[str, bytes]) -> None:
    url = f"{server.url}/mnist/"
    server.files["/mnist/train-images-idx3-ubyte.gz"].drops = [150_000]
    server.files["/mnist/t10k-images-idx3-ubyte.gz"].statuses = [503]
    out = checkout.done("./data/mnist/get_mnist.sh", CAFFE_MNIST_URL=url)
    assert out.count("Downloading ") == out.count("Unpacking ") == 4 and out.endswith("Done.\n")
    folder = checkout.root / "data/mnist"
    assert {path.name for path in folder.iterdir()} == {*MNIST, "get_mnist.sh", "SHA256SUMS"}
    assert all((folder / name).read_bytes() == content for name, content in mnist.items())
    assert any(server.ranges()), "what was interrupted began anew"
    # What is there is not fetched again, from wherever the script is called.
    asked = len(server.requests)
    assert checkout.done("cd data && sh mnist/get_mnist.sh", CAFFE_MNIST_URL=url) == "Done.\n"
    (folder / MNIST[3]).unlink()
    checkout.done("data/mnist/get_mnist.sh", CAFFE_MNIST_URL=url)
    assert len(server.requests) == asked + 1


def test_mnist_from_a_folder(checkout: Checkout, mnist: dict[str, bytes], tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    for name, content in mnist.items():
        (tmp_path / "here" / f"{name}.gz").write_bytes(gzip.compress(content, mtime=0))
    checkout.done("data/mnist/get_mnist.sh", CAFFE_MNIST_URL=tmp_path / "here")
    assert (checkout.root / "data/mnist" / MNIST[0]).read_bytes() == mnist[MNIST[0]]


def test_mnist_that_somebody_packed_in_another_way(checkout: Checkout, mnist: dict[str, bytes], tmp_path: Path) -> None:
    """From a folder, and put into the place that the message names; nothing is fetched then."""
    folder = checkout.root / "data/mnist"
    for name, content in mnist.items():
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(content, 1, mtime=7))
    shutil.copy(tmp_path / f"{MNIST[0]}.gz", folder)
    (tmp_path / f"{MNIST[0]}.gz").unlink()
    out = checkout.done("data/mnist/get_mnist.sh", CAFFE_MNIST_URL=tmp_path)
    assert out.count("Downloading ") == 3 and out.count("Unpacking ") == 4
    assert "Missing" not in out  # all of it is
    assert all((folder / name).read_bytes() == content for name, content in mnist.items())
    (folder / MNIST[0]).unlink()
    assert f"Missing: {MNIST[0]}\n" in checkout("data/mnist/get_mnist.sh", CAFFE_OFFLINE=1).stdout
    (folder / f"{MNIST[0]}.gz").write_bytes(gzip.compress(b"mine"))
    line = checkout.refused("data/mnist/get_mnist.sh", CAFFE_OFFLINE=1)
    assert "move it away" in line and "sha256" in line
    assert (folder / f"{MNIST[0]}.gz").exists() and not (folder / MNIST[0]).exists()


def test_mnist_that_is_wrong(checkout: Checkout, server: Server, mnist: dict[str, bytes]) -> None:
    folder, url = checkout.root / "data/mnist", f"{server.url}/mnist"
    server.add(f"mnist/{MNIST[1]}.gz", gzip.compress(b"something else"))
    line = checkout.refused("data/mnist/get_mnist.sh", CAFFE_MNIST_URL=url)
    assert line.startswith("get.py mnist: train-labels-idx1-ubyte.gz cannot be unpacked") and "sha256" in line
    assert (folder / MNIST[0]).exists() and not (folder / MNIST[1]).exists()
    (folder / MNIST[0]).write_bytes(b"mine")
    line = checkout.refused("data/mnist/get_mnist.sh", CAFFE_MNIST_URL=url)
    assert "train-images-idx3-ubyte has sha256" in line and "move it away" in line
    assert (folder / MNIST[0]).read_bytes() == b"mine"
    assert "offline" in checkout.refused("data/cifar10/get_cifar10.sh", CAFFE_OFFLINE=1)


def test_the_sums_are_those_of_mnist(checkout: Checkout) -> None:
    """Of the files as they are unpacked: who packed them does not matter there."""
    if not (SHARED / "data/mnist").is_dir():
        pytest.skip("no shared data")
    sums = (checkout.root / "data/mnist/SHA256SUMS").read_text()
    for name in MNIST:
        content = gzip.decompress((SHARED / f"data/mnist/{name}.gz").read_bytes())
        assert f"{hashlib.sha256(content).hexdigest()}  {name}\n" in sums


def test_cifar10(checkout: Checkout, server: Server) -> None:
    files = {name: name.encode() * 500 for name in (*CIFAR, "readme.html")}
    packed = tar(**{f"cifar-10-batches-bin/{name}": content for name, content in files.items()})
    folder = checkout.root / "data/cifar10"
    say_sums(folder, **{"cifar-10-binary.tar.gz": packed})
    server.add("cifar-10-binary.tar.gz", packed, drops=[100, 200])
    checkout.done("./data/cifar10/get_cifar10.sh", CAFFE_CIFAR10_URL=server.url)
    assert {path.name for path in folder.iterdir()} == {*files, "get_cifar10.sh", "SHA256SUMS"}
    assert all((folder / name).read_bytes() == content for name, content in files.items())
    assert checkout.done("./data/cifar10/get_cifar10.sh", CAFFE_OFFLINE=1) == "Done.\n"


def test_ilsvrc12_leaves_lists_of_one_s_own(checkout: Checkout, server: Server) -> None:
    names = ("imagenet_mean.binaryproto", "synset_words.txt", "train.txt", "val.txt", "imagenet.bet.pickle")
    packed = tar(**{f"./{name}": b"theirs" for name in names})
    folder = checkout.root / "data/ilsvrc12"
    say_sums(folder, **{"caffe_ilsvrc12.tar.gz": packed})
    server.add("caffe_ilsvrc12.tar.gz", packed)
    (folder / "train.txt").write_text("mine\n")
    checkout.done("./data/ilsvrc12/get_ilsvrc_aux.sh", CAFFE_ILSVRC12_URL=server.url)
    assert (folder / "train.txt").read_text() == "mine\n"
    assert (folder / "val.txt").read_text() == (folder / "imagenet.bet.pickle").read_text() == "theirs"


@pytest.mark.parametrize("content, why", [
    (b"no archive", "caffe_ilsvrc12.tar.gz"), (tar(**{"val.txt": b""}), "train.txt was not in caffe_ilsvrc12.tar.gz"),
    (tar(**{"../val.txt": b""}), "is refused"),
], ids=["no archive", "a file is missing", "a file leaves the folder"])
def test_archives_that_are_refused(checkout: Checkout, server: Server, content: bytes, why: str) -> None:
    folder = checkout.root / "data/ilsvrc12"
    say_sums(folder, **{"caffe_ilsvrc12.tar.gz": content})
    server.add("caffe_ilsvrc12.tar.gz", content)
    (folder / "imagenet_mean.binaryproto").write_text("mine")
    (folder / "synset_words.txt").write_text("mine")
    line = checkout.refused("data/ilsvrc12/get_ilsvrc_aux.sh", CAFFE_ILSVRC12_URL=server.url)
    assert line.startswith("get.py ilsvrc12: ") and why in line
    assert not (folder.parent / "val.txt").exists()
    assert not list(folder.glob(".unpacking*"))


def test_before_anything_is_built(checkout: Checkout, tmp_path: Path) -> None:
    """Without the checkout's Python, python3 may have the package; here it has not."""
    (checkout.root / "scripts").unlink()
    (checkout.root / "scripts").mkdir()
    shutil.copy(ROOT / "scripts/python", checkout.root / "scripts")
    (checkout.root / ".venv").unlink()
    python = tmp_path / "bin/python3"
    python.parent.mkdir()
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    line = checkout.refused("data/mnist/get_mnist.sh", PATH=f"{python.parent}:/usr/bin:/bin")
    assert line.startswith("scripts/python: python3 has no package caffe: run make all")
    python.write_text('#!/bin/sh\ncase $1 in -c) ;; *) echo "$@" ;; esac\n')
    out = checkout.done("data/mnist/get_mnist.sh", PATH=f"{python.parent}:/usr/bin:/bin")
    assert out.split()[0].endswith("data/get.py") and out.split()[1] == "mnist"


def test_interrupted(checkout: Checkout, server: Server, mnist: dict[str, bytes]) -> None:
    """Ctrl-C: what came stays, and the next call goes on from there."""
    server.files[f"/mnist/{MNIST[0]}.gz"].stalls = [150_000]
    process = subprocess.Popen(["data/mnist/get_mnist.sh"], cwd=checkout.root, text=True, stderr=subprocess.PIPE,
                               stdout=subprocess.DEVNULL, preexec_fn=take_signals,
                               env={**checkout.environment, "CAFFE_MNIST_URL": f"{server.url}/mnist"})
    part = checkout.root / f"data/mnist/{MNIST[0]}.gz.part"
    deadline = time.monotonic() + 300
    # Two pieces of 64 KiB: it waits for the third, which does not come.
    while not (part.exists() and part.stat().st_size > 1 << 16) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 130
    assert said.splitlines()[-1] == "get.py mnist: interrupted; the same call goes on from here"
    assert part.exists() and part.stat().st_size > 0, sorted(part.parent.iterdir())
    server.open.set()
    checkout.done("data/mnist/get_mnist.sh", CAFFE_MNIST_URL=f"{server.url}/mnist")
    assert (checkout.root / "data/mnist" / MNIST[0]).read_bytes() == mnist[MNIST[0]]
    assert any(server.ranges())
