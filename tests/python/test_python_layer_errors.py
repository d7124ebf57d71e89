"""caffe.python_layer: what layers raise, and what is wrong with them."""

from __future__ import annotations

import gc
import sys
import threading
import traceback
import weakref
from pathlib import Path

import caffe
import layers_for_tests
import numpy as np
import pytest
from caffe import python_layer
from python_nets import inputs, layer, learner, net_of

# ---- exceptions


class Odd(BaseException):
    """No Exception, and without words."""


@pytest.mark.parametrize("method", ["setup", "reshape", "forward", "backward"])
@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (ValueError, "\0, \udc80"),
        (KeyboardInterrupt, ""),
        (SystemExit, "3"),
        (Odd, ""),
        (KeyError, "k"),
    ],
)
def test_the_exception_itself_is_raised(method: str, kind: type[BaseException], words: str) -> None:
    layers_for_tests.Raises.what = what = kind(words)
    with pytest.raises(kind) as caught:
        net = net_of(inputs("x"), layer("Raises", method))
        net.forward()
        net.backward()
    assert caught.value is what
    frames = [frame.name for frame in traceback.extract_tb(what.__traceback__)]
    assert frames[-2:] == [method, "maybe"]
    assert frames[0] == "test_the_exception_itself_is_raised"
    if sys.version_info >= (3, 11):
        callback = {"setup": "create"}.get(method, method)
        (note,) = what.__notes__
        assert f'layer "Raises" (Python): {callback} callback' in note
    assert caffe.Net.from_text(inputs("x"), caffe.TEST).forward()["x"].shape == (4, 3)


def test_a_net_that_failed_is_not_left_behind() -> None:
    layers_for_tests.Raises.what = RuntimeError()  # the last one's traceback has a net
    gc.collect()
    before = len(python_layer._layers)
    for method in ("setup", "reshape", "forward"):
        layers_for_tests.Raises.what = failure = Odd(method)
        try:
            net_of(inputs("x"), layer("Twice"), layer("Raises", method, top="z")).forward()
        except Odd:
            pass
        layers_for_tests.Raises.what = RuntimeError()
        gone = weakref.ref(failure)
        del failure
        gc.collect()
        assert gone() is None
    assert len(python_layer._layers) == before


def test_a_net_goes_on_after_an_exception() -> None:
    net = net_of(inputs("x"), layer("Raises"))
    net.forward(x=np.ones((4, 3)))
    net.layers[1].param_str = "forward"
    layers_for_tests.Raises.what = ValueError()
    with pytest.raises(ValueError):
        net.forward()
    net.layers[1].param_str = ""
    assert net.forward(x=np.ones((4, 3)))["y"].sum() == 24


def test_an_exception_from_a_net_inside_a_layer() -> None:
    layers_for_tests.Raises.what = what = LookupError("deep")
    net = net_of(inputs("x"), layer("Nested", inputs("x") + layer("Raises", "forward")))
    with pytest.raises(LookupError) as caught:
        net.forward()
    assert caught.value is what
    names = [frame.name for frame in traceback.extract_tb(caught.tb)]
    assert names.count("_forward") >= 3
    inner = net.layers[1].net
    inner.layers[1].param_str = ""
    assert net.forward(x=np.ones((4, 3)))["y"].sum() == 24
    net.blobs["x"].reshape(2, 3)
    with pytest.raises(caffe.ShapeError, match="'x' is 4 x 3, the array 2 x 3"):
        net.forward()


def test_an_exception_ends_a_training_that_goes_on(tmp_path: Path) -> None:
    affine = layer("Raises", bottom="ip", top="y")
    text = learner(tmp_path, affine)
    solver = caffe.SGDSolver.from_text(text)
    solver.step(2)
    layers_for_tests.Raises.what = what = KeyboardInterrupt()
    for method in ("forward", "backward"):
        solver.net.layer_dict["Raises"].param_str = method
        with pytest.raises(KeyboardInterrupt) as caught:
            solver.step(3)
        assert caught.value is what
        assert solver.iter == 2
    solver.net.layer_dict["Raises"].param_str = ""
    solver.step(3)
    assert solver.iter == 5
    solver.test_nets[0].layer_dict["Raises"].param_str = "forward"
    with pytest.raises(KeyboardInterrupt):
        solver.test()


def test_ctrl_c_while_a_layer_runs(tmp_path: Path) -> None:
    """The handler runs in the layer's Python code: the iteration is given up, and nothing is left of
    the request to stop."""
    import signal

    solver = caffe.SGDSolver.from_text(learner(tmp_path, layer("Raises", bottom="ip", top="y")))
    mine = solver.net.layer_dict["Raises"]
    mine.maybe = lambda method: signal.raise_signal(signal.SIGINT)
    for _ in range(5):
        with pytest.raises(KeyboardInterrupt):
            solver.step(10)
    assert solver.iter == 0
    del mine.maybe
    solver.step(10)
    assert solver.iter == 10


def test_callbacks_errors_without_an_exception_are_told() -> None:
    with pytest.raises(caffe.CallbackError) as caught:
        caffe._library.lib.caffe_set_error(b"words of C")
        caffe._library.check(caffe._library.lib.CAFFE_CALLBACK)
    assert str(caught.value) == "words of C"


# ---- mistakes


@pytest.mark.parametrize(
    ("param", "error", "words"),
    [
        (
            'module: "no_such_mod" layer: "X"',
            caffe.NotFoundError,
            r"'no_such_mod'.* in /.*PYTHONPATH",
        ),
        ('module: "os.nothing" layer: "X"', caffe.NotFoundError, "no module 'os.nothing'"),
        (
            'module: "layers_for_tests" layer: "X"',
            caffe.NotFoundError,
            r"class 'X'.*layers_for_tests\.py",
        ),
        (
            'module: "layers_for_tests" layer: "not_a_class"',
            caffe.InvalidArgumentError,
            "not a subclass",
        ),
        ('module: "layers_for_tests"', caffe.InvalidArgumentError, "python_param.layer is missing"),
        ('layer: "X"', caffe.InvalidArgumentError, "python_param.module is missing"),
        (
            'module: "layers_for_tests" layer: "NoForward"',
            caffe.UnsupportedError,
            r"layers_for_tests\.NoForward has no method forward",
        ),
        (
            'module: "layers_for_tests" layer: "NoReshape"',
            caffe.UnsupportedError,
            "no method reshape",
        ),
    ],
)
def test_what_is_missing(param: str, error: type[caffe.Error], words: str) -> None:
    text = f'layer {{ name: "l" type: "Python" top: "y" python_param {{ {param} }} }}'
    with pytest.raises(error, match=words):
        caffe.Net.from_text(text, caffe.TEST)


def test_a_gradient_that_is_missing() -> None:
    net = net_of(inputs("x"), layer("NoBackward"))
    net.forward()
    with pytest.raises(caffe.UnsupportedError, match=r"NoBackward has no method backward"):
        net.backward()


def write_module(folder: Path, name: str, text: str) -> str:
    (folder / f"{name}.py").write_text(text)
    return f'layer {{ name: "l" type: "Python" top: "y" python_param {{ module: "{name}" layer: "X" }} }}'


X = """
import caffe
class X(caffe.Layer):
    def reshape(self, bottom, top): top[0].reshape(1)
    def forward(self, bottom, top): top[0].data[...] = 7
"""


def test_modules_of_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = write_module(tmp_path, "module_beside_the_prototxt", X)
    monkeypatch.chdir(tmp_path)
    path = list(sys.path)
    assert caffe.Net.from_text(text, caffe.TEST).forward()["y"][0] == 7
    assert sys.path == path


def test_modules_of_the_working_directory_in_two_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The directory is on the path until the last one has its module."""
    monkeypatch.chdir(tmp_path)
    threading.module_begins, threading.other_is_done = begins, done = (  # type: ignore[attr-defined]
        threading.Event(),
        threading.Event(),
    )
    first = write_module(tmp_path, "module_imported_first", "import module_of_a_module\n" + X)
    text = write_module(
        tmp_path,
        "module_imported_longer",
        "import threading\nthreading.module_begins.set()\nthreading.other_is_done.wait(300)\n"
        "import module_imported_late\n" + X,
    )
    (tmp_path / "module_of_a_module.py").write_text(
        "import threading\nthreading.module_begins.wait(300)\n"
    )
    (tmp_path / "module_imported_late.py").write_text("")
    path = list(sys.path)
    failures: list[BaseException] = []

    def run() -> None:
        try:
            caffe.Net.from_text(text, caffe.TEST)
        except BaseException as failure:  # noqa: BLE001
            failures.append(failure)

    starts_first = threading.Thread(target=caffe.Net.from_text, args=(first, caffe.TEST))
    starts_first.start()
    while str(tmp_path) not in sys.path:
        assert starts_first.is_alive()
    longer = threading.Thread(target=run)
    longer.start()
    assert begins.wait(300)
    starts_first.join()
    done.set()
    longer.join()
    assert not failures
    assert sys.path == path


def test_what_a_module_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = write_module(tmp_path, "module_wants_another", "import no_such_module_either\n")
    with pytest.raises(ModuleNotFoundError, match="no_such_module_either"):
        caffe.Net.from_text(text, caffe.TEST)
    text = write_module(tmp_path, "module_with_a_mistake", "def :\n")
    with pytest.raises(SyntaxError):
        caffe.Net.from_text(text, caffe.TEST)


def test_exceptions_stay_in_their_threads() -> None:
    caught: dict[str, BaseException] = {}
    barrier = threading.Barrier(3)

    def run(name: str) -> None:
        net = net_of(inputs("x"), layer("Twice"))
        failure = ValueError(name)

        def fail(index: int) -> None:
            barrier.wait()
            raise failure

        net.before_forward(fail)
        try:
            net.forward()
        except ValueError as error:
            if error is failure:
                caught[name] = error

    threads = [threading.Thread(target=run, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(caught) == ["a", "b", "c"]
