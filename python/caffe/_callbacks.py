"""The functions that a net or solver calls, by event."""

from __future__ import annotations

from typing import Any, Callable

from .errors import NotFoundError


def drop_callback(callbacks: dict[int, list[Any]], function: Callable[..., object]) -> None:
    """Takes a function out of all events. NotFoundError when it is in none."""
    found = [event for event, functions in callbacks.items() if function in functions]
    if not found:
        raise NotFoundError(f"{function!r} was not added as a callback")
    for event in found:
        callbacks[event] = [one for one in callbacks[event] if one != function]
        if not callbacks[event]:
            del callbacks[event]
