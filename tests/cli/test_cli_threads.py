"""How the command's threads wait: GNU's OpenMP runtime tells when it is asked to."""
from __future__ import annotations

import re

import pytest
from cli_tool import Tool


@pytest.mark.parametrize(("environment", "spins"), [
    ({}, "1000"),
    ({"GOMP_SPINCOUNT": "77"}, "77"),
    ({"OMP_WAIT_POLICY": "passive"}, "0"),
])
def test_waiting_threads_sleep_soon(tool: Tool, environment: dict[str, str], spins: str) -> None:
    tool.environment = {**tool.environment, "OMP_DISPLAY_ENV": "verbose", **environment}
    done = tool("-version")
    assert done.status == 0
    assert re.findall(r"GOMP_SPINCOUNT = '(\d+)'", done.log) == [spins]
