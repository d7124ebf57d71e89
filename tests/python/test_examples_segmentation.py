"""Segmentation from images to pictures and scores: examples/fcn."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import caffe
import numpy as np
import pytest
from caffe.zoo import nets, segmentation, whole_images
from examples_for_tests import EXAMPLES, load, run
from PIL import Image
from shrunken import write_shrunken

pytestmark = pytest.mark.usefixtures("stand_ins")

# Tells the strongest colour: class 0 blue, 1 green, 2 red.
COLOURS = """
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
layer { name: "score" type: "Convolution" bottom: "data" top: "score"
  convolution_param { num_output: 3 kernel_size: 1 } }
"""


@pytest.fixture
def segment() -> ModuleType:
    return load("fcn/segment.py")


@pytest.fixture
def colours(tmp_path: Path) -> tuple[Path, Path]:
    """The definition and weights of a net that tells the strongest colour."""
    definition, weights = tmp_path / "colours.prototxt", tmp_path / "colours.caffemodel"
    definition.write_text(COLOURS)
    net = caffe.Net(definition, caffe.TEST)
    net.params["score"][0].data[...] = np.eye(3).reshape(3, 3, 1, 1)
    net.params["score"][1].data[...] = (104.00699, 116.66877, 122.67892)  # what the mean took
    net.save(weights)
    return definition, weights


def stripes() -> tuple[np.ndarray, np.ndarray]:
    """An image 30 x 40 of one colour and another, and their classes."""
    classes = np.zeros((30, 40), int)
    classes[:, 10:25], classes[20:] = 1, 2
    pixels = np.array([(20, 30, 220), (10, 200, 40), (230, 40, 60)], np.uint8)[classes]
    return pixels, classes


def test_classes_are_drawn_counted_and_written(
    segment: ModuleType,
    colours: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pixels, classes = stripes()
    Image.fromarray(pixels).save(tmp_path / "a.png")
    (tmp_path / "names.txt").write_text("water\nleaves\nfire\n")
    out, labels = tmp_path / "out.png", tmp_path / "labels.png"
    printed = run(
        segment,
        monkeypatch,
        capsys,
        *(tmp_path / "a.png", "--definition", colours[0], "--weights", colours[1]),
        *("--names", tmp_path / "names.txt", "--out", out, "--labels", labels, "--opacity", 0.5),
    )
    with Image.open(labels) as found:
        np.testing.assert_array_equal(np.asarray(found), classes)
    assert printed.splitlines()[1:4] == [" 41.7%  water", " 33.3%  fire", " 25.0%  leaves"]
    drawn = np.asarray(Image.open(out))
    assert (drawn[:20, :10] == pixels[:20, :10]).all()  # the background stays
    expected = (pixels[25, 5] + np.array([0, 128, 0])) / 2
    assert np.abs(drawn[25, 5] - expected).max() <= 1
    assert drawn.shape[1] > 80  # the legend


def test_of_one_net_after_another(segment: ModuleType, colours: tuple[Path, Path]) -> None:
    """Images of several sizes, and each way that image and net meet."""
    net = caffe.Net(colours[0], caffe.TEST, weights=colours[1])
    opened = nets.Opened(net, None)
    pixels, classes = stripes()
    image = Image.fromarray(pixels)
    for size in ((40, 30), (80, 60)):
        larger = image.resize(size, Image.Resampling.NEAREST)
        found = segment.segment(opened, {"data": larger}, None, None)
        np.testing.assert_array_equal(
            found, np.asarray(Image.fromarray(classes.astype(np.uint8)).resize(size, 0))
        )
    net.blobs["data"].reshape(1, 3, 20, 20)
    for fit, rows in (("stretch", 20), ("pad", 15)):
        found = segment.segment(opened, {"data": image}, None, fit)
        assert net.blobs["data"].shape == (1, 3, 20, 20)
        assert found.shape == classes.shape
        # At the borders of stripes the smaller image is a mixture.
        assert (found == classes).mean() > 0.85
        given = net.blobs["data"].data[0]
        assert (given[:, rows:] == 0).all()
        assert (given[:, :rows] != 0).all()


def test_where_images_lie() -> None:
    net = caffe.Net.from_text(COLOURS, caffe.TEST)
    image = Image.fromarray(np.full((20, 40, 3), (30, 20, 10), np.uint8))
    placed = whole_images.place(net, {"data": image}, {"data": [1, 2, 3]}, whole_images.PAD)
    assert (placed.rows, placed.columns) == (4, 8)
    np.testing.assert_allclose(net.blobs["data"].data[0, :, 3, 7], [9, 18, 27])
    assert not net.blobs["data"].data[0, :, 4:].any()
    back = placed.back(np.arange(64).reshape(8, 8))
    assert back.shape == (20, 40)
    assert (back[0, 0], back[-1, -1], back[10, 20]) == (0, 31, 20)
    whole_images.place(net, {"data": image}, {}, whole_images.STRETCH, {"data": "RGB"})
    np.testing.assert_allclose(net.blobs["data"].data[0, :, 7, 7], [30, 20, 10])
    with pytest.raises(caffe.ShapeError, match="the net answers for 3 x 9 pixels of an image that"):
        placed.back(np.zeros((3, 9)))
    with pytest.raises(caffe.InvalidArgumentError, match="an image can reshape, pad, stretch, not"):
        whole_images.place(net, {"data": image}, {}, "crop")
    small = {"data": image, "other": image.resize((3, 3))}
    with pytest.raises(caffe.ShapeError, match="the images are of several sizes"):
        whole_images.place(net, small, {}, whole_images.PAD)


PUBLISHED = {
    "fcn/voc-fcn8s/deploy.prototxt": (21, ()),
    "crfasrnn/TVG_CRFRNN_new_deploy.prototxt": (21, ("--fit", "pad")),
    "segnet/Example_Models/segnet_pascal.prototxt": (21, ("--model", "segnet")),
    "segnet/Example_Models/bayesian_segnet_camvid.prototxt": (11, ("--model", "bayesian_segnet")),
    "ccnn/fcn_8s/deploy_8s.prototxt": (21, ("--model", "ccnn")),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_nets_run(
    segment: ModuleType,
    shared: Path,
    quiet: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    classes, given = PUBLISHED[name]
    definition = write_shrunken(
        shared / "zoo/models" / name, tmp_path / "net.prototxt", 2, above=60
    )
    if "crfasrnn" in name:  # smaller, and with fewer steps of its random field
        text = definition.read_text().replace("input_dim: 500", "input_dim: 130")
        definition.write_text(text.replace("num_iterations: 10", "num_iterations: 2"))
    with Image.open(shared / "data/images/fish-bike.jpg") as opened:
        opened.resize((120, 80)).save(tmp_path / "a.png")
    out, labels = tmp_path / "out.png", tmp_path / "labels.png"
    printed = run(
        segment,
        monkeypatch,
        capsys,
        *(tmp_path / "a.png", "--definition", definition, "--random", *given),
        *("--out", out, "--labels", labels),
    )
    with Image.open(labels) as found:
        assert found.size == (120, 80)
        assert np.asarray(found).max() < classes
    shares = [float(line.split("%")[0]) for line in printed.splitlines()[1:-1]]
    assert sum(shares) == pytest.approx(100, abs=1)
    assert Image.open(out).height >= 80


def test_nets_that_see_depth_too(
    segment: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = EXAMPLES.parent / "models"
    image = np.random.RandomState(0).randint(0, 256, (50, 60, 3)).astype(np.uint8)
    Image.fromarray(image).save(tmp_path / "a.png")
    Image.fromarray(np.full((50, 60), 3000, np.uint16)).save(tmp_path / "depth.png")
    for name, second in (("nyud-fcn32s-color-hha", "hha"), ("nyud-fcn32s-color-d", "depth")):
        definition = write_shrunken(
            folder / name / "deploy.prototxt", tmp_path / f"{name}.txt", 2, above=60
        )
        given = ("--model", folder / name, "--definition", definition, "--random")
        with pytest.raises(
            caffe.InvalidArgumentError, match=f"the net wants --input {second}=FILE"
        ):
            run(segment, monkeypatch, capsys, tmp_path / "a.png", *given)
        more = f"{second}={tmp_path / ('a.png' if second == 'hha' else 'depth.png')}"
        given = (*given, "--input", more, "--out", tmp_path / "out.png")
        assert "class" in run(segment, monkeypatch, capsys, tmp_path / "a.png", *given)
    for wrong, message in (("hha", "expected NAME=FILE"), ("x=y", "the net has no input 'x', but")):
        with pytest.raises(caffe.Error, match=message):
            run(segment, monkeypatch, capsys, tmp_path / "a.png", *given, "--input", wrong)


def test_names_and_colours(segment: ModuleType) -> None:
    opened = nets.Opened(caffe.Net.from_text(COLOURS, caffe.TEST), None)
    for classes, name, colour in ((21, "aeroplane", (128, 0, 0)), (11, "building", (128, 0, 0))):
        names, colours = segment.look_of(opened, classes)
        assert names[1] == name
        assert tuple(colours[1]) == colour
    assert tuple(segment.look_of(opened, 12)[1][3]) == (128, 64, 128)  # a road, in SegNet's colour
    assert tuple(segment.look_of(opened, 21)[1][3]) == (128, 128, 0)
    assert segment.look_of(opened, 40)[0] == []


def test_nets_of_several_answers(
    segment: ModuleType, colours: tuple[Path, Path], tmp_path: Path
) -> None:
    net = caffe.Net.from_text(
        COLOURS + 'layer { name: "geo" type: "ReLU" bottom: "data" top: "geo" }', caffe.TEST
    )
    with pytest.raises(caffe.InvalidArgumentError, match="answers with .*: say which with --blob"):
        segment.answer_of(net, None)
    assert segment.answer_of(net, "geo") == "geo"
    with pytest.raises(caffe.NotFoundError, match="the net has no blob 'sem'"):
        segment.answer_of(net, "sem")


def test_without_weights_it_says_what_to_type(
    segment: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("CAFFE_ZOO", raising=False)
    Image.new("RGB", (9, 9)).save(tmp_path / "a.png")
    for name in ("voc-fcn8s", "segnet"):
        with pytest.raises(caffe.NotFoundError, match=f"`caffe zoo download {name}` fetches it"):
            run(segment, monkeypatch, capsys, tmp_path / "a.png", "--model", name)


# ---- scores and training


def write_folder(folder: Path, count: int) -> list[str]:
    """A folder of PASCAL VOC whose classes are the strongest colours."""
    random = np.random.RandomState(0)
    for part in ("JPEGImages", "SegmentationClass", "ImageSets/Segmentation"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    names = [f"{i:06d}" for i in range(count)]
    for name in names:
        blocks = random.randint(0, 256, (5, 6, 3)).astype(np.uint8)
        pixels = blocks.repeat(8, axis=0).repeat(8, axis=1)
        Image.fromarray(pixels).save(folder / f"JPEGImages/{name}.jpg", quality=100, subsampling=0)
        labels = pixels[..., ::-1].argmax(axis=2).astype(np.uint8)
        labels[:2] = 255
        Image.fromarray(labels).save(folder / f"SegmentationClass/{name}.png")
    for split in ("train", "val"):
        (folder / f"ImageSets/Segmentation/{split}.txt").write_text("\n".join(names))
    return names


def test_scores_of_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    score = load("fcn/score.py")
    names = write_folder(tmp_path, 3)
    found = tmp_path / "found"
    found.mkdir()
    counts = np.zeros((3, 3), np.int64)
    for name in names:
        truth = np.asarray(Image.open(tmp_path / f"SegmentationClass/{name}.png"))
        labels = np.where(truth == 255, 0, truth)
        labels[20:30] = 1
        Image.fromarray(labels).save(found / f"{name}.png")
        counts += segmentation.confusion(truth, labels, 3)
    expected = segmentation.scores(counts)
    given = ("--truth", tmp_path / "SegmentationClass", "--found", found)
    lines = run(score, monkeypatch, capsys, *given, "--classes", 4).splitlines()
    assert lines[1:4] == [
        f"{iu:6.1%}  {name}"
        for iu, name in zip(expected.iu, ("background", "aeroplane", "bicycle"))
    ]
    assert lines[4] == "     -  bird"
    assert lines[5] == f"{expected.pixel_accuracy:6.1%}  pixel accuracy"
    assert lines[7] == f"{expected.mean_iu:6.1%}  mean IU"
    Image.fromarray(np.full((40, 48), 9, np.uint8)).save(found / f"{names[0]}.png")
    with pytest.raises(caffe.Error, match="000000.png: found labels from 9 to 9"):
        run(score, monkeypatch, capsys, *given, "--classes", 3)
    with pytest.raises(SystemExit):
        run(score, monkeypatch, capsys, "--truth", tmp_path)
    assert "expected --truth and --found, or" in capsys.readouterr().err


TRAINED = """
layer {{ name: "data" type: "Python" top: "data" top: "label" python_param {{
  module: "voc_layers" layer: "VOCSegDataLayer"
  param_str: "{{'voc_dir': '{0}', 'split': '{1}', 'mean': (104, 117, 123), 'seed': 1}}" }} }}
layer {{ name: "scaled" type: "Power" bottom: "data" top: "scaled" power_param {{ scale: 0.01 }} }}
layer {{ name: "fc" type: "Convolution" bottom: "scaled" top: "fc" param {{ lr_mult: 0 }}
  convolution_param {{ num_output: 6 kernel_size: 2 stride: 2 }} }}
layer {{ name: "relu" type: "ReLU" bottom: "fc" top: "fc" }}
layer {{ name: "score_fr" type: "Convolution" bottom: "fc" top: "score_fr"
  convolution_param {{ num_output: 3 kernel_size: 1 }} }}
layer {{ name: "upscore" type: "Deconvolution" bottom: "score_fr" top: "upscore" param {{ lr_mult: 0 }}
  convolution_param {{ num_output: 3 bias_term: false kernel_size: 4 stride: 2 }} }}
layer {{ name: "score" type: "Crop" bottom: "upscore" bottom: "data" top: "score"
  crop_param {{ axis: 2 offset: 1 }} }}
layer {{ name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "label" top: "loss"
  loss_param {{ ignore_label: 255 }} }}
"""
CLASSIFIER = """
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 2 dim: 2 } } }
layer { name: "fc" type: "InnerProduct" bottom: "data" top: "fc" inner_product_param { num_output: 6 } }
"""


def test_a_net_learns_from_a_classifier_s_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    solve = load("fcn/solve.py")
    folder = tmp_path / "voc"
    write_folder(folder, 4)
    for phase, split in (("train", "train"), ("test", "val")):
        (tmp_path / f"{phase}.prototxt").write_text(TRAINED.format(folder, split))
    (tmp_path / "classifier.prototxt").write_text(CLASSIFIER)
    net = caffe.Net(tmp_path / "classifier.prototxt", caffe.TEST)
    # Six features: of each colour the mean of four pixels, above and below.
    net.params["fc"][0].data[...] = np.repeat(
        np.concatenate([np.eye(3), -np.eye(3)]) / 4, 4, axis=1
    )
    net.save(tmp_path / "classifier.caffemodel")
    (tmp_path / "solver.prototxt").write_text(
        f'train_net: "{tmp_path}/train.prototxt" test_net: "{tmp_path}/test.prototxt" test_iter: 1 '
        'test_interval: 999999 test_initialization: false base_lr: 0.1 lr_policy: "fixed" '
        f'momentum: 0.9 snapshot_prefix: "{tmp_path}/fcn" random_seed: 1'
    )
    printed = run(
        solve,
        monkeypatch,
        capsys,
        *("--solver", tmp_path / "solver.prototxt"),
        *("--weights", tmp_path / "classifier.caffemodel"),
        *("--classifier", tmp_path / "classifier.prototxt"),
        *("--iterations", 60, "--test", 30, "--count", 4, "--save", tmp_path / "found_{}"),
    )
    assert "fc: reshaped" in printed
    scores = [float(line.split()[-1]) for line in printed.splitlines() if " mean IU " in line]
    assert len(scores) == 2
    assert scores[1] > 0.75
    assert len(list((tmp_path / "found_60").glob("*.png"))) == 4
    assert (tmp_path / "fcn_iter_60.caffemodel").is_file()
    # The same by the scoring program.
    given = ("--definition", tmp_path / "test.prototxt")
    lines = run(
        load("fcn/score.py"),
        monkeypatch,
        capsys,
        *(*given, "--weights", tmp_path / "fcn_iter_60.caffemodel", "--count", 4),
    ).splitlines()
    assert f"{scores[1]:6.1%}  mean IU" in lines
