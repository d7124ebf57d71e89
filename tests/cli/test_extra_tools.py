"""tools/extra: what people make of training logs and of folders of images."""
from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest
from cli_tool import ROOT, SHARED, Tool
from PIL import Image

EXTRA = ROOT / "tools/extra"
LOG = """Log file created at: 2014/08/28 22:10:04
I0828 23:59:58.000000 11510 caffe.cpp:95] Use CPU.
I0828 23:59:59.500000 11510 solver.cpp:165] Solving FlickrStyleCaffeNet
I0828 23:59:59.750000 11510 solver.cpp:251] Iteration 0, Testing net (#0)
I0829 00:00:01.000000 11510 solver.cpp:302]     Test net output #0: accuracy = 0.0308
I0829 00:00:01.250000 11510 solver.cpp:302]     Test net output #1: loss = 3.5 (* 1 = 3.5 loss)
I0829 00:00:01.500000 11510 solver.cpp:195] Iteration 0, loss = 3.78589
I0829 00:00:01.500000 11510 solver.cpp:209]     Train net output #0: loss = 3.75 (* 1 = 3.75 loss)
I0829 00:00:01.500000 11510 solver.cpp:397] Iteration 0, lr = 0.001
I0829 00:00:02.500000 11510 solver.cpp:195] Iteration 20, loss = 3.25728
I0829 00:00:02.500000 11510 solver.cpp:209]     Train net output #0: loss = 3.125 (* 1 = 3.125 loss)
I0829 00:00:02.500000 11510 solver.cpp:397] Iteration 20, lr = 0.0001
I0829 00:00:03.500000 11510 solver.cpp:251] Iteration 40, Testing net (#0)
I0829 00:00:04.500000 11510 solver.cpp:302]     Test net output #0: accuracy = 0.2356
I0829 00:00:04.500000 11510 solver.cpp:302]     Test net output #1: loss = 2.5 (* 1 = 2.5 loss)
"""
# As the blog has it: of the net's outputs for training nothing is said.
BLOG = "\n".join(line for line in LOG.splitlines() if "Train net" not in line and "#1" not in line)


def extra(name: str, *arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, EXTRA / name] if name.endswith(".py") else [EXTRA / name]
    return subprocess.run([*program, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, timeout=600,
                          check=False)


def said(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rows(file: Path, delimiter: str = ",") -> list[dict[str, str]]:
    with open(file, newline="") as stream:
        return list(csv.DictReader(stream, delimiter=delimiter))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    (tmp_path / "caffe.log").write_text(LOG)
    return tmp_path


def test_parse_log(log: Path) -> None:
    (log / "out").mkdir()
    out = said(extra("parse_log.py", "caffe.log", "out", "--verbose", cwd=log))
    assert out == "Wrote out/caffe.log.train\nWrote out/caffe.log.test\n"
    assert rows(log / "out/caffe.log.train") == [
        {"NumIters": "0.0", "Seconds": "2.0", "LearningRate": "0.001", "loss": "3.75"},
        {"NumIters": "20.0", "Seconds": "3.0", "LearningRate": "0.0001", "loss": "3.125"}]
    assert rows(log / "out/caffe.log.test") == [
        {"NumIters": "0.0", "Seconds": "0.25", "LearningRate": "0.001", "accuracy": "0.0308", "loss": "3.5"},
        {"NumIters": "40.0", "Seconds": "4.0", "LearningRate": "0.0001", "accuracy": "0.2356", "loss": "2.5"}]


def test_parse_a_log_without_outputs(log: Path) -> None:
    (log / "caffe.log").write_text(BLOG)
    said(extra("parse_log.py", "caffe.log", ".", "--delimiter", ";", cwd=log))
    assert [row["loss"] for row in rows(log / "caffe.log.train", ";")] == ["3.78589", "3.25728"]
    assert [row["accuracy"] for row in rows(log / "caffe.log.test", ";")] == ["0.0308", "0.2356"]
    (log / "caffe.log").write_text("nothing of it\n")
    done = extra("parse_log.py", "caffe.log", ".", cwd=log)
    said(done)
    assert "caffe.log has no line of a training (yet)" in done.stderr
    assert (log / "caffe.log.train").read_text() == "NumIters,Seconds,LearningRate\n"


def test_parse_a_log_of_two_test_nets_and_two_runs(log: Path) -> None:
    second = LOG.replace("(#0)", "(#1)").splitlines()[3:6]
    lines = LOG.splitlines()
    (log / "caffe.log").write_text("\n".join([*lines[:6], *second, *lines[6:], *lines[1:]]))
    said(extra("parse_log.py", "caffe.log", ".", cwd=log))
    tests = rows(log / "caffe.log.test")
    assert [row["NumIters"] for row in tests] == ["0.0", "40.0", "0.0", "40.0"]
    assert tests[0]["accuracy (net 1)"] == "0.0308" and tests[1]["accuracy (net 1)"] == ""


def test_parse_logs_of_the_original_and_of_ours(tool: Tool, log: Path) -> None:
    original = SHARED / "conformance/cli/train-test-time/train.log"
    if original.exists():
        said(extra("parse_log.py", original, ".", cwd=log))
        assert [row["loss"] for row in rows(log / "train.log.train")] == ["1.65119", "0.751075", "0.683592", "0.98091",
                                                                         "0.382054"]
        assert [row["acc"] for row in rows(log / "train.log.test")] == ["0.65", "0.65", "0.55"]
    tool.learner("max_iter: 4 display: 2 test_interval: 2 test_iter: 1\n")
    done = tool("train", "-solver", "solver.prototxt")
    assert done.status == 0, done.log
    (log / "ours.log").write_text(done.log)
    said(extra("parse_log.py", "ours.log", ".", cwd=log))
    trained, tested = rows(log / "ours.log.train"), rows(log / "ours.log.test")
    assert [row["NumIters"] for row in trained] == ["0.0", "2.0"]
    assert [row["NumIters"] for row in tested] == ["0.0", "2.0", "4.0"]
    assert all(float(row["loss"]) > 0 and row["LearningRate"] == "0.01" for row in trained + tested)


def test_parse_log_in_columns(log: Path) -> None:
    said(extra("parse_log.sh", "caffe.log", cwd=log))
    assert (log / "caffe.log.test").read_text() == (
        "#Iters Seconds TestAccuracy TestLoss\n0  0.25  0.0308  3.5\n40  4  0.2356  2.5\n")
    assert (log / "caffe.log.train").read_text() == (
        "#Iters Seconds TrainingLoss LearningRate\n0  2  3.78589  0.001\n20  3  3.25728  0.0001\n")
    assert extra("parse_log.sh", cwd=log).returncode == 1


def test_extract_seconds(log: Path) -> None:
    said(extra("extract_seconds.py", "caffe.log", "seconds.txt", cwd=log))
    assert (log / "seconds.txt").read_text().split() == ["0.250000", "2.000000", "2.000000", "3.000000", "3.000000",
                                                         "4.000000"]


def test_a_chart_of_every_kind(log: Path) -> None:
    (log / "other.log").write_text(LOG.replace("0.2356", "0.5"))
    for number in range(8):
        said(extra("plot_training_log.py", number, f"{number}.png", "caffe.log", "other.log", cwd=log))
        with Image.open(log / f"{number}.png") as picture:
            assert len(picture.getcolors(1 << 24)) > 50
    listed = said(extra("plot_training_log.py", cwd=log))
    assert "    0: Test accuracy  vs. Iters\n" in listed and listed.endswith("    7: Train loss  vs. Seconds\n")


@pytest.mark.parametrize("name, arguments, why", [
    ("parse_log.py", ("gone.log", "."), "gone.log: No such file"),
    ("parse_log.py", ("caffe.log", "gone"), "gone"),
    ("parse_log.py", ("caffe.log", ".", "--delimiter", "ab"), "delimiter"),
    ("extract_seconds.py", ("caffe.log",), "usage: "),
    ("extract_seconds.py", ("other.log", "x"), 'no line says "Solving"'),
    ("plot_training_log.py", ("8", "x.png", "caffe.log"), "chart_type[0-7]"),
    ("plot_training_log.py", ("x", "x.png", "caffe.log"), "chart_type[0-7]"),
    ("plot_training_log.py", ("0", "x.jpeg2000", "caffe.log"), "has to end in the format"),
    ("plot_training_log.py", ("0", "x.png", "other.log"), "other.log has no test accuracy"),
])
def test_refusals(log: Path, name: str, arguments: tuple[str, ...], why: str) -> None:
    (log / "other.log").write_text("I0828 23:59:59.500000 11510 caffe.cpp:95] Use CPU.\n")
    done = extra(name, *arguments, cwd=log)
    assert done.returncode == 1
    assert why in done.stderr and "Traceback" not in done.stderr
    assert not (log / "x.png").exists()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Left black, middle white, right black; one that stands, one that is small, and no image."""
    (tmp_path / "in/a").mkdir(parents=True)
    wide = Image.new("RGB", (600, 300))
    wide.paste((255, 255, 255), (150, 0, 450, 300))
    wide.save(tmp_path / "in/a/wide.png")
    Image.new("L", (100, 40), 7).save(tmp_path / "in/small.png")
    Image.new("RGBA", (300, 500)).save(tmp_path / "in/tall.png")
    (tmp_path / "in/bad.jpg").write_text("no image")
    return tmp_path


def test_resize_and_crop(photos: Path) -> None:
    done = extra("resize_and_crop_images.py", "--input_folder", "in", "--output_folder", "out", "--num_clients", 2,
                 cwd=photos)
    assert said(done) == "3 of 4 images are in out\n"
    assert "in/bad.jpg: cannot identify" in done.stderr
    for name in ("a/wide.png", "small.png", "tall.png"):
        with Image.open(photos / "out" / name) as image:
            assert image.size == (256, 256)
    with Image.open(photos / "out/a/wide.png") as image:
        assert [image.getpixel((x, 128)) for x in (2, 128, 253)] == [(255, 255, 255)] * 3


def test_resize_what_a_list_names(photos: Path) -> None:
    (photos / "list.txt").write_text("a/wide.png 3\n\nsmall.png 1\n")
    done = extra("resize_and_crop_images.py", "--input=list.txt", "--input_folder=in/", "--output_folder=out/",
                 "--output_side_length=32", "--image_lib=opencv", "--num_clients=1", cwd=photos)
    assert said(done) == "2 of 2 images are in out\n"
    with Image.open(photos / "out/small.png") as image:
        assert image.size == (32, 32) and image.getpixel((5, 5)) == 7
    (photos / "list.txt").write_text("../in/small.png 3\n")
    done = extra("resize_and_crop_images.py", "--input=list.txt", "--input_folder=in", "--output_folder=out", cwd=photos)
    assert done.returncode == 1 and "../in/small.png" in done.stderr
    done = extra("resize_and_crop_images.py", "--input_folder=in", "--output_folder=in", cwd=photos)
    assert done.returncode == 2 and "written over" in done.stderr


NET = """
layer { name: "data" type: "Data" top: "data" top: "label" data_param { source: "gone" batch_size: 1 } }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" param { name: "w" } param { lr_mult: 2 decay_mult: 0 }
  convolution_param { num_output: 96 kernel_size: 11 stride: 4 pad: 2 group: 2 } }
layer { name: "wide" type: "Convolution" bottom: "conv" top: "wide"
  convolution_param { num_output: 8 kernel_h: 3 kernel_w: 5 } }
layer { name: "pool" type: "Pooling" bottom: "wide" top: "pool" pooling_param { kernel_size: 3 stride: 2 } }
layer { name: "all" type: "Pooling" bottom: "pool" top: "all" pooling_param { global_pooling: true } }
layer { name: "mine" type: "Python" bottom: "all" bottom: "nowhere" top: "mine" python_param { module: "m" layer: "L" } }
layer { name: "loss" type: "EuclideanLoss" bottom: "mine" bottom: "label" top: "loss" loss_weight: 0.5 }
"""


def test_summarize(tmp_path: Path) -> None:
    (tmp_path / "net.prototxt").write_text(NET)
    table = [line.split() for line in said(extra("summarize.py", "net.prototxt", cwd=tmp_path)).splitlines()]
    assert table == [
        ["data", "Data", "->", "data,", "label"],
        ["conv", "Convolution", "(w,", "x2", "Dx0)", "data", "->", "conv", "11/4+2", "96/2"],
        ["wide", "Convolution", "conv", "->", "wide", "3x5", "8"],
        ["pool", "Pooling", "wide", "->", "pool", "3/2"],
        ["all", "Pooling", "pool", "->", "all", "global"],
        ["mine", "m.L", "all,", "nowhere", "->", "mine"],
        ["loss", "EuclideanLoss", "mine,", "label", "->", "0.5", "*", "loss"],
    ]
    lines = said(extra("summarize.py", "net.prototxt", "-w", "6", cwd=tmp_path)).splitlines()
    assert lines[1].startswith("conv Convolution (w, x2 Dx0) data") and lines[3].startswith("pool Pooling ")


def test_summarize_old_and_wrong_files(tmp_path: Path) -> None:
    (tmp_path / "v1.prototxt").write_text('layers { name: "r" type: RELU bottom: "x" top: "y" }')
    assert said(extra("summarize.py", "v1.prototxt", cwd=tmp_path)).split() == ["r", "ReLU", "x", "->", "y"]
    (tmp_path / "bad.prototxt").write_text("nonsense: 1")
    assert "bad.prototxt: 1:1" in extra("summarize.py", "bad.prototxt", cwd=tmp_path).stderr
    done = extra("summarize.py", "gone.prototxt", cwd=tmp_path)
    assert done.returncode == 1 and "gone.prototxt: No such file" in done.stderr
