"""`python -m caffe`, and the `caffe` command of the wheel: what the native command does, and
`caffe zoo`."""

from __future__ import annotations

import os
import signal
import sys

from ._library import ffi, lib, raise_kept
from .errors import UnsupportedError


def main() -> int:
    """Runs the command with this process's arguments; returns its exit status.

    Layers written in Python are looked for in the working directory, too. What one raises is raised
    after the command has said which layer it was.
    """
    if sys.argv[1:2] == ["zoo"]:
        return _zoo(sys.argv[2:])
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    # The command has its own ways with Ctrl-C.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    arguments = [
        ffi.new("char[]", argument.encode("utf-8", "surrogateescape"))
        for argument in ["caffe", *sys.argv[1:]]
    ]
    status = int(lib.caffe_tool_main(len(arguments), ffi.new("char *[]", [*arguments, ffi.NULL])))
    if status:
        raise_kept()
    return status


def _zoo(arguments: list[str]) -> int:
    try:
        from .zoo import commands
    except UnsupportedError as failure:  # a package that only the zoo needs is not installed
        print(f"caffe zoo: {failure}", file=sys.stderr)
        return 1
    return commands.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
