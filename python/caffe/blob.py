"""Blobs: the arrays that flow through a net, and its parameters."""

from __future__ import annotations

import weakref
from operator import index
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ._library import FilePath, ask, check, ffi, lib, path_bytes
from ._shapes import by
from .errors import InvalidArgumentError

if TYPE_CHECKING:
    from typing_extensions import Self

Array = npt.NDArray[np.float32]


def make_view(pointer: Any, which: int, shape: tuple[int, ...]) -> Array:
    """A blob's values as an array that stays live: it holds a pin, and goes with its last view."""
    pin = ask(lib.caffe_blob_pin, "caffe_pin *", pointer, which)
    try:
        values = ask(lib.caffe_pin_values, "float *", pin)
    except BaseException:
        lib.caffe_pin_destroy(pin)
        raise
    size = 4
    for dim in shape:
        size *= dim
    # The array keeps the buffer, the buffer this pointer, and the pointer destroys the pin at its
    # end.
    held = ffi.gc(ffi.cast("char *", values), lambda _: lib.caffe_pin_destroy(pin), size)
    return np.ndarray(shape, np.float32, buffer=ffi.buffer(held, size))


class Blob:
    """An array of float32 with as many axes as it likes, and its gradient, `diff`, of the same
    shape.

    Those of a net are in `net.blobs` and `net.params`; `Blob(2, 3)` makes one of your own, of
    zeros.
    """

    __slots__ = ("__weakref__", "_owner", "_pointer", "_views")

    def __init__(self, *dims: int) -> None:
        self._pointer = ffi.gc(
            ask(lib.caffe_blob_create, "caffe_blob *", len(dims), [index(dim) for dim in dims]),
            lib.caffe_blob_destroy,
        )
        self._owner: Any = None
        self._views: dict[int, weakref.ref[Array]] = {}

    @classmethod
    def _wrap(cls, pointer: Any, owner: Any) -> Self:
        """The blob at a pointer that lives as long as `owner`."""
        blob = cls.__new__(cls)
        blob._pointer, blob._owner, blob._views = pointer, owner, {}
        return blob

    @classmethod
    def load(cls, file: FilePath) -> Blob:
        """The blob in a BlobProto file, a mean.binaryproto for instance; FileError, ParseError."""
        pointer = ask(lib.caffe_blob_load, "caffe_blob *", path_bytes(file))
        return cls._wrap(ffi.gc(pointer, lib.caffe_blob_destroy), None)

    def save(self, file: FilePath) -> None:
        """Writes the values as a BlobProto file."""
        check(lib.caffe_blob_save(self._pointer, path_bytes(file)))

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis, outermost first: N x C x H x W for images."""
        axes = ask(lib.caffe_blob_axes, "int", self._pointer)
        dim = ffi.new("int64_t *")
        shape = []
        for axis in range(axes):
            check(lib.caffe_blob_dim(dim, self._pointer, axis))
            shape.append(dim[0])
        return tuple(shape)

    @property
    def count(self) -> int:
        """How many values there are."""
        return int(ask(lib.caffe_blob_count, "int64_t", self._pointer))

    @property
    def data(self) -> Array:
        """The values: an array over the library's own memory.

        What is written there is seen by the next run, and a view that is kept shows what each run
        computes. After a reshape ask again; the old view then stands alone. It stays valid memory
        when the net is gone.
        """
        return self._view(lib.CAFFE_DATA)

    @data.setter
    def data(self, values: Array) -> None:
        self._take_back("data", values)

    @property
    def diff(self) -> Array:
        """The gradient, in the same manner. It takes memory from when it is first asked for."""
        return self._view(lib.CAFFE_DIFF)

    @diff.setter
    def diff(self, values: Array) -> None:
        self._take_back("diff", values)

    def _take_back(self, name: str, values: Any) -> None:
        """`blob.data += 1` hands back the view it has changed; anything else was meant to go into
        it."""
        if values is not getattr(self, name):
            raise AttributeError(
                f"a blob's {name} is the library's own memory and cannot be replaced; "
                f"write blob.{name}[...] = values to change what it holds"
            )

    def _view(self, which: int) -> Array:
        shape = self.shape
        known = self._views.get(which)
        view = known() if known is not None else None
        if view is None or view.shape != shape or view.ctypes.data != self._address(which):
            view = make_view(self._pointer, which, shape)
            self._views[which] = weakref.ref(view)
        return view

    def _write(self, what: str, array: npt.NDArray[Any]) -> None:
        """Overwrites `what`, "data" or "diff", with an array that NumPy broadcasts to the shape. It is
        copied once, and leaves no view that the next run would have to look through."""
        shape = self.shape
        if array.dtype == np.float32 and array.shape == shape and array.flags.c_contiguous:
            store = getattr(lib, f"caffe_blob_set_{what}")
            check(store(self._pointer, ffi.from_buffer("float[]", array), array.size))
            return
        values = ask(getattr(lib, f"caffe_blob_mutable_{what}"), "float *", self._pointer)
        np.ndarray(shape, np.float32, buffer=ffi.buffer(values, 4 * self.count))[...] = array

    def _address(self, which: int) -> int:
        """Where the values lie now: another layer may have moved or shared them."""
        function = lib.caffe_blob_data if which == lib.CAFFE_DATA else lib.caffe_blob_diff
        return int(ffi.cast("uintptr_t", ask(function, "const float *", self._pointer)))

    def reshape(self, *dims: int) -> None:
        """Gives the blob another shape, `reshape(1, 3, 227, 227)`; a net follows at its next
        forward."""
        if len(dims) == 1 and not hasattr(dims[0], "__index__"):
            dims = tuple(dims[0])  # type: ignore[arg-type]
        check(lib.caffe_blob_reshape(self._pointer, len(dims), [index(dim) for dim in dims]))
        self._views.clear()

    def _legacy(self, axis: int) -> int:
        shape = self.shape
        if len(shape) > 4:
            raise InvalidArgumentError(
                f"num, channels, height and width are for blobs of at most 4 axes; "
                f"this one is {by(shape)}"
            )
        return shape[axis] if axis < len(shape) else 1

    @property
    def num(self) -> int:
        """The first axis of at most four, or 1; `shape` serves all blobs."""
        return self._legacy(0)

    @property
    def channels(self) -> int:
        """The second axis of at most four, or 1."""
        return self._legacy(1)

    @property
    def height(self) -> int:
        """The third axis of at most four, or 1."""
        return self._legacy(2)

    @property
    def width(self) -> int:
        """The fourth axis of at most four, or 1."""
        return self._legacy(3)

    def __array__(
        self, dtype: npt.DTypeLike | None = None, copy: bool | None = None
    ) -> npt.NDArray[Any]:
        """numpy.asarray(blob) is its data."""
        view = self.data
        if dtype is not None and np.dtype(dtype) != view.dtype:
            if copy is False:
                raise ValueError(f"a blob holds float32; as {np.dtype(dtype)} it has to be copied")
            return view.astype(dtype)
        return view.copy() if copy else view

    def __repr__(self) -> str:
        return f"<caffe.Blob {by(self.shape, 'scalar')}>"
