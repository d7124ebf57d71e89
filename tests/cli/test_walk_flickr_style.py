"""examples/finetune_flickr_style/assemble_data.py against a server of made-up photos."""
from __future__ import annotations

import csv
import gzip
import hashlib
import io
from collections.abc import Iterator

import numpy as np
import pytest
from hostile_server import Server, serving
from PIL import Image
from walk import Checkout

import caffe

MODEL = "models/finetune_flickr_style"
SCRIPT = "examples/finetune_flickr_style/assemble_data.py"
COMMAND = f".venv/bin/python {SCRIPT}"


def jpeg(seed: int) -> bytes:
    stream = io.BytesIO()
    pixels = np.random.RandomState(seed).randint(0, 255, (8, 8, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(stream, "JPEG")
    return stream.getvalue()


class Style:
    """Twelve photos on a server, and the list of them, as the original's is."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.rows = [{"": str(1000 + i), "image_url": server.add(f"photos/{i}_ab.jpg", jpeg(i)), "label": str(i % 4),
                      "_split": "test" if i % 3 == 0 else "train", "style": "Noir"} for i in range(12)]

    def publish(self) -> str:
        text = io.StringIO()
        table = csv.DictWriter(text, self.rows[0])
        table.writeheader()
        table.writerows(self.rows)
        return self.server.add("flickr_style.csv.gz", gzip.compress(text.getvalue().encode()))


@pytest.fixture
def style() -> Iterator[Style]:
    with serving() as server:
        yield Style(server)


def listed(checkout: Checkout, part: str) -> list[tuple[str, int]]:
    lines = (checkout.root / f"data/flickr_style/{part}.txt").read_text().splitlines()
    return [(line.rsplit(" ", 1)[0], int(line.rsplit(" ", 1)[1])) for line in lines]


def test_as_the_page_types_it(checkout: Checkout, style: Style) -> None:
    out = checkout.done(f"{COMMAND} --workers=2 --images=6 --seed 831486", CAFFE_FLICKR_STYLE_URL=style.publish())
    assert out.splitlines() == ["Downloading 6 images with 2 workers...",
                                "Writing train/val for 6 successfully downloaded images."]
    # The original's choice: numpy's legacy permutation by the seed.
    chosen = np.random.RandomState(831486).permutation(12)[:6]
    for part in ("train", "test"):
        expected = [(f"{checkout.root}/data/flickr_style/images/{i}_ab.jpg", int(i) % 4) for i in chosen
                    if style.rows[i]["_split"] == part]
        assert listed(checkout, part) == expected
        for path, _ in expected:
            with Image.open(path) as image:
                assert image.size == (8, 8)
    # Once more: nothing is fetched again.
    asked = len(style.server.requests)
    checkout.done(f"{COMMAND} -w -1 -i 6 -s 831486")
    assert len(style.server.requests) == asked


def test_photos_that_are_gone_or_none(checkout: Checkout, style: Style) -> None:
    gone = b"a picture that says so"
    # The sum of what stands for a photo that is gone is Flickr's; here it is another's.
    checkout.rewrite(SCRIPT, ("6a92790b1c2a301c6e7ddef645dca1f53ea97ac2", hashlib.sha1(gone).hexdigest()))
    style.server.files["/photos/0_ab.jpg"].content = gone
    style.server.files["/photos/1_ab.jpg"].content = b"no image"
    style.server.files["/photos/2_ab.jpg"].content = jpeg(2)[:300]
    style.server.files["/photos/3_ab.jpg"].statuses = [-404]
    style.server.files["/photos/4_ab.jpg"].statuses = [503]
    out = checkout.done(f"{COMMAND} --workers=3", CAFFE_FLICKR_STYLE_URL=style.publish())
    assert out.splitlines()[0] == "Downloading 12 images with 3 workers..."
    assert "1 of 12 images: not available any more" in out and "2 of 12 images: not an image" in out
    assert "1 of 12 images: could not be downloaded" in out
    assert out.endswith("Writing train/val for 8 successfully downloaded images.\n")
    assert len(listed(checkout, "train")) + len(listed(checkout, "test")) == 8
    assert len(list((checkout.root / "data/flickr_style/images").iterdir())) == 8
    # They are tried again by the next call.
    style.server.files["/photos/1_ab.jpg"].content = jpeg(1)
    assert "for 9 successfully" in checkout.done(COMMAND)


def test_some_styles_only(checkout: Checkout, style: Style) -> None:
    out = checkout.done(f"{COMMAND} --labels 2", CAFFE_FLICKR_STYLE_URL=style.publish())
    assert "Downloading 6 images" in out
    assert {label for part in ("train", "test") for _, label in listed(checkout, part)} == {0, 1}


@pytest.mark.parametrize("change, why", [
    ({"image_url": "http://127.0.0.1/../"}, "does not end in the name of a file"),
    ({"image_url": "http://127.0.0.1/.ssh"}, "does not end in the name of a file"),
    ({"label": "-1"}, "expected a label"), ({"_split": "validate"}, "expected a label, and train or test"),
])
def test_lists_that_are_refused(checkout: Checkout, style: Style, change: dict[str, str], why: str) -> None:
    style.rows[4].update(change)
    line = checkout.refused(COMMAND, CAFFE_FLICKR_STYLE_URL=style.publish())
    assert line.startswith("assemble_data.py: ") and "flickr_style.csv.gz:6: " in line and why in line
    assert not (checkout.root / "data/flickr_style").exists()


def test_no_list_and_no_photo(checkout: Checkout, style: Style) -> None:
    line = checkout.refused(COMMAND, CAFFE_FLICKR_STYLE_URL=f"{style.server.url}/gone.csv.gz")
    assert "answered 404" in line
    (checkout.root / "list.csv").write_text("image_url,label\n")
    assert "no column _split" in checkout.refused(COMMAND, CAFFE_FLICKR_STYLE_URL="list.csv")
    (checkout.root / "examples/finetune_flickr_style/flickr_style.csv.gz").unlink()
    for file in style.server.files.values():
        file.statuses = [-404]
    line = checkout.refused(COMMAND, CAFFE_FLICKR_STYLE_URL=style.publish())
    assert line == "assemble_data.py: no image could be had, and no list was written"


def test_the_page(checkout: Checkout, style: Style) -> None:
    """With a small CaffeNet and one batch; that weights are downloaded is tested elsewhere."""
    checkout.environment["CAFFE_FLICKR_STYLE_URL"] = style.publish()
    data = checkout.root / "data/ilsvrc12"
    caffe.io.write_mean(data / "imagenet_mean.binaryproto", np.zeros((3, 256, 256), np.float32))
    for name in ("synset_words.txt", "train.txt", "val.txt"):
        (data / name).write_text("theirs")
    small = ("num_output: 4096", "num_output: 16")
    for model in ("models/bvlc_reference_caffenet/deploy.prototxt", f"{MODEL}/train_val.prototxt"):
        checkout.rewrite(model, small)
    checkout.rewrite(f"{MODEL}/train_val.prototxt", ("batch_size: 50", "batch_size: 2"))
    checkout.rewrite(f"{MODEL}/solver.prototxt", ("max_iter: 100000", "max_iter: 1"), ("test_iter: 100", "test_iter: 1"))
    folder = checkout.root / "models/bvlc_reference_caffenet"
    caffe.Net(folder / "deploy.prototxt", caffe.TEST).save(folder / "bvlc_reference_caffenet.caffemodel")
    out = checkout.follow("flickr_style.md", without=("scripts/download_model_binary.py",))
    assert "Writing train/val for 12 successfully downloaded images." in out
    assert "Finetuning from models/bvlc_reference_caffenet/bvlc_reference_caffenet.caffemodel" in out
    assert list((checkout.root / MODEL).glob("*_iter_1.caffemodel"))
