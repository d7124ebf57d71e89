"""Parser for the part of the proto2 language that caffe.proto is written in.

Two readers share it: the library's schema compiler at build time, and `caffe_pb2`, which builds
its message classes from the same file when it is imported. Hence no dependencies at all.
"""
from __future__ import annotations

import re
from dataclasses import dataclass, field

SCALARS = ("bool", "int32", "uint32", "int64", "uint64", "float", "double", "string", "bytes")


@dataclass
class Enum:
    name: str
    values: list[tuple[str, int]] = field(default_factory=list)


@dataclass
class Field:
    name: str
    number: int
    label: str  # optional, required or repeated
    type: str  # a scalar, or the name of a message or enum as it was written
    default: str | None = None  # as protobuf writes defaults: strings without their quotes
    packed: bool = False


@dataclass
class Message:
    name: str
    fields: list[Field] = field(default_factory=list)
    enums: list[Enum] = field(default_factory=list)


@dataclass
class File:
    package: str = ""
    messages: list[Message] = field(default_factory=list)
    enums: list[Enum] = field(default_factory=list)

    def resolve(self, scope: Message, name: str) -> tuple[Message | None, Message | Enum]:
        """The message or enum that `name` means inside `scope`, and the message it is nested in."""
        outer, _, inner = name.rpartition(".")
        for message in self.messages:
            if message.name == (outer or scope.name):
                for enum in message.enums:
                    if enum.name == inner:
                        return message, enum
        if not outer:
            things: list[Message | Enum] = [*self.messages, *self.enums]
            for thing in things:
                if thing.name == name:
                    return None, thing
        raise SyntaxError(f"{scope.name}: unknown type {name}")


_TOKEN = re.compile(
    r"""//[^\n]* | /\*.*?\*/ | \s+ |
    ("(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' | [\w.+-]+ | [{}\[\]=;,])""",
    re.DOTALL | re.VERBOSE,
)


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, int]] = []
        position = 0
        while position < len(text):
            match = _TOKEN.match(text, position)
            if not match:
                line = text.count("\n", 0, position) + 1
                raise SyntaxError(f"line {line}: unexpected {text[position]!r}")
            if match[1]:
                self.tokens.append((match[1], position))
            position = match.end()
        self.text = text
        self.next = 0

    def peek(self) -> str:
        return self.tokens[self.next][0] if self.next < len(self.tokens) else ""

    def take(self, expected: str = "") -> str:
        token = self.peek()
        if not token or (expected and token != expected):
            at = self.tokens[min(self.next, len(self.tokens) - 1)][1] if self.tokens else 0
            line = self.text.count("\n", 0, at) + 1
            got = token or "the end"
            raise SyntaxError(f"line {line}: expected {expected or 'more'}, got {got}")
        self.next += 1
        return token

    def file(self) -> File:
        file = File()
        while self.peek():
            keyword = self.take()
            if keyword == "syntax":
                self.take("=")
                self.take('"proto2"')
                self.take(";")
            elif keyword == "package":
                file.package = self.take()
                self.take(";")
            elif keyword == "message":
                file.messages.append(self.message())
            elif keyword == "enum":
                file.enums.append(self.enum())
            else:
                self.next -= 1
                self.take("a message or enum")
        return file

    def message(self) -> Message:
        message = Message(self.take())
        self.take("{")
        while self.peek() != "}":
            if self.peek() == "enum":
                self.take()
                message.enums.append(self.enum())
            else:
                message.fields.append(self.field())
        self.take("}")
        return message

    def enum(self) -> Enum:
        enum = Enum(self.take())
        self.take("{")
        while self.peek() != "}":
            name = self.take()
            self.take("=")
            enum.values.append((name, int(self.take(), 0)))
            self.take(";")
        self.take("}")
        return enum

    def field(self) -> Field:
        label = self.take()
        if label not in ("optional", "required", "repeated"):
            self.next -= 1
            self.take("a label")
        type_ = self.take()
        name = self.take()
        self.take("=")
        result = Field(name, int(self.take(), 0), label, type_)
        if self.peek() == "[":
            self.take("[")
            while self.peek() != "]":
                option = self.take()
                self.take("=")
                value = self.take()
                if option == "default":
                    result.default = value[1:-1] if value[0] in "\"'" else value
                elif option == "packed":
                    result.packed = value == "true"
                if self.peek() == ",":
                    self.take()
            self.take("]")
        self.take(";")
        return result


def parse(text: str) -> File:
    """The messages and enums of a .proto file's text."""
    return _Parser(text).file()
