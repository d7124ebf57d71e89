"""docs/c-reference.md is what caffe.h says, and names every function."""
from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path


def test_the_page_is_up_to_date(root: Path) -> None:
    done = subprocess.run([sys.executable, root / "scripts/c_reference.py", "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_function_has_a_heading(root: Path) -> None:
    exported = re.findall(r"^\s*(caffe_\w+)", (root / "libcaffe/exports.txt").read_text(), re.M)
    page = (root / "docs/c-reference.md").read_text()
    headings = re.findall(r"\w+", " ".join(re.findall(r"^### (.*)", page, re.M)))
    assert sorted(headings) == sorted(exported)


def test_no_comment_is_lost(root: Path) -> None:
    """Every word of the header's comments below its introduction is on the page."""
    header = (root / "include/caffe.h").read_text().split("/* ---- status")[1]
    comments = " ".join(re.findall(r"^/\*(?! -)(.*?)\*/", header, re.M | re.S))
    wanted = re.findall(r"[\w.:;\"']+", re.sub(r"^ \*", "", comments, flags=re.M))
    page = (root / "docs/c-reference.md").read_text()
    assert len(wanted) > 1000
    assert set(wanted) - set(re.findall(r"[\w.:;\"']+", page)) <= {"CAFFE_H"}
