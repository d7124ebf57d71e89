"""`caffe zoo check`: the net's ONNX file, and what is said when it is not the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import caffe
import pytest

pytest.importorskip("lmdb")
pytest.importorskip("onnxruntime")
pytest.importorskip("PIL")

from caffe.zoo import definitions, plan, report, trial
from caffe.zoo.definitions import DEPLOY
from support.zoo_check import BODY, DENSE_BODY, INPUT, data_layer, write

pytestmark = pytest.mark.usefixtures("quiet", "stand_ins")

LSTM = """
layer { name: "i" type: "Input" top: "x" top: "cont" input_param { shape { dim: 2 dim: 1 dim: 3 } shape { dim: 2 dim: 1 }
        } }
layer { name: "l" type: "LSTM" bottom: "x" bottom: "cont" top: "l" recurrent_param { num_output: 4 } }
"""


def test_onnx_that_has_no_words_for_a_layer_says_which(tmp_path: Path) -> None:
    write(tmp_path, deploy=INPUT + BODY, other=LSTM)
    trials = plan.trials(definitions.find(tmp_path), tmp_path)
    runs = [report.Run(str(one.path), "forward", [], trial.run(one.job)) for one in trials]
    assert [run.result.error for run in runs] == ["", ""]
    assert runs[0].result.onnx == "equal"
    assert runs[1].result.onnx.startswith("none: ")
    assert report.cells(
        report.Row("a", files=[{"name": "a", "kind": DEPLOY, "format": "current"}], runs=runs[1:])
    )[6] == ("none for LSTM")


def test_data_of_python_layers_is_an_input_of_the_onnx_file(tmp_path: Path) -> None:
    text = "{'seed': 1, 'split': 'val', 'voc_dir': 'x', 'mean': (1, 2, 3)}"
    param = f'python_param {{ module: "voc_layers" layer: "VOCSegDataLayer" param_str: "{text}" }}'
    crop = 'layer { name: "crop" type: "Crop" bottom: "ip" bottom: "data" top: "crop" crop_param { offset: 0 axis: 2 } }'
    write(tmp_path, val=data_layer("Python", param) + DENSE_BODY + crop)
    (one,) = plan.trials(definitions.find(tmp_path), tmp_path)
    result = trial.run(one.job)
    assert (result.error, result.onnx) == ("", "equal")


def test_of_near_ties_roundings_decide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = caffe.check_onnx
    asked = []

    def differing(net: caffe.Net, file: Path, inputs: Any, outliers: float = 0) -> dict[str, float]:
        asked.append(outliers)
        if not outliers:
            raise caffe.Error("a few values differ")
        return ask(net, file, inputs, outliers=outliers)

    monkeypatch.setattr("caffe.onnx_check.check_onnx", differing)
    most = 'layer { name: "a" type: "ArgMax" bottom: "data" top: "a" argmax_param { axis: 1 } }'
    for text, said in (
        (INPUT + most, "equal but for ties"),
        (INPUT + BODY, "differs: a few values differ"),
    ):
        path = write(tmp_path, deploy=text) / "deploy.prototxt"
        assert trial.run(trial.Job("forward", {"net": str(path)}, str(tmp_path))).onnx == said
    assert asked == [0, 0.01, 0]


DETECTION = """
layer { name: "in" type: "Input" top: "l" top: "s" top: "b" input_param {
  shape { dim: 1 dim: 8 } shape { dim: 1 dim: 4 } shape { dim: 1 dim: 2 dim: 8 } } }
layer { name: "loc" type: "Power" bottom: "l" top: "loc" power_param { scale: 0.5 } }
layer { name: "conf" type: "Power" bottom: "s" top: "conf" power_param { scale: 0.5 } }
layer { name: "boxes" type: "Power" bottom: "b" top: "boxes" power_param { scale: 0.5 } }
layer { name: "found" type: "DetectionOutput" bottom: "loc" bottom: "conf" bottom: "boxes" top: "found"
  detection_output_param { num_classes: 2 nms_param { nms_threshold: 0.5 } keep_top_k: 2 } }
"""


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("found", "equal before DetectionOutput, which sorts ties"),
        ("", "differs: net.onnx: another order"),
    ],
)
def test_what_sorts_ties_is_compared_before(
    wrong: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = caffe.check_onnx
    compared = []

    def differing(net: caffe.Net, file: Path, inputs: Any, outliers: float = 0) -> dict[str, float]:
        found = ask(net, file, inputs, outliers=outliers)
        compared.append(sorted(found))
        if wrong in ("", *found):
            raise caffe.Error(f"{file}: another order")
        return found

    monkeypatch.setattr("caffe.onnx_check.check_onnx", differing)
    path = write(tmp_path, deploy=DETECTION) / "deploy.prototxt"
    result = trial.run(trial.Job("forward", {"net": str(path)}, str(tmp_path)))
    assert (result.error, result.onnx) == ("", said)
    assert compared == [["found"], ["found"], ["boxes", "conf", "loc"]]
