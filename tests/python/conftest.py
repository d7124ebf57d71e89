"""What the Python tests share: small nets, and the data beside the checkout."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import caffe
import numpy as np
import pytest
from support.hostile_server import Server, serving

SMALL = """
name: "small"
force_backward: true
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 4 dim: 2 dim: 8 dim: 8 } }
} layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
  convolution_param { num_output: 3 kernel_size: 3 weight_filler { type: "xavier" }
                      bias_filler { type: "constant" value: 0.1 } } }
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
layer { name: "pool" type: "Pooling" bottom: "conv" top: "pool"
  pooling_param { pool: MAX kernel_size: 2 stride: 2 } }
layer { name: "ip" type: "InnerProduct" bottom: "pool" top: "ip"
  inner_product_param { num_output: 5 weight_filler { type: "xavier" } } }
layer { name: "prob" type: "Softmax" bottom: "ip" top: "prob" }
"""

# Learns to tell which of its ten inputs is the largest, without files.
LEARNER = """
name: "learner"
layer { name: "data" type: "DummyData" top: "data" top: "label"
  dummy_data_param {
    shape { dim: 8 dim: 10 } shape { dim: 8 }
    data_filler { type: "gaussian" std: 1 } data_filler { type: "constant" value: 3 } } }
layer { name: "ip1" type: "InnerProduct" bottom: "data" top: "ip1"
  inner_product_param { num_output: 16 weight_filler { type: "xavier" } } }
layer { name: "relu1" type: "ReLU" bottom: "ip1" top: "ip1" }
layer { name: "ip2" type: "InnerProduct" bottom: "ip1" top: "ip2"
  inner_product_param { num_output: 5 weight_filler { type: "xavier" } } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip2" bottom: "label" top: "loss" }
"""


@pytest.fixture(autouse=True, scope="session")
def _scripts_find_the_package() -> None:
    """Programs that tests start import the package that the tests import."""
    places = [str(Path(caffe.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, places))


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The prototxt file of a net with a convolution, a pooling and an inner product."""
    path = tmp_path / "small.prototxt"
    path.write_text(SMALL)
    return path


@pytest.fixture
def net(small: Path) -> caffe.Net:
    """That net in phase TEST."""
    return caffe.Net(small, caffe.TEST)


@pytest.fixture
def images() -> np.ndarray:
    """A batch for it."""
    return np.random.RandomState(0).randn(4, 2, 8, 8).astype(np.float32)


@pytest.fixture
def solver_file(tmp_path: Path) -> Path:
    """A solver prototxt for LEARNER, 100 iterations, quiet."""
    (tmp_path / "learner.prototxt").write_text(LEARNER)
    path = tmp_path / "solver.prototxt"
    path.write_text(
        f'net: "{tmp_path}/learner.prototxt" base_lr: 0.1 lr_policy: "fixed" momentum: 0.9 '
        f'display: 0 max_iter: 100 snapshot_prefix: "{tmp_path}/learner" random_seed: 3'
    )
    return path


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of test data beside the checkout."""
    folder = Path(__file__).resolve().parents[3] / "shared"
    if not folder.is_dir():
        pytest.skip("../shared is not there")
    return folder


@pytest.fixture
def quiet() -> Iterator[None]:
    """Upgrades are warned of in the log; that is tested elsewhere."""
    caffe.set_log_callback(lambda line: None)
    yield
    caffe.set_log_callback(None)


@pytest.fixture
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package's own layers are found under authors' names, and forgotten again."""
    from caffe.zoo import layers

    monkeypatch.setattr(sys, "path", list(sys.path))
    layers.enable()
    yield
    names = {path.stem for path in layers.FOLDER.iterdir()}
    for module in [one for one in sys.modules if one.split(".")[0] in names]:
        del sys.modules[module]


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that misbehaves as asked."""
    with serving() as one:
        yield one


@pytest.fixture
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy, no token, no folders of models that whoever runs the tests has named."""
    for name in list(os.environ):
        own = name.startswith("CAFFE_ZOO") or name in ("CAFFE_OFFLINE", "GITHUB_TOKEN", "GH_TOKEN")
        if own or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture
def own_zoo(plain_environment: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Models are looked for in tmp_path/models, and go into tmp_path/cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
