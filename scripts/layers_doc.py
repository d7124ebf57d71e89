#!/usr/bin/env python3
"""Writes docs/layers.md from the comments that open the layers' files, proto/caffe.proto and docs/differences.md.

    scripts/layers_doc.py           writes the page
    scripts/layers_doc.py --check   exit status 1 when the page is not what would be written

The form of a comment is in docs/adding-a-layer.md. What it names as a parameter must be a field of one of the messages
that the layer's code reads: a name that is none is an error.
"""
from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "python" / "caffe" / "proto"))
import parser as proto

LAYERS = ROOT / "libcaffe" / "layers"
PAGE = ROOT / "docs" / "layers.md"
TRANSFORMER = "libcaffe/data/transformer.hpp"
GROUPS = {
    "": "Layers of BVLC Caffe",
    "fork": "Layers of forks",
    "detection": "Detection",
    "crf": "Dense conditional random fields",
}
INTRODUCTION = """\
# Layers

Every layer type, from the comments of their files, the schema and [differences.md](differences.md);
`scripts/layers_doc.py` writes this page.

Shapes are written N x C x H x W, x is a bottom and y its top unless said otherwise, d(x) the gradient of the loss by x.
A parameter's default is the schema's. What forks of Caffe added stands under "Layers of forks", "Detection" and "Dense
conditional random fields", with the fork whose meaning it is; where one name has several meanings, the fields that are
given decide, then the net's option `dialect`. Python layers (`type: "Python"`) are in [python.md](python.md), layers
written in C in [c-api.md](c-api.md).
"""


@dataclass
class Parameter:
    names: list[str]
    meaning: str


@dataclass
class Layer:
    path: Path
    types: list[str]  # `BN`, or `BN (segnet)`
    title: str = ""
    formulas: list[str] = field(default_factory=list)
    parameters: list[Parameter] = field(default_factory=list)
    prose: list[str] = field(default_factory=list)
    example: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)  # the fields of LayerParameter it reads

    @property
    def group(self) -> str:
        """Detection and CRFs by their folder, the others by whether the comment names a fork."""
        if self.path.parent.name in GROUPS:
            return self.path.parent.name
        return "fork" if any(text.startswith("Fork:") for text in self.prose) else ""


def registered_types(code: str) -> list[str]:
    types = []
    for name, dialect in re.findall(r'LayerRegistration<.*?>\s+\w+\(\s*"(\w+)"(?:,\s*\{\s*"(\w+)")?', code):
        types.append(f"{name} ({dialect})" if dialect else name)
    return types


def opening_comment(code: str) -> list[str]:
    lines = []
    for line in code.splitlines():
        if not line.startswith("//"):
            break
        lines.append(line[2:].removeprefix(" "))
    return lines


def known_fields(layer: Layer, schema: dict[str, proto.Message]) -> dict[str, tuple[str, proto.Field]]:
    """The fields that the layer's comment may name, by name, each with the message it is in."""
    known: dict[str, tuple[str, proto.Field]] = {}
    of_layer = {each.name: each for each in schema["LayerParameter"].fields}
    for name in layer.messages:
        for each in schema[of_layer[name].type].fields:
            known.setdefault(each.name, (name, each))
            known[f"{name}.{each.name}"] = (name, each)
    for name, each in of_layer.items():
        known.setdefault(name, ("", each))
    return known


PARAMETER = re.compile(r"  ((?:[a-z]\w*(?:\.\w+)?)(?:(?:, | and )[a-z]\w*)*)  +(\S.*)")


def read_layer(path: Path, schema: dict[str, proto.Message]) -> Layer | None:
    code = path.read_text()
    layer = Layer(path, registered_types(code))
    if not layer.types:
        return None
    messages = {each.name for each in schema["LayerParameter"].fields if each.type in schema}
    mentioned = re.findall(r"\b(\w+_param)\b", code)
    layer.messages = [name for name in dict.fromkeys(mentioned) if name in messages]
    known = known_fields(layer, schema)
    where = path.relative_to(ROOT)

    blocks = [block.splitlines() for block in "\n".join(opening_comment(code)).split("\n\n")]
    title, *rest = blocks
    if ":" not in title[0]:
        raise SystemExit(f"{where}: the comment does not open with `Name: what it does`")
    own = [line for line in title if not line.startswith("  ")]
    layer.title = " ".join(own).partition(":")[2].strip()
    layer.formulas += [line for line in title if line.startswith("  ")]
    for block in rest:
        read_block(block, layer, known, str(where))
    if not layer.example:
        raise SystemExit(f"{where}: the comment has no example (`  layer {{ ... }}`)")
    return layer


def read_block(block: list[str], layer: Layer, known: dict[str, tuple[str, proto.Field]], where: str) -> None:
    """One paragraph of a comment: the example, parameters, formulas or prose."""
    if block and block[0].startswith("  layer {"):
        layer.example += [line[2:] for line in block]
        return
    prose: list[str] = []
    for line in block:
        found = PARAMETER.fullmatch(line)
        if found and all(name in known for name in re.split(r", | and ", found[1])):
            layer.parameters.append(Parameter(re.split(r", | and ", found[1]), found[2]))
        elif line.startswith("   ") and layer.parameters and not prose:
            layer.parameters[-1].meaning += " " + line.strip()
        elif line.startswith("  ") and prose and '"' in "".join(block):  # a paper, behind its prose
            prose += ([] if "" in prose else [""]) + [line.strip()]
        elif found and "=" not in found[2] and not prose and layer.parameters:
            raise SystemExit(f"{where}: {found[1]} is no field of {', '.join(layer.messages) or 'any message'}")
        elif line.startswith("  "):
            layer.formulas.append(line)
        else:
            prose.append(line)
    if prose:
        layer.prose.append("\n".join(prose))


def default_of(field_: proto.Field) -> str:
    if field_.label == "required":
        return "required"
    if field_.default is not None:
        return f"`{field_.default}`"
    return {"repeated": "none"}.get(field_.label, "-")


def sentence(text: str) -> str:
    """With a capital letter, unless it is a formula."""
    return text if re.match(r"\w+(\[.*?\])? =", text) else text[:1].upper() + text[1:]


def without_default(meaning: str, default: str) -> str:
    """The default has its own column."""
    head, mark, tail = re.fullmatch(r"(\S*?)([:;,.]?)((?: .*)?)", meaning).groups()  # type: ignore[union-attr]
    same = head == default.strip("`") and (mark or not tail)
    return tail.strip() if same else meaning


def escaped(text: str) -> str:
    return text.replace("|", "\\|")


def printed(layer: Layer, schema: dict[str, proto.Message], points: list[tuple[str, str]]) -> str:
    known = known_fields(layer, schema)
    out = [f"### {', '.join(layer.types)}", "", sentence(layer.title), ""]
    if layer.formulas:
        out += ["```text", *[line[2:] for line in layer.formulas], "```", ""]
    if layer.parameters:
        out += ["| parameter | type | default | |", "| --- | --- | --- | --- |"]
        for parameter in layer.parameters:
            fields = [known[name] for name in parameter.names]
            names = ", ".join(f"`{message + '.' if message else ''}{each.name}`" for message, each in fields)
            types = ", ".join(dict.fromkeys(("repeated " if each.label == "repeated" else "") + each.type
                                            for _, each in fields))
            defaults = ", ".join(dict.fromkeys(default_of(each) for _, each in fields))
            out.append(f"| {names} | {types} | {defaults} | {escaped(without_default(parameter.meaning, defaults))} |")
        out.append("")
    for prose in layer.prose:
        out += [prose, ""]
    found = differences_of(layer, points)
    if found and not any(prose.startswith("Differs") for prose in layer.prose):
        out += ["Differs from the original:", "", *[f"- {point}" for point in found], ""]
    out += ["```prototxt", *layer.example, "```", ""]
    return "\n".join(out)


def differences() -> list[tuple[str, str]]:
    """The points of docs/differences.md on layers: what names the layers, and the whole text."""
    text = (ROOT / "docs" / "differences.md").read_text().partition("\n## Layers\n")[2].partition("\n## ")[0]
    points = [" ".join(point.split()) for point in re.split(r"^- ", text, flags=re.MULTILINE)[1:]]
    return [(re.match(r"\*\*.*?\*\*( \(.*?\))?", point)[0], point) for point in points]  # type: ignore[index]


def differences_of(layer: Layer, points: list[tuple[str, str]]) -> list[str]:
    names = {name.partition(" ")[0] for name in layer.types}
    return [point for head, point in points if names & set(re.findall(r"\w+", head))]


def transform_section(schema: dict[str, proto.Message]) -> str:
    """What layers refer to as data/transformer.hpp, from that file's comment."""
    comment = opening_comment((ROOT / TRANSFORMER).read_text())
    fields = {each.name: each for each in schema["TransformationParameter"].fields}
    prose, formulas, parameters = [], [], []
    for line in comment:
        found = PARAMETER.fullmatch(line)
        if found and all(name in fields for name in re.split(r", | and ", found[1])):
            parameters.append(Parameter(re.split(r", | and ", found[1]), found[2]))
        elif line.startswith("   ") and parameters:
            parameters[-1].meaning += " " + line.strip()
        else:
            (formulas if line.startswith("  ") else prose).append(line)
    out = ["## transform_param", "", "\n".join(prose).strip(), "", "```text", *[line[2:] for line in formulas], "```", "",
           "| parameter | type | default | |", "| --- | --- | --- | --- |"]
    for parameter in parameters:
        ones = [fields[name] for name in parameter.names]
        names = ", ".join(f"`{each.name}`" for each in ones)
        types = ", ".join(dict.fromkeys(("repeated " if each.label == "repeated" else "") + each.type for each in ones))
        defaults = ", ".join(dict.fromkeys(default_of(each) for each in ones))
        out.append(f"| {names} | {types} | {defaults} | {escaped(without_default(parameter.meaning, defaults))} |")
    return "\n".join(out) + "\n"


def page() -> str:
    schema = {each.name: each for each in proto.parse((ROOT / "proto" / "caffe.proto").read_text()).messages}
    points = differences()
    layers = [layer for path in sorted(LAYERS.rglob("*.cpp")) if (layer := read_layer(path, schema))]
    out = [INTRODUCTION]
    for group, heading in GROUPS.items():
        members = sorted((layer for layer in layers if layer.group == group), key=lambda each: each.types[0].lower())
        if members:
            names = ", ".join(f"[{name}](#{anchor(each)})" for each in members for name in each.types)
            out += [f"## {heading}\n\n{names}\n", *[printed(layer, schema, points) for layer in members]]
    out.append(transform_section(schema))
    return "\n".join(out).rstrip().replace(TRANSFORMER.removeprefix("libcaffe/"), "[see below](#transform_param)") + "\n"


def anchor(layer: Layer) -> str:
    return re.sub(r"[^\w -]", "", ", ".join(layer.types).lower()).replace(" ", "-")


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--check", action="store_true", help="write nothing; fail when the page is out of date")
    wanted = page()
    if not arguments.parse_args().check:
        PAGE.write_text(wanted)
        return 0
    if PAGE.exists() and PAGE.read_text() == wanted:
        return 0
    print("docs/layers.md is not what the layers say: run scripts/layers_doc.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
