"""Sizes and checksums of files, as model cards give them: which there are, and whether a file has
them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from .._table import grouped
from ..errors import InvalidArgumentError

# The strongest first.
KINDS = ("sha512", "sha384", "sha256", "sha1", "md5")


def checked(checksums: Mapping[str, str]) -> dict[str, str]:
    """The given checksums in small letters, the strongest first. InvalidArgumentError for a kind
    nobody knows, or a number of the wrong length."""
    for kind, value in checksums.items():
        if kind not in KINDS:
            raise InvalidArgumentError(
                f"{kind} is no checksum that is known (known: {', '.join(KINDS)})"
            )
        digits = hashlib.new(kind).digest_size * 2
        if not re.fullmatch(f"[0-9a-fA-F]{{{digits}}}", value):
            raise InvalidArgumentError(f"{kind} {value!r}: expected {digits} hexadecimal digits")
    return {kind: checksums[kind].lower() for kind in KINDS if kind in checksums}


def of_file(path: Path, kinds: Iterable[str]) -> dict[str, str]:
    """A file's checksums of these kinds, read once."""
    sums = {kind: hashlib.new(kind) for kind in kinds}
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            for one in sums.values():
                one.update(piece)
    return {kind: one.hexdigest() for kind, one in sums.items()}


def difference(path: Path, size: int | None, expected: Mapping[str, str]) -> str:
    """What a file has of another size or other checksums than it should, in words; empty when
    nothing. All of the checksums have to be right."""
    there = path.stat().st_size
    if size is not None and there != size:
        return f"{grouped(there)} bytes where {grouped(size)} were expected"
    found = of_file(path, expected)
    return ", ".join(
        f"{kind} {found[kind]} where {value} was expected"
        for kind, value in expected.items()
        if found[kind] != value
    )
