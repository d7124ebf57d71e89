"""caffe.net_spec: prototxt written in Python."""

from __future__ import annotations

import copy

import caffe
import pytest
from caffe import layers as L
from caffe import params as P
from caffe.proto import caffe_pb2


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
    with pytest.raises(caffe.InvalidArgumentError, match="num_output"):
        L.Convolution(n.data, num_output="many")
    with pytest.raises(caffe.InvalidArgumentError, match=r"'MEDIAN', it is one of MAX, AVE"):
        L.Pooling(n.data, pool="MEDIAN")
    with pytest.raises(caffe.InvalidArgumentError, match=r"'max'.*did you mean 'MAX'"):
        L.Pooling(n.data, pool="max")
    with pytest.raises(caffe.InvalidArgumentError, match="one value"):
        L.Convolution(n.data, num_output=[1, 2])


def test_slips_are_said_where_they_are_written() -> None:
    data = L.Input(shape={"dim": [1]})
    for make, words in (
        (lambda: L.Conv(data), "no layer type 'Conv'; did you mean 'Convolution'"),
        (lambda: L.convolution(data), "did you mean 'Convolution'"),
        (lambda: L.Convolution(data, num_outputs=3), "Convolution: .*did you mean 'num_output'"),
        (lambda: L.Convolution(data, weight_filler={"typ": "x"}), "FillerParameter.*'type'"),
        (lambda: L.Split(data, n_top=2), "did you mean 'ntop'"),
        (lambda: L.ReLU(data, inplace=True), "did you mean 'in_place'"),
        (lambda: L.Pooling(data, pooling_param={"kernelsize": 2}), "did you mean 'kernel_size'"),
    ):
        with pytest.raises(caffe.NotFoundError, match=words):
            make()
    with pytest.raises(AttributeError, match="did you mean 'Pooling'"):
        _ = P.Poolin
    n = caffe.NetSpec()
    n.conv1 = data
    with pytest.raises(AttributeError, match="did you mean 'conv1'"):
        _ = n.conv2
    with pytest.raises(TypeError, match="2 tops, each of which wants a name"):
        n.both = L.DummyData(ntop=2, shape=[{"dim": [1]}, {"dim": [2]}])


def test_types_that_share_anothers_parameters() -> None:
    n = caffe.NetSpec()
    n.data = L.Parameter(shape={"dim": [2, 3, 4, 4]})
    n.up = L.Deconvolution(n.data, kernel_size=4, stride=2, num_output=5)
    net = caffe.Net(n)
    assert net.blobs["data"].shape == (2, 3, 4, 4)
    assert net.blobs["up"].shape == (2, 5, 10, 10)
    assert n.to_proto().layer[1].convolution_param.stride == [2]
    layer = caffe_pb2.LayerParameter
    for top, expected in (
        (L.NdConvolution(n.data, num_output=2, kernel_size=1), layer().convolution_param),
        (L.NdPooling(n.data, pool="AVE"), layer().pooling_param),
        (L.Unpooling(n.data, unpool="TILE"), layer().unpooling_param),
        (L.ImageSegData(source="a"), layer().image_data_param),
        (L.ImageLabelmapData(source="a"), layer().image_data_param),
        (L.AnnotatedData(source="a", label_map_file="b"), layer().data_param),
        (L.AnnotatedData(source="a", label_map_file="b"), layer().annotated_data_param),
        (L.SoftmaxWithLoss(n.data, n.data, ignore_label=3, axis=2), layer().loss_param),
        (L.SoftmaxWithLoss(n.data, n.data, ignore_label=3, axis=2), layer().softmax_param),
        (L.DetectionOutput(nms_param={"top_k": 3}), layer().detection_output_param),
        (L.MultiBoxLoss(nms_param={"top_k": 3}), layer().multibox_loss_param),
    ):
        name = next(
            one.name for one in layer.DESCRIPTOR.fields if one.message_type == expected.DESCRIPTOR
        )
        assert top.to_proto().layer[-1].HasField(name)


def test_specs_can_be_copied() -> None:
    for made in (copy.copy(lenet()), copy.deepcopy(lenet())):
        assert made.to_proto() == lenet().to_proto()


def test_types_of_other_programs_can_be_written() -> None:
    """The library need not know them: a net may be written for another one."""
    n = caffe.NetSpec()
    n.data = L.Input(shape={"dim": [1]})
    n.own = L.Quaternion(n.data, name="mine", propagate_down=True)
    for near in ("Correlation", "ROIAlign", "Attention", "Interpolate", "Convolution3D"):
        n[near] = getattr(L, near)(n.data)
        del n[near]
    for slip, meant in (("Convolutoin", "Convolution"), ("relu", "ReLU"), ("Conv", "Convolution"),
                        ("InnerProductt", "InnerProduct"), ("Concats", "Concat"), ("PoolingLayer", "Pooling")):
        with pytest.raises(caffe.NotFoundError, match=f"did you mean '{meant}'"):
            getattr(L, slip)(n.data)
    n.near = caffe.net_spec.Function("Convolution5", [n.data], {"ntop": 1}).tops[0]
    assert [layer.type for layer in n.to_proto().layer] == ["Input", "Quaternion", "Convolution5"]
    with pytest.raises(caffe.NotFoundError, match="num_output"):
        L.Quaternion(n.data, num_output=3)


def test_what_is_no_top_is_told_by_layer_number_and_type() -> None:
    """In pycaffe's words: a tuple of tops handed over whole is the usual slip."""
    both = L.DummyData(ntop=2, dummy_data_param={"shape": [{"dim": [1, 1]}, {"dim": [1]}]})
    with pytest.raises(TypeError) as caught:
        L.Silence(both, ntop=0)
    assert str(caught.value) == "Silence input 0 is not a Top (type is <class 'tuple'>)"
    with pytest.raises(TypeError, match=r"Eltwise input 1 is not a Top \(type is <class 'str'>\)"):
        L.Eltwise(both[0], "both")
    L.Silence(*both, ntop=0)
