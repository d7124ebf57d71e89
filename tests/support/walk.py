"""A copy of the checkout for tests that type what the tutorials print: scripts write into it, not into the tree."""
from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from cli_tool import BUILD, ROOT

LINKED = ("scripts", "tools")
# What the scripts have made in the checkout itself stays there.
MADE = shutil.ignore_patterns("*_lmdb", "*_leveldb", "*.caffemodel*", "*.solverstate*", "mean.binaryproto", "_temp",
                              "flickr_style.csv.gz*", "__pycache__")


class Checkout:
    """Its root, and a shell in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("examples", "models"):
            shutil.copytree(ROOT / name, root / name, ignore=MADE)
        for pattern in ("data/get.py", "data/*/get_*.sh", "data/*/SHA256SUMS", "python/*.py"):
            for path in ROOT.glob(pattern):
                (root / path.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, root / path.relative_to(ROOT))
        (root / "python/caffe").symlink_to(ROOT / "python/caffe")
        for name in LINKED:
            (root / name).symlink_to(ROOT / name)
        (root / "build").symlink_to(BUILD)
        (root / ".venv").symlink_to(sys.prefix)
        # One thread: these trainings are small.
        self.environment = {"OMP_NUM_THREADS": "1", **{name: value for name, value in os.environ.items()
                            if not name.lower().endswith("_proxy") and not name.startswith(("GLOG_", "CAFFE_LOG"))}}

    def __call__(self, command: str, **environment: object) -> subprocess.CompletedProcess[str]:
        """Types a line. What it says on both streams is in `stdout`."""
        variables = {name: str(value) for name, value in environment.items()}
        return subprocess.run(["sh", "-c", command], cwd=self.root, env={**self.environment, **variables}, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=900, check=False)

    def done(self, command: str, **environment: object) -> str:
        """The same for a line that has to succeed; what it says."""
        result = self(command, **environment)
        assert result.returncode == 0, f"{command}:\n{result.stdout}"
        return result.stdout

    def refused(self, command: str, **environment: object) -> str:
        """The same for a line that has to fail; the last line it says."""
        result = self(command, **environment)
        assert result.returncode not in (0, 126, 127), f"{command}:\n{result.stdout}"
        return result.stdout.strip().splitlines()[-1]

    def follow(self, page: str, *changes: tuple[str, str], without: tuple[str, ...] = ()) -> str:
        """Types the lines of the page's `sh` blocks, with words changed, and without those that have one of `without` in
        them; what they say. Each change and each word left out has to be there."""
        text = (ROOT / "docs/tutorials" / page).read_text()
        lines = "".join(re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S)).splitlines()
        for word in [*without, *(old for old, _ in changes)]:
            assert any(word in line for line in lines), f"{page}: no {word!r}"
        said = ""
        for line in lines:
            if not any(word in line for word in without):
                for old, new in changes:
                    line = line.replace(old, new)
                said += self.done(line)
        return said

    def rewrite(self, name: str, *replacements: tuple[str, str]) -> None:
        """Changes words of a file; each has to be there."""
        path = self.root / name
        text = path.read_text()
        for old, new in replacements:
            assert old in text, f"{name}: no {old!r}"
            text = text.replace(old, new)
        path.write_text(text)
