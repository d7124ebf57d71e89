"""Random messages go back and forth between the library's readers and writers and Google's."""
from __future__ import annotations

import math
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from google.protobuf import text_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.internal import api_implementation
from google.protobuf.message import DecodeError, Message
from schema_tool import Refused, SchemaTool, caffe_pb2

KINDS = ["NetParameter", "SolverParameter", "SolverState", "BlobProto", "Datum", "LayerParameter",
         "V1LayerParameter", "V0LayerParameter", "TransformationParameter", "ClipParameter"]
SETTINGS = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))

F = FieldDescriptor
SCALARS = {
    F.TYPE_INT32: st.integers(-(2**31), 2**31 - 1),
    F.TYPE_UINT32: st.integers(0, 2**32 - 1),
    F.TYPE_INT64: st.integers(-(2**63), 2**63 - 1),
    F.TYPE_FLOAT: st.floats(width=32),
    F.TYPE_DOUBLE: st.floats(),
    F.TYPE_BOOL: st.booleans(),
    F.TYPE_STRING: st.text(max_size=20),
    F.TYPE_BYTES: st.binary(max_size=20),
}


def is_repeated(field: FieldDescriptor) -> bool:
    return field.is_repeated if hasattr(field, "is_repeated") else field.label == F.LABEL_REPEATED


def is_required(field: FieldDescriptor) -> bool:
    return field.is_required if hasattr(field, "is_required") else field.label == F.LABEL_REQUIRED


def fill(message: Message, descriptor: Descriptor, draw: Any, depth: int) -> None:
    """Give the message's required fields and a few others random values."""
    fields = [f for f in descriptor.fields if depth > 0 or f.type != F.TYPE_MESSAGE]
    some = st.lists(st.sampled_from(fields), max_size=5, unique_by=lambda f: f.name)
    chosen = draw(some) if fields else []
    chosen += [f for f in descriptor.fields if is_required(f) and f not in chosen]
    for field in chosen:
        count = draw(st.integers(1, 3)) if is_repeated(field) else 1
        for _ in range(count):
            if field.type == F.TYPE_MESSAGE:
                target = getattr(message, field.name)
                sub = target.add() if is_repeated(field) else target
                sub.SetInParent()
                fill(sub, field.message_type, draw, depth - 1)
                continue
            if field.type == F.TYPE_ENUM:
                value = draw(st.sampled_from([v.number for v in field.enum_type.values]))
            else:
                value = draw(SCALARS[field.type])
            if is_repeated(field):
                getattr(message, field.name).append(value)
            else:
                setattr(message, field.name, value)


@st.composite
def messages(draw: Any) -> Message:
    message = getattr(caffe_pb2, draw(st.sampled_from(KINDS)))()
    fill(message, message.DESCRIPTOR, draw, 3)
    return message


def canonical(message: Message) -> bytes:
    """Bytes that tell messages apart as values do: NaNs have many patterns and count as one."""
    for field, value in message.ListFields():
        if field.type == F.TYPE_MESSAGE:
            for sub in value if is_repeated(field) else [value]:
                canonical(sub)
        elif field.type in (F.TYPE_FLOAT, F.TYPE_DOUBLE):
            if not is_repeated(field):
                if math.isnan(value):
                    setattr(message, field.name, math.nan)
            else:
                value[:] = [math.nan if math.isnan(v) else v for v in value]
    return message.SerializeToString(deterministic=True)


@pytest.fixture(scope="module")
def tool() -> Iterator[SchemaTool]:
    tool = SchemaTool()
    yield tool
    tool.close()


def name_of(message: Message) -> str:
    return message.DESCRIPTOR.name


@SETTINGS
@given(message=messages())
def test_bytes_of_google_come_back(message: Message, tool: SchemaTool) -> None:
    answer = tool("wire_to_wire", name_of(message), message.SerializeToString())
    assert canonical(type(message).FromString(answer)) == canonical(message)


@SETTINGS
@given(message=messages())
def test_our_text_is_read_by_google(message: Message, tool: SchemaTool) -> None:
    text = tool("wire_to_text", name_of(message), message.SerializeToString()).decode()
    assert canonical(text_format.Parse(text, type(message)())) == canonical(message)


@SETTINGS
@given(message=messages(), compact=st.booleans(), utf8=st.booleans())
def test_text_of_google_is_read_by_us(
    message: Message, compact: bool, utf8: bool, tool: SchemaTool
) -> None:
    text = text_format.MessageToString(message, as_one_line=compact, as_utf8=utf8)
    answer = tool("text_to_wire", name_of(message), text)
    assert canonical(type(message).FromString(answer)) == canonical(message)


@pytest.mark.skipif(api_implementation.Type() != "upb", reason="str() is another printer's")
@SETTINGS
@given(message=messages())
def test_our_text_is_googles(message: Message, tool: SchemaTool) -> None:
    theirs = str(message)
    assume(theirs.isascii())  # the C++ printer escapes other characters, upb does not
    assert tool("wire_to_text", name_of(message), message.SerializeToString()).decode() == theirs


@SETTINGS
@given(message=messages(), data=st.data())
def test_damaged_bytes_are_refused_by_both_or_none(
    message: Message, data: st.DataObject, tool: SchemaTool
) -> None:
    damaged = bytearray(message.SerializeToString())
    assume(damaged)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(damaged) - 1))
        damaged[place] = data.draw(st.integers(0, 255))
    damaged = damaged[: data.draw(st.integers(1, len(damaged)))]
    try:
        google = type(message).FromString(bytes(damaged))
        accepted = google.IsInitialized()
    except DecodeError:
        accepted = False
    try:
        answer = tool("wire_to_wire", name_of(message), bytes(damaged))
    except Refused:
        assert not accepted
        return
    assert accepted
    assert canonical(type(message).FromString(answer)) == canonical(google)


@SETTINGS
@given(value=st.floats(width=32, allow_nan=False))
def test_floats_come_back_to_the_bit(value: float, tool: SchemaTool) -> None:
    data = caffe_pb2.PowerParameter(power=value).SerializeToString()
    text = tool("wire_to_text", "PowerParameter", data)
    assert tool("text_to_wire", "PowerParameter", text) == b"\x0d" + struct.pack("<f", value)
