"""Print where the PyPI pair onednn-cpu-gomp / onednn-devel-cpu-gomp lies in this interpreter's environment.

Three lines: the include folder, the shared library, its version. Exit status 1 when the pair is not
installed. importlib.metadata knows the files' places, so it works in a virtual environment as
well as in the one pip makes for a build.
"""
import re
import sys
from importlib import metadata
from pathlib import Path


def installed_file(distribution: str, pattern: str) -> Path:
    """The first file of `distribution` whose path matches `pattern`."""
    for file in metadata.files(distribution) or []:
        if re.search(pattern, file.as_posix()):
            return Path(file.locate()).resolve()
    sys.exit(f"{distribution} is installed but has no file like {pattern}")


try:
    header = installed_file("onednn-devel-cpu-gomp", r"(^|/)oneapi/dnnl/dnnl_version\.h$")
    library = installed_file("onednn-cpu-gomp", r"(^|/)libdnnl\.so\.3$")
except metadata.PackageNotFoundError as error:
    sys.exit(f"{error.name} is not installed")

numbers = dict(re.findall(r"#define DNNL_VERSION_(MAJOR|MINOR|PATCH) (\d+)", header.read_text()))
print(header.parents[2])
print(library)
print(".".join(numbers[part] for part in ("MAJOR", "MINOR", "PATCH")))
