"""caffe.net_spec: prototxt written in Python."""

from __future__ import annotations

import caffe
import pytest
from caffe import layers as L
from caffe import params as P


def lenet() -> caffe.NetSpec:
    n = caffe.NetSpec()
    n.data = L.Input(shape={"dim": [2, 1, 12, 12]})
    n.conv = L.Convolution(n.data, kernel_size=3, num_output=4, weight_filler={"type": "xavier"})
    n.relu = L.ReLU(n.conv, in_place=True)
    n.pool = L.Pooling(n.relu, kernel_size=2, stride=2, pool="AVE")
    n["ip"] = L.InnerProduct(n.pool, inner_product_param={"num_output": 3})
    return n


def test_what_is_written_runs() -> None:
    net = caffe.Net.from_text(lenet().to_proto(), caffe.TEST)
    assert list(net.blobs) == ["data", "conv", "pool", "ip"]
    assert net.forward()["ip"].shape == (2, 3)


def test_fields_and_enums() -> None:
    proto = lenet().to_proto()
    assert proto.layer[2].top == proto.layer[2].bottom == ["conv"]
    assert proto.layer[3].pooling_param.pool == P.Pooling.AVE
    assert P.Pooling.MAX == 0
    with pytest.raises(AttributeError):
        _ = P.Nothing


def test_top_alone() -> None:
    n = lenet()
    assert [layer.type for layer in n.pool.to_proto().layer][-1] == "Pooling"


def test_several_tops_none_and_names() -> None:
    n = caffe.NetSpec()
    n.a, n.b = L.DummyData(ntop=2, shape=[{"dim": [1]}, {"dim": [2]}], name="both")
    n.nothing = L.Silence(n.a, n.b, ntop=0)
    proto = n.to_proto()
    assert [layer.name for layer in proto.layer] == ["both", "nothing"]
    assert list(proto.layer[0].top) == ["a", "b"]
    assert list(proto.layer[1].top) == []
    del n.nothing
    assert len(n.to_proto().layer) == 1
    with pytest.raises(AttributeError, match="nothing"):
        _ = n.nothing


def test_what_cannot_be() -> None:
    n = lenet()
    with pytest.raises(TypeError, match="ReLU"):
        L.ReLU("conv")
    with pytest.raises(TypeError):
        n.x = "text"
    with pytest.raises(caffe.InvalidArgumentError, match="in place"):
        L.ReLU(n.data, in_place=True, ntop=2)
    n.bad = L.Convolution(n.data, kernel_sizes=3)
    with pytest.raises(caffe.NotFoundError, match=r"bad.*Convolution.*kernel_sizes"):
        n.to_proto()
    n.bad = L.Convolution(n.data, num_output="many")
    with pytest.raises(caffe.InvalidArgumentError, match="num_output"):
        n.to_proto()
    n.bad = L.Pooling(n.data, pool="MEDIAN")
    with pytest.raises(caffe.InvalidArgumentError, match="MEDIAN"):
        n.to_proto()
    n.bad = L.Convolution(n.data, num_output=[1, 2])
    with pytest.raises(caffe.InvalidArgumentError, match="one value"):
        n.to_proto()
