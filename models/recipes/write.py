#!/usr/bin/env python3
"""Writes the prototxts of models/ and examples/ from the recipes beside this file.

    models/recipes/write.py           writes them
    models/recipes/write.py --check   exit status 1 when a file is not what would be written

A recipe is a Python file here that defines FILES (blocks.py says what that is).
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

from google.protobuf import text_format

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FOLDERS = ("models", "examples")
NOTE = "# Written by models/recipes/"
sys.path.insert(0, str(HERE))


def definitions() -> dict[Path, str]:
    """What all recipes write."""
    texts: dict[Path, str] = {}
    for name in sorted(path.stem for path in HERE.glob("*.py")):
        if name == "write":
            continue
        for path, message in getattr(importlib.import_module(name), "FILES", {}).items():
            if ROOT / path in texts:
                sys.exit(f"{path}: {name}.py and another recipe write it: take it out of one")
            texts[ROOT / path] = f"{NOTE}{name}.py.\n" + text_format.MessageToString(message)
    return texts


def written() -> set[Path]:
    """The files that a recipe wrote, be there still one or not."""
    found = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*.prototxt"))
    return {path for path in found if path.read_text().startswith(NOTE)}


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    check = parser.parse_args().check
    texts = definitions()
    stale = [path for path, text in texts.items() if not path.exists() or path.read_text() != text]
    orphans = sorted(written() - texts.keys())
    for path in stale:
        if check:
            print(f"{path} is not what its recipe says: run models/recipes/write.py")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(texts[path])
            print(f"wrote {path}")
    for path in orphans:
        print(f"{path} is written by no recipe: delete it, or its first line")
    return int(bool(orphans) or (check and bool(stale)))


if __name__ == "__main__":
    sys.exit(main())
