"""Exported nets, run by onnxruntime, compute what the net does."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import caffe
import numpy as np
import pytest
from onnx_layers import IMAGE, ROWS

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from schema_tool import SHARED

onnxruntime = pytest.importorskip("onnxruntime")
ZOO = SHARED / "zoo"


def with_inputs(layers: str, shapes: list[tuple[int, ...]]) -> str:
    inputs = ""
    for i, shape in enumerate(shapes):
        dims = " ".join(f"dim: {dim}" for dim in shape)
        inputs += f'layer {{ name: "x{i}" type: "Input" top: "x{i}" input_param {{ shape {{ {dims} }} }} }}\n'
    return inputs + layers


def filled(net: caffe.Net) -> caffe.Net:
    """The net with parameters drawn, statistics such as can be."""
    random = np.random.default_rng(1)
    for name, blobs in net.params.items():
        for i, blob in enumerate(blobs):
            fan_in = max(1, blob.data.size // max(1, blob.data.shape[0] if blob.data.ndim else 1))
            blob.data[...] = random.standard_normal(blob.data.shape) / np.sqrt(fan_in)
            if (net.layer_dict[name].type, i) in (("BatchNorm", 1), ("BatchNorm", 2), ("BN", 3)):
                blob.data[...] = np.abs(blob.data) + 0.5
    return net


def net_of(layers: str, shapes: list[tuple[int, ...]], **options: object) -> caffe.Net:
    return filled(caffe.Net.from_text(with_inputs(layers, shapes), caffe.TEST, **options))


def checked(net: caffe.Net, path: Path, inputs: dict[str, np.ndarray] | None = None, tolerance: float = 1e-4,
            **options: object) -> onnxruntime.InferenceSession:
    """The exported net as a session, after a comparison of all its outputs."""
    net.export_onnx(path, **options)
    differences = caffe.check_onnx(net, path, inputs, tolerance)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    assert list(differences) == [each.name for each in session.get_outputs()]
    return session


@pytest.mark.parametrize("name", ROWS)
def test_layer(name: str, tmp_path: Path) -> None:
    net = net_of(*ROWS[name])
    session = checked(net, tmp_path / "net.onnx")
    assert [each.name for each in session.get_outputs()] == sorted(net.outputs)
    assert [each.name for each in session.get_inputs()] == net.inputs
    for each in session.get_outputs():
        assert tuple(each.shape) == net.blobs[each.name].data.shape


def test_layers_that_take_indices(tmp_path: Path) -> None:
    net = net_of("""
        layer { name: "embed" type: "Embed" bottom: "x0" top: "embedded"
                embed_param { num_output: 4 input_dim: 7 } }
        layer { name: "pick" type: "BatchReindex" bottom: "embedded" bottom: "x1" top: "picked" }""", [(3, 2), (5,)])
    inputs = {"x0": np.array([[0, 6], [3.9, 1], [2, 2]]), "x1": np.array([2, 0, 0, 1.5, 2])}
    checked(net, tmp_path / "net.onnx", inputs)


def test_roi_pooling(tmp_path: Path) -> None:
    net = net_of("""
        layer { name: "it" type: "ROIPooling" bottom: "x0" bottom: "x1" top: "y"
                roi_pooling_param { pooled_h: 3 pooled_w: 2 spatial_scale: 0.5 } }""", [IMAGE, (3, 5)])
    boxes = np.array([[0, 0, 0, 20, 16], [1, 4, 6, 12, 9], [1, 7, 2, 40, 30]])
    checked(net, tmp_path / "net.onnx", {"x0": np.random.default_rng(0).random(IMAGE), "x1": boxes})


@pytest.mark.parametrize("up", [
    'type: "Upsample" upsample_param { upsample_h: 9 upsample_w: 11 }',
    'type: "Unpooling" unpooling_param { kernel_size: 2 stride: 2 unpool_h: 9 unpool_w: 11 }',
])
def test_upsample_with_the_places_of_a_pooling(up: str, tmp_path: Path) -> None:
    checked(net_of(f"""
        layer {{ name: "pool" type: "Pooling" bottom: "x0" top: "pool" top: "where"
                pooling_param {{ kernel_size: 2 stride: 2 }} }}
        layer {{ name: "up" bottom: "pool" bottom: "where" top: "up" {up} }}""", [IMAGE]), tmp_path / "net.onnx")


def test_prior_boxes_are_constants(tmp_path: Path) -> None:
    session = checked(net_of("""
        layer { name: "conv" type: "Convolution" bottom: "x0" top: "conv"
                convolution_param { num_output: 2 kernel_size: 3 } }
        layer { name: "prior" type: "PriorBox" bottom: "conv" bottom: "x0" top: "prior"
                prior_box_param { min_size: 3 aspect_ratio: 2 variance: 0.1 } }""", [IMAGE]), tmp_path / "net.onnx")
    assert [each.name for each in session.get_outputs()] == ["prior"]
    assert b"conv" not in (tmp_path / "net.onnx").read_bytes()


def test_parameters_are_values(tmp_path: Path) -> None:
    checked(net_of("""
        layer { name: "b" type: "Parameter" top: "b" parameter_param { shape { dim: 6 } } }
        layer { name: "bias" type: "Bias" bottom: "x0" bottom: "b" top: "y" }""", [IMAGE]), tmp_path / "net.onnx")


# ---- the graph

IN_PLACE = """
layer { name: "conv" type: "Convolution" bottom: "x0" top: "a" convolution_param { num_output: 6 kernel_size: 1 } }
layer { name: "norm" type: "BatchNorm" bottom: "a" top: "a" }
layer { name: "scale" type: "Scale" bottom: "a" top: "a" scale_param { bias_term: true } }
layer { name: "relu" type: "ReLU" bottom: "a" top: "a" }
layer { name: "drop" type: "Dropout" bottom: "a" top: "a" }
layer { name: "sum" type: "Eltwise" bottom: "a" bottom: "x0" top: "b" }
layer { name: "ip" type: "InnerProduct" bottom: "a" top: "c" inner_product_param { num_output: 3 } }
layer { name: "last" type: "Sigmoid" bottom: "c" top: "c" }
"""


def test_in_place_layers_become_values_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    session = checked(net_of(IN_PLACE, [IMAGE]), path)
    assert [each.name for each in session.get_outputs()] == ["b", "c"]
    bytes = path.read_bytes()
    for name in (b"conv/Conv", b"norm/BatchNormalization", b"relu/Relu"):
        assert name in bytes
    assert b"split" not in bytes


def test_outputs_cut_the_net(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    net = net_of(IN_PLACE + 'layer { name: "rnn" type: "LSTMUnit" bottom: "q" bottom: "r" bottom: "s" top: "t" top: "u" }'
                 .replace("q", "x1").replace("r\"", "x2\"", 1).replace('"s"', '"x3"'),
                 [IMAGE, (1, 2, 3), (1, 2, 12), (1, 2)])
    with pytest.raises(caffe.UnsupportedError, match=r'layer "rnn" \(LSTMUnit\): layers of this type cannot be'):
        net.export_onnx(path)
    assert not path.exists()
    session = checked(net, path, outputs=["c", "a"])
    assert [each.name for each in session.get_outputs()] == ["c", "a"]
    assert [each.name for each in session.get_inputs()] == ["x0"]
    assert b"sum/Add" not in path.read_bytes()
    session = checked(net, path, outputs=["x3", "a"])  # an input that no node reads
    assert [each.name for each in session.get_outputs()] == ["x3", "a"]
    assert [each.name for each in session.get_inputs()] == ["x0", "x3"]
    with pytest.raises(caffe.NotFoundError, match="nothing"):
        net.export_onnx(path, outputs=["nothing"])


def test_outputs_that_no_node_makes(tmp_path: Path) -> None:
    net = net_of("""
        layer { name: "a" type: "Dropout" bottom: "x0" top: "a" }
        layer { name: "b" type: "Split" bottom: "x1" top: "b" top: "c" }
        layer { name: "p" type: "Parameter" top: "p" parameter_param { shape { dim: 6 } } }
        """, [IMAGE, (2, 3)])
    session = checked(net, tmp_path / "net.onnx")
    assert [each.name for each in session.get_outputs()] == ["a", "b", "c", "p"]


def test_silence_keeps_blobs_from_being_outputs(tmp_path: Path) -> None:
    session = checked(net_of("""
        layer { name: "cut" type: "Slice" bottom: "x0" top: "a" top: "b" }
        layer { name: "silence" type: "Silence" bottom: "b" }""", [IMAGE]), tmp_path / "net.onnx")
    assert [each.name for each in session.get_outputs()] == ["a"]


def test_losses_and_what_only_they_read_are_left_out(tmp_path: Path) -> None:
    net = net_of("""
        layer { name: "ip" type: "InnerProduct" bottom: "x0" top: "ip" inner_product_param { num_output: 3 } }
        layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "x1" top: "loss" }
        layer { name: "accuracy" type: "Accuracy" bottom: "ip" bottom: "x1" top: "accuracy" }""", [(4, 5), (4,)])
    inputs = {"x0": np.random.default_rng(0).random((4, 5)), "x1": np.array([0, 1, 2, 1])}
    session = checked(net, tmp_path / "net.onnx", inputs)
    assert [each.name for each in session.get_outputs()] == ["ip"]
    assert [each.name for each in session.get_inputs()] == ["x0"]
    with pytest.raises(caffe.UnsupportedError, match=r'layer "loss" \(SoftmaxWithLoss\)'):
        net.export_onnx(tmp_path / "net.onnx", outputs=["loss"])


def test_data_layers_become_inputs(tmp_path: Path) -> None:
    net = filled(caffe.Net.from_text("""
        layer { name: "data" type: "DummyData" top: "data" top: "label"
                dummy_data_param { shape { dim: 4 dim: 5 } shape { dim: 4 } data_filler { type: "gaussian" } } }
        layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param { num_output: 3 } }
        layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }""", caffe.TEST))
    net.blobs["label"].data[...] = 1
    net.export_onnx(tmp_path / "net.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "net.onnx"), providers=["CPUExecutionProvider"])
    assert [each.name for each in session.get_inputs()] == ["data"]


def test_shared_weights_are_written_once(tmp_path: Path) -> None:
    net = net_of("".join(
        f'layer {{ name: "{name}" type: "InnerProduct" bottom: "x{i}" top: "{name}" param {{ name: "w" }}'
        " inner_product_param { num_output: 50 bias_term: false } }" for i, name in enumerate("ab")),
        [(2, 100), (2, 100)])
    checked(net, tmp_path / "net.onnx")
    assert (tmp_path / "net.onnx").stat().st_size < 50 * 100 * 4 * 1.2


def test_the_shapes_are_the_inputs_of_now(tmp_path: Path) -> None:
    net = net_of(IN_PLACE.split('layer { name: "ip"')[0], [IMAGE])
    net.blobs["x0"].reshape(1, 6, 4, 3)
    session = checked(net, tmp_path / "net.onnx")
    assert session.get_inputs()[0].shape == [1, 6, 4, 3]


def test_the_same_net_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.onnx", "b.onnx"):
        net_of(IN_PLACE, [IMAGE]).export_onnx(tmp_path / name)
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


# ---- an open batch

def test_dynamic_batch(tmp_path: Path) -> None:
    net = net_of(IN_PLACE, [IMAGE])
    path = tmp_path / "net.onnx"
    session = checked(net, path, dynamic_batch=True)
    assert session.get_inputs()[0].shape == ["batch", *IMAGE[1:]]
    assert session.get_outputs()[1].shape == ["batch", 3]
    assert net.blobs["x0"].data.shape == IMAGE
    net.blobs["x0"].reshape(5, *IMAGE[1:])
    caffe.check_onnx(net, path, tolerance=1e-4)


def test_dynamic_batch_where_the_net_depends_on_it(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    with pytest.raises(caffe.UnsupportedError, match='the batch cannot be left open: constant "it/constant" is another'):
        net_of(*ROWS["interp"]).export_onnx(path, dynamic_batch=True)
    with pytest.raises(caffe.ShapeError, match='the batch cannot be left open: input "x1" of shape 1 1 4 5'):
        net_of(*ROWS["crop"]).export_onnx(path, dynamic_batch=True)
    with pytest.raises(caffe.Error, match="the batch cannot be left open"):
        net_of(*ROWS["inner product of all"]).export_onnx(path, dynamic_batch=True)
    assert not path.exists()


# ---- what cannot be exported

@pytest.mark.parametrize(("layer", "message"), [
    ('type: "LSTM" bottom: "x0" bottom: "x1" top: "y" recurrent_param { num_output: 3 }', "cannot be exported to ONNX"),
    ('type: "Pooling" bottom: "x2" top: "y" pooling_param { pool: STOCHASTIC kernel_size: 2 }',
     "no way to say STOCHASTIC pooling"),
    ('type: "Pooling" bottom: "x2" top: "y" pooling_param { kernel_size: 1 stride: 6 }',
     "no way to say a window of a pooling that lies behind the image"),
    ('type: "Dropout" bottom: "x0" top: "y" dropout_param { sample_weights_test: true }', "dropped at random"),
    ('type: "BN" bottom: "x2" top: "y" bn_param { bn_mode: LEARN }', "bn_mode: INFERENCE"),
    ('type: "Dropout" phase: TRAIN bottom: "x0" top: "y"', "phase TRAIN"),
])
def test_refusal(layer: str, message: str, tmp_path: Path) -> None:
    net = net_of(f'layer {{ name: "it" {layer} }}', [(2, 3, 4), (2, 3), IMAGE])
    path = tmp_path / "net.onnx"
    path.write_text("old")
    with pytest.raises(caffe.UnsupportedError, match=message) as failure:
        net.export_onnx(path)
    assert 'layer "it" (' in str(failure.value)
    assert path.read_text() == "old"


def test_other_refusals(tmp_path: Path) -> None:
    relu = 'layer { name: "it" type: "ReLU" bottom: "x0" top: "y" }'
    with pytest.raises(caffe.FileError, match="nowhere"):
        net_of(relu, [IMAGE]).export_onnx(tmp_path / "nowhere" / "net.onnx")
    with pytest.raises(caffe.StateError, match="phase TRAIN"):
        caffe.Net.from_text(with_inputs(relu, [IMAGE]), caffe.TRAIN).export_onnx(tmp_path / "net.onnx")
    with pytest.raises(caffe.InvalidArgumentError, match="computes nothing"):
        net_of("", [IMAGE]).export_onnx(tmp_path / "net.onnx")
    with pytest.raises(caffe.ShapeError, match='input "x0" has shape 2 0'):
        net_of(relu, [(2, 0)]).export_onnx(tmp_path / "net.onnx")
    assert os.listdir(tmp_path) == []


def test_a_difference_is_found(tmp_path: Path) -> None:
    net = net_of(IN_PLACE, [IMAGE])
    path = tmp_path / "net.onnx"
    net.export_onnx(path)
    net.params["ip"][1].data[...] += 0.1
    with pytest.raises(caffe.Error, match="net.onnx and the net differ: 'c' by"):
        caffe.check_onnx(net, path)


# ---- detections

def detections(fields: str) -> caffe.Net:
    return net_of(f"""
        layer {{ name: "prior" type: "PriorBox" bottom: "x0" bottom: "x1" top: "prior" prior_box_param {{
                min_size: 9 aspect_ratio: 2 variance: 0.1 variance: 0.1 variance: 0.2 variance: 0.2 }} }}
        layer {{ name: "rows" type: "Reshape" bottom: "x3" top: "rows" reshape_param {{ shape {{ dim: 60 dim: 4 }} }} }}
        layer {{ name: "conf" type: "Softmax" bottom: "rows" top: "conf" }}
        layer {{ name: "flat" type: "Reshape" bottom: "conf" top: "flat" reshape_param {{ shape {{ dim: 1 dim: -1 }} }} }}
        layer {{ name: "out" type: "DetectionOutput" bottom: "x2" bottom: "flat" bottom: "prior" top: "out"
                detection_output_param {{ num_classes: 4 {fields} }} }}""",
        [(1, 1, 4, 5), (1, 1, 40, 50), (1, 240), (1, 240)])


@pytest.mark.parametrize("fields", [
    "code_type: CENTER_SIZE confidence_threshold: 0.3 nms_param { nms_threshold: 0.45 }",
    "code_type: CENTER_SIZE nms_param { nms_threshold: 0.2 top_k: 20 } keep_top_k: 15",
    "code_type: CENTER_SIZE nms_param { nms_threshold: 0.2 } keep_top_k: 1000",
    "code_type: CORNER background_label_id: 2 nms_param { nms_threshold: 0.4 }",
    "code_type: CORNER_SIZE background_label_id: -1 confidence_threshold: 0.2 variance_encoded_in_target: true",
])
def test_detections(fields: str, tmp_path: Path) -> None:
    net = detections(fields)
    random = np.random.default_rng(0)
    inputs = {name: random.standard_normal(net.blobs[name].data.shape) for name in net.inputs}
    if "CENTER" not in fields:
        inputs["x2"] *= 0.1  # no corner passes the other
    session = checked(net, tmp_path / "net.onnx", inputs)
    assert session.get_outputs()[0].shape == [1, 1, "detections", 7]
    assert 5 < net.blobs["out"].data.shape[2] < 180


def test_nothing_is_detected(tmp_path: Path) -> None:
    net = detections("code_type: CENTER_SIZE confidence_threshold: 2 keep_top_k: 3")
    net.export_onnx(tmp_path / "net.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "net.onnx"), providers=["CPUExecutionProvider"])
    feeds = {each.name: np.zeros(each.shape, np.float32) for each in session.get_inputs()}
    assert session.run(None, feeds)[0].shape == (1, 1, 0, 7)


@pytest.mark.parametrize(("fields", "message"), [
    ("share_location: false", "boxes that are not shared"),
    ("nms_param { eta: 0.5 }", "threshold falls"),
])
def test_detections_that_cannot_be_exported(fields: str, message: str, tmp_path: Path) -> None:
    net = caffe.Net.from_text(str(with_inputs(f"""
        layer {{ name: "prior" type: "PriorBox" bottom: "x0" bottom: "x0" top: "prior" prior_box_param {{ min_size: 1 }} }}
        layer {{ name: "out" type: "DetectionOutput" bottom: "x1" bottom: "x2" bottom: "prior" top: "out"
                detection_output_param {{ num_classes: 2 {fields} }} }}""",
        [(1, 1, 1, 2), (1, 16 if "share" in fields else 8), (1, 4)])), caffe.TEST)
    with pytest.raises(caffe.UnsupportedError, match=message):
        net.export_onnx(tmp_path / "net.onnx")


def test_nothing_reads_what_has_no_shape(tmp_path: Path) -> None:
    net = net_of(with_inputs("", []) + """
        layer { name: "prior" type: "PriorBox" bottom: "x0" bottom: "x0" top: "prior" prior_box_param { min_size: 1 } }
        layer { name: "out" type: "DetectionOutput" bottom: "x1" bottom: "x2" bottom: "prior" top: "out"
                detection_output_param { num_classes: 2 } }
        layer { name: "flat" type: "Flatten" bottom: "out" top: "flat" }""", [(1, 1, 1, 2), (1, 8), (1, 4)])
    with pytest.raises(caffe.UnsupportedError, match='layer "flat" .*it reads "out", whose shape depends on values'):
        net.export_onnx(tmp_path / "net.onnx")


# ---- nets of the zoo

def zoo_net(name: str, batch: int) -> caffe.Net:
    path = ZOO / "models" / name / "deploy.prototxt"
    if not path.exists():
        pytest.skip("no shared data")
    net = filled(caffe.Net(path, caffe.TEST))
    blob = net.blobs[net.inputs[0]]
    blob.reshape(batch, *blob.data.shape[1:])
    return net


@pytest.mark.parametrize("name", ["bvlc_googlenet", "bvlc_reference_caffenet", "mobilenet_v1", "resnet_50"])
def test_zoo_net(name: str, tmp_path: Path) -> None:
    checked(zoo_net(name, 1), tmp_path / "net.onnx", dynamic_batch=name != "bvlc_reference_caffenet")


def test_squeezenet_with_its_weights(tmp_path: Path) -> None:
    net = zoo_net("squeezenet_v1.1", 2)
    net.copy_from(ZOO / "weights" / "squeezenet_v1.1" / "squeezenet_v1.1_fp16.caffemodel")
    image = np.random.default_rng(0).normal(0, 60, net.blobs["data"].data.shape)
    checked(net, tmp_path / "net.onnx", {"data": image})


def test_ssd_up_to_its_boxes(tmp_path: Path) -> None:
    path = ZOO / "models" / "mobilenet_ssd" / "voc_MobileNetSSD_deploy.prototxt"
    if not path.exists():
        pytest.skip("no shared data")
    net = filled(caffe.Net(path, caffe.TEST))
    checked(net, tmp_path / "net.onnx", outputs=["mbox_loc", "mbox_conf_flatten", "mbox_priorbox"])


def test_outliers_are_left_out_of_a_comparison(tmp_path: Path) -> None:
    text = 'layer {{ name: "i" type: "Input" top: "x" input_param {{ shape {{ dim: 100 }} }} }}'
    text += 'layer {{ name: "p" type: "Threshold" bottom: "x" top: "y" threshold_param {{ threshold: {} }} }}'
    net, other = (caffe.Net.from_text(text.format(least)) for least in (49.5, 51.5))
    other.export_onnx(tmp_path / "other.onnx")
    values = {"x": np.arange(100, dtype=np.float32)}
    assert caffe.check_onnx(net, tmp_path / "other.onnx", values, outliers=0.02) == {"y": 0}
    with pytest.raises(caffe.Error, match="differ: 'y' by 1"):
        caffe.check_onnx(net, tmp_path / "other.onnx", values, outliers=0.01)
