"""caffe.proto as protobuf's own description of a schema."""
from __future__ import annotations

from google.protobuf.descriptor_pb2 import (
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)

from . import parser

_LABELS = {
    "optional": FieldDescriptorProto.LABEL_OPTIONAL,
    "required": FieldDescriptorProto.LABEL_REQUIRED,
    "repeated": FieldDescriptorProto.LABEL_REPEATED,
}


def _add_enum(enum: parser.Enum, out: EnumDescriptorProto) -> None:
    out.name = enum.name
    for name, number in enum.values:
        out.value.add(name=name, number=number)


def _add_field(
    file: parser.File, message: parser.Message, field: parser.Field, out: FieldDescriptorProto
) -> None:
    out.name, out.number, out.label = field.name, field.number, _LABELS[field.label]
    if field.type in parser.SCALARS:
        out.type = FieldDescriptorProto.Type.Value(f"TYPE_{field.type.upper()}")
    else:
        owner, thing = file.resolve(message, field.type)
        path = [file.package, owner.name, thing.name] if owner else [file.package, thing.name]
        out.type_name = "." + ".".join(path)
        out.type = (FieldDescriptorProto.TYPE_ENUM if isinstance(thing, parser.Enum)
                    else FieldDescriptorProto.TYPE_MESSAGE)
    if field.default is not None:
        # Floats in the one spelling that every implementation reads: "1." is 1.0.
        is_float = field.type in ("float", "double")
        out.default_value = repr(float(field.default)) if is_float else field.default
    if field.packed:
        out.options.packed = True


def file_descriptor(file: parser.File, name: str) -> FileDescriptorProto:
    """Describe a parsed .proto file to protobuf under the file name given."""
    out = FileDescriptorProto(name=name, package=file.package, syntax="proto2")
    for enum in file.enums:
        _add_enum(enum, out.enum_type.add())
    for message in file.messages:
        described = out.message_type.add(name=message.name)
        for enum in message.enums:
            _add_enum(enum, described.enum_type.add())
        for field in message.fields:
            _add_field(file, message, field, described.field.add())
    return out
