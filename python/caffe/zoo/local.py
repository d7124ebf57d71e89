"""A model that is here, whole and as its card says: what caffe.load asks for before it opens one."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from .._files import write_whole
from ..errors import FileError
from . import catalog, checksums, downloads
from .card import ModelCard, ModelFile, PathLike


class LocalModel:
    """A model by its name, folder or readme.md. NotFoundError when there is none."""

    def __init__(self, model: PathLike) -> None:
        self._model = model
        self.card: ModelCard = catalog.card(model)

    @property
    def path(self) -> Path:
        """The readme.md."""
        assert self.card.path is not None
        return self.card.path

    def complete(self) -> None:
        """Fetches what it takes to run the model and is not here. FileError when it cannot be had,
        and when a file has other checksums than the card says: they are looked at once."""
        if self._missing():
            failures = self._download()
            missing = self._missing()
            if missing:
                reasons = "; ".join(failures) or f"no address of {', '.join(missing)} is known"
                raise FileError(f"{self.path.parent}: the model is not complete: {reasons}")
        if not self.has_been("verified"):
            self._verify()
            self.remember("verified")

    def has_been(self, what: str) -> bool:
        """Whether remember(what) was called for these very files."""
        try:
            return bool(json.loads(self._memory.read_text())[what] == self._state())
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def remember(self, what: str) -> None:
        """For later calls and processes. Where nothing can be written, nothing is remembered."""
        try:
            held = json.loads(self._memory.read_text())
        except (OSError, ValueError):
            held = {}
        try:
            self._memory.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._memory, json.dumps({**held, what: self._state()}).encode())
        except OSError:
            pass

    def _needed(self) -> list[str]:
        """The names of the files without which the model does not run."""
        weights = self.card.weights
        means = [one.mean_file for one in self.card.inputs if one.mean is None and one.mean_file]
        return [*([weights.name] if weights else []), self.card.definition, *means]

    def _missing(self) -> list[str]:
        return [name for name in self._needed() if not (self.path.parent / name).is_file()]

    def _download(self) -> list[str]:
        """Everything that has an address; what went wrong."""
        if Path(self._model).is_file():
            files = downloads.listed(self.card)
            terms = downloads.Terms()
            return downloads.bring(self.card, self.path.parent, files, terms).failures
        outcome = downloads.download(self._model)
        self.card = catalog.card(outcome.folder)
        return outcome.failures

    def _verify(self) -> None:
        files: list[ModelFile | None] = [self.card.weights, *map(self.card.file, self._needed())]
        for one in files:
            if one is None or not (self.path.parent / one.name).is_file():
                continue
            difference = checksums.difference(self.path.parent / one.name, one.size, one.checksums)
            if difference:
                raise FileError(
                    f"{self.path.parent / one.name} has {difference}; `caffe zoo download --force "
                    f"{self._model}` fetches it anew"
                )

    def _state(self) -> list[Any]:
        """What changes when a file does."""
        found: list[Any] = [hashlib.sha256(self.path.read_bytes()).hexdigest()]
        for name in self._needed():
            about = (self.path.parent / name).stat()
            found.append([name, about.st_size, about.st_mtime_ns])
        return found

    @property
    def _memory(self) -> Path:
        key = hashlib.sha256(str(self.path.resolve()).encode()).hexdigest()
        return catalog.cache_folder().parent / "checked" / f"{key[:32]}.json"
