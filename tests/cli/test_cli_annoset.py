"""convert_annoset: images and the boxes on them, from files of three kinds, as records that AnnotatedData reads."""
from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from cli_tool import Tool

pytest.importorskip("lmdb")
Image = pytest.importorskip("PIL.Image")

from caffe.proto import caffe_pb2
from lmdb_records import lmdb_records

LABELS = """
item { name: "none_of_the_above" label: 0 display_name: "background" }
item { name: "cat" label: 1 } item { name: "dog" label: 2 } item { name: "18" label: 3 }
"""
VOC = """<?xml version="1.0" encoding="utf-8"?>
<annotation>
 <folder>VOC</folder><size><width>8</width><height>4</height><depth>3</depth></size>
 <object><name>dog</name><pose>Left</pose><difficult>0</difficult>
  <bndbox><xmin>2</xmin><ymin>1</ymin><xmax>6</xmax><ymax>3</ymax></bndbox>
  <part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></part></object>
 <object><bndbox><ymin>0</ymin><xmin>0.5</xmin><ymax>4</ymax><xmax>8</xmax></bndbox><name>cat</name>
  <difficult>1</difficult></object>
 <object><name>dog</name><bndbox><xmin>0</xmin><ymin>0</ymin><xmax>4</xmax><ymax>2</ymax></bndbox></object>
</annotation>
"""
# (label, instance, xmin, ymin, xmax, ymax, difficult)
VOC_BOXES = [(2, 0, .25, .25, .75, .75, False), (2, 1, 0, 0, .5, .5, False), (1, 0, .0625, 0, 1, 1, True)]
DETECTION = ("-anno_type=detection", "-label_map_file=map.prototxt")


@pytest.fixture
def images(tool: Tool) -> Tool:
    """The tool, in a folder with two images of 4 x 8, an annotation of the first, and a list of both."""
    for i in range(2):
        Image.fromarray(np.arange(96, dtype=np.uint8).reshape(4, 8, 3) + i).save(tool.folder / f"{i}.png")
    (tool.folder / "0.xml").write_text(VOC)
    (tool.folder / "map.prototxt").write_text(LABELS)
    (tool.folder / "list.txt").write_text("0.png 0.xml\n1.png 1.xml\n")
    return tool


def records(folder: Path) -> dict[str, caffe_pb2.AnnotatedDatum]:
    return lmdb_records(folder, caffe_pb2.AnnotatedDatum)


def boxes(record: caffe_pb2.AnnotatedDatum) -> list[tuple]:
    return [(group.group_label, each.instance_id, each.bbox.xmin, each.bbox.ymin, each.bbox.xmax, each.bbox.ymax,
             each.bbox.difficult) for group in record.annotation_group for each in group.annotation]


def test_voc(images: Tool) -> None:
    done = images("convert_annoset", *DETECTION, "./", "list.txt", "db")
    assert done.status == 0, done.log
    found = records(images.folder / "db")
    assert list(found) == ["00000000_0.png", "00000001_1.png"]
    first, second = found.values()
    assert first.type == caffe_pb2.AnnotatedDatum.BBOX and first.HasField("type")
    assert boxes(first) == VOC_BOXES
    assert (first.datum.channels, first.datum.height, first.datum.width, first.datum.label) == (3, 4, 8, -1)
    pixels = np.frombuffer(first.datum.data, np.uint8).reshape(3, 4, 8)
    assert (pixels == np.arange(96).reshape(4, 8, 3).transpose(2, 0, 1)[::-1]).all()
    # It has no file: there is nothing on it.
    assert boxes(second) == []
    assert done.said(r"W\d+ .*\] (.*)") == ["1 of 2 images have no boxes."]


def test_coco(images: Tool) -> None:
    (images.folder / "0.json").write_text(json.dumps({
        "image": {"height": 4, "width": 8, "file_name": "0.png"},
        "annotation": [{"category_id": 18, "bbox": [2, 1, 4, 2], "iscrowd": 0, "segmentation": [[1, 2]]},
                       {"category_id": "cat", "bbox": [0.5, 0, 7.5, 4], "iscrowd": 1}]}))
    (images.folder / "list.txt").write_text("0.png 0.json\n")
    done = images("convert_annoset", *DETECTION, "--label_type=json", "./", "list.txt", "db")
    assert done.status == 0, done.log
    assert boxes(*records(images.folder / "db").values()) == [
        (3, 0, .25, .25, .75, .75, False), (1, 0, .0625, 0, 1, 1, True)]


def test_txt(images: Tool) -> None:
    (images.folder / "0.txt").write_text("2 2 1 6 3\n\n1 0.5 0 8 4\r\n2 0 0 4 2")
    (images.folder / "list.txt").write_text("0.png 0.txt\n")
    done = images("convert_annoset", "-anno_type=detection", "-label_type=txt", "./", "list.txt", "db")
    assert done.status == 0, done.log
    assert [box[:6] for box in boxes(*records(images.folder / "db").values())] == [box[:6] for box in VOC_BOXES]


def test_classification(images: Tool) -> None:
    (images.folder / "list.txt").write_text("0.png 7\n1.png 2\n")
    assert images("convert_annoset", "-gray", "./", "list.txt", "db").status == 0
    found = list(records(images.folder / "db").values())
    assert [record.datum.label for record in found] == [7, 2]
    assert [record.datum.channels for record in found] == [1, 1]
    assert not found[0].HasField("type") and boxes(found[0]) == []


@pytest.mark.parametrize(("flags", "size"), [
    (["-resize_height=5", "-resize_width=6"], (5, 6)),
    (["-min_dim=6"], (6, 12)), (["-min_dim=3"], (4, 8)), (["-max_dim=6"], (3, 6)), (["-max_dim=9"], (4, 8)),
    (["-min_dim=6", "-max_dim=10"], (5, 10)), (["-max_dim=6", "-resize_height=5", "-resize_width=6"], (3, 6)),
])
def test_sizes(images: Tool, flags: list[str], size: tuple[int, int]) -> None:
    """Boxes are parts of the sides, whatever these become."""
    assert images("convert_annoset", *DETECTION, *flags, "-check_size", "./", "list.txt", "db").status == 0
    first = records(images.folder / "db")["00000000_0.png"]
    assert (first.datum.height, first.datum.width) == size
    assert len(first.datum.data) == 3 * size[0] * size[1]
    assert boxes(first) == VOC_BOXES


def test_files(images: Tool) -> None:
    assert images("convert_annoset", *DETECTION, "-encoded", "./", "list.txt", "a").status == 0
    first = records(images.folder / "a")["00000000_0.png"].datum
    assert first.encoded and first.data == (images.folder / "0.png").read_bytes()
    assert (first.channels, first.height, first.width) == (3, 4, 8)
    assert images("convert_annoset", *DETECTION, "-encode_type=jpg", "./", "list.txt", "b").status == 0
    assert records(images.folder / "b")["00000000_0.png"].datum.data[:2] == b"\xff\xd8"
    assert images("convert_annoset", *DETECTION, "-encoded", "-gray", "./", "list.txt", "c").status == 0
    assert Image.open(io.BytesIO(records(images.folder / "c")["00000000_0.png"].datum.data)).mode == "L"


def test_files_of_one_number_of_channels(images: Tool) -> None:
    """Stored as they are only where they have the channels asked for and are what JPEG and PNG decoders read alike; the
    bytes say what they are, their names do not."""
    color = np.arange(96, dtype=np.uint8).reshape(4, 8, 3)
    files = {"color.png": ("PNG", color), "gray.png": ("PNG", color[..., 0]), "bitmap.bmp": ("BMP", color),
             "alpha.png": ("PNG", np.dstack([color, color[..., :1]])), "named.jpg": ("PNG", color),
             "deep.png": ("PNG", color[..., 0].astype(np.uint16) * 256), "photo.JPEG": ("JPEG", color)}
    for name, (kind, pixels) in files.items():
        Image.fromarray(pixels).save(images.folder / name, kind)
    (images.folder / "list.txt").write_text("".join(f"{name} 1\n" for name in files))
    for gray in (False, True):
        target = f"db{gray}"
        done = images("convert_annoset", "-encoded", f"-gray={str(gray).lower()}", "-check_size", "./", "list.txt", target)
        assert done.status == 0, done.log
        stored = {key[9:]: record.datum for key, record in records(images.folder / target).items()}
        assert list(stored) == list(files)
        opened = {name: Image.open(io.BytesIO(datum.data)) for name, datum in stored.items()}
        assert {image.mode for image in opened.values()} == {"L" if gray else "RGB"}
        assert {datum.channels for datum in stored.values()} == {1 if gray else 3}
        assert {name for name, image in opened.items() if image.format == "JPEG"} == {"photo.JPEG"}
        as_they_are = {name for name, datum in stored.items() if datum.data == (images.folder / name).read_bytes()}
        assert as_they_are == ({"gray.png"} if gray else {"color.png", "named.jpg", "photo.JPEG"})


def test_a_root_without_a_slash(images: Tool) -> None:
    root = images.folder / "root"
    root.mkdir()
    for name in ("0.png", "1.png", "0.xml"):
        (images.folder / name).rename(root / name)
    done = images("convert_annoset", *DETECTION, "root", "list.txt", "db")
    assert done.status == 0, done.log
    assert boxes(records(images.folder / "db")["00000000_0.png"]) == VOC_BOXES


def test_shuffled_by_the_seed(images: Tool) -> None:
    (images.folder / "list.txt").write_text("0.png 0.xml\n1.png 1.xml\n" * 8)
    orders = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert images("convert_annoset", *DETECTION, "-shuffle", "-seed", seed, "./", "list.txt", name).status == 0
        orders.append([key[9:] for key in records(images.folder / name)])
    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[0]) == sorted(["0.png", "1.png"] * 8)


def test_annotated_data_reads_it(images: Tool) -> None:
    assert images("convert_annoset", *DETECTION, "-encoded", "./", "list.txt", "db").status == 0
    import caffe

    net = images.folder / "net.prototxt"
    net.write_text(f"""layer {{ name: "d" type: "AnnotatedData" top: "data" top: "label"
        data_param {{ source: "{images.folder / 'db'}" batch_size: 2 backend: LMDB }}
        annotated_data_param {{ label_map_file: "{images.folder / 'map.prototxt'}" }} }}""")
    output = caffe.Net(str(net), caffe.TEST).forward()
    assert output["data"].shape == (2, 3, 4, 8)
    found = output["label"][0, 0]  # image, label, instance, box, difficult
    assert found.tolist() == [[0, *box] for box in VOC_BOXES]


@pytest.mark.parametrize(("height", "width", "said", "left"), [
    (4, 16, "says that the image is 4 x 16, it is 4 x 8", .125),
    (0, 0, "does not say how large the image is; it is 4 x 8", .25),
])
def test_sizes_that_are_not_the_images(images: Tool, height: int, width: int, said: str, left: float) -> None:
    """What the file says counts, as long as it makes sense."""
    (images.folder / "0.xml").write_text(VOC.replace(
        "<width>8</width><height>4</height>", f"<width>{width}</width><height>{height}</height>"))
    done = images("convert_annoset", *DETECTION, "./", "list.txt", "db")
    assert done.status == 0
    assert said in done.log
    assert boxes(records(images.folder / "db")["00000000_0.png"])[0][2] == left


def test_boxes_that_leave_the_image_are_told_of(images: Tool) -> None:
    (images.folder / "0.xml").write_text(VOC.replace("<xmax>6</xmax>", "<xmax>9</xmax>").replace(
        "<ymax>2</ymax></bndbox></object>", "<ymax>-1</ymax></bndbox></object>"))
    done = images("convert_annoset", *DETECTION, "./", "list.txt", "db")
    assert done.status == 0
    assert len(done.said("bounding box exceeds image boundary")) == 2
    assert len(done.said("bounding box irregular")) == 1


@pytest.mark.parametrize(("text", "message"), [
    ("<annotation><object><name>cow</name><bndbox/></object></annotation>", '0.xml:1: "cow" is not in the label map'),
    ("<annotation><object><name>cats</name><bndbox/></object></annotation>", 'did you mean "cat"?'),
    ("<annotation><object><bndbox/></object></annotation>", 'element "object" has no "name"'),
    ("<annotation><object><name>cat</name></object></annotation>", 'element "object" has no "bndbox"'),
    (VOC.replace("<xmax>6</xmax>", "<xmax>x</xmax>"), '0.xml:5: "xmax" is "x", expected a number'),
    ("<annotation><object>", "0.xml:1: element"),
    ("<svg/>", 'the first element is "svg", expected "annotation"'),
    ("", "0.xml:1: an element is expected"),
])
def test_xml_that_is_wrong(images: Tool, text: str, message: str) -> None:
    (images.folder / "0.xml").write_text(text)
    done = images("convert_annoset", *DETECTION, "./", "list.txt", "db")
    assert done.status == 1
    assert message in done.last
    assert not (images.folder / "db").exists()


@pytest.mark.parametrize(("kind", "text", "message"), [
    ("json", "{", "0.json:1: expected the name of a member"),
    ("json", "[]", '0.json: the file has no "annotation"'),
    ("json", '{"annotation": 1}', '"annotation" is no list'),
    ("json", '{"annotation": [{"bbox": [1, 2, 3, 4]}]}', 'annotation 0 has no "category_id"'),
    ("json", '{"annotation": [{"category_id": "cat", "bbox": [1, 2, 3]}]}', '"bbox" is no list of four numbers'),
    ("json", '{"annotation": [{"category_id": "cat", "bbox": [1, 2, 3, "4"]}]}', '"bbox" is no list of four numbers'),
    ("json", '{"annotation": [{"category_id": 19, "bbox": [1, 2, 3, 4]}]}', '"19" is not in the label map'),
    ("txt", "1 2 3 4\n", "0.txt:1: expected five numbers"),
    ("txt", "1 2 3 4 5\n1 2 3 4 x\n", "0.txt:2: expected five numbers"),
    ("txt", "1.5 2 3 4 5\n", "0.txt:1: expected five numbers"),
    ("txt", "1 2 3 4 nan\n", "0.txt:1: expected five numbers"),
])
def test_json_and_txt_that_are_wrong(images: Tool, kind: str, text: str, message: str) -> None:
    (images.folder / f"0.{kind}").write_text(text)
    (images.folder / "list.txt").write_text(f"0.png 0.{kind}\n")
    done = images("convert_annoset", *DETECTION, f"-label_type={kind}", "./", "list.txt", "db")
    assert done.status == 1
    assert message in done.last
    assert not (images.folder / "db").exists()


@pytest.mark.parametrize(("arguments", "message"), [
    ([*DETECTION, "./", "no.txt", "db"], 'cannot read "no.txt"'),
    ([*DETECTION, "./", "list.txt", "0.png"], "it is there already"),
    ([*DETECTION, "-backend=sql", "./", "list.txt", "db"], '"sql" is no kind of database'),
    ([*DETECTION, "-label_type=yaml", "./", "list.txt", "db"], '-label_type is xml, json or txt, not "yaml"'),
    (["-anno_type=pose", "./", "list.txt", "db"], '-anno_type is classification or detection, not "pose"'),
    (["-anno_type=detection", "./", "list.txt", "db"], "-label_map_file is needed"),
    (["-anno_type=detection", "-label_map_file=no", "./", "list.txt", "db"], 'cannot read "no"'),
    (["-anno_type=detection", "-label_map_file=empty", "./", "list.txt", "db"], "there is no item in this label map"),
    (["-anno_type=detection", "-label_map_file=twice", "-check_label", "./", "list.txt", "db"],
     'there are several items of the name "cat"'),
    ([*DETECTION, "-resize_width=4", "./", "list.txt", "db"], "expected both or none"),
    ([*DETECTION, "-min_dim=-1", "./", "list.txt", "db"], "-min_dim is -1, below 0"),
    ([*DETECTION, "-encode_type=bmp", "./", "list.txt", "db"], 'expected "jpg" or "png"'),
    ([*DETECTION, "elsewhere/", "list.txt", "db"], "none of the 2 images of list.txt can be read"),
    (["./", "list.txt", "db"], "list.txt:1: "),
    ([*DETECTION, "./", "long.txt", "db"], "File name too long"),
    (["-anno_type=classification", "-encode_type=jpg", "./", "wide.txt", "db"], "./wide.png: cannot write the image"),
])
def test_what_cannot_be_converted(images: Tool, arguments: list[str], message: str) -> None:
    (images.folder / "empty").write_text("")
    (images.folder / "wide.txt").write_text("wide.png 1\n")
    Image.fromarray(np.zeros((1, 70000), np.uint8)).save(images.folder / "wide.png")
    (images.folder / "long.txt").write_text(f"0.png {'a' * 300}\n")
    (images.folder / "twice").write_text('item { name: "cat" label: 1 } item { name: "cat" label: 2 }')
    done = images("convert_annoset", *arguments)
    assert done.status == 1
    assert message in done.last
    assert not (images.folder / "db").exists()


def test_images_that_cannot_be_read_are_left_out(images: Tool) -> None:
    (images.folder / "1.png").write_text("no image")
    done = images("convert_annoset", *DETECTION, "./", "list.txt", "db")
    assert done.status == 0
    assert "Failed to read 1.png" in done.log and "1 of 2 images are left out" in done.log
    assert list(records(images.folder / "db")) == ["00000000_0.png"]


def test_records_of_several_sizes(images: Tool) -> None:
    Image.fromarray(np.zeros((5, 5, 3), np.uint8)).save(images.folder / "1.png")
    done = images("convert_annoset", *DETECTION, "-check_size", "./", "list.txt", "db")
    assert done.status == 1
    assert "Incorrect data field size 75, expected 96" in done.last
