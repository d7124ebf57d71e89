"""The three scripts that the model zoo's page names, typed as there."""
from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_tool import ROOT
from support.gist_api import TOKEN, GistApi
from support.hostile_server import Server, serving

WEIGHTS = b"weights" * 1000
NUMBER = "034c6ac3865563b69e60"


class Typed:
    """Lines typed in a folder that has the scripts and a model."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.folder = folder
        self.environment = {
            **{name: value for name, value in os.environ.items()
               if not name.lower().endswith("_proxy") and name not in ("CAFFE_OFFLINE", "GH_TOKEN")},
            **variables,
        }

    def __call__(self, line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["sh", "-c", line], cwd=self.folder, env=self.environment, capture_output=True, text=True,
                              check=False, timeout=600)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as one:
        yield one


@pytest.fixture
def api(server: Server) -> GistApi:
    return GistApi(server)


@pytest.fixture
def typed(api: GistApi, tmp_path: Path) -> Typed:
    """A checkout's scripts, and models/small with weights to download."""
    (tmp_path / "scripts").symlink_to(ROOT / "scripts")
    folder = tmp_path / "models/small"
    folder.mkdir(parents=True)
    url = api.server.add("small.caffemodel", WEIGHTS)
    (folder / "readme.md").write_text(
        f"---\nname: Small\ncaffemodel: small.caffemodel\ncaffemodel_url: {url}\nlicense: MIT\n"
        f"sha1: {hashlib.sha1(WEIGHTS).hexdigest()}\ncaffe_commit: unknown\n---\nSmall.\n")
    (folder / "train_val.prototxt").write_text('name: "small"\n')
    return Typed(tmp_path, CAFFE_GIST_API=api.url, GITHUB_TOKEN=TOKEN)


@pytest.mark.parametrize("python", ["", sys.executable, "/usr/bin/python3"])
def test_download_model_binary(python: str, typed: Typed, server: Server) -> None:
    """With any Python: where the checkout has its own, that one takes over."""
    if python and not shutil.which(python):
        pytest.skip(f"no {python}")
    done = typed(f"{python} ./scripts/download_model_binary.py models/small")
    assert done.returncode == 0, done.stderr
    assert (typed.folder / "models/small/small.caffemodel").read_bytes() == WEIGHTS
    done = typed(f"{python} scripts/download_model_binary.py ./models/small/")
    assert done.returncode == 0, done.stderr
    assert "has all its files" in done.stdout
    assert len(server.requests) == 1


def test_download_model_binary_within_models(typed: Typed) -> None:
    done = typed("cd models && ../scripts/download_model_binary.py small")
    assert done.returncode == 0, done.stderr
    assert (typed.folder / "models/small/small.caffemodel").exists()


def test_download_model_binary_before_anything_is_built(typed: Typed) -> None:
    """No Python of the checkout's, and none that has the package: one line says what to do."""
    scripts = typed.folder / "scripts"
    scripts.unlink()
    scripts.mkdir()
    for name in ("python", "download_model_binary.py"):
        shutil.copy(ROOT / "scripts" / name, scripts)
    del typed.environment["PYTHONPATH"]
    fake = typed.folder / "bin/python3"
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\nexec {sys.executable} -S \"$@\"\n")
    fake.chmod(0o755)
    typed.environment["PATH"] = f"{fake.parent}:/usr/bin:/bin"
    for python in ("", "python3 "):
        done = typed(f"{python}scripts/download_model_binary.py models/small")
        assert done.returncode == 1
        assert done.stderr.startswith("scripts/python: python3 has no package caffe: run make all here first")
        assert done.stderr.count("\n") == 1


def test_without_the_packages_of_the_zoo(typed: Typed) -> None:
    lacking = typed.folder / "lacking"
    lacking.mkdir()
    (lacking / "requests.py").write_text("raise ModuleNotFoundError('no', name='requests')")
    typed.environment["PYTHONPATH"] = f"{lacking}:{typed.environment['PYTHONPATH']}"
    for line in ("scripts/download_model_binary.py models/small", f"{ROOT}/scripts/python {ROOT}/data/get.py mnist",
                 "scripts/upload_model_to_gist.sh models/small"):
        done = typed(line)
        assert done.returncode == 1
        assert "the model zoo needs requests" in done.stderr
        assert done.stderr.count("\n") == 1


def test_download_model_binary_that_fails(typed: Typed, server: Server) -> None:
    done = typed("scripts/download_model_binary.py models/no_such_model")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "is neither the folder of a model nor its readme.md" in done.stderr
    server.add("small.caffemodel", b"damaged")
    done = typed("scripts/download_model_binary.py models/small")
    assert done.returncode == 1
    assert "gave a file with sha1" in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(os.listdir(typed.folder / "models/small")) == ["readme.md", "train_val.prototxt"]
    assert typed("scripts/download_model_binary.py").returncode == 2
    done = typed("scripts/download_model_binary.py --help")
    assert done.returncode == 0
    assert "scripts/download_model_binary.py models/bvlc_reference_caffenet" in done.stdout


def test_download_model_from_gist(typed: Typed, api: GistApi) -> None:
    readme = (typed.folder / "models/small/readme.md").read_text()
    api.gists[NUMBER] = {"readme.md": readme, "deploy.prototxt": "# deploy\n" * 200}
    done = typed(f"./scripts/download_model_from_gist.sh {NUMBER}")
    assert done.returncode == 0, done.stderr
    folder = typed.folder / "models" / NUMBER
    assert {path.name: path.read_text() for path in folder.iterdir()} == api.gists[NUMBER]
    # The second step of the page.
    done = typed(f"./scripts/download_model_binary.py models/{NUMBER}")
    assert done.returncode == 0, done.stderr
    assert (folder / "small.caffemodel").read_bytes() == WEIGHTS
    done = typed(f"./scripts/download_model_from_gist.sh {NUMBER}")
    assert done.returncode == 1
    assert f"models/{NUMBER} is there already" in done.stderr
    done = typed(f"./scripts/download_model_from_gist.sh sergeyk/{NUMBER} 'my models'")
    assert done.returncode == 0, done.stderr
    assert (typed.folder / f"my models/sergeyk-{NUMBER}/deploy.prototxt").exists()


def test_download_model_from_gist_that_is_gone(typed: Typed) -> None:
    done = typed(f"scripts/download_model_from_gist.sh {NUMBER}")
    assert done.returncode == 1
    assert done.stderr == f"caffe zoo: there is no gist {NUMBER}: it was deleted, or never was\n"
    assert os.listdir(typed.folder / "models") == ["small"]
    assert typed("scripts/download_model_from_gist.sh").returncode == 2
    done = typed("scripts/download_model_from_gist.sh -no-gist")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1


def test_upload_model_to_gist(typed: Typed, api: GistApi) -> None:
    done = typed("scripts/upload_model_to_gist.sh models/small")
    assert done.returncode == 0, done.stderr
    (number,) = api.gists
    assert f"made the gist {number}" in done.stdout
    assert f"gist_id: {number}" in (typed.folder / "models/small/readme.md").read_text().replace("'", "")
    assert sorted(api.gists[number]) == ["readme.md", "train_val.prototxt"]
    done = typed("scripts/upload_model_to_gist.sh models/small")
    assert f"changed the gist {number}" in done.stdout
    assert list(api.gists) == [number]
    assert TOKEN not in done.stdout + done.stderr


def test_upload_model_to_gist_that_is_refused(typed: Typed, api: GistApi) -> None:
    typed.environment["GITHUB_TOKEN"] = "ghp_anotherSECRET"
    done = typed("scripts/upload_model_to_gist.sh models/small --debug")
    assert done.returncode == 1
    assert "refuses $GITHUB_TOKEN (401)" in done.stderr
    assert "SECRET" not in done.stdout + done.stderr
    del typed.environment["GITHUB_TOKEN"]
    assert "with a token in $GITHUB_TOKEN" in typed("scripts/upload_model_to_gist.sh models/small").stderr
    assert typed("scripts/upload_model_to_gist.sh").returncode == 2
    assert "there is no such file or folder" in typed("scripts/upload_model_to_gist.sh models/none").stderr
