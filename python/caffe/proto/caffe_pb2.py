"""The messages of caffe.proto for Google's protobuf: `caffe_pb2.NetParameter()`, `caffe_pb2.TRAIN`.

The classes are made from caffe.proto when this module is imported, by whatever version of protobuf
is installed, in a descriptor pool of their own: another package's caffe_pb2, made from another
fork's caffe.proto, can live in the same process.
"""
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper

from . import descriptor as _descriptor
from . import parser as _parser


def _proto_path() -> Path:
    """caffe.proto beside this module, as it is installed, else where the checkout has it."""
    here = Path(__file__).resolve()  # the package may be a link into a checkout
    installed = here.with_name("caffe.proto")
    return installed if installed.exists() else here.parents[3] / "proto" / "caffe.proto"


def _message_class(pool: Any, message: Any) -> Any:
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(message)
    return message_factory.MessageFactory(pool).GetPrototype(message)  # before protobuf 4.22


def _build() -> dict[str, Any]:
    file = _parser.parse(_proto_path().read_text(encoding="utf-8"))
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(_descriptor.file_descriptor(file, "caffe.proto").SerializeToString())
    described = pool.FindFileByName("caffe.proto")
    names: dict[str, Any] = {"DESCRIPTOR": described}
    for name, message in described.message_types_by_name.items():
        names[name] = _message_class(pool, message)
        names[name].__module__ = __name__  # where pickle looks for it
    for name, enum in described.enum_types_by_name.items():
        names[name] = EnumTypeWrapper(enum)
        names.update((value.name, value.number) for value in enum.values)
    return names


globals().update(_build())

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...
