"""docs/models.md: what it tells people to type works, in its order, against a server of the test's own."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import caffe
import pytest
from caffe.zoo import commands
from support.gist_api import TOKEN, GistApi
from support.hostile_server import serving

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/models.md"
NUMBER = "034c6ac3865563b69e60"
NET = """
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 } } }
layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
  inner_product_param { num_output: 4 weight_filler { type: "xavier" } } }
"""


def typed() -> list[str]:
    """The lines of its blocks."""
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    return [line for block in blocks for line in block.splitlines()]


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GistApi]:
    """A working directory with the models that the page names, small ones that a server has."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith(("CAFFE_ZOO", "CAFFE_OFFLINE")):
            monkeypatch.delenv(name)
    (tmp_path / "scripts").symlink_to(ROOT / "scripts")
    mine = tmp_path / "my_model"
    mine.mkdir()
    (mine / "deploy.prototxt").write_text(NET)
    caffe.Net(mine / "deploy.prototxt", caffe.TEST).save(mine / "my.caffemodel")
    weights = (mine / "my.caffemodel").read_bytes()
    with serving() as server:
        card = (
            f"caffemodel: its.caffemodel\ncaffemodel_url: {server.add('net', weights)}\n"
            f"sha1: {hashlib.sha1(weights).hexdigest()}\ntask: image classification\n"
        )
        for line in (
            "bvlc_googlenet",
            "bvlc_alexnet",
            "bvlc_reference_caffenet",
            "squeezenet_v1.1",
        ):
            folder = tmp_path / "models" / line
            folder.mkdir(parents=True)
            (folder / "deploy.prototxt").write_text(NET)
            (folder / "readme.md").write_text(f"---\nname: {line}\n{card}card: 2\n---\n")
        api = GistApi(server)
        api.gists[NUMBER] = {
            "readme.md": f"---\nname: Style\n{card}card: 2\n---\n",
            "a.prototxt": NET,
        }
        monkeypatch.setenv("CAFFE_GIST_API", api.url)
        monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        monkeypatch.chdir(tmp_path)
        yield api


def test_the_pages_commands_run(
    api: GistApi, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = typed()
    for line in lines:
        words = shlex.split(line)
        if words[:3] == ["caffe", "zoo", "check"]:  # test_zoo_check.py has it
            continue
        if words[:2] == ["caffe", "zoo"]:
            assert commands.main(words[2:]) == 0, line
        else:
            done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=600)
            assert done.returncode == 0, f"{line}: {done.stderr}"
    verbs = {words[2] for words in map(shlex.split, lines) if words[0] == "caffe"}
    assert verbs >= {"list", "search", "info", "download", "new", "check", "publish", "mirror"}
    for place in (
        "cache/caffe/models/squeezenet_v1.1",
        "models_of_mine/bvlc_alexnet",
        "models_of_mine/bvlc_googlenet",
        "models/bvlc_reference_caffenet",
        f"models/{NUMBER}",
        NUMBER,
        "zoo_tree/squeezenet_v1.1",
    ):
        assert (tmp_path / place / "its.caffemodel").is_file(), place
    assert not (tmp_path / f"sergeyk-{NUMBER}/its.caffemodel").exists()
    assert (tmp_path / "elsewhere/my_model/my.caffemodel").is_file()
    assert len(api.gists) == 3
    (block,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    capsys.readouterr()
    exec(compile(block, str(PAGE), "exec"), {})  # noqa: S102
    folder = tmp_path / "cache/caffe/models/squeezenet_v1.1"
    assert capsys.readouterr().out == f"{folder} [] []\n"
