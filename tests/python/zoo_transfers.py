"""A file to download, and how tests do it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import caffe
import numpy as np
import pytest
from caffe.zoo import transfer
from caffe.zoo.addresses import Patience

CONTENT = np.random.RandomState(0).bytes(1 << 20)
HALF = len(CONTENT) // 2
SUMS = {kind: hashlib.new(kind, CONTENT).hexdigest() for kind in ("sha256", "sha1", "md5")}
HASTY = Patience(connect=60, read=60, retries=3, pause=0)


def fetch(urls: str | list[str], target: Path, **options: Any) -> Path:
    urls = [urls] if isinstance(urls, str) else urls
    return transfer.fetch(urls, target, **{"patience": HASTY, "quiet": True, **options})


def refused(urls: str | list[str], target: Path, **options: Any) -> str:
    """The sentence with which it fails; it leaves no file of that name."""
    with pytest.raises(caffe.Error) as caught:
        fetch(urls, target, **options)
    assert not target.exists()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def only(target: Path) -> bool:
    """Whether nothing lies beside it: no part, no note, no lock."""
    return os.listdir(target.parent) == [target.name]
