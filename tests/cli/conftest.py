"""What the tests of the `caffe` command share."""
from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from cli_tool import BUILD, SHARED, Tool
from walk import Checkout


@pytest.fixture
def tool(tmp_path: Path) -> Tool:
    program = BUILD / "libcaffe" / "caffe"
    if not program.exists():
        pytest.skip("the caffe command is not built")
    return Tool(program, tmp_path)


@pytest.fixture
def case(tool: Tool) -> Path:
    """A copy of the folder with the original's logs, in which the tool runs."""
    source = SHARED / "conformance" / "cli" / "train-test-time"
    if not source.is_dir():
        pytest.skip("no shared data")
    tool.folder = tool.folder / "case"
    shutil.copytree(source, tool.folder)
    return tool.folder


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A copy of the checkout in which scripts may write."""
    return Checkout(tmp_path / "caffe")
