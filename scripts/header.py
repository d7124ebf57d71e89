"""What caffe.h declares: `header.py cdef HEADER [OUTPUT]` or `header.py functions HEADER`.

`cdef` writes the declarations as cffi reads them: no comments, no preprocessor, no attribute macros.
Macros that stand for an integer stay as #define lines. `functions` prints the names of the functions.
"""
import re
import sys
from pathlib import Path


def declarations(header: str) -> str:
    """The header's C declarations alone."""
    text = re.sub(r"/\*.*?\*/|//[^\n]*", " ", header, flags=re.S).replace("\\\n", " ")
    text = re.sub(r'#\s*ifdef __cplusplus.*?#\s*endif', "", text, flags=re.S)
    text = re.sub(r'extern\s+"C"\s*\{', "", text)

    constants, attributes = [], set()
    for name, body in re.findall(r"^[ \t]*#[ \t]*define[ \t]+(\w+)([^\n]*)", text, re.M):
        if re.fullmatch(r"\s+-?(0x[0-9a-fA-F]+|\d+)\s*", body):
            constants.append(f"#define {name} {body.strip()}\n")
        else:
            attributes.add(name)
    text = re.sub(r"^[ \t]*#[^\n]*", "", text, flags=re.M)
    for name in attributes:
        text = re.sub(rf"\b{name}\b(\s*\([^()]*\))?", "", text)
    text = re.sub(r"[ \t]+", " ", text)
    return "".join(constants) + re.sub(r"\s*\n\s*\n\s*", "\n\n", text).strip() + "\n"


def functions(header: str) -> list[str]:
    """The names of the functions declared, sorted."""
    text = re.sub(r"\{[^{}]*\}", "", declarations(header))
    statements = [one for one in text.split(";") if not re.match(r"\s*typedef\b", one)]
    found = (re.search(r"\b(caffe_\w+)\s*\(", one) for one in statements)
    return sorted(one.group(1) for one in found if one)


if __name__ == "__main__":
    header_text = Path(sys.argv[2]).read_text()
    result = declarations(header_text) if sys.argv[1] == "cdef" else "\n".join(functions(header_text)) + "\n"
    if len(sys.argv) > 3:
        Path(sys.argv[3]).write_text(result)
    else:
        sys.stdout.write(result)
