"""What a net hands out by name or by number: it tells what a slip of the pen was meant to be, and
how to type what assignments to it cannot do."""

from __future__ import annotations

import difflib
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, NoReturn, TypeVar

from .errors import InvalidArgumentError, NotFoundError

_Value = TypeVar("_Value")
_SHOWN = 20


class MissingNameError(NotFoundError, KeyError):
    """A name that is not among a net's blobs, parameters or layers."""


def nearest(name: object, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """Which of the names was meant, if one looks like it: by difflib's ratio, at least
    `likeness`."""
    by_folded = {one.lower(): one for one in known}
    folded = str(name).lower()
    begun = [one for one in by_folded if len(folded) > 2 and one.startswith(folded)]
    if begun:  # "Conv" is short for "Convolution", though "Concat" is nearer
        return by_folded[min(begun, key=len)]
    found = difflib.get_close_matches(folded, by_folded, 1, likeness)
    return by_folded[found[0]] if found else None


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """`; did you mean 'conv1'?`, or nothing."""
    meant = nearest(name, known)
    return f"; did you mean {meant!r}?" if meant is not None else ""


def listed(names: Iterable[str]) -> str:
    """Names one after the other; of many the first."""
    all_names = list(names)
    more = len(all_names) - _SHOWN
    shown = ", ".join(all_names[:_SHOWN]) or "none"
    return f"{shown} and {more} more" if more > 0 else shown


class Named(OrderedDict[str, _Value]):
    """Things of a net by name, in their order. They are read, and changed in place: nothing is
    added, replaced or taken away."""

    def __init__(self, items: Iterable[tuple[str, _Value]], what: str, instead: str = "") -> None:
        """`what` is what the user calls it, "net.blobs"; `instead` what to type where an item is
        assigned to, with {name} for its name."""
        super().__init__()
        self._what, self._instead = what, instead
        for name, value in items:
            super().__setitem__(name, value)

    def __missing__(self, name: object) -> _Value:
        raise MissingNameError(
            f"{self._what} has no {name!r}, it has {listed(self)}{did_you_mean(name, self)}"
        )

    def _refuse(self, name: object) -> NoReturn:
        instead = self._instead.format(name=repr(name))
        raise InvalidArgumentError(
            f"{self._what} belongs to the net: {self._what}[{name!r}] can be neither replaced nor "
            f"deleted{'; to change it, write ' + instead if instead and name in self else ''}"
        )

    def __setitem__(self, name: str, value: Any) -> None:
        self._refuse(name)

    def __delitem__(self, name: str) -> None:
        self._refuse(name)

    def pop(self, name: str, *default: Any) -> NoReturn:
        """Refused."""
        self._refuse(name)

    def popitem(self, last: bool = True) -> NoReturn:
        """Refused."""
        self._refuse(next(iter(self), ""))

    def clear(self) -> None:
        """Refused."""
        self._refuse(next(iter(self), ""))

    def copy(self) -> OrderedDict[str, _Value]:  # type: ignore[override]
        """A dictionary of one's own, of the same things."""
        return OrderedDict(self)

    def __reduce__(self) -> Any:
        return OrderedDict, (list(self.items()),)


class Owned(list[_Value]):
    """Blobs by number: their values may be changed, they themselves stay."""

    def _refuse(self, key: object) -> NoReturn:
        raise InvalidArgumentError(
            f"a parameter blob can be neither replaced nor deleted; to change its values, write "
            f"net.params[name][{key!r}].data[...] = values"
        )

    def __setitem__(self, key: Any, value: Any) -> None:
        self._refuse(key)

    def __delitem__(self, key: Any) -> None:
        self._refuse(key)
