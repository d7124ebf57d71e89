"""The forms in which a net's definition, weights and phase are given, and how slips are told."""

from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import Callable

import caffe
import numpy as np
import pytest
from caffe import layers as L


@pytest.fixture
def weights(net: caffe.Net, tmp_path: Path) -> Path:
    """The net's weights in a file."""
    net.save(tmp_path / "w.caffemodel")
    return tmp_path / "w.caffemodel"


def same(net: caffe.Net, other: caffe.Net) -> bool:
    return np.array_equal(net.params["ip"][0].data, other.params["ip"][0].data)


def test_paths_as_text_bytes_and_pathlib(net: caffe.Net, small: Path, weights: Path) -> None:
    h5 = weights.with_suffix(".h5")
    for form in (str, os.fsencode, Path):
        file, trained, other = form(small), form(weights), form(h5)
        for made in (
            caffe.Net(file, trained, caffe.TEST),
            caffe.Net(file, [trained], caffe.TEST),
            caffe.Net(file, caffe.TEST, weights=trained),
            caffe.Classifier(file, trained),
            caffe.Detector(file, trained),
        ):
            assert same(made, net)
        net.save(other)
        net.save_hdf5(other)
        made = caffe.Net(file, caffe.TEST)
        made.load_hdf5(other)
        assert same(made, net)
        made = caffe.Net(file, caffe.TEST)
        made.copy_from(trained)
        assert same(made, net)
        caffe.Blob(2).save(form(weights.with_suffix(".blob")))
        assert caffe.Blob.load(form(weights.with_suffix(".blob"))).shape == (2,)


def test_a_file_name_that_is_no_text(net: caffe.Net, small: Path, tmp_path: Path) -> None:
    odd = os.path.join(os.fsencode(tmp_path), b"w\xff.caffemodel")
    net.save(odd)
    assert same(caffe.Net(small, odd, caffe.TEST), net)


def test_bytes_of_weights_and_of_a_path(net: caffe.Net, small: Path, weights: Path) -> None:
    made = caffe.Net(small, caffe.TEST)
    made.copy_from(weights.read_bytes())
    assert same(made, net)
    with pytest.raises(caffe.ParseError, match="this is empty, not weights"):
        made.copy_from(b"")
    with pytest.raises(caffe.FileError, match=r"none\.caffemodel"):
        made.copy_from(b"none.caffemodel")
    with pytest.raises(caffe.ParseError):
        made.copy_from(bytearray(b"none.caffemodel"))


def test_messages_and_specs_as_definitions(net: caffe.Net, small: Path, weights: Path) -> None:
    n = caffe.NetSpec()
    n.data = L.Input(shape={"dim": [2, 3]})
    n.ip = L.InnerProduct(n.data, num_output=4)
    for form in (n, n.to_proto()):
        for made in (caffe.Net(form, caffe.TEST), caffe.Net(form)):
            assert made.forward()["ip"].shape == (2, 4)
    assert caffe.Net(n, caffe.TRAIN).phase == caffe.TRAIN
    pb2 = caffe.proto.caffe_pb2
    trained = pb2.NetParameter()
    trained.ParseFromString(weights.read_bytes())
    before = copy.deepcopy(trained)
    made = caffe.Net(trained, caffe.TEST)
    assert same(made, net)  # what it holds of weights is taken, too
    assert same(caffe.Net.from_text(trained), net)
    assert caffe.Net.from_text(n).forward()["ip"].shape == (2, 4)
    assert trained == before
    with pytest.raises(caffe.InvalidArgumentError, match="not a SolverParameter"):
        caffe.Net(pb2.SolverParameter(), caffe.TEST)


def test_solvers_of_messages(solver_file: Path) -> None:
    param = caffe.get_solver(solver_file).param
    assert caffe.get_solver(param).max_iter == caffe.SGDSolver(param).max_iter == 100
    assert caffe.get_solver(os.fsencode(solver_file)).max_iter == 100
    with pytest.raises(caffe.InvalidArgumentError, match="not of a NetParameter"):
        caffe.get_solver(caffe.proto.caffe_pb2.NetParameter())


def test_weights_where_the_level_stands(small: Path, weights: Path) -> None:
    for form in (str(weights), weights, os.fsencode(weights), [weights]):
        with pytest.raises(TypeError, match=r"weights come second.*weights=weights"):
            caffe.Net(small, caffe.TEST, form)


def test_none_in_the_place_of_weights(small: Path) -> None:
    assert caffe.Net(small, None, caffe.TRAIN).phase == caffe.TRAIN
    assert caffe.Net(small, None).phase == caffe.TEST


def test_prototxt_itself(small: Path) -> None:
    with pytest.raises(caffe.InvalidArgumentError, match="from_text"):
        caffe.Net(small.read_text(), caffe.TEST)


def test_classifier_with_a_phase(small: Path, weights: Path) -> None:
    """As pycaffe has it: image_dims, which the phase lands in, counts in predict."""
    text = small.read_text().replace("dim: 2 dim: 8", "dim: 3 dim: 8")
    small.write_text(text)
    classifier = caffe.Classifier(small, None, caffe.TEST)
    image = np.zeros((8, 8, 3), np.float32)
    with pytest.raises(caffe.InvalidArgumentError, match=r"image_dims.*\(height, width\), got 1"):
        classifier.predict([image])
    with pytest.raises(caffe.InvalidArgumentError, match="got 256"):
        caffe.Classifier(small, None, image_dims=256).predict([image])
    with pytest.raises(caffe.ShapeError, match="4 x 9 are smaller than the net's input, 8 x 8"):
        caffe.Classifier(small, None, image_dims=(4, 9)).predict([image])
    with pytest.raises(caffe.ShapeError, match=r"predict\(\[image\]\)"):
        caffe.Classifier(small, None).predict(image)
    assert caffe.Classifier(small, None, image_dims=()).predict([image]).shape == (1, 5)


def test_parameters_take_other_shapes_of_as_many(net: caffe.Net, images: np.ndarray) -> None:
    expected = net.forward(data=images)["prob"].copy()
    values = net.params["ip"][0].data.copy()
    net.params["ip"][0].reshape(1, 1, *values.shape)
    assert net.params["ip"][0].data.shape == (1, 1, 5, 27)
    np.testing.assert_array_equal(net.params["ip"][0].data[0, 0], values)
    np.testing.assert_array_equal(net.forward(data=images)["prob"], expected)
    with pytest.raises(
        caffe.StateError, match=r"ip.*only be given another shape of 135, not 5 28"
    ):
        net.params["ip"][0].reshape(5, 28)


@pytest.mark.parametrize(
    ("slip", "words"),
    [
        (
            lambda net: net.blobs["conv1"],
            r"net\.blobs has no 'conv1', it has .*did you mean 'conv'",
        ),
        (lambda net: net.params["IP"], r"net\.params has no 'IP'.*did you mean 'ip'"),
        (lambda net: net.layer_dict["pooling"], r"net\.layer_dict has no.*did you mean 'pool'"),
        (lambda net: net.top_names["rel"], r"net\.top_names has no.*did you mean 'relu'"),
        (lambda net: net.forward(blobs=["poo"]), "no blob 'poo'.*did you mean 'pool'"),
    ],
)
def test_missing_names_suggest_the_nearest(
    net: caffe.Net, slip: Callable[[caffe.Net], object], words: str
) -> None:
    with pytest.raises(caffe.NotFoundError, match=words):
        slip(net)


def test_a_missing_name_is_a_key_error(net: caffe.Net) -> None:
    for names in (net.blobs, net.params, net.layer_dict, net.blob_loss_weights):
        with pytest.raises(KeyError, match="'zzz', it has"):
            names["zzz"]
        assert "zzz" not in names
        assert names.get("zzz") is None


def test_many_names_are_cut_short() -> None:
    n = caffe.NetSpec()
    for i in range(30):
        n[f"x{i}"] = L.Input(shape={"dim": [1]})
    with pytest.raises(KeyError, match="x19 and 10 more$"):
        caffe.Net(n).blobs["quite_another"]


def test_blobs_are_not_replaced(net: caffe.Net, images: np.ndarray) -> None:
    x = images
    for slip, words in (
        (lambda: net.blobs.__setitem__("data", x), r"write net\.blobs\['data'\]\.data\[\.\.\.\] ="),
        (lambda: net.params.__setitem__("ip", x), r"net\.params\['ip'\]\[0\]\.data\[\.\.\.\] ="),
        (lambda: net.params["ip"].__setitem__(0, x), r"net\.params\[name\]\[0\]\.data\[\.\.\.\] ="),
        (lambda: net.layer_dict.__setitem__("ip", x), "belongs to the net"),
        (lambda: net.layer_dict["ip"].blobs.__setitem__(0, x), "can be neither replaced"),
        (lambda: net.params["ip"].__delitem__(0), "can be neither replaced nor deleted"),
        (lambda: net.blobs.__delitem__("data"), "neither replaced nor deleted"),
        (lambda: net.blobs.update(data=x), "belongs to the net"),
        (lambda: net.blobs.setdefault("new", x), "belongs to the net"),
        (lambda: net.blobs.pop("data"), "belongs to the net"),
        (net.blobs.popitem, "belongs to the net"),
        (net.blobs.clear, "belongs to the net"),
    ):
        with pytest.raises(caffe.InvalidArgumentError, match=words):
            slip()
    own = net.blobs.copy()
    own["data"] = 3  # a dictionary of one's own
    assert list(own) == list(net.blobs) == list(copy.copy(net.blobs))
    assert net.forward(data=images)["prob"].shape == (4, 5)


@pytest.mark.parametrize("name", ["data", "diff"])
def test_data_and_diff_are_not_replaced_but_changed(net: caffe.Net, name: str) -> None:
    blob = net.blobs["data"]
    with pytest.raises(AttributeError, match=rf"write blob\.{name}\[\.\.\.\] = values"):
        setattr(blob, name, np.ones(blob.shape))
    blob.data[...] = blob.diff[...] = 2
    blob.data += 1
    blob.diff *= 2
    assert blob.data.max() == 3
    assert blob.diff.max() == 4


def test_arrays_are_given_by_name(net: caffe.Net, images: np.ndarray) -> None:
    for slip in (images, [images], images.tolist(), 3, [1, 2]):
        with pytest.raises(caffe.InvalidArgumentError, match=r"net\.forward\(data=values\)"):
            net.forward(slip)
    with pytest.raises(caffe.InvalidArgumentError, match=r"net\.backward\(prob=values\)"):
        net.backward(np.zeros((4, 5)))
    with pytest.raises(caffe.InvalidArgumentError, match=r"net\.forward\(\*\*values\)"):
        net.forward({"data": images})
    with pytest.raises(caffe.InvalidArgumentError, match="got blob; did you mean 'blobs'"):
        net.forward(blob=["conv"])
    with pytest.raises(caffe.InvalidArgumentError, match="did you mean 'data'"):
        net.forward(Data=images)
    assert set(net.forward(blobs="conv", data=images)) == {"conv", "prob"}
    assert set(net.forward(blobs=("conv", "pool"))) == {"conv", "pool", "prob"}


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((3, 4, 5), r"one item: write data=data\[numpy\.newaxis\]"),
        ((2, 4, 5, 3), r"write data=data\.transpose\(0, 3, 1, 2\)"),
        ((4, 5, 3), r"write data=data\.transpose\(2, 0, 1\)\[numpy\.newaxis\]"),
        ((7, 3, 4, 5), r"net\.blobs\['data'\]\.reshape\(7, 3, 4, 5\) gives"),
        ((2, 60), r"reshape\(\.\.\.\)"),
    ],
)
def test_arrays_of_another_shape_are_told_how_to_fit(shape: tuple[int, ...], words: str) -> None:
    net = caffe.Net.from_text(
        """layer { name: "data" type: "Input" top: "data"
                   input_param { shape { dim: 2 dim: 3 dim: 4 dim: 5 } } }"""
    )
    with pytest.raises(caffe.ShapeError, match=words):
        net.forward(data=np.zeros(shape))


def test_what_is_no_name_is_told_by_its_type(net: caffe.Net, images: np.ndarray) -> None:
    for slip, said in ((images, "ndarray"), ([1], "list"), (3, "int")):
        with pytest.raises(caffe.InvalidArgumentError, match=f"to return, got {said};"):
            net.forward(slip)


def test_all_inputs_or_none() -> None:
    net = caffe.Net.from_text(
        'layer { name: "in" type: "Input" top: "a" top: "b" input_param { shape { dim: 1 } } }'
    )
    with pytest.raises(caffe.InvalidArgumentError, match="inputs are a, b; got a: all are given"):
        net.forward(a=[1])
