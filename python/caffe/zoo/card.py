"""Model cards: what a model's readme.md says of it (docs/model-card.md has every key).

    from caffe.zoo import card

    one = card.read("models/bvlc_googlenet")     # a folder, or a readme.md
    one.weights.urls, one.inputs[0].mean
    one.gist_id = "034c6ac3865563b69e60"
    one.write()                                  # prose, comments and order stay

What is read is checked against model_card.schema.json, which lies beside this file. Wrong types,
names that leave the folder and addresses of a strange kind are errors with their line. A key that
is not known is a warning, so that cards of later versions open; `validate` counts it an error.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Union

from .._files import write_whole
from ..errors import FileError, InvalidArgumentError, NotFoundError, ParseError
from . import _card_schema, _front_matter
from ._front_matter import FrontMatter

VERSION = 2
README = "readme.md"

PathLike = Union[str, "os.PathLike[str]"]


class CardWarning(UserWarning):
    """What is odd in a card that can be used all the same."""


@dataclass
class Member:
    """Where in an archive a file is. Without `member`, the one that has the file's name."""

    archive: str
    member: str | None = None


@dataclass
class ModelFile:
    """A file of a model. `from_` is the key `from`: the archive it comes in."""

    name: str
    role: str = "other"
    size: int | None = None
    sha256: str | None = None
    sha1: str | None = None
    md5: str | None = None
    urls: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    from_: Member | None = None
    note: str | None = None

    @property
    def checksums(self) -> dict[str, str]:
        """Algorithm and digest, the strongest first."""
        known = (("sha256", self.sha256), ("sha1", self.sha1), ("md5", self.md5))
        return {algorithm: digest for algorithm, digest in known if digest}


@dataclass
class Input:
    """An input blob, and how an image becomes it: values from 0 to 255 are resized, less the mean,
    times the scale. A free axis of `shape` is 0."""

    name: str
    shape: list[int] | None = None
    order: str | None = None
    mean: float | list[float] | None = None
    mean_file: str | None = None
    scale: float | None = None
    resize: list[int] | dict[str, int] | None = None
    crop: int | list[int] | None = None


@dataclass
class Metric:
    """A published result."""

    metric: str
    value: float | str
    on: str | None = None
    source: str | None = None


@dataclass
class Score:
    """One of the largest values of an output."""

    index: int
    value: float
    label: str | None = None


@dataclass
class Expected:
    """What the net answers to one image: the largest values of a blob, or its first values."""

    image: str
    output: str
    top: list[Score] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    tolerance: float = 1e-3


@dataclass
class ModelCard:
    """A model card. `card` is its version: 0 for a readme.md without front matter, 1 where the
    key is not given. Keys that are not known are in `extra`."""

    name: str
    caffemodel: str | None = None
    caffemodel_url: str | None = None
    license: str | None = None
    sha1: str | None = None
    caffe_commit: str | None = None
    gist_id: str | None = None
    card: int = VERSION
    task: str | None = None
    files: list[ModelFile] = field(default_factory=list)
    inputs: list[Input] = field(default_factory=list)
    labels: list[str] | str | None = None
    metrics: list[Metric] = field(default_factory=list)
    expected: Expected | None = None
    dialect: str | None = None
    trusted_layers: list[str] = field(default_factory=list)
    license_url: str | None = None
    license_note: str | None = None
    data: str | None = None
    paper: str | None = None
    caffe_branch: str | None = None
    notes: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)
    prose: str = ""
    path: Path | None = None
    """The readme.md it was read from."""
    _front: FrontMatter | None = field(default=None, repr=False, compare=False)

    @property
    def folder(self) -> Path | None:
        """The folder of the readme.md."""
        return self.path.parent if self.path is not None else None

    @property
    def weights(self) -> ModelFile | None:
        """The weights: the file that `caffemodel` names, with what version 1 says of it, else the
        first one of `files` with that role."""
        listed = next((one for one in self.files if one.role == "weights"), None)
        if self.caffemodel is None:
            return listed
        named = self.file(self.caffemodel) or ModelFile(self.caffemodel, "weights")
        first = [self.caffemodel_url] if self.caffemodel_url else []
        urls = first + [url for url in named.urls if url not in first]
        return dataclasses.replace(named, sha1=named.sha1 or self.sha1, urls=urls)

    @property
    def definition(self) -> str:
        """The name of the prototxt to deploy: the first one of `files` with the role definition,
        else deploy.prototxt."""
        named = (one.name for one in self.files if one.role == "definition")
        return next(named, "deploy.prototxt")

    def file(self, name: str) -> ModelFile | None:
        """The file of that name, of `files`."""
        return next((one for one in self.files if one.name == name), None)

    def values(self) -> dict[str, Any]:
        """The front matter as plain values, without what is empty; the keys of 2014 first."""
        found = {**_plain(self), **self.extra}
        if self.card < VERSION:
            del found["card"]
        return found

    def text(self) -> str:
        """The readme.md. Of one that was read, what did not change is kept to the letter."""
        front, values = self._front, self.values()
        whole = f"---\n{_front_matter.dump(values)}---\n{self.prose}"
        if front is None:
            return whole
        before = _card(front, self.path).values()
        if not front.present:
            return self.prose if values == before else whole
        changed = {key: value for key, value in values.items() if before.get(key) != value}
        text = _front_matter.replace(front, changed, before.keys() - values.keys()) + self.prose
        return text if _says(text, values) else whole  # keys may share a line, or be indented

    def write(self, path: PathLike | None = None) -> Path:
        """Writes the readme.md, where it was read from if no other file or folder is named.
        Line ends and a byte order mark stay as they were. ParseError when nobody could read it."""
        target = Path(path) if path is not None else self.path
        if target is None:
            raise InvalidArgumentError("the card was not read from a file: name one to write it to")
        target = target / README if target.is_dir() else target
        text = self.text()
        _sure(_taken_apart(text, target))
        data = text.encode()
        old = (
            _front_matter.read_bytes(self.path)
            if self.path is not None and self.path.is_file()
            else b""
        )
        if old.split(b"\n", 1)[0].endswith(b"\r"):
            data = data.replace(b"\n", b"\r\n")
        if old.startswith(b"\xef\xbb\xbf"):
            data = b"\xef\xbb\xbf" + data
        write_whole(target, data)
        return target

    def validate(self) -> list[str]:
        """What is wrong with the card, as `file:line: sentence`; none where all is well. Unknown
        keys count; that something is not known does not (`unknown` tells)."""
        from . import _card_rules

        front = self._front or _taken_apart(self.text(), self.name)
        if not front.present:
            return [f"{front.where}:1: has no front matter; it begins and ends with a line of ---"]
        found = [
            f"{front.at(one.route)}: {one.text}"
            for one in _card_schema.problems(front)
            if not _is_authors_own(one, front)
        ]
        return found + [
            f"{front.at(route)}: {text}" for route, text in _card_rules.problems(self, front)
        ]

    def unknown(self) -> list[str]:
        """The keys of version 2 that say nothing yet, and files without address or checksum."""
        names = ("license", "task", "inputs", "labels", "data", "metrics", "expected")
        found = [name for name in names if not getattr(self, name)]
        for one in self.files or ([self.weights] if self.weights else []):
            if not (one.urls or one.from_):
                found.append(f"an address of {one.name}")
            archive = self.file(one.from_.archive) if one.from_ is not None else None
            if not (one.checksums or (archive is not None and archive.checksums)):
                found.append(f"a checksum of {one.name}")
        return found if self.weights else ["caffemodel", *found]


def read(path: PathLike) -> ModelCard:
    """The card of a folder, or in a readme.md. A readme.md without front matter gives a card that
    has the folder's name and its prose."""
    target = Path(path)
    if target.is_dir():
        target = readme_of(target)
    try:
        text = _front_matter.decode(_front_matter.read_bytes(target), str(target))
    except FileNotFoundError as failure:
        raise FileError(f"{target}: there is no such file or folder") from failure
    except OSError as failure:
        raise FileError(f"{target}: cannot be read: {failure.strerror}") from failure
    return parse(text, target)


def readme_of(folder: Path) -> Path:
    """The readme.md of a folder; NotFoundError when it has none."""
    found = readme_in(folder)
    if found is None:
        raise NotFoundError(
            f"{folder}: has no {README}, which is where a model's card is; "
            "`caffe zoo new` writes one"
        )
    return found


def readme_in(folder: Path) -> Path | None:
    """The readme.md of a folder, however it is capitalised; None when there is none to be read."""
    named = []
    with contextlib.suppress(OSError):
        named = [one for one in folder.iterdir() if one.name.lower() == README and one.is_file()]
    return next((one for one in named if one.name == README), min(named, default=None))


def parse(text: str, where: PathLike) -> ModelCard:
    """The card that the text of a readme.md holds; `where` is what errors call it."""
    front = _taken_apart(text, where)
    for problem in _sure(front):
        if not _is_authors_own(problem, front):
            sentence = f"{front.at(problem.route)}: {problem.text}"
            warnings.warn(sentence, CardWarning, stacklevel=3)
    return _card(front, Path(where))


def _sure(front: FrontMatter) -> list[_card_schema.Problem]:
    """What is odd in front matter; ParseError for what is wrong."""
    found = _card_schema.problems(front)
    for problem in found:
        if not problem.harmless:
            raise ParseError(f"{front.at(problem.route)}: {problem.text}")
    return found


def _taken_apart(text: str, where: PathLike) -> FrontMatter:
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    return _front_matter.parse(text, str(where), _card_schema.text_keys())


def _says(text: str, values: dict[str, Any]) -> bool:
    try:
        return _card(_taken_apart(text, README), None).values() == values
    except ParseError:
        return False


def _is_authors_own(problem: _card_schema.Problem, front: FrontMatter) -> bool:
    """Authors of version 1 add keys as they like."""
    return problem.harmless and len(problem.route) == 1 and front.values.get("card") is None


def _card(front: FrontMatter, path: Path | None) -> ModelCard:
    if not front.present:
        folder = path.resolve().parent.name if path is not None else ""
        return ModelCard(folder, card=0, prose=front.prose, path=path, _front=front)
    card: ModelCard = _built(ModelCard, front.values)
    if front.values.get("card") is None:
        card.card = 1
    known = {one.name for one in dataclasses.fields(ModelCard)}
    card.extra = {
        key: value
        for key, value in front.values.items()
        if key not in known - _NOT_KEYS and value is not None
    }
    card.prose, card.path, card._front = front.prose, path, front
    return card


_NOT_KEYS = frozenset({"extra", "prose", "path", "_front"})


def _built(kind: type[Any], values: dict[str, Any]) -> Any:
    """A dataclass from the values of a mapping that follows the schema. What is null is left at
    its default, and so is what is not known."""
    found = {}
    for one in dataclasses.fields(kind):
        key = one.name.rstrip("_")
        value: Any = values.get(key)
        if value is None or one.name in _NOT_KEYS:
            continue
        inner = _NESTED.get(key)
        if inner is not None:
            many = isinstance(value, list)
            value = [_built(inner, item) for item in value] if many else _built(inner, value)
        found[one.name] = value.lower() if key in _DIGESTS else value
    return kind(**found)


def _plain(one: Any) -> dict[str, Any]:
    """The mapping that _built makes `one` of, without what is at its default."""
    found = {}
    for item in dataclasses.fields(one):
        value = getattr(one, item.name)
        factory = item.default_factory
        default = item.default if factory is dataclasses.MISSING else factory()
        if item.name in _NOT_KEYS or value == default and item.name != "card":
            continue
        if dataclasses.is_dataclass(value):
            value = _plain(value)
        elif isinstance(value, list):
            value = [_plain(each) if dataclasses.is_dataclass(each) else each for each in value]
        found[item.name.rstrip("_")] = value
    return found


_NESTED: dict[str, type[Any]] = {
    "expected": Expected,
    "files": ModelFile,
    "from": Member,
    "inputs": Input,
    "metrics": Metric,
    "top": Score,
}
_DIGESTS = frozenset({"sha256", "sha1", "md5"})
