"""The package's folder: linked elsewhere, and what scripts read from it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import caffe
import numpy as np


def test_a_link_to_the_package_works(tmp_path: Path) -> None:
    """As users link a checkout's python/caffe beside their scripts or into site-packages."""
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked/caffe").symlink_to(Path(caffe.__file__).resolve().parent)
    code = (
        "import caffe, caffe.draw; from caffe.proto import caffe_pb2; "
        "print(caffe.__file__, caffe_pb2.NetParameter().ByteSize(), caffe.version())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "linked")},
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [
        str(tmp_path / "linked/caffe/__init__.py"),
        "0",
        caffe.version(),
    ]


def test_the_mean_that_scripts_read() -> None:
    file = Path(caffe.__file__).parent / "imagenet/ilsvrc_2012_mean.npy"
    mean = np.load(file)
    assert mean.shape == (3, 256, 256)
    np.testing.assert_allclose(mean.mean(1).mean(1), [104.00699, 116.66877, 122.67891], rtol=1e-9)
    np.testing.assert_array_equal(caffe.io.read_mean(file), mean.astype(np.float32))
    transformer = caffe.io.Transformer({"data": (1, 3, 227, 227)})
    transformer.set_mean("data", mean)
    np.testing.assert_allclose(
        transformer.mean["data"][:, 100, 100], [104.00699, 116.66877, 122.67891], rtol=1e-6
    )
