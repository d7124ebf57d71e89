"""The library's schema readers and writers from Python, through the program schema_tool."""
from __future__ import annotations

import importlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def load_messages() -> ModuleType:
    """caffe.proto.caffe_pb2 under another name, without the package that opens the library."""
    folder = ROOT / "python" / "caffe" / "proto"
    spec = importlib.util.spec_from_file_location(
        "caffe_proto", folder / "__init__.py", submodule_search_locations=[str(folder)])
    assert spec and spec.loader
    package = importlib.util.module_from_spec(spec)
    sys.modules["caffe_proto"] = package
    spec.loader.exec_module(package)
    return importlib.import_module("caffe_proto.caffe_pb2")


caffe_pb2 = load_messages()
__all__ = ["ROOT", "SHARED", "Refused", "SchemaTool", "caffe_pb2", "shared_data"]


SHARED = Path(os.environ.get("CAFFE_SHARED", ROOT.parent / "shared"))


def shared_data() -> Path:
    """The data beside the checkout; skips the test where there is none."""
    if not SHARED.is_dir():
        pytest.skip("no shared data")
    return SHARED


class Refused(Exception):
    """What the library said about an input it does not accept."""


class SchemaTool:
    """A running schema_tool; tests/support/schema_tool.cpp has its commands."""

    def __init__(self) -> None:
        program = Path(os.environ.get("CAFFE_BUILD", ROOT / "build")) / "tests" / "schema_tool"
        if not program.exists():
            pytest.skip("nothing is built")
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __call__(self, command: str, type_name: str, data: bytes | str) -> bytes:
        data = data.encode() if isinstance(data, str) else data
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(f"{command} {type_name} {len(data)}\n".encode() + data)
        self.process.stdin.flush()
        line = self.process.stdout.readline().split()
        assert line, f"schema_tool ended, status {self.process.wait()}"
        answer = self.process.stdout.read(int(line[1]))
        if line[0] != b"ok":
            raise Refused(answer.decode(errors="replace"))
        return answer

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        assert self.process.wait() == 0
