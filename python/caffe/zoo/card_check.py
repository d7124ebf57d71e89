"""What a model's card adds to its row: task, weights, and whether the card itself is right."""

from __future__ import annotations

import contextlib
import warnings
from pathlib import Path

from .._shapes import by
from ..errors import Error, NotFoundError
from . import authoring, catalog, checksums, listed
from .card import ModelCard, read, readme_of
from .definitions import SUFFIXES
from .report import Row


def add(row: Row) -> None:
    """Reads the card beside the definitions, or the one that the catalog has for the model. A card
    that is wrong is a problem of the row; a file that lies there is compared with its checksums."""
    card = _card(row)
    if card is None:
        return
    row.task = card.task or "not in the card"
    row.weights = _weights(card)
    row.dialect = card.dialect or ""
    row.problems += card.validate()
    row.unknown = card.unknown()
    row.notes += _notes(card, row)
    if card.folder is not None:
        row.problems += _differences(card, card.folder)
        row.problems += _strange_inputs(card, card.folder)
    if card.expected is not None and card.weights is not None and card.folder is not None:
        there = (card.folder / card.weights.name).is_file()
        row.answers = str(card.folder.resolve()) if there else ""


def _card(row: Row) -> ModelCard | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # validate() tells the same
        for folder in row.folders:
            try:
                return read(readme_of(Path(folder)))
            except NotFoundError:
                continue
            except Error as failure:
                row.problems.append(str(failure))
                return None
        for one in listed.MODELS:
            if one.title == row.title:
                with contextlib.suppress(Error):
                    return catalog.card(one.card)
    return None


def _notes(card: ModelCard, row: Row) -> list[str]:
    """What the card says of definitions that are there: that they are another model's, say."""
    said: dict[str, list[str]] = {}
    for one in card.files:
        there = any((Path(folder) / one.name).is_file() for folder in row.folders)
        if one.note and there and Path(one.name).suffix in SUFFIXES:
            said.setdefault(one.note, []).append(one.name)
    return [
        f"{names[0] if len(names) == 1 else f'{len(names)} definitions'}: {note}"
        for note, names in said.items()
    ]


def _weights(card: ModelCard) -> str:
    """Whether an address and a checksum of the weights are known."""
    weights = card.weights
    if weights is None:
        return "none named"
    address = "address" if weights.urls or weights.from_ else "no address"
    known = next(iter(weights.checksums), "")
    return f"{address}, {known or 'no checksum'}"


def _differences(card: ModelCard, folder: Path) -> list[str]:
    """Files that are there and are not what the card says."""
    found = []
    for one in card.files:
        path = folder / one.name
        if path.is_file() and (one.size is not None or one.checksums):
            differs = checksums.difference(path, one.size, one.checksums)
            if differs:
                found.append(f"{path}: {differs}")
    return found


def _strange_inputs(card: ModelCard, folder: Path) -> list[str]:
    """Inputs of the card that its definition, where that is here, does not have, or not in that
    shape. Batches may be of any size, and an axis of 0 is free."""
    found: list[str] = []
    try:
        there = {one.name: one.shape or [] for one in authoring.inputs_of(folder / card.definition)}
    except Error:  # told where definitions are read
        return found
    for one in card.inputs:
        shape = there.get(one.name)
        if shape is None:
            found.append(
                f"{card.path}: the card has an input {one.name!r}, those of {card.definition} are "
                f"{', '.join(there)}"
            )
        elif one.shape and (
            len(one.shape) != len(shape)
            or any(a != b for a, b in zip(one.shape[1:], shape[1:]) if a)
        ):
            found.append(
                f"{card.path}: input {one.name!r} is {by(one.shape)} in the card, {by(shape)} in "
                f"{card.definition}"
            )
    return found
