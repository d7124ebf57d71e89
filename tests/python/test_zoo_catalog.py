"""From a name to a model's folder: where it is looked for, and in which order."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from caffe import NotFoundError, UnsupportedError
from caffe.zoo import card, catalog

Places = dict[str, Path]


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """The four places of a user whose own ones are empty."""
    found = {name: tmp_path / name for name in ("first", "second", "work", "cache", "package")}
    for one in found.values():
        one.mkdir()
    monkeypatch.setenv("CAFFE_ZOO", os.pathsep.join(map(str, (found["first"], found["second"]))))
    monkeypatch.setenv("XDG_CACHE_HOME", str(found["cache"]))
    monkeypatch.setattr(catalog, "_PACKAGE", found["package"])
    monkeypatch.chdir(found["work"])
    return {
        **found,
        "cache": found["cache"] / "caffe" / "models",
        "work": Path("models"),
        "package": found["package"] / "models",
    }


def put(place: Path, name: str, weights: bool = False, **values: object) -> Path:
    """A folder with a card, and with the weights of the card."""
    folder = place / name
    folder.mkdir(parents=True)
    card.ModelCard(name.title(), caffemodel="a.caffemodel", **values).write(folder / "readme.md")  # type: ignore[arg-type]
    if weights:
        (folder / "a.caffemodel").write_bytes(b"")
    return folder


ORDER = ("first", "second", "work", "cache", "package")


def test_places_are_looked_through_in_their_order(places: Places) -> None:
    for place in reversed(ORDER):
        folder = put(places[place], "net")
        assert catalog.find("net") == folder
    assert catalog.search_path()[:4] == [places[place] for place in ORDER[:4]]


def test_weights_come_before_cards(places: Places) -> None:
    put(places["first"], "net")
    put(places["package"], "net")
    folder = put(places["cache"], "net", weights=True)
    put(places["second"], "other", weights=True)
    assert catalog.find("net") == folder


def test_a_damaged_card_is_told_by_who_opens_it(places: Places) -> None:
    folder = put(places["first"], "net")
    (folder / "readme.md").write_text("---\na: *b\n---\n")
    assert catalog.find("net") == folder
    other = put(places["cache"], "good", task="retrieval")
    with pytest.warns(card.CardWarning, match="a model is left out: .*readme.md:2: anchors"):
        assert [one.folder for one in catalog.cards()] == [other]


def test_folders_and_readmes_are_found_as_they_are(places: Places) -> None:
    put(places["first"], "net")
    folder = put(Path("somewhere"), "net")
    assert catalog.find("somewhere/net") == folder
    assert catalog.find(folder / "readme.md") == folder
    assert catalog.find(f"./{folder}/") == folder
    assert catalog.card(folder / "readme.md").name == "Net"
    assert catalog.card("net").folder == places["first"] / "net"
    with pytest.raises(NotFoundError, match=r"has no readme\.md"):
        catalog.find("somewhere/")
    with pytest.raises(NotFoundError, match="is neither the folder of a model nor its readme.md"):
        catalog.find("somewhere/else")


def test_readmes_are_found_however_they_are_capitalised(places: Places) -> None:
    folder = put(places["first"], "net")
    (folder / "readme.md").rename(folder / "README.md")
    assert catalog.find("net") == folder
    assert catalog.names() == ["net"]
    assert catalog.card("net").path == folder / "README.md"
    here = put(Path(), "mine")
    (here / "readme.md").rename(here / "Readme.md")
    assert catalog.find("mine") == here


def test_a_folder_of_the_working_directory_is_found_last(places: Places) -> None:
    here = put(Path(), "mine")
    assert catalog.find("mine") == here
    folder = put(places["package"], "mine")
    assert catalog.find("mine") == folder


def test_names_that_are_nowhere_are_guessed(places: Places) -> None:
    put(places["package"], "bvlc_googlenet")
    put(places["package"], "googlenet_cars")
    with pytest.raises(NotFoundError) as caught:
        catalog.find("bvlc_goglenet")
    message = str(caught.value)
    assert message.startswith("there is no model 'bvlc_goglenet' in ")
    assert str(places["first"]) in message
    assert message.endswith("; did you mean 'bvlc_googlenet'?")
    with pytest.raises(NotFoundError, match="; did you mean 'googlenet_cars'"):
        catalog.find("GOOGLENET_cars")
    with pytest.raises(NotFoundError, match="; there are: bvlc_googlenet, googlenet_cars"):
        catalog.find("zzz")


def test_titles_are_guessed_too(places: Places) -> None:
    put(places["package"], "googlenet_cars")
    (places["package"] / "bvlc_googlenet").mkdir()
    card.ModelCard("GoogLeNet").write(places["package"] / "bvlc_googlenet" / "readme.md")
    with pytest.raises(NotFoundError, match="did you mean 'bvlc_googlenet'"):
        catalog.find("googlenet")


def test_without_yaml_names_are_found_and_cards_say_what_is_missing(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = put(places["package"], "net")
    monkeypatch.setitem(sys.modules, "yaml", None)
    assert catalog.find("net") == folder
    assert catalog.names() == ["net"]
    with pytest.raises(NotFoundError, match="did you mean 'net'"):
        catalog.find("nett")
    for ask in (catalog.cards, lambda: catalog.card("net"), lambda: catalog.search("net")):
        with pytest.raises(UnsupportedError, match=r"pip install libcaffe\[zoo\]"):
            ask()


def test_models_are_listed_once(places: Places) -> None:
    for place in ORDER:
        put(places[place], "net")
        put(places[place], place)
    assert catalog.names() == sorted([*ORDER, "net"])
    assert [one.name for one in catalog.cards()] == [name.title() for name in catalog.names()]


def test_models_are_searched_by_words(places: Places) -> None:
    put(places["first"], "a", task="semantic segmentation", data="PASCAL VOC 2012")
    put(places["first"], "b", task="semantic segmentation", data="CamVid")
    put(places["first"], "c", task="image classification", labels=["tabby", "Beagle dog"])
    put(places["first"], "d", labels="dogs.txt")

    def found(words: str) -> str:
        return "".join(one.folder.name for one in catalog.search(words) if one.folder)

    assert found("segmentation") == "ab"
    assert found("VOC Segmentation") == "a"
    assert found("beagle") == "c"
    assert found("dogs.txt") == ""
    assert found("") == "abcd"


def test_imagenet_is_found_by_both_of_its_names(places: Places) -> None:
    put(places["first"], "a", data="ILSVRC 2012")
    put(places["first"], "b", metrics=[card.Metric("top-5", "80 %", "ImageNet val")])
    put(places["first"], "c", data="CIFAR-10")
    put(places["first"], "d_imagenet")
    for word in ("imagenet", "ImageNet", "ilsvrc"):
        found = [one.folder.name for one in catalog.search(word) if one.folder]
        assert found == ["a", "b", "d_imagenet"]


def test_a_folder_here_without_a_card_is_told_of(places: Places) -> None:
    Path("net").mkdir()
    with pytest.raises(NotFoundError, match=r"net: has no readme\.md"):
        catalog.find("net")


def test_downloads_go_to_the_first_folder_or_the_cache(
    places: Places, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert catalog.download_folder() == places["first"]
    monkeypatch.delenv("CAFFE_ZOO")
    assert catalog.download_folder() == places["cache"]
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert catalog.download_folder() == tmp_path / ".cache" / "caffe" / "models"
    monkeypatch.setenv("CAFFE_ZOO", os.pathsep + "~/zoo")
    assert catalog.download_folder() == tmp_path / "zoo"


def test_the_checkouts_models_are_found_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("CAFFE_ZOO", raising=False)
    assert catalog.card("bvlc_googlenet").name == "GoogLeNet"
    assert (catalog.find("lenet") / "deploy.prototxt").is_file()
