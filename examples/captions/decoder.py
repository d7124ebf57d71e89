"""Nets of words as functions from one word to the next.

The recurrent layers of a published net keep their state to themselves, so that only one sentence
can be followed at a time. Here `expose_hidden` makes the states inputs and outputs, so that many
sentences go side by side and a search may branch.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import caffe
import numpy as np
from beam_search import States
from caffe.proto import caffe_pb2
from google.protobuf import text_format

STATES = {"LSTM": 2, "RNN": 1}  # how many a layer of this type has
CONT, WORD, STAGE = "cont_sentence", "input_sentence", "stage_indicator"


def read(path: Path) -> caffe_pb2.NetParameter:
    """A definition."""
    try:
        return text_format.Parse(path.read_text(), caffe_pb2.NetParameter())
    except text_format.ParseError as error:
        raise caffe.ParseError(
            f"{path}:{error}; `caffe zoo check --fix` mends what is known to be wrong"
        ) from None


def chosen(net: caffe_pb2.NetParameter, stages: Sequence[str]) -> list[caffe_pb2.LayerParameter]:
    """The layers that a net for testing with these stages has."""

    def met(rule: caffe_pb2.NetStateRule) -> bool:
        phase = not rule.HasField("phase") or rule.phase == caffe_pb2.TEST
        missing = set(rule.stage) - set(stages)
        return phase and not missing and not set(rule.not_stage) & set(stages)

    return [
        layer
        for layer in net.layer
        if (any(map(met, layer.include)) if layer.include else not any(map(met, layer.exclude)))
    ]


def features_of(layers: Sequence[caffe_pb2.LayerParameter]) -> str:
    """The name of the blob that the features of what is seen go into."""
    made = {top for layer in layers if layer.type != "HDF5Data" for top in layer.top}
    wanted = {name for layer in layers for name in layer.bottom} - made
    found = [name for name in (*made, *sorted(wanted)) if name.endswith("_fc7")]
    if len(found) != 1:
        raise caffe.InvalidArgumentError(
            "expected a net that reads one blob called ..._fc7, beside cont_sentence and "
            f"input_sentence; this one reads {', '.join(sorted(wanted)) or 'none'}"
        )
    return found[0]


def add_input(net: caffe_pb2.NetParameter, name: str, shape: Sequence[int]) -> None:
    """A blob that is fed."""
    net.layer.add(name=name, type="Input", top=[name]).input_param.shape.add(dim=shape)


def one_step(
    net: caffe_pb2.NetParameter, size: int, stages: Sequence[str] = ()
) -> caffe_pb2.NetParameter:
    """The net for one word of N sentences, N given by reshaping its inputs, its states exposed.

    From a definition for deployment or for training: data layers, dropout and losses go, softmax
    comes where there is none. `size`: how many values the features of a frame have.
    """
    layers = chosen(net, stages)
    result = caffe_pb2.NetParameter(name=net.name)
    add_input(result, features_of(layers), [1, size])
    for name in (CONT, WORD, STAGE):
        if any(name in layer.bottom for layer in layers):
            add_input(result, name, [1, 1])
    for layer in layers:
        if layer.type in ("HDF5Data", "Dropout", "Input") or "target_sentence" in layer.bottom:
            continue
        states = [f"{layer.name}_state{i}" for i in range(STATES.get(layer.type, 0))]
        for state in states:
            add_input(result, state, [1, 1, layer.recurrent_param.num_output])
        step = result.layer.add()
        step.CopyFrom(layer)
        del step.include[:], step.exclude[:]
        step.bottom.extend(states)
        step.top.extend(f"{state}_next" for state in states)
        if states:
            step.recurrent_param.expose_hidden = True
        if step.type == "Reshape":
            step.reshape_param.shape.dim[:2] = [1, -1]  # a step, N sentences
    if not any(layer.type == "Softmax" for layer in layers):
        softmax = result.layer.add(name="probs", type="Softmax", bottom=["predict"], top=["probs"])
        softmax.softmax_param.axis = 2
    return result


class Decoder:
    """A net of words: `encode` what is seen, then `step` from word to word."""

    def __init__(
        self, definition: Path, weights: Path | None, size: int = 4096, stages: Sequence[str] = ()
    ) -> None:
        message = one_step(read(definition), size, stages)
        self.net = caffe.Net.from_text(message, caffe.TEST, weights=weights)
        self.features = self.net.inputs[0]
        self.in_stages = STAGE in self.net.inputs
        self.states = [name for name in self.net.inputs if "_state" in name]
        self.words = int(self.net.blobs["probs"].shape[2])
        self._seen = np.zeros(size)
        self._begun = False

    def encode(self, frames: np.ndarray) -> States:
        """What is kept of the features of frames, T x size.

        Nets with stages read one frame after the other; others see their mean with each word.
        """
        states: States = [np.zeros((1, 1, self.net.blobs[name].shape[2])) for name in self.states]
        self._begun = self.in_stages
        self._seen = np.zeros(frames.shape[1]) if self.in_stages else frames.mean(axis=0)
        for i, frame in enumerate(frames if self.in_stages else []):
            states = self._run(frame, np.zeros(1), states, cont=i > 0, stage=0)
        return states

    def step(self, last: np.ndarray, states: States) -> tuple[np.ndarray, States]:
        """The probabilities of the next words of N sentences, N x words, and the states after."""
        states = self._run(self._seen, last, states, cont=self._begun, stage=1)
        self._begun = True
        return self.net.blobs["probs"].data[0].copy(), states

    def _run(
        self, features: np.ndarray, words: np.ndarray, states: States, cont: bool, stage: int
    ) -> States:
        count = len(words)
        values = {
            self.features: np.repeat(features[None], count, axis=0),
            CONT: np.full((1, count), float(cont)),
            WORD: words[None],
            **dict(zip(self.states, states)),
        }
        if self.in_stages:
            values[STAGE] = np.full((1, count), float(stage))
        for name, value in values.items():
            self.net.blobs[name].reshape(*value.shape)
        self.net.forward(**values)
        return [self.net.blobs[f"{name}_next"].data.copy() for name in self.states]
