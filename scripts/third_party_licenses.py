"""Write the licences of what a build carries: third_party_licenses.py OUTPUT [-L FOLDER ...] LIBRARY ...

A LIBRARY is the name of an archive or shared library that the compiler finds (libz.a, libgomp.so.1), or its path; the licence is
that of the system package that owns it (Debian's copyright files, rpm's licence files). `onednn` stands for the pair from PyPI.
With CAFFE_STRICT_LICENSES=1 in the environment, as when a wheel is built, one that cannot be found is an error; else its
line says so.
"""
from __future__ import annotations

import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

HEADER = """libcaffe is under the licence in LICENSE. This build of it carries the libraries below, under theirs.
"""


def output_of(*command: str) -> str:
    """What a command prints; "" when it fails or is not there."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def path_of(library: str, folders: list[str]) -> Path:
    """Where the linker finds `library`."""
    places = [library, *(os.path.join(folder, library) for folder in folders)]
    places.append(output_of("c++", f"-print-file-name={library}"))
    for place in places:
        if os.path.isabs(place) and os.path.exists(place):
            return Path(place)
    raise LookupError(f"{library} is not where the compiler looks")


def package_of(path: Path) -> tuple[str, list[Path]]:
    """The system package that owns a file, and its licence files."""
    for place in dict.fromkeys((str(path), str(path.resolve()))):
        # Folders that were merged into /usr are known by either name.
        for name in (place, place.removeprefix("/usr")):
            owner = output_of("dpkg", "-S", name).split(":")[0]
            if owner:
                return owner, [Path("/usr/share/doc", owner, "copyright")]
        owner = output_of("rpm", "-qf", "--queryformat", "%{NAME}", place)
        if owner:
            return owner, [Path(line) for line in output_of("rpm", "-q", "--licensefiles", owner).splitlines()]
    raise LookupError(f"no system package owns {path}")


def onednn_licence() -> tuple[str, list[Path]]:
    """The files that the PyPI package brings."""
    wanted = ("LICENSE", "THIRD-PARTY-PROGRAMS")
    files = metadata.files("onednn-cpu-gomp") or []
    return "oneDNN", [Path(str(file.locate())) for name in wanted for file in files
                      if file.name == name and "onednn" in str(file)]


def licence_of(library: str, folders: list[str]) -> tuple[str, str]:
    """The name of what a library belongs to, and the text of its licence."""
    name, files = onednn_licence() if library == "onednn" else package_of(path_of(library, folders))
    texts = [file.read_text(errors="replace").strip() for file in files if file.exists()]
    if not texts:
        raise LookupError(f"{name} came without a licence file")
    return name, "\n\n".join(texts)


def main(arguments: list[str]) -> None:
    output, *rest = arguments
    folders = [rest[i + 1] for i, word in enumerate(rest) if word == "-L"]
    libraries = [word for i, word in enumerate(rest) if word != "-L" and (i == 0 or rest[i - 1] != "-L")]
    found: dict[str, str] = {}
    missing = []
    for library in dict.fromkeys(libraries):
        try:
            name, text = licence_of(library, folders)
            found[name] = text
        except LookupError as failure:
            missing.append(f"{library}: {failure}")
    if missing and os.environ.get("CAFFE_STRICT_LICENSES") == "1":
        sys.exit("third_party_licenses.py: " + "; ".join(missing))
    rule = "=" * 100
    parts = [HEADER, *missing, *(f"{rule}\n{name}\n{rule}\n\n{text}\n" for name, text in sorted(found.items()))]
    Path(output).write_text("\n".join(parts))


if __name__ == "__main__":
    main(sys.argv[1:])
