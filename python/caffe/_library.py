"""libcaffe, opened: `lib` and `ffi`, and what every call of it needs (errors, text, callbacks).

Declarations come from caffe.h itself, through cffi in ABI mode, so one package serves all Pythons.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable, TypeVar, Union

from cffi import FFI

from ._header import declarations, header_path
from .errors import error

StrPath = Union[str, "os.PathLike[str]"]
FilePath = Union[str, bytes, "os.PathLike[str]"]  # bytes are a path as the system has it

SONAME = "libcaffe.so.2"


def candidates() -> list[str]:
    """Where the library may be, best first."""
    named = os.environ.get("CAFFE_LIBRARY")
    if named:
        return [named]
    package = Path(__file__).resolve().parent
    installed = package / "lib" / SONAME
    if installed.exists():
        return [str(installed)]
    # A checkout: its build folders, the usual one first.
    return [*map(str, sorted(package.parents[1].glob(f"build*/libcaffe/{SONAME}"))), SONAME]


@contextlib.contextmanager
def waits_that_end() -> Iterator[None]:
    """While the library is loaded: tells its OpenMP runtime, which reads it then, that threads which
    wait for work shall soon sleep. By default they spin for milliseconds, and where another process
    wants the cores, they keep from it and from each other what they wait for."""
    chosen = "OMP_WAIT_POLICY" in os.environ or "GOMP_SPINCOUNT" in os.environ
    if not chosen:
        os.environ["GOMP_SPINCOUNT"] = "1000"
    try:
        yield
    finally:
        if not chosen:
            del os.environ["GOMP_SPINCOUNT"]


def open_library() -> Any:
    """Opens libcaffe; ImportError says where it was looked for."""
    failures = []
    for place in candidates():
        try:
            with waits_that_end():
                opened = ffi.dlopen(place)
            found = int(opened.caffe_version_number())
        except (OSError, AttributeError) as failure:
            failures.append(f"  {place}: {failure}")
            continue
        if found // 10000 != opened.CAFFE_VERSION_MAJOR:
            failures.append(
                f"  {place}: is version {found}, this package needs {opened.CAFFE_VERSION_MAJOR}"
            )
            continue
        return opened
    raise ImportError(
        "libcaffe could not be opened (CAFFE_LIBRARY names another place):\n" + "\n".join(failures)
    )


ffi = FFI()
ffi.cdef(declarations(header_path().read_text(encoding="utf-8")))
lib = open_library()


class _Raised(threading.local):
    """The exception that a callback of this thread has ended with, on its way to the call that ran
    the callback; and what the library was told of it."""

    exception: BaseException | None = None
    message = ""


_raised = _Raised()
_Function = TypeVar("_Function", bound=Callable[..., Any])


def _keep_raised(kind: type[BaseException], value: BaseException, trace: Any) -> None:
    try:
        words = str(value)
    except Exception:  # noqa: BLE001  somebody's own __str__
        words = ""
    message = (f"{kind.__name__}: {words}" if words else kind.__name__).replace("\0", "\\0")
    told = message.encode("utf-8", "backslashreplace")
    _raised.exception, _raised.message = value.with_traceback(trace), told.decode()
    lib.caffe_set_error(told)


def callback(signature: str) -> Callable[[_Function], Any]:
    """Makes a function one that C can call. What it raises is raised by the call that led to it."""
    status = signature.startswith("caffe_status")

    def make(function: _Function) -> Any:
        made = ffi.callback(
            signature,
            function,
            error=lib.CAFFE_CALLBACK if status else None,
            onerror=_keep_raised if status else None,
        )
        # For ever: nets may go after this module, when the interpreter ends.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(made))
        return made

    return make


def raise_kept() -> None:
    """Raises what a callback of this thread has raised, if the last error is that: the very
    exception."""
    exception, _raised.exception = _raised.exception, None
    error_text = text(lib.caffe_last_error())
    if exception is None or not error_text.endswith(_raised.message):
        return
    place = error_text[: len(error_text) - len(_raised.message)].rstrip(": ")
    if place and hasattr(exception, "add_note"):  # from Python 3.11 on
        exception.add_note(f"in {place}")
    try:
        raise exception
    finally:
        del exception  # its traceback holds this frame


def check(status: int) -> None:
    """Raises what a call's status says."""
    if status == lib.CAFFE_CALLBACK:
        raise_kept()
    if status:
        raise error(status, text(lib.caffe_last_error()))


def text(chars: Any) -> str:
    """Python's string of a char *."""
    return bytes(ffi.string(chars)).decode("utf-8", "replace")


def owned_text(pointer: Any) -> str:
    """The same for a char ** whose text is ours to free."""
    try:
        return text(pointer[0])
    finally:
        lib.caffe_free(pointer[0])


def path_bytes(path: FilePath) -> bytes:
    """A path as the C functions take it."""
    return os.fsencode(path)


def as_path(path: FilePath) -> Path:
    """A path as pathlib has it."""
    return Path(os.fsdecode(path))


def ask(function: Any, kind: str, *arguments: Any) -> Any:
    """What `function` stores through its first parameter, a `kind *`."""
    result = ffi.new(kind + " *")
    status = function(result, *arguments)
    if status:
        check(status)
    return result[0]
