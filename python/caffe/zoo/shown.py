"""Models for people: a table of several, a sheet of one, and the same for programs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .._table import of_bytes, printable, text_table
from .card import Input, ModelCard, ModelFile

_HERE, _WRONG, _TO_DOWNLOAD = "here", "wrong size", "to download"
_UNKNOWN, _NONE = "no address", "none named"


def table(cards: Iterable[ModelCard]) -> str:
    """A line a model: what one types to get it, what it does, its weights' size, whether they are
    here."""
    rows = [("NAME", "TASK", "SIZE", "WEIGHTS", "TITLE")]
    for one in cards:
        weights = one.weights
        rows.append(
            (
                name_of(one),
                one.task or "",
                _size(one, weights),
                state(one, weights),
                one.name,
            )
        )
    return text_table([[printable(cell) for cell in row] for row in rows], right={2})


def sheet(about: ModelCard) -> str:
    """All that the card says of a model, key by key, and where its files are."""
    rows = [
        ("name", about.name),
        ("folder", str(about.folder or "")),
        ("task", about.task or ""),
        ("license", about.license or ""),
        ("data", about.data or ""),
        ("paper", about.paper or ""),
        ("gist", about.gist_id or ""),
        ("dialect", about.dialect or ""),
        ("trusted layers", ", ".join(about.trusted_layers)),
        *(("input", _input(one)) for one in about.inputs),
        ("labels", _labels(about)),
        *(("metric", _metric(one)) for one in about.metrics),
        ("definition", _definition(about)),
        *(("file", _file(about, one)) for one in _files(about)),
        *(("note", note) for note in [*about.notes, *about.conflicts]),
        ("not known", ", ".join(about.unknown())),
    ]
    width = max(len(key) for key, _ in rows)
    return "\n".join(f"{key.ljust(width)}  {printable(value)}" for key, value in rows if value)


def as_json(about: ModelCard) -> dict[str, Any]:
    """The card's values, with the model's folder and where its files are."""
    return {
        "id": name_of(about),
        "folder": str(about.folder or ""),
        "state": {one.name: state(about, one) for one in _files(about)},
        "card": about.values(),
    }


def name_of(about: ModelCard) -> str:
    """What the model is called in commands: its folder's name."""
    return about.folder.resolve().name if about.folder is not None else about.name


def state(about: ModelCard, one: ModelFile | None) -> str:
    """Whether a file is here, can be downloaded, or neither."""
    if one is None:
        return _NONE
    path = about.folder / one.name if about.folder is not None else None
    if path is not None and path.is_file():
        return _HERE if one.size in (None, path.stat().st_size) else _WRONG
    return _TO_DOWNLOAD if one.urls or one.from_ else _UNKNOWN


def _files(about: ModelCard) -> list[ModelFile]:
    weights = about.weights
    others = [one for one in about.files if weights is None or one.name != weights.name]
    return ([weights] if weights else []) + others


def _size(about: ModelCard, one: ModelFile | None) -> str:
    if one is None:
        return ""
    path = about.folder / one.name if about.folder is not None else None
    if path is not None and path.is_file():
        return of_bytes(path.stat().st_size)
    return of_bytes(one.size) if one.size is not None else ""


def _file(about: ModelCard, one: ModelFile) -> str:
    parts = [one.role, _size(about, one), state(about, one)]
    text = f"{one.name} ({', '.join(part for part in parts if part)})"
    return f"{text}: get it by hand from {', '.join(one.pages)}" if one.pages else text


def _definition(about: ModelCard) -> str:
    if about.folder is None or (about.folder / about.definition).is_file():
        return about.definition
    listed = about.file(about.definition)
    found = about.gist_id is not None or (listed is not None and bool(listed.urls or listed.from_))
    return f"{about.definition} ({_TO_DOWNLOAD if found else _UNKNOWN})"


def _input(one: Input) -> str:
    parts = [one.name]
    if one.shape:
        parts.append(" x ".join(str(size or "any") for size in one.shape))
    for key in ("order", "mean", "mean_file", "scale", "resize", "crop"):
        value = getattr(one, key)
        if value is not None:
            parts.append(f"{key.replace('_', ' ')} {_plain(value)}")
    return ", ".join(parts)


def _plain(value: Any) -> str:
    """`104 117 123` of a list, `shorter 600 longer 1000` of a mapping."""
    if isinstance(value, dict):
        return " ".join(f"{key} {one}" for key, one in value.items())
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _labels(about: ModelCard) -> str:
    if isinstance(about.labels, list):
        return f"{len(about.labels)}: {', '.join(about.labels[:3])}, ..."
    return about.labels or ""


def _metric(one: Any) -> str:
    return f"{one.metric}: {one.value}" + (f" ({one.on})" if one.on else "")
