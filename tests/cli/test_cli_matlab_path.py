"""`caffe matlab-path`: where the MATLAB and Octave package lies."""
from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from cli_tool import BUILD, Tool


def test_the_build_folder_has_it(tool: Tool) -> None:
    if not (BUILD / "matlab/+caffe").is_dir():
        pytest.skip("the gateway is not built")
    done = tool("matlab-path")
    assert (done.status, done.out) == (0, f"{BUILD.resolve() / 'matlab'}\n")
    assert Path(done.out.strip(), "+caffe/Net.m").is_file()


def test_a_library_without_it_says_where_it_looked(tool: Tool) -> None:
    folder = tool.folder / "alone"
    folder.mkdir()
    library = BUILD / "libcaffe/libcaffe.so.2"
    shutil.copy(library, folder)
    linked = subprocess.run(["ldd", library], capture_output=True, text=True, check=True).stdout
    others = [str(Path(path).parent) for path in re.findall(r"=> (/\S+)", linked)]  # oneDNN may lie anywhere
    tool.environment["LD_LIBRARY_PATH"] = ":".join([str(folder), *others])
    done = tool("matlab-path")
    assert (done.status, done.out) == (1, "")
    assert done.last.startswith("caffe: error: the MATLAB and Octave package (+caffe) is not installed with this library")
    assert str(tool.folder / "share/caffe/matlab") in done.last
