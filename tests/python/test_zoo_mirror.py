"""Trees of models that web servers serve, and what comes from them."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import caffe
import pytest
from caffe.zoo import card, downloads, mirror
from caffe.zoo.downloads import Terms
from support.hostile_server import Server, closed_port
from zoo_folders import TERMS, WEIGHTS_BYTES, names, sha, v2, write_card

pytestmark = pytest.mark.usefixtures("own_zoo")


@pytest.fixture
def mirrored(server: Server, tmp_path: Path) -> Path:
    """A tree with one model, one of whose files could not be had."""
    keys = v2(server)
    keys["files"].append({"name": "other.npy", "role": "mean", "urls": [f"{server.url}/gone"]})
    write_card(tmp_path / "models/small", **keys)
    (outcome,) = mirror.write(["small"], tmp_path / "tree", TERMS)
    assert len(outcome.failures) == 1
    return tmp_path / "tree"


def test_a_tree_for_a_web_server(mirrored: Path) -> None:
    index = json.loads((mirrored / "index.json").read_text())
    assert names(mirrored) == ["index.json", "small"]
    assert sorted(index["models"]["small"]) == names(mirrored / "small")
    assert index["models"]["small"]["net.caffemodel"] == {
        "size": len(WEIGHTS_BYTES),
        "sha256": sha("sha256", WEIGHTS_BYTES),
    }


def test_a_tree_grows(mirrored: Path, tmp_path: Path) -> None:
    folder = write_card(tmp_path / "another", caffemodel="net.caffemodel")
    (folder / "net.caffemodel").write_bytes(WEIGHTS_BYTES)
    mirror.write([folder], mirrored, TERMS)
    assert names(mirrored) == ["another", "index.json", "small"]
    assert (mirrored / "another/net.caffemodel").read_bytes() == WEIGHTS_BYTES
    assert sorted(json.loads((mirrored / "index.json").read_text())["models"]) == [
        "another",
        "small",
    ]


def test_a_tree_follows_its_models_when_it_may(server: Server, tmp_path: Path) -> None:
    """New weights and the card that has their sum come together, or not at all."""
    folder = write_card(tmp_path / "net", caffemodel="net.caffemodel", sha1=sha("sha1", b"one"))
    (folder / "net.caffemodel").write_bytes(b"one")
    mirror.write([folder], tmp_path / "tree", TERMS)
    text = (folder / "readme.md").read_text()
    (folder / "readme.md").write_text(text.replace(sha("sha1", b"one"), sha("sha1", b"two")))
    (folder / "net.caffemodel").write_bytes(b"two")

    def served() -> tuple[bytes, str]:
        about = card.read(tmp_path / "tree/net")
        return (tmp_path / "tree/net/net.caffemodel").read_bytes(), about.sha1 or ""

    (outcome,) = mirror.write([folder], tmp_path / "tree", TERMS)
    assert "--force" in outcome.failures[0]
    assert served() == (b"one", sha("sha1", b"one"))
    forced = Terms(overwrite=True, quiet=True, patience=TERMS.patience)
    mirror.write([folder], tmp_path / "tree", forced)
    assert served() == (b"two", sha("sha1", b"two"))


def test_two_models_of_one_name(tmp_path: Path) -> None:
    one, two = write_card(tmp_path / "one/net"), write_card(tmp_path / "two/net")
    with pytest.raises(caffe.InvalidArgumentError, match="both be .*tree/net: rename one of them"):
        mirror.write([one, two], tmp_path / "tree", TERMS)
    mirror.write([one, one], tmp_path / "tree", TERMS)


def test_odd_names_on_a_mirror(server: Server, tmp_path: Path) -> None:
    folder = write_card(tmp_path / "a net#1")
    (folder / "readme.md").rename(folder / "README.md")
    (folder / "100% of?.txt").write_text("x")
    mirror.write([folder], tmp_path / "tree", TERMS)
    place = mirror.fetch_card(serve(server, tmp_path / "tree"), "a net#1", tmp_path / "new", TERMS)
    assert names(place) == names(folder)
    assert server.requests[-1].path == "/zoo/a%20net%231/README.md"


def serve(server: Server, tree: Path) -> str:
    """The address of a tree."""
    for path in tree.rglob("*"):
        if path.is_file():
            server.add(f"zoo/{quote(str(path.relative_to(tree)))}", path.read_bytes())
    return f"{server.url}/zoo"


def test_a_mirror_is_tried_first(mirrored: Path, server: Server, tmp_path: Path) -> None:
    base = serve(server, mirrored)
    asked = len(server.requests)
    terms = Terms(sources=(f"{base}/small",), quiet=True, patience=TERMS.patience)
    outcome = downloads.download("small", terms=terms)
    paths = [request.path for request in server.requests[asked:]]
    assert paths[:3] == [
        f"/zoo/small/{name}" for name in ("net.caffemodel", "mean.npy", "labels.txt")
    ]
    assert len(outcome.came) == 3


@pytest.mark.parametrize("local", [True, False])
def test_models_that_only_a_mirror_has(
    local: bool, mirrored: Path, server: Server, tmp_path: Path
) -> None:
    base = str(mirrored) if local else serve(server, mirrored)
    folder = mirror.fetch_card(base, "small", tmp_path / "new", TERMS)
    assert card.read(folder).name == "Small"
    assert (folder / "deploy.prototxt").exists()


def test_a_mirror_without_the_model(mirrored: Path, tmp_path: Path) -> None:
    with pytest.raises(caffe.NotFoundError, match="has no model 'large'"):
        mirror.fetch_card(str(mirrored), "large", tmp_path, TERMS)
    with pytest.raises(caffe.InvalidArgumentError):
        mirror.fetch_card(str(mirrored), "../large", tmp_path, TERMS)


@pytest.mark.parametrize("index", ["", "[]", "{}", '{"models": 1}', "[" * 100_000])
def test_a_mirror_with_a_broken_index(index: str, server: Server, tmp_path: Path) -> None:
    server.add("zoo/index.json", index.encode())
    with pytest.raises(caffe.ParseError, match="is no index of models"):
        mirror.fetch_card(f"{server.url}/zoo", "small", tmp_path / "new", TERMS)


def test_names_on_a_mirror_stay_in_the_folder(server: Server, tmp_path: Path) -> None:
    evil = {"models": {"small": {"../../evil": {"size": 1, "sha256": sha("sha256", b"x")}}}}
    server.add("zoo/index.json", json.dumps(evil).encode())
    with pytest.raises(caffe.InvalidArgumentError, match="the name '../../evil'"):
        mirror.fetch_card(f"{server.url}/zoo", "small", tmp_path / "new", TERMS)


def test_a_mirror_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(caffe.FileError, match="cannot be reached"):
        mirror.fetch_card(closed_port(), "small", tmp_path, TERMS)
