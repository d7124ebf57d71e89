"""caffe.convert: the LMDBs it writes, and what it refuses."""

from __future__ import annotations

import gzip
import os
import struct
import subprocess
import sys
from pathlib import Path

import caffe
import numpy as np
import pytest
from caffe import _class_folders, convert
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


def test_labels_of_several_values(tmp_path: Path) -> None:
    poses = np.random.RandomState(0).randn(5, 7)
    convert.write_lmdb(tmp_path / "db", IMAGES, poses)
    ((data, labels),) = batches(tmp_path / "db", 1, 5)
    assert np.array_equal(data, IMAGES)
    assert np.array_equal(labels, poses.astype(np.float32).reshape(5, 7, 1, 1))


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
        (IMAGES, LABELS / 2, caffe.InvalidArgumentError, "expected integer labels, or floats 5 x K, got float64"),
        (IMAGES.astype(np.float32), np.zeros((5, 2)), caffe.InvalidArgumentError, "want images of uint8, got float32"),
        (IMAGES, np.zeros((4, 2)), caffe.ShapeError, "expected 5 labels, one for each image, got 4 x 2"),
        (IMAGES, np.zeros((5, 0)), caffe.ShapeError, "labels of one value or more, got 5 x 0"),
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


# ---- folders of classes


@pytest.fixture
def flowers(tmp_path: Path) -> Path:
    """Ten images of 6 x 8 in each of three folders."""
    pillow = pytest.importorskip("PIL.Image")
    random = np.random.default_rng(3)
    for name in ("Rose", "daisy", "tulip"):
        (tmp_path / "flowers" / name / "more").mkdir(parents=True)
        for i in range(10):
            folder = tmp_path / "flowers" / name / ("more" if i > 7 else "")
            image = pillow.fromarray(random.integers(0, 256, (6, 8, 3), dtype=np.uint8))
            image.save(folder / f"{i}.{('png', 'PNG', 'bmp')[i % 3]}")
    return tmp_path / "flowers"


def by_the_command(flowers: Path, *flags: str) -> list:
    """What `caffe convert_imageset -folders` makes of them, class by class."""
    command = [sys.executable, "-m", "caffe", "convert_imageset", "-folders", "-noshuffle", *flags]
    subprocess.run([*command, flowers, flowers.parent / "by_command"], check=True, capture_output=True)
    return datums(flowers.parent / "by_command")


@pytest.mark.parametrize("color", [True, False])
@pytest.mark.parametrize("size", [None, (9, 5), (3, 20)])
def test_folders_are_what_the_command_makes_of_them(
    flowers: Path, color: bool, size: tuple[int, int] | None
) -> None:
    flags = [] if color else ["-gray"]
    if size is not None:
        flags += [f"-resize_height={size[0]}", f"-resize_width={size[1]}"]
    database = flowers.parent / "db"
    names = convert.folders_to_lmdb(flowers, database, color=color, size=size, shuffle=False)
    assert names == ["Rose", "daisy", "tulip"]
    found, wanted = datums(database), by_the_command(flowers, *flags)
    near = (not color) + (size is not None)  # both round, and libpng mixes grey in its own way
    assert len(found) == len(wanted) == 30
    for one, other in zip(found, wanted):
        assert (one.channels, one.height, one.width, one.label) == (
            other.channels, other.height, other.width, other.label
        )
        pixels = [np.frombuffer(datum.data, np.uint8).astype(int) for datum in (one, other)]
        assert np.abs(pixels[0] - pixels[1]).max() <= near
    assert (flowers.parent / "labels.txt").read_text() == "Rose\ndaisy\ntulip\n"
    assert sorted(path.name for path in flowers.parent.iterdir()) == [
        "by_command", "db", "flowers", "labels.txt"
    ]


def test_folders_split_and_shuffled(flowers: Path) -> None:
    parts = {}
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        train, val = flowers.parent / f"{name}t", flowers.parent / f"{name}v"
        convert.folders_to_lmdb(flowers, train, val, val_percent=20, seed=seed)
        parts[name] = [[datum.data for datum in datums(place)] for place in (train, val)]
        assert sorted(datum.label for datum in datums(val)) == [0, 0, 1, 1, 2, 2]
        assert [datum.label for datum in datums(train)] != sorted([0, 1, 2] * 8)
    assert parts["a"] == parts["b"] != parts["c"]
    assert len(set(parts["a"][0] + parts["a"][1])) == 30


def test_folders_with_files_that_are_no_images(flowers: Path) -> None:
    (flowers / "Rose" / "notes.txt").write_text("text")
    (flowers / ".cache").mkdir()
    (flowers / "daisy" / "broken.png").write_text("text")
    jpeg = pytest.importorskip("PIL.Image").effect_noise((200, 200), 50)
    jpeg.save(flowers / "daisy" / "cut.jpg")
    whole = (flowers / "daisy" / "cut.jpg").read_bytes()
    (flowers / "daisy" / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    with pytest.warns(UserWarning, match=r"2 of 32 images are left out; the first: .*(broken|cut)"):
        convert.folders_to_lmdb(flowers, flowers.parent / "db")
    assert len(records(flowers.parent / "db")) == 30


def test_links_in_folders_are_followed(flowers: Path) -> None:
    image = pytest.importorskip("PIL.Image").new("L", (2, 2), 200)
    (flowers.parent / "elsewhere").mkdir()
    image.save(flowers.parent / "elsewhere" / "200.png")
    (flowers / "daisy" / "linked").symlink_to(flowers.parent / "elsewhere")
    (flowers / "daisy" / "round").symlink_to(flowers / "daisy")
    for name, target in (("gone", "nothing"), ("itself", "itself.png"), ("long", "n" * 300)):
        (flowers / "daisy" / f"{name}.png").symlink_to(target)
    os.mkfifo(flowers / "daisy" / "waits.png")
    with pytest.warns(UserWarning, match=r"3 of 34 images are left out"):
        convert.folders_to_lmdb(flowers, flowers.parent / "db")
    assert len(records(flowers.parent / "db")) == 31


def test_paths_in_bytes(flowers: Path, tmp_path: Path) -> None:
    names = convert.folders_to_lmdb(os.fsencode(flowers), os.fsencode(tmp_path / "db"))
    assert len(records(tmp_path / "db")) == 30
    assert names[0] == "Rose"
    convert.write_lmdb(os.fsencode(tmp_path / "arrays"), IMAGES, LABELS)
    (tmp_path / "i").write_bytes(idx(IMAGES[:, 0]))
    (tmp_path / "l").write_bytes(idx(LABELS.astype(np.uint8)))
    assert convert.idx_to_lmdb(*(os.fsencode(tmp_path / one) for one in ("i", "l", "idx"))) == 5


def test_what_is_there_is_seen_before_an_image_is_read(
    flowers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "val").mkdir()

    def none(*_: object) -> None:
        raise AssertionError("an image was read")

    monkeypatch.setattr(_class_folders, "load", none)
    with pytest.raises(caffe.FileError, match="val: is there already"):
        convert.folders_to_lmdb(flowers, tmp_path / "train", tmp_path / "val", val_percent=20)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"val_percent": 10}, caffe.InvalidArgumentError, "expected 1 to 99 with a database"),
        ({"validation": "v"}, caffe.InvalidArgumentError, "val_percent is 0"),
        ({"validation": "v", "val_percent": 100}, caffe.InvalidArgumentError, "val_percent is 100"),
        ({"validation": "v", "val_percent": 4}, caffe.InvalidArgumentError, "less than one image"),
        ({"validation": "db", "val_percent": 10}, caffe.InvalidArgumentError, "one name"),
        ({"size": (0, 3)}, caffe.InvalidArgumentError, "at least 1"),
        ({"root": "nowhere"}, caffe.FileError, "cannot look into nowhere: No such file"),
        ({"root": "flowers/Rose/more"}, caffe.InvalidArgumentError, "has no folders"),
        ({"root": "empty"}, caffe.InvalidArgumentError, "no images in its 1 folders"),
        ({"root": "text"}, caffe.FileError, "none of the 1 images can be read; the first: .*a.png"),
        ({"path": "flowers"}, caffe.FileError, "is there already"),
        ({"validation": "flowers", "val_percent": 20}, caffe.FileError, "is there already"),
    ],
)
def test_folders_that_cannot_be_converted(
    flowers: Path, change: dict, error: type, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(flowers.parent)
    for name in ("empty/a", "text/a"):
        Path(name).mkdir(parents=True)
    Path("text/a/a.png").write_text("text")
    before = sorted(Path().rglob("*"))
    with pytest.raises(error, match=message):
        convert.folders_to_lmdb(**{"root": "flowers", "path": "db", **change})
    assert sorted(Path().rglob("*")) == before


def test_labels_of_other_classes_stay(flowers: Path) -> None:
    labels = flowers.parent / "labels.txt"
    labels.write_text("cat\n")
    with pytest.raises(caffe.FileError, match="names other classes"):
        convert.folders_to_lmdb(flowers, flowers.parent / "db")
    assert labels.read_text() == "cat\n" and not (flowers.parent / "db").exists()
    convert.folders_to_lmdb(flowers, flowers.parent / "db", overwrite=True)
    assert labels.read_text() == "Rose\ndaisy\ntulip\n"


def test_interrupted_folders_leave_nothing(flowers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load, loaded = _class_folders.load, []

    def interrupted(*arguments: object) -> np.ndarray:
        loaded.append(arguments)
        if len(loaded) == 28:  # of the second database
            raise KeyboardInterrupt
        return load(*arguments)

    monkeypatch.setattr(_class_folders, "load", interrupted)
    with pytest.raises(KeyboardInterrupt):
        convert.folders_to_lmdb(flowers, flowers.parent / "t", flowers.parent / "v", val_percent=20)
    assert [path.name for path in flowers.parent.iterdir()] == ["flowers"]


def test_the_folders_command(
    flowers: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(flowers.parent)
    (flowers / "daisy" / "broken.png").write_text("text")
    command = ["folders", "flowers", "t", "v", "--val-percent", "20", "--size", "4", "5", "--gray"]
    assert convert.main([*command, "--no-shuffle", "--seed", "2"]) == 0
    said = capsys.readouterr()
    assert said.out == "t: 3 classes, their names in labels.txt beside it\n"
    assert "1 of 25 images are left out" in said.err or "1 of 6 images are left out" in said.err
    datum = datums(Path("t"))[0]
    assert (datum.channels, datum.height, datum.width) == (1, 4, 5)
    assert convert.main(command) == 1
    assert "is there already" in capsys.readouterr().err
