"""`caffe zoo ...`: what is typed, what is said, and the exit status."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from pathlib import Path

import caffe
import pytest
from caffe.zoo import card, commands
from support.gist_api import TOKEN, GistApi, message
from support.hostile_server import Server, closed_port

NET = """
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
  inner_product_param { num_output: 4 weight_filler { type: "xavier" } } }
"""
NUMBER = "034c6ac3865563b69e60"


pytestmark = pytest.mark.usefixtures("own_zoo")


@pytest.fixture
def api(server: Server, monkeypatch: pytest.MonkeyPatch) -> GistApi:
    one = GistApi(server)
    monkeypatch.setenv("CAFFE_GIST_API", one.url)
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    return one


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with a net and weights, but no card."""
    folder = tmp_path / "my_model"
    folder.mkdir()
    (folder / "deploy.prototxt").write_text(NET)
    caffe.Net(folder / "deploy.prototxt", caffe.TEST).save(folder / "my.caffemodel")
    return folder


@pytest.fixture
def model(server: Server, files: Path, tmp_path: Path) -> Path:
    """The folder models/small, whose weights the server has."""
    content = (files / "my.caffemodel").read_bytes()
    folder = tmp_path / "models/small"
    folder.mkdir(parents=True)
    (folder / "deploy.prototxt").write_text(NET)
    (folder / "readme.md").write_text(
        "---\nname: Small net\ncaffemodel: my.caffemodel\n"
        f"caffemodel_url: {server.add('my.caffemodel', content)}\n"
        f"sha1: {hashlib.sha1(content).hexdigest()}\nlicense: MIT\n"
        "card: 2\ntask: retrieval\ndata: Generated\n"
        "inputs:\n- name: data\n  shape: [0, 3]\n  mean: [1, 2, 3]\n  resize: {shorter: 5}\n"
        "labels: [one, two, three, four]\n"
        "metrics:\n- metric: top-1\n  value: 57.1%\n  'on': a set\n"
        "---\nSmall.\n"
    )
    return folder


Said = pytest.CaptureFixture[str]


def zoo(*arguments: object) -> int:
    return commands.main([str(one) for one in arguments])


def refusal(capsys: Said, *arguments: object) -> str:
    """The one line that a command which fails says, without traceback."""
    assert zoo(*arguments) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("caffe zoo: ")
    assert err.count("\n") == 1
    return err


# Looking


def test_list(model: Path, capsys: Said) -> None:
    assert zoo("list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["NAME", "TASK", "SIZE", "WEIGHTS", "TITLE"]
    (line,) = [line for line in lines if line.startswith("small ")]
    assert line.split() == ["small", "retrieval", "to", "download", "Small", "net"]
    (model / "my.caffemodel").write_bytes(b"1234")
    zoo("list")
    out = capsys.readouterr().out
    (line,) = [line for line in out.splitlines() if line.startswith("small ")]
    assert line.split() == ["small", "retrieval", "4", "B", "here", "Small", "net"]
    about = card.read(model)
    about.files = [card.ModelFile("my.caffemodel", "weights", size=5)]
    about.write()
    zoo("list")
    assert "4 B  wrong size  " in capsys.readouterr().out
    about.files, about.caffemodel, about.sha1, about.caffemodel_url = [], None, None, None
    about.write()
    zoo("list")
    assert "  none named   Small net" in capsys.readouterr().out


def test_list_as_json(model: Path, capsys: Said) -> None:
    assert zoo("list", "--json") == 0
    (one,) = [one for one in json.loads(capsys.readouterr().out) if one["id"] == "small"]
    assert one["card"]["name"] == "Small net"
    assert one["state"] == {"my.caffemodel": "to download"}
    assert one["folder"] == "models/small"


def test_search(model: Path, capsys: Said) -> None:
    assert zoo("search", "GENERATED", "small") == 0
    out = capsys.readouterr().out
    assert [line.split()[0] for line in out.splitlines()] == ["NAME", "small"]
    assert "no model has the words 'qwertz'" in refusal(capsys, "search", "qwertz")
    assert zoo("search", "qwertz", "--json") == 0
    assert json.loads(capsys.readouterr().out) == []


def test_info(model: Path, capsys: Said) -> None:
    assert zoo("info", "small") == 0
    sheet = dict(line.split(None, 1) for line in capsys.readouterr().out.splitlines())
    assert sheet["name"] == "Small net"
    assert sheet["license"] == "MIT"
    assert sheet["input"] == "data, any x 3, mean 1 2 3, resize shorter 5"
    assert sheet["labels"] == "4: one, two, three, ..."
    assert sheet["metric"] == "top-1: 57.1% (a set)"
    assert sheet["file"] == "my.caffemodel (weights, to download)"
    assert sheet["definition"] == "deploy.prototxt"
    assert zoo("info", model, "--json") == 0
    assert json.loads(capsys.readouterr().out)["card"]["task"] == "retrieval"


def test_what_terminals_obey_is_shown(model: Path, capsys: Said) -> None:
    """Colours, titles, turned text, and lines that look like those of the sheet."""
    readme = model / "readme.md"
    odd = '"a\\e]0;b\\a\\x9b31m\\u202e\\r\\nfile  net (verified)"'
    readme.write_text(readme.read_text().replace("Small net", odd).replace("MIT", odd))
    seen = r"a\x1b]0;b\x07\x9b31m\u202e  file  net (verified)"
    assert zoo("info", "small") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(f"  {seen}")
    assert sum(line.startswith("file ") for line in lines) == 1
    assert zoo("list") == 0
    assert seen in capsys.readouterr().out
    readme.write_text(readme.read_text().replace("card: 2", 'card: 2\n"b\\x9b": c'))
    assert zoo("info", "small") == 0
    assert r"warning: models/small/readme.md:8: 'b\x9b' is no key" in capsys.readouterr().err


def test_what_the_system_refuses(
    tmp_path: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(model: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "/root/models")

    monkeypatch.setattr("caffe.zoo.catalog.card", refuse)
    assert refusal(capsys, "info", "x") == "caffe zoo: /root/models: Permission denied\n"
    assert zoo("info", "x", "--debug") == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["info", "download"])
def test_no_such_model(verb: str, capsys: Said) -> None:
    assert "there is no model 'bvlc_alexnett'" in refusal(capsys, verb, "bvlc_alexnett")
    assert "did you mean 'bvlc_alexnet'" in refusal(capsys, verb, "bvlc_alexnett")
    assert "is neither the folder" in refusal(capsys, verb, "no/such/folder")


BAD_CARDS = [
    "---\nname: [\n---\n",
    "---\nname: x\n",
    "---\n- 1\n---\n",
    "---\nname: &a x\ntask: *a\n---\n",
    "---\nname: 5\ncaffemodel: ../x\n---\n",
    "---\nname: x\ncaffemodel: /etc/passwd\n---\n",
    "---\nname: x\ncaffemodel: x\nsha1: 12\n---\n",
    "---\nname: x\ncaffemodel: x\ncaffemodel_url: ftp://x/x\n---\n",
    "---\nname: x\nfiles: 3\n---\n",
    "---\nname: !!python/object/apply:os.system [ls]\n---\n",
    "\xff\xfe",
]


@pytest.mark.parametrize("text", BAD_CARDS)
@pytest.mark.parametrize("verb", ["info", "download", "upload", "publish"])
def test_bad_cards(verb: str, text: str, tmp_path: Path, capsys: Said, api: GistApi) -> None:
    folder = tmp_path / "models/bad"
    folder.mkdir(parents=True)
    (folder / "readme.md").write_bytes(text.encode("latin-1"))
    assert "readme.md" in refusal(capsys, verb, folder)
    assert api.server.requests == []


def test_bad_cards_are_left_out_of_the_list(model: Path, tmp_path: Path, capsys: Said) -> None:
    (tmp_path / "models/bad").mkdir()
    (tmp_path / "models/bad/readme.md").write_text("---\nname: [\n---\n")
    assert zoo("list") == 0
    out, err = capsys.readouterr()
    assert "\nsmall " in out
    assert err.startswith("caffe zoo: warning: a model is left out: models/bad/readme.md")
    assert err.count("\n") == 1


# Getting


def test_download(model: Path, tmp_path: Path, capsys: Said) -> None:
    assert zoo("download", "small", "--quiet") == 0
    place = tmp_path / "cache/caffe/models/small/my.caffemodel"
    assert capsys.readouterr().out.startswith(f"wrote {place} (")
    net = caffe.Net(place.parent / "deploy.prototxt", caffe.TEST, weights=place)
    assert net.forward()["ip"].shape == (2, 4)
    assert zoo("download", "small") == 0
    assert capsys.readouterr().out == f"{place.parent} has all its files\n"


def test_download_into_a_folder(model: Path, capsys: Said) -> None:
    assert zoo("download", model, "--weights-only") == 0
    assert (model / "my.caffemodel").exists()


def test_download_to_a_folder_of_ones_choice(model: Path, tmp_path: Path) -> None:
    assert zoo("download", "small", "--to", tmp_path / "here", "--no-weights") == 0
    assert sorted(os.listdir(tmp_path / "here/small")) == ["deploy.prototxt", "readme.md"]


def test_a_download_that_fails(model: Path, server: Server, capsys: Said) -> None:
    server.files.clear()
    said = refusal(capsys, "download", model, "--retries", "0")
    assert f"{server.url}/my.caffemodel answered 404 (Not Found)" in said
    assert f"put it at {model}/my.caffemodel" in said


def test_weights_without_address(model: Path, capsys: Said) -> None:
    text = (model / "readme.md").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("caffemodel_url")]
    (model / "readme.md").write_text("\n".join(lines))
    assert "my.caffemodel: no address of it is known" in refusal(capsys, "download", model)


def test_no_network(model: Path, server: Server, capsys: Said) -> None:
    text = (model / "readme.md").read_text().replace(server.url, closed_port())
    (model / "readme.md").write_text(text)
    said = refusal(capsys, "download", model, "--timeout", "60")
    assert "is this machine on a network ($https_proxy names a proxy)?" in said


def test_offline(model: Path, server: Server, capsys: Said) -> None:
    assert "this is offline" in refusal(capsys, "download", model, "--offline")
    assert server.requests == []
    assert "CAFFE_OFFLINE" not in os.environ


def test_debug_shows_where(model: Path, capsys: Said) -> None:
    assert zoo("download", model, "--offline", "--debug") == 1
    assert zoo("info", "no_such_model", "--debug") == 1
    assert "Traceback" in capsys.readouterr().err


def test_stopped(model: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    def interrupt(*words: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("caffe.zoo.transfer.fetch", interrupt)
    assert zoo("download", model) == 130
    assert capsys.readouterr().err == "caffe zoo: stopped; the same command goes on from here\n"


def test_download_of_a_gist(api: GistApi, model: Path, tmp_path: Path, capsys: Said) -> None:
    """Its files, and the weights that its card names."""
    readme = (model / "readme.md").read_text()
    api.gists[NUMBER] = {"readme.md": readme, "deploy.prototxt": NET}
    assert zoo("download", NUMBER) == 0
    names = ["deploy.prototxt", "my.caffemodel", "readme.md"]
    assert sorted(os.listdir(tmp_path / NUMBER)) == names
    assert zoo("download", f"https://gist.github.com/me/{NUMBER}", "--no-weights") == 0
    assert sorted(os.listdir(tmp_path / f"me-{NUMBER}")) == ["deploy.prototxt", "readme.md"]
    assert zoo("download", f"me/{NUMBER}", "--to", "models") == 0
    assert (tmp_path / f"models/me-{NUMBER}/my.caffemodel").exists()
    capsys.readouterr()
    assert f"models/me-{NUMBER} is there already" in refusal(
        capsys, "download", f"me/{NUMBER}", "--to", "models"
    )


def test_a_folder_that_is_not_there_is_no_gist(api: GistApi, model: Path, capsys: Said) -> None:
    assert "is neither the folder" in refusal(capsys, "download", f"models/{NUMBER}")
    assert api.server.requests == []


def test_a_gist_without_card(api: GistApi, tmp_path: Path) -> None:
    api.gists[NUMBER] = {"deploy.prototxt": NET}
    assert zoo("download", NUMBER) == 0
    assert os.listdir(tmp_path / NUMBER) == ["deploy.prototxt"]


# Sharing


def test_new(files: Path, capsys: Said) -> None:
    assert zoo("new", files, "--name", "Mine") == 0
    out = capsys.readouterr().out
    assert f"wrote {files}/readme.md" in out
    assert "not known yet: license, task" in out
    assert "images" not in out
    content = (files / "my.caffemodel").read_bytes()
    about = card.read(files)
    assert about.validate() == []
    assert about.name == "Mine"
    assert about.caffemodel == "my.caffemodel"
    assert about.sha1 == hashlib.sha1(content).hexdigest()
    weights = about.weights
    assert weights is not None
    assert weights.size == len(content)
    assert weights.sha256 == hashlib.sha256(content).hexdigest()
    assert weights.urls == []
    assert [(one.name, one.shape) for one in about.inputs] == [("data", [2, 3])]
    assert "# Mine" in about.prose
    assert "readme.md is there already" in refusal(capsys, "new", files)


def test_new_from_elsewhere(files: Path, tmp_path: Path, capsys: Said) -> None:
    net = (files / "deploy.prototxt").rename(tmp_path / "net.prototxt")
    weights = files / "my.caffemodel"
    assert zoo("new", "models/copied", "--deploy", net, "--weights", weights) == 0
    folder = tmp_path / "models/copied"
    assert sorted(os.listdir(folder)) == ["deploy.prototxt", "my.caffemodel", "readme.md"]
    assert (folder / "my.caffemodel").read_bytes() == weights.read_bytes()
    assert card.read(folder).name == "copied"


def test_new_for_a_net_of_2014(files: Path, capsys: Said) -> None:
    old = 'input: "data" input_dim: 2 input_dim: 3 input_dim: 1 input_dim: 1'
    (files / "deploy.prototxt").write_text(
        f'{old} layers {{ name: "ip" type: INNER_PRODUCT bottom: "data" top: "ip" '
        "inner_product_param { num_output: 4 } }"
    )
    assert zoo("new", files) == 0
    assert "nor the mean, scale and order" in capsys.readouterr().out
    assert card.read(files).inputs[0].shape == [2, 3, 1, 1]


def test_new_with_what_does_not_fit(files: Path, tmp_path: Path, capsys: Said) -> None:
    deploy = files / "deploy.prototxt"
    deploy.write_text(NET.replace("num_output: 4", "num_output: 5"))
    assert "ip" in refusal(capsys, "new", files)
    deploy.write_text(NET.replace('"Input"', '"Inptu"'))
    assert zoo("new", files) == 1
    deploy.write_text(NET[NET.index('layer { name: "ip"') :])
    assert "has no inputs" in capsys.readouterr().err + refusal(capsys, "new", files)
    deploy.write_text("layer {")
    assert "deploy.prototxt" in refusal(capsys, "new", files)
    deploy.unlink()
    assert "name it by --deploy" in refusal(capsys, "new", files)
    assert "there is no such folder" in refusal(capsys, "new", tmp_path / "none")
    deploy.write_text(NET)
    (files / "my.caffemodel").write_bytes(b"no weights")
    assert "my.caffemodel" in refusal(capsys, "new", files)
    (files / "other.caffemodel").touch()
    assert "there is my.caffemodel, other.caffemodel" in refusal(capsys, "new", files)
    assert "--deploy" in refusal(capsys, "new", tmp_path / "nowhere")
    assert not (files / "readme.md").exists()
    assert not (tmp_path / "nowhere").exists()


def test_publish(api: GistApi, files: Path, capsys: Said) -> None:
    zoo("new", files)
    capsys.readouterr()
    assert zoo("publish", files) == 0
    out = capsys.readouterr().out
    about = card.read(files)
    assert f"made the gist {about.gist_id}" in out
    assert "without my.caffemodel, which is no text" in out
    assert f"caffe zoo publish {files} --url https://..." in out
    assert sorted(api.gists[about.gist_id or ""]) == ["deploy.prototxt", "readme.md"]
    # New weights and an address: the card follows, the gist changes.
    caffe.Net(files / "deploy.prototxt", caffe.TEST).save(files / "my.caffemodel")
    url = api.server.add("net", (files / "my.caffemodel").read_bytes())
    assert zoo("publish", files, "--url", url) == 0
    assert f"changed the gist {about.gist_id}" in capsys.readouterr().out
    about = card.read(files)
    assert about.validate() == []
    assert about.caffemodel_url == url
    assert about.sha1 == hashlib.sha1((files / "my.caffemodel").read_bytes()).hexdigest()
    assert api.gists[about.gist_id or ""]["readme.md"] == (files / "readme.md").read_text()
    # Whoever has the gist has the model.
    assert zoo("download", about.gist_id) == 0


def test_addresses_of_weights_that_changed(model: Path, files: Path, server: Server) -> None:
    (model / "my.caffemodel").write_bytes((files / "my.caffemodel").read_bytes())
    first = card.read(model).caffemodel_url
    assert zoo("publish", model, "--no-gist", "--url", "https://example.org/my") == 0
    assert card.read(model).weights.urls == ["https://example.org/my", first]
    caffe.Net(model / "deploy.prototxt", caffe.TEST).save(model / "my.caffemodel")
    assert zoo("publish", model, "--no-gist") == 0
    assert card.read(model).weights.urls == []


def test_publish_without_weights(model: Path, capsys: Said) -> None:
    assert "my.caffemodel is not there" in refusal(capsys, "publish", model)
    (model / "my.caffemodel").write_bytes(b"no weights")
    assert "my.caffemodel" in refusal(capsys, "publish", model)


def test_publish_with_an_address_that_is_none(files: Path, capsys: Said) -> None:
    """The card stays as it was, and can be read."""
    zoo("new", files)
    text = (files / "readme.md").read_text()
    capsys.readouterr()
    said = refusal(capsys, "publish", files, "--no-gist", "--url", "dropbox.com/x")
    assert 'is "dropbox.com/x", it should be an http, https or file address' in said
    assert (files / "readme.md").read_text() == text


def test_publish_of_a_card_with_mistakes(model: Path, capsys: Said) -> None:
    readme = model / "readme.md"
    readme.write_text(readme.read_text().replace("license:", "licence:"))
    assert zoo("publish", model) == 1
    assert "did you mean 'license'" in capsys.readouterr().err


def test_upload(api: GistApi, model: Path, capsys: Said) -> None:
    assert zoo("upload", model, "--public") == 0
    number = card.read(model).gist_id
    assert capsys.readouterr().out == f"made the gist {number}\n"
    assert api.public[number or ""]


@pytest.mark.parametrize(
    "refused", [message(401, TOKEN), message(403, TOKEN), message(422, TOKEN), message(500, TOKEN)]
)
@pytest.mark.parametrize("debug", [(), ("--debug",)])
def test_the_token_is_never_shown(
    refused: tuple, debug: tuple, api: GistApi, model: Path, capsys: Said
) -> None:
    api.refusal = refused
    assert zoo("upload", model, *debug) == 1
    out, err = capsys.readouterr()
    assert TOKEN not in out + err
    assert ("Traceback" in err) == bool(debug)


@pytest.mark.parametrize("token", ["", f"{TOKEN}\nX-Other: 1"])
def test_tokens_that_are_none(
    token: str, api: GistApi, model: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", token)
    assert zoo("upload", model, "--debug") == 1
    out, err = capsys.readouterr()
    assert TOKEN not in out + err
    assert "GITHUB_TOKEN" in err


# Mirrors


def test_mirror(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said, server: Server
) -> None:
    assert zoo("mirror", "small", "--to", "tree") == 0
    assert "tree has a model: serve it" in capsys.readouterr().out
    # Elsewhere, where nobody knows the model, and its own server is gone.
    server.files.clear()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert "there is no model 'small'" in refusal(capsys, "download", "small")
    assert zoo("download", "small", "--from", "../tree", "--to", ".") == 0
    assert (elsewhere / "small/my.caffemodel").exists()
    for path in (tmp_path / "tree").rglob("*.*"):
        server.add(f"{path.relative_to(tmp_path)}", path.read_bytes())
    monkeypatch.setenv("CAFFE_ZOO_MIRROR", f"{server.url}/tree/")
    assert zoo("download", "small", "--to", "again") == 0
    assert (elsewhere / "again/small/my.caffemodel").exists()


def test_mirror_of_what_cannot_be_had(model: Path, server: Server, capsys: Said) -> None:
    server.files.clear()
    assert zoo("mirror", "small", "--to", "tree", "--retries", "0") == 1
    said = capsys.readouterr()
    assert "answered 404" in said.err
    assert "1 without all files" in said.err
    assert "serve it" not in said.out
    assert Path("tree/small/readme.md").exists()
