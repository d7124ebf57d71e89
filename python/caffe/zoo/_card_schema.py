"""Holds front matter against model_card.schema.json, and says in a sentence what does not fit."""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._named import did_you_mean
from ._front_matter import FrontMatter, Route
from ._packages import package

_FILE = Path(__file__).with_name("model_card.schema.json")
_SHOWN = 60
_MOST = 100


@dataclass(frozen=True)
class Problem:
    """What is wrong with the value at a place of the front matter."""

    route: Route
    text: str
    harmless: bool = False
    """A card with it can be used: it says something that this version does not know."""


@functools.cache
def schema() -> dict[str, Any]:
    """The JSON schema of the front matter."""
    loaded: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return loaded


@functools.cache
def text_keys() -> frozenset[str]:
    """The keys under which everything is text, whatever it looks like: a checksum of digits is
    no number."""
    kinds: dict[str, set[str]] = {}
    for part in _parts(schema()):
        for key, spec in part.get("properties", {}).items():
            kinds.setdefault(key, set()).update(_kinds(spec))
    return frozenset(key for key, found in kinds.items() if found == {"string"})


def _parts(part: Any) -> Iterator[dict[str, Any]]:
    """The schema and all that it holds."""
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    if isinstance(part, dict):
        yield part
    for one in inner:
        yield from _parts(one)


def _kinds(spec: dict[str, Any]) -> set[str]:
    """What a value may be; of a list, what its items may be."""
    if "$ref" in spec:
        return _kinds(schema()["$defs"][spec["$ref"].rsplit("/", 1)[1]])
    if "anyOf" in spec and "type" not in spec:
        return {kind for one in spec["anyOf"] for kind in _kinds(one)}
    if spec["type"] == "array":
        return _kinds(spec["items"])
    return {spec["type"]} if isinstance(spec["type"], str) else set(spec["type"])


@functools.cache
def _validator() -> Any:
    jsonschema = package("jsonschema")
    return jsonschema.Draft202012Validator(schema())


def problems(front: FrontMatter) -> list[Problem]:
    """What of the front matter does not follow the schema, in the order of its lines. Of a card
    with very many mistakes, some."""
    if not front.present:
        return []
    found: list[Problem] = []
    for error in _validator().iter_errors(_without_nulls(front.values)):
        unknown_key = error.validator == "additionalProperties"
        if unknown_key and len(found) >= _MOST:
            continue  # harmless: what is wrong may yet come
        found += itertools.islice(_told(error), _MOST)
        if not unknown_key and len(found) >= _MOST:
            break
    return sorted(found, key=lambda one: front.line(one.route))


def _without_nulls(value: Any) -> Any:
    """A key without a value says nothing, as if it were not there."""
    if isinstance(value, dict):
        return {key: _without_nulls(one) for key, one in value.items() if one is not None}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value


def _told(error: Any) -> Iterator[Problem]:
    route = tuple(error.absolute_path)
    if error.validator == "additionalProperties":
        known = error.schema["properties"]
        for key in error.instance:
            if key not in known:
                hint = did_you_mean(key, known)
                yield Problem((*route, key), f"{key!r} is no key of a model card{hint}", True)
    elif error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        yield Problem(route, f"{_named(route)} has no {missing[0]!r}")
    else:
        wanted = error.schema.get("description", error.message)
        value = json.dumps(error.instance, ensure_ascii=False)
        value = value if len(value) <= _SHOWN else value[: _SHOWN - 3] + "..."
        hint = did_you_mean(error.instance, error.schema.get("enum", ()))
        text = f"{_named(route)} is {value}, it should be {wanted}{hint}"
        yield Problem(route, text, route == ("task",) and error.validator == "enum")


def _named(route: Route) -> str:
    """`files[0].size`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in route)
    return "".join(parts).lstrip(".") or "the card"
