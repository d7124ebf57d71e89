"""The package's ProposalLayer, AnchorTargetLayer, ProposalTargetLayer and RoIDataLayer, by
themselves and in the definitions that name them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import caffe
import numpy as np
import pytest
from caffe.python_layer import find_class
from caffe.zoo import layers
from caffe.zoo.detection import anchors, boxes, config, roidb, voc
from google.protobuf import text_format
from shrunken import shrunken, write_shrunken

pytestmark = pytest.mark.usefixtures("stand_ins")

ZOO = Path(__file__).resolve().parents[3] / "shared" / "zoo" / "models"


@pytest.fixture
def numbers() -> Iterator[config.Config]:
    """The numbers, which are the defaults again afterwards."""
    train, test = config.cfg.TRAIN, config.cfg.TEST
    config.cfg.TRAIN, config.cfg.TEST = config.Train(), config.Test()
    yield config.cfg
    config.cfg.TRAIN, config.cfg.TEST = train, test


def python_net(
    module: str, layer: str, param_str: str, tops: int, phase: int, **inputs: np.ndarray
) -> caffe.Net:
    """A net of one Python layer over inputs, whose tops are t0, t1 ..."""
    shapes = "".join(
        f'layer {{ name: "{name}" type: "Input" top: "{name}" input_param {{ shape {{ '
        + " ".join(f"dim: {dim}" for dim in value.shape)
        + " } } }\n"
        for name, value in inputs.items()
    )
    net = caffe.Net.from_text(
        f'{shapes} layer {{ name: "it" type: "Python" '
        + " ".join(f'bottom: "{name}"' for name in inputs)
        + " ".join(f' top: "t{i}"' for i in range(tops))
        + f' python_param {{ module: "{module}" layer: "{layer}" param_str: "{param_str}" }} }}',
        phase,
    )
    for name, value in inputs.items():
        net.blobs[name].data[...] = value
    return net


# ---- which file is found


def named_layers() -> list[tuple[str, str]]:
    """The modules and classes that the zoo's definitions name."""
    import re

    found = set()
    for path in [*ZOO.rglob("*.prototxt"), *ZOO.rglob("*.pt")]:
        text = re.sub(r"#.*", "", path.read_text(errors="replace"))
        found |= set(re.findall(r"""module:\s*['"]([\w.]+)['"]\s*layer:\s*['"](\w+)['"]""", text))
    return sorted(found)


@pytest.mark.parametrize(("module", "name"), named_layers())
def test_what_definitions_name_is_there(module: str, name: str) -> None:
    assert layers.has(module)
    assert issubclass(find_class(module, name), caffe.Layer)


def test_all_of_them_were_looked_for() -> None:
    if not ZOO.is_dir():
        pytest.skip("../shared is not there")
    assert len(named_layers()) == 13


def test_a_users_own_file_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rpn").mkdir()
    (tmp_path / "rpn/proposal_layer.py").write_text(
        "import caffe\nclass ProposalLayer(caffe.Layer):\n    mine = True\n"
    )
    monkeypatch.chdir(tmp_path)
    assert hasattr(find_class("rpn.proposal_layer", "ProposalLayer"), "mine")
    # One that the user's folder lacks is still found.
    assert find_class("rpn.anchor_target_layer", "AnchorTargetLayer")


def test_without_being_asked_for_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [one for one in sys.path if one != str(layers.FOLDER)])
    with pytest.raises(caffe.NotFoundError, match=r"caffe\.zoo\.layers\.enable\(\), or PYTHONPATH"):
        find_class("rpn.proposal_layer", "ProposalLayer")
    with pytest.raises(caffe.NotFoundError) as caught:
        find_class("rpn_of_nobody", "ProposalLayer")
    assert "enable" not in str(caught.value)


def test_the_folder_for_a_shell() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "caffe.zoo.layers"], capture_output=True, text=True, check=True
    )
    assert Path(done.stdout.strip()) == layers.FOLDER


# ---- proposals


def proposals_by_hand(
    scores: np.ndarray, offsets: np.ndarray, info: np.ndarray, numbers: config.Test
) -> list[list[float]]:
    """As the paper says it, one anchor after another: scores and boxes, the best first."""
    count, rows, columns = len(offsets) // 4, *scores.shape[1:]
    height, width, scale = info
    found = []
    for y in range(rows):
        for x in range(columns):
            for a, anchor in enumerate(anchors.anchors()):
                left, upper, right, lower = anchor + np.array([x, y, x, y]) * 16
                w, h = right - left + 1, lower - upper + 1
                dx, dy, dw, dh = offsets[4 * a : 4 * a + 4, y, x]
                cx, cy = left + w / 2 + dx * w, upper + h / 2 + dy * h
                w, h = w * np.exp(dw), h * np.exp(dh)
                box = [
                    min(max(cx - w / 2, 0), width - 1),
                    min(max(cy - h / 2, 0), height - 1),
                    min(max(cx + w / 2, 0), width - 1),
                    min(max(cy + h / 2, 0), height - 1),
                ]
                least = numbers.RPN_MIN_SIZE * scale
                if min(box[2] - box[0], box[3] - box[1]) + 1 >= least:
                    found.append([float(scores[count + a, y, x]), *box])
    found.sort(key=lambda one: -one[0])
    kept: list[list[float]] = []
    for one in found[: numbers.RPN_PRE_NMS_TOP_N]:
        shares = [boxes.overlaps(np.array([one[1:]]), np.array([o[1:]]))[0, 0] for o in kept]
        if len(kept) < numbers.RPN_POST_NMS_TOP_N and max(shares, default=0) <= 0.7:
            kept.append(one)
    return kept


def rpn_output(rows: int = 4, columns: int = 5, seed: int = 0) -> dict[str, np.ndarray]:
    random = np.random.RandomState(seed)
    return {
        "scores": random.permutation(18 * rows * columns).reshape(1, 18, rows, columns) / 1000,
        "offsets": random.normal(0, 0.3, (1, 36, rows, columns)),
        "info": np.array([[16.0 * rows, 16 * columns, 1.5]]),
    }


def test_proposals(numbers: config.Config) -> None:
    numbers.TEST.RPN_PRE_NMS_TOP_N, numbers.TEST.RPN_POST_NMS_TOP_N = 60, 12
    given = rpn_output()
    net = python_net(
        "rpn.proposal_layer", "ProposalLayer", "'feat_stride': 16", 2, caffe.TEST, **given
    )
    found = net.forward()
    expected = np.array(
        proposals_by_hand(given["scores"][0], given["offsets"][0], given["info"][0], numbers.TEST)
    )
    assert 3 < len(expected) <= 12
    np.testing.assert_allclose(found["t1"][:, 0], expected[:, 0], rtol=1e-6)
    np.testing.assert_allclose(found["t0"][:, 1:], expected[:, 1:], rtol=1e-4, atol=1e-3)
    assert (found["t0"][:, 0] == 0).all()


def test_proposals_in_training_are_more(numbers: config.Config) -> None:
    numbers.TEST.RPN_POST_NMS_TOP_N, numbers.TRAIN.RPN_POST_NMS_TOP_N = 3, 7
    for phase, count in ((caffe.TEST, 3), (caffe.TRAIN, 7)):
        net = python_net(
            "rpn.proposal_layer", "ProposalLayer", "feat_stride: 16", 1, phase, **rpn_output()
        )
        assert net.forward()["t0"].shape == (count, 5)


@pytest.mark.parametrize("wrong", [np.nan, -1e9])
def test_proposals_of_a_net_that_says_nothing(wrong: float) -> None:
    """Boxes that are no numbers, or too small: the whole image is left."""
    given = rpn_output()
    given["offsets"][:] = wrong
    net = python_net(
        "rpn.proposal_layer", "ProposalLayer", "'feat_stride': 16", 2, caffe.TEST, **given
    )
    found = net.forward()
    assert found["t0"].tolist() == [[0, 0, 0, 79, 63]]
    assert found["t1"].tolist() == [[0]]


def test_proposals_of_anchors_of_ones_own() -> None:
    given = rpn_output()
    given["scores"], given["offsets"] = given["scores"][:, :4], given["offsets"][:, :8]
    text = "{'feat_stride': 16, 'scales': (2, 3), 'ratios': [1]}"
    net = python_net("rpn.proposal_layer", "ProposalLayer", text, 1, caffe.TEST, **given)
    assert net.forward()["t0"].shape[1] == 5
    text = "'feat_stride': 16\\n'scales': !!python/tuple [2, 3]\\n'ratios': [1]"
    net = python_net("rpn.proposal_layer", "ProposalLayer", text, 1, caffe.TEST, **given)
    assert net.layers[3].anchors.shape == (2, 4)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("'feat_strid': 16", "param_str has no 'feat_strid'; did you mean 'feat_stride'?"),
        ("'scales': [1]", "'feat_stride' is missing"),
        ("16", "expected names and values"),
        ("'feat_stride': [", "it is neither a Python dictionary nor YAML"),
        ("__import__('os')", "expected names and values"),
    ],
)
def test_param_strs_that_are_refused(text: str, message: str) -> None:
    with pytest.raises(caffe.Error) as caught:
        python_net("rpn.proposal_layer", "ProposalLayer", text, 1, caffe.TEST, **rpn_output())
    assert message in str(caught.value)
    assert "'it' (ProposalLayer)" in str(caught.value)


def test_proposals_of_other_shapes() -> None:
    given = rpn_output()
    given["offsets"] = given["offsets"][:, :32]
    with pytest.raises(caffe.ShapeError, match="9 anchors need probabilities and offsets of"):
        python_net(
            "rpn.proposal_layer", "ProposalLayer", "'feat_stride': 16", 1, caffe.TEST, **given
        )


# ---- targets


def test_anchor_targets_where_the_anchors_are(numbers: config.Config) -> None:
    rows, columns = 12, 16
    objects = np.array([[40.0, 50, 170, 120, 7], [100, 20, 240, 180, 3]])
    net = python_net(
        "rpn.anchor_target_layer",
        "AnchorTargetLayer",
        "'feat_stride': 16",
        4,
        caffe.TRAIN,
        scores=np.zeros((1, 18, rows, columns)),
        objects=objects,
        info=np.array([[16.0 * rows, 16 * columns, 1]]),
        data=np.zeros((1, 3, 16 * rows, 16 * columns)),
    )
    found = net.forward()
    labels = found["t0"].reshape(9, rows, columns)
    offsets, inside, outside = (found[f"t{i}"].reshape(9, 4, rows, columns) for i in (1, 2, 3))
    places = anchors.everywhere(anchors.anchors(), rows, columns, 16).reshape(rows, columns, 9, 4)
    assert (labels == 1).any()
    assert (labels >= 0).sum() <= 256
    for a, y, x in np.ndindex(9, rows, columns):
        place = places[y, x, a]
        within = (place[:2] >= 0).all() and place[2] < 16 * columns and place[3] < 16 * rows
        if not within:
            assert labels[a, y, x] == -1
            continue
        overlap = boxes.overlaps(place[np.newaxis], objects[:, :4])[0]
        whose = objects[[overlap.argmax()], :4]
        np.testing.assert_allclose(
            offsets[a, :, y, x], boxes.offsets(place[np.newaxis], whose)[0], rtol=1e-4, atol=1e-5
        )
        assert labels[a, y, x] != 0 or overlap.max() < 0.3
        assert labels[a, y, x] != 1 or overlap.max() > 0.3
    assert (inside.transpose(0, 2, 3, 1)[labels == 1] == 1).all()
    assert (inside.transpose(0, 2, 3, 1)[labels < 1] == 0).all()
    np.testing.assert_allclose(outside.sum(), 4, rtol=1e-4)
    assert (outside.transpose(0, 2, 3, 1)[labels < 0] == 0).all()


def test_anchor_targets_of_an_image_smaller_than_all_anchors() -> None:
    net = python_net(
        "rpn.anchor_target_layer",
        "AnchorTargetLayer",
        "'feat_stride': 16",
        4,
        caffe.TRAIN,
        scores=np.zeros((1, 18, 3, 3)),
        objects=np.array([[4.0, 5, 17, 12, 7]]),
        info=np.array([[48.0, 48, 1]]),
        data=np.zeros((1, 3, 48, 48)),
    )
    found = net.forward()
    assert (found["t0"] == -1).all()
    assert not found["t3"].any()


def test_regions_of_a_batch_and_what_they_learn(numbers: config.Config) -> None:
    numbers.TRAIN.BATCH_SIZE, numbers.TRAIN.BG_THRESH_LO = 16, 0.0
    objects = np.array([[10.0, 10, 49, 49, 2], [60, 20, 99, 79, 1]])
    random = np.random.RandomState(0)
    near = objects[random.randint(0, 2, 20), :4] + random.uniform(-6, 6, (20, 4))
    far = np.tile([100.0, 100, 120, 130], (20, 1)) + random.uniform(-6, 6, (20, 4))
    regions = np.insert(np.concatenate([near, far]), 0, 0, axis=1)
    net = python_net(
        "rpn.proposal_target_layer",
        "ProposalTargetLayer",
        "'num_classes': 3",
        5,
        caffe.TRAIN,
        regions=regions,
        objects=objects,
    )
    found = net.forward()
    assert found["t0"].shape == (16, 5)
    assert (found["t1"] > 0).tolist() == [True] * 4 + [False] * 12
    for region, label, offsets, inside, outside in zip(*(found[f"t{i}"] for i in range(5))):
        overlap = boxes.overlaps(region[np.newaxis, 1:], objects[:, :4])[0]
        if label == 0:
            assert overlap.max() < 0.5
            assert not offsets.any()
            assert not inside.any()
            continue
        assert overlap.max() >= 0.5
        whose = objects[overlap.argmax()]
        assert label == whose[4]
        here = slice(4 * int(label), 4 * int(label) + 4)
        expected = boxes.offsets(region[np.newaxis, 1:], whose[np.newaxis, :4])[0]
        np.testing.assert_allclose(
            offsets[here] * [0.1, 0.1, 0.2, 0.2], expected, rtol=1e-3, atol=1e-5
        )
        assert inside[here].tolist() == [1] * 4
        assert inside.sum() == 4
        assert outside.tolist() == inside.tolist()
    net.blobs["objects"].data[0, 4] = 3
    with pytest.raises(caffe.Error, match="an object is of class 3, but num_classes is 3"):
        net.forward()


# ---- data


DATA = {
    "rpn": ("data", "im_info", "gt_boxes"),
    "regions": ("data", "rois", "labels"),
    "first": ("data", "rois", "labels", "bbox_targets", "bbox_loss_weights"),
    "later": (
        "data", "rois", "labels", "bbox_targets", "bbox_inside_weights", "bbox_outside_weights",
    ),
}  # fmt: skip


def data_net(kind: str, more: str = "") -> caffe.Net:
    tops = " ".join(f'top: "{name}"' for name in DATA[kind])
    return caffe.Net.from_text(
        f'layer {{ name: "it" type: "Python" {tops} python_param {{ '
        'module: "roi_data_layer.layer" layer: "RoIDataLayer" '
        f"param_str: \"'num_classes': 21{more}\" }} }}",
        caffe.TRAIN,
    )


@pytest.fixture
def folder(tmp_path: Path, numbers: config.Config) -> Path:
    numbers.TRAIN.SCALES = (60,)
    return voc.write_rectangles(tmp_path / "voc", images=4)


def test_images_and_their_objects(folder: Path) -> None:
    entries = roidb.prepared(voc.read_folder(folder), config.cfg.TRAIN)
    net = data_net("rpn")
    net.layers[0].set_roidb(entries)
    seen = []
    for _ in range(len(entries)):
        found = net.forward()
        assert found["data"].shape == (1, 3, 60, 80)
        assert found["im_info"].tolist() == [[60, 80, 0.5]]
        (same,) = (
            i
            for i, one in enumerate(entries)
            if len(one["boxes"]) == len(found["gt_boxes"])
            and np.allclose(one["boxes"] / 2, found["gt_boxes"][:, :4])
        )
        seen.append(same)
        assert found["gt_boxes"][:, 4].tolist() == entries[same]["gt_classes"].tolist()
        left, upper, right, lower, label = found["gt_boxes"][0].astype(int)
        middle = found["data"][0, ::-1, (upper + lower) // 2, (left + right) // 2]
        colour = middle + np.array(config.cfg.PIXEL_MEANS)[::-1]
        np.testing.assert_allclose(colour, voc.COLOURS[voc.CLASSES[label]], atol=12)
    assert sorted(seen) == list(range(8))  # each once, and in the mirror


@pytest.mark.parametrize("kind", ["regions", "first", "later"])
def test_regions_to_classify(folder: Path, numbers: config.Config, kind: str) -> None:
    numbers.TRAIN.BATCH_SIZE = 16
    random = np.random.RandomState(0)
    entries = []
    for entry in voc.read_folder(folder):
        near = np.repeat(entry["boxes"], 8, axis=0) + random.uniform(
            -20, 20, (8 * len(entry["boxes"]), 4)
        )
        entries.append(roidb.with_proposals(entry, near.clip(0, 119)))
    net = data_net(kind)
    net.layers[0].set_roidb(roidb.prepared(entries, numbers.TRAIN))
    found = net.forward()
    assert found["data"].shape == (2, 3, 60, 80)
    assert set(found["rois"][:, 0]) == {0, 1}
    assert len(found["rois"]) == len(found["labels"]) <= 16
    assert 0 < (found["labels"] > 0).sum() <= 4
    if kind == "regions":
        return
    weights = found["bbox_loss_weights" if kind == "first" else "bbox_inside_weights"]
    assert weights.shape == found["bbox_targets"].shape == (len(found["rois"]), 84)
    for label, row in zip(found["labels"].astype(int), weights.reshape(-1, 21, 4)):
        if label > 0:
            assert row[label].tolist() == [1] * 4


def test_data_from_a_folder_that_the_definition_names(folder: Path) -> None:
    net = data_net("rpn", f", 'voc_dir': '{folder}', 'split': 'trainval'")
    assert net.forward()["gt_boxes"].shape[1] == 5
    with pytest.raises(caffe.FileError, match=r"val.txt: No such file"):
        data_net("rpn", f", 'voc_dir': '{folder}', 'split': 'val'")


def test_data_that_nobody_gave() -> None:
    net = data_net("rpn")
    with pytest.raises(caffe.Error, match=r"it has no images; call net\.layers\[0\]\.set_roidb"):
        net.forward()


# ---- the definitions


TRAINED = [
    "faster_rcnn/ZF_faster_rcnn_end2end/train.prototxt",
    "faster_rcnn/VGG_CNN_M_1024_faster_rcnn_end2end/train.prototxt",
    "faster_rcnn/ZF_faster_rcnn_alt_opt/stage1_rpn_train.pt",
    "faster_rcnn/ZF_faster_rcnn_alt_opt/stage2_rpn_train.pt",
    "faster_rcnn/ZF_faster_rcnn_alt_opt/stage1_fast_rcnn_train.pt",
    "faster_rcnn/ZF_fast_rcnn/train.prototxt",
    "fast_rcnn/train.prototxt",
]


@pytest.mark.parametrize("name", TRAINED)
def test_a_published_definition_learns(
    shared: Path, tmp_path: Path, numbers: config.Config, name: str
) -> None:
    config.merge(config.END_TO_END)
    numbers.TRAIN.SCALES, numbers.TRAIN.RPN_POST_NMS_TOP_N = (240,), 50
    numbers.TRAIN.BATCH_SIZE = 32
    definition = write_shrunken(ZOO / name, tmp_path / "train.prototxt")
    solver_file = tmp_path / "solver.prototxt"
    solver_file.write_text(
        f'train_net: "{definition}" base_lr: 0.001 lr_policy: "fixed" momentum: 0.9 random_seed: 1'
    )
    entries = voc.read_folder(voc.write_rectangles(tmp_path / "voc", images=2))
    random = np.random.RandomState(0)
    entries = [
        roidb.with_proposals(one, random.uniform(0, 1, (40, 4)) * 60 + [0, 0, 60, 60])
        for one in entries
    ]
    solver = caffe.SGDSolver(solver_file)
    solver.net.layers[0].set_roidb(roidb.prepared(entries, numbers.TRAIN))
    before = {key: blobs[0].data.copy() for key, blobs in solver.net.params.items()}
    solver.step(2)
    losses = {key: float(solver.net.blobs[key].data.ravel()[0]) for key in solver.net.outputs}
    assert all(np.isfinite(value) for value in losses.values()), losses
    assert any(value > 0 for key, value in losses.items() if "cls" in key)
    learns = {
        layer.name
        for layer in shrunken(ZOO / name).layer
        if layer.name in before and not any(param.lr_mult == 0 for param in layer.param)
    }
    changed = {key for key, was in before.items() if (solver.net.params[key][0].data != was).any()}
    assert learns
    assert changed >= learns - {"bbox_pred"}  # which needs an object among the regions


@pytest.mark.parametrize(
    "name",
    [
        "ZF_faster_rcnn_end2end/test.prototxt",
        "VGG16_faster_rcnn_end2end/test.prototxt",
        "ZF_faster_rcnn_alt_opt/faster_rcnn_test.pt",
        "ZF_faster_rcnn_alt_opt/rpn_test.pt",
    ],
)
def test_a_published_definition_runs(shared: Path, quiet: None, name: str) -> None:
    net = caffe.Net.from_text(
        text_format.MessageToString(shrunken(ZOO / "faster_rcnn" / name)), caffe.TEST
    )
    net.blobs["data"].reshape(1, 3, 160, 200)
    net.blobs["data"].data[...] = np.random.RandomState(0).normal(0, 50, (1, 3, 160, 200))
    net.blobs["im_info"].data[...] = (160, 200, 1)
    found = net.forward()
    regions = net.blobs["rois"].data
    assert 1 < len(regions) <= 300
    assert (regions[:, 1:] >= 0).all()
    assert (regions[:, 3] <= 199).all()
    if "cls_prob" in found:
        assert found["cls_prob"].shape == (len(regions), 21)
    else:
        assert (np.diff(found["scores"][:, 0]) <= 0).all()
