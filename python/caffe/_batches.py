"""Arrays cut into a net's batches, and results put together again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from .errors import ShapeError


def batches(arrays: Mapping[str, Any], size: int) -> Iterator[tuple[dict[str, Any], int]]:
    """Pieces of `size` items with how many of them are real; the last one is filled up with
    zeros."""
    whole = {name: np.asarray(array) for name, array in arrays.items()}
    counts = {name: array.shape[0] if array.ndim else 0 for name, array in whole.items()}
    if len(set(counts.values())) != 1:
        raise ShapeError(f"expected arrays of as many items each, got {counts or 'none'}")
    total = next(iter(counts.values()))
    for first in range(0, total, size):
        used = min(size, total - first)
        piece = {name: array[first : first + used] for name, array in whole.items()}
        if used < size:
            piece = {
                name: np.concatenate(
                    [array, np.zeros((size - used, *array.shape[1:]), array.dtype)]
                )
                for name, array in piece.items()
            }
        yield piece, used


def collect(
    runs: Iterable[tuple[dict[str, Any], dict[str, Any], int]],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Copies of what each batch gave, joined, without the items that were filled in."""
    joined: tuple[dict[str, list[Any]], dict[str, list[Any]]] = ({}, {})
    for forward, backward, used in runs:
        for results, into in zip((forward, backward), joined):
            for name, array in results.items():
                into.setdefault(name, []).append(
                    np.array(array[:used] if array.ndim else array[np.newaxis])
                )
    outputs, gradients = (
        {name: np.concatenate(parts) for name, parts in into.items()} for into in joined
    )
    return outputs, gradients


def how_to_fit(name: str, array: tuple[int, ...], blob: tuple[int, ...]) -> str:
    """What to write so that an array of one shape goes into the blob of another."""
    if array == blob[1:]:
        return f"the array is one item: write {name}={name}[numpy.newaxis]"
    if len(array) == len(blob) == 4 and (array[3], *array[1:3]) == blob[1:]:
        return f"the channels come last: write {name}={name}.transpose(0, 3, 1, 2)"
    if len(array) == 3 and len(blob) == 4 and (array[2], *array[:2]) == blob[1:]:
        return (
            f"the array is one image with its channels last: write "
            f"{name}={name}.transpose(2, 0, 1)[numpy.newaxis]"
        )
    if len(array) == len(blob):
        return f"net.blobs[{name!r}].reshape({', '.join(map(str, array))}) gives the blob its shape"
    return f"net.blobs[{name!r}].reshape(...) gives the blob another shape"
