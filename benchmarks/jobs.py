"""Writes what the workers need into a folder: prototxts of the wanted batch, weights, inputs, and the net in the
forms in which the peers read it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import caffe
import nets
import numpy as np
import weights
from caffe.proto import caffe_pb2
from fold import folded
from google.protobuf import json_format, text_format

Job = dict[str, Any]


def read(path: Path) -> Any:
    """A NetParameter."""
    return text_format.Parse(path.read_text(), caffe_pb2.NetParameter())


def described(net: Any) -> str:
    """The layers as JSON, with prototxt's names."""
    layers = [json_format.MessageToDict(x, preserving_proto_field_name=True) for x in net.layer]
    return json.dumps(layers)


class NoModel(Exception):
    """A net could not be made into another form; says why."""


def output_of(command: list[str | Path], what: str) -> None:
    """Runs a converter."""
    done = subprocess.run(command, check=False, capture_output=True, text=True, errors="replace")
    if done.returncode != 0:
        lines = (done.stderr + done.stdout).strip().splitlines() or ["no output"]
        raise NoModel(f"{what} ended with status {done.returncode}: {lines[-1]}")


class InferenceJobs:
    """The files of a net; `at(batch)` is the job of one batch. Files that are there already are taken."""

    def __init__(self, net: str, folder: Path, pnnx: Path | None = None) -> None:
        self.folder = folder
        self.pnnx = pnnx
        self.definition = read(nets.folder(net) / "deploy.prototxt")
        self.shape = list(self.definition.layer[0].input_param.shape[0].dim)
        sizes = folder / "sizes.json"  # written last
        if not sizes.exists():
            sizes.write_text(json.dumps(self._write_weights()))
        self.operations, self.weight_bytes = json.loads(sizes.read_text())

    def _write_weights(self) -> tuple[float, int]:
        """Operations for one image, and bytes of all weights."""
        built = caffe.Net.from_text(str(self.definition), caffe.TEST)
        weights.fill(built, [2, *self.shape[1:]])
        arrays = weights.arrays(built)
        built.save(str(self.folder / "net.caffemodel"))
        np.savez(self.folder / "arrays.npz", **arrays)
        operations = weights.operations(built) / 2
        size = sum(array.nbytes for array in arrays.values())
        (self.folder / "layers.json").write_text(described(self.definition))
        definition, arrays = folded(self.definition, arrays)
        (self.folder / "folded.prototxt").write_text(text_format.MessageToString(definition))
        built = caffe.Net.from_text(str(definition), caffe.TEST)
        for key, array in arrays.items():
            name, number = key.rsplit(":", 1)
            built.params[name][int(number)].data[...] = array
        built.save(str(self.folder / "folded.caffemodel"))
        return operations, size

    def at(self, batch: int) -> Job:
        """What a worker has to know, but for engine and threads."""
        path = self.folder / f"deploy_{batch}.prototxt"
        shape = [batch, *self.shape[1:]]
        self.definition.layer[0].input_param.shape[0].dim[:] = shape
        path.write_text(text_format.MessageToString(self.definition))
        np.save(self.folder / f"images_{batch}.npy", weights.images(shape))
        return {
            "kind": "inference",
            "batch": batch,
            "prototxt": str(path),
            "weights": str(self.folder / "net.caffemodel"),
            "images": str(self.folder / f"images_{batch}.npy"),
            "layers": str(self.folder / "layers.json"),
            "arrays": str(self.folder / "arrays.npz"),
        }

    def onnx(self, batch: int) -> str:
        """The net as an ONNX file, by `caffe export`, after fold.py."""
        path = self.folder / f"net_{batch}.onnx"
        if not path.exists():
            net = read(self.folder / "folded.prototxt")
            net.layer[0].input_param.shape[0].dim[:] = [batch, *self.shape[1:]]
            deploy = self.folder / f"folded_{batch}.prototxt"
            deploy.write_text(text_format.MessageToString(net))
            command = ["caffe", "export", deploy, self.folder / "folded.caffemodel", path]
            output_of(command, "caffe export")
        return str(path)

    def ncnn(self) -> str:
        """The net in ncnn's form, by pnnx from ONNX; the name without its two endings."""
        path = self.folder / "ncnn" / "net.onnx"
        if self.pnnx is None:
            raise NoModel("pnnx is not there")
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            os.link(self.onnx(1), path)
            shape = ",".join(str(size) for size in [1, *self.shape[1:]])
            output_of([self.pnnx, path, f"inputshape=[{shape}]", "fp16=0"], "pnnx")
        return str(path.with_suffix(""))


def training_job(net: str, folder: Path, dropout: bool) -> Job:
    """The files of a training step on one synthetic batch."""
    plan = nets.TRAINING[net]
    definition = read(nets.folder(net) / "train_val.prototxt")
    shape = list(read(nets.folder(net) / "deploy.prototxt").layer[0].input_param.shape[0].dim)
    kept = [x for x in definition.layer if x.type not in ("Data", "Accuracy")]
    data = caffe_pb2.LayerParameter(name="data", type="Input", top=["data", "label"])
    data.input_param.shape.add(dim=[plan.batch, *shape[1:]])
    data.input_param.shape.add(dim=[plan.batch])
    for layer in kept:
        if layer.type == "Dropout" and not dropout:
            layer.dropout_param.dropout_ratio = 0
    result = caffe_pb2.NetParameter(name=definition.name, layer=[data, *kept])
    path = folder / ("train.prototxt" if dropout else "train_without_dropout.prototxt")
    path.write_text(text_format.MessageToString(result))
    (folder / path.with_suffix(".json").name).write_text(described(result))
    if not (folder / "start.caffemodel").exists():
        built = caffe.Net(str(path), caffe.TRAIN, seed=1)
        built.save(str(folder / "start.caffemodel"))
        np.savez(folder / "start.npz", **weights.arrays(built))
        np.save(folder / "data.npy", weights.images([plan.batch, *shape[1:]]))
        classes = 10 if net in ("lenet", "cifar10_full") else 1000
        np.save(folder / "label.npy", np.random.default_rng(2).integers(0, classes, plan.batch))
    return {
        "kind": "training",
        "batch": plan.batch,
        "rate": plan.rate,
        "momentum": nets.MOMENTUM,
        "decay": nets.WEIGHT_DECAY,
        "prototxt": str(path),
        "weights": str(folder / "start.caffemodel"),
        "layers": str(folder / path.with_suffix(".json").name),
        "arrays": str(folder / "start.npz"),
        "data": str(folder / "data.npy"),
        "label": str(folder / "label.npy"),
    }
