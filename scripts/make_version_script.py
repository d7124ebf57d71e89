"""Write the linker's version script from the list of exported functions: EXPORTS OUTPUT.

In the list a line ending in a colon names a version node; the functions it added follow, one a line.
"""
import sys
from pathlib import Path

nodes: dict[str, list[str]] = {}
for line in Path(sys.argv[1]).read_text().split("\n"):
    line = line.split("#")[0].strip()
    if line.endswith(":"):
        functions = nodes.setdefault(line[:-1], [])
    elif line:
        functions.append(line)

text, parent = "", ""
for node, functions in nodes.items():
    # Everything not listed is local, said once, in the first node.
    hidden = "" if parent else " local: *;"
    listed = " global:" + "".join(f" {name};" for name in sorted(functions)) if functions else ""
    text += f"{node} {{{listed}{hidden} }}{parent};\n"
    parent = " " + node
Path(sys.argv[2]).write_text(text)
