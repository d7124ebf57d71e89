"""The original's programs by their names: CIFAR-10's and the siamese pairs' converters, links, and those replaced."""
from __future__ import annotations

import os
import re
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
from cli_tool import BUILD, Tool
from leveldb_records import NAME, leveldb_records

pytest.importorskip("lmdb")

from caffe.proto import caffe_pb2
from lmdb_records import lmdb_records

BATCHES = [*(f"data_batch_{i}.bin" for i in range(1, 6)), "test_batch.bin"]
SIZE = 10000 * 3073


@pytest.fixture
def cifar(tool: Tool) -> Tool:
    """The tool, in a folder with batches that are nearly empty: the label and the first pixel of each record are its
    number's last digit and its batch."""
    (tool.folder / "cifar").mkdir()
    (tool.folder / "out").mkdir()
    for number, name in enumerate(BATCHES):
        batch = np.zeros((10000, 3073), np.uint8)
        batch[:, 0] = np.arange(10000) % 10
        batch[:, 1] = number
        batch.tofile(tool.folder / "cifar" / name)
    return tool


def test_cifar(cifar: Tool) -> None:
    program = cifar.folder / "convert_cifar_data.bin"
    program.symlink_to(cifar.program)
    done = Tool(program, cifar.folder)("cifar", "out", "lmdb")
    assert done.status == 0, done.log
    assert done.said(r"convert_cifar_data.cpp:\d+\] (.*)") == [
        "Writing Training data", *(f"Training Batch {i}" for i in range(1, 6)), "Writing Testing data"]
    training, test = (lmdb_records(cifar.folder / "out" / f"cifar10_{name}_lmdb", caffe_pb2.Datum) for name in ("train", "test"))
    assert list(training) == [f"{i:05}" for i in range(50000)]
    assert list(test) == [f"{i:05}" for i in range(10000)]
    for key, number, label in (("00000", 0, 0), ("09999", 0, 9), ("10000", 1, 0), ("43217", 4, 7)):
        datum = training[key]
        assert (datum.channels, datum.height, datum.width, datum.label) == (3, 32, 32, label)
        assert datum.data == bytes([number]) + bytes(3071)
    assert test["00005"].data[0] == 5


def test_cifar_with_damaged_batches(cifar: Tool) -> None:
    def check(message: str) -> None:
        done = cifar("convert_cifar_data", "cifar", "out", "lmdb")
        assert done.status == 1
        assert message in done.last
        assert not list((cifar.folder / "out").iterdir())

    last = cifar.folder / "cifar" / BATCHES[-1]
    os.truncate(last, SIZE - 3073)
    check(f"cifar/test_batch.bin: has {SIZE - 3073} bytes, expected {SIZE}")
    os.truncate(last, SIZE)
    with last.open("r+b") as file:
        file.seek(3073 * 7)
        file.write(bytes([10]))
    check("cifar/test_batch.bin: record 7 has the label 10, expected 0 to 9")
    last.unlink()
    check('cannot read "cifar/test_batch.bin": No such file or directory')


@pytest.mark.parametrize(("arguments", "message"), [
    (["none", "out", "lmdb"], 'cannot read "none/data_batch_1.bin"'),
    (["cifar", "out", "sql"], '"sql" is no kind of database, expected "lmdb" or "leveldb"'),
    (["cifar", "none", "lmdb"], "none/cifar10_train_lmdb"),
    (["cifar", "there", "lmdb"], "it is there already"),
])
def test_what_is_no_cifar(tool: Tool, arguments: list[str], message: str) -> None:
    for name in ("cifar", "out", "there/cifar10_test_lmdb"):
        (tool.folder / name).mkdir(parents=True)
    done = tool("convert_cifar_data", *arguments)
    assert done.status == 1
    assert message in done.last
    assert not list((tool.folder / "out").iterdir())
    assert [path.name for path in (tool.folder / "there").iterdir()] == ["cifar10_test_lmdb"]


@pytest.fixture
def mnist(tool: Tool) -> Tool:
    """The tool, in a folder with twenty images of 2 x 3, all of whose pixels are the image's number."""
    pixels = b"".join(bytes([i] * 6) for i in range(20))
    (tool.folder / "images").write_bytes(struct.pack(">4i", 2051, 20, 2, 3) + pixels)
    (tool.folder / "labels").write_bytes(struct.pack(">2i", 2049, 20) + bytes(i % 3 for i in range(20)))
    return tool


def check_pairs(found: dict[str, caffe_pb2.Datum]) -> list[tuple[int, int]]:
    assert list(found) == [f"{i:08}" for i in range(20)]
    pairs = [(datum.data[0], datum.data[6]) for datum in found.values()]
    for (first, second), datum in zip(pairs, found.values()):
        assert (datum.channels, datum.height, datum.width) == (2, 2, 3)
        assert datum.data == bytes([first] * 6 + [second] * 6)
        assert datum.label == (first % 3 == second % 3)
    assert {datum.label for datum in found.values()} == {0, 1}
    return pairs


def test_siamese_pairs(mnist: Tool) -> None:
    pairs = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        done = mnist("convert_mnist_siamese_data", "-backend=lmdb", "-seed", seed, "images", "labels", name)
        assert done.status == 0, done.log
        pairs.append(check_pairs(lmdb_records(mnist.folder / name, caffe_pb2.Datum)))
    assert pairs[0] == pairs[1] != pairs[2]


@pytest.mark.skipif(not NAME, reason="no libleveldb")
def test_siamese_pairs_as_the_originals_script_makes_them(mnist: Tool) -> None:
    program = mnist.folder / "convert_mnist_siamese_data.bin"
    program.symlink_to(mnist.program)
    done = Tool(program, mnist.folder)("images", "labels", "db")
    assert done.status == 0, done.log
    check_pairs({key.decode(): caffe_pb2.Datum.FromString(value)
                 for key, value in leveldb_records(mnist.folder / "db")})


@pytest.mark.parametrize(("arguments", "message"), [
    (["images", "images", "db"], "images: is no IDX file of labels"),
    (["no", "labels", "db"], 'cannot read "no"'),
    (["images", "fewer", "db"], "there are 20 images and 19 labels"),
    (["empty", "labels", "db"], "empty: holds nothing"),
    (["-backend=sql", "images", "labels", "db"], '"sql" is no kind of database'),
    (["images", "labels", "labels"], "it is there already"),
    (["-backend=lmdb", "images", "labels", "/proc/db"], "/proc/db"),
])
@pytest.mark.parametrize("name", ["convert_mnist_data", "convert_mnist_siamese_data"])
def test_what_is_no_mnist(mnist: Tool, name: str, arguments: list[str], message: str) -> None:
    (mnist.folder / "fewer").write_bytes(struct.pack(">2i", 2049, 19) + bytes(19))
    (mnist.folder / "empty").write_bytes(struct.pack(">4i", 2051, 0, 28, 28))
    done = mnist(name, *arguments)
    assert done.status == 1
    assert message in done.last
    assert not (mnist.folder / "db").exists()


@pytest.mark.parametrize("name", ["convert_mnist_data", "convert_mnist_siamese_data"])
def test_a_full_disk_leaves_nothing(mnist: Tool, name: str) -> None:
    before = sorted(mnist.folder.iterdir())
    limited = Tool(Path("/bin/sh"), mnist.folder)
    done = limited("-c", f"ulimit -f 4; trap '' XFSZ; exec {mnist.program} {name} -backend=lmdb images labels db")
    assert done.status == 1
    assert 'cannot write the database "db": File too large' in done.last
    assert sorted(mnist.folder.iterdir()) == before


@pytest.mark.parametrize("name", ["convert_cifar_data", "convert_mnist_siamese_data", "convert_annoset"])
def test_too_few_arguments_show_the_usage(tool: Tool, name: str) -> None:
    done = tool(name, "one", "two")
    assert done.status == 1
    assert done.log.startswith(f"usage: caffe {name} [flags] ")


def test_device_query_by_its_own_name(tool: Tool) -> None:
    for name in ("device_query", "device_query.bin"):
        link = tool.folder / name
        link.symlink_to(tool.program)
        done = Tool(link, tool.folder)("-minloglevel=1")
        assert (done.status, done.log) == (0, "")
        assert "device: cpu" in done.out
        assert Tool(link, tool.folder)("-help").out.startswith("usage: caffe device_query")


@pytest.mark.parametrize(("words", "typed"), [
    (["train_net", "s.prototxt"], "caffe train -solver s.prototxt"),
    (["train_net.bin", "s.prototxt", "s.solverstate"], "caffe train -solver s.prototxt -snapshot s.solverstate"),
    (["train_net"], "caffe train -solver SOLVER"),
    (["finetune_net", "s.prototxt"], "caffe train -solver s.prototxt -weights WEIGHTS"),
    (["test_net", "n", "w", "10", "GPU", "0"], "caffe test -model n -weights w -iterations 10"),
    (["net_speed_benchmark", "n"], "caffe time -model n"),
])
def test_programs_that_have_been_replaced_say_what_to_type(tool: Tool, words: list[str], typed: str) -> None:
    link = tool.folder / words[0]
    link.symlink_to(tool.program)
    name = words[0].removesuffix(".bin")
    for done in (tool(*words), Tool(link, tool.folder)(*words[1:])):
        assert done.status == 1
        assert done.log == f"caffe: error: {name} has become a command of caffe; type: {typed}\n"


def test_the_build_folder_has_every_program(tool: Tool) -> None:
    """Where the original's scripts look for them, with and without .bin."""
    listed = re.findall(r"^  (\w+) ", tool("-help").out.split("with flags of their own:")[1], re.MULTILINE)
    assert len(listed) == 11
    for name in [*listed, "caffe", "device_query"]:
        folder = {"convert_mnist_data": "examples/mnist", "convert_cifar_data": "examples/cifar10",
                  "convert_mnist_siamese_data": "examples/siamese",
                  "classification": "examples/cpp_classification"}.get(name, "tools")
        for ending in ("", ".bin"):
            program = BUILD / folder / (name + ending)
            done = subprocess.run([program, "-help"], capture_output=True, text=True, check=False)
            assert done.returncode == 0, (program, done.stderr)
            assert done.stdout.startswith("usage: caffe " + (name if name != "caffe" else "<command>"))
