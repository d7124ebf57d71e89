"""convert_imageset: which files are stored as they are, what is left out, and folders of classes."""
from __future__ import annotations

import io
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_tool import Tool

lmdb = pytest.importorskip("lmdb")
Image = pytest.importorskip("PIL.Image")

from caffe.proto import caffe_pb2

RANDOM = np.random.default_rng(3)


def pixels(*shape: int) -> np.ndarray:
    return RANDOM.integers(0, 256, shape, dtype=np.uint8)


def records(folder: Path) -> dict[str, caffe_pb2.Datum]:
    with lmdb.open(str(folder), readonly=True, lock=False) as database, database.begin() as transaction:
        return {key.decode(): caffe_pb2.Datum.FromString(value) for key, value in transaction.cursor()}


def only_record(tool: Tool, name: str, *flags: str) -> caffe_pb2.Datum:
    """The record of a list of one image."""
    (tool.folder / "list.txt").write_text(f"{name} 1\n")
    number = len(list(tool.folder.glob("db*")))
    done = tool("convert_imageset", *flags, "./", "list.txt", f"db{number}")
    assert done.status == 0, done.log
    (datum,) = records(tool.folder / f"db{number}").values()
    return datum


# ---- encoded records

COLOR, GRAY, DEEP = pixels(6, 7, 3), pixels(6, 7), RANDOM.integers(0, 65536, (6, 7), dtype=np.uint16)
FILES: dict[str, tuple[Any, int | None]] = {  # with the channels that it is stored with as it is
    "c.png": (Image.fromarray(COLOR), 3),
    "a.png": (Image.fromarray(pixels(6, 7, 4)), None),
    "la.png": (Image.fromarray(pixels(6, 7, 4)).convert("LA"), None),
    "g.png": (Image.fromarray(GRAY), 1),
    "1.png": (Image.fromarray(GRAY).convert("1"), 1),
    "p.png": (Image.fromarray(COLOR).convert("P"), 3),
    "deep.png": (Image.fromarray(DEEP), None),
    "c.jpg": (Image.fromarray(COLOR), 3),
    "g.jpg": (Image.fromarray(GRAY), 1),
    "k.jpg": (Image.fromarray(COLOR).convert("CMYK"), 3),
    "c.bmp": (Image.fromarray(COLOR), None),
    "g.pgm": (Image.fromarray(GRAY), None),
    "c.gif": (Image.fromarray(COLOR).convert("P"), None),
}


@pytest.mark.parametrize("gray", [False, True])
@pytest.mark.parametrize("name", FILES)
def test_records_have_the_channels_asked_for(name: str, gray: bool, tool: Tool) -> None:
    image, own_channels = FILES[name]
    image.save(tool.folder / name)
    wanted = ["-gray"] if gray else []
    plain = only_record(tool, name, *wanted)
    for flags in ([], ["-encode_type=png"], ["-encode_type=JPEG"], ["-resize_height=5", "-resize_width=4"]):
        datum = only_record(tool, name, "-encoded", *wanted, *flags)
        with Image.open(io.BytesIO(datum.data)) as stored:
            assert stored.mode in (("L", "1") if gray else ("RGB", "P", "CMYK"))
            kind = {"jpg": "JPEG", "png": "PNG"}.get(name[-3:], "PNG")
            kind = {"png": "PNG", "PEG": "JPEG"}.get(flags[0][-3:] if flags else "", kind)
            assert stored.format == kind
            if kind == "PNG" and not flags:  # nothing is lost
                values = np.asarray(stored.convert("L" if gray else "RGB"))
                wanted_values = np.frombuffer(plain.data, np.uint8).reshape(-1, 6, 7)[::-1].transpose(1, 2, 0)
                assert (values.reshape(wanted_values.shape) == wanted_values).all()
        as_it_is = not any("resize" in flag for flag in flags) and own_channels == (1 if gray else 3)
        as_it_is = as_it_is and kind == ("JPEG" if name.endswith("jpg") else "PNG")
        assert (datum.data == (tool.folder / name).read_bytes()) == as_it_is


def test_files_that_have_the_size_stay_as_they_are(tool: Tool) -> None:
    Image.fromarray(COLOR).save(tool.folder / "c.jpg")
    datum = only_record(tool, "c.jpg", "-encoded", "-resize_height=6", "-resize_width=7")
    assert datum.data == (tool.folder / "c.jpg").read_bytes()


def test_a_database_of_all_kinds_has_one_number_of_channels(tool: Tool) -> None:
    for name, (image, _) in FILES.items():
        image.save(tool.folder / name)
    (tool.folder / "list.txt").write_text("".join(f"{name} 0\n" for name in FILES))
    for flags, channels in (([], 3), (["-gray"], 1)):
        assert tool("convert_imageset", "-encoded", *flags, "./", "list.txt", f"db{channels}").status == 0
        done = tool("compute_image_mean", f"db{channels}")
        assert done.status == 0, done.log
        assert done.said(r"Number of channels: (\d)") == [str(channels)]


def test_the_bytes_tell_the_type(tool: Tool) -> None:
    """A PNG file under another name is not taken for a JPEG file."""
    Image.fromarray(COLOR).save(tool.folder / "c.jpg", format="PNG")
    whole = (tool.folder / "c.jpg").read_bytes()
    assert only_record(tool, "c.jpg", "-encoded").data == whole
    assert only_record(tool, "c.jpg", "-encode_type=png").data == whole
    assert only_record(tool, "c.jpg", "-encode_type=jpg").data[:2] == b"\xff\xd8"


def test_check_size_looks_at_pixels(tool: Tool) -> None:
    """Files of one size in pixels have several in bytes."""
    for name, array in (("a.png", GRAY), ("b.png", np.zeros((6, 7), np.uint8))):
        Image.fromarray(array).save(tool.folder / name)
    (tool.folder / "list.txt").write_text("a.png 0\nb.png 1\n")
    assert tool("convert_imageset", "-check_size", "-encoded", "./", "list.txt", "a").status == 0
    Image.fromarray(pixels(6, 8)).save(tool.folder / "b.png")
    done = tool("convert_imageset", "-check_size", "-encoded", "./", "list.txt", "b")
    assert "./b.png: Incorrect data field size 144, expected 126" in done.last


# ---- what is left out


def test_a_cut_jpeg_is_left_out_unless_it_is_allowed(tool: Tool) -> None:
    Image.fromarray(pixels(200, 200, 3)).save(tool.folder / "whole.jpg")
    whole = (tool.folder / "whole.jpg").read_bytes()
    (tool.folder / "cut.jpg").write_bytes(whole[: len(whole) // 5])
    (tool.folder / "list.txt").write_text("cut.jpg 1\nwhole.jpg 2\n")
    done = tool("convert_imageset", "./", "list.txt", "strict")
    assert done.status == 0
    said = done.said(r"Could not open or find file (.*)")
    assert said == ["./cut.jpg: cannot read the image: the file is cut off within its pixels"]
    assert done.said(r"\] (.*)") [-2:] == [
        "1 of 2 images are left out: 0 cannot be opened, 1 are no images or damaged.", "Processed 1 files."]
    assert [datum.label for datum in records(tool.folder / "strict").values()] == [2]
    for name, flags in (("pixels", []), ("files", ["-encoded"])):
        done = tool("convert_imageset", "-allow_damaged", *flags, "./", "list.txt", name)
        assert done.status == 0
        assert "Could not" not in done.log
        assert [datum.label for datum in records(tool.folder / name).values()] == [1, 2]
    done = tool("compute_image_mean", "files")
    assert done.status == 0
    assert "record 0 (key \"00000000_cut.jpg\"): the file is cut off within its pixels" in done.log
    assert done.said(r"\] (.*) are cut off or damaged") == ["1 of 2 images"]


def test_a_thousand_errors_are_ten_lines(tool: Tool) -> None:
    Image.fromarray(GRAY).save(tool.folder / "im.png")
    (tool.folder / "text.png").write_text("text")
    lines = ["im.png 0\n"] + [f"no{i}.png 0\n" for i in range(500)] + ["text.png 0\n"] * 30
    (tool.folder / "list.txt").write_text("".join(lines))
    done = tool("convert_imageset", "./", "list.txt", "db")
    assert done.status == 0
    assert len(done.said("Could not open or find file")) == 20
    assert len(done.said(r"\(more like it are counted only\)")) == 2
    assert done.said(r"\] (.* left out: .*)") == [
        "530 of 531 images are left out: 500 cannot be opened, 30 are no images or damaged."]


@pytest.mark.parametrize(("root", "name"), [("imgs", "im.png"), ("imgs/", "im.png"), ("imgs", "/im.png"),
                                            ("", "imgs/im.png"), ("imgs/i", "m.png")])
def test_a_root_with_and_without_its_slash(root: str, name: str, tool: Tool) -> None:
    (tool.folder / "imgs").mkdir()
    Image.fromarray(GRAY).save(tool.folder / "imgs/im.png")
    (tool.folder / "list.txt").write_text(f"{name} 5\n")
    done = tool("convert_imageset", "-gray", root, "list.txt", "db")
    assert done.status == 0, done.log
    ((key, datum),) = records(tool.folder / "db").items()
    assert (key, datum.data) == (f"00000000_{name}", GRAY.tobytes())


# ---- folders of classes


@pytest.fixture
def classes(tool: Tool) -> Tool:
    """Ten images in each of three folders, of one value each: ten times the class and the image."""
    for label, name in enumerate(("Zebra", "ant", "bee")):
        (tool.folder / "set" / name / "more").mkdir(parents=True)
        for i in range(10):
            folder = tool.folder / "set" / name / ("more" if i > 7 else "")
            ending = ("png", "PNG", "bmp")[i % 3]
            Image.fromarray(np.full((2, 2), 10 * label + i, np.uint8)).save(folder / f"{i}.{ending}")
    return tool


def values_of(folder: Path) -> list[int]:
    found = list(records(folder).values())
    assert all(datum.data == datum.data[:1] * 4 and datum.label == datum.data[0] // 10 for datum in found)
    return [datum.data[0] for datum in found]


def test_folders_become_labels(classes: Tool) -> None:
    done = classes("convert_imageset", "-folders", "-gray", "set", "db")
    assert done.status == 0, done.log
    assert "Found 30 images in 3 class folders." in done.log
    values = values_of(classes.folder / "db")
    assert sorted(values) == list(range(30))
    assert values != list(range(30))  # in random order
    assert (classes.folder / "labels.txt").read_text() == "Zebra\nant\nbee\n"
    assert sorted(path.name for path in classes.folder.iterdir()) == ["db", "labels.txt", "set"]
    keys = list(records(classes.folder / "db"))
    assert keys == sorted(keys)
    assert all(key[9:].split("/")[0] in ("Zebra", "ant", "bee") for key in keys)
    # The same seed makes the same database, another one another order.
    classes("convert_imageset", "-folders", "-gray", "set/", "again")
    classes("convert_imageset", "-folders", "-gray", "-seed=2", "set", "other")
    classes("convert_imageset", "-folders", "-gray", "-noshuffle", "set", "plain")
    assert values_of(classes.folder / "again") == values
    assert values_of(classes.folder / "other") != values
    assert values_of(classes.folder / "plain") == list(range(30))


def test_a_part_for_validation(classes: Tool) -> None:
    (classes.folder / "out").mkdir()
    done = classes("convert_imageset", "-folders", "-gray", "-val_percent", 20, "set", "out/train", "out/val")
    assert done.status == 0, done.log
    train, val = values_of(classes.folder / "out/train"), values_of(classes.folder / "out/val")
    assert sorted(train + val) == list(range(30))
    assert sorted(value // 10 for value in val) == [0, 0, 1, 1, 2, 2]
    assert sorted(path.name for path in (classes.folder / "out").iterdir()) == ["labels.txt", "train", "val"]
    for name in ("a", "b"):
        seed = ["-seed", 7] if name == "b" else []
        classes("convert_imageset", "-folders", "-gray", "-val_percent=20", *seed, "set", f"{name}t", f"{name}v")
    assert values_of(classes.folder / "av") == val
    assert values_of(classes.folder / "bv") != val


def test_what_is_no_image_is_passed_over(classes: Tool) -> None:
    (classes.folder / "set/ant/notes.txt").write_text("text")
    (classes.folder / "set/readme").write_text("text")
    (classes.folder / "set/ant/.hidden.png").write_text("text")
    (classes.folder / "set/.git").mkdir()
    (classes.folder / "set/cat").mkdir()
    (classes.folder / "set/bee/broken.png").write_text("text")
    done = classes("convert_imageset", "-folders", "-gray", "set", "db")
    assert done.status == 0, done.log
    assert done.said(r"\] (\d+) files are left out: their names") == ["2"]
    assert done.said(r"Could not open or find file set/(\S+):") == ["bee/broken.png"]
    assert 'The class "cat", label 3, has no images.' in done.log
    assert len(records(classes.folder / "db")) == 30
    assert (classes.folder / "labels.txt").read_text() == "Zebra\nant\nbee\ncat\n"


def test_links_in_folders_are_followed(classes: Tool) -> None:
    (classes.folder / "elsewhere").mkdir()
    Image.fromarray(np.full((2, 2), 30, np.uint8)).save(classes.folder / "elsewhere/30.png")
    (classes.folder / "set/cow").mkdir()
    (classes.folder / "set/cow/more").symlink_to(classes.folder / "elsewhere")
    (classes.folder / "set/cow/round").symlink_to(classes.folder / "set/cow")
    (classes.folder / "set/bee/gone.png").symlink_to("nothing")
    (classes.folder / "set/bee/itself.png").symlink_to("itself.png")
    (classes.folder / "set/bee/long.png").symlink_to("n" * 300)
    os.mkfifo(classes.folder / "set/bee/waits.png")
    done = classes("convert_imageset", "-folders", "-gray", "set", "db")
    assert done.status == 0, done.log
    assert done.said(r"\] (\d+) files are left out: their names") == ["1"]
    left_out = done.said(r"Could not open or find file set/(\S+):")
    assert sorted(left_out) == ["bee/gone.png", "bee/itself.png", "bee/long.png"]
    assert sorted(values_of(classes.folder / "db")) == list(range(31))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look into everything")
def test_folders_that_may_not_be_looked_into(classes: Tool) -> None:
    (classes.folder / "set/bee/more").chmod(0)
    done = classes("convert_imageset", "-folders", "set", "db")
    (classes.folder / "set/bee/more").chmod(0o755)
    assert done.last.endswith("cannot look into set/bee/more: Permission denied")


@pytest.mark.parametrize(("arguments", "message"), [
    (["nowhere", "db"], "cannot look into nowhere: No such file or directory"),
    (["set/ant/..", "db", "-check_size", "-resize_width=3"], "expected both or none"),
    (["set/ant/more", "db"], "set/ant/more: has no folders, expected one for each class"),
    (["set", "db", "db2"], "expected -folders ROOTFOLDER DB_NAME, or -folders -val_percent N"),
    (["-val_percent=10", "set", "db"], "expected -folders ROOTFOLDER DB_NAME, or -folders -val_percent N"),
    (["-val_percent=100", "set", "db", "db2"], "-val_percent is 100, expected 1 to 99"),
    (["-val_percent=4", "set", "db", "db2"], "-val_percent 4 of each class of set is less than one image"),
    (["-val_percent=10", "set", "db", "./db"], 'the two databases have one name, "db"'),
    (["-val_percent=10", "set", "db", "db/"], 'the two databases have one name, "db"'),
    (["-val_percent=10", "set", "db", "set"], "it is there already"),
    (["-val_percent=10", "-check_size", "-encoded", "set", "db", "odd/db"], "odd"),
])
def test_folders_that_cannot_be_converted(arguments: list[str], message: str, classes: Tool) -> None:
    done = classes("convert_imageset", "-folders", *arguments)
    assert done.status == 1
    assert message in done.last
    assert [path.name for path in classes.folder.iterdir()] == ["set"]


def test_folders_without_images(tool: Tool) -> None:
    (tool.folder / "set/ant").mkdir(parents=True)
    done = tool("convert_imageset", "-folders", "set", "db")
    assert done.status == 1
    assert "set: there are no images in its 1 folders" in done.last


def test_lists_take_no_part_of_this(classes: Tool) -> None:
    assert "expected ROOTFOLDER/ LISTFILE DB_NAME" in classes("convert_imageset", "set", "db").last
    assert "-val_percent splits what -folders finds" in classes(
        "convert_imageset", "-val_percent=10", "set/", "list.txt", "db").last


def test_labels_of_other_classes_are_not_overwritten(classes: Tool) -> None:
    (classes.folder / "labels.txt").write_text("cat\n")
    done = classes("convert_imageset", "-folders", "set", "db")
    assert done.status == 1
    assert "labels.txt is there already and names other classes" in done.last
    assert not (classes.folder / "db").exists()
    assert (classes.folder / "labels.txt").read_text() == "cat\n"


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_folders_leave_nothing(sent: signal.Signals, classes: Tool) -> None:
    for i in range(3000):
        (classes.folder / f"set/ant/link{i}.png").symlink_to("0.png")
    process = classes.start("convert_imageset", "-folders", "-val_percent=60", "-resize_height=200",
                            "-resize_width=200", "set", "db", "db2")
    assert process.stderr
    opened = 0  # the second time it is the database for validation
    for line in process.stderr:
        opened += "Opened lmdb" in line
        if "Processed 1000 files." in line and opened == 2:
            break
    process.send_signal(sent)
    process.wait(timeout=60)
    assert process.returncode == -sent
    assert [path.name for path in classes.folder.iterdir()] == ["set"]
