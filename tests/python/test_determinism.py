"""The same seed gives the same training, bit by bit, with any number of threads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import caffe
import numpy as np
import pytest

LABELS = """
layer { name: "data" type: "DummyData" top: "data" top: "label"
  dummy_data_param { shape { dim: 9 dim: 3 dim: 33 dim: 31 } shape { dim: 9 }
    data_filler { type: "gaussian" std: 1 } data_filler { type: "constant" value: 2 } } }
"""


def layer(name: str, kind: str, bottoms: str, top: str, params: str = "") -> str:
    given = "".join(f'bottom: "{bottom}" ' for bottom in bottoms.split())
    return f'layer {{ name: "{name}" type: "{kind}" {given} top: "{top}" {params} }}\n'


FILLED = 'weight_filler { type: "xavier" }'
IMAGES = LABELS + "".join(
    [
        layer(
            "conv1",
            "Convolution",
            "data",
            "conv1",
            f"convolution_param {{ num_output: 20 kernel_size: 5 pad: 2 {FILLED} }}",
        ),
        layer("bn1", "BatchNorm", "conv1", "conv1"),
        layer("scale1", "Scale", "conv1", "conv1", "scale_param { bias_term: true }"),
        layer("prelu1", "PReLU", "conv1", "conv1"),
        layer("pool1", "Pooling", "conv1", "pool1", "pooling_param { kernel_size: 3 stride: 2 }"),
        layer(
            "norm1", "LRN", "pool1", "norm1", "lrn_param { local_size: 5 alpha: 0.1 beta: 0.75 }"
        ),
        layer(
            "conv2",
            "Convolution",
            "norm1",
            "conv2",
            f"convolution_param {{ num_output: 20 kernel_size: 3 pad: 1 group: 2 {FILLED} }}",
        ),
        layer("elu2", "ELU", "conv2", "conv2"),
        layer("sum2", "Eltwise", "conv2 norm1", "sum2"),
        layer("drop2", "Dropout", "sum2", "sum2"),
        layer(
            "up3",
            "Deconvolution",
            "sum2",
            "up3",
            f"convolution_param {{ num_output: 6 kernel_size: 4 stride: 2 pad: 1 {FILLED} }}",
        ),
        layer(
            "within3",
            "LRN",
            "up3",
            "within3",
            "lrn_param { local_size: 3 norm_region: WITHIN_CHANNEL }",
        ),
        layer(
            "pool3",
            "Pooling",
            "within3",
            "pool3",
            "pooling_param { pool: AVE kernel_size: 4 stride: 3 }",
        ),
        layer("mvn3", "MVN", "pool3", "mvn3"),
        layer("join", "Concat", "mvn3 pool3", "join"),
        layer(
            "ip", "InnerProduct", "join", "ip", f"inner_product_param {{ num_output: 10 {FILLED} }}"
        ),
        layer("loss", "SoftmaxWithLoss", "ip label", "loss"),
    ]
)

WORDS = """
layer { name: "words" type: "DummyData" top: "words" top: "cont" top: "target"
  dummy_data_param { shape { dim: 7 dim: 5 } shape { dim: 7 dim: 5 } shape { dim: 7 dim: 5 dim: 3 }
    data_filler { type: "constant" value: 4 } data_filler { type: "constant" value: 1 }
    data_filler { type: "gaussian" std: 1 } } }
""" + "".join(
    [
        layer(
            "embed",
            "Embed",
            "words",
            "embed",
            f"embed_param {{ input_dim: 9 num_output: 24 {FILLED} }}",
        ),
        layer(
            "lstm", "LSTM", "embed cont", "lstm", f"recurrent_param {{ num_output: 33 {FILLED} }}"
        ),
        layer("rnn", "RNN", "lstm cont", "rnn", f"recurrent_param {{ num_output: 17 {FILLED} }}"),
        layer(
            "ip",
            "InnerProduct",
            "rnn",
            "ip",
            f"inner_product_param {{ num_output: 3 axis: 2 {FILLED} }}",
        ),
        layer("loss", "EuclideanLoss", "ip target", "loss"),
    ]
)


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    yield
    caffe.set_num_threads(0)


def trained(folder: Path, net: str, threads: int, seed: int = 5) -> list[bytes]:
    caffe.set_num_threads(threads)
    (folder / "net.prototxt").write_text(net)
    solver_file = folder / "solver.prototxt"
    solver_file.write_text(
        f'net: "{folder}/net.prototxt" base_lr: 0.05 momentum: 0.9 weight_decay: 0.001 lr_policy: "fixed" '
        f'type: "Adam" display: 0 max_iter: 4 iter_size: 2 random_seed: {seed} snapshot_after_train: false'
    )
    solver = caffe.get_solver(str(solver_file))
    solver.step(4)
    values = [blob.data for blobs in solver.net.params.values() for blob in blobs]
    assert all(np.isfinite(value).all() for value in values)
    return [value.tobytes() for value in values]


@pytest.mark.parametrize("net", [IMAGES, WORDS], ids=["images", "words"])
def test_any_number_of_threads_trains_to_the_same_bits(tmp_path: Path, net: str) -> None:
    one = trained(tmp_path, net, 1)
    assert trained(tmp_path, net, 1) == one
    assert trained(tmp_path, net, 2) == one
    assert trained(tmp_path, net, 5) == one
    assert trained(tmp_path, net, 1, seed=6) != one
