"""What a wheel of compiled files needs after it was built.

- Run paths that lead beside the file only. The build's own lead into the temporary folders of the build; whoever can make
  those folders on a machine where the wheel is installed could plant a library there.
- A name that says what it runs on: every Python (the package reaches the library through cffi's ABI mode, so nothing depends on the
  interpreter that built it), and systems with the glibc that its files ask for (PEP 600).
"""
from __future__ import annotations

import platform
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from elftools.elf.elffile import ELFFile


def output_of(*command: object) -> str:
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True).stdout


def shared_objects(folder: Path) -> list[Path]:
    """The ELF files below a folder."""
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and path.open("rb").read(4) == b"\x7fELF"]


def keep_own_run_paths(library: Path) -> None:
    """Drop every part of the run path that does not begin beside the file."""
    parts = output_of("patchelf", "--print-rpath", library).strip().split(":")
    own = [part for part in parts if re.match(r"\$(ORIGIN|\{ORIGIN\})(/|$)", part)]
    if own != parts:
        output_of("patchelf", *(["--set-rpath", ":".join(own)] if own else ["--remove-rpath"]), library)


def glibc_needed(library: Path) -> tuple[int, int]:
    """The newest version of glibc whose symbols a file asks for."""
    with library.open("rb") as file:
        section = ELFFile(file).get_section_by_name(".gnu.version_r")
        names = [] if section is None else [one.name for _, ones in section.iter_versions() for one in ones]
    versions = [re.match(r"GLIBC_(\d+)\.(\d+)", name) for name in names]
    return max(((int(found[1]), int(found[2])) for found in versions if found), default=(2, 17))


def platform_tag(libraries: list[Path]) -> str:
    """manylinux_2_36_x86_64, say."""
    major, minor = max(map(glibc_needed, libraries))
    return f"manylinux_{major}_{minor}_{platform.machine()}"


def finish(wheel: Path) -> Path:
    """Finish a wheel in its place; its new path."""
    if sys.platform != "linux":
        tags = []
    else:
        with tempfile.TemporaryDirectory() as scratch:
            output_of(sys.executable, "-m", "wheel", "unpack", "--dest", scratch, wheel)
            (folder,) = Path(scratch).iterdir()
            libraries = shared_objects(folder)
            for library in libraries:
                keep_own_run_paths(library)
            tags = ["--platform-tag", platform_tag(libraries)]
            output_of(sys.executable, "-m", "wheel", "pack", "--dest-dir", wheel.parent, folder)
    named = output_of(sys.executable, "-m", "wheel", "tags", "--python-tag", "py3", "--abi-tag", "none", *tags,
                      "--remove", wheel)
    return wheel.with_name(named.split()[-1])
