#!/usr/bin/env python3
"""Writes the prototxts and readmes of models/ from the recipes beside this file.

    models/recipes/write.py           writes them
    models/recipes/write.py --check   exit status 1 when a file is not what would be written

A recipe is a Python file here that defines RECIPE (blocks.py says what that is).
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

from google.protobuf import text_format

HERE = Path(__file__).resolve().parent
MODELS = HERE.parent
sys.path.insert(0, str(HERE))

from blocks import Recipe
from caffe.net_spec import assign_proto
from caffe.proto import caffe_pb2


def recipes() -> dict[str, Recipe]:
    """All of them, by the names of their files."""
    names = sorted(path.stem for path in HERE.glob("*.py"))
    modules = {name: importlib.import_module(name) for name in names if name != "write"}
    return {name: module.RECIPE for name, module in modules.items() if hasattr(module, "RECIPE")}


def solver(recipe: Recipe) -> str:
    """solver.prototxt; where it runs is left to who starts it."""
    message = caffe_pb2.SolverParameter()
    folder = f"models/{recipe.folder}"
    message.net = f"{folder}/train_val.prototxt"
    for key, value in recipe.solver.items():
        assign_proto(message, key, value)
    message.snapshot_prefix = f"{folder}/{recipe.caffemodel.split('.caffemodel')[0]}_train"
    return text_format.MessageToString(message)


def readme(recipe: Recipe) -> str:
    """readme.md, with the front matter that zoo commands read."""
    return f"""\
---
name: {recipe.title}
caffemodel: {recipe.caffemodel}
license: BSD-2-Clause
---

{recipe.about}
The weights are not in this folder. The license is that of the files which are; weights come with their own.
"""


def files(name: str, recipe: Recipe) -> dict[str, str]:
    """What the folder of a recipe holds."""
    note = f"# Written by models/recipes/{name}.py.\n"
    return {
        "deploy.prototxt": note + text_format.MessageToString(recipe.deploy()),
        "train_val.prototxt": note + text_format.MessageToString(recipe.train_val()),
        "solver.prototxt": note + solver(recipe),
        "readme.md": readme(recipe),
    }


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    check = parser.parse_args().check
    stale = 0
    for name, recipe in recipes().items():
        folder = MODELS / recipe.folder
        for file, text in files(name, recipe).items():
            path = folder / file
            if path.exists() and path.read_text() == text:
                continue
            stale += 1
            if check:
                print(f"{path} is not what {name}.py says: run models/recipes/write.py")
            else:
                folder.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
                print(f"wrote {path}")
    return int(check and stale > 0)


if __name__ == "__main__":
    sys.exit(main())
