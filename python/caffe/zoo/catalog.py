"""Where models are: from a name to its folder and card.

A name is looked for in the folders of $CAFFE_ZOO, in models/ of the working directory, in the user's
cache and in the package, in that order; a folder that has the weights is taken before one that only
has the card.
"""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

from .._named import did_you_mean, listed
from ..errors import Error, NotFoundError, UnsupportedError
from .card import README, CardWarning, ModelCard, PathLike, read, readme_in, readme_of

_PACKAGE = Path(__file__).parents[1]


def search_path() -> list[Path]:
    """The folders that hold models' folders, those that are looked through first at the front."""
    return [*_from_environment(), Path("models"), cache_folder(), _bundled()]


def download_folder() -> Path:
    """Where models that are downloaded by name go: the first folder of $CAFFE_ZOO, else the
    cache."""
    return next(iter(_from_environment()), cache_folder())


def cache_folder() -> Path:
    """The user's models: $XDG_CACHE_HOME/caffe/models, else ~/.cache/caffe/models."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(given) if os.path.isabs(given) else Path.home() / ".cache"
    return base / "caffe" / "models"


def _from_environment() -> list[Path]:
    given = os.environ.get("CAFFE_ZOO", "").split(os.pathsep)
    return [Path(one).expanduser() for one in given if one]


def _bundled() -> Path:
    """The cards and definitions that come with the package, or with the checkout it is in."""
    inside, beside = _PACKAGE / "models", _PACKAGE.parents[1] / "models"
    return inside if inside.is_dir() else beside


def find(model: PathLike) -> Path:
    """The folder of a model: of a name, a folder, or a readme.md.

    NotFoundError: no folder of that name has a readme.md; the message says where was looked.
    """
    text = os.fspath(model)
    if _is_path(text):
        path = Path(text)
        if path.is_dir():
            return readme_of(path).parent
        if path.is_file() and path.suffix.lower() == ".md":
            return path.parent
        raise NotFoundError(f"{text}: is neither the folder of a model nor its {README}")
    found = list(_folders(text))
    if not found and text and readme_in(Path(text)):
        return Path(text)
    if not found:
        if text and Path(text).is_dir():
            readme_of(Path(text))  # says that this folder here has none
        looked = ", ".join(str(one) for one in search_path())
        raise NotFoundError(f"there is no model {text!r} in {looked}{_suggestion(text)}")
    return next((one for one in found if _has_weights(one)), found[0])


def card(model: PathLike) -> ModelCard:
    """The card of a name, a folder, or a readme.md."""
    text = os.fspath(model)
    return read(text if _is_path(text) and Path(text).is_file() else find(text))


def names() -> list[str]:
    """The names of all models that `find` finds, in alphabetical order."""
    return sorted({folder.name for folder in _folders()})


def cards() -> list[ModelCard]:
    """The cards of all models. One that cannot be read is left out with a warning."""
    return list(_readable())


def search(words: str) -> list[ModelCard]:
    """The cards that have every one of the words, in any case, in their names, task, labels, data
    or what was measured on which data. ImageNet and ILSVRC, its challenge, are found by either."""
    wanted = words.lower().replace("imagenet", "ilsvrc").split()
    return [one for one in _readable() if all(word in _searched(one) for word in wanted)]


def _is_path(text: str) -> bool:
    return os.path.basename(text) != text or text in (".", "..") or text.lower().endswith(".md")


def _folders(name: str | None = None) -> Iterator[Path]:
    """The folders with a card, of that name if one is given: it may be in several places."""
    for place in search_path():
        below: list[Path] = []
        with contextlib.suppress(OSError):
            below = sorted(place.iterdir())
        yield from (one for one in below if name in (None, one.name) and readme_in(one))


def _readable() -> Iterator[ModelCard]:
    for name in names():
        try:
            yield read(find(name))
        except UnsupportedError:  # a package is missing: no card could be read
            raise
        except Error as failure:
            warnings.warn(f"a model is left out: {failure}", CardWarning, stacklevel=4)


def _has_weights(folder: Path) -> bool:
    try:
        weights = read(folder).weights
    except Error:  # whoever opens it is told why
        return False
    return weights is not None and (folder / weights.name).is_file()


def _searched(one: ModelCard) -> str:
    labels = one.labels if isinstance(one.labels, list) else []
    folder = one.folder.name if one.folder is not None else ""
    measured = [f"{metric.metric} {metric.on or ''}" for metric in one.metrics]
    text = "\n".join([folder, one.name, one.task or "", *labels, one.data or "", *measured])
    return text.lower().replace("imagenet", "ilsvrc")


def _suggestion(text: str) -> str:
    """A model that is called so, or nearly so; else the names there are."""
    with contextlib.suppress(UnsupportedError):  # then folders only have their own names
        for one in _readable():
            if one.name.lower() == text.lower() and one.folder is not None:
                return f"; did you mean {one.folder.name!r}?"
    known = names()
    return did_you_mean(text, known) or f"; there are: {listed(known)}"
