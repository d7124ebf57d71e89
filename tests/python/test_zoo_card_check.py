"""`caffe zoo check`: what a card says of the net beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("yaml")

from caffe.zoo import check
from support.zoo_check import DEPLOY_NET, write


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ("{name: data, shape: [7, 3, 12, 12]}", ""),
        ("{name: data, shape: [1, 3, 0, 0]}", ""),
        ("{name: image}", "an input 'image', those of deploy.prototxt are data"),
        ("{name: data, shape: [1, 3, 12, 21]}", "'data' is 1 x 3 x 12 x 21 in the card, 1 x 3 x"),
    ],
)
def test_a_card_s_inputs_are_those_of_the_net(
    inputs: str, said: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = write(tmp_path / "m", deploy=DEPLOY_NET)
    (folder / "readme.md").write_text(f"---\nname: M\ncard: 2\ninputs:\n- {inputs}\n---\n")
    status = check.main([str(folder), "--quick", "--no-onnx"])
    out = capfd.readouterr().out
    assert status == bool(said), out
    assert said in out
