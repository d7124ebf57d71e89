"""Brings the files that a model's card lists into a folder: from addresses, out of archives, from the
gist.

A model that is named goes where downloads go ($CAFFE_ZOO, else the user's cache), with its card and
definitions; one that is given as a folder gets its files there.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote

from ..errors import Error, FileError, NotFoundError
from . import archive, card, catalog, checksums, gist, transfer
from .addresses import Patience, local_path
from .card import ModelCard, ModelFile
from .files import copy as copy_file
from .files import told

ALL, WEIGHTS, OTHERS = "all", "weights", "others"
SMALL = 1 << 20  # bytes: what goes along with a card


@dataclass(frozen=True)
class Terms:
    """How files are fetched. `sources` are addresses of folders that have a model's files under
    their names, tried before the card's addresses; they alone may be of this machine, unless
    `local` says that the card's may be, too. The rest is as in `transfer.fetch`."""

    sources: tuple[str, ...] = ()
    local: bool = False
    overwrite: bool = False
    keep_archives: bool = False
    quiet: bool = False
    patience: Patience = field(default_factory=Patience)


@dataclass
class Outcome:
    """What became of a download. `failures` says why files could not be had; those of
    `without_address` nobody can fetch; of those in `unverified` no checksum is known."""

    folder: Path
    came: list[Path] = field(default_factory=list)
    unverified: list[Path] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    without_address: list[ModelFile] = field(default_factory=list)


def download(
    model: card.PathLike, *, which: str = ALL, to: Path | None = None, terms: Terms | None = None
) -> Outcome:
    """Brings the files of a model, a name or a folder, that are not there yet.

    which: ALL, WEIGHTS or OTHERS. to: the folder in which the model's folder is to be, if not the
    usual one. A file that cannot be had does not keep the others from coming: `failures` has its
    sentence. NotFoundError when there is no such model.
    """
    terms = terms or Terms()
    found = catalog.find(model)
    about = card.read(found)
    files = listed(about, which)
    if to is not None:
        return copy(about, to / found.resolve().name, files, terms)
    named = os.fspath(model) == found.name and Path(model) != found
    if named and _lacks(about, found, files):
        return copy(about, catalog.download_folder() / found.name, files, terms)
    return bring(about, found, files, terms)


def copy(about: ModelCard, folder: Path, files: Iterable[ModelFile], terms: Terms) -> Outcome:
    """The model in another folder: its small files as they are, the others as far as they are here
    or have an address."""
    source = about.folder
    if source is not None and source.resolve() != folder.resolve():
        copy_small(source, folder)
        terms = replace(terms, sources=(source.absolute().as_uri(), *terms.sources))
    return bring(about, folder, files, terms)


def listed(about: ModelCard, which: str = ALL) -> list[ModelFile]:
    """The files of a model that one may want; archives are only what others come in."""
    weights = about.weights
    others = [one for one in about.files if weights is None or one.name != weights.name]
    files = ([weights] if weights is not None else []) + others
    return [one for one in files if _is_wanted(one.role, which)]


def _is_wanted(role: str, which: str) -> bool:
    if role == "archive":
        return False
    return which == ALL or (role == "weights") == (which == WEIGHTS)


def bring(about: ModelCard, folder: Path, files: Iterable[ModelFile], terms: Terms) -> Outcome:
    """The files in a folder. Archives are fetched for what is missing, and removed again."""
    outcome = Outcome(folder)
    wanted = [one for one in files if not _is_there(folder / one.name, one)]
    with _Archives(about, folder, terms) as archives:
        for one in wanted:
            try:
                if _bring_one(one, folder, archives, terms):
                    outcome.came.append(folder / one.name)
                    outcome.unverified += [] if one.checksums else [folder / one.name]
                elif not (folder / one.name).is_file():
                    outcome.without_address.append(one)
            except Error as failure:
                outcome.failures.append(str(failure))
    _fill_from_gist(about, outcome, terms)
    return outcome


def copy_small(source: Path, folder: Path, *, overwrite: bool = False) -> None:
    """The card, the definitions and what else is small, where it is not there yet; overwrite: and
    where it is."""
    with told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        paths = sorted(source.iterdir())
    for path in paths:
        odd = path.is_symlink() or path.name.startswith(".") or path.suffix == ".part"
        small = not odd and path.is_file() and path.stat().st_size <= SMALL
        target = folder / path.name
        if small and (not target.exists() or (overwrite and not target.samefile(path))):
            copy_file(path, target)


def _lacks(about: ModelCard, folder: Path, files: Iterable[ModelFile]) -> bool:
    """Whether something could be brought that is not there."""
    fetched = (one for one in files if one.urls or one.from_)
    return any(not _is_there(folder / one.name, one) for one in fetched) or _needs_gist(
        about, folder
    )


def _is_there(path: Path, one: ModelFile) -> bool:
    return path.is_file() and not checksums.difference(path, one.size, one.checksums)


def _addresses(one: ModelFile, terms: Terms) -> tuple[list[str], list[str]]:
    """Where a file may be, and which of these addresses may be of this machine."""
    first = [f"{source}/{quote(one.name)}" for source in terms.sources]
    paths = {address: local_path(address) for address in first}
    first = [one for one, path in paths.items() if path is None or path.is_file()]
    return first + one.urls, first + (one.urls if terms.local else [])


def _bring_one(one: ModelFile, folder: Path, archives: _Archives, terms: Terms) -> bool:
    """One file; False when it has no address."""
    addresses, local = _addresses(one, terms)
    target = folder / one.name
    if one.from_ is None and not addresses:
        difference = (
            checksums.difference(target, one.size, one.checksums) if target.is_file() else ""
        )
        if difference:
            raise FileError(f"{target} has {difference}, and no address of another is known")
        return False
    if addresses:
        try:
            _fetch(one, target, addresses, local, terms)
            return True
        except FileError:
            if one.from_ is None:
                raise
    archives.take(one, target)
    return True


def _fetch(
    one: ModelFile, target: Path, addresses: list[str], local: list[str], terms: Terms
) -> None:
    transfer.fetch(
        addresses,
        target,
        size=one.size,
        sums=one.checksums,
        overwrite=terms.overwrite,
        local=local,
        quiet=terms.quiet,
        patience=terms.patience,
    )


def _fill_from_gist(about: ModelCard, outcome: Outcome, terms: Terms) -> None:
    """Definitions that have no address are in the gist, if there is one."""
    if about.gist_id is None or not _needs_gist(about, outcome.folder):
        return
    try:
        came = gist.fill(about.gist_id, outcome.folder, patience=terms.patience)
    except Error as failure:
        outcome.failures.append(str(failure))
        return
    known = {one.name: one for one in listed(about)}
    for path in came[:]:
        one = known.get(path.name)
        difference = checksums.difference(path, one.size, one.checksums) if one else ""
        if difference:
            path.unlink()
            came.remove(path)
            outcome.failures.append(f"{path.name} of the gist {about.gist_id} has {difference}")
    outcome.came += came
    there = {path.name for path in came}
    outcome.without_address = [one for one in outcome.without_address if one.name not in there]


def _needs_gist(about: ModelCard, folder: Path) -> bool:
    roles = ("definition", "train", "solver")
    names = [one.name for one in about.files if one.role in roles] or [about.definition]
    return about.gist_id is not None and not all((folder / name).exists() for name in names)


class _Archives:
    """Archives that files of a model come in: each is fetched once, when it is needed first."""

    def __init__(self, about: ModelCard, folder: Path, terms: Terms) -> None:
        self._about, self._folder, self._terms = about, folder, terms
        self._failed: dict[str, str] = {}
        self._fetched: set[Path] = set()

    def __enter__(self) -> _Archives:  # noqa: PYI034  typing has Self from 3.11 on
        return self

    def __exit__(self, *raised: object) -> None:
        if not self._terms.keep_archives:
            for path in self._fetched:
                path.unlink(missing_ok=True)

    def take(self, one: ModelFile, target: Path) -> None:
        """Unpacks a file, and gives it its name when it is what the card says."""
        assert one.from_ is not None
        while True:
            path = self._fetch(one.from_.archive)
            if _is_there(target, one):  # another process was quicker
                return
            try:
                self._unpack(one, path, target)
                return
            except FileError:
                if path.exists():
                    raise
                self._fetched.discard(path)  # another process needed it no more

    def _unpack(self, one: ModelFile, path: Path, target: Path) -> None:
        assert one.from_ is not None
        if target.exists() and not self._terms.overwrite:
            raise FileError(
                f"{target} is there, but is not what the card says: move it away, or have it "
                "replaced (--force)"
            )
        with told(target):
            folder = tempfile.TemporaryDirectory(prefix=".unpacking-", dir=target.parent)
        with folder:
            scratch, member = Path(folder.name, one.name), one.from_.member
            archive.unpack_member(path, member or one.name, scratch, anywhere=member is None)
            difference = checksums.difference(scratch, one.size, one.checksums)
            if difference:
                raise FileError(f"{one.name} in {path.name} has {difference}")
            with told(target):
                os.replace(scratch, target)

    def _fetch(self, name: str) -> Path:
        if name in self._failed:
            raise FileError(self._failed[name])
        path = self._folder / name
        about = self._about.file(name)
        if about is None:
            raise NotFoundError(f"the card names the archive {name}, but not where it is")
        if path in self._fetched or _is_there(path, about):
            return path
        was_there = path.exists()
        try:
            addresses, local = _addresses(about, self._terms)
            _fetch(about, path, addresses, local, self._terms)
        except Error as failure:
            self._failed[name] = str(failure)
            raise
        if not was_there:  # else it is somebody's, and stays
            self._fetched.add(path)
        return path
