"""What the package's own Python layers share."""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Iterable, Sequence
from typing import Any

from .._named import did_you_mean, listed
from ..blob import Blob
from ..errors import InvalidArgumentError, NotFoundError, ParseError
from ..layer import Layer


class Constant(Layer):
    """A layer whose tops are constants to all that learns."""

    def backward(
        self, top: Sequence[Blob], propagate_down: Sequence[bool], bottom: Sequence[Blob]
    ) -> None:
        """Passes nothing back."""
        for blob, wanted in zip(bottom, propagate_down):
            if wanted:
                blob.diff[...] = 0


def parameters(layer: Layer, required: Iterable[str], optional: Iterable[str]) -> dict[str, Any]:
    """The names and values of a layer's param_str: Python's dictionary, with or without its braces,
    or YAML. Nothing in it is run. ParseError, NotFoundError."""
    where = f"layer {layer.name!r} ({type(layer).__name__}): param_str"
    text = layer.param_str.strip()
    try:
        found = literal_eval(text if text.startswith("{") else f"{{{text}}}")
    except (ValueError, SyntaxError):
        found = _yaml(text, where)
    if not isinstance(found, dict):
        raise ParseError(f"{where}: expected names and values ('feat_stride': 16), found {text!r}")
    required = list(required)
    known = [*required, *optional]
    for name in found:
        if name not in known:
            raise NotFoundError(
                f"{where} has no {name!r}{did_you_mean(name, known)}; it has {listed(known)}"
            )
    for name in required:
        if name not in found:
            raise InvalidArgumentError(f"{where}: {name!r} is missing; found {text!r}")
    return found


def _yaml(text: str, where: str) -> Any:
    import yaml

    # py-faster-rcnn's users write tuples: !!python/tuple [4, 8, 16]
    plain = text.replace("!!python/tuple", "")
    try:
        return yaml.safe_load(plain)
    except yaml.YAMLError as failure:
        raise ParseError(
            f"{where}: it is neither a Python dictionary nor YAML: {text!r}"
        ) from failure
