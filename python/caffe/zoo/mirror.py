"""A tree of models that any web server can serve: `NAME/FILE`, and `index.json`, which says of each
model which files it has, how large they are and their SHA-256."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .._files import write_whole
from ..errors import InvalidArgumentError, NotFoundError, ParseError
from . import card, catalog, checksums, downloads, transfer
from .addresses import from_path
from .card import PathLike
from .downloads import Outcome, Terms
from .files import told
from .paths import file_name

INDEX = "index.json"
_LARGEST_INDEX = 64 << 20


def write(models: Iterable[PathLike], folder: Path, terms: Terms) -> list[Outcome]:
    """Puts models, named or as folders, into a tree, with all files that are here or can be had,
    and writes its index. What is in the tree already stays, unless terms.overwrite says that what
    has changed is replaced: a card and its weights belong together."""
    outcomes, placed = [], dict[Path, Path]()
    for model in models:
        about = card.read(catalog.find(model))
        assert about.folder is not None
        source = about.folder.resolve()
        place = folder / source.name
        if placed.setdefault(place, source) != source:
            raise InvalidArgumentError(
                f"{placed[place]} and {source} would both be {place}: rename one of them"
            )
        downloads.copy_small(about.folder, place, overwrite=terms.overwrite)
        outcomes.append(downloads.copy(about, place, downloads.listed(about), terms))
    _write_index(folder)
    return outcomes


def fetch_card(base: str, name: str, folder: Path, terms: Terms) -> Path:
    """Brings the card and the other small files of a model that only a mirror knows; returns its
    folder, which is made in `folder`. NotFoundError when the mirror has no such model."""
    base = from_path(base)
    files = _read_index(base, terms).get(file_name(name))
    if not isinstance(files, dict):
        raise NotFoundError(f"{base} has no model {name!r}")
    # The card comes last: with it the model counts as one that is here.
    for one, about in sorted(files.items(), key=lambda item: item[0].lower() == card.README):
        size = about.get("size") if isinstance(about, dict) else None
        if isinstance(size, int) and size <= downloads.SMALL:
            _fetch(
                f"{base}/{quote(name)}/{quote(file_name(one))}",
                folder / name / file_name(one),
                terms,
                size=size,
                sums={"sha256": str(about.get("sha256", ""))},
            )
    return folder / name


def _write_index(folder: Path) -> None:
    found = {}
    with told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        places = [place for place in sorted(folder.iterdir()) if card.readme_in(place)]
    for place in places:
        paths = [path for path in sorted(place.iterdir()) if _is_served(path)]
        found[place.name] = {
            path.name: {"size": path.stat().st_size, **checksums.of_file(path, ["sha256"])}
            for path in paths
        }
    write_whole(folder / INDEX, (json.dumps({"models": found}, indent=1) + "\n").encode())


def _is_served(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".") and path.suffix != ".part"


def _read_index(base: str, terms: Terms) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="caffe-zoo-") as scratch:
        path = _fetch(f"{base}/{INDEX}", Path(scratch) / INDEX, terms, limit=_LARGEST_INDEX)
        try:
            models = json.loads(path.read_text())["models"]
        except (ValueError, TypeError, KeyError, RecursionError) as failure:
            raise ParseError(f"{base}/{INDEX} is no index of models") from failure
    if not isinstance(models, dict):
        raise ParseError(f"{base}/{INDEX} is no index of models")
    return models


def _fetch(address: str, target: Path, terms: Terms, **known: Any) -> Path:
    return transfer.fetch(
        [address],
        target,
        local=[address],
        overwrite=terms.overwrite,
        quiet=terms.quiet,
        patience=terms.patience,
        **known,
    )
