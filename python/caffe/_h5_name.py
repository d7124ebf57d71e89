"""The library knows HDF5 files by their ending, .h5; users may call them anything."""

from __future__ import annotations

import tempfile
from pathlib import Path


class named_h5:
    """A path that ends in .h5 for an HDF5 file of any name: a link in a folder of its own where
    needed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Path:
        if self.path.suffix == ".h5" or not self.path.exists():
            return self.path
        self.folder = tempfile.TemporaryDirectory()
        link = Path(self.folder.name) / (self.path.name + ".h5")
        link.symlink_to(self.path.resolve())
        return link

    def __exit__(self, *_: object) -> None:
        if self.folder is not None:
            self.folder.cleanup()
