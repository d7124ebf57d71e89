"""The MAT files of MatWrite and MatRead, as SciPy and Octave read and write them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import caffe
import numpy as np
import pytest

scipy_io = pytest.importorskip("scipy.io")

VALUES = np.random.default_rng(3).standard_normal((2, 3, 4, 5)).astype(np.float32)


def write(folder: Path, source: str = "") -> caffe.Net:
    """A net that writes VALUES at every forward."""
    net = caffe.Net.from_text(f"""
        layer {{ name: "x" type: "Input" top: "x" input_param {{ shape {{ dim: 2 dim: 3 dim: 4 dim: 5 }} }} }}
        layer {{ name: "write" type: "MatWrite" bottom: "x"
                 mat_write_param {{ prefix: "{folder}/" {source} }} }}""", caffe.TEST)
    net.blobs["x"].data[...] = VALUES
    return net


def read(folder: Path) -> caffe.Net:
    return caffe.Net.from_text(
        f'layer {{ name: "r" type: "MatRead" top: "r" mat_read_param {{ prefix: "{folder}/" }} }}', caffe.TEST)


def test_scipy_reads_what_is_written(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("first.jpg\nsecond.jpg\n")
    net = write(tmp_path, f'source: "{tmp_path}/names.txt" strip: 4')
    net.forward()
    net.forward()
    for name in ("first", "second"):
        found = scipy_io.loadmat(tmp_path / f"{name}_blob_0.mat")["data"]
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, VALUES.T)
    with pytest.raises(caffe.Error, match="there are 2 names"):
        net.forward()


def test_what_scipy_writes_is_read(tmp_path: Path) -> None:
    for i, dtype in enumerate((np.float32, np.float64, np.int16, np.uint8)):
        values = np.arange(12).reshape(1, 2, 2, 3).astype(dtype)
        scipy_io.savemat(tmp_path / f"iter_{i}_blob_0.mat", {"other": 1, "data": values.T})
    net = read(tmp_path)
    for _ in range(4):
        np.testing.assert_array_equal(net.forward()["r"].ravel(), np.arange(12))


def test_what_is_compressed_says_so(tmp_path: Path) -> None:
    scipy_io.savemat(tmp_path / "iter_0_blob_0.mat", {"data": np.zeros((3, 2))}, do_compression=True)
    with pytest.raises(caffe.Error, match="compressed; `save -v6`"):
        read(tmp_path)


@pytest.mark.skipif(shutil.which("octave-cli") is None, reason="Octave is not there")
def test_octave_reads_and_writes_them(tmp_path: Path) -> None:
    write(tmp_path).forward()
    script = """s = load('iter_0_blob_0.mat'); data = double(s.data(:, :, :, 1));
        assert(isa(s.data, 'single')); assert(size(s.data), [5 4 3 2]);
        save('-v6', 'oct_blob_0.mat', 'data');"""
    subprocess.run(["octave-cli", "--no-gui", "--norc", "--eval", script], cwd=tmp_path, check=True, timeout=120)
    (tmp_path / "oct_blob_0.mat").rename(tmp_path / "iter_0_blob_0.mat")
    np.testing.assert_array_equal(read(tmp_path).forward()["r"], VALUES[:1])
