"""caffe.coord_map: coordinates through chains of layers."""

from __future__ import annotations

import json
from pathlib import Path

import caffe
import numpy as np
import pytest
from caffe import layers as L
from caffe.coord_map import coord_map_from_to, crop


def test_as_recorded(shared: Path) -> None:
    golden = np.load(shared / "conformance/pyapi/coord-map/case.npz")
    for case in json.loads(str(golden["meta"]))["cases"]:
        n = caffe.NetSpec()
        n.data = top = L.Input()
        kernel, stride, pad = case["conv"]
        n.conv = top = L.Convolution(top, kernel_size=kernel, stride=stride, pad=pad)
        if case["pool"]:
            n.pool = top = L.Pooling(top, kernel_size=2, stride=2)
        kernel, stride, pad = case["deconv"]
        window = {"kernel_size": kernel, "stride": stride, "pad": pad}
        n.up = L.Deconvolution(top, convolution_param=window)
        axis, a, b = coord_map_from_to(n.up, n.data)
        assert axis == case["axis"]
        np.testing.assert_allclose(a, case["scale"])
        np.testing.assert_allclose(b, case["shift"])
        if "error" in case:
            with pytest.raises(caffe.InvalidArgumentError, match="crop"):
                crop(n.up, n.data)
        else:
            fields = crop(n.up, n.data).fn.params["crop_param"]
            assert fields == {"axis": case["crop_axis"], "offset": case["offset"]}


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
