"""caffe.python_layer: layers written in Python, in nets and solvers."""

from __future__ import annotations

import gc
import os
import re
import subprocess
import sys
import threading
import traceback
import weakref
from pathlib import Path

import caffe
import layers_for_tests
import numpy as np
import pytest
from caffe import layers as L
from caffe import python_layer


def layer(kind: str, param_str: str = "", more: str = "", bottom: str = "x", top: str = "y") -> str:
    """The prototxt of one layer of layers_for_tests."""
    bottoms = " ".join(f'bottom: "{name}"' for name in bottom.split())
    tops = " ".join(f'top: "{name}"' for name in top.split())
    quoted = param_str.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return (
        f'layer {{ name: "{kind}" type: "Python" {bottoms} {tops} python_param {{ '
        f'module: "layers_for_tests" layer: "{kind}" param_str: "{quoted}" }} {more} }}\n'
    )


def inputs(*names: str, shape: tuple[int, ...] = (4, 3)) -> str:
    dims = " ".join(f"dim: {dim}" for dim in shape)
    tops = " ".join(f'top: "{name}"' for name in names)
    return f'layer {{ name: "in" type: "Input" {tops} input_param {{ shape {{ {dims} }} }} }}\n'


def net_of(*parts: str, phase: int = caffe.TEST, **options: object) -> caffe.Net:
    return caffe.Net.from_text("force_backward: true\n" + "".join(parts), phase, **options)


def twice(**options: object) -> caffe.Net:
    return net_of(inputs("x"), layer("Twice"), **options)


# ---- as people write them


def test_a_loss_layer() -> None:
    loss = layer("EuclideanLoss", more="loss_weight: 1", bottom="a b", top="loss")
    net = net_of(inputs("a", "b"), loss)
    a, b = np.random.RandomState(0).randn(2, 4, 3).astype(np.float32)
    assert net.forward(a=a, b=b)["loss"][0] == pytest.approx(((a - b) ** 2).sum() / 8, rel=1e-5)
    assert net.blob_loss_weights["loss"] == 1
    assert net._forward(0, 1) == pytest.approx(((a - b) ** 2).sum() / 8, rel=1e-5)
    gradients = net.backward()
    np.testing.assert_allclose(gradients["a"], (a - b) / 4, rtol=1e-5)
    np.testing.assert_allclose(gradients["b"], (b - a) / 4, rtol=1e-5)


def test_loss_weight_is_in_the_diff() -> None:
    net = net_of(inputs("x"), layer("Twice", more="loss_weight: 0.5"))
    assert net.forward(x=np.ones((4, 3)))["y"].sum() == 24
    np.testing.assert_array_equal(net.backward()["x"], np.full((4, 3), 1.0))


def learner(tmp_path: Path, *more: str) -> str:
    """A solver whose net finds out that the label is the sum of the data; with further layers that
    make "y" of "ip"."""
    data = layer("Batches", '{"batch_size": 8, "seed": 3}', bottom="", top="data label")
    ip = """layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
      inner_product_param { num_output: 1 weight_filler { type: "xavier" } } }\n"""
    loss = layer(
        "EuclideanLoss", more="loss_weight: 1", bottom="y label" if more else "ip label", top="loss"
    )
    (tmp_path / "net.prototxt").write_text("".join([data, ip, *more, loss]))
    return (
        f'net: "{tmp_path}/net.prototxt" base_lr: 0.1 lr_policy: "fixed" display: 0 max_iter: 200 '
        f'snapshot_prefix: "{tmp_path}/s" test_iter: 2 test_interval: 50 random_seed: 3 '
    )


def test_training_with_data_and_loss_in_python(tmp_path: Path) -> None:
    solver = caffe.SGDSolver.from_text(learner(tmp_path))
    solver.step(100)
    np.testing.assert_allclose(solver.net.params["ip"][0].data, np.ones((1, 3)), atol=0.02)
    assert solver.test_nets[0].forward()["loss"][0] < 0.01


def test_sizes_known_in_reshape() -> None:
    pool = """layer { name: "p" type: "Pooling" bottom: "image" top: "p"
      pooling_param { global_pooling: true pool: AVE } }\n"""
    net = net_of(layer("Images", "1", bottom="", top="image"), pool)
    for i in (1, 2, 3):
        np.testing.assert_array_equal(net.forward()["p"], np.full((1, 2, 1, 1), i))
        assert net.blobs["image"].shape == (1, 2, 4 + i, 5)


def test_sizes_known_in_forward() -> None:
    flat = 'layer { name: "f" type: "Flatten" bottom: "rois" top: "f" }\n'
    net = net_of(inputs("x"), layer("Regions", top="rois"), flat, phase=caffe.TRAIN)
    x = np.zeros((4, 3))
    x.flat[[2, 5, 7]] = 1
    assert net.forward(x=x)["f"].tolist() == [[0, i, i, i + 1, i + 1] for i in (2, 5, 7)]
    assert net.forward(x=-x)["f"].shape == (0, 5)
    net.layers[1].set_roidb(np.ones((2, 5)))
    assert net.forward(x=x)["f"].shape == (5, 5)


def test_what_a_layer_has() -> None:
    for phase in (caffe.TRAIN, caffe.TEST):
        net = net_of(inputs("x"), layer("Phase", "some: text\n"), phase=phase)
        assert (net.forward()["y"] == phase).all()
        mine = net.layers[1]
        assert type(mine) is layers_for_tests.Phase
        assert mine is net.layer_dict["Phase"]
        assert mine.phase == phase
        assert mine.param_str == mine.param_str_ == "some: text\n"
    assert "Python" in caffe.layer_type_list()


def test_attributes_of_a_layers_own() -> None:
    mine = twice().layers[1]
    assert (mine.name, mine.type, mine.prototxt) == ("mine", "too", "as well")
    other = net_of(inputs("x"), layer("Phase")).layers[0]
    assert (other.name, other.type) == ("in", "Input")
    assert other.prototxt.startswith('name: "in"')


def test_share_in_parallel_is_taken() -> None:
    text = layer("Twice").replace("param_str", "share_in_parallel: true param_str")
    assert net_of(inputs("x"), text).forward(x=np.ones((4, 3)))["y"].sum() == 24


def test_written_as_a_net_spec() -> None:
    n = caffe.NetSpec()
    n.x = L.Input(shape={"dim": [4, 3]})
    n.y = L.Python(n.x, module="layers_for_tests", layer="Affine", param_str='{"w": 3}')
    n.a, n.b = L.Python(
        ntop=2,
        python_param={
            "module": "layers_for_tests",
            "layer": "Batches",
            "param_str": "{'batch_size': 2, 'seed': 0}",
        },
    )
    proto = n.to_proto()
    assert proto.layer[1].python_param.param_str == '{"w": 3}'
    net = caffe.Net.from_text(proto, caffe.TEST)
    assert net.forward(x=np.ones((4, 3)))["y"].sum() == 36
    assert net.blobs["b"].shape == (2, 1)


def test_the_manual_s_layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/python.md").read_text()
    section = page.split("## Layers in Python")[1]
    code, prototxt = re.findall(r"^```\w*\n(.*?)^```", section, re.DOTALL | re.MULTILINE)[:2]
    (tmp_path / "my_layers.py").write_text(code)
    monkeypatch.chdir(tmp_path)
    net = net_of(inputs("x"), prototxt)
    assert net.forward(x=np.ones((4, 3)))["y"].sum() == 24
    assert net.backward(y=np.ones((4, 3)))["x"].sum() == 24


# ---- parameters


def test_parameters_learn_and_are_saved(tmp_path: Path) -> None:
    affine = layer("Affine", '{"w": 0.5}', bottom="ip", top="y")
    text = learner(tmp_path, affine).replace("max_iter: 200", "max_iter: 60")
    net_file = tmp_path / "net.prototxt"
    solver = caffe.SGDSolver.from_text(text)
    solver.solve()
    weight, bias = solver.net.params["Affine"]
    assert weight.data[0] != 0.5
    assert bias.data[0] != 0
    np.testing.assert_allclose(
        weight.data[0] * solver.net.params["ip"][0].data, np.ones((1, 3)), atol=0.05
    )
    other = caffe.Net(net_file, f"{tmp_path}/s_iter_60.caffemodel", caffe.TEST)
    assert other.params["Affine"][0].data[0] == weight.data[0]
    assert other.layer_dict["Affine"].blobs[0].data[0] == weight.data[0]
    other.save(tmp_path / "w.h5")
    third = caffe.Net(net_file, str(tmp_path / "w.h5"), caffe.TEST)
    assert third.params["Affine"][1].data[0] == bias.data[0]


def test_parameters_are_shared_by_clones() -> None:
    net = net_of(inputs("x"), layer("Affine", '{"w": 2}'))
    clone = net.clone()
    assert clone.layers[1] is not net.layers[1]
    net.params["Affine"][0].data[...] = 5
    assert clone.forward(x=np.ones((4, 3)))["y"].sum() == 60


def test_parameters_by_a_filler_and_in_setup_only() -> None:
    net = net_of(inputs("x"), layer("Filled"), seed=1)
    values = net.params["Filled"][0].data
    assert values.shape == (4, 4)
    assert 0.5 < values.std() < 4
    with pytest.raises(caffe.StateError, match="in `create` only"):
        net.forward()


def test_parameters_outlive_the_net() -> None:
    weight = net_of(inputs("x"), layer("Affine", '{"w": 2}')).params["Affine"][0]
    gc.collect()
    assert weight.data[0] == 2


# ---- memory


def test_views_that_are_kept() -> None:
    net = twice()
    for i in range(3):
        net.forward(x=np.full((4, 3), i))
        np.testing.assert_array_equal(net.blobs["y"].data, np.full((4, 3), 2 * i))
    net.blobs["x"].reshape(7, 3)
    assert net.forward(x=np.ones((7, 3)))["y"].shape == (7, 3)
    net.blobs["x"].reshape(4, 3)
    assert net.forward(x=np.ones((4, 3)))["y"].sum() == 24


@pytest.mark.parametrize("backend", ["cpu", "reference"])
def test_between_layers_of_another_memory_order(backend: str) -> None:
    def conv(name: str, bottom: str) -> str:
        return f"""layer {{ name: "{name}" type: "Convolution" bottom: "{bottom}" top: "{name}"
          convolution_param {{ num_output: 16 kernel_size: 3 bias_term: false
                               weight_filler {{ type: "xavier" }} }} }}\n"""

    parts = [inputs("x", shape=(2, 16, 12, 12)), conv("c1", "x"), conv("c2", "y")]
    parts.insert(2, layer("Twice", bottom="c1"))
    net = net_of(*parts, backend=backend, seed=5)
    plain = net_of(
        parts[0],
        parts[1],
        'layer { name: "s" type: "Power" bottom: "c1" top: "y" power_param { scale: 2 } }\n',
        parts[3],
        backend=backend,
    )
    plain.share_with(net)
    for i in range(3):
        x = np.random.RandomState(i).randn(2, 16, 12, 12)
        expected = plain.forward(x=x)["c2"]
        np.testing.assert_allclose(net.forward(x=x)["c2"], expected, rtol=1e-4, atol=1e-5)
        gradient = np.random.RandomState(i).randn(*expected.shape)
        expected = plain.backward(c2=gradient)["x"]
        np.testing.assert_allclose(net.backward(c2=gradient)["x"], expected, rtol=1e-4, atol=1e-4)


def test_nothing_is_left_behind() -> None:
    before = len(python_layer._layers)
    net = twice()
    net.forward()
    mine = weakref.ref(net.layers[1])
    view = net.blobs["y"].data
    assert len(python_layer._layers) == before + 1
    del net
    gc.collect()
    assert mine() is None
    assert len(python_layer._layers) == before
    assert view.shape == (4, 3)


def test_a_net_that_failed_is_not_left_behind() -> None:
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


def test_nets_alive_when_the_interpreter_ends(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        f"import sys; sys.path.append({str(Path(__file__).parent)!r})\n"
        "import caffe, layers_for_tests\n"
        f"net = caffe.Net.from_text({inputs('x') + layer('Twice')!r}, caffe.TEST)\n"
        "class Holder: pass\n"
        "holder = Holder(); holder.me = holder; holder.net = net.clone()\n"
        "caffe.extra = net.clone(); layers_for_tests.extra = net.clone()\n"
        "net.after_forward(lambda i: net)\n"
        "net.forward()\n"
        "print('end')\n"
    )
    done = subprocess.run(
        [sys.executable, program],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "CAFFE_LOG_LEVEL": "4"},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "end\n", "")


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


def test_what_a_module_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = write_module(tmp_path, "module_wants_another", "import no_such_module_either\n")
    with pytest.raises(ModuleNotFoundError, match="no_such_module_either"):
        caffe.Net.from_text(text, caffe.TEST)
    text = write_module(tmp_path, "module_with_a_mistake", "def :\n")
    with pytest.raises(SyntaxError):
        caffe.Net.from_text(text, caffe.TEST)


# ---- threads


def test_nets_in_threads() -> None:
    nets = [twice() for _ in range(4)]
    failures: list[object] = []

    def run(net: caffe.Net, value: int) -> None:
        for i in range(50):
            found = net.forward(x=np.full((4, 3), value + i))["y"]
            if not (found == 2 * (value + i)).all():
                failures.append(found)

    threads = [threading.Thread(target=run, args=(net, 100 * i)) for i, net in enumerate(nets)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


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


# ---- the command


def test_the_package_s_command_runs_them(tmp_path: Path) -> None:
    solver = tmp_path / "solver.prototxt"
    solver.write_text(learner(tmp_path).replace("max_iter: 200", "max_iter: 4"))
    (tmp_path / "layers_for_tests.py").write_text(Path(layers_for_tests.__file__).read_text())

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "caffe", "train", f"-solver={solver}"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    done = run()
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "s_iter_4.caffemodel").exists()
    module = tmp_path / "layers_for_tests.py"
    module.write_text(module.read_text().replace("self.diff[...] =", "self.diff[...] = 1 / 0 +"))
    done = run()
    assert done.returncode == 1
    assert 'layer "EuclideanLoss" (Python): forward callback: ZeroDivisionError' in done.stderr
    assert done.stderr.rstrip().splitlines()[-1].startswith("ZeroDivisionError: ")
    assert f'File "{module}"' in done.stderr
