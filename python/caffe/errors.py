"""The exceptions: one class for each status of caffe.h, all of them `caffe.Error`.

Most are a built-in exception too, so that `except ValueError` or `except OSError` catch what they
should.
"""

from __future__ import annotations


class Error(RuntimeError):
    """Anything the library refuses or cannot do. `status` is its number in caffe.h."""

    status = 10

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        if status is not None:
            self.status = status

    def __str__(self) -> str:  # some built-in bases would quote or number the message
        return str(self.args[0]) if self.args else ""


class InvalidArgumentError(Error, ValueError):
    """An argument, option or parameter that makes no sense."""

    status = 1


class ParseError(Error, ValueError):
    """A file or text that does not follow its format."""

    status = 2


class FileError(Error, OSError):
    """A file that cannot be opened, read or written."""

    status = 3


class ShapeError(Error, ValueError):
    """Shapes or counts that do not fit together."""

    status = 4


class NotFoundError(Error, LookupError, ValueError):
    """A name or index that does not exist."""

    status = 5


class UnsupportedError(Error, NotImplementedError):
    """What this build, machine or version cannot do."""

    status = 6


class OutOfMemoryError(Error, MemoryError):
    """Memory could not be had."""

    status = 7


class StateError(Error):
    """A call that is not allowed now."""

    status = 8


class CallbackError(Error):
    """A callback reported failure."""

    status = 9


class InternalError(Error):
    """A defect of the library: please report it."""


CLASSES: dict[int, type[Error]] = {
    one.status: one
    for one in (
        InvalidArgumentError,
        ParseError,
        FileError,
        ShapeError,
        NotFoundError,
        UnsupportedError,
        OutOfMemoryError,
        StateError,
        CallbackError,
        InternalError,
    )
}


def error(status: int, message: str) -> Error:
    """The exception for a status of caffe.h."""
    return CLASSES.get(status, Error)(message, status)
