"""python/classify.py, detect.py, draw_net.py and train.py, as people type them."""
from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from cli_tool import NET, ROOT, SOLVER
from PIL import Image

import caffe

DEPLOY = """
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 12 dim: 12 } } }
layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
  inner_product_param { num_output: 4 weight_filler { type: "gaussian" std: 0.01 } } }
layer { name: "prob" type: "Softmax" bottom: "ip" top: "prob" }
"""


def script(name: str, *arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, ROOT / "python" / f"{name}.py", *map(str, arguments)], cwd=cwd,
                          capture_output=True, text=True, timeout=600, check=False)


def said(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A net, its weights and two images."""
    (tmp_path / "deploy.prototxt").write_text(DEPLOY)
    caffe.set_random_seed(5)
    caffe.Net.from_text(DEPLOY, caffe.TEST).save(tmp_path / "net.caffemodel")
    random = np.random.RandomState(0)
    for name in ("a.jpg", "b.jpg", "c.png"):
        Image.fromarray(random.randint(0, 255, (20, 24, 3)).astype(np.uint8)).save(tmp_path / name)
    return tmp_path


MODEL = ("--model_def", "deploy.prototxt", "--pretrained_model", "net.caffemodel")
SMALL = (*MODEL, "--images_dim", "16,16")


def classifier(folder: Path, **options: object) -> caffe.Classifier:
    return caffe.Classifier(folder / "deploy.prototxt", folder / "net.caffemodel", raw_scale=255,
                            channel_swap=(2, 1, 0), **options)


def test_classify_an_image(folder: Path) -> None:
    out = said(script("classify", "a.jpg", "p.npy", *SMALL, cwd=folder))
    assert out.splitlines()[:3] == ["CPU mode", "Loading file: a.jpg", "Classifying 1 inputs."]
    assert out.endswith("Saving results into p.npy\n")
    mean = caffe.io.read_mean(ROOT / "python/caffe/imagenet/ilsvrc_2012_mean.npy")
    expected = classifier(folder, image_dims=(16, 16), mean=mean).predict([caffe.io.load_image(folder / "a.jpg")])
    np.testing.assert_allclose(np.load(folder / "p.npy"), expected, rtol=1e-5)


def test_classify_a_folder_and_an_array(folder: Path) -> None:
    plain = (*SMALL, "--center_only", "--mean_file", "")
    assert "Classifying 2 inputs." in said(script("classify", ".", "p.npy", *plain, cwd=folder))
    images = [caffe.io.load_image(folder / name) for name in ("a.jpg", "b.jpg")]
    expected = classifier(folder, image_dims=(16, 16)).predict(images, oversample=False)
    np.testing.assert_allclose(np.load(folder / "p.npy"), expected, rtol=1e-5)
    np.save(folder / "images.npy", np.stack(images))
    said(script("classify", "images.npy", "q.npy", *plain, cwd=folder))
    np.testing.assert_array_equal(np.load(folder / "q.npy"), np.load(folder / "p.npy"))
    np.save(folder / "one.npy", images[1])
    said(script("classify", "one.npy", "r.npy", *plain, cwd=folder))
    np.testing.assert_allclose(np.load(folder / "r.npy"), expected[1:], rtol=1e-5)
    said(script("classify", ".", "s.npy", *plain, "--ext", "png", "--channel_swap", "", "--input_scale", "0.5",
                cwd=folder))
    other = caffe.Classifier(folder / "deploy.prototxt", folder / "net.caffemodel", image_dims=(16, 16), raw_scale=255,
                             input_scale=0.5)
    expected = other.predict([caffe.io.load_image(folder / "c.png")], oversample=False)
    np.testing.assert_allclose(np.load(folder / "s.npy"), expected, rtol=1e-5)


@pytest.mark.parametrize("arguments, why", [
    (("a.jpg", "p.npy", *SMALL, "--gpu"), "leave out --gpu"),
    (("gone.jpg", "p.npy", *SMALL), "gone.jpg: No such file"),
    ((".", "p.npy", *SMALL, "--ext", "tif"), "has no image *.tif"),
    (("a.jpg", "p.npy", *MODEL, "--images_dim", "16"), "expected (height, width)"),
    (("a.jpg", "p.npy", *MODEL, "--images_dim", "8,8"), "smaller than the net's input"),
    (("a.jpg", "p.npy", *MODEL, "--images_dim", "16,x"), "--images_dim: expected numbers"),
    (("a.jpg", "p.npy", *MODEL, "--mean_file", "a.jpg"), "a.jpg"),
    (("a.jpg", "p.npy", "--pretrained_model", "gone.caffemodel"), "--pretrained_model names another file"),
])
def test_classify_refuses(folder: Path, arguments: tuple[str, ...], why: str) -> None:
    if "--gpu" in arguments and "cuda" in " ".join(caffe.devices()):
        pytest.skip("there is a GPU")
    done = script("classify", *arguments, cwd=folder)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("classify.py: ") and why in line
    assert not (folder / "p.npy").exists()


def test_weights_that_are_to_be_fetched(folder: Path) -> None:
    """Beside a model card the advice is how to get them."""
    (folder / "readme.md").write_text("---\nname: x\n---\n")
    done = script("classify", "a.jpg", "p.npy", "--pretrained_model", folder / "w.caffemodel", cwd=folder)
    assert f"scripts/download_model_binary.py {folder} fetches it" in done.stderr


WINDOWS = "filename, ymin, xmin, ymax, xmax\nb.jpg,2,3,18,20\na.jpg,0,0,20,24\nb.jpg,5,5,15,15\n"


def test_detect_writes_csv(folder: Path) -> None:
    (folder / "windows.csv").write_text(WINDOWS)
    out = said(script("detect", "windows.csv", "s.csv", *MODEL, "--crop_mode=list", "--context_pad=2", cwd=folder))
    assert "Processed 3 windows in " in out and "Saved to s.csv in " in out
    with open(folder / "s.csv", newline="") as stream:
        header, *rows = csv.reader(stream)
    assert header == ["filename", "ymin", "xmin", "ymax", "xmax", "class0", "class1", "class2", "class3"]
    assert [row[:3] for row in rows] == [["b.jpg", "2.0", "3.0"], ["b.jpg", "5.0", "5.0"], ["a.jpg", "0.0", "0.0"]]
    mean = caffe.io.read_mean(ROOT / "python/caffe/imagenet/ilsvrc_2012_mean.npy").mean(axis=(1, 2))
    detector = caffe.Detector(folder / "deploy.prototxt", folder / "net.caffemodel", mean=mean, raw_scale=255,
                              channel_swap=(2, 1, 0), context_pad=2)
    (expected,) = detector.detect_windows([(str(folder / "a.jpg"), [[0, 0, 20, 24]])])
    np.testing.assert_allclose([float(value) for value in rows[2][5:]], expected["prediction"], rtol=1e-5)


def test_detect_writes_a_data_frame(folder: Path) -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("tables")
    (folder / "windows.csv").write_text(WINDOWS)
    said(script("detect", "windows.csv", "s.h5", *MODEL, "--crop_mode=list", "--context_pad=0", cwd=folder))
    frame = pandas.read_hdf(folder / "s.h5", "df")
    assert list(frame.index) == ["b.jpg", "b.jpg", "a.jpg"]
    assert list(frame.columns) == ["prediction", "ymin", "xmin", "ymax", "xmax"]
    assert frame.iloc[0].prediction.shape == (4,) and frame.iloc[0].ymax == 18


@pytest.mark.parametrize("name, text, arguments, why", [
    ("w.csv", "filename,ymin,xmin,ymax\n", ("--crop_mode", "list"), "the first line lacks xmax"),
    ("w.csv", WINDOWS + "a.jpg,1,2,x,4\n", ("--crop_mode", "list"), "w.csv:5: expected a file's name and four"),
    ("w.csv", WINDOWS + "a.jpg,1\n", ("--crop_mode", "list"), "w.csv:5"),
    ("w.txt", "a.jpg\n", ("--crop_mode", "list"), "expected a .csv file for --crop_mode list"),
    ("w.txt", "a.jpg\n", (), "selective_search_ijcv_with_python"),
    ("w.json", "", (), "expected a .csv file, or a .txt file"),
    ("w.csv", "filename,ymin,xmin,ymax,xmax\ngone.jpg,1,2,3,4\n", ("--crop_mode", "list"), "gone.jpg: No such file"),
])
def test_detect_refuses(folder: Path, name: str, text: str, arguments: tuple[str, ...], why: str) -> None:
    (folder / name).write_text(text)
    done = script("detect", name, "s.csv", *MODEL, *arguments, "--context_pad=2", cwd=folder)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("detect.py: ") and why in line
    assert not (folder / "s.csv").exists()


def test_detect_knows_two_kinds_of_output(folder: Path) -> None:
    (folder / "windows.csv").write_text(WINDOWS)
    assert "has to end in .csv or .h5" in script("detect", "windows.csv", "s.mat", *MODEL, cwd=folder).stderr


def test_draw_a_net(folder: Path) -> None:
    assert said(script("draw_net", "deploy.prototxt", "net.svg", cwd=folder)) == "Drawing net to net.svg\n"
    across = (folder / "net.svg").read_text()
    assert "prob" in across and "Softmax" in across
    said(script("draw_net", "deploy.prototxt", "down.svg", "--rankdir=TB", "--phase=TEST", "--display_lrm", cwd=folder))
    assert (folder / "down.svg").read_text() != across
    said(script("draw_net", "deploy.prototxt", "plain.svg", "--display_lrm", "False", cwd=folder))
    assert (folder / "plain.svg").read_text() == across


@pytest.mark.parametrize("source, target, why", [
    ("gone.prototxt", "n.svg", "gone.prototxt: No such file"), ("a.jpg", "n.svg", "a.jpg: is no text"),
    ("deploy.prototxt", "n", "has to end in"), ("bad.prototxt", "n.svg", 'bad.prototxt: 1:1 : '),
])
def test_draw_refuses(folder: Path, source: str, target: str, why: str) -> None:
    (folder / "bad.prototxt").write_text("nonsense: 1\n")
    done = script("draw_net", source, target, cwd=folder)
    assert done.returncode == 1 and why in done.stderr and "Traceback" not in done.stderr


@pytest.fixture
def learner(tmp_path: Path) -> Path:
    (tmp_path / "net.prototxt").write_text(NET.replace("WIDTH", "8"))
    (tmp_path / "solver.prototxt").write_text(SOLVER + "max_iter: 4 display: 2 snapshot: 2\n")
    return tmp_path


def test_train_and_go_on(learner: Path) -> None:
    done = script("train", "--solver", "solver.prototxt", "--timing", cwd=learner)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count(", loss = ") == 3 and done.stderr.count("solver total: ") == 2
    assert "forw   3       ip : " in done.stderr and "back   4     loss : " in done.stderr
    first = (learner / "s_iter_4.caffemodel").read_bytes()
    (learner / "s_iter_4.caffemodel").unlink()
    done = script("train", "--solver", "solver.prototxt", "--snapshot", "s_iter_2.solverstate", cwd=learner)
    assert done.returncode == 0, done.stderr
    assert (learner / "s_iter_4.caffemodel").read_bytes() == first


@pytest.mark.parametrize("arguments, why", [
    (("--gpus", "0"), "leave out --gpus"), (("--gpus", "0", "1"), "name one GPU, or leave out --gpus"),
    (("--snapshot", "gone.solverstate"), "gone.solverstate"),
])
def test_train_refuses(learner: Path, arguments: tuple[str, ...], why: str) -> None:
    if arguments == ("--gpus", "0") and "cuda" in " ".join(caffe.devices()):
        pytest.skip("there is a GPU")
    done = script("train", "--solver", "solver.prototxt", *arguments, cwd=learner)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("train.py: ") and why in last


def test_a_solver_for_the_gpu_says_what_to_change(learner: Path) -> None:
    if "cuda" in " ".join(caffe.devices()):
        pytest.skip("there is a GPU")
    (learner / "solver.prototxt").write_text(SOLVER + "max_iter: 1 solver_mode: GPU\n")
    done = script("train", "--solver", "solver.prototxt", cwd=learner)
    assert done.returncode == 1 and "write solver_mode: CPU" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("name", [
    "python/classify.py", "python/detect.py", "python/draw_net.py", "python/train.py", "tools/extra/parse_log.py",
    "tools/extra/plot_training_log.py", "tools/extra/resize_and_crop_images.py",
    "examples/finetune_flickr_style/assemble_data.py",
])
def test_with_a_python_that_has_nothing(tmp_path: Path, name: str) -> None:
    """The checkout's own one takes over."""
    if not (ROOT / ".venv/bin/python").exists():
        pytest.skip("the checkout has no Python of its own")
    plain = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run([sys.executable, "-S", ROOT / name, "--help"], cwd=tmp_path, env=plain, capture_output=True,
                          text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    assert "usage: " in done.stdout
