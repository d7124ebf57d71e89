"""The YAML at the top of a readme.md, between two lines of `---`.

It comes from strangers, so what YAML offers beyond mappings, lists and plain values is refused:
aliases, anchors and merge keys (all that YAML bombs are made of), tags, duplicate keys, deep
nesting. And it is read by people who mean what they write: numbers are decimal, `true`, `false` and
`null` are what they are, and anything else is text; no `no` that is false, no 012 that is ten.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, Union

from ..errors import ParseError
from ._packages import package

LIMIT = 1 << 20  # bytes of a readme.md
_DEPTH = 16
_WIDTH = 98
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_REAL = re.compile(r"[-+]?([0-9]{1,40}\.[0-9]{0,40}|\.[0-9]{1,40})([eE][-+]?[0-9]{1,2})?")
_REAL_ELSEWHERE = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+")  # YAML 1.2's, not 1.1's
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}

Key = Union[str, int]
Route = tuple[Key, ...]


@dataclass
class FrontMatter:
    """A readme.md, taken apart."""

    where: str
    """What errors call the file."""
    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[Route, int] = field(default_factory=dict)
    """The line, from 1, of each value: `lines["files", 0, "size"]`."""
    ambiguous: list[tuple[Route, str]] = field(default_factory=list)
    """Texts without quotes that other readers of YAML take for numbers, dates or yes and no."""
    opening: str = ""
    yaml: str = ""
    closing: str = ""
    prose: str = ""
    present: bool = False
    """False for a readme.md that has no front matter."""

    def line(self, route: Route) -> int:
        """The line of the value, or of what it should be in."""
        while route and route not in self.lines:
            route = route[:-1]
        return self.lines.get(route, 1)

    def at(self, route: Route) -> str:
        """`readme.md:7`."""
        return f"{self.where}:{self.line(route)}"


def decode(data: bytes, where: str) -> str:
    """Text of the bytes of a readme.md, with a byte order mark if it has one."""
    if len(data) > LIMIT:
        raise ParseError(f"{where}: has more than {LIMIT} bytes, too many for a model card")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as failure:
        line = data.count(b"\n", 0, failure.start) + 1
        raise ParseError(f"{where}:{line}: is not UTF-8; save the file as UTF-8") from failure


def parse(text: str, where: str, text_keys: frozenset[str]) -> FrontMatter:
    """The text of a readme.md, lines ended by \\n, taken apart. What stands under one of
    `text_keys` is text, though it look like a number."""
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        return FrontMatter(where, prose=text)
    ends = (number for number in range(1, len(lines)) if lines[number].rstrip() == "---")
    end = next(ends, None)
    if end is None:
        raise ParseError(
            f"{where}:1: the front matter that begins here has no end; close it with a line of ---"
        )
    ended = [line + "\n" for line in lines[:-1]] + lines[-1:]
    front = FrontMatter(where, opening=ended[0], closing=ended[end], present=True)
    front.yaml, front.prose = "".join(ended[1:end]), "".join(ended[end + 1 :])
    _Reader(front, text_keys).read()
    return front


class _Reader:
    """Builds values from the events of PyYAML's parser (libyaml's, where it is built in)."""

    def __init__(self, front: FrontMatter, text_keys: frozenset[str]) -> None:
        self._front, self._text_keys = front, text_keys
        self._yaml = package("yaml", "PyYAML")
        self._resolver = self._yaml.resolver.Resolver()
        loader = getattr(self._yaml, "CSafeLoader", self._yaml.SafeLoader)
        self._events: Iterator[Any] = self._yaml.parse(front.yaml, Loader=loader)

    def read(self) -> None:
        """Fills in the values, and the lines they are on."""
        try:
            event = self._next("StreamStartEvent", "DocumentStartEvent")
            if self._kind(event) == "StreamEndEvent":
                return  # nothing, or comments
            values = self._value(event, (), 0)
            if values is not None and not isinstance(values, dict):
                self._fail(event, "the front matter should be `key: value` lines")
            self._front.values = values or {}
            event = self._next("DocumentEndEvent")
            if self._kind(event) != "StreamEndEvent":
                self._fail(event, "a second document begins within the front matter")
        except self._yaml.YAMLError as failure:
            mark = getattr(failure, "problem_mark", None)
            line = self._line(mark) if mark is not None else 1
            problem = getattr(failure, "problem", None) or str(failure).split("\n")[0]
            raise ParseError(f"{self._front.where}:{line}: is no YAML: {problem}") from failure

    def _next(self, *passed: str) -> Any:
        event = next(self._events)
        while self._kind(event) in passed:
            event = next(self._events)
        return event

    @staticmethod
    def _kind(event: Any) -> str:
        return type(event).__name__

    @staticmethod
    def _line(mark: Any) -> int:
        return int(mark.line) + 2  # counted from 0, after the first ---

    def _fail(self, event: Any, problem: str) -> NoReturn:
        raise ParseError(f"{self._front.where}:{self._line(event.start_mark)}: {problem}")

    def _value(self, event: Any, route: Route, depth: int) -> Any:
        kind = self._kind(event)
        if kind == "AliasEvent" or event.anchor is not None:
            self._fail(event, "anchors (&) and aliases (*) are refused; write the value out")
        if event.tag is not None:
            self._fail(event, f"tags are refused, this is {event.tag}; write the plain value")
        if depth > _DEPTH:
            self._fail(event, f"is nested more than {_DEPTH} deep")
        self._front.lines.setdefault(route, self._line(event.start_mark))
        if kind == "ScalarEvent":
            return self._scalar(event, route)
        if kind == "SequenceStartEvent":
            return self._list(route, depth)
        return self._mapping(route, depth)

    def _list(self, route: Route, depth: int) -> list[Any]:
        found: list[Any] = []
        while self._kind(event := next(self._events)) != "SequenceEndEvent":
            found.append(self._value(event, (*route, len(found)), depth + 1))
        return found

    def _mapping(self, route: Route, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while self._kind(event := next(self._events)) != "MappingEndEvent":
            if self._kind(event) != "ScalarEvent":
                self._fail(event, "a key should be a word")
            if event.anchor is not None or event.tag is not None or event.value == "<<":
                self._fail(event, "a key has neither anchor nor tag, and merge keys are refused")
            key = event.value
            inner = (*route, key)
            if key in found:
                first = self._front.lines[inner]
                self._fail(event, f"{key!r} is given twice, first on line {first}")
            self._front.lines[inner] = self._line(event.start_mark)
            found[key] = self._value(next(self._events), inner, depth + 1)
        return found

    def _scalar(self, event: Any, route: Route) -> Any:
        text: str = event.value
        if not event.implicit[0]:  # in quotes, or a block of text
            return text
        key = next((part for part in reversed(route) if isinstance(part, str)), "")
        if key not in self._text_keys or _WORDS.get(text, text) is None:
            return _plain(text)
        tag = self._resolver.resolve(self._yaml.ScalarNode, text, (True, False))
        if tag != "tag:yaml.org,2002:str" or _REAL_ELSEWHERE.fullmatch(text):
            self._front.ambiguous.append((route, text))
        return text


def _plain(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _REAL.fullmatch(text):
        return float(text)
    return text


def dump(values: dict[str, Any]) -> str:
    """YAML of values: text in quotes where a reader might take it for something else, lists of
    numbers on one line."""
    yaml = package("yaml", "PyYAML")
    dumper: Any = type("Dumper", (yaml.SafeDumper,), {"ignore_aliases": lambda self, data: True})
    dumper.add_representer(str, _represent_text)
    dumper.add_representer(list, _represent_list)
    if not values:
        return ""
    text = yaml.dump(values, Dumper=dumper, allow_unicode=True, width=_WIDTH, sort_keys=False)
    return str(text)


def _represent_text(dumper: Any, value: str) -> Any:
    quotes = "'" if _REAL_ELSEWHERE.fullmatch(value) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=quotes)


def _represent_list(dumper: Any, value: list[Any]) -> Any:
    flow = all(isinstance(one, (int, float)) for one in value)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=flow)


def replace(front: FrontMatter, changed: dict[str, Any], removed: set[str]) -> str:
    """The front matter with some keys of the top changed, added or removed, and the rest as it
    was, comments and the lines around it too."""
    lines = front.yaml.splitlines(keepends=True)
    begins = sorted((front.lines[key,] - 2, key) for key in front.values)
    first = begins[0][0] if begins else len(lines)
    parts = [front.opening, *lines[:first]]
    ends = [line for line, _ in begins[1:]] + [len(lines)]
    for (begin, key), end in zip(begins, ends):
        if key in changed:
            parts.append(dump({key: changed[key]}))
        elif key not in removed:
            parts += lines[begin:end]
    parts.append(dump({key: value for key, value in changed.items() if key not in front.values}))
    return "".join([*parts, front.closing])


def read_bytes(path: Path) -> bytes:
    """The start of a file, one byte more than a card may have."""
    with path.open("rb") as file:
        return file.read(LIMIT + 1)
