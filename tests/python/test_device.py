"""Nets on another device than the host: what crosses the border, and that nothing else changes.

The device is the tests' own, which runs the reference's kernels in memory that the host cannot touch."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import caffe
import h5py
import numpy as np
import pytest
from caffe.proto import caffe_pb2
from google.protobuf import text_format
from shrunken import shrunken

DEVICE = "emulated:0"

# What falls to the host in a forward of the models' nets, by layer type: it sorts.
FALLS = {"DetectionOutput"}


@pytest.fixture(scope="module", autouse=True)
def module_path() -> Iterator[None]:
    """The device's module lies beside the tests' programs."""
    if os.environ.get("CAFFE_MODULE_PATH", "").count("tests") == 0:
        pytest.skip("run by scripts/run_in, which says where the emulated device is")
    yield


def counted() -> dict[str, int]:
    info = caffe.device_info(DEVICE)
    return {key: int(info[key]) for key in ("uploads", "downloads", "bytes_up", "bytes_down", "bytes")}


def crossed(before: dict[str, int]) -> dict[str, int]:
    return {key: value - before[key] for key, value in counted().items()}


def fill_inputs(net: caffe.Net, seed: int) -> None:
    generator = np.random.default_rng(seed)
    for name in net.inputs:
        shape = net.blobs[name].data.shape
        net.blobs[name].data[...] = generator.random(shape, np.float32)


def test_a_net_moves_there_and_back() -> None:
    net = caffe.Net("models/lenet/deploy.prototxt", caffe.TEST, seed=1, device="cpu")
    fill_inputs(net, 1)
    expected = net.forward()["prob"].copy()
    for device in (DEVICE, "cpu", DEVICE):
        net.set_device(device)
        assert net.device == device
        np.testing.assert_allclose(net.forward()["prob"], expected, rtol=1e-5, atol=1e-7)


def test_memory_is_given_back() -> None:
    before = counted()["bytes"]
    net = caffe.Net("models/lenet/deploy.prototxt", caffe.TEST, seed=1, device=DEVICE)
    net.forward()
    assert counted()["bytes"] > before
    del net
    assert counted()["bytes"] == before


def small(path: Path) -> caffe_pb2.NetParameter:
    """A definition of the models, all of its layers, with few channels and a batch of one."""
    net = shrunken(path, width=4, above=16)
    for layer in net.layer:
        for shape in layer.input_param.shape:
            shape.dim[0] = 1
    for shape in net.input_shape:
        shape.dim[0] = 1
    return net


def deploy_definitions() -> list[Path]:
    return [path for path in sorted(Path("models").glob("*/deploy.prototxt")) if '"Python"' not in path.read_text()]


@pytest.mark.parametrize("path", deploy_definitions(), ids=lambda path: path.parent.name)
def test_a_forward_copies_inputs_and_looked_at_outputs_only(path: Path) -> None:
    net = caffe.Net.from_text(small(path), caffe.TEST, seed=1, device=DEVICE)
    falls = {layer.type for layer in net.layers} & FALLS
    fill_inputs(net, 1)
    net._forward(0, len(net.layers) - 1)  # weights go up once
    fill_inputs(net, 2)
    before = counted()
    net._forward(0, len(net.layers) - 1)
    for name in net.outputs:
        net.blobs[name].data.sum()
    moved = crossed(before)
    # What falls reads its bottoms on the host.
    allowed = sum(len(net.bottom_names[layer.name]) for layer in net.layers if layer.type in falls)
    assert moved["uploads"] <= len(net.inputs)
    assert moved["downloads"] <= len(net.outputs) + allowed


TRAINED = {"lenet": (1, 28), "cifar10_full": (3, 32), "bvlc_reference_caffenet": (3, 227),
           "bvlc_googlenet": (3, 224), "resnet_50": (3, 224), "mobilenet_v1": (3, 224)}


def trained(name: str) -> caffe_pb2.NetParameter:
    """The net that is trained, on values that are made once."""
    channels, size = TRAINED[name]
    net = small(Path(f"models/{name}/train_val.prototxt"))
    layers = [layer for layer in net.layer if layer.type != "Data"
              and not any(rule.HasField("phase") and rule.phase == caffe.TEST for rule in layer.include)]
    del net.layer[:]
    data = net.layer.add(name="data", type="DummyData", top=["data", "label"])
    data.dummy_data_param.shape.add(dim=[2, channels, size, size])
    data.dummy_data_param.shape.add(dim=[2])
    for value in (0.5, 1):
        data.dummy_data_param.data_filler.add(type="constant", value=value)
    net.layer.extend(layers)
    return net


def solver_of(name: str, **options: Any) -> caffe.Solver:
    param = caffe_pb2.SolverParameter(base_lr=0.001, lr_policy="fixed", momentum=0.9, weight_decay=0.0005, display=0,
                                      random_seed=1, max_iter=100, solver_mode=caffe_pb2.SolverParameter.CPU)
    param.net_param.CopyFrom(trained(name))
    return caffe.get_solver(param, net=options)


@pytest.mark.parametrize("name", TRAINED)
def test_a_step_downloads_the_losses_only(name: str) -> None:
    solver = solver_of(name, device=DEVICE)
    solver.step(1)
    before = counted()
    solver.step(1)
    moved = crossed(before)
    losses = sum(weight != 0 for weight in solver.net.blob_loss_weights.values())
    assert moved["downloads"] == losses
    assert moved["bytes_down"] == 4 * losses
    assert moved["uploads"] <= losses  # what each makes of the labels


def losses_of(solver: caffe.Solver, steps: int) -> list[float]:
    losses = []
    for _ in range(steps):
        solver.step(1)
        losses.append(float(solver.net.blobs["loss"].data))
    return losses


def mnist_solver(folder: Path, **options: Any) -> caffe.Solver:
    """LeNet on random digits of which each class is a place of light."""
    generator = np.random.default_rng(3)
    labels = generator.integers(0, 10, 640)
    images = generator.random((640, 1, 28, 28)) * 0.3
    for image, label in zip(images, labels):
        image[0, 2 * label:2 * label + 6, 4:24] += 0.7
    with h5py.File(folder / "digits.h5", "w") as file:
        file["data"], file["label"] = images.astype(np.float32), labels.astype(np.float32)
    (folder / "digits.txt").write_text(str(folder / "digits.h5"))
    net = caffe_pb2.NetParameter()
    text_format.Parse(Path("models/lenet/train_val.prototxt").read_text(), net)
    layers = [layer for layer in net.layer if layer.type not in ("Data", "Accuracy")]
    del net.layer[:]
    data = net.layer.add(name="data", type="HDF5Data", top=["data", "label"])
    data.hdf5_data_param.source, data.hdf5_data_param.batch_size = str(folder / "digits.txt"), 16
    net.layer.extend(layers)
    param = caffe_pb2.SolverParameter(base_lr=0.01, lr_policy="inv", gamma=0.0001, power=0.75, momentum=0.9,
                                      weight_decay=0.0005, random_seed=1, display=0, max_iter=1000,
                                      snapshot_prefix=str(folder / "snapshot"))
    param.net_param.CopyFrom(net)
    return caffe.get_solver(param, net=options)


def test_lenet_trains_to_the_same_losses(tmp_path: Path) -> None:
    expected = losses_of(mnist_solver(tmp_path, backend="reference"), 100)
    losses = losses_of(mnist_solver(tmp_path, device=DEVICE), 100)
    np.testing.assert_allclose(losses, expected, rtol=1e-3, atol=1e-4)
    assert losses[-1] < losses[0] / 2


def test_a_net_that_moves_goes_on_to_the_same_losses(tmp_path: Path) -> None:
    expected = losses_of(mnist_solver(tmp_path, device="cpu"), 12)
    solver = mnist_solver(tmp_path, device="cpu")
    losses = []
    for device in (DEVICE, "cpu", DEVICE, "cpu"):
        solver.net.set_device(device)
        losses += losses_of(solver, 3)
    np.testing.assert_allclose(losses, expected, rtol=1e-3, atol=1e-4)


def test_a_snapshot_crosses_devices(tmp_path: Path) -> None:
    expected = losses_of(mnist_solver(tmp_path, device="cpu"), 6)
    solver = mnist_solver(tmp_path, device=DEVICE)
    losses = losses_of(solver, 3)
    solver.snapshot()
    other = mnist_solver(tmp_path, device="cpu")
    other.restore(str(tmp_path / "snapshot_iter_3.solverstate"))
    losses += losses_of(other, 3)
    np.testing.assert_allclose(losses, expected, rtol=1e-3, atol=1e-4)


def test_nets_on_two_devices_share_weights() -> None:
    here = caffe.Net("models/lenet/deploy.prototxt", caffe.TEST, seed=1, device="cpu")
    there = caffe.Net("models/lenet/deploy.prototxt", caffe.TEST, seed=2, device=DEVICE)
    there.share_with(here)
    for net in (here, there):
        fill_inputs(net, 1)
    for change in (1.0, 1.5):
        here.params["ip2"][0].data[...] *= change
        np.testing.assert_allclose(there.forward()["prob"], here.forward()["prob"], rtol=1e-4, atol=1e-6)


def test_gpus_are_asked_for_by_number() -> None:
    script = f"""
import caffe
assert caffe.get_device() == {DEVICE!r}
caffe.set_mode_cpu()
assert caffe.get_device() == "cpu"
caffe.set_device(0)
assert caffe.get_device() == "cpu"
caffe.set_mode_gpu()
assert caffe.get_device() == {DEVICE!r}
try:
    caffe.set_device(7)
except caffe.UnsupportedError as error:
    assert "there is 1 of kind" in str(error), error
else:
    raise AssertionError
assert caffe.devices() == ["cpu", {DEVICE!r}]
"""
    environment = {**os.environ, "CAFFE_DEVICE": DEVICE}
    subprocess.run([sys.executable, "-c", script], env=environment, check=True)


def test_time_counts_what_goes_up_and_down(tmp_path: Path) -> None:
    environment = {**os.environ, "CAFFE_DEVICE": DEVICE}
    report = tmp_path / "time.json"
    command = ["caffe", "time", "-gpu", "0", "-model", "models/lenet/deploy.prototxt", "-phase", "TEST", "-iterations", "2",
               "-json", str(report)]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert "Use GPU with device ID 0" in done.stderr
    told = json.loads(report.read_text())
    assert told["device"] == DEVICE
    assert all(layer["downloads"] == 0 for layer in told["layers"])


def test_a_device_that_is_named_wrongly(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(caffe.UnsupportedError, match='there is 1 of kind "emulated"'):
        caffe.Net("models/lenet/deploy.prototxt", caffe.TEST, device="emulated:1")
    with pytest.raises(caffe.Error, match="chooses among the kernels of the device"):
        caffe.Net("models/lenet/deploy.prototxt", caffe.TEST, device=DEVICE, backend="cpu")
    monkeypatch.setenv("CAFFE_DEVICE", "abacus")
    with pytest.raises(caffe.Error, match='CAFFE_DEVICE: "abacus" is not the name of a device'):
        caffe.Net("models/lenet/deploy.prototxt", caffe.TEST)
