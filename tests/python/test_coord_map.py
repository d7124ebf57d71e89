"""caffe.coord_map: coordinates through chains of layers."""

from __future__ import annotations

import caffe
import pytest
from caffe import layers as L
from caffe.coord_map import (
    AxisMismatchException,
    conv_params,
    coord_map_from_to,
    crop,
    crop_params,
)


def test_through_layers_that_pass_coordinates_on() -> None:
    n = caffe.NetSpec()
    n.data = L.Input()
    n.a = L.ReLU(L.Convolution(n.data, kernel_size=5))
    n.b = L.Eltwise(n.a, L.TanH(n.a))
    axis, a, b = coord_map_from_to(n.b, n.data)
    assert (axis, a.tolist(), b.tolist()) == (1, [1], [2])
    assert crop(n.data, n.b).fn.params["crop_param"]["offset"] == [2]


def test_dilation_and_crops() -> None:
    n = caffe.NetSpec()
    n.data = L.Input()
    n.conv = L.Convolution(n.data, kernel_size=3, dilation=2)
    n.crop = L.Crop(n.data, n.conv, axis=2, offset=3)
    assert coord_map_from_to(n.conv, n.data)[2].tolist() == [2]
    assert coord_map_from_to(n.crop, n.data)[2].tolist() == [3]


def test_no_common_ancestor_names_the_layer_that_ends_the_way() -> None:
    with pytest.raises(RuntimeError, match=r"layers that map coordinates$"):
        coord_map_from_to(L.Input(), L.Input())
    data = L.Input()
    flat = L.InnerProduct(data, num_output=3)
    with pytest.raises(caffe.InvalidArgumentError, match="the InnerProduct layer does not map"):
        coord_map_from_to(flat, data)
    named = L.Flatten(L.ReLU(data), name="flat")
    with pytest.raises(caffe.InvalidArgumentError, match=r"layer 'flat' \(Flatten\) does not map"):
        crop(named, data)
    with pytest.raises(caffe.InvalidArgumentError, match="the Pooling layer has no kernel_size"):
        crop(L.Pooling(data, global_pooling=True), data)


def test_further_layers_that_pass_coordinates_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        caffe.coord_map, "PASS_THROUGH_LAYERS", list(caffe.coord_map.PASS_THROUGH_LAYERS)
    )
    data = L.Input()
    conv = L.Convolution(data, kernel_size=3)
    top = L.ShuffleChannel(conv)
    with pytest.raises(caffe.InvalidArgumentError, match=r"PASS_THROUGH_LAYERS\.append\("):
        crop(data, top)
    caffe.coord_map.PASS_THROUGH_LAYERS.append(top.fn.type_name)
    assert crop(data, top).fn.params["crop_param"]["offset"] == [1]


def test_layers_that_the_library_knows_pass_coordinates_on() -> None:
    assert {"ReLU6", "BN", "Concat", "Softmax"} <= set(caffe.coord_map.PASS_THROUGH_LAYERS)
    data = L.Input()
    conv = L.Convolution(data, kernel_size=3)
    assert crop(data, L.ReLU6(L.BN(conv))).fn.params["crop_param"]["offset"] == [1]


def test_kernels_by_side() -> None:
    data = L.Input()
    for fields in ({"kernel_h": 3, "kernel_w": 5}, {"kernel_size": 3, "pad_h": 1}):
        with pytest.raises(AssertionError, match="for all axes, not"):
            coord_map_from_to(L.Convolution(data, **fields), data)


def test_sides_of_their_own() -> None:
    data = L.Input()
    conv = L.Convolution(data, kernel_size=[3, 5, 5], pad=[0, 2, 1], stride=[1, 2, 1])
    axis, a, b = coord_map_from_to(L.Deconvolution(conv, kernel_size=1, stride=[1, 2, 1]), data)
    assert (axis, a.tolist(), b.tolist()) == (1, [1, 1, 1], [1, 0, 1])
    assert conv_params(conv.fn)[0] == 1
    assert [one.tolist() for one in conv_params(conv.fn)[1:]] == [[1, 2, 1], [3, 5, 5], [0, 2, 1]]


def test_other_axes() -> None:
    data = L.Input()
    conv = L.Convolution(data, kernel_size=[3, 3, 3], axis=0)
    assert crop(data, conv).fn.params["crop_param"] == {"axis": 1, "offset": [1, 1, 1]}
    with pytest.raises(AxisMismatchException, match="axes 1 and 0"):
        coord_map_from_to(L.Convolution(conv, kernel_size=3), data)


def test_pads_strides_and_the_way_back() -> None:
    data = L.Input()
    for pad, expected in ((0, [2]), (2, [0]), (3, [-1])):
        conv = L.Convolution(data, kernel_size=5, pad=pad)
        assert coord_map_from_to(conv, data)[2].tolist() == expected
    down = L.Pooling(L.Convolution(data, kernel_size=3, pad=1), kernel_size=2, stride=2)
    up = L.Deconvolution(down, kernel_size=4, stride=2, pad=1)
    _, a, b = coord_map_from_to(down, data)
    assert (a.tolist(), b.tolist()) == ([2], [0.5])
    assert [one.tolist() for one in coord_map_from_to(data, down)[1:]] == [[0.5], [-0.25]]
    assert crop(up, data).fn.params["crop_param"]["offset"] == [0]


def test_crops_of_crops() -> None:
    data = L.Input()
    once = L.Crop(data, data, axis=2, offset=2)
    twice = L.Crop(once, data, crop_param={"axis": 2, "offset": [1, 5]})
    assert coord_map_from_to(twice, data)[2].tolist() == [3, 7]
    assert crop(data, twice).fn.params["crop_param"]["offset"] == [3, 7]
    assert crop_params(twice.fn)[0] == 2


@pytest.mark.parametrize(
    ("fields", "backwards", "words"),
    [
        ({"kernel_size": 1, "stride": 2}, False, "differ in scale"),
        ({"kernel_size": 5}, True, "begins inside top_to"),
        ({"kernel_size": 2}, False, "not a whole number"),
    ],
)
def test_what_cannot_be_cropped(fields: dict[str, int], backwards: bool, words: str) -> None:
    data = L.Input()
    conv = L.Convolution(data, **fields)
    for kind in (AssertionError, caffe.InvalidArgumentError):
        with pytest.raises(kind, match=words):
            crop(*((conv, data) if backwards else (data, conv)))
