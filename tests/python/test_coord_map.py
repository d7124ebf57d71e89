"""caffe.coord_map: coordinates through chains of layers."""

from __future__ import annotations

import caffe
import pytest
from caffe import layers as L
from caffe.coord_map import coord_map_from_to, crop


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


def test_no_common_ancestor() -> None:
    with pytest.raises(caffe.InvalidArgumentError, match="common ancestor"):
        coord_map_from_to(L.Input(), L.Input())
    flat = L.InnerProduct(L.Input(), num_output=3)
    with pytest.raises(caffe.InvalidArgumentError, match="common ancestor"):
        coord_map_from_to(flat, flat.fn.inputs[0])


def test_kernels_by_side() -> None:
    data = L.Input()
    with pytest.raises(caffe.InvalidArgumentError):
        coord_map_from_to(L.Convolution(data, kernel_h=3, kernel_w=5), data)
