"""Every case of conformance/proto."""
from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "support"), str(TESTS / "conformance")]
import proto_cases
from schema_tool import SHARED, SchemaTool, shared_data

CASES = sorted(path.name for path in (SHARED / "conformance" / "proto").glob("*"))


@pytest.fixture(scope="module")
def tool() -> Iterator[SchemaTool]:
    tool = SchemaTool()
    yield tool
    tool.close()


def test_all_cases_are_there() -> None:
    assert shared_data() and len(CASES) == 61


@pytest.mark.parametrize("case", CASES)
def test_case(case: str, tool: SchemaTool) -> None:
    proto_cases.check(shared_data() / "conformance" / "proto" / case, tool)
