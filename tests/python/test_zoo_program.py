"""`caffe zoo` as a program: its words, and what it does where packages, letters or readers lack."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from caffe.zoo import card, commands

Said = pytest.CaptureFixture[str]
pytestmark = pytest.mark.usefixtures("own_zoo")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "models/small"
    folder.mkdir(parents=True)
    card.ModelCard("Small net").write(folder)
    return folder


def zoo(*arguments: str) -> int:
    return commands.main(arguments)


def test_help(capsys: Said) -> None:
    assert zoo() == 0
    assert "caffe zoo download squeezenet_v1.1" in capsys.readouterr().out
    for verb in ("list", "info", "search", "download", "upload", "new", "publish", "mirror"):
        with pytest.raises(SystemExit) as left:
            zoo(verb, "--help")
        assert left.value.code == 0
        assert f"usage: caffe zoo {verb}" in capsys.readouterr().out


BAD_TIMES = [["download", "x", "--timeout", text] for text in ("0", "-1", "nan", "1e300", "x")]


@pytest.mark.parametrize(
    "words", [["downlaod"], ["info"], ["list", "--no-such"], ["mirror", "x"], *BAD_TIMES]
)
def test_wrong_words(words: list[str], capsys: Said) -> None:
    with pytest.raises(SystemExit) as left:
        zoo(*words)
    assert left.value.code == 2
    assert "usage: caffe zoo" in capsys.readouterr().err


def run(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "caffe", "zoo", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        env={**os.environ, **more},
    )


def test_as_a_program(model: Path) -> None:
    done = run("info", "small")
    assert done.returncode == 0
    assert done.stdout.startswith("name ")
    done = run("info", "no_such_model")
    assert done.returncode == 1
    assert done.stderr.startswith("caffe zoo: there is no model 'no_such_model'")


def test_letters_that_the_terminal_does_not_have(model: Path) -> None:
    readme = model / "readme.md"
    readme.write_text(readme.read_text().replace("Small net", "Small é"), encoding="utf-8")
    done = run("info", "small", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert r"Small \xe9" in done.stdout


def test_without_the_packages_of_the_zoo(tmp_path: Path) -> None:
    (tmp_path / "lacking").mkdir()
    (tmp_path / "lacking/requests.py").write_text(
        "raise ModuleNotFoundError('no', name='requests')"
    )
    path = os.pathsep.join([str(tmp_path / "lacking"), os.environ["PYTHONPATH"]])
    done = run("list", PYTHONPATH=path)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "pip install libcaffe[zoo]" in done.stderr


def test_output_that_nobody_reads(model: Path) -> None:
    command = [sys.executable, "-m", "caffe", "zoo", "list", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert process.wait(600) == 1
