"""docs/layers.md is what the layers' files say, and its examples are valid."""
from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import caffe
import pytest
from caffe.proto import caffe_pb2
from google.protobuf import text_format


def examples() -> list[str]:
    page = Path(__file__).resolve().parents[2] / "docs" / "layers.md"
    return re.findall(r"```prototxt\n(.*?)```", page.read_text(), re.DOTALL)


def test_the_page_is_up_to_date(root: Path) -> None:
    done = subprocess.run([sys.executable, root / "scripts" / "layers_doc.py", "--check"],
                          check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_layer_type_of_the_library_is_on_the_page(root: Path) -> None:
    page = (root / "docs" / "layers.md").read_text()
    headings = set(re.findall(r"\w+", " ".join(re.findall(r"^### (.*)", page, re.MULTILINE))))
    assert set(caffe.layer_type_list()) - {"Python"} <= headings


@pytest.mark.parametrize("text", examples(), ids=lambda text: re.search(r'name: "(.*?)"', text)[1])
def test_example(text: str) -> None:
    net = text_format.Parse(text, caffe_pb2.NetParameter())
    assert net.layer
    for layer in net.layer:
        assert layer.type in caffe.layer_type_list()
