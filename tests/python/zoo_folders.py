"""Models' folders, and files for them on a server, for tests."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from pathlib import Path
from typing import Any

from caffe.zoo.addresses import Patience
from caffe.zoo.downloads import Terms
from support.hostile_server import Server

WEIGHTS_BYTES = b"weights" * 1000
MEAN_BYTES = b"mean" * 500
TERMS = Terms(quiet=True, patience=Patience(connect=60, read=60, retries=1, pause=0))


def sha(kind: str, content: bytes) -> str:
    return hashlib.new(kind, content).hexdigest()


def tar(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as file:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def write_card(folder: Path, **keys: Any) -> Path:
    """A model's folder with a card, and a definition."""
    folder.mkdir(parents=True)
    text = "\n".join(f"{key}: {json.dumps(value)}" for key, value in keys.items())
    (folder / "readme.md").write_text(f"---\nname: Small\n{text}\n---\nA small net.\n")
    (folder / "deploy.prototxt").write_text('name: "small"\n')
    return folder


def v2(server: Server, **more: Any) -> dict[str, Any]:
    """The keys of a card with weights, a mean and labels that the server has."""
    weights = server.add("net", WEIGHTS_BYTES)
    mean = server.add("mean", MEAN_BYTES)
    labels = server.add("labels", b"cat\ndog\n")
    files = [
        {
            "name": "net.caffemodel",
            "role": "weights",
            "size": len(WEIGHTS_BYTES),
            "sha256": sha("sha256", WEIGHTS_BYTES),
            "urls": [f"{server.url}/gone", weights],
        },
        {"name": "mean.npy", "role": "mean", "md5": sha("md5", MEAN_BYTES), "urls": [mean]},
        {"name": "labels.txt", "role": "labels", "urls": [labels]},
    ]
    return {"card": 2, "caffemodel": "net.caffemodel", "files": files, **more}


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))
