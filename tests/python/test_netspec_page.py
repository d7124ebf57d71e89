"""docs/netspec.md: its blocks run one after the other, and what comments say they print is what they print."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs/netspec.md"


def test_the_pages_blocks_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    assert len(blocks) >= 6
    monkeypatch.chdir(tmp_path)
    variables: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), variables)  # noqa: S102
    printed = " ".join(capsys.readouterr().out.split())
    for shown in re.findall(r"^print\(.*\) +# (.*?)(?: \.\.\.)?$", "\n".join(blocks), re.MULTILINE):
        assert shown in printed
    assert (tmp_path / "train.prototxt").exists() and (tmp_path / "solver.prototxt").exists()
