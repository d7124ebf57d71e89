"""Gists: read, made and changed through an API like GitHub's; tokens stay secret."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import caffe
import pytest
from caffe.zoo import card, gist
from caffe.zoo.addresses import Patience
from support.gist_api import TOKEN, GistApi, message
from support.hostile_server import closed_port, serving

NUMBER = "034c6ac3865563b69e60"
README = "---\nname: Small net\ncaffemodel: small.caffemodel\n---\nA small net.\n"
HASTY = Patience(connect=60, read=60, retries=2, pause=0)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[GistApi]:
    """An API that knows one gist, and an environment with its address and a token."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name in ("CAFFE_OFFLINE", "GH_TOKEN"):
            monkeypatch.delenv(name)
    with serving() as server:
        one = GistApi(server)
        one.gists[NUMBER] = {"readme.md": README, "deploy.prototxt": 'name: "é"\n' * 300}
        monkeypatch.setenv("CAFFE_GIST_API", one.url)
        monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
        yield one


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "small"
    folder.mkdir()
    (folder / "readme.md").write_text(README)
    (folder / "deploy.prototxt").write_text('name: "small"\n')
    (folder / "small.caffemodel").write_bytes(b"\0\1\2\xff")
    return folder


@pytest.mark.parametrize(
    "text",
    [
        NUMBER,
        f"sergeyk/{NUMBER}",
        f"https://gist.github.com/sergeyk/{NUMBER}",
        f"https://gist.github.com/{NUMBER}#file-readme-md",
        f"http://gist.github.com/sergeyk/{NUMBER}/",
    ],
)
def test_what_names_a_gist(text: str) -> None:
    assert gist.identifier(text) == NUMBER


@pytest.mark.parametrize("text", ["", "no gist", "../etc", f"a/b/{NUMBER}", "XYZ", f"{NUMBER}\n"])
def test_what_names_none(text: str) -> None:
    with pytest.raises(caffe.InvalidArgumentError, match="is no gist"):
        gist.identifier(text)


def test_download(api: GistApi, tmp_path: Path) -> None:
    """The longer file is cut off in the answer; it comes from an address of its own."""
    folder = gist.download(f"sergeyk/{NUMBER}", tmp_path / "models" / NUMBER)
    assert {path.name: path.read_text() for path in folder.iterdir()} == api.gists[NUMBER]
    assert [request.path for request in api.server.requests] == [
        f"/api/gists/{NUMBER}",
        f"/raw/{NUMBER}/deploy.prototxt",
    ]
    assert "authorization" not in api.server.requests[1].headers
    assert os.listdir(tmp_path / "models") == [NUMBER]
    assert folder.stat().st_mode & 0o777 == tmp_path.joinpath("models").stat().st_mode & 0o777


def test_download_without_token(
    api: GistApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    gist.download(NUMBER, tmp_path / "here")
    assert "authorization" not in api.server.requests[0].headers


def test_a_folder_that_is_there_stays(api: GistApi, model: Path) -> None:
    with pytest.raises(caffe.FileError, match="is there already"):
        gist.download(NUMBER, model)
    assert api.server.requests == []


def test_fill_replaces_nothing(api: GistApi, model: Path) -> None:
    (model / "readme.md").write_text("mine")
    (model / "deploy.prototxt").unlink()
    assert gist.fill(NUMBER, model) == [model / "deploy.prototxt"]
    assert (model / "readme.md").read_text() == "mine"


def test_a_gist_that_is_gone(api: GistApi, tmp_path: Path) -> None:
    with pytest.raises(caffe.NotFoundError, match="there is no gist 12ab: it was deleted"):
        gist.download("12ab", tmp_path / "here")
    assert os.listdir(tmp_path) == []


BAD_NAMES = ["../evil", "/evil", "a/b", "..", ".", "a\\b", "a\0b", "", "a" * 256, "a\ud800"]
BAD_NAMES += ["a\x1b[31m", "a\x9b31m", "a\u202etxt"]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_names_that_lead_out(name: str, api: GistApi, tmp_path: Path) -> None:
    api.gists[NUMBER][name] = "x"
    with pytest.raises(caffe.InvalidArgumentError, match="the name"):
        gist.download(NUMBER, tmp_path / "in/here")
    assert os.listdir(tmp_path / "in") == []
    assert os.listdir(tmp_path) == ["in"]


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"[" * 100_000, b'{"files": {"a": 1}}', b"{}"]
)
def test_answers_that_are_none(body: bytes, api: GistApi, tmp_path: Path) -> None:
    api.refusal = (200, {}, body)
    with pytest.raises(caffe.Error, match="answer"):
        gist.download(NUMBER, tmp_path / "here")
    assert os.listdir(tmp_path) == []


def test_text_that_is_none(api: GistApi, tmp_path: Path) -> None:
    api.gists[NUMBER] = {"readme.md": "x"}
    found = {"id": NUMBER, "files": {"readme.md": {"content": "\ud800"}}}
    api.refusal = (200, {}, json.dumps(found).encode())
    with pytest.raises(caffe.ParseError, match=r"has a readme\.md that is no text"):
        gist.download(NUMBER, tmp_path / "here")
    assert os.listdir(tmp_path) == []


def test_links_do_not_lead_text_elsewhere(api: GistApi, model: Path, tmp_path: Path) -> None:
    (model / "deploy.prototxt").unlink()
    (model / "deploy.prototxt").symlink_to(tmp_path / "elsewhere")
    gist.fill(NUMBER, model)
    assert not (tmp_path / "elsewhere").exists()
    assert (model / "deploy.prototxt").read_text() == api.gists[NUMBER]["deploy.prototxt"]


def test_sizes_that_are_beyond_reason(
    api: GistApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gist, "_LARGEST_ANSWER", 3200)
    with pytest.raises(caffe.FileError, match="at most 3,200 were expected"):
        gist.download(NUMBER, tmp_path / "here")


def test_a_file_that_cannot_be_fetched(api: GistApi, tmp_path: Path) -> None:
    api.inline = 0
    answer = api.answer
    api.server.answer = lambda request: (
        answer(request) if request.path.startswith("/api") else (404, {}, b"")
    )
    with pytest.raises(caffe.FileError, match="answered 404"):
        gist.download(NUMBER, tmp_path / "here")
    assert os.listdir(tmp_path) == []


def test_upload_makes_a_gist_and_then_changes_it(api: GistApi, model: Path) -> None:
    number, new = gist.upload(model)
    assert new
    assert card.read(model).gist_id == number
    # The number is in the gist, too; the weights are not.
    assert api.gists[number] == {
        "readme.md": (model / "readme.md").read_text(),
        "deploy.prototxt": 'name: "small"\n',
    }
    assert f"gist_id: {number}" in api.gists[number]["readme.md"].replace("'", "")
    assert api.descriptions[number] == "Small net"
    assert not api.public[number]
    (model / "solver.prototxt").write_text("base_lr: 1\n")
    assert gist.upload(model) == (number, False)
    assert api.gists[number]["solver.prototxt"] == "base_lr: 1\n"
    assert [request.method for request in api.server.requests] == ["POST", "PATCH", "PATCH"]


def test_upload_for_everybody(api: GistApi, model: Path) -> None:
    number, _ = gist.upload(model, public=True)
    assert api.public[number]


def test_what_is_shared(model: Path) -> None:
    (model / "images").mkdir()
    (model / ".git").write_text("x")
    (model / "empty").touch()
    (model / "large.txt").write_text("x" * (gist.LARGEST_FILE + 1))
    (model / "nul.txt").write_text("a\0b")
    (model / "link.txt").symlink_to("/etc/passwd")
    fit, others = gist.shareable(model)
    assert [path.name for path in fit] == ["deploy.prototxt", "readme.md"]
    assert others == {
        ".git": "is hidden",
        "empty": "is empty",
        "images": "is a folder",
        "large.txt": "is larger than 1.0 MiB",
        "link.txt": "is no file",
        "nul.txt": "is no text",
        "small.caffemodel": "is no text",
    }


def test_upload_of_a_folder_without_card(api: GistApi, tmp_path: Path) -> None:
    with pytest.raises(caffe.NotFoundError, match=r"has no readme\.md"):
        gist.upload(tmp_path)
    (tmp_path / "readme.md").write_text("---\nname: [\n---\n")
    with pytest.raises(caffe.ParseError, match="is no YAML"):
        gist.upload(tmp_path)
    assert api.server.requests == []


def test_a_card_that_cannot_be_written(
    api: GistApi, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gist is made: its number must not be lost."""

    def refuse(self: card.ModelCard) -> None:
        raise caffe.FileError("readme.md: cannot be written")

    monkeypatch.setattr(card.ModelCard, "write", refuse)
    with pytest.raises(caffe.FileError, match=r"the gist [0-9a-f]{32} is made, but readme.md"):
        gist.upload(model)


REFUSALS = [
    (message(401, f"Bad credentials {TOKEN}"), r"refuses \$GITHUB_TOKEN \(401\)"),
    (message(403, "Forbidden"), r"does not allow this with \$GITHUB_TOKEN \(403\)"),
    (
        message(403, "limit", {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1700000000"}),
        r"answers no more requests for now \(403\): wait until 22:13 UTC",
    ),
    (message(429, "slow down"), r"no more requests for now \(429\): wait some minutes"),
    (
        message(404, "Not Found"),
        rf"there is no gist {NUMBER}|with \$GITHUB_TOKEN \(404\): make one",
    ),
    (
        message(422, f"Validation Failed {TOKEN}", errors=[{"code": "missing"}, "odd"]),
        r"refuses the files \(422\): Validation Failed \*\*\*; missing; odd",
    ),
    ((422, {}, b"<html>"), "it does not say why"),
    (message(500, TOKEN), r"answered 500"),
    ((302, {"Location": "http://other.invalid/"}, b""), "."),
]


@pytest.mark.parametrize("refusal, said", REFUSALS)
def test_refusals(refusal: tuple, said: str, api: GistApi, model: Path, tmp_path: Path) -> None:
    api.refusal = refusal
    for call in (
        lambda: gist.upload(model, patience=HASTY),
        lambda: gist.download(NUMBER, tmp_path / "here", patience=HASTY),
    ):
        with pytest.raises(caffe.Error, match=said) as caught:
            call()
        assert "\n" not in str(caught.value)
        assert TOKEN not in str(caught.value)
    assert sorted(os.listdir(tmp_path)) == ["small"]
    assert (model / "readme.md").read_text() == README


def test_an_update_of_a_gist_that_is_not_ones_own(api: GistApi, model: Path) -> None:
    (model / "readme.md").write_text(README.replace("name:", "gist_id: 12ab\nname:"))
    with pytest.raises(caffe.NotFoundError, match="no gist 12ab that .GITHUB_TOKEN may change"):
        gist.upload(model)


def test_reading_is_tried_again_writing_is_not(api: GistApi, model: Path, tmp_path: Path) -> None:
    answer = api.answer
    left = [message(503, "busy"), message(502, "busy")]
    api.server.answer = lambda request: left.pop() if left else answer(request)
    gist.download(NUMBER, tmp_path / "here", patience=HASTY)
    left.append(message(503, "busy"))
    with pytest.raises(caffe.FileError, match="answered 503"):
        gist.upload(model, patience=HASTY)
    assert len(api.gists) == 1


def test_writing_does_not_follow_redirects(api: GistApi, model: Path) -> None:
    api.refusal = (307, {"Location": f"{api.server.url}/elsewhere"}, b"")
    with pytest.raises(caffe.FileError, match="answered 307"):
        gist.upload(model)
    assert len(api.server.requests) == 1


def test_redirects_to_others_lose_the_token(api: GistApi, tmp_path: Path) -> None:
    with serving() as other:
        elsewhere = GistApi(other)
        elsewhere.gists = api.gists
        api.refusal = (301, {"Location": f"{elsewhere.url}/gists/{NUMBER}"}, b"")
        gist.download(NUMBER, tmp_path / "here")
        assert "authorization" in api.server.requests[0].headers
        assert all("authorization" not in request.headers for request in other.requests)


@pytest.mark.parametrize("token", ["", " "])
def test_no_token(token: str, api: GistApi, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", token)
    with pytest.raises(caffe.StateError, match=r"with a token in \$GITHUB_TOKEN"):
        gist.upload(model)
    monkeypatch.setenv("GH_TOKEN", TOKEN)
    gist.upload(model)


@pytest.mark.parametrize("token", [f"{TOKEN}\n{TOKEN}", f"{TOKEN} x", f"{TOKEN}é"])
def test_what_is_no_token(
    token: str, api: GistApi, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", token)
    with pytest.raises(caffe.StateError, match=r"\$GITHUB_TOKEN is no token") as caught:
        gist.upload(model)
    assert TOKEN not in str(caught.value)
    assert api.server.requests == []


def test_a_token_is_not_sent_in_clear(
    api: GistApi, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAFFE_GIST_API", "http://api.invalid")
    with pytest.raises(caffe.StateError, match=r"is not https: \$GITHUB_TOKEN would be sent"):
        gist.upload(model)


def test_a_password_for_the_server_is_not_used(
    api: GistApi, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    gist.upload(model)
    assert api.server.requests[0].headers["authorization"] == f"Bearer {TOKEN}"
    monkeypatch.delenv("GITHUB_TOKEN")
    gist.download(NUMBER, tmp_path / "here")
    assert "authorization" not in api.server.requests[-2].headers


def test_no_network(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CAFFE_OFFLINE", raising=False)
    monkeypatch.setenv("CAFFE_GIST_API", closed_port())
    with pytest.raises(caffe.FileError, match="Connection refused.*is this machine on a network"):
        gist.download(NUMBER, tmp_path / "here")
    monkeypatch.setenv("CAFFE_OFFLINE", "1")
    with pytest.raises(caffe.StateError, match="CAFFE_OFFLINE"):
        gist.download(NUMBER, tmp_path / "here")
