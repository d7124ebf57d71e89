"""caffe.proto.caffe_pb2 as pycaffe's users know it."""
from __future__ import annotations

import pickle
import re
import sys
from pathlib import Path

from google.protobuf import descriptor_pb2, descriptor_pool, text_format

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from schema_tool import caffe_pb2, shared_data


def test_names_users_import() -> None:
    assert (caffe_pb2.TRAIN, caffe_pb2.TEST) == (0, 1)
    assert caffe_pb2.Phase.Name(1) == "TEST"
    assert caffe_pb2.PoolingParameter.AVE == caffe_pb2.PoolingParameter.PoolMethod.Value("AVE")
    solver = caffe_pb2.SolverParameter
    assert solver.SolverMode.Name(solver().solver_mode) == "GPU"
    assert caffe_pb2.V1LayerParameter.LayerType.Value("CONVOLUTION") == 4
    assert caffe_pb2.DESCRIPTOR.package == "caffe"


def test_defaults() -> None:
    assert caffe_pb2.LRNParameter().beta == 0.75
    assert caffe_pb2.FillerParameter().type == "constant"
    assert caffe_pb2.BatchNormParameter().eps == text_format.Parse(
        "eps: 1e-5", caffe_pb2.BatchNormParameter()).eps
    assert caffe_pb2.ConvolutionParameter().bias_term is True
    assert not caffe_pb2.LayerParameter().HasField("convolution_param")


def test_messages_pickle_and_compare() -> None:
    net = caffe_pb2.NetParameter(name="n")
    net.layer.add(name="l").blobs.add(data=[1, 2])
    assert pickle.loads(pickle.dumps(net)) == net
    assert net.layer[0].blobs[0].data[:] == [1, 2]


def test_another_caffe_proto_lives_beside_it() -> None:
    """A fork's own caffe_pb2 puts its caffe.proto into the default pool, before or after ours."""
    other = descriptor_pb2.FileDescriptorProto(name="caffe.proto", package="caffe", syntax="proto2")
    other.message_type.add(name="NetParameter").field.add(
        name="name", number=7, label=1, type=descriptor_pb2.FieldDescriptorProto.TYPE_INT32)
    pool = descriptor_pool.Default()
    pool.AddSerializedFile(other.SerializeToString())
    theirs = pool.FindMessageTypeByName("caffe.NetParameter")
    assert theirs.fields_by_name["name"].number == 7
    assert caffe_pb2.NetParameter.DESCRIPTOR.fields_by_name["name"].number == 1


def test_numbers_are_used_once() -> None:
    """What protobuf does not check in all its versions: field numbers and enum names."""
    for message in caffe_pb2.DESCRIPTOR.message_types_by_name.values():
        numbers = [field.number for field in message.fields]
        assert len(numbers) == len(set(numbers)), message.name
        assert not any(19000 <= number < 20000 for number in numbers), message.name
        names = [value.name for enum in message.enum_types for value in enum.values]
        assert len(names) == len(set(names)), message.name


def test_what_forks_added_is_there() -> None:
    text = (shared_data() / "zoo" / "fork-parameters.md").read_text()
    messages = re.findall(r"- message (\w+)", text)
    assert len(messages) > 100
    for name in messages:
        assert hasattr(caffe_pb2, name), name
    layer = caffe_pb2.LayerParameter.DESCRIPTOR.fields_by_name
    old_layer = caffe_pb2.V1LayerParameter.DESCRIPTOR.fields_by_name
    for type_name, field in re.findall(r"LayerParameter: `(\w+) (\w+) = \d+", text):
        assert field in layer or field in old_layer, (type_name, field)
