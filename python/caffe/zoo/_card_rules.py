"""What a JSON schema cannot say of a model card: that its parts agree with each other, and with the
folder it lies in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .._named import did_you_mean
from ._front_matter import FrontMatter, Route

if TYPE_CHECKING:
    from .card import Input, ModelCard

_FIRST_VERSION = frozenset(
    {"name", "caffemodel", "caffemodel_url", "license", "sha1", "caffe_commit", "gist_id"}
)
_CHANNELS = {"BGR": 3, "RGB": 3, "gray": 1, "L": 1}

Found = Iterator[tuple[Route, str]]


def problems(card: ModelCard, front: FrontMatter) -> Found:
    """Each with where it is in the front matter."""
    yield from _version(card, front)
    yield from _texts(front)
    yield from _weights(card)
    yield from _files(card)
    for index, one in enumerate(card.inputs):
        yield from _input(card, one, ("inputs", index))
    if isinstance(card.labels, str):
        yield from _is_there(card, card.labels, ("labels",))
    if card.expected is not None:
        yield from _is_there(card, card.expected.image, ("expected", "image"))


def _version(card: ModelCard, front: FrontMatter) -> Found:
    if card.card > 2:
        yield ("card",), f"the card is of version {card.card}, this library knows version 2"
    later = [key for key in front.values if key not in _FIRST_VERSION and key not in card.extra]
    if card.card < 2 and later:
        yield (later[0],), f"{later[0]!r} is a key of version 2: add `card: 2`"


def _texts(front: FrontMatter) -> Found:
    for route, text in front.ambiguous:
        yield route, f"other readers of YAML take {text} for something else than text: quote it"


def _weights(card: ModelCard) -> Found:
    """What old readers are told is what new ones are told."""
    if card.caffemodel is None:
        for key in ("caffemodel_url", "sha1"):
            if getattr(card, key) is not None:
                yield (key,), f"{key!r} is given without 'caffemodel', the name of the file"
        return
    if not card.files:
        return
    known = {one.name: index for index, one in enumerate(card.files)}
    if card.caffemodel not in known:
        hint = did_you_mean(card.caffemodel, known)
        yield ("caffemodel",), f"{card.caffemodel!r} is not among the names of `files`{hint}"
        return
    index = known[card.caffemodel]
    listed, route = card.files[index], ("files", index)
    if listed.role != "weights":
        yield route, f"'caffemodel' names it, its role should be weights, it is {listed.role}"
    if card.sha1 != listed.sha1:
        yield ("sha1",), f"is {card.sha1}, but {listed.sha1} in `files`; they should be the same"
    if card.caffemodel_url is not None and card.caffemodel_url not in listed.urls:
        yield ("caffemodel_url",), f"is not among the `urls` of {listed.name} in `files`"


def _files(card: ModelCard) -> Found:
    seen: dict[str, int] = {}
    for index, one in enumerate(card.files):
        route = ("files", index)
        folded = one.name.lower()
        if folded in seen:
            yield route, f"{one.name!r} is listed before: files[{seen[folded]}]"
        seen.setdefault(folded, index)
        if one.from_ is not None:
            archive = card.file(one.from_.archive)
            if archive is None or archive.role != "archive":
                what = "is not in `files`" if archive is None else "has not the role archive"
                yield (*route, "from"), f"{one.from_.archive!r} {what}"


def _input(card: ModelCard, one: Input, route: Route) -> Found:
    shaped = one.shape[1] if one.shape is not None and len(one.shape) > 1 else 0
    ordered = _CHANNELS.get(one.order or "", 0)
    channels = shaped or ordered
    if shaped and ordered and shaped != ordered:
        yield route, f"the order {one.order} has {ordered} channels, the shape has {shaped}"
    if channels and isinstance(one.mean, list) and len(one.mean) not in (1, channels):
        yield (*route, "mean"), f"has {len(one.mean)} values for {channels} channels"
    if one.mean_file is not None and one.mean is None:
        yield from _is_there(card, one.mean_file, (*route, "mean_file"))


def _is_there(card: ModelCard, name: str, route: Route) -> Found:
    known = [one.name for one in card.files]
    if name in known or (card.folder is not None and (card.folder / name).is_file()):
        return
    yield route, f"{name!r} is neither in the folder nor in `files`{did_you_mean(name, known)}"
