"""Prototxt files that are wrong in themselves: where, and how they are mended.

The library says what is wrong and at which place; a rule for each kind of mistake changes the text
there, and the library reads it again, until it is right or no rule knows what was meant.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .._messages import net_from_text, upgrade_net_text
from ..errors import Error
from ..net import Net
from ..runtime import layer_type_list
from .definitions import DEPLOY, SOLVER, Definition, fields_at_top, parse, words
from .shapes import without_fillers

_FCN_PAD = 100
_ONE_TOP = ("Convolution", "Deconvolution", "InnerProduct", "Pooling", "Sigmoid", "Softmax", "TanH")
_MOST = 200  # mistakes of a file
_TYPOGRAPHIC = str.maketrans(
    {"\u201c": '"', "\u201d": '"', "\u2018": "'", "\u2019": "'", "\u00a0": " ", "\u2003": " "}
)


@dataclass(frozen=True)
class Change:
    """One mend: the line of the file as it was published, and what is different now."""

    line: int
    what: str


@dataclass(frozen=True)
class _Mistake:
    text: str
    place: int  # in the text
    line: int
    found: re.Match[str]  # of the message

    def rest(self) -> str:
        """What stands from its place to the end of the line."""
        return self.text[self.place :].split("\n", 1)[0]

    def with_text(self, length: int, new: str) -> str:
        """The text with so many characters at its place replaced."""
        return self.text[: self.place] + new + self.text[self.place + length :]


def _comment(mistake: _Mistake) -> tuple[str, str] | None:
    if not mistake.rest().startswith("//"):
        return None
    return mistake.with_text(2, "#"), 'a comment begins with "#", not with "//"'


def _quotes(mistake: _Mistake) -> tuple[str, str] | None:
    """`source: /a/b` and `source: ./a/b"`; V1's type of a layer that is not V1's."""
    match = re.match(r"[^\s{}#\"']+", mistake.rest())
    if not match:
        return None
    value = match[0]
    closed = mistake.rest()[len(value) : len(value) + 1]
    length = len(value) + (1 if closed in ('"', "'") and closed else 0)
    if mistake.text[: mistake.place].rstrip().endswith("type:"):
        value = _current_type(value) or value
    return mistake.with_text(length, f'"{value}"'), f'a string needs quotes: "{value}"'


def _current_type(v1: str) -> str:
    """Today's name of a V1 layer type, "" for none."""
    try:
        upgraded = upgrade_net_text(f'layers {{ name: "x" type: {v1} }}')
    except Error:
        return ""
    match = re.search(r'type: "(.*?)"', upgraded)
    return match[1] if match else ""


def _v1_type(mistake: _Mistake) -> tuple[str, str] | None:
    """`layers { type: "Convolution" }`: V1 wants CONVOLUTION."""
    match = re.match(r"([\"'])(\w+)\1", mistake.rest())
    if not match:
        return None
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", match[2]).upper()
    name = {"SOFTMAX_WITH_LOSS": "SOFTMAX_LOSS"}.get(name, name)
    if _current_type(name) != match[2]:
        return None
    return mistake.with_text(len(match[0]), name), f"a type in layers {{ }} is a word: {name}"


def _closing_quote(mistake: _Mistake) -> tuple[str, str] | None:
    match = re.match(r"([\"'])[^\s#]*", mistake.rest())
    if not match:
        return None
    string = match[0] + match[1]
    return mistake.with_text(len(match[0]), string), f"the string {string} was not closed"


def _colon(mistake: _Mistake) -> tuple[str, str] | None:
    field = mistake.found[1]
    if mistake.rest().startswith("="):
        return mistake.with_text(1, ":"), f'":" stands behind {field}, not "="'
    before = mistake.text[: mistake.place].rstrip()
    text = before + ":" + mistake.text[len(before) :]
    return text, f'":" was missing behind {field}'


def _belongs_to_net(mistake: _Mistake) -> tuple[str, str] | None:
    """A field of the net within a layer, or a layer within one that was not closed."""
    field, opened = mistake.found[1], mistake.found[2]
    if field in ("layer", "layers"):
        return mistake.with_text(0, "}\n"), f'the "{{" of line {opened} was not closed'
    match = re.match(rf"{field}\s*:\s*\S+", mistake.rest())
    if not match:
        return None
    value = match[0].rstrip("}")
    # On the line of the first word, so that all others keep their numbers.
    text = mistake.with_text(len(value), "")
    what = f"{field} is a field of the net, not of a layer: moved to the first line"
    return f"{value} {text}", what


def _closes_nothing(mistake: _Mistake) -> tuple[str, str] | None:
    return mistake.with_text(1, ""), 'a "}" closed nothing'


def _not_closed(mistake: _Mistake) -> tuple[str, str] | None:
    text = mistake.text.rstrip() + "\n}\n"
    return text, f'the "{{" of line {mistake.found[1]} was not closed'


def _comma(mistake: _Mistake) -> tuple[str, str] | None:
    before = mistake.text[: mistake.place].rstrip()
    return before + "," + mistake.text[len(before) :], 'a "," was missing within "[ ]"'


def _second_comma(mistake: _Mistake) -> tuple[str, str] | None:
    return mistake.with_text(1, ""), 'a "," too many'


def _enum(mistake: _Mistake) -> tuple[str, str] | None:
    match = re.match(r"([\"'])(\w+)\1", mistake.rest())
    if not match:
        return None
    return mistake.with_text(len(match[0]), match[2]), f"{match[2]} is a word without quotes"


def _whole(mistake: _Mistake) -> tuple[str, str] | None:
    match = re.match(r"(\d+)\.0*(?![\d.eE])", mistake.rest())
    if not match:
        return None
    return mistake.with_text(len(match[0]), match[1]), f"{match[1]} has no decimal point"


def _meant(mistake: _Mistake) -> tuple[str, str] | None:
    wrong, right = mistake.found[1], mistake.found[2]
    if not mistake.rest().startswith(wrong):
        return None
    return mistake.with_text(len(wrong), right), f"{wrong} is written {right}"


def _typographic(mistake: _Mistake) -> tuple[str, str] | None:
    begin = mistake.text.rfind("\n", 0, mistake.place) + 1
    line = mistake.text[begin:].split("\n", 1)[0]
    right = line.translate(_TYPOGRAPHIC)
    if right == line:
        return None
    text = mistake.text[:begin] + right + mistake.text[begin + len(line) :]
    return text, "typographic quotes or blanks, as word processors write them"


_RULES: list[tuple[str, Callable[[_Mistake], tuple[str, str] | None]]] = [
    (r'expected a field of \w+, got "/"', _comment),
    (r"expected a string in quotes, got", _quotes),
    (r"a string without its closing quote", _closing_quote),
    (r'expected a value of LayerType, got "', _v1_type),
    (r'expected ":" behind "(\w+)"', _colon),
    (r'has no field "(\w+)"; NetParameter has: is the "{" of line (\d+) closed', _belongs_to_net),
    (r'got "}", which closes nothing', _closes_nothing),
    (r'got the end.*the "{" of line (\d+)', _not_closed),
    (r'expected "\]", got', _comma),
    (r'expected a field of \w+, got ","', _second_comma),
    (r"expected a value of \w+, got", _enum),
    (r"expected an integer, got", _whole),
    (r'"(\w+)"(?: is no value of the field "\w+")?; did you mean "(\w+)"', _meant),
    (r"a byte that does not belong into text", _typographic),
]


def mend(definition: Definition) -> tuple[Definition, list[Change]]:
    """The definition with its mistakes mended as far as a rule knows what was meant, and the
    changes; it still has a `problem` when something is left. The file stays as it is."""
    changes: list[Change] = []
    published = definition.text
    for _ in range(_MOST):
        wrong = definition.problem is not None
        mended = _mend_place(definition) if wrong else _mend_meaning(definition)
        if mended is None:
            break
        text, change = mended
        line = _line_before(published, definition.text, change.line)
        better = parse(definition.path, text)
        if better is None:
            break
        definition = replace(better, format=definition.format)
        changes.append(replace(change, line=line))
    return definition, changes


def _line_before(published: str, text: str, line: int) -> int:
    """Which line of the published text the line of the changed one was, or stands behind."""
    lines = difflib.SequenceMatcher(None, published.split("\n"), text.split("\n"), autojunk=False)
    for _, old, old_end, new, new_end in lines.get_opcodes():
        if new <= line - 1 < new_end:
            return min(old + line - 1 - new, max(old, old_end - 1)) + 1
    return line


def _mend_place(definition: Definition) -> tuple[str, Change] | None:
    message = str(definition.problem)
    if 'has both "layer"' in message:
        return _one_format(definition.text)
    place = re.match(rf"{re.escape(str(definition.path))}:(\d+):(\d+): ", message)
    if not place:
        return None
    line, column = int(place[1]), int(place[2])
    starts = [0, *(match.end() for match in re.finditer("\n", definition.text))]
    at = len(definition.text[: starts[line - 1]]) + column - 1
    for pattern, rule in _RULES:
        found = re.search(pattern, message)
        mended = rule(_Mistake(definition.text, at, line, found)) if found else None
        if mended is not None:
            return mended[0], Change(line, mended[1])
    return None


def blocks(text: str) -> list[tuple[str, int, int]]:
    """The layers of a net's text: the word before the brace, and where each begins and ends."""
    found = []
    begin, name = 0, ""
    for depth, word, place in words(text):
        if depth == 0 and word in ("layer", "layers"):
            begin, name = place, word
        elif depth == 0 and word == "}" and name:
            found.append((name, begin, place + 1))
            name = ""
    return found


def _one_format(text: str) -> tuple[str, Change] | None:
    """V1's layers as today's, where a file has both; each takes as many lines as before."""
    first = 0
    for name, begin, end in reversed(blocks(text)):
        if name == "layers":
            published = text[begin:end]
            upgraded = " ".join(upgrade_net_text(published).split())
            text = text[:begin] + upgraded + "\n" * published.count("\n") + text[end:]
            first = begin
    line = text.count("\n", 0, first) + 1
    what = "layers in V1's form stand behind some in today's: rewritten in today's"
    return text, Change(line, what)


def _mend_meaning(definition: Definition) -> tuple[str, Change] | None:
    """What the library reads, but cannot be meant."""
    if definition.kind == SOLVER or fields_at_top(definition.text)["layers"]:
        return None
    for rule in (_unknown_type, _missing_top, _misnamed_top, _too_small_to_crop):
        mended = rule(definition)
        if mended is not None:
            return mended
    return None


def _unknown_type(definition: Definition) -> tuple[str, Change] | None:
    """A layer whose type nobody has, when what it holds tells which is meant."""
    known = set(layer_type_list())
    for layer in definition.message.layer:
        if layer.type in known:
            continue
        alike = [each for each in known if each.lower() == layer.type.lower()]
        right = "Input" if layer.HasField("input_param") else alike[0] if len(alike) == 1 else ""
        pattern = rf"(\btype\s*:\s*)(['\"]){re.escape(layer.type)}\2"
        mended = _in_block(definition.text, layer, pattern, rf'\1"{right}"') if right else None
        if mended is not None:
            return mended[0], Change(mended[1], f'there is no type "{layer.type}": "{right}"')
    return None


def _missing_top(definition: Definition) -> tuple[str, Change] | None:
    """`layer { name: "prob" type: "Softmax" bottom: "ip" }`."""
    for layer in definition.message.layer:
        if layer.type in _ONE_TOP and layer.bottom and not layer.top:
            pattern = r"\bbottom\s*:\s*(['\"])(.*?)\1"
            mended = _in_block(definition.text, layer, pattern, rf'\g<0> top: "{layer.name}"')
            if mended is not None:
                return mended[0], Change(mended[1], f'layer "{layer.name}" had no top')
    return None


def _misnamed_top(definition: Definition) -> tuple[str, Change] | None:
    """A top that no layer reads, of a layer whose own name is read as a blob that none makes."""
    layers = definition.message.layer
    made = {top for layer in layers for top in layer.top}
    read = {bottom for layer in layers for bottom in layer.bottom}
    for layer in layers:
        if len(layer.top) == 1 and layer.top[0] not in read and layer.name in read - made:
            pattern = rf"(\btop\s*:\s*)(['\"]){re.escape(layer.top[0])}\2"
            mended = _in_block(definition.text, layer, pattern, rf'\1"{layer.name}"')
            if mended is not None:
                what = f'no layer reads "{layer.top[0]}", and none makes "{layer.name}": renamed'
                return mended[0], Change(mended[1], what)
    return None


def _too_small_to_crop(definition: Definition) -> tuple[str, Change] | None:
    """A fully convolutional net (Long et al., 2015) whose first convolution lacks the padding that
    leaves something to crop."""
    layers = definition.message.layer
    convolution = next((one for one in layers if one.type == "Convolution"), None)
    if convolution is None or not any(one.type == "Crop" for one in layers):
        return None
    pad = list(convolution.convolution_param.pad)
    if definition.kind != DEPLOY or len(pad) != 1 or pad[0] >= _FCN_PAD:
        return None
    pattern = rf"(\bpad\s*:\s*){pad[0]}\b"
    mended = _in_block(definition.text, convolution, pattern, rf"\g<1>{_FCN_PAD}")
    if mended is None or _cannot_crop(mended[0]) or not _cannot_crop(definition.text):
        return None
    what = f"with a pad of {pad[0]} there is nothing to crop: {_FCN_PAD}, as FCN's authors have it"
    return mended[0], Change(mended[1], what)


def _cannot_crop(text: str) -> bool:
    try:
        Net.from_text(without_fillers(net_from_text(upgrade_net_text(text))), "TEST")
    except Error as failure:
        return (
            re.search(r"\(Crop\): .*(where no part can begin|is too small)", str(failure))
            is not None
        )
    return False


def _in_block(text: str, layer: Any, pattern: str, new: str) -> tuple[str, int] | None:
    """The text with the first match within a layer replaced, and its line."""
    block = _block_of(text, layer)
    if block is None:
        return None
    begin, end = block
    match = re.search(pattern, text[begin:end])
    if match is None:
        return None
    place = begin + match.start()
    changed = text[:place] + match.expand(new) + text[begin + match.end() :]
    return changed, text.count("\n", 0, place) + 1


def _block_of(text: str, layer: Any) -> tuple[int, int] | None:
    """Where the layer of that name and type stands."""
    wanted = [
        rf"\b{key}\s*:\s*(['\"]){re.escape(getattr(layer, key))}\1" for key in ("name", "type")
    ]
    for _, begin, end in blocks(text):
        if all(re.search(each, text[begin:end]) for each in wanted):
            return begin, end
    return None


def described(path: Path, changes: list[Change]) -> list[str]:
    """`file:line: what` for each."""
    return [f"{path}:{change.line}: {change.what}" for change in changes]
