"""caffe.convert: the LMDBs it writes, and what it refuses."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import caffe
import numpy as np
import pytest
from caffe import convert
from caffe.proto import caffe_pb2

lmdb = pytest.importorskip("lmdb")

SHARED = Path(__file__).resolve().parents[3] / "shared"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is not there")

IMAGES = np.arange(5 * 2 * 3 * 4, dtype=np.uint8).reshape(5, 2, 3, 4)
LABELS = np.array([3, 1, 4, 1, 5])


def records(path: Path) -> list[tuple[bytes, bytes]]:
    """What the LMDB holds, as liblmdb reads it."""
    with lmdb.open(str(path), readonly=True, lock=False) as database, database.begin() as reader:
        return [(bytes(key), bytes(value)) for key, value in reader.cursor()]


def datums(path: Path) -> list:
    return [caffe_pb2.Datum.FromString(value) for _, value in records(path)]


def idx(array: np.ndarray) -> bytes:
    return b"\0\0\x08" + struct.pack(f">B{array.ndim}I", array.ndim, *array.shape) + array.tobytes()


def batches(database: Path, count: int, batch_size: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """What a Data layer makes of it."""
    text = database.with_name("data.prototxt")
    text.write_text(
        'layer { name: "d" type: "Data" top: "data" top: "label" data_param '
        f'{{ source: "{database}" backend: LMDB batch_size: {batch_size} }} }}'
    )
    net = caffe.Net(str(text), caffe.TEST)
    out = []
    for _ in range(count):
        net.forward()
        out.append((net.blobs["data"].data.copy(), net.blobs["label"].data.copy()))
    return out


def test_bytes(tmp_path: Path) -> None:
    convert.write_lmdb(tmp_path / "db", IMAGES, LABELS)
    assert [key for key, _ in records(tmp_path / "db")] == [b"%08d" % i for i in range(5)]
    for datum, image, label in zip(datums(tmp_path / "db"), IMAGES, LABELS):
        assert (datum.channels, datum.height, datum.width, datum.label) == (2, 3, 4, label)
        assert datum.data == image.tobytes() and not datum.float_data
    assert [path.name for path in tmp_path.iterdir()] == ["db"]
    assert [path.name for path in (tmp_path / "db").iterdir()] == ["data.mdb"]


def test_a_data_layer_reads_it(tmp_path: Path) -> None:
    convert.write_lmdb(tmp_path / "db", IMAGES, LABELS)
    (first, labels), (second, _) = batches(tmp_path / "db", 2, 4)
    assert np.array_equal(first, IMAGES[:4]) and np.array_equal(labels, LABELS[:4])
    assert np.array_equal(second, IMAGES[[4, 0, 1, 2]])


def test_floats_and_many_records(tmp_path: Path) -> None:
    images = np.random.RandomState(0).randn(2500, 1, 2, 3)
    convert.write_lmdb(tmp_path / "db", images, np.arange(2500) - 7)
    ((data, labels),) = batches(tmp_path / "db", 1, 2500)
    assert np.array_equal(data, images.astype(np.float32))
    assert np.array_equal(labels, np.arange(2500) - 7)


def test_images_larger_than_a_page(tmp_path: Path) -> None:
    images = np.random.RandomState(0).randint(0, 256, (30, 3, 97, 101)).astype(np.uint8)
    convert.write_lmdb(tmp_path / "db", images)
    ((data, labels),) = batches(tmp_path / "db", 1, 30)
    assert np.array_equal(data, images) and not labels.any()


def test_shuffle_follows_the_seed(tmp_path: Path) -> None:
    labels = np.arange(50)
    images = np.tile(labels.astype(np.uint8)[:, None, None, None], (1, 1, 2, 2))
    orders = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        convert.write_lmdb(tmp_path / name, images, labels, shuffle=True, seed=seed)
        found = datums(tmp_path / name)
        assert all(datum.data == bytes([datum.label] * 4) for datum in found)
        orders.append([datum.label for datum in found])
    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[0]) == labels.tolist() != orders[0]


def test_what_is_there_stays(tmp_path: Path) -> None:
    convert.write_lmdb(tmp_path / "db", IMAGES, LABELS)
    with pytest.raises(caffe.FileError, match="is there already"):
        convert.write_lmdb(tmp_path / "db", IMAGES[:1])
    assert len(records(tmp_path / "db")) == 5
    convert.write_lmdb(tmp_path / "db", IMAGES[:1], overwrite=True)
    assert len(records(tmp_path / "db")) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["db"]


def test_a_failure_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    convert.write_lmdb(tmp_path / "db", IMAGES, LABELS)
    full = OSError(28, "No space left on device")

    def failing(*_: object) -> bytes:
        raise full

    monkeypatch.setattr(convert, "_datum", failing)
    with pytest.raises(caffe.FileError, match="db: cannot write: No space left on device"):
        convert.write_lmdb(tmp_path / "db", IMAGES[:1], overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["db"]
    assert len(records(tmp_path / "db")) == 5


@pytest.mark.parametrize(
    ("images", "labels", "error", "message"),
    [
        (IMAGES[0], None, caffe.ShapeError, "N x C x H x W, got 2 x 3 x 4"),
        (IMAGES[:0], None, caffe.ShapeError, "got 0 x 2 x 3 x 4"),
        (IMAGES.astype(np.int64), None, caffe.InvalidArgumentError, "got int64"),
        (IMAGES, LABELS[:4], caffe.ShapeError, "expected 5 labels, one for each image, got 4"),
        (IMAGES, LABELS / 2, caffe.InvalidArgumentError, "integer labels, got float64"),
        (IMAGES, LABELS << 40, caffe.InvalidArgumentError, "32 bits"),
    ],
)
def test_arrays_that_do_not_fit(tmp_path, images, labels, error, message) -> None:
    with pytest.raises(error, match=message):
        convert.write_lmdb(tmp_path / "db", images, labels)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_idx(tmp_path: Path, pack) -> None:
    images = IMAGES.reshape(10, 3, 4)
    (tmp_path / "images").write_bytes(pack(idx(images)))
    (tmp_path / "labels").write_bytes(pack(idx(np.arange(10, dtype=np.uint8))))
    assert convert.idx_to_lmdb(tmp_path / "images", tmp_path / "labels", tmp_path / "db") == 10
    assert [datum.label for datum in datums(tmp_path / "db")] == list(range(10))
    assert [datum.data for datum in datums(tmp_path / "db")] == [i.tobytes() for i in images]


@needs_shared
def test_idx_records_are_those_of_the_original_converter(tmp_path: Path) -> None:
    data = SHARED / "conformance" / "data"
    convert.idx_to_lmdb(data / "mnist-images-idx3", data / "mnist-labels-idx1", tmp_path / "db")
    assert records(tmp_path / "db") == records(data / "db_mnist_lmdb")


@needs_shared
def test_mnist_itself(tmp_path: Path) -> None:
    mnist = SHARED / "data" / "mnist"
    names = [mnist / f"t10k-{kind}-ubyte.gz" for kind in ("images-idx3", "labels-idx1")]
    assert convert.idx_to_lmdb(*names, tmp_path / "db") == 10000
    ((data, labels),) = batches(tmp_path / "db", 1, 10000)
    assert np.array_equal(data[:, 0], convert.read_idx(names[0]))
    assert np.array_equal(labels, convert.read_idx(names[1]))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not an IDX file"),
        (b"text that is none", "not an IDX file"),
        (b"\0\0\x08\x03\0\0", "middle of its header"),
        (idx(IMAGES)[:-1], "has 139 bytes, 5 x 2 x 3 x 4 values need 140"),
        (idx(IMAGES) + b"x", "has 141 bytes"),
        (gzip.compress(idx(IMAGES))[:-9], "damaged gzip file"),
    ],
)
def test_idx_files_that_are_none(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(caffe.ParseError, match=message):
        convert.read_idx(tmp_path / "a")


def test_idx_that_do_not_belong_together(tmp_path: Path) -> None:
    (tmp_path / "images").write_bytes(idx(IMAGES.reshape(10, 3, 4)))
    (tmp_path / "labels").write_bytes(idx(np.zeros(9, np.uint8)))
    with pytest.raises(caffe.ShapeError, match="labels: expected 10 labels"):
        convert.idx_to_lmdb(tmp_path / "images", tmp_path / "labels", tmp_path / "db")
    with pytest.raises(caffe.ShapeError, match="expected images N x H x W"):
        convert.idx_to_lmdb(tmp_path / "labels", tmp_path / "labels", tmp_path / "db")
    with pytest.raises(caffe.FileError, match="no: No such file"):
        convert.idx_to_lmdb(tmp_path / "no", tmp_path / "labels", tmp_path / "db")


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(tmp_path / "images.npy", IMAGES)
    np.save(tmp_path / "labels.npy", LABELS)
    arguments = ["arrays", *(str(tmp_path / name) for name in ("images.npy", "labels.npy", "db"))]
    assert convert.main(arguments) == 0
    assert capsys.readouterr().out.endswith("db: 5 images\n")
    assert [datum.label for datum in datums(tmp_path / "db")] == LABELS.tolist()
    assert convert.main(arguments) == 1
    assert "is there already" in capsys.readouterr().err
    assert convert.main([*arguments, "--overwrite", "--shuffle", "--seed", "3"]) == 0
    (tmp_path / "images.npy").write_bytes(b"no array")
    assert convert.main([*arguments, "--overwrite"]) == 1
    assert "images.npy: not a .npy file" in capsys.readouterr().err
