"""`caffe zoo check`: data of the right shape and kind for each layer that reads them."""

from __future__ import annotations

from pathlib import Path

import caffe
import pytest

pytest.importorskip("lmdb")
pytest.importorskip("PIL")

from caffe.zoo import shapes
from support.zoo_check import (
    BODY,
    DATABASE,
    DENSE_BODY,
    LOSS,
    data_layer,
    net_with,
    run_train,
)

pytestmark = pytest.mark.usefixtures("quiet", "stand_ins")


def test_needs_follow_from_the_layers_that_read() -> None:
    needs = shapes.needs(net_with(DATABASE), {"data": (1, 3, 12, 12)})
    assert needs["data"] == shapes.Need((64, 3, 12, 12), shapes.IMAGE)
    assert needs["label"] == shapes.Need((64,), shapes.CLASSES, 5)


@pytest.mark.parametrize(
    ("transform", "shape"),
    [
        ("crop_size: 9", (3, 9, 9)),
        ("crop_size: 9 mean_value: 1", (3, 9, 9)),
        ("mean_value: [1, 2, 3]", (3, 227, 227)),
        ("", (3, 32, 32)),
    ],
)
def test_images_have_the_size_that_fits(transform: str, shape: tuple[int, ...]) -> None:
    layer = DATABASE.replace("data_param", f"transform_param {{ {transform} }} data_param")
    assert shapes.needs(net_with(layer))["data"].shape == (64, *shape)


def test_a_net_that_no_size_fits_is_an_error() -> None:
    body = (
        BODY
        + LOSS
        + 'layer { name: "r" type: "Reshape" bottom: "data" top: "r" reshape_param { shape { dim: 7 } } }'
    )
    with pytest.raises(caffe.ShapeError, match="no size of data"):
        shapes.needs(net_with(DATABASE, body))


@pytest.mark.parametrize(("published", "served"), [(64, 2), (2, 2), (1, 1)])
def test_batches_become_smaller_not_larger(published: int, served: int) -> None:
    net = net_with(DATABASE.replace("batch_size: 64", f"batch_size: {published}"))
    small, needs = shapes.fitting(net, {"data": (1, 3, 12, 12)})
    assert shapes.batch_size(small.layer[0]) == served
    assert needs["label"].shape == (served,)


HDF5 = 'hdf5_data_param { source: "/a/list.txt" batch_size: 100 }'
EUCLID = 'layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "label" top: "loss" }'
EDGES = """
layer { name: "conv" type: "Convolution" bottom: "data" top: "ip" convolution_param { num_output: 1 kernel_size: 1 } }
layer { name: "loss" type: "SigmoidCrossEntropyLoss" bottom: "ip" bottom: "label" top: "loss" }
"""
CROP = "transform_param { crop_size: 16 mean_file: '/a/mean.binaryproto' mirror: true }"
SEQUENCE = """
layer { name: "e" type: "Embed" bottom: "words" top: "e" embed_param { input_dim: 7 num_output: 3 bias_term: false } }
layer { name: "l" type: "LSTM" bottom: "e" bottom: "cont" top: "l" recurrent_param { num_output: 4
        weight_filler { type: "uniform" min: -0.1 max: 0.1 } } }
layer { name: "ip" type: "InnerProduct" bottom: "l" top: "ip" inner_product_param { num_output: 7 axis: 2 } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "target" top: "loss" softmax_param { axis: 2 } }
"""
PAIR = """
layer { name: "s" type: "Slice" bottom: "pair" top: "a" top: "b" slice_param { slice_dim: 1 slice_point: 1 } }
layer { name: "x" type: "InnerProduct" bottom: "a" top: "x" inner_product_param { num_output: 2 } }
layer { name: "y" type: "InnerProduct" bottom: "b" top: "y" inner_product_param { num_output: 2 } }
layer { name: "loss" type: "ContrastiveLoss" bottom: "x" bottom: "y" bottom: "same" top: "loss" }
"""
INFOGAIN = """
layer { name: "p" type: "Softmax" bottom: "ip" top: "p" }
layer { name: "loss" type: "InfogainLoss" bottom: "p" bottom: "label" top: "loss"
        infogain_loss_param { source: "/a/matrix.binaryproto" } }
"""

KINDS = {
    "LMDB": DATABASE + BODY + LOSS,
    "LMDB with crop and mean file": DATABASE.replace("data_param", CROP + " data_param")
    + BODY
    + LOSS,
    "label maps in an LMDB": data_layer(
        "Data", 'data_param { source: "a" batch_size: 9 backend: LMDB }', ("data",)
    )
    + data_layer("Data", 'data_param { source: "b" batch_size: 9 backend: LMDB }', ("label",))
    + DENSE_BODY
    + LOSS,
    "pairs": data_layer(
        "Data", 'data_param { source: "a" batch_size: 9 backend: LMDB }', ("pair", "same")
    )
    + PAIR,
    "images": data_layer(
        "ImageData",
        "image_data_param { source: '/a/list' root_folder: '/b/' batch_size: 9 new_height: 20 new_width: 24 }",
        more=CROP,
    )
    + BODY
    + LOSS,
    "grey images": data_layer(
        "ImageData",
        "image_data_param { source: '/a' batch_size: 9 is_color: false new_height: 8 new_width: 8 }",
    )
    + BODY
    + LOSS,
    "windows": data_layer(
        "WindowData",
        "window_data_param { source: '/a' batch_size: 128 fg_threshold: 0.5 bg_threshold: 0.5 fg_fraction: 0.25 "
        "context_pad: 2 crop_mode: 'warp' }",
        more=CROP,
    )
    + BODY
    + LOSS,
    "rows": data_layer("HDF5Data", HDF5)
    + 'layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param { num_output: 5 } }'
    + LOSS,
    "sequences": data_layer("HDF5Data", HDF5, ("words", "cont", "target")) + SEQUENCE,
    "annotated": data_layer(
        "AnnotatedData",
        'data_param { source: "/a" batch_size: 9 backend: LMDB } '
        'annotated_data_param { batch_sampler { max_sample: 1 max_trials: 1 } label_map_file: "/a/map.prototxt" }',
        more="transform_param { resize_param { height: 24 width: 24 } }",
    )
    + """
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param { num_output: 8 kernel_size: 8
        stride: 8 } }
layer { name: "priors" type: "PriorBox" bottom: "conv" bottom: "data" top: "priors"
        prior_box_param { min_size: 8 max_size: 16 } }
layer { name: "places" type: "Convolution" bottom: "conv" top: "places" convolution_param { num_output: 8 kernel_size: 1
        } }
layer { name: "classes" type: "Convolution" bottom: "conv" top: "classes" convolution_param { num_output: 6
        kernel_size: 1 } }
layer { name: "f" type: "Flatten" bottom: "places" top: "f" }
layer { name: "g" type: "Flatten" bottom: "classes" top: "g" }
layer { name: "loss" type: "MultiBoxLoss" bottom: "f" bottom: "g" bottom: "priors" bottom: "label" top: "loss"
        propagate_down: true propagate_down: true propagate_down: false propagate_down: false
        multibox_loss_param { num_classes: 3 } }
""",
    "a label for each pixel": data_layer(
        "DenseImageData", "dense_image_data_param { source: '/a' batch_size: 9 }"
    )
    + DENSE_BODY
    + LOSS,
    "edges": data_layer("ImageLabelmapData", "image_data_param { source: '/a' batch_size: 9 }")
    + EDGES,
    "DeepLab's labels": data_layer(
        "ImageSegData",
        "image_data_param { source: '/a' batch_size: 9 label_type: PIXEL }",
        more="transform_param { crop_size: 16 }",
    )
    + DENSE_BODY
    + LOSS,
    "arrays": data_layer(
        "MemoryData", "memory_data_param { batch_size: 2 channels: 3 height: 8 width: 8 }"
    )
    + BODY
    + LOSS,
    "regression": data_layer("HDF5Data", HDF5)
    + 'layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param { num_output: 3 } }'
    + EUCLID,
    "a matrix of gains": DATABASE + BODY + INFOGAIN,
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_data_layer_reads_generated_data(kind: str, tmp_path: Path) -> None:
    pytest.importorskip("h5py")
    result = run_train(tmp_path, KINDS[kind])
    assert result.error == ""
    assert result.loss >= 0
    assert result.parameters > 0


def test_leveldb_is_written_by_the_command_and_read(tmp_path: Path) -> None:
    result = run_train(tmp_path, DATABASE.replace("LMDB", "LEVELDB") + BODY + LOSS)
    if "LevelDB" in result.error:
        pytest.skip(result.error)
    assert (result.error, result.notes[0]) == ("", "batches of 2 instead of 64")


def test_python_layers_read_generated_datasets(tmp_path: Path) -> None:
    pytest.importorskip("scipy")
    for module, kind, param, tops in (
        ("voc_layers", "VOCSegDataLayer", "'voc_dir': 'x', 'mean': (1, 2, 3)", ("data", "label")),
        ("voc_layers", "SBDDSegDataLayer", "'sbdd_dir': 'x', 'mean': (1, 2, 3)", ("data", "label")),
        (
            "siftflow_layers",
            "SIFTFlowSegDataLayer",
            "'siftflow_dir': 'x'",
            ("data", "label", "geo"),
        ),
        (
            "nyud_layers",
            "NYUDSegDataLayer",
            "'nyud_dir': 'x', 'tops': ['color', 'label']",
            ("data", "label"),
        ),
        (
            "pascalcontext_layers",
            "PASCALContextSegDataLayer",
            "'voc_dir': 'x', 'context_dir': 'y'",
            ("data", "label"),
        ),
    ):
        text = f"{{'seed': 1, 'split': 'train', {param}}}"
        python = f'python_param {{ module: "{module}" layer: "{kind}" param_str: "{text}" }}'
        body = DENSE_BODY.replace("num_output: 5", "num_output: 60") + LOSS.replace(
            "}\n", "loss_param { ignore_label: 255 } }\n"
        )
        result = run_train(tmp_path, data_layer("Python", python, tops) + body)
        assert result.error == "", kind


def test_a_python_layer_that_is_missing_is_named(tmp_path: Path) -> None:
    layer = 'layer { name: "p" type: "Python" bottom: "ip" top: "p" python_param { module: "nowhere" layer: "L" } }'
    assert "no module 'nowhere'" in run_train(tmp_path, DATABASE + BODY + LOSS + layer).error


def test_an_authors_layer_lies_beside_its_definition(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text(
        "import caffe\n"
        "class Twice(caffe.Layer):\n"
        "    def setup(self, bottom, top): pass\n"
        "    def reshape(self, bottom, top): top[0].reshape(*bottom[0].shape)\n"
        "    def forward(self, bottom, top): top[0].data[...] = 2 * bottom[0].data\n"
        "    def backward(self, top, propagate_down, bottom): bottom[0].diff[...] = 2 * top[0].diff\n"
    )
    layer = 'layer { name: "p" type: "Python" bottom: "ip" top: "p" python_param { module: "beside" layer: "Twice" } }'
    text = DATABASE + BODY + layer + LOSS.replace('bottom: "ip"', 'bottom: "p"')
    assert run_train(tmp_path, text).error == ""


def test_labels_that_no_record_holds_are_told(tmp_path: Path) -> None:
    leveldb = DATABASE.replace("LMDB", "LEVELDB")
    result = run_train(tmp_path, leveldb + BODY + EUCLID)
    assert "the net reads 5 values of 'label' for each item" in result.error


def test_labels_of_several_values_are_floats_of_a_record(tmp_path: Path) -> None:
    result = run_train(tmp_path, DATABASE + BODY + EUCLID)
    assert (result.error, result.loss > 0) == ("", True)
