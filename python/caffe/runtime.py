"""What concerns the whole process: devices, threads, the seed, the log."""

from __future__ import annotations

import os
import sys
import time
from typing import Any, Callable

from ._library import FilePath, ask, callback, check, ffi, lib, owned_text, text
from .errors import UnsupportedError

_gpu = 0
_log_function: Callable[[str], None] | None = None
# Whether nobody has said which lines of the log are to be seen.
_quiet = False
# What says it in the environment: the library's variable, and glog's.
_LOG_VARIABLES = (
    "CAFFE_LOG_LEVEL",
    "GLOG_minloglevel",
    "GLOG_log_dir",
    "GLOG_logtostderr",
    "GLOG_alsologtostderr",
    "GLOG_stderrthreshold",
    "GLOG_v",
)


def version() -> str:
    """The library's version, "2.0.0"."""
    return text(lib.caffe_version())


def build_info() -> dict[str, str]:
    """What was built and what was found: version, compiler, onednn, isa ..."""
    lines = text(lib.caffe_build_info()).splitlines()
    return {
        key.strip(): value.strip()
        for key, _, value in (line.partition(":") for line in lines)
        if key.strip()
    }


def devices() -> list[str]:
    """The devices that are there: "cpu", "cuda:0" ..."""
    count = ask(lib.caffe_device_count, "int64_t")
    return [text(ask(lib.caffe_device_name, "const char *", i)) for i in range(count)]


def device_info(device: str) -> dict[str, str]:
    """What is known of a device: its name, memory and unused (bytes), and what it was given so far.

    On a GPU: allocations and bytes there are now; operations, uploads, downloads, bytes_up,
    bytes_down and waits since the process began.
    """
    info = ffi.new("char **")
    check(lib.caffe_device_info(info, device.encode()))
    return dict(line.split(": ", 1) for line in owned_text(info).splitlines())


def get_device() -> str:
    """Where nets that are made from now on live."""
    return text(lib.caffe_get_device())


def set_device(device: int | str) -> None:
    """Says where nets made from now on live: "cpu", "cuda", "cuda:1", "gpu:1".

    A number names the GPU that set_mode_gpu() is to take, as it always did. UnsupportedError says
    why a device cannot be had; nothing has changed then.
    """
    global _gpu
    if isinstance(device, str):
        check(lib.caffe_set_device(device.encode()))
        return
    number = int(device)
    device_info(f"gpu:{number}")  # fails when it is not there
    if get_device() != "cpu":
        check(lib.caffe_set_device(f"gpu:{number}".encode()))
    _gpu = number


def set_mode_cpu() -> None:
    """Nets made from now on live on the CPU."""
    check(lib.caffe_set_device(b"cpu"))


def set_mode_gpu() -> None:
    """Nets made from now on live on the GPU that set_device(number) named, or the first."""
    check(lib.caffe_set_device(f"gpu:{_gpu}".encode()))


def set_random_seed(seed: int) -> None:
    """After the same seed the nets made draw the same numbers."""
    check(lib.caffe_set_random_seed(int(seed) & 0xFFFFFFFFFFFFFFFF))


def set_num_threads(threads: int) -> None:
    """Compute threads of the process; 0 asks for the default."""
    check(lib.caffe_set_num_threads(int(threads)))


def num_threads() -> int:
    """How many compute threads there are."""
    return int(lib.caffe_num_threads())


def _names(count: Any, name: Any) -> list[str]:
    return [text(ask(name, "const char *", i)) for i in range(ask(count, "int64_t"))]


def layer_type_list() -> list[str]:
    """The types of layers that exist, in alphabetical order."""
    return _names(lib.caffe_layer_type_count, lib.caffe_layer_type_name)


def layer_type_trait(layer_type: str, trait: str) -> str:
    """What a type of layer is to others, without making one.

    trait: "family", the kind of layer ("activation", "convolution" ...; "custom" for types of your
    own); "purpose": "computes", "serves" (its tops come from outside) or "scores" (losses, metrics,
    writers); "coordinates": "same" where rows and columns of the top are those of the bottom,
    "mapped" where the layer's parameters tell how they follow, "" where they do not.
    Unknown types and traits are a NotFoundError.
    """
    names = layer_type.encode(), trait.encode()
    return text(ask(lib.caffe_layer_type_trait, "const char *", *names))


def solver_type_list() -> list[str]:
    """The types of solvers that exist, in alphabetical order."""
    return _names(lib.caffe_solver_type_count, lib.caffe_solver_type_name)


def load_plugin(path: FilePath) -> None:
    """Opens a shared object that registers layers."""
    check(lib.caffe_plugin_load(os.fsencode(path)))


def _begin_quietly() -> None:
    """Shows warnings and errors only, unless the environment asks for the log. For the import."""
    global _quiet
    _quiet = not any(name in os.environ for name in _LOG_VARIABLES)
    if _quiet:
        check(lib.caffe_set_log_level(lib.CAFFE_LOG_WARNING))


def solver_count() -> int:
    """How many solvers train one net together: 1, here."""
    return 1


def solver_rank() -> int:
    """Which of them this process is: 0."""
    return 0


def _one_solver(what: str) -> UnsupportedError:
    return UnsupportedError(
        f"{what}: a net is trained by one solver in one process here; the batches of several are "
        f"had with iter_size, or with a larger batch_size, in the prototxts"
    )


def set_solver_count(count: int) -> None:
    """Takes 1. UnsupportedError for more: training with several GPUs is not there."""
    if int(count) != 1:
        raise _one_solver(f"set_solver_count({count})")


def set_solver_rank(rank: int) -> None:
    """Takes 0, as set_solver_count() takes 1."""
    if int(rank) != 0:
        raise _one_solver(f"set_solver_rank({rank})")


def set_multiprocess(multiprocess: bool) -> None:
    """Does nothing: whether the solvers of a training are processes says nothing of a single
    one."""
    del multiprocess


def has_nccl() -> bool:
    """Whether several GPUs can train one net: False."""
    return False


class NCCL:
    """What pycaffe's scripts share gradients between GPUs with. UnsupportedError says that it
    cannot be had; ask has_nccl() before."""

    def __init__(self, solver: Any = None, uid: str = "") -> None:
        raise _one_solver("caffe.NCCL")

    @staticmethod
    def new_uid() -> str:
        """The name of a group of processes."""
        raise _one_solver("caffe.NCCL.new_uid()")

    def bcast(self) -> None:
        """Hands the first solver's weights to the others."""
        raise _one_solver("caffe.NCCL.bcast()")


class Timer:
    """A stopwatch: start(), stop(), then `ms`, the milliseconds between."""

    def __init__(self) -> None:
        self._begin: float | None = None
        self._seconds = 0.0

    def start(self) -> None:
        """Begins at zero."""
        self._begin = time.perf_counter()

    def stop(self) -> None:
        """Ends what start() began."""
        self._seconds = self._passed()
        self._begin = None

    def _passed(self) -> float:
        return self._seconds if self._begin is None else time.perf_counter() - self._begin

    @property
    def ms(self) -> float:
        """The milliseconds between start() and stop(), or so far."""
        return self._passed() * 1e3


def init_log(level: int = 0, stderr: bool = True) -> None:
    """Shows log lines from `level` on: 0 information, 1 warnings, 2 errors, 3 none but fatal
    ones. Without it there are warnings and errors, or what the environment asks for."""
    global _quiet
    del stderr  # the log goes to stderr, or where set_log_callback says
    check(lib.caffe_set_log_level(int(level) + 1))
    _quiet = False


@callback("void(int, const char *, void *)")
def _on_log(level: int, line: Any, user: Any) -> None:
    function = _log_function
    if function is not None:
        function(text(line))


def set_log_callback(function: Callable[[str], None] | None) -> None:
    """Hands each line of the log to `function`; None sends them to stderr again.

    Whoever asks for the lines gets information, too, unless init_log() or the environment said
    otherwise.
    It may be called from any thread; what it raises is printed and does not reach the library.
    """
    global _log_function
    if function is None:
        check(lib.caffe_set_log_callback(ffi.NULL, ffi.NULL))
        _log_function = None
    else:
        _log_function = function
        check(lib.caffe_set_log_callback(_on_log, ffi.NULL))
    if _quiet:
        level = lib.CAFFE_LOG_WARNING if function is None else lib.CAFFE_LOG_INFO
        check(lib.caffe_set_log_level(level))


def log(message: str) -> None:
    """Puts a line of one's own into the log, whatever init_log() asked for."""
    caller = sys._getframe(1)
    file = os.fsencode(caller.f_code.co_filename)
    line = str(message).replace("\0", "\\0").encode("utf-8", "replace")
    check(lib.caffe_log(lib.CAFFE_LOG_INFO, file, caller.f_lineno, line))
