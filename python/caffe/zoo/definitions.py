"""What the prototxt files of a folder are, told by their content: deploy nets, nets with data and
losses, solvers; of which format and which fork.

A file need not be right to be told apart: only its words are read here, `Definition.problem` has
what the library says of the rest.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from .._messages import net_from_text, upgrade_net_text
from ..errors import Error, FileError, ParseError

SUFFIXES = (".prototxt", ".pt", ".protxt", ".pbtxt")
DEPLOY, DATA, TRAIN, SOLVER = "deploy", "data", "train", "solver"
INPUT_TYPES = ("Input", "DummyData", "Parameter")
LABELLED = ("Loss", "LossOHEM")

_SOLVER_FIELDS = {"base_lr", "lr_policy", "max_iter", "train_net", "test_iter", "snapshot_prefix"}
_NET_FIELDS = {"layer", "layers", "input", "input_dim", "input_shape"}
_FORMATS = {"layer": "current", "layers": "V1"}
_WORD = re.compile(
    r"""\#[^\n]* | //[^\n]* | "(?:\\.|[^"\\\n])*"? | '(?:\\.|[^'\\\n])*'? | [{}] |
    [A-Za-z_][\w./]* """,
    re.VERBOSE,
)

# Which fork of Caffe a layer type, or a field of a layer, comes from.
_FORK_TYPES = {
    "AnnotatedData": "SSD",
    "Axpy": "SENet",
    "CropCenter": "waifu2x",
    "BoxAnnotatorOHEM": "R-FCN",
    "ConvolutionDepthwise": "MobileNet",
    "DenseCRF": "CCNN, DeepLab, PSPNet",
    "DenseImageData": "SegNet",
    "DepthwiseConvolution": "MobileNet",
    "DetectionEvaluate": "SSD",
    "DetectionOutput": "SSD",
    "ImageLabelmapData": "HED",
    "ImageSegData": "DeepLab",
    "Interp": "PSPNet, DeepLab",
    "MatRead": "DeepLab",
    "MatWrite": "DeepLab",
    "MultiBoxLoss": "SSD",
    "MultiStageMeanfield": "CRF-RNN",
    "NdConvolution": "video-caffe",
    "NdPooling": "video-caffe",
    "Normalize": "SSD, ParseNet",
    "PSROIPooling": "R-FCN",
    "Padding": "DeepLab",
    "ParseEvaluate": "ParseNet",
    "ParseOutput": "ParseNet",
    "Permute": "SSD",
    "PriorBox": "SSD",
    "ROIPooling": "Fast R-CNN",
    "ReLU6": "MobileNet-YOLO",
    "Reorg": "MobileNet-YOLO",
    "SegAccuracy": "DeepLab, PSPNet",
    "ShuffleChannel": "ShuffleNet",
    "SmoothL1Loss": "Fast R-CNN",
    "SmoothL1LossOHEM": "R-FCN",
    "SoftmaxWithLossOHEM": "R-FCN",
    "UnPooling": "ParseNet",
    "Unpooling": "DeconvNet",
    "YoloDetectionOutput": "MobileNet-YOLO",
    "Yolov3DetectionOutput": "MobileNet-YOLO",
}
_FORK_FIELDS = {
    ("BN", "bn_param.momentum"): "PSPNet",
    ("BN", "bn_param.bn_mode"): "SegNet",
    ("BN", "bn_param"): "SegNet, PSPNet",
    ("Dropout", "dropout_param.sample_weights_test"): "SegNet",
    ("Eltwise", "eltwise_param.coeff_blob"): "S2VT",
    ("SoftmaxWithLoss", "loss_param.weight_by_label_freqs"): "SegNet",
    ("Upsample", "upsample_param"): "SegNet, MobileNet-YOLO",
}


@dataclass
class Definition:
    """One prototxt file."""

    path: Path
    kind: str
    format: str
    text: str
    problem: Error | None = None
    message: Any = None  # the NetParameter, upgraded, or the SolverParameter
    forks: list[str] = field(default_factory=list)

    @property
    def types(self) -> Counter[str]:
        """Its layers' types and how many there are of each, all phases and stages together."""
        layers = self.message.layer if self.message is not None and self.kind != SOLVER else ()
        return Counter(layer.type for layer in layers)

    def states(self) -> list[list[str]]:
        """The sets of stages that make another net of it: what its rules name, one by one."""
        named = {stage: None for rule in rules(self.message) for stage in rule.stage}
        return [[stage] for stage in named] or [[]]


def words(text: str) -> Iterator[tuple[int, str, int]]:
    """The words of a prototxt with their depth in braces and their place; no comments."""
    depth = 0
    for match in _WORD.finditer(text):
        word = match[0]
        if word.startswith(("#", "//")):
            continue
        if word == "}":
            depth = max(depth - 1, 0)
        yield depth, word, match.start()
        depth += word == "{"


def fields_at_top(text: str) -> Counter[str]:
    """How often each field stands outside of all braces, strings and values left out."""
    found: Counter[str] = Counter()
    for depth, word, place in words(text):
        if depth == 0 and (word[0].isalpha() or word[0] == "_"):
            rest = text[place + len(word) : place + len(word) + 40].lstrip()
            if rest[:1] in (":", "{", "="):
                found[word] += 1
    return found


def format_of(text: str) -> str:
    """ "V0", "V1" or "current"; two of them where a file has both; of a net."""
    top = fields_at_top(text)
    found = [name for key, name in _FORMATS.items() if top[key]]
    if "V1" in found and any(depth == 1 and word == "layer" for depth, word, _ in words(text)):
        found[found.index("V1")] = "V0"
    format_ = " and ".join(found) or "current"
    return f"{format_}, input fields" if top["input"] else format_


def rules(net: Any) -> Iterable[Any]:
    """The include and exclude rules of a net's layers."""
    return chain.from_iterable((*layer.include, *layer.exclude) for layer in net.layer)


def serves_data(layer: Any) -> bool:
    """Whether a layer brings data from outside of the net."""
    if layer.bottom or layer.type in INPUT_TYPES:
        return False
    return bool(layer.type == "Python" or layer.type.endswith("Data"))


def is_loss(layer: Any) -> bool:
    """Whether a layer's top is one that training makes small."""
    return layer.type.endswith(LABELLED) or any(weight != 0 for weight in layer.loss_weight)


def forks_of(net: Any) -> list[str]:
    """The forks of Caffe that a net's layers and fields come from: as few as have all of them, of
    several with as many the one that is known for the first."""
    open_ = [forks for layer in net.layer if (forks := _forks_of_layer(layer))]
    found = []
    while open_:
        count = Counter(fork for forks in open_ for fork in forks)
        best = max(count, key=lambda fork: count[fork])
        found.append(best)
        open_ = [forks for forks in open_ if best not in forks]
    return sorted(found)


def _forks_of_layer(layer: Any) -> list[str]:
    for (kind, path), forks in _FORK_FIELDS.items():
        if layer.type == kind and _has(layer, path.split(".")):
            return forks.split(", ")
    return list(filter(None, _FORK_TYPES.get(layer.type, "").split(", ")))


def _has(message: Any, path: list[str]) -> bool:
    descriptor = message.DESCRIPTOR.fields_by_name.get(path[0])
    if descriptor is None:
        return False
    if path[1:]:
        return message.HasField(path[0]) and _has(getattr(message, path[0]), path[1:])
    return any(descriptor.name == each.name for each, _ in message.ListFields())


def kind_of(text: str, net: Any = None) -> str:
    """DEPLOY, DATA (data layers, but nothing to learn from), TRAIN, SOLVER, or "" for a text that
    is neither net nor solver. Without the message, which a text with a mistake has not, by words.
    """
    top = fields_at_top(text)
    if _SOLVER_FIELDS & set(top):
        return SOLVER
    if not _NET_FIELDS & set(top):
        return ""
    if net is None:
        types = [word.strip("\"'") for _, word, _ in words(text)]
        serves = any(word.endswith(("Data", "_DATA")) or word == "DATA" for word in types)
        learns = any(word.endswith(("Loss", "_LOSS")) for word in types)
    else:
        serves = any(serves_data(layer) for layer in net.layer)
        learns = any(is_loss(layer) for layer in net.layer)
        serves = serves or (learns and any(layer.type == "DummyData" for layer in net.layer))
    return (TRAIN if learns else DATA) if serves else DEPLOY


def read_text(path: Path) -> str:
    """A definition's text. FileError, and ParseError for one that is no text."""
    try:
        data = path.read_bytes()
    except OSError as failure:
        raise FileError(f"{path}: {failure.strerror}") from failure
    if b"\0" in data:
        raise ParseError(f"{path}: is no text; a definition is a prototxt")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def read(path: Path) -> Definition | None:
    """What the file is; None for one that is neither a net nor a solver.

    A file with a mistake is a Definition with a `problem`, and a file that cannot be read, too.
    """
    try:
        text = read_text(path)
    except Error as failure:
        return Definition(path, DEPLOY, "not known", "", failure)
    return parse(path, text)


def parse(path: Path, text: str) -> Definition | None:
    """The same of a text that the file shall have."""
    kind = kind_of(text)
    if not kind:
        return None
    if kind == SOLVER:
        message, problem = _solver(path, text)
        return Definition(path, SOLVER, _solver_format(text), text, problem, message)
    try:
        message = net_from_text(upgrade_net_text(text))
    except Error as failure:
        return Definition(path, kind, format_of(text), text, at(path, failure))
    return Definition(
        path, kind_of(text, message), format_of(text), text, None, message, forks_of(message)
    )


def at(path: Path, failure: Error) -> Error:
    """The error of a text, with the file in the place of "<text>"."""
    return type(failure)(str(failure).replace("<text>", str(path), 1))


def _solver_format(text: str) -> str:
    return "before 1.0 (solver_type)" if fields_at_top(text)["solver_type"] else "current"


def _solver(path: Path, text: str) -> tuple[Any, Error | None]:
    """Its message, and the error when it is none. The library reads it, with the names of its nets
    made ones that are not there: no net is made."""
    from google.protobuf import text_format

    from ..proto import caffe_pb2
    from ..solver import Solver

    def veiled(match: re.Match[str]) -> str:
        return f"{match[1]}{match[2]}{'?' * len(match[3])}{match[2]}"

    named = r"(\b(?:net|train_net|test_net)\s*:\s*)(['\"])(.*?)\2"
    try:
        Solver.from_text(re.sub(named, veiled, text))
    except ParseError as failure:
        if "<text>" in str(failure):
            return None, at(path, failure)
    except Error:
        pass  # of the nets
    try:
        return text_format.Parse(text, caffe_pb2.SolverParameter()), None
    except text_format.ParseError as failure:
        return None, ParseError(f"{path}:{failure}")


def find(folder: Path) -> list[Definition]:
    """The definitions that lie in a folder itself, by name."""
    paths = sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES)
    return [one for path in paths if not path.is_dir() and (one := read(path)) is not None]


def folders(root: Path) -> list[Path]:
    """The folders at and below `root` that have files with a definition's name."""
    if not root.is_dir():
        raise FileError(f"{root}: there is no such folder")
    found = {path.parent for path in root.rglob("*") if path.suffix in SUFFIXES}
    return sorted(found)


def in_state(layer: Any, phase: int, stages: Iterable[str] = ()) -> bool:
    """Whether a layer is part of the net in this phase with these stages."""
    stages = set(stages)

    def met(rule: Any) -> bool:
        return bool(
            (not rule.HasField("phase") or rule.phase == phase)
            and rule.min_level <= 0
            and (not rule.HasField("max_level") or rule.max_level >= 0)
            and stages.issuperset(rule.stage)
            and not stages & set(rule.not_stage)
        )

    if layer.HasField("phase") and layer.phase != phase:
        return False
    if layer.include:
        return any(met(rule) for rule in layer.include)
    return not any(met(rule) for rule in layer.exclude)


def filtered(net: Any, phase: int, stages: Iterable[str] = ()) -> Any:
    """The net's layers in this phase with these stages; indices are lost, names stay."""
    kept = type(net)()
    kept.CopyFrom(net)
    del kept.layer[:]
    kept.layer.extend(layer for layer in net.layer if in_state(layer, phase, stages))
    return kept
