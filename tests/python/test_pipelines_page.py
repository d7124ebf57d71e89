"""docs/pipelines.md names programs, options and models that there are."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from caffe.zoo import layers
from examples_for_tests import EXAMPLES, load

ROOT = EXAMPLES.parent
PAGE = (ROOT / "docs/pipelines.md").read_text()
COMMANDS = [
    line
    for block in re.findall(r"^```\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]


@pytest.mark.parametrize("command", [one for one in COMMANDS if one.startswith("python ")])
def test_programs_have_their_options(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, program, *words = shlex.split(command)
    module = load(str(Path(program).relative_to("examples")))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("sys.argv", [program, "--help"])
        with pytest.raises(SystemExit):
            module.main()
    told = capsys.readouterr().out
    usage = told[: told.index("\n\n")]
    for word in words:
        if word.startswith("--"):
            assert re.search(rf"{word}\b", usage), word


def test_models_have_cards() -> None:
    named = [command.split()[-1] for command in COMMANDS if command.startswith("caffe zoo")]
    named += re.findall(r"--model (\S+)", PAGE)
    assert len(named) > 7
    for name in named:
        assert (ROOT / "models" / name / "readme.md").is_file(), name


def test_files_of_the_checkout_are_there() -> None:
    for path in re.findall(r"\b((?:examples|models)/[\w./-]+\.(?:py|prototxt))", PAGE):
        assert (ROOT / path).is_file(), path


def test_all_stand_ins_are_listed() -> None:
    table = PAGE[PAGE.index("| module |") :]
    named = {
        name
        for row in table.splitlines()
        for name in re.findall(r"`([\w.]+)`", row.split("|")[1] if row.startswith("|") else "")
    }
    there = {
        ".".join(path.relative_to(layers.FOLDER).with_suffix("").parts)
        for path in layers.FOLDER.rglob("*.py")
        if not path.name.startswith("__")
    }
    assert named == there
