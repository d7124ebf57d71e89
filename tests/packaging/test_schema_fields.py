"""What proto/caffe.proto names is read by the library, or libcaffe/schema/unread_fields.cpp says why not.

A field counts as read when some source names it as a member, or as a string for the tables, and knows its message: by
name, by a field that holds it, or through a header that does. The names that many messages have (scale, axis, engine)
are told apart by that.
"""
from __future__ import annotations

import importlib.util
import re
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "libcaffe"
# Sources that name fields without reading them.
LISTS = {"schema/unread_fields.cpp", "schema/fork_types.cpp"}
# What files hold, and what the functions of caffe.h read.
ROOTS = ["NetParameter", "SolverParameter", "SolverState", "Datum", "AnnotatedDatum", "BlobProto", "LabelMap",
         "NetOptions", "SolverOptions", "ModelOptions", "ExportOptions"]
# Read by the Python package: layers in Python, and programs that know pycaffe's protobuf classes.
OF_PYTHON = {"PythonParameter", "BlobProtoVector"}
ROW = re.compile(r'\{"(\w+)",\s*"(\w+)",\s*(kOfItsLayer|kIgnored|kRefused|kNeverDropped),\s*("[^"]|\w)')


def parser() -> ModuleType:
    """The parser of caffe.proto, without the package around it."""
    path = ROOT / "python" / "caffe" / "proto" / "parser.py"
    spec = importlib.util.spec_from_file_location("caffe_proto_parser", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


SCHEMA = parser().parse((ROOT / "proto" / "caffe.proto").read_text())
MESSAGES = {message.name: message for message in SCHEMA.messages}
HOLDERS = {name: {field.name for message in SCHEMA.messages for field in message.fields if field.type == name}
           for name in MESSAGES}


def listed() -> dict[tuple[str, str], str]:
    """The rows of unread_fields.cpp: (message, field) and the verdict."""
    rows = ROW.findall((LIBRARY / "schema" / "unread_fields.cpp").read_text())
    return {(message, field): verdict for message, field, verdict, _ in rows}


@cache
def sources() -> dict[str, str]:
    """The library's sources by their path, without comments."""
    texts = {}
    for path in sorted(LIBRARY.rglob("*.[ch]pp")):
        name = path.relative_to(LIBRARY).as_posix()
        if name not in LISTS:
            texts[name] = re.sub(r"//[^\n]*", "", path.read_text())
    return texts


@cache
def words(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", sources()[name]))


@cache
def headers(name: str) -> list[str]:
    """The library's own headers that a source includes."""
    return [header for header in re.findall(r'#include "([^"]+)"', sources()[name]) if header in sources()]


@cache
def seen_from(name: str) -> frozenset[str]:
    """The words of a source and of the headers it includes."""
    return frozenset(words(name)).union(*(words(header) for header in headers(name)))


@cache
def members(name: str) -> frozenset[str]:
    """The names that a source and the headers it includes use as members, or as strings for the schema's tables."""
    text = "".join([sources()[name]] + [sources()[header] for header in headers(name)])
    used = re.findall(r"(?:\.|->|::)(?:has_|set_|clear_)?(\w+)", text) + re.findall(r'"(\w+)"', text)
    return frozenset(used) | {each.rstrip("_") for each in used}


def knows(source: str, message: str) -> bool:
    return not seen_from(source).isdisjoint({message} | HOLDERS[message])


def is_read(message: str, field: str) -> bool:
    return any(field in members(source) and knows(source, message) for source in sources())


def in_the_way(message: str, field: str, unread: dict[tuple[str, str], str]) -> bool:
    """V1's parameters become those of current layers before anybody looks at them."""
    current = "LayerParameter" if message == "V1LayerParameter" else message
    return (message, field) in unread or (current, field) in unread


def reachable(unread: dict[tuple[str, str], str]) -> list[str]:
    """The messages that files can hold where no listed field is in the way."""
    found, todo = [], list(ROOTS)
    while todo:
        name = todo.pop()
        if name in found:
            continue
        found.append(name)
        if name in OF_PYTHON:
            continue
        todo += [field.type for field in MESSAGES[name].fields
                 if field.type in MESSAGES and not in_the_way(name, field.name, unread)]
    return sorted(set(found) - OF_PYTHON)


def settled(field: Any, unread: dict[tuple[str, str], str]) -> bool:
    """A message all of whose fields are listed has nothing to be read."""
    if field.type in OF_PYTHON:
        return True
    return field.type in MESSAGES and all((field.type, each.name) in unread for each in MESSAGES[field.type].fields)


def upgraded(message: str, field: str) -> bool:
    """V1's fields of the same name are copied, all at once."""
    same = {each.name for each in MESSAGES["LayerParameter"].fields}
    return message == "V1LayerParameter" and field in same


@pytest.mark.parametrize("message", reachable(listed()))
def test_every_field_is_read_or_listed(message: str) -> None:
    unread = listed()
    missing = [field.name for field in MESSAGES[message].fields
               if (message, field.name) not in unread and not upgraded(message, field.name)
               and not settled(field, unread) and not is_read(message, field.name)]
    assert not missing, f"{message}: neither read nor in unread_fields.cpp: {', '.join(missing)}"


def is_told_apart(field: str) -> bool:
    """Whether the name is that of one message's field alone (V1's are today's): who uses it means that one."""
    return len({name for name, message in MESSAGES.items() if name not in ("V0LayerParameter", "V1LayerParameter")
                for each in message.fields if each.name == field}) == 1


def test_what_is_listed_exists_and_is_not_read() -> None:
    read = []
    for (message, field), verdict in listed().items():
        assert field in {each.name for each in MESSAGES[message].fields}, (message, field)
        if is_told_apart(field) and is_read(message, field):
            read.append(f"{message}.{field}")
    assert not read, f"listed as unread, but read: {', '.join(read)}"


# Enums of which several values are not named anywhere: the source that settles them all at once, and how.
SETTLED_TOGETHER = {
    ("AnnotatedDatum", "AnnotationType"): ("layers/detection/annotated_data.cpp", "!= AnnotatedDatum::BBOX"),
    ("SegAccuracyParameter", "AccuracyMetric"): (
        "layers/metric/seg_accuracy.cpp", "!= SegAccuracyParameter::PixelAccuracy"),
    ("SolverParameter", "SolverType"): ("schema/upgrade.cpp", "kTypes[solver.solver_type]"),
    ("V1LayerParameter", "LayerType"): ("schema/upgrade_v1.cpp", "type_name(old.type)"),
}


def is_chosen(message: str, enum: str, unread: dict[tuple[str, str], str]) -> bool:
    """Whether a field of that type is not listed."""
    return any(not in_the_way(holder.name, field.name, unread)
               for holder in SCHEMA.messages for field in holder.fields
               if field.type == f"{message}.{enum}" or (holder.name == message and field.type == enum))


@pytest.mark.parametrize("message", reachable(listed()))
def test_every_value_of_an_enum_is_told_from_the_others(message: str) -> None:
    """A comparison names all values but one at least: the rest is what is left."""
    for enum in MESSAGES[message].enums:
        if not is_chosen(message, enum.name, listed()):
            continue
        if (message, enum.name) in SETTLED_TOGETHER:
            source, how = SETTLED_TOGETHER[message, enum.name]
            assert how in sources()[source], f"{source} no longer has {how}"
            continue
        unnamed = [name for name, _ in enum.values
                   if not any(name in members(source) and knows(source, message) for source in sources())]
        assert len(unnamed) <= 1, (
            f"{message}.{enum.name}: nothing names {', '.join(unnamed)}; where one source settles all of them, say in "
            "SETTLED_TOGETHER which and how")
