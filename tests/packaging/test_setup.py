"""scripts/: the set-up does nothing twice, and says what to do where it may not install."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


def test_a_second_set_up_does_nothing(root: Path) -> None:
    if not (root / ".venv/set-up").exists():
        pytest.skip("the set-up has not run here")
    before = (root / ".venv/set-up").stat().st_mtime_ns
    done = subprocess.run([root / "scripts/bootstrap"], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (root / ".venv/set-up").stat().st_mtime_ns == before


def bare_checkout(root: Path, folder: Path, manager: str, user: str) -> dict[str, str]:
    """A copy of the set-up where only a shell, `manager` and a user named by number are to be found."""
    (folder / "scripts").mkdir()
    for name in ("bootstrap", "requirements.txt"):
        (folder / "scripts" / name).write_bytes((root / "scripts" / name).read_bytes())
    tools = folder / "tools"
    tools.mkdir()
    for name in ("dirname", "cat", "cksum", "uname", "mktemp", "rm", "sh"):
        path = next(Path(place, name) for place in ("/usr/bin", "/bin") if Path(place, name).exists())
        (tools / name).symlink_to(path)
    for name, text in ((manager, "exit 1"), ("id", f"echo {user}")):
        (tools / name).write_text(f"#!/bin/sh\n{text}\n")
        (tools / name).chmod(0o755)
    return {"PATH": str(tools), "HOME": str(folder)}


@pytest.mark.parametrize(("manager", "command"), [
    ("apt-get", "sudo apt-get install -y --no-install-recommends g++ make pkg-config python3 python3-venv "
                "libhdf5-dev libjpeg-dev libpng-dev libtiff-dev libwebp-dev libleveldb-dev libsnappy-dev "
                "libyaml-dev"),
    ("dnf", "sudo dnf install -y gcc-c++ make pkgconf-pkg-config python3 hdf5-devel "
            "libjpeg-turbo-devel libpng-devel libtiff-devel libwebp-devel leveldb-devel libyaml-devel"),
    ("brew", "brew install gcc libomp make pkg-config python hdf5 jpeg-turbo libpng libtiff webp leveldb libyaml"),
])
def test_without_rights_it_prints_one_command(manager: str, command: str, root: Path, tmp_path: Path) -> None:
    environment = bare_checkout(root, tmp_path, manager, user="1000")
    done = subprocess.run(["/bin/sh", tmp_path / "scripts/bootstrap"], env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout == ""
    assert command == done.stderr.splitlines()[-1].strip()
    assert not (tmp_path / ".venv").exists()


def test_more_is_set_up_by_name(root: Path, tmp_path: Path) -> None:
    environment = bare_checkout(root, tmp_path, "apt-get", user="1000")
    command = ["/bin/sh", tmp_path / "scripts/bootstrap"]
    done = subprocess.run([*command, "octave", "clang", "ccache"], env=environment, capture_output=True, text=True)
    assert done.stderr.splitlines()[-1].endswith(" octave octave-dev fonts-freefont-otf clang libclang-rt-dev libomp-dev llvm ccache")
    done = subprocess.run([*command, "emacs"], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "scripts/bootstrap: there is no set-up called emacs (octave, clang, ccache)\n")


def test_a_failed_installation_is_said(root: Path, tmp_path: Path) -> None:
    environment = bare_checkout(root, tmp_path, "apt-get", user="0")
    done = subprocess.run(["/bin/sh", tmp_path / "scripts/bootstrap"], env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert "could not be installed (is there a network?)" in done.stderr


def test_the_runner_fails_when_nothing_ran(root: Path, tmp_path: Path) -> None:
    (tmp_path / "meson-info").mkdir()
    (tmp_path / "meson-info/intro-tests.json").write_text("[]")
    done = subprocess.run([sys.executable, root / "scripts/run_tests.py", tmp_path, "--only", "programs"],
                          capture_output=True, text=True, env={**os.environ, "PYTHONPATH": ""})
    assert done.returncode == 1
    assert done.stdout.endswith("\n0 passed, 1 failed, 0 skipped\n")


@pytest.mark.parametrize(("script", "counts"), [
    ("echo 3 passed, 0 failed, 1 skipped", "3 passed, 0 failed, 1 skipped"),
    ("echo 3 passed, 1 failed, 0 skipped; exit 1", "3 passed, 1 failed, 0 skipped"),
    ("echo 3 passed, 0 failed, 0 skipped; exit 1", "3 passed, 1 failed, 0 skipped"),  # failed after its last line
    ("echo 3 passed", "0 passed, 1 failed, 0 skipped"),
    ("kill -SEGV $$", "0 passed, 1 failed, 0 skipped"),
])
def test_the_runner_adds_up_what_programs_say(script: str, counts: str, root: Path, tmp_path: Path) -> None:
    (tmp_path / "meson-info").mkdir()
    test = {"name": "it", "cmd": ["/bin/sh", "-c", script], "env": {}, "timeout": 10}
    (tmp_path / "meson-info/intro-tests.json").write_text(json.dumps([test]))
    (tmp_path / "meson-info/intro-buildoptions.json").write_text("[]")
    done = subprocess.run([sys.executable, root / "scripts/run_tests.py", tmp_path, "--only", "programs"],
                          capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == counts
    assert (done.returncode == 0) == (" 0 failed" in counts)


def test_a_build_folder_is_not_taken_from_another_checkout(root: Path, tmp_path: Path) -> None:
    """A clone whose build/ is a link to that of the checkout it was made of."""
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    for checkout in (theirs, ours):
        (checkout / "scripts").mkdir(parents=True)
        (checkout / "scripts/build").write_bytes((root / "scripts/build").read_bytes())
    (theirs / "build").mkdir()
    (theirs / "build/configuration").write_text(f"{theirs} -Dprefix=/usr/local\nx.cpp\n")
    (ours / "build").symlink_to(theirs / "build")
    done = subprocess.run(["/bin/sh", ours / "scripts/build", "build", "all"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (f"scripts/build: build is the build folder of {theirs}; remove the link, "
                           "or build there\n")
    assert [path.name for path in (theirs / "build").iterdir()] == ["configuration"]
