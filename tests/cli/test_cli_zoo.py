"""`caffe zoo`, which the native command leaves to the Python package."""
from __future__ import annotations

import pytest
from cli_tool import Tool


@pytest.mark.parametrize("words", [["zoo"], ["zoo", "download", "lenet", "--weights-only"], ["zoo", "--help"],
                                   ["-threads", "2", "zoo"]])
def test_it_says_where_the_zoo_is(tool: Tool, words: list[str]) -> None:
    done = tool(*words)
    assert done.status == 1
    assert done.out == ""
    assert done.log == "caffe: error: the model zoo is a part of the Python package; type: python -m caffe zoo\n"


def test_help_names_it(tool: Tool) -> None:
    assert "  zoo  " in tool("--help").out
    assert 'did you mean "zoo"' in tool("zo").last
