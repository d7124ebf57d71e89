"""Errors: their classes, what they say, and that nothing is harmed."""

from __future__ import annotations

import pickle
from pathlib import Path

import caffe
import numpy as np
import pytest
from caffe import errors


@pytest.mark.parametrize("status", errors.CLASSES)
def test_every_status_has_a_class(status: int) -> None:
    made = errors.error(status, 'layer "a": expected 3')
    assert isinstance(made, caffe.Error)
    assert isinstance(made, RuntimeError)
    assert str(made) == 'layer "a": expected 3'
    assert made.status == status


def test_a_status_of_later_versions_is_an_error() -> None:
    assert errors.error(99, "new").status == 99


@pytest.mark.parametrize(
    ("name", "builtin"),
    [
        ("FileError", OSError),
        ("ShapeError", ValueError),
        ("ParseError", ValueError),
        ("NotFoundError", LookupError),
        ("UnsupportedError", NotImplementedError),
        ("OutOfMemoryError", MemoryError),
    ],
)
def test_builtin_exceptions_catch_them(name: str, builtin: type[Exception]) -> None:
    with pytest.raises(builtin, match="as it is"):
        raise getattr(caffe, name)("as it is")


def test_errors_can_be_pickled() -> None:
    again = pickle.loads(pickle.dumps(caffe.ShapeError("expected 3")))
    assert str(again) == "expected 3"
    assert again.status == 4


def test_missing_file() -> None:
    with pytest.raises(caffe.FileError, match=r"no/such\.prototxt"):
        caffe.Net("no/such.prototxt", caffe.TEST)


def test_syntax_error_names_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "bad.prototxt"
    path.write_text('name: "x"\nlayer { nam: "a" }\n')
    with pytest.raises(caffe.ParseError, match=r"bad\.prototxt:2:\d+.*nam"):
        caffe.Net(path, caffe.TEST)


def test_lenient_passes_over_unknown_fields(tmp_path: Path) -> None:
    path = tmp_path / "odd.prototxt"
    path.write_text('name: "x"\nunknown_field: 3\n')
    with pytest.raises(caffe.ParseError):
        caffe.Net(path, caffe.TEST)
    assert caffe.Net(path, caffe.TEST, lenient=True).name == "x"


def test_lenient_drops_what_only_training_needs() -> None:
    """Fields of forks: some decide nothing, some are refused unless lenient, some always."""

    def net(more: str) -> str:
        shape = "input_param { shape { dim: 1 dim: 2 } }"
        return f'layer {{ name: "x" type: "Input" top: "x" {shape} {more} }}'

    assert caffe.Net.from_text('engine: "MKLDNN"\n' + net("forward_type: FLOAT16"), caffe.TEST)
    smooth = net("loss_param { label_smoothing: 0.1 }")
    with pytest.raises(caffe.UnsupportedError, match="label_smoothing.*the option lenient drops it"):
        caffe.Net.from_text(smooth, caffe.TEST)
    assert caffe.Net.from_text(smooth, caffe.TEST, lenient=True)
    dense = net("prior_box_param { denser_prior_boxes: true }")
    with pytest.raises(caffe.UnsupportedError, match="denser_prior_boxes.*does not drop it"):
        caffe.Net.from_text(dense, caffe.TEST, lenient=True)


def test_unknown_field_tells_of_lenient() -> None:
    with pytest.raises(caffe.ParseError, match="the option lenient skips the field"):
        caffe.Net.from_text("new_field { }", caffe.TEST)


def test_unknown_bottom_names_layer_and_blob() -> None:
    with pytest.raises(caffe.Error, match=r"(?s)relu.*nothing"):
        caffe.Net.from_text(
            'layer { name: "relu" type: "ReLU" bottom: "nothing" top: "x" }', caffe.TEST
        )


@pytest.mark.parametrize("phase", [2, -1, "SOMETIMES", 1.5j])
def test_wrong_phase(small: Path, phase: object) -> None:
    with pytest.raises(caffe.InvalidArgumentError, match="phase"):
        caffe.Net(small, phase=phase)


def test_wrong_option(small: Path) -> None:
    with pytest.raises(caffe.Error, match="colour"):
        caffe.Net(small, caffe.TEST, colour="red")
    with pytest.raises(TypeError, match="level"):
        caffe.Net(small, caffe.TEST, level=object())


def test_truncated_weights_leave_the_net_as_it_is(net: caffe.Net, tmp_path: Path) -> None:
    net.save(tmp_path / "whole.caffemodel")
    whole = (tmp_path / "whole.caffemodel").read_bytes()
    (tmp_path / "half.caffemodel").write_bytes(whole[: len(whole) // 2])
    before = net.params["conv"][0].data.copy()
    net.params["conv"][0].data[...] = before + 1
    with pytest.raises(caffe.ParseError, match=r"half\.caffemodel"):
        net.copy_from(tmp_path / "half.caffemodel")
    np.testing.assert_array_equal(net.params["conv"][0].data, before + 1)


def test_weights_of_another_shape(net: caffe.Net, tmp_path: Path) -> None:
    net.save(tmp_path / "five.caffemodel")
    text = (tmp_path / "small.prototxt").read_text().replace("num_output: 5", "num_output: 6")
    with pytest.raises(caffe.ShapeError, match=r"(?s)ip.*6.*5|ip.*5.*6"):
        caffe.Net.from_text(text, caffe.TEST).copy_from(tmp_path / "five.caffemodel")


def test_gpu_that_is_not_there() -> None:
    if any(device.startswith("cuda") for device in caffe.devices()):
        pytest.skip("there is a GPU")
    for call in (caffe.set_mode_gpu, lambda: caffe.set_device(0), lambda: caffe.set_device("cuda")):
        with pytest.raises(caffe.UnsupportedError):
            call()
    assert caffe.get_device() == "cpu"
