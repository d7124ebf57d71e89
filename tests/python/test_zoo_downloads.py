"""Models' files come into their folders: from addresses, archives and gists."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import caffe
import pytest
from caffe.zoo import archive, card, catalog, downloads, transfer
from caffe.zoo.downloads import OTHERS, WEIGHTS, Terms
from support.gist_api import GistApi
from support.hostile_server import Server
from zoo_folders import MEAN_BYTES, TERMS, WEIGHTS_BYTES, names, sha, tar, v2, write_card

pytestmark = pytest.mark.usefixtures("own_zoo")


def test_a_card_of_2014(server: Server, tmp_path: Path) -> None:
    url = server.add("net", WEIGHTS_BYTES)
    keys = {"caffemodel": "net.caffemodel", "caffemodel_url": url}
    folder = write_card(tmp_path / "small", **keys, sha1=sha("sha1", WEIGHTS_BYTES))
    outcome = downloads.download(folder, terms=TERMS)
    assert outcome.came == [folder / "net.caffemodel"]
    assert outcome.failures == []
    assert (folder / "net.caffemodel").read_bytes() == WEIGHTS_BYTES
    assert downloads.download(folder, terms=TERMS).came == []
    assert len(server.requests) == 1


def test_all_files_of_a_card(server: Server, tmp_path: Path) -> None:
    folder = write_card(tmp_path / "small", **v2(server))
    outcome = downloads.download(folder, terms=TERMS)
    assert [path.name for path in outcome.came] == ["net.caffemodel", "mean.npy", "labels.txt"]
    assert [path.name for path in outcome.unverified] == ["labels.txt"]
    assert names(folder) == [
        "deploy.prototxt",
        "labels.txt",
        "mean.npy",
        "net.caffemodel",
        "readme.md",
    ]


def test_weights_or_the_others(server: Server, tmp_path: Path) -> None:
    folder = write_card(tmp_path / "small", **v2(server))
    came = downloads.download(folder, which=WEIGHTS, terms=TERMS).came
    assert [path.name for path in came] == ["net.caffemodel"]
    came = downloads.download(folder, which=OTHERS, terms=TERMS).came
    assert [path.name for path in came] == ["mean.npy", "labels.txt"]


def test_one_failure_keeps_nobody_from_coming(server: Server, tmp_path: Path) -> None:
    keys = v2(server)
    keys["files"][0]["urls"] = [f"{server.url}/gone"]
    keys["files"][1]["md5"] = sha("md5", b"other")
    folder = write_card(tmp_path / "small", **keys)
    outcome = downloads.download(folder, terms=TERMS)
    assert [path.name for path in outcome.came] == ["labels.txt"]
    assert len(outcome.failures) == 2
    assert "answered 404" in outcome.failures[0]
    assert f"gave a file with md5 {sha('md5', MEAN_BYTES)}" in outcome.failures[1]
    assert names(folder) == ["deploy.prototxt", "labels.txt", "readme.md"]


def test_by_name_into_the_cache(server: Server, tmp_path: Path) -> None:
    """The card and the definition go along; the folder of the checkout stays as it was."""
    bundled = write_card(tmp_path / "models/small", **v2(server))
    outcome = downloads.download("small", terms=TERMS)
    assert outcome.folder == tmp_path / "cache/caffe/models/small"
    assert names(outcome.folder) == [
        "deploy.prototxt",
        "labels.txt",
        "mean.npy",
        "net.caffemodel",
        "readme.md",
    ]
    assert names(bundled) == ["deploy.prototxt", "readme.md"]
    assert catalog.find("small") == outcome.folder
    asked = len(server.requests)
    assert downloads.download("small", terms=TERMS).came == []
    assert len(server.requests) == asked


def test_by_name_into_the_first_folder_of_caffe_zoo(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAFFE_ZOO", os.pathsep.join([str(tmp_path / "zoo"), str(tmp_path / "two")]))
    write_card(tmp_path / "models/small", **v2(server))
    assert downloads.download("small", terms=TERMS).folder == tmp_path / "zoo/small"


def test_what_is_here_is_not_downloaded(server: Server, tmp_path: Path) -> None:
    """The mean lies beside the card that was found; only the rest is fetched."""
    bundled = write_card(tmp_path / "models/small", **v2(server))
    (bundled / "mean.npy").write_bytes(MEAN_BYTES)
    outcome = downloads.download("small", terms=TERMS)
    assert (outcome.folder / "mean.npy").read_bytes() == MEAN_BYTES
    assert "/mean" not in [request.path for request in server.requests]


def test_complete_models_stay_where_they_are(server: Server, tmp_path: Path) -> None:
    bundled = write_card(tmp_path / "models/small", **v2(server))
    downloads.download(bundled, terms=TERMS)
    assert downloads.download("small", terms=TERMS).folder == Path("models/small")
    assert not (tmp_path / "cache").exists()


def test_into_a_folder_of_ones_choice(server: Server, tmp_path: Path) -> None:
    write_card(tmp_path / "models/small", **v2(server))
    outcome = downloads.download("small", to=tmp_path / "here", terms=TERMS)
    assert outcome.folder == tmp_path / "here/small"
    assert (tmp_path / "here/small/net.caffemodel").read_bytes() == WEIGHTS_BYTES


def test_a_folder_without_card(tmp_path: Path) -> None:
    with pytest.raises(caffe.NotFoundError, match=r"has no readme\.md"):
        downloads.download(tmp_path, terms=TERMS)


def test_a_model_that_nobody_knows() -> None:
    with pytest.raises(caffe.NotFoundError, match="no model 'bvlc_alexnett'.*did you mean"):
        downloads.download("bvlc_alexnett", terms=TERMS)


def test_files_without_address(tmp_path: Path) -> None:
    pages = ["http://example.org/"]
    files = [{"name": "net.caffemodel", "role": "weights", "pages": pages}]
    folder = write_card(tmp_path / "small", card=2, caffemodel="net.caffemodel", files=files)
    outcome = downloads.download(folder, terms=TERMS)
    assert [one.name for one in outcome.without_address] == ["net.caffemodel"]
    (folder / "net.caffemodel").write_bytes(WEIGHTS_BYTES)
    assert downloads.download(folder, terms=TERMS).without_address == []


def test_a_wrong_file_without_address(tmp_path: Path) -> None:
    folder = write_card(tmp_path / "small", caffemodel="net.caffemodel", sha1=sha("sha1", b"x"))
    (folder / "net.caffemodel").write_bytes(WEIGHTS_BYTES)
    assert "and no address of another is known" in downloads.download(folder).failures[0]


def test_a_wrong_file_is_replaced_when_it_may_be(server: Server, tmp_path: Path) -> None:
    folder = write_card(tmp_path / "small", **v2(server))
    (folder / "net.caffemodel").write_bytes(b"my own")
    assert "--force" in downloads.download(folder, terms=TERMS).failures[0]
    assert (folder / "net.caffemodel").read_bytes() == b"my own"
    forced = Terms(overwrite=True, quiet=True, patience=TERMS.patience)
    assert downloads.download(folder, terms=forced).failures == []
    assert (folder / "net.caffemodel").read_bytes() == WEIGHTS_BYTES


def test_file_addresses_of_cards_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(WEIGHTS_BYTES)
    keys = {"caffemodel": "net.caffemodel", "caffemodel_url": secret.as_uri()}
    folder = write_card(tmp_path / "small", **keys)
    assert "is a file of this machine" in downloads.download(folder, terms=TERMS).failures[0]
    allowed = Terms(local=True, quiet=True, patience=TERMS.patience)
    assert downloads.download(folder, terms=allowed).failures == []
    assert (folder / "net.caffemodel").read_bytes() == WEIGHTS_BYTES


# Archives


def in_archive(server: Server, **archive: Any) -> dict[str, Any]:
    """A card with two files of one archive."""
    packed = tar({"models/net.caffemodel": WEIGHTS_BYTES, "models/deep/mean.npy": MEAN_BYTES})
    url = server.add("models.tgz", packed)
    files = [
        {
            "name": "net.caffemodel",
            "role": "weights",
            "sha1": sha("sha1", WEIGHTS_BYTES),
            "from": {"archive": "models.tgz", "member": "models/net.caffemodel"},
        },
        {"name": "mean.npy", "role": "mean", "from": {"archive": "models.tgz"}},
        {"name": "models.tgz", "role": "archive", "urls": [url], **archive},
    ]
    return {"card": 2, "caffemodel": "net.caffemodel", "files": files}


def test_files_of_an_archive(server: Server, tmp_path: Path) -> None:
    folder = write_card(tmp_path / "small", **in_archive(server))
    outcome = downloads.download(folder, terms=TERMS)
    assert outcome.failures == []
    assert (folder / "net.caffemodel").read_bytes() == WEIGHTS_BYTES
    assert (folder / "mean.npy").read_bytes() == MEAN_BYTES
    assert names(folder) == ["deploy.prototxt", "mean.npy", "net.caffemodel", "readme.md"]
    assert len(server.requests) == 1
    assert downloads.download(folder, terms=TERMS).came == []
    assert len(server.requests) == 1


def test_archives_are_kept_when_wanted(server: Server, tmp_path: Path) -> None:
    folder = write_card(tmp_path / "small", **in_archive(server))
    kept = Terms(keep_archives=True, quiet=True, patience=TERMS.patience)
    downloads.download(folder, which=WEIGHTS, terms=kept)
    assert "models.tgz" in names(folder)
    downloads.download(folder, terms=TERMS)
    assert "models.tgz" in names(folder)
    assert len(server.requests) == 1


def test_an_archive_that_was_there_stays(server: Server, tmp_path: Path) -> None:
    """Replaced if it may be, but not removed."""
    folder = write_card(tmp_path / "small", **in_archive(server, md5=sha("md5", b"")))
    readme = (folder / "readme.md").read_text()
    content = server.files["/models.tgz"].content
    (folder / "readme.md").write_text(readme.replace(sha("md5", b""), sha("md5", content)))
    (folder / "models.tgz").write_bytes(b"half of it")
    forced = Terms(overwrite=True, quiet=True, patience=TERMS.patience)
    assert downloads.download(folder, terms=forced).failures == []
    assert (folder / "models.tgz").read_bytes() == content


def test_a_wrong_archive_is_fetched_once(server: Server, tmp_path: Path) -> None:
    keys = in_archive(server, sha256=sha("sha256", b"other"))
    folder = write_card(tmp_path / "small", **keys)
    failures = downloads.download(folder, terms=TERMS).failures
    assert len(failures) == 2
    assert all("gave a file with sha256" in failure for failure in failures)
    assert len(server.requests) == 1
    assert names(folder) == ["deploy.prototxt", "readme.md"]


def test_a_wrong_member(server: Server, tmp_path: Path) -> None:
    keys = in_archive(server)
    keys["files"][0]["sha1"] = sha("sha1", b"other")
    keys["files"][1]["from"]["member"] = "models/mean.npy"
    folder = write_card(tmp_path / "small", **keys)
    failures = downloads.download(folder, terms=TERMS).failures
    assert f"net.caffemodel in models.tgz has sha1 {sha('sha1', WEIGHTS_BYTES)}" in failures[0]
    assert "did you mean 'models/deep/mean.npy'" in failures[1]
    assert names(folder) == ["deploy.prototxt", "readme.md"]


def test_an_archive_that_the_card_does_not_have(server: Server, tmp_path: Path) -> None:
    keys = in_archive(server)
    del keys["files"][2]
    folder = write_card(tmp_path / "small", **keys)
    assert "names the archive models.tgz" in downloads.download(folder, terms=TERMS).failures[0]


def test_an_archive_that_another_process_removes(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has what it wanted, and tidies up; this one still wants it."""
    folder = write_card(tmp_path / "small", **in_archive(server))
    unpack = archive.unpack_member
    removed = []

    def remove_first(path: Path, *rest: Any, **more: Any) -> Path:
        if not removed:
            removed.append(path)
            path.unlink()
        return unpack(path, *rest, **more)

    monkeypatch.setattr(archive, "unpack_member", remove_first)
    outcome = downloads.download(folder, terms=TERMS)
    assert outcome.failures == []
    assert names(folder) == ["deploy.prototxt", "mean.npy", "net.caffemodel", "readme.md"]


def test_a_file_that_another_process_unpacked(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_card(tmp_path / "small", **in_archive(server))
    fetch = transfer.fetch

    def be_late(urls: list[str], target: Path, **more: Any) -> Path:
        (folder / "net.caffemodel").write_bytes(WEIGHTS_BYTES)
        return fetch(urls, target, **more)

    monkeypatch.setattr(transfer, "fetch", be_late)
    assert downloads.download(folder, which=WEIGHTS, terms=TERMS).failures == []


def test_ones_own_file_of_a_members_name_stays(server: Server, tmp_path: Path) -> None:
    folder = write_card(tmp_path / "small", **in_archive(server))
    (folder / "net.caffemodel").write_bytes(b"my own")
    assert "--force" in downloads.download(folder, terms=TERMS).failures[0]
    assert (folder / "net.caffemodel").read_bytes() == b"my own"


def test_an_address_of_its_own_comes_before_the_archive(server: Server, tmp_path: Path) -> None:
    keys = in_archive(server)
    keys["files"][0]["urls"] = [server.add("net", WEIGHTS_BYTES)]
    keys["files"][1]["urls"] = [f"{server.url}/gone"]
    folder = write_card(tmp_path / "small", **keys)
    outcome = downloads.download(folder, which=WEIGHTS, terms=TERMS)
    assert [request.path for request in server.requests] == ["/net"]
    outcome = downloads.download(folder, terms=TERMS)
    assert outcome.failures == []
    assert (folder / "mean.npy").read_bytes() == MEAN_BYTES


# Gists


def test_definitions_from_the_gist(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = GistApi(server)
    monkeypatch.setenv("CAFFE_GIST_API", api.url)
    api.gists["12ab"] = {"deploy.prototxt": 'name: "author"\n', "readme.md": "the author's"}
    bundled = write_card(tmp_path / "models/small", **v2(server), gist_id="12ab")
    (bundled / "deploy.prototxt").unlink()
    outcome = downloads.download("small", terms=TERMS)
    assert outcome.failures == []
    assert (outcome.folder / "deploy.prototxt").read_text() == 'name: "author"\n'
    assert card.read(outcome.folder).name == "Small"
    asked = len(server.requests)
    downloads.download("small", terms=TERMS)
    assert len(server.requests) == asked


def test_sums_hold_for_files_of_a_gist(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = GistApi(server)
    monkeypatch.setenv("CAFFE_GIST_API", api.url)
    api.gists["12ab"] = {"deploy.prototxt": "#", "net.caffemodel": "text"}
    keys = {"caffemodel": "net.caffemodel", "sha1": sha("sha1", WEIGHTS_BYTES), "gist_id": "12ab"}
    folder = write_card(tmp_path / "small", **keys)
    (folder / "deploy.prototxt").unlink()
    outcome = downloads.download(folder, terms=TERMS)
    assert f"net.caffemodel of the gist 12ab has sha1 {sha('sha1', b'text')}" in outcome.failures[0]
    assert names(folder) == ["deploy.prototxt", "readme.md"]


def test_a_gist_that_is_gone(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAFFE_GIST_API", GistApi(server).url)
    folder = write_card(tmp_path / "small", **v2(server), gist_id="12ab")
    (folder / "deploy.prototxt").unlink()
    outcome = downloads.download(folder, terms=TERMS)
    assert outcome.failures == ["there is no gist 12ab: it was deleted, or never was"]
    assert len(outcome.came) == 3
