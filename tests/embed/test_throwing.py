"""An exception of another C++ runtime is the first that the library ever sees: an error, not the process's end."""
from __future__ import annotations

import os
from pathlib import Path

import pytest

HERE = Path(__file__).with_name("throwing")


@pytest.fixture
def answers(root: Path, library_folder: Path, tmp_path: Path, run):
    program, plugin = tmp_path / "program", tmp_path / "plugin.so"
    linked = [f"-I{root}/include", f"-L{library_folder}", "-lcaffe", f"-Wl,-rpath,{library_folder}"]
    run("cc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-o", program, HERE / "program.c", *linked)
    run("c++", "-std=c++17", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", plugin, HERE / "plugin.cpp", *linked)

    def answers(**environment: str) -> list[str]:
        return run(program, plugin, env={**os.environ, "CAFFE_LOG_LEVEL": "2", **environment}).splitlines()

    return answers


def test_a_plugin_throws_when_it_is_loaded(answers) -> None:
    failed = "CAFFE_INTERNAL caffe_plugin_load: internal error: thrown by the plugin"
    assert answers(THROW_AT_ONCE="1") == [failed, failed]


def test_a_layer_of_a_plugin_throws(answers) -> None:
    assert answers() == ["CAFFE_OK ", "CAFFE_OUT_OF_MEMORY caffe_net_forward: out of memory", "CAFFE_OK caffe_net_forward: out of memory"]
