"""`caffe zoo check`: definitions told by their content, mistakes mended, data generated for each kind of data layer,
rows and their tables."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import caffe
import pytest

pytest.importorskip("lmdb")
pytest.importorskip("PIL")

from caffe.zoo import check, definitions, listed, plan, repair, report, shapes, trial
from caffe.zoo.definitions import DATA, DEPLOY, SOLVER, TRAIN

INPUT = 'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 12 dim: 12 } } }'
BODY = """
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param { num_output: 4 kernel_size: 3 } }
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
layer { name: "ip" type: "InnerProduct" bottom: "conv" top: "ip" inner_product_param { num_output: 5 } }
"""
DEPLOY_NET = f'name: "small"\n{INPUT}{BODY}layer {{ name: "prob" type: "Softmax" bottom: "ip" top: "prob" }}\n'
LOSS = 'layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }\n'
ACCURACY = (
    'layer { name: "accuracy" type: "Accuracy" bottom: "ip" bottom: "label" top: "accuracy" include { phase: TEST } }\n'
)
SOLVER_TEXT = (
    'net: "{}" base_lr: 0.01 lr_policy: "fixed" max_iter: 100 test_iter: 10 test_interval: 50 solver_mode: GPU\n'
)
V1_DEPLOY = """
name: "old" input: "data" input_dim: 1 input_dim: 3 input_dim: 12 input_dim: 12
layers { name: "conv" type: CONVOLUTION bottom: "data" top: "conv" convolution_param { num_output: 4 kernel_size: 3 } }
"""
V0_DEPLOY = """
name: "oldest" input: "data" input_dim: 1 input_dim: 3 input_dim: 12 input_dim: 12
layers { layer { name: "conv" type: "conv" num_output: 4 kernelsize: 3 } bottom: "data" top: "conv" }
"""


def data_layer(kind: str, param: str, tops: tuple[str, ...] = ("data", "label"), more: str = "") -> str:
    named = " ".join(f'top: "{top}"' for top in tops)
    return f'layer {{ name: "data" type: "{kind}" {named} {param} {more} }}\n'


DATABASE = data_layer("Data", 'data_param { source: "/a/lmdb" batch_size: 64 backend: LMDB }')


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    caffe.set_log_callback(lambda line: None)
    yield
    caffe.set_log_callback(None)


def parsed(text: str, name: str = "a.prototxt") -> definitions.Definition:
    one = definitions.parse(Path(name), text)
    assert one is not None
    return one


# ---- what files are


@pytest.mark.parametrize(
    ("text", "kind", "format_"),
    [
        (DEPLOY_NET, DEPLOY, "current"),
        (V1_DEPLOY, DEPLOY, "V1, input fields"),
        (V0_DEPLOY, DEPLOY, "V0, input fields"),
        (DATABASE + BODY + LOSS, TRAIN, "current"),
        (DATABASE + BODY, DATA, "current"),
        (SOLVER_TEXT.format("train.prototxt"), SOLVER, "current"),
        ('net: "a" base_lr: 0.1 solver_type: ADAM', SOLVER, "before 1.0 (solver_type)"),
        ("layer { name: x }", DEPLOY, "current"),
        ("layer { name: a }\nlayers { name: b }", DEPLOY, "current and V1"),
    ],
)
def test_a_file_is_told_by_its_content(text: str, kind: str, format_: str) -> None:
    one = parsed(text)
    assert (one.kind, one.format) == (kind, format_)


@pytest.mark.parametrize("text", ["", "# nothing", 'item { name: "none" label: 0 }', "max_pixels 3", "<html>"])
def test_other_texts_are_no_definitions(text: str) -> None:
    assert definitions.parse(Path("a.prototxt"), text) is None


def test_comments_and_strings_are_not_read() -> None:
    text = f"# base_lr: 0.1\n// base_lr: 0.1\nname: 'base_lr: 1'\n{INPUT}"
    assert definitions.kind_of(text) == DEPLOY


def test_forks_are_the_fewest_that_have_all_layers() -> None:
    upsample = 'layer { name: "u" type: "Upsample" bottom: "a" bottom: "b" top: "u" upsample_param { scale: 2 } }'
    normalize = 'layer { name: "n" type: "Normalize" bottom: "u" top: "n" }'
    prior = 'layer { name: "p" type: "PriorBox" bottom: "u" bottom: "data" top: "p" }'
    assert parsed(INPUT + BODY).forks == []
    assert parsed(INPUT + normalize + prior).forks == ["SSD"]
    dense = data_layer("DenseImageData", 'dense_image_data_param { source: "a" batch_size: 1 }')
    assert parsed(dense + upsample).forks == ["SegNet"]


def test_every_layer_of_a_fork_has_its_fork() -> None:
    page = (Path(__file__).parents[2] / "docs" / "layers.md").read_text()
    forks = page[page.index("## Layers of forks") :]
    for title in (line[4:] for line in forks.splitlines() if line.startswith("### ")):
        for name in title.split(", "):
            layer = caffe.proto.caffe_pb2.LayerParameter(type=name.split()[0])
            layer.bn_param.SetInParent()
            layer.upsample_param.SetInParent()
            layer.eltwise_param.coeff_blob = True
            if "(hed)" not in name:  # the text is that of the ordinary layer
                assert definitions._forks_of_layer(layer), name


def test_unreadable_files_are_problems(tmp_path: Path) -> None:
    (tmp_path / "a.prototxt").write_bytes(b"layer {\0}")
    (tmp_path / "b.prototxt").symlink_to(tmp_path / "gone")
    (tmp_path / "c.prototxt").write_bytes('name: "caf\xe9" layer { }'.encode("latin-1"))
    found = {one.path.name: one for one in definitions.find(tmp_path)}
    assert "is no text" in str(found["a.prototxt"].problem)
    assert "No such file" in str(found["b.prototxt"].problem)
    assert found["c.prototxt"].problem is None


# ---- mistakes


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ('layer { name: "a" } // c', 'layer { name: "a" } # c', '"#"'),
        ("layer { name: conv1 }", 'layer { name: "conv1" }', "quotes"),
        ('layer { name: ./a/b" }', 'layer { name: "./a/b" }', "quotes"),
        ('layer { name: "a\n}', 'layer { name: "a"\n}', "not closed"),
        ('layer { name "a" }', 'layer { name: "a" }', '":" was missing'),
        ('layer { name = "a" }', 'layer { name : "a" }', 'not "="'),
        ('layer { name: "a"\nlayer { name: "b" }', 'layer { name: "a"\n}\nlayer { name: "b" }', "line 1 was not closed"),
        ('layer { name: "a" } }', 'layer { name: "a" } ', "closed nothing"),
        ('layer { name: "a"', 'layer { name: "a"\n}\n', "not closed"),
        ('layer { name: "a", , type: "b" }', 'layer { name: "a",  type: "b" }', "too many"),
        ('layer { name: "a" force_backward: true }', 'force_backward: true layer { name: "a"  }', "of the net"),
        ('layer { include { phase: "TEST" } }', "layer { include { phase: TEST } }", "without quotes"),
        ("layer { type: CONVOLUTION }", 'layer { type: "Convolution" }', "quotes"),
        ('layers { type: "InnerProduct" }', "layers { type: INNER_PRODUCT }", "is a word"),
        ("layer { pooling_param { pad: 1.0 } }", "layer { pooling_param { pad: 1 } }", "decimal"),
        ("layer { pooling_param { padd: 1 } }", "layer { pooling_param { pad: 1 } }", "written pad"),
        ("layer { name: \u201ca\u201d }", 'layer { name: "a" }', "typographic"),
        ("layer { reshape_param { shape { dim: [1 2] } } }", "layer { reshape_param { shape { dim: [1, 2] } } }", '","'),
        ("net: a.prototxt base_lr: 1", 'net: "a.prototxt" base_lr: 1', "quotes"),
        ('net: "a" base_lr: 1 solver_mode: gpu', 'net: "a" base_lr: 1 solver_mode: GPU', "written GPU"),
    ],
)
def test_a_mistake_is_mended(wrong: str, right: str, said: str) -> None:
    mended, changes = repair.mend(parsed(wrong))
    assert mended.text == right
    assert mended.problem is None
    assert [said in change.what for change in changes] == [True]


def test_what_was_meant_is_not_guessed() -> None:
    mended, changes = repair.mend(parsed('layer { name: "a" name: "b" }'))
    assert changes == []
    assert "a.prototxt:1:" in str(mended.problem)


def test_layers_of_two_formats_become_todays() -> None:
    wrong = f'{INPUT}\nlayers {{ name: "c" type: RELU bottom: "data" top: "c" }}\nlayer {{ name: d }}\n'
    mended, changes = repair.mend(parsed(wrong))
    assert mended.problem is None
    assert [layer.type for layer in mended.message.layer] == ["Input", "ReLU", ""]
    assert [change.line for change in changes] == [3, 2]
    assert mended.format == "current and V1"


@pytest.mark.parametrize(("wrong", "right"), [("data", "Input"), ("INPUT", "Input")])
def test_a_type_that_nobody_has_is_told_by_what_the_layer_holds(wrong: str, right: str) -> None:
    mended, changes = repair.mend(parsed(f"\n{INPUT}".replace('type: "Input"', f'type: "{wrong}"')))
    assert mended.message.layer[0].type == right
    assert (changes[0].line, len(changes)) == (2, 1)


BROKEN = """
layer { name: "c" type: "Convolution" bottom: "data" top: "score" convolution_param { num_output: 1
        kernel_size: 9 stride: 4 pad: 1 } }
layer { name: "u" type: "Deconvolution" bottom: "score" top: "u" convolution_param { num_output: 1 kernel_size: 5
        stride: 4 } }
layer { name: "r" type: "ReLU" bottom: "u" top: "rr" }
layer { name: "crop" type: "Crop" bottom: "r" bottom: "data" top: "crop" }
layer { name: "prob" type: "Sigmoid" bottom: "crop" }
"""


def test_what_cannot_be_meant_is_mended() -> None:
    mended, changes = repair.mend(parsed(INPUT + BROKEN))
    assert [(change.line, change.what.split(":")[0][:30]) for change in changes] == [
        (8, 'layer "prob" had no top'),
        (6, 'no layer reads "rr", and none '),
        (3, "with a pad of 1 there is nothi"),
    ]
    net = caffe.Net.from_text(mended.text)
    assert net.blobs["prob"].shape == net.blobs["crop"].shape == (1, 1, 12, 12)


def test_lines_are_those_of_the_published_file() -> None:
    wrong = 'layer { name: "a"\nlayer { name: b }\nlayer { name: c }\n'
    _, changes = repair.mend(parsed(wrong))
    assert [change.line for change in changes] == [2, 2, 3]


# ---- data


def net_with(layer: str, body: str = BODY + LOSS) -> Any:
    return parsed(layer + body).message


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
    body = BODY + LOSS + 'layer { name: "r" type: "Reshape" bottom: "data" top: "r" reshape_param { shape { dim: 7 } } }'
    with pytest.raises(caffe.ShapeError, match="no size of data"):
        shapes.needs(net_with(DATABASE, body))


def run_train(tmp_path: Path, text: str, **more: Any) -> trial.Result:
    path = tmp_path / "train.prototxt"
    path.write_text(text)
    assert parsed(text).problem is None
    return trial.run(trial.Job("train", {"net": str(path)}, str(tmp_path), **more))


HDF5 = 'hdf5_data_param { source: "/a/list.txt" batch_size: 100 }'
EUCLID = 'layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "label" top: "loss" }'
DENSE_BODY = """
layer { name: "conv" type: "Convolution" bottom: "data" top: "ip" convolution_param { num_output: 5 kernel_size: 1 } }
"""
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
    "LMDB with crop and mean file": DATABASE.replace("data_param", CROP + " data_param") + BODY + LOSS,
    "label maps in an LMDB": data_layer("Data", 'data_param { source: "a" batch_size: 9 backend: LMDB }', ("data",))
    + data_layer("Data", 'data_param { source: "b" batch_size: 9 backend: LMDB }', ("label",))
    + DENSE_BODY
    + LOSS,
    "pairs": data_layer("Data", 'data_param { source: "a" batch_size: 9 backend: LMDB }', ("pair", "same")) + PAIR,
    "images": data_layer(
        "ImageData",
        "image_data_param { source: '/a/list' root_folder: '/b/' batch_size: 9 new_height: 20 new_width: 24 }",
        more=CROP,
    )
    + BODY
    + LOSS,
    "grey images": data_layer(
        "ImageData", "image_data_param { source: '/a' batch_size: 9 is_color: false new_height: 8 new_width: 8 }"
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
    "a label for each pixel": data_layer("DenseImageData", "dense_image_data_param { source: '/a' batch_size: 9 }")
    + DENSE_BODY
    + LOSS,
    "edges": data_layer("ImageLabelmapData", "image_data_param { source: '/a' batch_size: 9 }") + EDGES,
    "DeepLab's labels": data_layer(
        "ImageSegData",
        "image_data_param { source: '/a' batch_size: 9 label_type: PIXEL }",
        more="transform_param { crop_size: 16 }",
    )
    + DENSE_BODY
    + LOSS,
    "arrays": data_layer("MemoryData", "memory_data_param { batch_size: 2 channels: 3 height: 8 width: 8 }")
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
        ("siftflow_layers", "SIFTFlowSegDataLayer", "'siftflow_dir': 'x'", ("data", "label", "geo")),
        ("nyud_layers", "NYUDSegDataLayer", "'nyud_dir': 'x', 'tops': ['color', 'label']", ("data", "label")),
        ("pascalcontext_layers", "PASCALContextSegDataLayer", "'voc_dir': 'x', 'context_dir': 'y'", ("data", "label")),
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
    result = run_train(tmp_path, DATABASE + BODY + EUCLID)
    assert "the net reads 5 values of 'label' for each item" in result.error


# ---- trials


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.prototxt").write_text(text)
    return folder


def test_a_step_of_a_solver(tmp_path: Path) -> None:
    write(tmp_path, deploy=DEPLOY_NET, train_val=DATABASE + BODY + ACCURACY + LOSS)
    write(tmp_path, solver=SOLVER_TEXT.format("models/small/train_val.prototxt"))
    trials = plan.trials(definitions.find(tmp_path), tmp_path)
    assert [(one.path.name, one.job.what) for one in trials] == [
        ("deploy.prototxt", "forward"),
        ("solver.prototxt", "train"),
    ]
    forward, step = (trial.run(one.job) for one in trials)
    assert (forward.error, forward.layers, forward.batch, forward.parameters) == ("", 5, 1, 2117)
    assert forward.types == {"Input": 1, "Convolution": 1, "ReLU": 1, "InnerProduct": 1, "Softmax": 1}
    assert forward.forward_ms > 0
    assert step.error == ""
    assert step.scores.keys() == {"accuracy", "loss"}
    assert "batches of 2 instead of 64" in step.notes


def test_nets_of_other_names_are_found(tmp_path: Path) -> None:
    train = DATABASE + BODY + LOSS
    write(tmp_path, voc_train=train, voc_test=DATABASE + BODY + ACCURACY, other=DEPLOY_NET)
    write(tmp_path, solver='train_net: "x/Train.prototxt" test_net: "x/Test.prototxt" base_lr: 1 test_iter: 1')
    step = plan.trials(definitions.find(tmp_path), tmp_path)[-1]
    assert {name: Path(path).name for name, path in step.job.nets.items()} == {
        "train_net": "voc_train.prototxt",
        "test_net": "voc_test.prototxt",
    }
    assert "Train.prototxt is not there, voc_train.prototxt is taken" in step.notes


def test_a_net_within_its_solver(tmp_path: Path) -> None:
    net = DATABASE + BODY + LOSS
    write(tmp_path, solver=f'base_lr: 0.1 lr_policy: "fixed" net_param {{ {net} }}')
    (step,) = plan.trials(definitions.find(tmp_path), tmp_path)
    assert trial.run(step.job).error == ""


def test_a_solver_without_any_net_is_told(tmp_path: Path) -> None:
    write(tmp_path, solver=SOLVER_TEXT.format("gone.prototxt"))
    with pytest.raises(caffe.NotFoundError, match="gone.prototxt, is not beside it"):
        plan.trials(definitions.find(tmp_path), tmp_path)


def test_each_stage_is_a_net(tmp_path: Path) -> None:
    stages = "".join(
        DATABASE.replace("top:", f'include {{ phase: TEST stage: "{stage}" }} top:', 1) for stage in ("near", "far")
    )
    train = DATABASE.replace("top:", "include { phase: TRAIN } top:", 1)
    write(tmp_path, train=train + stages + BODY + LOSS + ACCURACY)
    trials = plan.trials(definitions.find(tmp_path), tmp_path)
    assert [(one.job.what, one.job.stages) for one in trials] == [
        ("forward", ["near"]),
        ("forward", ["far"]),
        ("train", ["near"]),
        ("train", ["far"]),
    ]
    assert [trial.run(one.job).error for one in trials[:2]] == ["", ""]


LSTM = """
layer { name: "i" type: "Input" top: "x" top: "cont" input_param { shape { dim: 2 dim: 1 dim: 3 } shape { dim: 2 dim: 1 }
        } }
layer { name: "l" type: "LSTM" bottom: "x" bottom: "cont" top: "l" recurrent_param { num_output: 4 } }
"""


def test_onnx_that_has_no_words_for_a_layer_says_which(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    write(tmp_path, deploy=INPUT + BODY, other=LSTM)
    trials = plan.trials(definitions.find(tmp_path), tmp_path)
    runs = [report.Run(str(one.path), "forward", [], trial.run(one.job)) for one in trials]
    assert [run.result.error for run in runs] == ["", ""]
    assert runs[0].result.onnx == "equal"
    assert runs[1].result.onnx.startswith("none: ")
    assert report.cells(report.Row("a", files=[{"kind": DEPLOY, "format": "current"}], runs=runs[1:]))[8] == (
        "none for LSTM"
    )


def test_data_of_python_layers_is_an_input_of_the_onnx_file(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    text = "{'seed': 1, 'split': 'val', 'voc_dir': 'x', 'mean': (1, 2, 3)}"
    param = f'python_param {{ module: "voc_layers" layer: "VOCSegDataLayer" param_str: "{text}" }}'
    crop = 'layer { name: "crop" type: "Crop" bottom: "ip" bottom: "data" top: "crop" crop_param { offset: 0 axis: 2 } }'
    write(tmp_path, val=data_layer("Python", param) + DENSE_BODY + crop)
    (one,) = plan.trials(definitions.find(tmp_path), tmp_path)
    result = trial.run(one.job)
    assert (result.error, result.onnx) == ("", "equal")


# ---- the command


def run(capfd: pytest.CaptureFixture[str], *arguments: Any) -> tuple[int, str, str]:
    status = check.main([str(one) for one in arguments])
    out, err = capfd.readouterr()
    return status, out, err


def test_a_tree_becomes_a_table(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("onnxruntime")
    tree = tmp_path / "tree"
    write(tree / "small", deploy=DEPLOY_NET, train_val=DATABASE + BODY + ACCURACY + LOSS)
    write(tree / "small", solver=SOLVER_TEXT.format("train_val.prototxt"))
    write(tree / "bvlc_alexnet", deploy=V1_DEPLOY)
    table, values = tmp_path / "docs" / "zoo.md", tmp_path / "zoo.json"
    status, out, _ = run(capfd, tree, "--write", table, "--json", values)
    assert status == 0, out
    assert out.splitlines()[-1] == "2 of 2 models are right and run"

    text = table.read_text()
    head, *rows = (line for line in text.splitlines() if line.startswith("|"))
    assert head.startswith("| model | task | definitions | layers |")
    assert [row.split(" | ")[0] for row in rows[1:]] == ["| AlexNet", "| small"]  # listed ones first
    for row in rows:
        assert all(cell.strip() for cell in row.strip("|").split("|"))
    assert f"{os.cpu_count()} cores of " in text
    assert "1 deploy, 1 train, 1 solver; current" in text
    assert "2,117 (0.0 MB)" in text
    assert "`solver.prototxt`: training step, loss" in text

    found = json.loads(values.read_text())
    small = found[1]
    assert [run["result"]["error"] for run in small["runs"]] == ["", ""]
    assert small["runs"][0]["result"]["onnx"] == "equal"
    assert small["errors"] == []
    assert [row.title for row in report.from_json(found)] == ["AlexNet", "small"]


def test_what_went_well_is_not_run_again(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "one", deploy=DEPLOY_NET)
    values = tmp_path / "zoo.json"
    arguments = (tmp_path / "one", "--json", values, "--resume", "--no-onnx", "--quick")
    assert run(capfd, *arguments)[0] == 0
    (tmp_path / "one" / "deploy.prototxt").write_text(DEPLOY_NET.replace("num_output: 5", "num_output: 6"))
    assert run(capfd, *arguments)[1] == "1 of 1 models are right and run\n"
    values.write_text("[1]")
    status, _, err = run(capfd, *arguments)
    assert (status, "cannot be gone on from" in err) == (1, True)


def test_a_mistake_fails_and_is_mended_beside(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    wrong = DEPLOY_NET.replace('type: "Softmax"', "type: Softmax")
    folder = write(tmp_path / "wrong", deploy=wrong)
    options = (folder, "--no-onnx", "--quick", "--to", tmp_path / "mended")
    status, out, _ = run(capfd, *options)
    assert status == 1
    place = f"{folder}/deploy.prototxt:6: a string needs quotes"
    assert f'{place}: "Softmax" (--fix writes a mended copy)' in out
    assert not (tmp_path / "mended").exists()

    status, out, _ = run(capfd, *options, "--fix")
    assert status == 0
    assert f"mended  {place}" in out
    assert (folder / "deploy.prototxt").read_text() == wrong
    assert (tmp_path / "mended" / "wrong" / "deploy.prototxt").read_text() == DEPLOY_NET

    assert run(capfd, folder, "--no-onnx", "--quick", "--fix", "--to", folder)[0] == 0
    assert (folder / "deploy.prototxt").read_text() == DEPLOY_NET


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "has no definition"),
        ({"labels": 'item { name: "a" label: 1 }'}, "neither nets nor solvers"),
        ({"deploy": INPUT.replace("}", "", 1) + 'layer { name: "a" name: "b" }'}, "deploy.prototxt:1:"),
        ({"deploy": INPUT + BODY.replace('bottom: "conv" top: "ip"', 'bottom: "cnv" top: "ip"')}, "cnv"),
        ({"deploy": DEPLOY_NET, "solver": SOLVER_TEXT.format("gone.prototxt")}, "gone.prototxt"),
    ],
)
def test_what_fails_is_a_row(
    files: dict[str, str], said: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = write(tmp_path / "m", **files)
    status, out, _ = run(capfd, folder, "--no-onnx", "--quick", "--write", tmp_path / "a.md")
    assert status == 1
    assert said in out
    assert "0 of 1 models" in out
    row = [line for line in (tmp_path / "a.md").read_text().splitlines() if line.startswith("|")][-1]
    assert all(cell.strip() for cell in row.strip("|").split("|"))


def test_no_such_model(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capfd, tmp_path / "nowhere")
    assert (status, err.startswith("caffe zoo check: ")) == (1, True)
    write(tmp_path / "m", deploy=DEPLOY_NET)
    status, _, err = run(capfd, tmp_path / "m", "--quick", "--no-onnx", "--write", tmp_path / "m/deploy.prototxt/a.md")
    assert (status, "cannot be written" in err) == (1, True)


def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, seconds: float = 60) -> trial.Result:
    script = tmp_path / "child.py"
    script.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{code}'\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    return check._in_child(tmp_path / "job", tmp_path / "result", seconds)


def test_a_crash_and_a_hang_are_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crash = f"import os; os.kill(os.getpid(), {int(signal.SIGSEGV)})"
    assert child(tmp_path, monkeypatch, crash).error.startswith("ended by SIGSEGV")


def test_a_hang_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    error = child(tmp_path, monkeypatch, "import time; time.sleep(1000)", seconds=1).error
    assert error == "took more than 1 seconds (--seconds allows more)"


def test_a_child_that_fails_says_what(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert child(tmp_path, monkeypatch, 'raise SystemExit("no memory")').error == "ended with status 1: no memory"


# ---- cards


def test_the_card_is_checked_with_its_files(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = write(tmp_path / "m", deploy=DEPLOY_NET)
    net = caffe.Net.from_text(DEPLOY_NET, caffe.TEST)
    net.save(folder / "w.caffemodel")
    size = (folder / "w.caffemodel").stat().st_size
    card = "---\nname: M\ncaffemodel: w.caffemodel\ncard: 2\ntask: {}\nfiles:\n- {{name: w.caffemodel, role: weights, "
    card += "size: {}}}\n---\n"
    (folder / "readme.md").write_text(card.format("image classification", size))
    options = (folder, "--quick", "--no-onnx", "--write", tmp_path / "a.md")
    assert run(capfd, *options)[0] == 0
    assert "| image classification |" in (tmp_path / "a.md").read_text()
    assert "| no address, no checksum |" in (tmp_path / "a.md").read_text()
    (folder / "readme.md").write_text(card.format("image classification", size + 1))
    status, out, _ = run(capfd, *options)
    assert (status, "w.caffemodel: " in out) == (1, True)
    (folder / "readme.md").write_text(card.format("[1, 2]", size))
    status, out, _ = run(capfd, *options)
    assert (status, "readme.md:5" in out) == (1, True)


def test_a_card_stands_for_definitions_that_are_elsewhere(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = write(tmp_path / "far")
    (folder / "readme.md").write_text("---\nname: Far\ncard: 2\ntask: retrieval\n---\n")
    status, out, _ = run(capfd, folder, "--write", tmp_path / "a.md")
    assert (status, out.splitlines()[0]) == (0, "ok      far")
    row = (tmp_path / "a.md").read_text().split("\n| far | ")[1].splitlines()[0]
    assert "caffe zoo download far" in row
    assert all(cell.strip() for cell in row.strip("|").split("|"))


@pytest.mark.parametrize(("value", "status"), [(1, 0), (0.5, 1)])
def test_weights_that_are_there_give_the_expected_answer(
    value: float, status: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from PIL import Image

    flat = DEPLOY_NET.replace("num_output: 5", "num_output: 1")  # whose probability is 1
    folder = write(tmp_path / "m", deploy=flat)
    caffe.Net.from_text(flat, caffe.TEST).save(folder / "w.caffemodel")
    Image.new("RGB", (12, 12)).save(folder / "black.png")
    (folder / "readme.md").write_text(
        "---\nname: M\ncaffemodel: w.caffemodel\ncard: 2\ninputs:\n- {name: data, shape: [1, 3, 12, 12], order: BGR}\n"
        f"expected:\n  image: black.png\n  output: prob\n  top:\n  - {{index: 0, value: {value}}}\n---\n"
    )
    found, out, _ = run(capfd, folder, "--quick", "--no-onnx")
    assert found == status, out
    assert ("expected" in out) == bool(status)


# ---- what the zoo has


def test_listed_models_are_those_of_the_documents(shared: Path) -> None:
    published = shared / "zoo" / "models"
    empty = []
    for model in listed.MODELS:
        if not any(model.has(path) for folder in definitions.folders(published) for path in folder.iterdir()):
            empty.append(model.title)
    assert empty == ["FCN-16s NYUDv2"]


@pytest.mark.parametrize(
    ("folder", "status", "said"),
    [
        ("bvlc_examples/siamese", 0, "training"),
        ("facial_landmark_vanillacnn", 0, "training"),
        ("nin_cifar10", 0, "training"),
    ],
)
def test_published_models_run(
    folder: str, status: int, said: str, shared: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    found, out, _ = run(capfd, shared / "zoo" / "models" / folder, "--quick", "--no-onnx")
    assert found == status, out
    assert said in out


def test_published_mistakes_are_mended(shared: Path) -> None:
    published = shared / "zoo" / "models"
    mended = {}
    for folder in definitions.folders(published):
        for one in definitions.find(folder):
            right, changes = repair.mend(one)
            assert right.problem is None, one.path
            if changes:
                mended[str(one.path.relative_to(published))] = [change.line for change in changes]
    assert mended == {
        "fcn/netscope_fcn16s/deploy.prototxt": [15, 18, 4, 116, 104, 18],
        "recurrent_youtube/poolmean.prototxt": [57],
        "video2text_vgg_mean_pool/poolmean.prototxt": [57],
        "yearbook/deploy.prototxt": [17],
        "yearbook/train_val.prototxt": [17, 37],
    }


def test_of_near_ties_roundings_decide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnxruntime")
    ask = caffe.check_onnx
    asked = []

    def differing(net: caffe.Net, file: Path, inputs: Any, outliers: float = 0) -> dict[str, float]:
        asked.append(outliers)
        if not outliers:
            raise caffe.Error("a few values differ")
        return ask(net, file, inputs, outliers=outliers)

    monkeypatch.setattr("caffe.onnx_check.check_onnx", differing)
    most = 'layer { name: "a" type: "ArgMax" bottom: "data" top: "a" argmax_param { axis: 1 } }'
    for text, said in ((INPUT + most, "equal but for ties"), (INPUT + BODY, "differs: a few values differ")):
        path = write(tmp_path, deploy=text) / "deploy.prototxt"
        assert trial.run(trial.Job("forward", {"net": str(path)}, str(tmp_path))).onnx == said
    assert asked == [0, 0.01, 0]
