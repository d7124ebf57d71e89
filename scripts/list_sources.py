"""Print the sources below folders, one a line, relative to the root: ROOT PATTERN FOLDER...

A folder written `name/` is listed without the folders below it.
"""
import sys
from pathlib import Path

root, pattern = Path(sys.argv[1]), sys.argv[2]
for folder in sys.argv[3:]:
    below = (root / folder).glob if folder.endswith("/") else (root / folder).rglob
    for path in sorted(below(pattern)):
        print(path.relative_to(root).as_posix())
