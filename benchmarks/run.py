"""What `make bench` prints: the kernels one by one, then LeNet beside PyTorch.

PyTorch is looked for in this interpreter, or in the one named by BENCH_TORCH_PYTHON; without it
the LeNet table has our row only.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def main() -> int:
    """Runs both, and fails when one of them does."""
    here = Path(__file__).resolve().parent
    build = Path(os.environ.get("CAFFE_BUILD", here.parent / "build"))
    torch_python = os.environ.get("BENCH_TORCH_PYTHON", sys.executable)
    commands = [
        [str(build / "benchmarks" / "bench_kernels")],
        [sys.executable, str(here / "lenet.py"), "--torch-python", torch_python],
    ]
    failed = 0
    for command in commands:
        failed += subprocess.run(command, check=False).returncode != 0
    print(f"{len(commands) - failed} of {len(commands)} benchmarks ran")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
