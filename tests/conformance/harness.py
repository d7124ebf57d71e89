"""What all areas of the conformance runner share: cases, outcomes, comparisons."""
from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np


HOST_BACKENDS = {"cpu", "reference"}  # the others are devices


class Mismatch(Exception):
    """The library does not do what the original does."""


class Skipped(Exception):
    """The case cannot run here; `types` are the layer types that do not exist yet."""

    def __init__(self, reason: str, types: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.types = types


class Case:
    """One entry of index.json, with its folder and, loaded when asked for, its arrays."""

    def __init__(self, root: Path, entry: dict[str, Any]) -> None:
        self.area: str = entry["area"].partition("/")[0]
        self.path: str = entry["path"]
        self.entry = entry
        file, _, self.item = self.path.partition("#")
        self.folder = root / file
        self.shared = root.parent
        self._arrays: dict[str, np.ndarray] | None = None
        self._meta: dict[str, Any] | None = None

    def _load(self) -> None:
        with np.load(self.folder / "case.npz") as archive:
            self._arrays = {name: archive[name] for name in archive.files}
        self._meta = json.loads(str(self._arrays.pop("meta")))

    def forget(self) -> None:
        """Lets the arrays go."""
        self._arrays = self._meta = None

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        if self._arrays is None:
            self._load()
        assert self._arrays is not None
        return self._arrays

    @property
    def meta(self) -> dict[str, Any]:
        if self._meta is None:
            self._load()
        assert self._meta is not None
        return self._meta

    def of(self, kind: str, step: int | None = None) -> dict[str, np.ndarray]:
        """The arrays `kind:name` by name; those of one step, when steps are told apart."""
        found = {}
        for key, value in self.arrays.items():
            head, _, name = key.partition(":")
            if head != kind:
                continue
            name, _, suffix = name.partition("@")
            if suffix and step is not None and int(suffix) != step:
                continue
            found[name] = value
        return found


class Options:
    """What the command line says, and what the library has."""

    def __init__(self, backend: str, tool: Path | None, net: dict[str, Any]) -> None:
        import caffe

        self.backend, self.tool = backend, tool
        # Options of a net's creation; on a device, which CAFFE_DEVICE names, there is nothing to choose.
        self.net = {**net, "backend": backend} if backend in HOST_BACKENDS else net
        self.layer_types = set(caffe.layer_type_list())
        self.solver_types = set(caffe.solver_type_list())

    def need_layers(self, types: set[str]) -> None:
        missing = tuple(sorted(types - self.layer_types))
        if missing:
            raise Skipped(f"no layer type {', '.join(missing)}", missing)

    def need_layers_of(self, prototxt: str) -> None:
        """Types of layers begin with a capital letter, those of fillers do not."""
        self.need_layers(set(re.findall(r'(?<![\w"])type:\s*"([A-Z]\w*)"', prototxt)))


def check_close(what: str, actual: Any, expected: Any, rtol: float = 1e-4, atol: float = 1e-5) -> None:
    actual, expected = np.asarray(actual), np.asarray(expected)
    if actual.shape != expected.shape:
        raise Mismatch(f"{what}: shape {actual.shape}, expected {expected.shape}")
    if np.allclose(actual, expected, rtol=rtol, atol=atol, equal_nan=True):
        return
    with np.errstate(all="ignore"):
        wrong = ~np.isclose(actual, expected, rtol=rtol, atol=atol, equal_nan=True)
        first = tuple(int(i) for i in np.argwhere(wrong)[0])
        worst = np.max(np.nan_to_num(np.abs(np.asarray(actual, np.float64) - expected)[wrong], nan=np.inf))
    raise Mismatch(f"{what}: {int(wrong.sum())} of {wrong.size} values differ, by up to {worst:.3g}; "
                   f"at {list(first)} {actual[first]} instead of {expected[first]}")


def check_equal(what: str, actual: Any, expected: Any) -> None:
    if actual != expected:
        raise Mismatch(f"{what}: {actual!r}, expected {expected!r}")


@contextlib.contextmanager
def inside(folder: Path, copy: bool = False) -> Iterator[Path]:
    """Works in `folder`, whose files name each other relative to it; or in a copy that may be written to."""
    before = os.getcwd()
    with contextlib.ExitStack() as stack:
        if copy:
            target = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "case"
            shutil.copytree(folder, target, copy_function=shutil.copyfile)
            target.chmod(0o755)
            folder = target
        os.chdir(folder)
        try:
            yield folder
        finally:
            os.chdir(before)
