"""Imported first by scripts that people start with whatever Python they have: where that one lacks
what the package needs, the script goes on in the one that make has set up for this checkout."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
_NEEDED = ("cffi", "numpy", "google", "PIL", "requests", "tqdm")


def _is_better() -> bool:
    own = _ROOT / ".venv"
    missing = any(find_spec(name) is None for name in _NEEDED)
    return missing and Path(sys.prefix) != own and (own / "bin/python").exists()


if _is_better():
    os.execv(_ROOT / "scripts/python", ["python", *sys.argv])
