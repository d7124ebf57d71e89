"""Model cards: what is read, what is refused and with which words, and what is written back."""

from __future__ import annotations

import re
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from caffe import FileError, NotFoundError, ParseError, UnsupportedError
from caffe.zoo import _card_schema, card
from zoo_cards import FIRST, SECOND, SHA1, front, parse, second


def refused(text: str) -> str:
    with pytest.raises(ParseError) as caught:
        parse(text)
    return str(caught.value)


# Version 1


def test_cards_of_2014_are_read() -> None:
    one = parse(FIRST)
    assert (one.name, one.card, one.license) == ("BAIR/BVLC AlexNet Model", 1, "unrestricted")
    assert one.gist_id is None
    assert one.weights is not None
    assert one.weights.urls == ["http://dl.caffe.berkeleyvision.org/bvlc_alexnet.caffemodel"]
    assert one.weights.checksums == {"sha1": SHA1}
    assert one.definition == "deploy.prototxt"
    assert one.prose == "\n# AlexNet\n\nText.\n"
    assert one.validate() == []


def test_authors_own_keys_of_version_1_stay(tmp_path: Path) -> None:
    text = FIRST.replace("gist_id:", "caffe_version: rc2")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        one = parse(text)
    assert one.extra == {"caffe_version": "rc2"}
    assert one.validate() == []
    one.gist_id = "abc"
    assert "caffe_version: rc2\n" in one.text()


def test_a_readme_without_front_matter_has_the_folders_name(tmp_path: Path) -> None:
    (tmp_path / "some_net").mkdir()
    (tmp_path / "some_net" / "README.md").write_text("# A net\n\n---\n\nmore\n")
    one = card.read(tmp_path / "some_net")
    assert (one.name, one.card, one.weights) == ("some_net", 0, None)
    assert one.text() == "# A net\n\n---\n\nmore\n"
    (problem,) = one.validate()
    assert "README.md:1: has no front matter" in problem


# Version 2


def test_version_2_is_read() -> None:
    one = parse(
        second(
            "files:",
            "- {name: a.caffemodel, role: weights, size: 12, from: {archive: a.tgz, member: b/a.x}}",
            "- {name: a.tgz, role: archive, urls: ['file:///a.tgz'], pages: ['http://a.org']}",
            "- {name: net.prototxt, role: definition}",
            "inputs:",
            "- {name: data, shape: [1, 3, 0, 0], resize: {shorter: 256}, crop: 224, scale: 0.017}",
            "- {name: info, shape: [1, 3], mean: 7.5, resize: [3, 4], crop: [1, 2]}",
            "metrics:",
            "- {metric: top-1, value: 57.1%, on: val}",
            "- {metric: top-5, value: 0.8}",
            "expected: {image: a.png, output: prob, top: [{index: 3, value: 0.5, label: cat}]}",
            "trusted_layers: [rpn.proposal_layer]",
        )
    )
    weights, archive, _ = one.files
    assert weights.from_ == card.Member("a.tgz", "b/a.x")
    assert (archive.urls, archive.pages) == (["file:///a.tgz"], ["http://a.org"])
    assert one.weights == weights
    assert one.definition == "net.prototxt"
    data, info = one.inputs
    assert (data.shape, data.resize, data.crop) == ([1, 3, 0, 0], {"shorter": 256}, 224)
    assert (info.mean, info.resize, info.crop) == (7.5, [3, 4], [1, 2])
    assert [metric.value for metric in one.metrics] == ["57.1%", 0.8]
    assert one.metrics[0].on == "val"
    assert one.expected == card.Expected("a.png", "prob", [card.Score(3, 0.5, "cat")])
    assert one.expected.tolerance == 0.001


def test_weights_have_what_version_1_says_of_them() -> None:
    one = parse(second("caffemodel: a.caffemodel", f"sha1: {SHA1.upper()}"))
    assert one.weights == card.ModelFile("a.caffemodel", "weights", sha1=SHA1)


# Text stays text


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        (f"sha1: {'1' * 40}", "sha1", "1" * 40),
        (f"sha1: {'0' * 40}", "sha1", "0" * 40),
        ("sha1: 709e15" + "0" * 34, "sha1", "709e15" + "0" * 34),
        ("caffe_commit: 709e15", "caffe_commit", "709e15"),
        ("caffe_commit: 1e10", "caffe_commit", "1e10"),
        ("caffe_commit: 0123456", "caffe_commit", "0123456"),
        ("gist_id: 6512", "gist_id", "6512"),
        ("license: no", "license", "no"),
        ("license: 2014-06-01", "license", "2014-06-01"),
        ("license: true", "license", "true"),
        ("license: 1_000", "license", "1_000"),
    ],
)
def test_text_is_text_whatever_it_looks_like(line: str, key: str, value: str) -> None:
    one = parse(second("caffemodel: a", line))
    assert getattr(one, key) == value
    (problem,) = one.validate()
    assert problem.startswith("m/readme.md:5: other readers of YAML take ")
    quoted = second("caffemodel: a", line.replace(": ", ": '") + "'")
    assert parse(quoted).validate() == []


@pytest.mark.parametrize("line", ["license: ~", "license: null", "license:", "license: # none"])
def test_nothing_is_nothing(line: str) -> None:
    assert parse(front(line)).license is None


@pytest.mark.parametrize("text", ["010", "0x10", "1e3", "yes", "1:30", "1_0", "9" * 5000])
def test_yaml_11_numbers_are_no_numbers(text: str) -> None:
    assert "inputs[0].scale is" in refused(second(f"inputs: [{{name: a, scale: {text}}}]"))


def test_labels_that_are_numbers_are_names() -> None:
    assert parse(second("labels: [1, 2.5, 0x3]")).labels == ["1", "2.5", "0x3"]


# Refused


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("---\nname: x\n", "m/readme.md:1: the front matter that begins here has no end"),
        (front("a: [1"), "m/readme.md:"),
        (front("a: b: c"), "m/readme.md:3: is no YAML: "),
        (front("\tb: c"), "m/readme.md:3: is no YAML: "),
        (front("a: \x07"), "m/readme.md:"),
        ("---\n- a\n---\n", "m/readme.md:2: the front matter should be `key: value` lines"),
        ("---\nname\n---\n", "m/readme.md:2: the front matter should be `key: value` lines"),
        (front("license: &a x"), "m/readme.md:3: anchors (&) and aliases (*) are refused"),
        (front("license: *a"), "m/readme.md:3: anchors (&) and aliases (*) are refused"),
        (front("? {a: b}", ": c"), "m/readme.md:3: a key should be a word"),
        (front("<<: {a: b}"), "m/readme.md:3: a key has neither anchor nor tag, and merge keys"),
        (front("license: !!python/name:os.system x"), "m/readme.md:3: tags are refused"),
        (front("license: !!str x"), "m/readme.md:3: tags are refused"),
        (
            front("license: a", "license: b"),
            "m/readme.md:4: 'license' is given twice, first on line 3",
        ),
        (front("...", "a: b"), "m/readme.md:"),
        (front("notes: " + "[" * 100 + "]" * 100), "m/readme.md:3: is nested more than 16 deep"),
        ("---\ncaffemodel: a\n---\n", "m/readme.md:2: the card has no 'name'"),
        ("---\n---\n", "m/readme.md:1: the card has no 'name'"),
        (front("license: [a]"), 'm/readme.md:3: license is ["a"], it should be text'),
        (front(f"sha1: {SHA1[:-1]}"), "it should be 40 hexadecimal digits"),
        (front(f"sha1: {SHA1}0"), "it should be 40 hexadecimal digits"),
        (front(f"sha1: {SHA1[:-1]}g"), "it should be 40 hexadecimal digits"),
        (front("gist_id: ../x"), "it should be the number of a gist"),
        (second("files: {name: a}"), 'files is {"name": "a"}, it should be a list of files'),
        (second("files: [{size: 3}]"), "m/readme.md:4: files[0] has no 'name'"),
        (
            second("files: [{name: a, size: -1}]"),
            "files[0].size is -1, it should be a number of bytes",
        ),
        (second("files: [{name: a, size: 1.5}]"), "files[0].size is 1.5, it should be a number of"),
        (second("files: [{name: a, role: wieghts}]"), "did you mean 'weights'?"),
        (second("files: [{name: a, sha256: abc}]"), "it should be 64 hexadecimal digits"),
        (
            second("inputs: [{name: a, shape: [1, -3]}]"),
            "inputs[0].shape[1] is -3, it should be a whole",
        ),
        (
            second("inputs: [{name: a, shape: 1x3x8x8}]"),
            'inputs[0].shape is "1x3x8x8", it should be a list',
        ),
        (second("inputs: [{name: a, order: bgr}]"), "did you mean 'BGR'?"),
        (second("inputs: [{name: a, mean: [1, x]}]"), "it should be a number, or a list of one"),
        (second("inputs: [{name: a, resize: [256]}]"), "it should be [height, width]"),
        (second("inputs: [{name: a, crop: 0}]"), "it should be a number of pixels"),
        (second("inputs: [{name: a, scale: 0}]"), "it should be a number above 0"),
        (second("expected: {image: a, output: b}"), "expected is"),
        (second("trusted_layers: ['os; rm']"), "the name of a Python module or class"),
        (second("card: 0"), "m/readme.md:4: 'card' is given twice"),
        (front("card: two"), 'card is "two", it should be the version of the format'),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, message: str) -> None:
    assert message in refused(text)


BAD_NAMES = [
    "../a", "a/b", "/etc/passwd", "..", ".", r"a\b", r"C:\a", "C:a", '"a\\0b"', '"a\\nb"', '"a\\n"', '"\\x1b"',
    "a" * 256, '""',
]  # fmt: skip


@pytest.mark.parametrize("name", BAD_NAMES)
@pytest.mark.parametrize("line", ["caffemodel: {}", "labels: {}", "files: [{{name: {}}}]"])
def test_names_do_not_leave_the_folder(name: str, line: str) -> None:
    assert "the name of a file" in refused(second(line.format(name)))


@pytest.mark.parametrize(
    "member",
    ["../a", "a/../b", "a/..", "/a", "./a", r"..\a", r"a\b", "C:/a", '"a\\0"', "..", '"a/..\\n"'],
)
def test_members_do_not_leave_the_archive(member: str) -> None:
    text = second(f"files: [{{name: a, from: {{archive: b.tgz, member: {member}}}}}]")
    assert "which does not lead out of it" in refused(text)


@pytest.mark.parametrize("member", ["a", "a/b", "a..b/..c", "models/x y/net.caffemodel"])
def test_members_have_paths(member: str) -> None:
    one = parse(second(f"files: [{{name: a, from: {{archive: b.tgz, member: {member}}}}}]"))
    assert one.files[0].from_ == card.Member("b.tgz", member)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.org/b",
        "javascript:alert(1)",
        "a.org/b",
        "//a.org/b",
        "data:x",
        "'http://a b'",
        "http://",
    ],
)
def test_addresses_are_http_or_file(url: str) -> None:
    assert "an http, https or file address" in refused(front(f"caffemodel_url: {url}"))


def test_a_bomb_does_not_go_off() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    assert "anchors (&) and aliases (*) are refused" in refused(front(*lines))


def test_sizes_are_bounded(tmp_path: Path) -> None:
    path = tmp_path / "readme.md"
    path.write_text(front("license: " + "x" * (1 << 20)))
    with pytest.raises(ParseError, match="has more than 1048576 bytes"):
        card.read(path)


def test_other_encodings_are_refused_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "readme.md"
    path.write_bytes(b"---\nname: caf\xe9\n---\n")
    with pytest.raises(ParseError, match=r"readme.md:2: is not UTF-8"):
        card.read(path)


def test_a_folder_without_card_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="has no readme.md, which is where a model's card is"):
        card.read(tmp_path)
    with pytest.raises(FileError, match="there is no such file or folder"):
        card.read(tmp_path / "nothing")


# Unknown keys


def test_unknown_keys_are_warned_of_and_count_when_checked() -> None:
    with pytest.warns(card.CardWarning, match="m/readme.md:4: 'licence' is no key .* 'license'"):
        one = parse(second("licence: MIT"))
    assert one.extra == {"licence": "MIT"}
    assert one.validate() == [
        "m/readme.md:4: 'licence' is no key of a model card; did you mean 'license'?"
    ]
    with pytest.warns(card.CardWarning, match="m/readme.md:6: 'sha257' is no key"):
        parse(second("files:", "- name: a", "  sha257: b"))


def test_of_very_many_mistakes_some_are_told() -> None:
    """And none that counts is passed over for those that do not."""
    odd = [f"k{n}: 1" for n in range(20_000)]
    with pytest.warns(card.CardWarning) as told:
        parse(second(*odd))
    assert len(told) == 100
    assert "files[0]" in refused(second(*odd, "files:", *["- {size: 1, odd: 2}"] * 20_000))
    assert "the name of a file" in refused(second("notes: [a]", *odd, "caffemodel: ../x"))


def test_later_versions_open() -> None:
    with pytest.warns(card.CardWarning):
        one = parse(front("card: 3", "task: cooking", "smell: good"))
    assert one.task == "cooking"
    problems = "\n".join(one.validate())
    assert "the card is of version 3" in problems
    assert 'task is "cooking"' in problems
    assert one.text() == front("card: 3", "task: cooking", "smell: good")


# Agreement


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            f"\nsha1: {SHA1}",
            f"\nsha1: {'0a' * 20}",
            "6: is " + "0a" * 20 + f", but {SHA1} in `files`",
        ),
        ("caffemodel: small.", "caffemodel: smal.", "did you mean 'small.caffemodel'?"),
        ("role: weights", "role: mean", "its role should be weights, it is mean"),
        ("_url: https", "_url: http", "4: is not among the `urls` of small.caffemodel"),
        ("caffemodel: small.caffemodel\n", "", "'caffemodel_url' is given without 'caffemodel'"),
        ("card: 2\n", "", "'files' is a key of version 2: add `card: 2`"),
        ("[104, 117, 123]", "[104, 117]", "has 2 values for 3 channels"),
        ("order: BGR", "order: gray", "the order gray has 1 channels, the shape has 3"),
        ("[cat, dog]", "words.txt", "20: 'words.txt' is neither in the folder nor in `files`"),
        ("  mean: [104, 117, 123]", "  mean_file: m.npy", "'m.npy' is neither in the folder"),
        (
            "- https://example.org/small.caffemodel\n",
            "- https://example.org/small.caffemodel\n  from: {archive: a.tgz}\n",
            "'a.tgz' is not in `files`",
        ),
        (
            "inputs:",
            "- name: SMALL.caffemodel\ninputs:",
            "'SMALL.caffemodel' is listed before: files[0]",
        ),
    ],
)
def test_parts_agree(old: str, new: str, message: str) -> None:
    assert parse(SECOND).validate() == []
    assert old in SECOND
    assert message in "\n".join(parse(SECOND.replace(old, new)).validate())


def test_unknown_things_are_told() -> None:
    assert parse(SECOND).unknown() == ["task", "data", "metrics", "expected"]
    told = parse(second("caffemodel: a.caffemodel")).unknown()
    assert told[-2:] == ["an address of a.caffemodel", "a checksum of a.caffemodel"]
    assert parse(second()).unknown()[0] == "caffemodel"


# Packages


@pytest.mark.parametrize(("module", "name"), [("yaml", "PyYAML"), ("jsonschema", "jsonschema")])
def test_a_missing_package_is_named(
    module: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    _card_schema._validator.cache_clear()
    with pytest.raises(UnsupportedError, match=rf"needs {name}, .*: pip install libcaffe\[zoo\]"):
        parse(FIRST)
    _card_schema._validator.cache_clear()


def test_importing_caffe_imports_no_package_of_the_zoo() -> None:
    code = "import sys, caffe.zoo.card, caffe.zoo.catalog; print({'yaml', 'jsonschema'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "set()\n"


# The page

PAGE = Path(__file__).resolve().parents[2] / "docs" / "model-card.md"


def test_the_pages_card_is_right() -> None:
    text = PAGE.read_text().split("```yaml\n")[1].split("```")[0]
    one = parse(text)
    assert one.validate() == []
    assert one.weights is not None
    assert one.weights.size == 4950080
    assert one.inputs[0].mean == [104, 117, 123]


def test_the_page_has_every_key_and_word() -> None:
    words = set(re.findall(r"`(\w[\w ]*)(?::[^`\n]*)?`", PAGE.read_text()))
    for part in _card_schema._parts(_card_schema.schema()):
        properties = part.get("properties", {})
        assert properties.keys() <= words
        assert set(part.get("enum", ())) <= words
