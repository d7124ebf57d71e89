"""Snapshots: what is on the disk is whole at any moment, and a training goes on from it to the same bits."""
from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from caffe.proto import caffe_pb2
from cli_tool import Done, Tool

SUFFIX = {"BINARYPROTO": "", "HDF5": ".h5"}


def values(path: Path) -> list[bytes]:
    """All floats of a state or weights file, bit for bit."""
    if path.suffix == ".h5":
        import h5py

        found: list[bytes] = []
        with h5py.File(path) as file:
            file.visititems(lambda _, item: found.append(item[()].tobytes())
                            if isinstance(item, h5py.Dataset) and item.dtype.kind == "f" else None)
        return found
    if path.suffix == ".solverstate":
        state = caffe_pb2.SolverState.FromString(path.read_bytes())
        return [blob.SerializeToString() for blob in state.history]
    net = caffe_pb2.NetParameter.FromString(path.read_bytes())
    return [blob.SerializeToString() for layer in net.layer for blob in layer.blobs]


def train(tool: Tool, *flags: object) -> Done:
    done = tool("train", "-solver", "solver.prototxt", *flags)
    assert done.status == 0, done.log
    return done


@pytest.mark.parametrize("form", SUFFIX)
@pytest.mark.parametrize("more", ["", "iter_size: 3", 'type: "Adam"', 'lr_policy: "multistep" gamma: 0.5 stepvalue: 3'])
def test_resume_to_the_same_bits(tool: Tool, form: str, more: str) -> None:
    fixed = 'lr_policy: "fixed"'
    tool.learner(f"max_iter: 12 snapshot: 6 snapshot_format: {form} {more} test_iter: 2 test_interval: 4")
    solver = tool.folder / "solver.prototxt"
    if "lr_policy" in more:
        solver.write_text(solver.read_text().replace(fixed, "", 1))
    suffix = SUFFIX[form]
    whole = train(tool)
    kept = {kind: values(tool.folder / f"s_iter_12.{kind}{suffix}") for kind in ("caffemodel", "solverstate")}
    assert all(len(floats) == (4 if kind == "caffemodel" or "Adam" not in more else 8)
               for kind, floats in kept.items())
    for path in tool.folder.glob("s_iter_12.*"):
        path.unlink()
    resumed = train(tool, "-snapshot", f"s_iter_6.solverstate{suffix}")
    for kind, expected in kept.items():
        assert values(tool.folder / f"s_iter_12.{kind}{suffix}") == expected
    tests = r"Test net output #0: loss = (\S+)"
    assert resumed.said(tests) == whole.said(tests)[-len(resumed.said(tests)):]


def test_snapshot_auto_takes_the_newest(tool: Tool) -> None:
    tool.learner("max_iter: 9 snapshot: 3")
    assert "No snapshot of s yet" in train(tool, "-snapshot", "auto").log
    (tool.folder / "s_iter_9.solverstate").unlink()
    assert "Resuming from s_iter_6.solverstate" in train(tool, "-snapshot", "auto").log


def test_weights_of_the_solver_file_where_there_is_no_snapshot_yet(tool: Tool) -> None:
    tool.learner("max_iter: 1")
    train(tool)
    (tool.folder / "s_iter_1.caffemodel").rename(tool.folder / "w.caffemodel")
    (tool.folder / "s_iter_1.solverstate").unlink()
    solver = tool.folder / "solver.prototxt"
    solver.write_text(solver.read_text() + ' weights: "w.caffemodel"')
    begun = "Finetuning from w.caffemodel"
    for none in ("auto", ""):
        assert begun in train(tool, "-snapshot", none).log
        assert begun not in train(tool, "-snapshot", "s_iter_1.solverstate").log
        (tool.folder / "s_iter_1.solverstate").unlink()


def test_prefix_from_the_solver_file(tool: Tool) -> None:
    tool.learner("max_iter: 1")
    solver = tool.folder / "solver.prototxt"
    solver.write_text(solver.read_text().replace('snapshot_prefix: "s"', ""))
    train(tool)
    assert (tool.folder / "solver_iter_1.caffemodel").exists()
    (tool.folder / "out").mkdir()
    solver.write_text(solver.read_text() + 'snapshot_prefix: "out"')
    train(tool)
    assert (tool.folder / "out" / "solver_iter_1.solverstate").exists()


def test_no_snapshot_after_train(tool: Tool) -> None:
    tool.learner("max_iter: 2 snapshot_after_train: false")
    train(tool)
    assert not list(tool.folder.glob("s_iter_*"))


def test_truncated_state_is_refused(tool: Tool) -> None:
    tool.learner("max_iter: 2")
    train(tool)
    state = tool.folder / "s_iter_2.solverstate"
    state.write_bytes(state.read_bytes()[:-40])
    done = tool("train", "-solver", "solver.prototxt", "-snapshot", state.name)
    assert done.status == 1
    assert "s_iter_2.solverstate" in done.last


def test_kill_while_snapshotting(tool: Tool) -> None:
    """A training that does little but snapshots is killed again and again, and always goes on."""
    # So wide a layer learns in small steps, or its weights grow beyond all numbers.
    tool.learner("max_iter: 1000000 snapshot: 1 clip_gradients: 0.001", width=40000)
    chance = random.Random(5)
    last = 0
    for _ in range(6):
        process = tool.start("train", "-solver", "solver.prototxt", "-snapshot", "auto", "-minloglevel", "1")
        deadline = time.monotonic() + 300
        while not list(tool.folder.glob(f"s_iter_{last + 3}.solverstate")):
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < deadline
            time.sleep(0.002)
        time.sleep(chance.random() * 0.05)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        states = sorted(int(path.stem.split("_")[-1]) for path in tool.folder.glob("s_iter_*.solverstate"))
        last = states[-1]
        for iteration in states[-2:]:
            assert len(values(tool.folder / f"s_iter_{iteration}.solverstate")) == 4
            assert len(values(tool.folder / f"s_iter_{iteration}.caffemodel")) == 4
        for path in tool.folder.glob("s_iter_*"):
            if int(path.name.split("_")[2].split(".")[0]) < last - 1:
                path.unlink()
    assert last >= 18


def check_full_disk(done: Done, folder: Path) -> None:
    """The snapshot at 2 did not fit behind that at 1: it failed, training went on, and what was there is whole."""
    assert done.status == 1
    assert done.said(r"E\d+ .*The snapshot of iteration 2 failed, training goes on: ")
    assert "Iteration 3, lr" in done.log
    assert done.last.startswith("caffe: error: ")
    assert sorted(path.name for path in folder.glob("s_iter_*")) == ["s_iter_1.caffemodel", "s_iter_1.solverstate"]
    for name in ("s_iter_1.caffemodel", "s_iter_1.solverstate"):
        assert len(values(folder / name)) == 4


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("mount") is None, reason="mounting a small disk needs root")
def test_full_disk(tool: Tool, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1500k", "tmpfs", disk], check=False,
                             capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"mounting a small disk is not permitted: {mounted.stderr.strip()}")
    try:
        # Some 560 kB a file: one snapshot fits, a second one does not.
        tool.learner("max_iter: 4 snapshot: 1 display: 1", width=10000)
        solver = tool.folder / "solver.prototxt"
        solver.write_text(solver.read_text().replace('"s"', f'"{disk}/s"'))
        check_full_disk(tool("train", "-solver", "solver.prototxt"), disk)
    finally:
        subprocess.run(["umount", disk], check=False)


def test_file_size_limit(tool: Tool) -> None:
    """What a full disk does, by other means: the second run can write no file of a snapshot's size."""
    tool.learner("max_iter: 1 snapshot: 1", width=10000)
    train(tool)
    tool.learner("max_iter: 4 snapshot: 1 display: 1", width=10000)

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    done = tool("train", "-solver", "solver.prototxt", "-snapshot", "s_iter_1.solverstate", preexec_fn=limit)
    check_full_disk(done, tool.folder)
