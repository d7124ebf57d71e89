"""Opens a model's net by what a command line says: a name of the zoo, or files."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import InvalidArgumentError, NotFoundError
from ..net import TEST, Net
from . import card, catalog, layers
from .segmentation import interpolate


@dataclass
class Opened:
    """A net in phase TEST, and its card where it is a model of the zoo."""

    net: Net
    card: card.ModelCard | None

    @property
    def labels(self) -> list[str]:
        """The classes' names that the card gives, else none."""
        found = self.card.labels if self.card is not None else None
        return found if isinstance(found, list) else []


def add_arguments(parser: argparse.ArgumentParser, model: str) -> None:
    """What open_net() asks a command line for: --model, --definition, --weights, --random."""
    group = parser.add_argument_group("the net")
    group.add_argument(
        "--model",
        default=model,
        help=f"a model of the zoo, its name or its folder ({model}), whose card describes the net",
    )
    group.add_argument("--definition", type=Path, help="a prototxt in place of the model's")
    group.add_argument("--weights", type=Path, help="a caffemodel in place of the model's")
    group.add_argument(
        "--random",
        action="store_true",
        help="random weights: to see that all runs, not what it says",
    )


def files(
    options: argparse.Namespace, kind: str = ""
) -> tuple[Path, Path | None, card.ModelCard | None]:
    """The definition, the weights (None: random ones) and the card that a command line names.

    Where it opens several nets, `kind` is what their options begin with: "age" for --age-model.
    Raises NotFoundError, which says what to type, where files are missing.
    """
    before = f"{kind}_" if kind else ""
    model, definition, weights = (
        getattr(options, before + name) for name in ("model", "definition", "weights")
    )
    flag = "--" + before.replace("_", "-")
    wants_weights = weights is None and not options.random
    try:
        about = catalog.card(model)
    except NotFoundError:
        if definition is None or wants_weights:
            raise
        return definition, weights, None
    folder, named = about.folder or Path(), about.weights
    if definition is None:
        definition = _there(
            folder / about.definition, model, f"{flag}definition names one you have"
        )
    if wants_weights:
        weights = _there(
            folder / (named.name if named else "weights"),
            model,
            f"{flag}weights names a file you have, --random does without",
        )
    return definition, weights, about


def open_net(options: argparse.Namespace, kind: str = "") -> Opened:
    """The net that a command line names, Python layers included (caffe.zoo.layers). The model's
    card says its dialect, also where its files are given. `kind` and what is raised: as files()."""
    definition, weights, about = files(options, kind)
    layers.enable()
    net = Net(definition, TEST, weights=weights, dialect=about.dialect if about else None)
    if weights is None:
        fill_at_random(net)
    return Opened(net, about)


def fill_at_random(net: Net, seed: int = 0) -> None:
    """Weights with which signals neither die nor grow (He et al., 2015, "Delving Deep into
    Rectifiers"); deconvolutions interpolate where they can."""
    random = np.random.RandomState(seed)
    for layer in net.layers:
        if layer.type not in ("Convolution", "InnerProduct", "Deconvolution") or not layer.blobs:
            continue
        try:
            if layer.type == "Deconvolution":
                interpolate(net, [layer.name])
                continue
        except InvalidArgumentError:
            pass
        weights = layer.blobs[0]
        fan_in = weights.count // weights.shape[0]
        weights.data[...] = random.normal(0, np.sqrt(2 / fan_in), weights.shape)


def _there(path: Path, model: str, otherwise: str) -> Path:
    """A file of the model; the error says what to do `otherwise` than downloading it."""
    if not path.is_file():
        raise NotFoundError(
            f"{model}: there is no {path.name} in {path.parent}; `caffe zoo download "
            f"{model}` fetches it, {otherwise}"
        )
    return path
