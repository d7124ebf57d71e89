"""Children made by os.fork() and by multiprocessing, which run nets that they inherit and their own."""

from __future__ import annotations

import multiprocessing
import os
import signal
import struct
import subprocess
import sys
import threading
import traceback
from pathlib import Path
from typing import Callable

import caffe
import numpy as np
import pytest
from PIL import Image

SMALL = """
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 4 dim: 2 dim: 8 dim: 8 } } }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
  convolution_param { num_output: 3 kernel_size: 3 weight_filler { type: "xavier" } } }
layer { name: "ip" type: "InnerProduct" bottom: "conv" top: "ip"
  inner_product_param { num_output: 50 weight_filler { type: "xavier" } } }
layer { name: "prob" type: "Softmax" bottom: "ip" top: "prob" }
"""
LEARNER = """
layer { name: "data" type: "DummyData" top: "x" top: "y"
  dummy_data_param { shape { dim: 64 dim: 100 } shape { dim: 64 dim: 20 } data_filler { type: "gaussian" } } }
layer { name: "ip" type: "InnerProduct" bottom: "x" top: "ip"
  inner_product_param { num_output: 20 weight_filler { type: "xavier" } } }
layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "y" top: "loss" }
"""
RECORDS = 50


def in_child(body: Callable[[], None]) -> None:
    """Runs `body` in a child; one that is not done after five minutes hangs."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        words = b"the child's body did not end"
        try:
            signal.alarm(300)
            os.close(reader)
            body()
            words = b""
        except BaseException:  # noqa: BLE001  told to the parent
            words = traceback.format_exc().encode()
        finally:
            os.write(writer, words)
            os._exit(len(words) > 0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        words = pipe.read()
    _, status = os.waitpid(child, 0)
    assert status == 0, words.decode() or f"the child ended with status {status}"


def predict(seed: int) -> np.ndarray:
    caffe.set_num_threads(2)
    net = caffe.Net.from_text(SMALL, caffe.TEST, seed=seed, convolution="direct")
    net.blobs["data"].data[...] = 1
    return net.forward()["prob"].copy()


def train(steps: int) -> float:
    solver = caffe.Solver.from_text(
        f'net_param {{ {LEARNER} }} base_lr: 0.001 lr_policy: "fixed" max_iter: 100 display: 0 random_seed: 3'
    )
    solver.step(steps)
    return solver.loss


@pytest.fixture
def two_threads():
    caffe.set_num_threads(2)
    yield
    caffe.set_num_threads(0)


def test_a_pool_of_processes(two_threads: None) -> None:
    expected, loss = predict(1), train(5)
    with multiprocessing.get_context("fork").Pool(3) as pool:
        found = pool.map_async(predict, [1] * 6).get(300)
        losses = pool.map_async(train, [5] * 6).get(300)
    for each in found:
        np.testing.assert_array_equal(each, expected)
    assert losses == [loss] * 6
    np.testing.assert_array_equal(predict(1), expected)


def test_an_inherited_net(net: caffe.Net, images: np.ndarray, two_threads: None) -> None:
    expected = net.forward(data=images)["prob"].copy()

    def body() -> None:
        np.testing.assert_array_equal(net.forward(data=images)["prob"], expected)
        np.testing.assert_array_equal(net.clone().forward(data=images)["prob"], expected)
        net.backward(prob=np.ones_like(expected))
        in_child(lambda: np.testing.assert_array_equal(net.forward(data=images)["prob"], expected))

    in_child(body)
    np.testing.assert_array_equal(net.forward(data=images)["prob"], expected)


def test_a_child_that_a_callback_has_made_trains_on(solver_file: Path) -> None:
    solver = caffe.get_solver(solver_file)
    children: list[int] = []

    def fork() -> None:
        if solver.iter == 3 and not children:
            children.append(os.fork())

    solver.add_callback(after_step=fork)
    try:
        solver.step(10)
        weights = solver.net.params["ip2"][0].data
        expected = solver_file.with_suffix(".npy")
        if children == [0]:
            signal.alarm(300)
            np.save(expected, weights)
    finally:
        if children == [0]:
            os._exit(0)
    assert os.waitpid(children[0], 0)[1] == 0
    np.testing.assert_array_equal(np.load(expected), weights)


def test_ctrl_c_reaches_a_parent_whose_child_has_ended_its_training(solver_file: Path) -> None:
    """And the child, whose own it is: the pipes that signals wake are not shared."""
    script = """
import os, signal, sys
import caffe
solver = caffe.get_solver(sys.argv[1])
state = {}

def step():
    if solver.iter == 2 and "child" not in state:
        state["child"] = os.fork()
        if state["child"]:
            state["status"] = os.waitpid(state["child"], 0)[1]
    elif solver.iter == 4:
        os.kill(os.getpid(), signal.SIGINT)

solver.add_callback(after_step=step)
signal.alarm(300)
try:
    solver.step(1_000_000_000)
except KeyboardInterrupt:
    if state["child"]:
        print("parent", state["status"], flush=True)
    else:
        print("child", flush=True)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(solver_file)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines() == ["child", "parent 0"], done.stderr


def write_idx(folder: Path) -> tuple[Path, Path]:
    images, labels = folder / "images", folder / "labels"
    pixels = np.arange(RECORDS, dtype=np.uint8)
    images.write_bytes(struct.pack(">4I", 0x803, RECORDS, 1, 1) + pixels.tobytes())
    labels.write_bytes(struct.pack(">2I", 0x801, RECORDS) + pixels.tobytes())
    return images, labels


@pytest.fixture(params=["LMDB", "LEVELDB"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A Data layer over records whose labels count up."""
    command = [
        sys.executable,
        "-m",
        "caffe",
        "convert_mnist_data",
        f"-backend={request.param.lower()}",
    ]
    done = subprocess.run(
        [*command, *write_idx(tmp_path), tmp_path / "db"],
        check=False,
        capture_output=True,
        text=True,
    )
    if "is not installed" in done.stderr:
        pytest.skip("there is no module of that kind")
    assert done.returncode == 0, done.stderr
    return f"""layer {{ name: "d" type: "Data" top: "data" top: "label"
      data_param {{ source: "{tmp_path}/db" batch_size: 4 backend: {request.param} }} }}"""


def labels_of(net: caffe.Net, passes: int) -> list[int]:
    return [int(label) for _ in range(passes) for label in net.forward()["label"].reshape(-1)]


def counted(first: int, passes: int) -> list[int]:
    return [(4 * first + i) % RECORDS for i in range(4 * passes)]


def test_data_goes_on_where_it_was(database: str) -> None:
    net = caffe.Net.from_text(database, caffe.TEST)
    assert labels_of(net, 3) == counted(0, 3)

    def grandchild() -> None:
        assert labels_of(net, 20) == counted(23, 20)

    def body() -> None:
        assert labels_of(net, 20) == counted(3, 20)
        in_child(grandchild)
        assert labels_of(net, 20) == counted(23, 20)
        own = caffe.Net.from_text(database, caffe.TEST)
        assert labels_of(own, 5) == counted(0, 5)

    for _ in range(3):
        in_child(body)
    assert labels_of(net, 20) == counted(3, 20)


@pytest.mark.parametrize("end", ["del net", "net.forward()", "pass"])
def test_children_end_as_usual(database: str, end: str) -> None:
    """With a net whose thread is their parent's: it is destroyed, or left behind."""
    script = f"""
import os, signal, sys
import caffe
net = caffe.Net.from_text(sys.argv[1], caffe.TEST)
net.forward()
child = os.fork()
signal.alarm(300)
if child == 0:
    {end}
    sys.exit(7)
print(os.waitpid(child, 0)[1] >> 8)
net.forward()
"""
    done = subprocess.run(
        [sys.executable, "-c", script, database], check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "7\n"), done.stderr


def test_a_database_that_is_gone_is_an_error_in_the_child(database: str, tmp_path: Path) -> None:
    net = caffe.Net.from_text(database, caffe.TEST)
    net.forward()
    (tmp_path / "db").rename(tmp_path / "elsewhere")

    def body() -> None:
        with pytest.raises(caffe.FileError, match="db"):
            net.forward()
        (tmp_path / "elsewhere").rename(tmp_path / "db")
        assert labels_of(net, 1) == counted(1, 1)

    in_child(body)


def test_images_are_shuffled_alike(tmp_path: Path) -> None:
    lines = [f"{tmp_path}/{i}.png {i}" for i in range(7)]
    for i in range(7):
        Image.new("RGB", (2, 2)).save(tmp_path / f"{i}.png")
    (tmp_path / "list").write_text("\n".join(lines) + "\n")
    text = f"""layer {{ name: "d" type: "ImageData" top: "data" top: "label"
      image_data_param {{ source: "{tmp_path}/list" batch_size: 4 shuffle: true }} }}"""
    expected = labels_of(caffe.Net.from_text(text, caffe.TRAIN, seed=5), 30)
    net = caffe.Net.from_text(text, caffe.TRAIN, seed=5)
    labels_of(net, 2)

    def body() -> None:
        assert labels_of(net, 28) == expected[8:]

    in_child(body)
    body()


def test_hdf5_is_read_and_written(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["data"], file["label"] = np.arange(60.0).reshape(20, 3), np.arange(20.0)
    (tmp_path / "list").write_text(f"{tmp_path}/x.h5\n")
    text = f"""layer {{ name: "d" type: "HDF5Data" top: "data" top: "label"
      hdf5_data_param {{ source: "{tmp_path}/list" batch_size: 4 }} }}
    layer {{ name: "o" type: "HDF5Output" bottom: "data" bottom: "label"
      hdf5_output_param {{ file_name: "{tmp_path}/out.h5" }} }}"""
    net = caffe.Net.from_text(text, caffe.TEST)
    for _ in range(3):  # the third pass's items are only written when there are more, or at the end
        net.forward()

    def rows() -> int:
        with h5py.File(tmp_path / "out.h5", "r") as file:
            return len(file["label"])

    assert rows() == 8

    def destroy() -> None:
        nonlocal net
        del net
        assert rows() == 8  # it is the parent's to write

    def go_on() -> None:
        net.forward()
        np.testing.assert_array_equal(net.blobs["label"].data.reshape(-1), [12, 13, 14, 15])
        assert rows() == 16

    in_child(destroy)
    in_child(go_on)
    go_on()


def test_a_net_that_another_thread_runs_stays_with_it() -> None:
    begun, end = threading.Event(), threading.Event()
    net = caffe.Net.from_text(SMALL, caffe.TEST)

    def wait(layer: int) -> None:
        begun.set()
        end.wait()

    net.before_forward(wait)
    thread = threading.Thread(target=net.forward)
    thread.start()
    begun.wait()
    try:

        def body() -> None:
            with pytest.raises(caffe.StateError, match="when this process was forked"):
                net.forward()
            predict(1)

        in_child(body)
    finally:
        end.set()
        thread.join()
    caffe.set_num_threads(0)
