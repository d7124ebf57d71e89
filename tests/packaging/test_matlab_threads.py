"""However MATLAB's or Octave's package is reached, the library in it has an OpenMP runtime of its own, whose waiting
threads soon sleep. Octave has one too, which was loaded before anybody could say so."""
from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

SESSION = """
addpath('{folder}');
file = fopen('net.prototxt', 'w');
fputs(file, ['layer {{ name: "x" type: "Input" top: "x" input_param {{ shape {{ dim: 1 dim: 3 dim: 9 dim: 9 }} }} }} ' ...
  'layer {{ name: "c" type: "Convolution" bottom: "x" top: "c" convolution_param {{ num_output: 8 kernel_size: 3 }} }}']);
fclose(file);
net = caffe.Net('net.prototxt', 'test');
net.forward_prefilled();
names = unique(regexp(fileread('/proc/self/maps'), '/[^\\n]*\\.so[^\\n]*', 'match'));
printf('mapped %s\\n', names{{:}});
"""


@pytest.fixture(params=["build folder", "installation", "caffe matlab-path"])
def folder(request: pytest.FixtureRequest, build: Path, require, run, clean_environment) -> Path:
    require("octave-cli")
    if not list((build / "matlab").glob("caffe_mex.mex")):
        pytest.skip("the gateway is not built")
    if not (build / "matlab/lib/libcaffe.so.2").exists():
        pytest.skip("patchelf was not there")
    if request.param == "build folder":
        return build / "matlab"
    prefix: Path = request.getfixturevalue("prefix")
    if request.param == "installation":
        return prefix / "share/caffe/matlab"
    return Path(run(prefix / "bin/caffe", "matlab-path", env=clean_environment).strip())


def session(folder: Path, where: Path, environment: dict[str, str]) -> tuple[list[str], list[str]]:
    """Spin counts of the runtimes, in the order they were loaded, and the libraries."""
    (where / "session.m").write_text(SESSION.format(folder=folder))
    done = subprocess.run(["octave-cli", "--quiet", "--no-init-file", "session.m"], cwd=where, text=True,
                          env={**environment, "OMP_DISPLAY_ENV": "verbose"}, capture_output=True)
    assert done.returncode == 0, done.stderr
    return re.findall(r"GOMP_SPINCOUNT = '(\d+)'", done.stderr), re.findall(r"mapped (.*)", done.stdout)


def test_waiting_threads_sleep_soon(folder: Path, clean_environment, tmp_path: Path) -> None:
    spins, libraries = session(folder, tmp_path, clean_environment)
    assert spins[-1] == "1000"
    ours = {os.path.basename(name): name for name in libraries if "caffe" in name or "dnnl" in name}
    lib = folder.resolve() / "lib"
    for name in ("libcaffe.so.2", "libcaffe_gomp.so.1", *(["libdnnl.so.3"] if (lib / "libdnnl.so.3").exists() else [])):
        assert ours.get(name) == str(lib / name), libraries
    for name in ("libcaffe.so.2", "libdnnl.so.3"):
        if (lib / name).exists():
            needed = subprocess.run(["readelf", "-d", lib / name], capture_output=True, text=True, check=True).stdout
            assert "[libcaffe_gomp.so.1]" in needed and "[libgomp.so.1]" not in needed


@pytest.mark.parametrize(("variable", "value", "spins"), [
    ("GOMP_SPINCOUNT", "77", "77"), ("OMP_WAIT_POLICY", "passive", "0"),
])
def test_the_environment_has_the_last_word(folder: Path, clean_environment, tmp_path: Path, variable: str, value: str,
                                           spins: str) -> None:
    assert session(folder, tmp_path, {**clean_environment, variable: value})[0][-1] == spins


def test_modules_are_found(folder: Path) -> None:
    modules = list((folder / "lib").glob("caffe_*.so"))
    assert all(module.resolve().is_file() for module in modules)
    assert {module.name for module in modules} >= {"caffe_hdf5.so"} or not modules
