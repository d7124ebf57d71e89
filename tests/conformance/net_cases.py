"""Areas layers, nets and rules: a net with given parameters and inputs, forward and backward."""
from __future__ import annotations

from typing import Any

import caffe
import numpy as np
from harness import Case, Options, check_close, check_equal, inside


def load(case: Case, options: Options, dialect: str | None = None) -> caffe.Net:
    meta = case.meta
    with inside(case.folder):
        return caffe.Net("net.prototxt", getattr(caffe, meta["phase"]), level=meta.get("level", 0),
                         stages=meta.get("stages", []), dialect=dialect, **options.net)


def assign(target: np.ndarray, value: np.ndarray, what: str) -> None:
    check_equal(f"shape of {what}", target.shape, value.shape)
    target[...] = value


def param_of(net: caffe.Net, name: str) -> caffe.Blob:
    layer, _, index = name.rpartition(":")
    # Names need not be unique: the first layer of that name that has parameters.
    for one in net.layers:
        if one.name == layer and one.blobs:
            return one.blobs[int(index)]
    raise KeyError(f"no parameters in layer {layer!r}")


def set_inputs(net: caffe.Net, inputs: dict[str, np.ndarray]) -> None:
    for name, value in inputs.items():
        blob = net.blobs[name]
        if blob.data.shape != value.shape:
            blob.reshape(*value.shape)
        blob.data[...] = value


def check_structure(net: caffe.Net, meta: dict[str, Any]) -> None:
    layers = [[layer.name, layer.type] for layer in net.layers]
    made_of_fields = ["input", "Input"]
    if layers[:1] == [made_of_fields] and made_of_fields not in meta["layers"]:
        layers = layers[1:]  # a fork from before that layer
    check_equal("layers", layers, meta["layers"])
    check_equal("inputs", list(net.inputs), meta["inputs"])
    check_equal("outputs", list(net.outputs), meta["outputs"])
    weights = {name: weight for name, weight in net.blob_loss_weights.items() if weight}
    check_equal("blobs with a loss weight", sorted(weights), sorted(meta["loss_weights"]))
    for name, weight in meta["loss_weights"].items():
        check_close(f"loss weight of {name}", weights[name], weight)


def check_shared(net: caffe.Net, meta: dict[str, Any]) -> None:
    for name, owner in meta.get("shared_params", {}).items():
        before = param_of(net, owner).data.flat[0]
        param_of(net, name).data.flat[0] = before + 1
        check_equal(f"{name} is {owner}", param_of(net, owner).data.flat[0], before + 1)
        param_of(net, name).data.flat[0] = before


def run_step(net: caffe.Net, case: Case, step: int) -> None:
    meta = case.meta
    near = {"rtol": meta.get("rtol", 1e-4), "atol": meta.get("atol", 1e-5)}
    set_inputs(net, case.of("in", step))
    loss = net._forward(0, len(net.layers) - 1)
    for name, value in case.of("out", step).items():
        check_close(f"out:{name}", net.blobs[name].data, value, **near)
    for name, value in case.of("paramafter", step).items():
        check_close(f"paramafter:{name}", param_of(net, name).data, value, **near)
    if meta["steps"] == 1:
        check_close("loss", loss, meta["loss"], **near)
    if not meta["backward"]:
        return
    net.clear_param_diffs()
    for name, value in case.of("topdiff", step).items():
        assign(net.blobs[name].diff, value, f"the diff of {name}")
    net.backward()
    for name, value in case.of("indiff", step).items():
        check_close(f"indiff:{name}", net.blobs[name].diff, value, **near)
    for name, value in case.of("paramdiff", step).items():
        check_close(f"paramdiff:{name}", param_of(net, name).diff, value, **near)


def run(case: Case, options: Options) -> None:
    options.need_layers({layer_type for _, layer_type in case.meta["layers"]})
    compare(load(case, options), case)


def compare(net: caffe.Net, case: Case) -> None:
    check_structure(net, case.meta)
    check_shared(net, case.meta)
    if case.area == "nets":
        check_weight_files(net, case)
    for name, value in case.of("param").items():
        assign(param_of(net, name).data, value, f"param:{name}")
    for step in range(case.meta["steps"]):
        run_step(net, case, step)


def check_weight_files(net: caffe.Net, case: Case) -> None:
    """weights.caffemodel and weights.caffemodel.h5 hold the same parameters."""
    for file in sorted(case.folder.glob("weights.*")):
        for name in case.of("param"):
            param_of(net, name).data[...] = 0
        net.copy_from(str(file))
        for name, value in case.of("param").items():
            check_close(f"{file.name}: {name}", param_of(net, name).data, value, rtol=0, atol=0)
