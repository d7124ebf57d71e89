"""Area forks: layers and nets that only forks have, and what the forks compute with them."""
from __future__ import annotations

import hashlib
import re
from pathlib import Path

import net_cases
from harness import Case, Options, Skipped, inside

# Where a case's name does not say its dialect.
DIALECT_OF_FORK = {
    "alexgkendall/caffe-segnet": "segnet",
    "hszhao/PSPNet": "pspnet",
    "s9xie/hed": "hed",
    "pathak22/caffe-ccnn": "ccnn",
    "eric612/MobileNet-YOLO": "nearest",
    "weiliu89/caffe (ssd)": "ssd",
    "weiliu89/caffe (fcn)": "fcn",
}


def dialect_of(case: Case) -> str | None:
    prefix = case.folder.name.partition("_")[0]
    if prefix in DIALECT_OF_FORK.values():
        return prefix
    return next((name for fork, name in DIALECT_OF_FORK.items() if case.meta["fork"].startswith(fork)), None)


def published_weights(case: Case) -> Path:
    """The file of a trained net, wherever below the shared folder it lies."""
    name = Path(case.meta["weights"]).name
    for path in case.shared.rglob(name):
        if hashlib.sha256(path.read_bytes()).hexdigest() == case.meta["weights_sha256"]:
            return path
    raise Skipped(f"the weights {name} of {case.meta['weights_source']} are not there")


def set_true_types(case: Case) -> None:
    """The YOLO layers of MobileNet-YOLO say that they are of type DetectionOutput."""
    for layer in case.meta["layers"]:
        if case.meta["type"].startswith("Yolo") and layer[1] == "DetectionOutput":
            layer[1] = case.meta["type"]


def set_input_layer(case: Case) -> None:
    """In the oldest forks inputs of a net are no layer."""
    types = {layer_type for _, layer_type in case.meta["layers"]}
    text = (case.folder / "net.prototxt").read_text()
    if "Input" not in types and re.search(r"^input:", text, re.MULTILINE):
        case.meta["layers"].insert(0, ["input", "Input"])


def run(case: Case, options: Options) -> None:
    set_true_types(case)
    set_input_layer(case)
    options.need_layers({layer_type for _, layer_type in case.meta["layers"]})
    weights = published_weights(case) if "weights" in case.meta else None
    net = net_cases.load(case, options, dialect_of(case))
    if weights is not None:
        net.copy_from(str(weights))
    with inside(case.folder):  # data layers read the files of their list as they go
        net_cases.compare(net, case)
