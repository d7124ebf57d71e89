"""`python -m caffe`, and the `caffe` command of the wheel: what the native command does."""

from __future__ import annotations

import signal
import sys

from ._library import ffi, lib


def main() -> int:
    """Runs the command with this process's arguments; returns its exit status."""
    # The command has its own ways with Ctrl-C.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    arguments = [
        ffi.new("char[]", argument.encode("utf-8", "surrogateescape"))
        for argument in ["caffe", *sys.argv[1:]]
    ]
    return int(lib.caffe_tool_main(len(arguments), ffi.new("char *[]", [*arguments, ffi.NULL])))


if __name__ == "__main__":
    sys.exit(main())
