"""Names that strangers give their files."""

from __future__ import annotations

import os
import re
from pathlib import PurePosixPath

from ..errors import InvalidArgumentError


def plain(name: str) -> str:
    """A name as people write it, without the ./ that tar puts before it."""
    return re.sub(r"^(\./+)+", "", name)


def inside(name: str) -> PurePosixPath:
    """A path, if it stays in the folder it is for; InvalidArgumentError."""
    path = PurePosixPath(plain(name))
    parts = path.parts
    if not parts or path.is_absolute() or ".." in parts or not _can_be(name):
        raise InvalidArgumentError(f"the name {name[:300]!r} leads out of the folder, or is none")
    return path


def _can_be(name: str) -> bool:
    """Whether systems take it for a name, and people see what it is: neither characters that
    terminals obey, nor any that turn round what follows."""
    try:
        longest = max(len(os.fsencode(part)) for part in name.split("/"))
    except UnicodeEncodeError:
        return False
    hidden = re.search(r"[\\:\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", name)
    return longest <= 255 and not hidden


def file_name(name: str) -> str:
    """A name without a path; InvalidArgumentError for any other."""
    if len(inside(name).parts) > 1:
        raise InvalidArgumentError(f"the name {name!r} has folders in it, where a file is expected")
    return str(inside(name))
