"""Model cards are written back: what did not change to the letter, and what was damaged not at all."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from caffe import FileError, InvalidArgumentError, ParseError
from caffe.zoo import card
from hypothesis import given, settings
from hypothesis import strategies as st
from zoo_cards import FIRST, SECOND, front, parse


@pytest.mark.parametrize("text", [FIRST, SECOND, front(), "--- \nname: x\n---", "plain\n", ""])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_did_not_change_is_written_to_the_letter(
    text: str, mark: str, end: str, tmp_path: Path
) -> None:
    data = (mark + text.replace("\n", end)).encode()
    (tmp_path / "readme.md").write_bytes(data)
    one = card.read(tmp_path)
    assert "\r" not in one.prose
    one.write()
    assert (tmp_path / "readme.md").read_bytes() == data
    assert [path.name for path in tmp_path.iterdir()] == ["readme.md"]


def test_only_what_changed_is_written_anew() -> None:
    one = parse(SECOND)
    one.gist_id = "12345678901234567890"
    one.files[0].size = 7
    one.license = None
    text = one.text()
    assert "\ngist_id: '12345678901234567890'\n" in text
    assert "license" not in text
    assert "# files\nfiles:\n- name: small.caffemodel\n  role: weights\n  size: 7\n" in text
    assert "labels: [cat, dog]\n" in text
    again = parse(text)
    assert again == one
    assert again.validate() == []


def test_front_matter_on_one_line_is_written_too() -> None:
    one = parse("---\n{name: a, license: b}\n---\nText.\n")
    one.license = "c"
    assert one.text() == "---\nname: a\nlicense: c\n---\nText.\n"


def test_new_cards_are_written_and_read_again(tmp_path: Path) -> None:
    one = card.ModelCard(
        "colours: é & 雪",
        caffe_commit="709e15",
        license="no",
        files=[card.ModelFile("a.caffemodel", "weights", from_=card.Member("a.tgz"))],
        inputs=[
            card.Input("data", [1, 3, 0, 0], scale=1e-5, resize={"shorter": 2}, mean=[1.5, 2, 3])
        ],
        metrics=[card.Metric("top-1", "57.1%", on="val"), card.Metric("top-5", 0.5)],
        notes=["a sentence: with a colon, " * 20],
        prose="Text.\n",
    )
    path = one.write(tmp_path)
    assert path == tmp_path / "readme.md"
    again = card.read(tmp_path)
    one.path = path
    assert again == one
    assert not [problem for problem in again.validate() if "quote" in problem]
    assert "  'on': val\n" in path.read_text()
    assert "  shape: [1, 3, 0, 0]\n" in path.read_text()


def test_what_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="name one to write it to"):
        card.ModelCard("x").write()
    with pytest.raises(FileError, match="cannot write"):
        card.ModelCard("x").write(tmp_path / "no" / "folder" / "readme.md")


def test_what_nobody_could_read_is_not_written(tmp_path: Path) -> None:
    """The card that is there stays as it was."""
    path = card.ModelCard("x").write(tmp_path)
    path.chmod(0o640)
    one = card.read(path)
    one.caffemodel, one.caffemodel_url = "x.caffemodel", "example.org/x"
    with pytest.raises(ParseError, match="it should be an http, https or file address"):
        one.write()
    assert path.read_text() == "---\nname: x\ncard: 2\n---\n"
    one.caffemodel_url = "https://example.org/x"
    one.write()
    assert card.read(path) == one
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_plain_readme_gets_front_matter() -> None:
    one = parse("Text.\n")
    one.license, one.card = "MIT", 2
    assert one.text() == "---\nname: m\nlicense: MIT\ncard: 2\n---\nText.\n"


PIECES = ["---", "&a ", "*a", "!!x ", "<<: ", *"[]{}?#%@`'\"|>=!", ": ", "- ", "\n", "\t", "\x00", "\x85",
          "\u2028", "\r", "1e400", "-.inf", "9" * 30, "~", "\ufeff", "...", "\U0001f600"]  # fmt: skip


@settings(derandomize=True, max_examples=300, deadline=None)
@given(
    st.sampled_from([FIRST, SECOND]),
    st.lists(
        st.tuples(st.floats(0, 1), st.sampled_from(PIECES), st.integers(0, 5)),
        min_size=1,
        max_size=4,
    ),
)
def test_damaged_cards_are_refused_or_written_back(
    text: str, changes: list[tuple[float, str, int]]
) -> None:
    for where, piece, gone in changes:
        at = int(where * len(text))
        text = text[:at] + piece + text[at + gone :]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            one = parse(text)
        except ParseError as failure:
            assert str(failure).startswith("m/readme.md:")
            return
        one.validate()
        assert one.text() == text.removeprefix("\ufeff").replace("\r\n", "\n")
        one.license = "another one"
        assert parse(one.text()).license == "another one"
