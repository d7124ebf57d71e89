"""Write messages.hpp and messages.cpp, the C++ structs and tables for a .proto file.

    compile_schema.py PARSER.py NAME.proto FOLDER/MESSAGES.hpp FOLDER/MESSAGES.cpp

A message becomes a struct with plain members that have the proto's defaults; schema/message.hpp
describes the tables. The structs of package caffe are in the namespace caffe, those of another
package in a namespace of its name within caffe.
"""
from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

CPP_TYPES = {
    "bool": "bool", "int32": "int32_t", "uint32": "uint32_t", "int64": "int64_t",
    "uint64": "uint64_t", "float": "float", "double": "double", "string": "std::string",
    "bytes": "std::string",
}
# Words that cannot name a member: C++ keywords, and macros of the system headers.
RESERVED = set(
    """alignas alignof and asm auto bool break case catch char class const constexpr continue
    decltype default delete do double else enum explicit export extern false float for friend goto
    if inline int long mutable namespace new noexcept not nullptr operator or private protected
    public register requires return short signed sizeof static struct switch template this throw
    true try typedef typename union unsigned using virtual void volatile while xor
    NULL EOF NAN INFINITY OVERFLOW UNDERFLOW DOMAIN major minor makedev unix linux""".split()
)
# Members that hold megabytes and may be views of a mapped file.
FLOAT_ARRAYS = {("BlobProto", "data"), ("BlobProto", "diff"), ("TensorProto", "raw_data")}
MAX_MARKS = 64  # bits of Message::marks_


def load_parser(path):
    spec = importlib.util.spec_from_file_location("caffe_proto_parser", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def safe(name):
    return name + "_" if name in RESERVED else name


class Member:
    """A field seen from C++: its type, its default, and what its table entry says."""

    def __init__(self, file, message, field):
        self.field, self.name = field, safe(field.name)
        self.repeated = field.label == "repeated"
        self.owner, self.enum, self.message = None, None, None
        if field.type in CPP_TYPES:
            self.kind, self.value_type = field.type, CPP_TYPES[field.type]
        else:
            self.owner, thing = file.resolve(message, field.type)
            if hasattr(thing, "values"):
                self.kind, self.enum = "enum", thing
                self.value_type = thing.name if self.owner in (None, message) else (
                    f"{self.owner.name}::{thing.name}")
            else:
                self.kind, self.message, self.value_type = "message", thing, thing.name
        self.float_array = (message.name, field.name) in FLOAT_ARRAYS
        self.scalar = not self.repeated and self.kind != "message"
        self.default = self._default(message) if self.scalar else ""

    def type(self):
        if self.float_array:
            return "FloatArray"
        if self.repeated:
            return f"std::vector<{'int32_t' if self.enum else self.value_type}>"
        return f"Sub<{self.value_type}>" if self.message else self.value_type

    def _default(self, message):
        text = self.field.default
        if self.enum:
            name = safe(self.enum.values[0][0] if text is None else text)
            outside = self.owner is not None and self.owner is not message
            return f"{self.owner.name}::{name}" if outside else name
        if self.kind in ("string", "bytes"):
            return '"%s"' % (text or "")
        if self.kind == "bool":
            return text or "false"
        if self.kind in ("float", "double"):
            text = text or "0"
            text = text if any(c in text for c in ".eE") else text + ".0"
            return text + ("f" if self.kind == "float" else "")
        return (text or "0") + {"uint32": "u", "int64": "ll", "uint64": "ull"}.get(self.kind, "")

    def depends_on(self):
        thing = self.owner if self.enum else self.message
        return thing.name if thing else None


def enum_text(enum, indent):
    values = ", ".join(f"{safe(name)} = {number}" for name, number in enum.values)
    return f"{indent}enum {enum.name} : int32_t {{ {values} }};\n"


def struct_text(message, members):
    name = message.name
    out = [f"struct {name} final : Message {{\n"]
    out += [enum_text(enum, "  ") for enum in message.enums]
    for member in members:
        default = f" = {member.default}" if member.scalar and member.default != '""' else ""
        out.append(f"  {member.type()} {member.name}{default};\n")
    for member in members:
        f = member.field.name
        if member.message and not member.repeated:
            out.append(f"  bool has_{f}() const {{ return {member.name}.present(); }}\n")
        if not member.scalar:
            continue
        differs = f"!{member.name}.empty()" if member.default == '""' else (
            f"{member.name} != {member.default}")
        out.append(f"  bool has_{f}() const {{ return marked({member.mark}) || {differs}; }}\n")
        heavy = member.kind in ("string", "bytes")
        value = "std::move(value)" if heavy else "value"
        out.append(f"  void set_{f}({member.value_type} value) "
                   f"{{ this->{member.name} = {value}; mark({member.mark}); }}\n")
        out.append(f"  void clear_{f}() {{ {member.name} = {member.default}; "
                   f"unmark({member.mark}); }}\n")
    out.append(f"""
  {name}();
  {name}(const {name}&);
  {name}({name}&&) noexcept;
  {name}& operator=(const {name}&);
  {name}& operator=({name}&&) noexcept;
  ~{name}();
  static const {name}& defaults();
  static const schema::MessageType& descriptor();
  const schema::MessageType& message_type() const override;
}};

""")
    return "".join(out)


def enum_table(scope, enum):
    cpp = f"{scope}_{enum.name}" if scope else enum.name
    values = ", ".join(f'{{"{name}", {number}}}' for name, number in enum.values)
    return (f"constexpr EnumValue k{cpp}Values[] = {{{values}}};\n"
            f'constexpr EnumType k{cpp} = {{"{enum.name}", k{cpp}Values}};\n')


def message_table(message, members):
    name = message.name
    out = []
    if members:
        out.append(f"constexpr Field k{name}Fields[] = {{\n")
        for m in sorted(members, key=lambda m: m.field.number):
            enum = "nullptr"
            if m.enum:
                enum = f"&k{m.owner.name}_{m.enum.name}" if m.owner else f"&k{m.enum.name}"
            ops = f"&kOps<{m.value_type}>" if m.message else "nullptr"
            out.append(
                f'    {{"{m.field.name}", {m.field.number}, Kind::k{m.kind.capitalize()}, '
                f"Label::k{m.field.label.capitalize()}, {str(m.field.packed).lower()}, "
                f"{str(m.float_array).lower()}, {m.mark}, {enum}, {ops}, "
                f"member_of<&{name}::{m.name}>}},\n")
        out.append("};\n")
    fields = f"k{name}Fields" if members else "{}"
    out.append(f'constexpr MessageType k{name} = {{"{name}", {fields}, defaults_of<{name}>, '
               f"create<{name}>}};\n")
    return "".join(out)


def in_order(messages, members):
    """The messages so that each comes after those it holds."""
    done, order = set(), []

    def visit(message):
        if message.name in done:
            return
        done.add(message.name)
        for member in members[message.name]:
            needed = member.depends_on()
            if needed and needed != message.name:
                visit(by_name[needed])
        order.append(message)

    by_name = {message.name: message for message in messages}
    for message in messages:
        visit(message)
    return order


def write_if_changed(path, text):
    """Leave a file that is right alone: half the library compiles again when messages.hpp is new."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


HEADER = """// Written by compile_schema.py from {proto}.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "schema/message.hpp"

namespace {namespace} {{

"""

SOURCE = """// Written by compile_schema.py from {proto}.
#include "{header}"

#include "core/made_once.hpp"
#include "schema/message_ops.hpp"

namespace {namespace} {{

"""


def main(parser_path, proto_path, header_path, source_path):
    file = load_parser(parser_path).parse(Path(proto_path).read_text(encoding="utf-8"))
    main_schema = file.package == "caffe"
    names = {
        "proto": Path(proto_path).name,
        "header": "/".join(Path(header_path).parts[-2:]),
        "namespace": "caffe" if main_schema else f"caffe::{file.package}",
    }
    members = {m.name: [Member(file, m, f) for f in m.fields] for m in file.messages}
    for name, list_ in members.items():
        scalars = [member for member in list_ if member.scalar]
        if len(scalars) > MAX_MARKS:
            sys.exit(f"{name} has more than {MAX_MARKS} optional scalars")
        for member in list_:
            member.mark = scalars.index(member) if member.scalar else -1
    order = in_order(file.messages, members)

    header = [HEADER.format(**names)]
    header += [enum_text(enum, "") + "\n" for enum in file.enums]
    header += [struct_text(message, members[message.name]) for message in order]
    header.append(f"}}  // namespace {names['namespace']}\n")

    source = [SOURCE.format(**names)]
    for message in order:
        n = message.name
        source.append(
            f"{n}::{n}() = default;\n{n}::{n}(const {n}&) = default;\n"
            f"{n}::{n}({n}&&) noexcept = default;\n{n}& {n}::operator=(const {n}&) = default;\n"
            f"{n}& {n}::operator=({n}&&) noexcept = default;\n{n}::~{n}() = default;\n"
            f"const {n}& {n}::defaults() {{\n  static MadeOnce<{n}> value;\n"
            f"  return value.get([] {{ return {n}(); }});\n}}\n"
            f"const schema::MessageType& {n}::message_type() const {{ return descriptor(); }}\n\n")
    source.append(f"}}  // namespace {names['namespace']}\n\n")
    source.append("namespace caffe::schema {\nnamespace {\n\n")
    if not main_schema:
        source.append(f"using namespace {names['namespace']};\n\n")
    source += [enum_table("", enum) for enum in file.enums]
    source += [enum_table(m.name, enum) for m in order for enum in m.enums]
    source += [message_table(message, members[message.name]) for message in order]
    if main_schema:
        source.append("constexpr const MessageType* kTypes[] = {\n")
        source += [f"    &k{message.name},\n" for message in file.messages]
        source.append("};\n\n}  // namespace\n\n"
                      "std::span<const MessageType* const> message_types() { return kTypes; }\n\n")
    else:
        source.append("}  // namespace\n\n")
    source.append("}  // namespace caffe::schema\n\n"
                  f"namespace {names['namespace']} {{\n\n")
    for message in order:
        source.append(f"const schema::MessageType& {message.name}::descriptor() "
                      f"{{ return schema::k{message.name}; }}\n")
    source.append(f"\n}}  // namespace {names['namespace']}\n")

    write_if_changed(Path(header_path), "".join(header))
    write_if_changed(Path(source_path), "".join(source))


if __name__ == "__main__":
    main(*sys.argv[1:])
