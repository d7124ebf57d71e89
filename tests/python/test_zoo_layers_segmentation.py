"""FCN's data layers on folders as they are published, its scores, and its surgery."""

from __future__ import annotations

from pathlib import Path

import caffe
import numpy as np
import pytest
from caffe.zoo import segmentation
from caffe.zoo.layers import score, surgery
from PIL import Image

savemat = pytest.importorskip("scipy.io").savemat

pytestmark = pytest.mark.usefixtures("stand_ins")

SIZE = (7, 5)  # of the images, width and height
MEAN = (104.00699, 116.66876, 122.67892)
SCENES = "spatial_envelope_256x256_static_8outdoorcategories"


def data_net(module: str, layer: str, tops: int, /, **params: object) -> caffe.Net:
    text = repr(params).replace('"', "'").replace("'", "\\'")
    names = " ".join(f'top: "t{i}"' for i in range(tops))
    return caffe.Net.from_text(
        f'layer {{ name: "data" type: "Python" {names} python_param {{ module: "{module}" '
        f'layer: "{layer}" param_str: "{text}" }} }}',
        caffe.TRAIN,
    )


def image(i: int) -> np.ndarray:
    """H x W x 3."""
    return np.random.RandomState(i).randint(0, 256, (SIZE[1], SIZE[0], 3)).astype(np.uint8)


def indices(i: int, most: int = 20, least: int = 0) -> np.ndarray:
    """Labels H x W."""
    return np.random.RandomState(50 + i).randint(least, most + 1, (SIZE[1], SIZE[0]))


def write(folder: Path, name: str, values: np.ndarray) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values).save(path, **({"quality": 100} if name.endswith("jpg") else {}))


def write_mat(folder: Path, name: str, **values: object) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, values)


def write_list(folder: Path, name: str, *lines: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines))


def assert_pixels(found: np.ndarray, file: Path, mean: tuple[float, ...]) -> None:
    """Blue, green, red of an image file, less their means."""
    with Image.open(file) as opened:
        pixels = np.asarray(opened.convert("RGB"), float)
    assert found.shape == (1, 3, SIZE[1], SIZE[0])
    np.testing.assert_allclose(found[0], (pixels[..., ::-1] - mean).transpose(2, 0, 1), atol=1e-3)


def test_voc(tmp_path: Path) -> None:
    for i in range(3):
        write(tmp_path, f"JPEGImages/2007_{i}.jpg", image(i))
        labels = Image.fromarray(indices(i).astype(np.uint8))
        labels.putpalette([7] * 768)  # classes are indices, whatever their colours
        path = tmp_path / f"SegmentationClass/2007_{i}.png"
        path.parent.mkdir(exist_ok=True)
        labels.save(path)
    write_list(tmp_path, "ImageSets/Segmentation/val.txt", "2007_0", "2007_1", "2007_2")
    net = data_net(
        "voc_layers", "VOCSegDataLayer", 2, voc_dir=str(tmp_path), split="val", mean=MEAN, seed=1
    )
    for i in (0, 1, 2, 0):  # in order, and from the beginning again
        found = net.forward()
        assert_pixels(found["t0"], tmp_path / f"JPEGImages/2007_{i}.jpg", MEAN)
        np.testing.assert_array_equal(found["t1"][0, 0], indices(i))


def test_sizes_change_from_image_to_image(tmp_path: Path) -> None:
    write(tmp_path, "JPEGImages/a.jpg", image(0))
    write(tmp_path, "JPEGImages/b.jpg", image(0)[:3, :4])
    for name, labels in (("a", indices(0)), ("b", indices(0)[:3, :4])):
        write(tmp_path, f"SegmentationClass/{name}.png", labels.astype(np.uint8))
    write_list(tmp_path, "ImageSets/Segmentation/val.txt", "a", "b")
    net = data_net(
        "voc_layers", "VOCSegDataLayer", 2, voc_dir=str(tmp_path), split="val", mean=MEAN
    )
    assert net.forward()["t1"].shape == (1, 1, 5, 7)
    assert net.forward()["t1"].shape == (1, 1, 3, 4)


def test_sbdd_at_random(tmp_path: Path) -> None:
    for i in range(4):
        write(tmp_path, f"img/{i}.jpg", image(i))
        truth = {"Segmentation": indices(i).astype(np.uint8), "Boundaries": 0}
        write_mat(tmp_path, f"cls/{i}.mat", GTcls=truth)
    write_list(tmp_path, "train.txt", *"0123")
    seen = []
    for _ in range(2):
        net = data_net(
            "voc_layers",
            "SBDDSegDataLayer",
            2,
            sbdd_dir=str(tmp_path),
            split="train",
            mean=MEAN,
            seed=1337,
        )
        order = []
        for _ in range(8):
            labels = net.forward()["t1"][0, 0]
            (i,) = (i for i in range(4) if (labels == indices(i)).all())
            assert_pixels(net.blobs["t0"].data, tmp_path / f"img/{i}.jpg", MEAN)
            order.append(i)
        seen.append(order)
    assert seen[0] == seen[1]  # as the seed says
    assert seen[0] != [0, 1, 2, 3] * 2
    assert len(set(seen[0])) > 2


def test_siftflow(tmp_path: Path) -> None:
    write(tmp_path, f"Images/{SCENES}/coast.jpg", image(0))
    semantic, geometric = indices(0, 33), indices(1, 3)
    geometric[0, 0] = -1
    write_mat(tmp_path, f"SemanticLabels/{SCENES}/coast.mat", S=semantic.astype(np.uint8))
    write_mat(tmp_path, f"GeoLabels/{SCENES}/coast.mat", S=geometric.astype(np.int16))
    write_list(tmp_path, "test.txt", "coast")
    net = data_net(
        "siftflow_layers", "SIFTFlowSegDataLayer", 3, siftflow_dir=str(tmp_path), split="test"
    )
    found = net.forward()
    assert_pixels(found["t0"], tmp_path / f"Images/{SCENES}/coast.jpg", (114.578, 115.294, 108.353))
    # They count from one, and have nothing where there is no class.
    np.testing.assert_array_equal(found["t1"][0, 0], np.where(semantic < 1, 255, semantic - 1))
    np.testing.assert_array_equal(found["t2"][0, 0], np.where(geometric < 1, 255, geometric - 1))


@pytest.mark.parametrize(
    "tops", [["color", "label"], ["color", "hha", "label"], ["color", "depth", "label"]]
)
def test_nyud(tmp_path: Path, tops: list[str]) -> None:
    write(tmp_path, "data/images/img_5001.png", image(0))
    write(tmp_path, "data/hha/img_5001.png", image(1))
    depth = np.full((SIZE[1], SIZE[0]), 2500, np.uint16)
    depth[0, 0] = 0
    write(tmp_path, "data/depth/img_5001.png", depth)
    labels = indices(0, 40)
    write_mat(tmp_path, "segmentation/img_5001.mat", segmentation=labels.astype(np.uint8))
    write_list(tmp_path, "trainval.txt", "5001")
    net = data_net(
        "nyud_layers",
        "NYUDSegDataLayer",
        len(tops),
        nyud_dir=str(tmp_path),
        split="trainval",
        tops=tops,
    )
    found = dict(zip(tops, net.forward().values()))
    assert_pixels(found["color"], tmp_path / "data/images/img_5001.png", (116.190, 97.203, 92.318))
    np.testing.assert_array_equal(found["label"][0, 0], np.where(labels < 1, 255, labels - 1))
    if "hha" in found:  # whose channels stay as they are
        np.testing.assert_allclose(
            found["hha"][0],
            image(1).transpose(2, 0, 1) - np.reshape((132.431, 94.076, 118.477), (3, 1, 1)),
            atol=1e-3,
        )
    if "depth" in found:
        expected = np.full((SIZE[1], SIZE[0]), np.log(2500) - 7.844)
        expected[0, 0] = -7.844
        np.testing.assert_allclose(found["depth"][0, 0], expected, atol=1e-4)


def test_pascal_context(tmp_path: Path) -> None:
    voc, context = tmp_path / "pascal", tmp_path / "context"
    write(voc, "VOC2010/JPEGImages/2008_1.jpg", image(0))
    write_list(voc, "VOC2010/ImageSets/Main/val.txt", "2008_1")
    write_list(context, "labels.txt", "1: accordion", "2: table", "3: sky", "4: pool table")
    write_list(context, "59_labels.txt", "1: sky", "2: diningtable")
    labels = indices(0, 5)
    write_mat(context, "trainval/2008_1.mat", LabelMap=labels.astype(np.uint16))
    params = {"voc_dir": str(voc), "context_dir": str(context), "split": "val"}
    found = data_net("pascalcontext_layers", "PASCALContextSegDataLayer", 2, **params).forward()
    assert_pixels(found["t0"], voc / "VOC2010/JPEGImages/2008_1.jpg", (104.007, 116.669, 122.679))
    np.testing.assert_array_equal(found["t1"][0, 0], np.array([0, 0, 2, 1, 0, 0])[labels])
    write_list(context, "59_labels.txt", "1: skye")
    with pytest.raises(caffe.NotFoundError, match=r"labels.txt has no 'skye'"):
        data_net("pascalcontext_layers", "PASCALContextSegDataLayer", 2, **params)


@pytest.mark.parametrize(
    ("params", "tops", "message"),
    [
        ({}, 2, "train.txt: No such file"),
        ({"split": "empty"}, 2, "empty.txt: it lists no images"),
        ({"split": "one"}, 3, "it has 2 tops and no bottom, not 3 and 0"),
        ({"split": "one"}, 2, "x.mat: it has no variable 'GTcls', but other"),
        ({"split": "two"}, 2, "y.mat: it is no MATLAB file"),
        ({"split": "three"}, 2, "z.mat"),
        ({"splt": "one"}, 2, "param_str has no 'splt'; did you mean 'split'?"),
    ],
)
def test_folders_that_lack_something(
    tmp_path: Path, params: dict[str, str], tops: int, message: str
) -> None:
    write_list(tmp_path, "empty.txt")
    for name, list_name in (("x", "one"), ("y", "two"), ("z", "three")):
        write_list(tmp_path, f"{list_name}.txt", name)
        write(tmp_path, f"img/{name}.jpg", image(0))
    write_mat(tmp_path, "cls/x.mat", other=np.zeros(3))
    (tmp_path / "cls/y.mat").write_bytes(b"nothing of the kind" * 20)
    given = {"sbdd_dir": str(tmp_path), "split": "train", "mean": MEAN, **params}
    if "splt" in given:
        del given["split"]
    with pytest.raises(caffe.Error) as caught:
        data_net("voc_layers", "SBDDSegDataLayer", tops, **given).forward()
    assert message in str(caught.value)


def test_labels_in_colours_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "JPEGImages/a.jpg", image(0))
    write(tmp_path, "SegmentationClass/a.png", image(0))
    write_list(tmp_path, "ImageSets/Segmentation/val.txt", "a")
    with pytest.raises(
        caffe.ParseError,
        match=rf"^{tmp_path}/SegmentationClass/a.png: labels are an image with a palette or in",
    ):
        data_net(
            "voc_layers", "VOCSegDataLayer", 2, voc_dir=str(tmp_path), split="val", mean=MEAN
        ).forward()


# ---- scores


def test_confusion_and_scores_by_hand() -> None:
    truth = np.array([[0, 0, 1], [1, 255, 0]])
    found = np.array([[0, 1, 1], [1, 2, 0]])
    counts = segmentation.confusion(truth, found, 3)
    assert counts.tolist() == [[2, 1, 0], [0, 2, 0], [0, 0, 0]]
    numbers = segmentation.scores(counts)
    assert numbers.pixel_accuracy == pytest.approx(4 / 5)
    assert numbers.mean_accuracy == pytest.approx((2 / 3 + 1) / 2)
    assert numbers.iu[:2].tolist() == pytest.approx([2 / 3, 2 / 3])
    assert np.isnan(numbers.iu[2])
    assert numbers.mean_iu == pytest.approx(2 / 3)
    assert numbers.frequency_weighted_iu == pytest.approx(2 / 3)


def test_scores_that_make_no_sense() -> None:
    labels = np.zeros((2, 3), int)
    with pytest.raises(caffe.ShapeError, match=r"labels of shape \(2, 2\) for a truth of shape"):
        segmentation.confusion(labels, labels[:, :2], 3)
    with pytest.raises(caffe.InvalidArgumentError, match="found labels from 3 to 3, where there"):
        segmentation.confusion(labels, labels + 3, 3)
    with pytest.raises(caffe.InvalidArgumentError, match="no pixel has a class"):
        segmentation.scores(segmentation.confusion(labels + 255, labels, 3))


SCORED = """
layer { name: "data" type: "Python" top: "data" top: "label" python_param {
  module: "voc_layers" layer: "VOCSegDataLayer"
  param_str: "{'voc_dir': '%s', 'split': 'val', 'mean': (0, 0, 0)}" } }
layer { name: "score" type: "Convolution" bottom: "data" top: "score"
  convolution_param { num_output: 3 kernel_size: 1 } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "label" top: "loss"
  loss_param { ignore_label: 255 } }
"""


def test_authors_scripts_score(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As solve.py of FCN's authors calls it, with a net that tells the strongest colour."""
    truth, names = [], ["one", "two"]
    for i, name in enumerate(names):
        write(tmp_path, f"JPEGImages/{name}.jpg", image(i).repeat(4, axis=0).repeat(4, axis=1))
        with Image.open(tmp_path / f"JPEGImages/{name}.jpg") as opened:
            labels = np.asarray(opened, int)[..., ::-1].argmax(axis=2)
        labels[0, :3] = 255
        labels[5, :9] = 1
        truth.append(labels)
        write(tmp_path, f"SegmentationClass/{name}.png", labels.astype(np.uint8))
    write_list(tmp_path, "ImageSets/Segmentation/val.txt", *names)
    (tmp_path / "net.prototxt").write_text(SCORED % tmp_path)
    (tmp_path / "solver.prototxt").write_text(
        f'train_net: "{tmp_path}/net.prototxt" test_net: "{tmp_path}/net.prototxt" test_iter: 1 '
        'test_interval: 999 test_initialization: false base_lr: 0 lr_policy: "fixed"'
    )
    solver = caffe.SGDSolver(tmp_path / "solver.prototxt")
    solver.net.params["score"][0].data[...] = np.eye(3).reshape(3, 3, 1, 1)
    score.seg_tests(solver, str(tmp_path / "found_{}"), names)
    printed = capsys.readouterr().out
    found = [np.asarray(Image.open(tmp_path / f"found_0/{name}.png")) for name in names]
    counts = sum(segmentation.confusion(*pair, 3) for pair in zip(truth, found))
    expected = segmentation.scores(counts)
    assert 0.8 < expected.pixel_accuracy < 1
    assert f"overall accuracy {expected.pixel_accuracy}" in printed
    assert f"Iteration 0 mean IU {expected.mean_iu}" in printed
    assert f"fwavacc {expected.frequency_weighted_iu}" in printed
    assert "loss nan" not in printed
    np.testing.assert_array_equal(score.fast_hist(truth[0], found[0], 3).sum(), 28 * 20 - 3)


# ---- surgery


@pytest.mark.parametrize(
    ("size", "stride", "pad"), [(4, 2, 1), (16, 8, 4), (3, 2, 1), (64, 32, 16)]
)
def test_bilinear_kernels_interpolate(size: int, stride: int, pad: int) -> None:
    """A ramp stays a ramp, each channel by itself."""
    net = caffe.Net.from_text(
        f"""
        layer {{ name: "in" type: "Input" top: "x" input_param {{ shape {{ dim: 1 dim: 2 dim: 5 dim: 6 }} }} }}
        layer {{ name: "up" type: "Deconvolution" bottom: "x" top: "y" convolution_param {{
          num_output: 2 bias_term: false kernel_size: {size} stride: {stride} pad: {pad} }} }}""",
        caffe.TEST,
    )
    surgery.interp(net, ["up"])
    ramp = np.arange(6.0) + 10 * np.arange(5.0)[:, np.newaxis]
    y = net.forward(x=np.stack([ramp, -ramp])[np.newaxis])["y"][0]
    np.testing.assert_allclose(y[1], -y[0])
    # Inside, where all neighbours are there, steps are even.
    inside = y[0, 2 * stride : -2 * stride, 2 * stride : -2 * stride]
    np.testing.assert_allclose(np.diff(inside, axis=1), 1 / stride, rtol=1e-3)
    np.testing.assert_allclose(np.diff(inside, axis=0), 10 / stride, rtol=1e-3)
    assert surgery.upsample_filt(4)[0].tolist() == [0.0625, 0.1875, 0.1875, 0.0625]


def net_of(*layer_texts: str) -> caffe.Net:
    head = 'layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 1 dim: 2 dim: 8 dim: 8 } } }'
    return caffe.Net.from_text(head + "".join(layer_texts), caffe.TEST)


def conv(name: str, outputs: int, kernel: str = "kernel_size: 3", kind: str = "Convolution") -> str:
    return (
        f'layer {{ name: "{name}" type: "{kind}" bottom: "x" top: "{name}" convolution_param {{ '
        f'num_output: {outputs} {kernel} weight_filler {{ type: "xavier" }} '
        'bias_filler { type: "uniform" } } }'
    )


def test_kernels_that_cannot_interpolate() -> None:
    net = net_of(
        conv("flat", 2, "kernel_h: 2 kernel_w: 3", "Deconvolution"),
        conv("mixed", 3, "kernel_size: 4", "Deconvolution"),
        conv("grouped", 2, "kernel_size: 4 group: 2", "Deconvolution"),
    )
    with pytest.raises(caffe.InvalidArgumentError, match="'flat': its kernels are 2 x 3"):
        segmentation.interpolate(net, ["flat"])
    with pytest.raises(caffe.InvalidArgumentError, match="'mixed': its weights are"):
        segmentation.interpolate(net, ["mixed"])
    segmentation.interpolate(net, ["grouped"])
    for each in net.params["grouped"][0].data[:, 0]:
        np.testing.assert_allclose(each, segmentation.bilinear(4))


def test_transplant(capsys: pytest.CaptureFixture[str]) -> None:
    dense = (
        'layer { name: "fc" type: "InnerProduct" bottom: "x" top: "fc" inner_product_param { '
        'num_output: 4 weight_filler { type: "xavier" } } }'
    )
    old = net_of(conv("same", 3), dense, conv("other", 3), conv("gone", 1))
    new = net_of(conv("same", 3), conv("fc", 4, "kernel_size: 8"), conv("other", 5))
    surgery.transplant(new, old)
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "same: copied"
    assert said[1] == "fc: reshaped"
    assert said[2].startswith("other: left: its shapes are [(3, 2, 3, 3), (3,)], those of the new")
    assert said[3] == "gone: left: there is no layer 'gone'"
    x = np.random.RandomState(0).randn(1, 2, 8, 8)
    was, now = old.forward(x=x), new.forward(x=x)
    np.testing.assert_allclose(now["same"], was["same"])
    np.testing.assert_allclose(now["fc"].ravel(), was["fc"].ravel(), rtol=1e-4, atol=1e-6)
    coloured = net_of(conv("samecolor", 3))
    segmentation.transplant(coloured, old, "color")
    np.testing.assert_array_equal(coloured.forward(x=x)["samecolor"], was["same"])


def test_more_classes_than_before() -> None:
    old, new = net_of(conv("score", 2)), net_of(conv("score", 5))
    kept = new.params["score"][0].data[2:].copy()
    surgery.expand_score(new, "score", old, "score")
    for now, was in zip(new.params["score"], old.params["score"]):
        np.testing.assert_array_equal(now.data[:2], was.data)
    np.testing.assert_array_equal(new.params["score"][0].data[2:], kept)
