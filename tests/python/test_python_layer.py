"""caffe.python_layer: layers written in Python, in nets and solvers."""

from __future__ import annotations

import gc
import os
import re
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import caffe
import layers_for_tests
import numpy as np
import pytest
from caffe import layers as L
from caffe import python_layer
from python_nets import inputs, layer, learner, net_of, twice

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
    gc.collect()
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
