"""What the tests of `caffe zoo check` share: small definitions, and their ways through it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from caffe.zoo import definitions, trial

INPUT = 'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 12 dim: 12 } } }'
BODY = """
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param { num_output: 4 kernel_size: 3 } }
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
layer { name: "ip" type: "InnerProduct" bottom: "conv" top: "ip" inner_product_param { num_output: 5 } }
"""
DEPLOY_NET = f'name: "small"\n{INPUT}{BODY}layer {{ name: "prob" type: "Softmax" bottom: "ip" top: "prob" }}\n'
LOSS = 'layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }\n'
ACCURACY = 'layer { name: "accuracy" type: "Accuracy" bottom: "ip" bottom: "label" top: "accuracy" include { phase: TEST } }\n'
SOLVER_TEXT = 'net: "{}" base_lr: 0.01 lr_policy: "fixed" max_iter: 100 test_iter: 10 test_interval: 50 solver_mode: GPU\n'
V1_DEPLOY = """
name: "old" input: "data" input_dim: 1 input_dim: 3 input_dim: 12 input_dim: 12
layers { name: "conv" type: CONVOLUTION bottom: "data" top: "conv" convolution_param { num_output: 4 kernel_size: 3 } }
"""
V0_DEPLOY = """
name: "oldest" input: "data" input_dim: 1 input_dim: 3 input_dim: 12 input_dim: 12
layers { layer { name: "conv" type: "conv" num_output: 4 kernelsize: 3 } bottom: "data" top: "conv" }
"""
DENSE_BODY = """
layer { name: "conv" type: "Convolution" bottom: "data" top: "ip" convolution_param { num_output: 5 kernel_size: 1 } }
"""


def data_layer(
    kind: str, param: str, tops: tuple[str, ...] = ("data", "label"), more: str = ""
) -> str:
    named = " ".join(f'top: "{top}"' for top in tops)
    return f'layer {{ name: "data" type: "{kind}" {named} {param} {more} }}\n'


DATABASE = data_layer("Data", 'data_param { source: "/a/lmdb" batch_size: 64 backend: LMDB }')


def parsed(text: str, name: str = "a.prototxt") -> definitions.Definition:
    one = definitions.parse(Path(name), text)
    assert one is not None
    return one


def net_with(layer: str, body: str = BODY + LOSS) -> Any:
    return parsed(layer + body).message


def run_train(tmp_path: Path, text: str, **more: Any) -> trial.Result:
    path = tmp_path / "train.prototxt"
    path.write_text(text)
    assert parsed(text).problem is None
    return trial.run(trial.Job("train", {"net": str(path)}, str(tmp_path), **more))


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.prototxt").write_text(text)
    return folder
