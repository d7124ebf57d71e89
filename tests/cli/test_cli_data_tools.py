"""convert_imageset, convert_mnist_data, compute_image_mean and extract_features, as commands and under their names."""
from __future__ import annotations

import signal
import struct
from pathlib import Path

import numpy as np
import pytest
from cli_tool import Tool
from leveldb_records import NAME, leveldb_records

lmdb = pytest.importorskip("lmdb")
Image = pytest.importorskip("PIL.Image")

from caffe.proto import caffe_pb2


@pytest.fixture
def images(tool: Tool) -> Tool:
    """The tool, in a folder with four grey images of 3 x 4 and a list of them."""
    for i in range(4):
        Image.fromarray(np.full((3, 4), 10 * i, np.uint8)).save(tool.folder / f"im {i}.png")
    (tool.folder / "list.txt").write_text("".join(f"im {i}.png {i}\n" for i in range(4)))
    return tool


def records(folder: Path) -> dict[str, caffe_pb2.Datum]:
    with lmdb.open(str(folder), readonly=True, lock=False) as database, database.begin() as transaction:
        return {key.decode(): caffe_pb2.Datum.FromString(value) for key, value in transaction.cursor()}


def test_keys_and_values(images: Tool) -> None:
    done = images("convert_imageset", "-gray", "./", "list.txt", "db")
    assert done.status == 0, done.log
    assert done.said(r"convert_imageset.cpp:\d+\] (.*)") == ["A total of 4 images.", "Opened lmdb db",
                                                             "Processed 4 files."]
    found = records(images.folder / "db")
    assert list(found) == [f"0000000{i}_im {i}.png" for i in range(4)]
    assert [datum.label for datum in found.values()] == [0, 1, 2, 3]
    assert found["00000002_im 2.png"].data == bytes([20] * 12)


def test_sizes_and_files(images: Tool) -> None:
    assert images("convert_imageset", "--resize_height=6", "--resize_width", "5", "./", "list.txt", "a").status == 0
    first = next(iter(records(images.folder / "a").values()))
    assert (first.channels, first.height, first.width, first.encoded) == (3, 6, 5, False)
    assert images("convert_imageset", "--encoded", "--gray", "./", "list.txt", "b").status == 0
    first = next(iter(records(images.folder / "b").values()))
    assert first.encoded
    assert first.data == (images.folder / "im 0.png").read_bytes()
    assert images("convert_imageset", "--encode_type=jpg", "./", "list.txt", "c").status == 0
    assert next(iter(records(images.folder / "c").values())).data[:2] == b"\xff\xd8"


def test_shuffled_by_the_seed(images: Tool) -> None:
    orders = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2), ("d", 3), ("e", 4)):
        assert images("convert_imageset", "-shuffle", "-seed", seed, "./", "list.txt", name).status == 0
        orders.append([datum.label for datum in records(images.folder / name).values()])
    assert orders[0] == orders[1]
    assert len({tuple(order) for order in orders}) > 1
    assert all(sorted(order) == [0, 1, 2, 3] for order in orders)


def test_images_that_are_missing_are_passed_over(images: Tool) -> None:
    (images.folder / "im 1.png").unlink()
    (images.folder / "im 2.png").write_text("no image")
    done = images("convert_imageset", "./", "list.txt", "db")
    assert done.status == 0
    assert len(done.said("Could not open or find file")) == 2
    assert done.said(r"\] (.*) images are left out") == ["2 of 4"]
    assert [datum.label for datum in records(images.folder / "db").values()] == [0, 3]


def test_a_list_of_nothing_that_can_be_read(images: Tool) -> None:
    done = images("convert_imageset", "elsewhere/", "list.txt", "db")
    assert done.status == 1
    assert "none of the 4 images of list.txt can be read; the first: " in done.last
    assert "elsewhere/im 0.png" in done.last
    assert not (images.folder / "db").exists()


def test_an_image_whose_name_is_no_key(images: Tool) -> None:
    name = "./" * 260 + "im 0.png"
    (images.folder / "list.txt").write_text(f"{name} 0\n")
    done = images("convert_imageset", "./", "list.txt", "db")
    assert done.status == 1
    assert f"{name}: a key of a database is 1 to 511 bytes long" in done.last


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE])
def test_an_interrupted_conversion_leaves_nothing(sent: signal.Signals, images: Tool) -> None:
    before = sorted(images.folder.iterdir())
    list_file = images.folder / "list.txt"
    lines = list_file.read_text()
    list_file.write_text(lines * 100000)
    process = images.start("convert_imageset", "./", "list.txt", "db")
    assert process.stderr
    for line in process.stderr:
        if "Processed 1000 files." in line:
            break
    if sent == signal.SIGPIPE:
        process.stderr.close()
    else:
        process.send_signal(sent)
    process.wait(timeout=300)
    assert process.returncode == -sent
    assert sorted(images.folder.iterdir()) == before


@pytest.mark.parametrize(("arguments", "message"), [
    (["./", "no.txt", "db"], 'cannot read "no.txt"'),
    (["./", "list.txt", "im 0.png"], "it is there already"),
    (["-backend", "sql", "./", "list.txt", "db"], '"sql" is no kind of database, expected "lmdb" or "leveldb"'),
    (["-resize_width", "4", "./", "list.txt", "db"], "expected both or none"),
    (["-encode_type", "bmp", "./", "list.txt", "db"], 'expected "jpg" or "png"'),
])
def test_what_cannot_be_converted(arguments: list[str], message: str, images: Tool) -> None:
    done = images("convert_imageset", *arguments)
    assert done.status == 1
    assert message in done.last
    assert not (images.folder / "db").exists()


def test_images_of_several_sizes(images: Tool) -> None:
    Image.fromarray(np.zeros((5, 5), np.uint8)).save(images.folder / "im 2.png")
    assert images("convert_imageset", "-check_size", "./", "list.txt", "db").status == 1
    assert images("convert_imageset", "./", "list.txt", "db").status == 0
    done = images("compute_image_mean", "db")
    assert done.status == 1
    assert 'record 2 (key "00000002_im 2.png"): the image has shape 3 5 5' in done.last


def test_the_mean(images: Tool) -> None:
    assert images("convert_imageset", "-encoded", "-gray", "./", "list.txt", "db").status == 0
    done = images("compute_image_mean", "-backend=lmdb", "db", "mean.binaryproto")
    assert done.status == 0, done.log
    assert done.said(r"mean_value channel \[0\]: (\S+)") == ["15"]
    mean = caffe_pb2.BlobProto.FromString((images.folder / "mean.binaryproto").read_bytes())
    assert (mean.num, mean.channels, mean.height, mean.width) == (1, 1, 3, 4)
    assert list(mean.data) == [15.0] * 12


def test_mnist(tool: Tool) -> None:
    images = bytes(range(2 * 2 * 3))
    (tool.folder / "images").write_bytes(struct.pack(">4i", 2051, 2, 2, 3) + images)
    (tool.folder / "labels").write_bytes(struct.pack(">2i", 2049, 2) + bytes([7, 200]))
    assert tool("convert_mnist_data", "images", "labels", "db").status == 0
    found = records(tool.folder / "db")
    assert list(found) == ["00000000", "00000001"]
    assert [datum.label for datum in found.values()] == [7, 200]
    assert found["00000001"].data == images[6:]
    assert "is no IDX file of images" in tool("convert_mnist_data", "labels", "labels", "e").last
    (tool.folder / "images").write_bytes(struct.pack(">4i", 2051, 2, 2, 3) + images[1:])
    assert "has 11 values, expected 12" in tool("convert_mnist_data", "images", "labels", "e").last


@pytest.mark.skipif(not NAME, reason="no libleveldb")
def test_leveldb(images: Tool) -> None:
    for backend in ("lmdb", "leveldb"):
        done = images("convert_imageset", "-backend", backend, "-gray", "./", "list.txt", backend)
        assert done.status == 0, done.log
        assert f"Opened {backend} {backend}" in done.log
        assert images("compute_image_mean", "-backend", backend, backend, f"{backend}.mean").status == 0
    found = {key.decode(): caffe_pb2.Datum.FromString(value)
             for key, value in leveldb_records(images.folder / "leveldb")}
    assert found == records(images.folder / "lmdb")
    assert (images.folder / "leveldb.mean").read_bytes() == (images.folder / "lmdb.mean").read_bytes()
    assert "it is there already" in images("convert_imageset", "-backend=leveldb", "./", "list.txt", "leveldb").last


def test_features(images: Tool) -> None:
    assert images("convert_imageset", "-gray", "./", "list.txt", "db").status == 0
    (images.folder / "net.prototxt").write_text("""
        layer { name: "data" type: "Data" top: "data" top: "label" 
                data_param { source: "db" backend: LMDB batch_size: 3 } }
        layer { name: "twice" type: "Power" bottom: "data" top: "twice" power_param { scale: 2 } }""")
    (images.folder / "w.caffemodel").write_bytes(b"\xa2\x06\x00")  # a layer without anything
    done = images("extract_features", "w.caffemodel", "net.prototxt", "twice,label", "a,b", 2, "lmdb")
    assert done.status == 0, done.log
    found = records(images.folder / "a")
    assert list(found) == [f"000000000{i}" for i in range(6)]
    assert list(found["0000000005"].float_data) == [20.0] * 12
    assert [datum.float_data[0] for datum in records(images.folder / "b").values()] == [0, 1, 2, 3, 0, 1]
    done = images("extract_features", "w.caffemodel", "net.prototxt", "twise", "c", 2, "lmdb")
    assert 'did you mean "twice"?' in done.last
    for batches in ("99999999999", "", "2x"):
        done = images("extract_features", "w.caffemodel", "net.prototxt", "twice", "c", batches, "lmdb")
        assert done.status == 1
        assert f'expected a number of batches, found "{batches}"' in done.last
        assert not (images.folder / "c").exists()


def test_under_its_own_name(images: Tool) -> None:
    program = images.folder / "convert_imageset.bin"
    program.symlink_to(images.program)
    named = Tool(program, images.folder)
    assert named("./", "list.txt", "db").status == 0
    assert len(records(images.folder / "db")) == 4


def test_too_few_arguments_show_the_usage(tool: Tool) -> None:
    for name in ("convert_imageset", "convert_mnist_data", "compute_image_mean", "extract_features"):
        done = tool(name)
        assert done.status == 1
        assert done.log.startswith(f"usage: caffe {name} [flags] ")
        assert tool(name, "-help").status == 0
        assert name in tool("-help").out
