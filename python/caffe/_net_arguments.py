"""What makes a net: the forms in which its definition, phase and weights are given."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any, Union

from . import _options
from ._library import FilePath, lib, path_bytes
from .errors import InvalidArgumentError

Weights = Union[FilePath, Sequence[FilePath]]

TRAIN = 0
TEST = 1
PHASES = {"TRAIN": TRAIN, "TEST": TEST}


def phase_number(phase: Any) -> int:
    """caffe.TRAIN or caffe.TEST, also from their names."""
    try:
        number = PHASES[phase.upper()] if isinstance(phase, str) else int(phase)
    except (KeyError, TypeError, ValueError):
        number = -1
    if number not in PHASES.values():
        raise InvalidArgumentError(f"phase: expected caffe.TRAIN or caffe.TEST, got {phase!r}")
    return number


def net_options(
    weights: Weights | None,
    level: int | None,
    stages: Iterable[str] | None,
    options: dict[str, Any],
) -> bytes:
    """What caffe_net_create takes besides file and phase."""
    if stages is not None and "stage" in options:
        raise TypeError("Net: stages is given twice, as stage, too")
    files: Any = weights
    if weights is not None and not isinstance(weights, (str, bytes, os.PathLike)):
        files = [os.fspath(one) for one in weights]
    if isinstance(stages, str):
        stages = [stages]
    return _options.prototxt(
        {"level": level, "stage": list(stages or ()), "weights": files, **options}
    )


def _is_files(value: Any) -> bool:
    """Whether it is a path or several, or None in their place, and not the name of a phase."""
    if value is None or isinstance(value, (list, tuple)):
        return True
    return isinstance(value, (str, bytes, os.PathLike)) and str(value).upper() not in PHASES


def by_name(positional: tuple[Any, ...], keywords: dict[str, Any]) -> dict[str, Any]:
    """phase, weights, level and stages from what follows the file: (weights, phase), or (phase,
    level, stages, weights)."""
    if positional and _is_files(positional[0]):
        names = ["weights", "phase"]
    else:
        names = ["phase", "level", "stages", "weights"]
        if len(positional) > 1 and positional[1] is not None and _is_files(positional[1]):
            raise TypeError(
                f"Net: {positional[1]!r} stands where the level does; weights come second, "
                f"Net(file, weights, phase), or by name, Net(file, phase, weights=weights)"
            )
    if len(positional) > len(names):
        raise TypeError(f"Net: too many arguments after the file; they are {', '.join(names)}")
    given = dict(zip(names, positional))
    for name in given:
        if keywords[name] is not None:
            raise TypeError(f"Net: {name} is given twice")
    return {**keywords, **given}


def definition(network: Any) -> tuple[Any, bytes, bytes | None]:
    """How a net is made of a file, a NetParameter message or a caffe.NetSpec: the C function, what
    it takes first, and the weights that a message brings along."""
    if hasattr(network, "to_proto"):
        network = network.to_proto()
    if not hasattr(network, "DESCRIPTOR"):
        if isinstance(network, str) and "{" in network and not os.path.exists(network):
            raise InvalidArgumentError(
                "Net takes the name of a prototxt file; this is prototxt itself, which "
                "caffe.Net.from_text(text, phase) takes"
            )
        return lib.caffe_net_create, path_bytes(network), None
    if network.DESCRIPTOR.name != "NetParameter":
        raise InvalidArgumentError(
            f"Net takes a NetParameter message, not a {network.DESCRIPTOR.name}"
        )
    with_weights = any(layer.blobs for layer in [*network.layer, *network.layers])
    weights = bytes(network.SerializeToString()) if with_weights else None
    if with_weights:
        bare = type(network)()
        bare.CopyFrom(network)
        for layer in [*bare.layer, *bare.layers]:
            layer.ClearField("blobs")
        network = bare
    return lib.caffe_net_create_from_text, str(network).encode(), weights


def holds_weights(given: Any) -> bool:
    """Whether bytes are weights, and not the path of a file: a message has control characters from
    its first fields on, and no path has any."""
    if not isinstance(given, bytes):
        return isinstance(given, (bytearray, memoryview))
    return not given or len(given) > 4096 or min(given) < 32
