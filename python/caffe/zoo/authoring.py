"""Writes model cards: a new one for files that are there, and what one has to say of its weights
before they are shared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .. import net
from .._messages import net_from_text, upgrade_net_text
from .._net_arguments import TEST
from ..errors import Error, FileError, InvalidArgumentError, NotFoundError, ParseError
from . import card, checksums
from .card import Input, ModelCard, ModelFile
from .files import copy, told

_DEPLOY = "deploy.prototxt"
_WEIGHTS = (".caffemodel", ".caffemodel.h5")
_PROSE = """
# {name}

What the model does, and what it was made for.

## Data

What it was trained on, and how the data was prepared.

## Training

Choices that matter: initial weights, learning rates, iterations. Files: {files}.

## License

Under which conditions the weights may be used, and what is to be cited. Name the license in the front
matter, too, by its SPDX identifier where it has one.
"""


def new(
    folder: Path,
    *,
    deploy: Path | None = None,
    weights: Path | None = None,
    name: str | None = None,
) -> ModelCard:
    """Writes a readme.md for a model into its folder, which is made if need be.

    The files that are named are copied there; those that are not are looked for in the folder. The
    card says what they tell: sizes, checksums, input shapes. FileError when there is a readme.md;
    errors of the library when the weights are not for the net.
    """
    there = card.readme_in(folder)
    if there is not None:
        raise FileError(f"{there} is there already: change it, or name another folder")
    deploy = deploy or _only(folder, "*deploy*.prototxt", "--deploy")
    weights = weights or _only(folder, "*.caffemodel*", "--weights")
    inputs = inputs_of(deploy)
    fits(deploy, weights)
    # The name of 2014, under which everybody looks for it.
    deploy = _copied(
        deploy, folder, deploy.name if deploy.resolve().parent == folder.resolve() else _DEPLOY
    )
    weights = _copied(weights, folder, weights.name)
    about = ModelCard(name or folder.resolve().name)
    about.inputs = inputs
    if deploy.name != _DEPLOY:
        about.files.append(ModelFile(deploy.name, "definition"))
    describe(about, weights, [])
    names = sorted(path.name for path in folder.iterdir() if path.suffix == ".prototxt")
    about.prose = _PROSE.format(name=about.name, files=", ".join(names))
    about.write(folder)
    return card.read(folder)


def prepare(folder: Path, urls: Sequence[str]) -> ModelCard:
    """Brings the card of a folder up to date with its weights, which are to be found at `urls`
    from now on, and writes it.

    ParseError when the card is wrong; NotFoundError when there are no weights; errors of the
    library when they are not for the net.
    """
    about = card.read(folder)
    problems = about.validate()
    if problems:
        more = f" (and {len(problems) - 1} more: `caffe zoo check`)" if len(problems) > 1 else ""
        raise ParseError(f"{problems[0]}{more}")
    if about.weights is None:
        raise NotFoundError(f"{about.path}: names no caffemodel, which is what is published")
    weights = folder / about.weights.name
    if not weights.is_file():
        raise NotFoundError(f"{weights} is not there; its size and checksums are part of the card")
    fits(folder / about.definition, weights)
    describe(about, weights, urls)
    about.write()
    return card.read(folder)


def describe(about: ModelCard, weights: Path, urls: Sequence[str]) -> None:
    """Says in a card of version 2 what the weights are, for old readers, too. `urls` come before
    the addresses that it has; a file that has changed is no longer to be had at those."""
    sums = checksums.of_file(weights, ("sha256", "sha1"))
    entry = about.file(weights.name)
    if entry is None:
        entry = about.weights or ModelFile(weights.name, "weights")
        about.files.insert(0, entry)
    before = {**entry.checksums, **({"sha1": about.sha1} if about.sha1 else {})}
    changed = any(sums.get(kind, value) != value for kind, value in before.items())
    known = [] if changed else [about.caffemodel_url, *entry.urls]
    entry.urls = list(dict.fromkeys([*urls, *(one for one in known if one)]))
    entry.role, entry.size = "weights", weights.stat().st_size
    entry.sha256, entry.sha1, entry.md5 = sums["sha256"], sums["sha1"], None
    about.card = max(about.card, card.VERSION)
    about.caffemodel, about.sha1 = weights.name, entry.sha1
    about.caffemodel_url = entry.urls[0] if entry.urls else None


def fits(deploy: Path, weights: Path) -> None:
    """Makes the net with the weights; the library's error when they are not for it."""
    net.Net(deploy, TEST, weights=weights)


def inputs_of(deploy: Path) -> list[Input]:
    """The names and shapes of a definition's inputs. Errors of the library when it is none, or has
    none."""
    try:
        text = deploy.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as failure:
        raise FileError(f"{deploy}: cannot be read: {failure}") from failure
    try:
        message = net_from_text(upgrade_net_text(text))
    except Error as failure:
        raise type(failure)(str(failure).replace("<text>", str(deploy), 1)) from failure
    found = []
    for layer in message.layer:
        if layer.type == "Input":
            shapes = list(layer.input_param.shape)
            shapes = shapes * len(layer.top) if len(shapes) == 1 else shapes
            for top, shape in zip(layer.top, shapes):
                found.append(Input(top, shape=list(shape.dim)))
    if not found:
        raise InvalidArgumentError(
            f"{deploy}: has no inputs: a net to deploy begins with layers of type Input"
        )
    return found


def _only(folder: Path, pattern: str, option: str) -> Path:
    if not folder.is_dir():
        raise NotFoundError(
            f"{folder}: there is no such folder; name the net's files by --deploy and --weights to "
            "have it made"
        )
    found = sorted(path for path in folder.glob(pattern) if path.is_file())
    found = [path for path in found if path.suffix == ".prototxt" or path.name.endswith(_WEIGHTS)]
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise NotFoundError(
            f"{folder}: one {pattern} is expected, there is {names}: name it by {option}"
        )
    return found[0]


def _copied(path: Path, folder: Path, name: str) -> Path:
    target = folder / name
    with told(target):
        folder.mkdir(parents=True, exist_ok=True)
        if target.exists() and target.samefile(path):
            return target
    if target.exists():
        raise FileError(f"{target} is there already, and is another file than {path}")
    copy(path, target)
    return target
