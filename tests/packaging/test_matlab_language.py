"""The .m files are in the language that MATLAB and Octave share, and every function has help text."""
from __future__ import annotations

import re
from pathlib import Path

import pytest

# What only one of the two accepts, or means something else to the other; looked for where no string and no
# comment is. The key is what to say.
REFUSED = {
    "Octave's comments (#)": r"#",
    "double quotes (strings in one, objects in the other)": r'"',
    "Octave's not (!)": r"!",
    "Octave's assignments (+=, ++)": r"[-+*/^|&]=(?!=)|\+\+|--(?!\d)|\*\*",
    "Octave's words for end": r"\bend(if|for|while|function|switch|classdef|methods|properties|parfor)\b|\bend_\w+",
    "Octave's words": r"\b(unwind_protect|until|printf|puts|fdisp|print_usage|nthargout|isargout|ifelse)\b",
    "an index behind parentheses, f(x)(1), f(x){1}": r"\)\s?[({]",
    "MATLAB's blocks": r"^\s*(arguments|enumeration|events)\b\s*(\(|$)",
    "MATLAB's functions": r"\b(isvalid|contains|strings?|strip|imresize|datetime"
                          r"|mustBe\w+|isscalartext|convertStringsToChars|rmmissing)\s*\(",
    "import": r"^\s*import\b",
    "arrays of objects": r"\.empty\b",
    "matlab.unittest": r"\bmatlab\.unittest\b",
    "functions of objects found by name only in MATLAB": r"\bmetaclass\b|\?\w+",
    "private/ folders' functions": r"\bprivate\.",
}
VALIDATED = re.compile(r"^\s*\w+\s+(\(|[A-Za-z]\w*\s*(=|$))")  # a property with a size or class
OPENERS = re.compile(r"[\w)\]}'.]")


def code_of(line: str) -> str:
    """The line with its strings blanked, its comment and what follows `...` cut off."""
    out: list[str] = []
    brackets = 0
    i = 0
    while i < len(line):
        c = line[i]
        if c == "%" or line.startswith("...", i):
            break
        if c == "'":
            # Behind a name, a closing bracket or another transpose it transposes; in brackets a space parts them.
            before = line[i - 1] if i else " "
            if OPENERS.match(before) and not (brackets and before == " "):
                out.append(c)
                i += 1
                continue
            end = i + 1
            while end < len(line) and (line[end] != "'" or line[end + 1:end + 2] == "'"):
                end += 2 if line[end] == "'" else 1
            out.append("''")
            i = end + 1
            continue
        brackets += (c in "[{") - (c in "]}")
        out.append(c)
        i += 1
    return "".join(out).rstrip()


def code_lines(text: str) -> list[tuple[int, str]]:
    """Numbered lines of code, without block comments."""
    lines = []
    depth = 0
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() == "%{":
            depth += 1
        elif line.strip() == "%}":
            depth -= 1
        elif depth == 0:
            lines.append((number, code_of(line)))
    return lines


def objections(text: str) -> list[str]:
    found = []
    inside = None  # the block of a classdef
    script = None  # whether the file's first words are neither function nor classdef
    for number, code in code_lines(text):
        found += [f"{number}: {what}" for what, pattern in REFUSED.items() if re.search(pattern, code)]
        words = code.split()
        if not words:
            continue
        if script is None:
            script = words[0] not in ("function", "classdef")
        if words[0] in ("properties", "methods"):
            inside = words[0]
        elif words[0] in ("end", "function"):
            inside = None
        elif inside == "properties" and VALIDATED.match(code):
            found.append(f"{number}: a property with a size or class")
        if script and words[0] == "function":
            found.append(f"{number}: a function in a script (the one wants it at the end, the other before its use)")
    return found


def sources(root: Path) -> list[Path]:
    files = [file for folder in ("matlab", "tests/matlab") for file in sorted((root / folder).rglob("*.m"))]
    assert files
    return files


def test_no_file_has_words_of_one_language_only(root: Path) -> None:
    found = [f"{file.relative_to(root)}:{what}" for file in sources(root) for what in objections(file.read_text())]
    assert found == []


def test_lines_are_short_and_without_tabs(root: Path) -> None:
    long = [f"{file.relative_to(root)}:{number}" for file in sources(root)
            for number, line in enumerate(file.read_text().splitlines(), 1) if len(line) > 100 or "\t" in line]
    assert long == []


def test_there_is_no_private_folder(root: Path) -> None:
    """Octave does not find one in a package."""
    assert [str(folder) for folder in (root / "matlab").rglob("private")] == []


def test_every_function_has_help(root: Path) -> None:
    """Help is the comment behind the signature; that of a file of the package begins with its name."""
    missing = []
    for file in sorted((root / "matlab/+caffe").rglob("*.m")):
        lines = file.read_text().splitlines()
        name = ".".join(part.lstrip("+") for part in file.relative_to(root / "matlab").with_suffix("").parts
                        if not part.startswith("@"))
        after = " ".join(lines[1:4])
        if not lines[1].lstrip().startswith("%") or name not in after:
            missing.append(f"{file.name}: begins with no help on {name}")
        public = lines[0].startswith("classdef") and "+internal" not in file.parts
        for number, line in enumerate(lines):
            signature = re.match(r"    function (?:.*= *)?([\w.]+)", line)
            if line.startswith("  methods (Access = private)"):
                break
            if public and signature and signature[1] not in ("disp", file.stem) and "get." not in signature[1] \
                    and not lines[number + 1].lstrip().startswith("%"):
                missing.append(f"{file.name}:{number + 1}: {signature[1]}")
    assert missing == []


BAD = ["x = 1  # comment", 'x = "text";', "if !x", "if x != 3", "x += 1;", "i++;", "endif", "end_try_catch", "y = f(x)(1);",
       "y = f(x){1};", "arguments", "  enumeration", "import pk.*", "if isvalid(net)", "b = caffe.Blob.empty();",
       "printf('x')", "unwind_protect", "x = string(3);", "class t < matlab.unittest.TestCase",
       "disp hello\nfunction f()\nend", "classdef c\n  properties\n    a double\n  end\nend",
       "classdef c\n  properties (Access = private)\n    a (1, 1)\n  end\nend"]
GOOD = ["x = 'a # b \" c ! += endif';  % a # comment, \"quoted\"", "y = x';", "y = x.';", "y = [a' b'];", "y = [a 'text!'];",
        "z = f(x)';", "x = 'it''s #';", "if a ~= b && ~c", "x = f(1, ... # not read\n  2);", "x = a(1).b(2).c();",
        "%{\n# not read\n%}", "function f()\n% help\nx = 1;\nend", "y = {x{:}, 'b'};", "end", "x = a{1}(2);",
        "classdef c\n  properties\n    a  % what\n    b = 3\n  end\nend", "x = -1; y = a - -1;"]


@pytest.mark.parametrize("text", BAD)
def test_what_is_refused(text: str) -> None:
    assert objections(text) != []


@pytest.mark.parametrize("text", GOOD)
def test_what_is_accepted(text: str) -> None:
    assert objections(text) == []
