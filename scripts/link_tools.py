"""Lay links to the command into the build folder: STAMP COMMAND FOLDER LINK...

Each LINK, a path below FOLDER, is laid as it is and with .bin behind it, as the original's build has both. STAMP lists
what was laid.
"""
import os
import sys
from pathlib import Path

stamp, command, folder, *links = sys.argv[1:]
for link in links:
    for path in (Path(folder, link), Path(folder, f"{link}.bin")):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(os.path.relpath(command, path.parent))
Path(stamp).write_text("\n".join(links) + "\n")
