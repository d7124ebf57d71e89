"""Nets in threads, and memory that is given back."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import caffe
import numpy as np
import pytest


def test_clones_in_threads_give_what_one_net_gives(net: caffe.Net) -> None:
    batches = np.random.RandomState(0).randn(40, 4, 2, 8, 8).astype(np.float32)
    expected = [net.forward(data=batch)["prob"].copy() for batch in batches]
    clones, lock = threading.local(), threading.Lock()

    def run(batch: np.ndarray) -> np.ndarray:
        if not hasattr(clones, "net"):
            with lock:  # a net, also one that is cloned, is used by one thread at a time
                clones.net = net.clone()
        return clones.net.forward(data=batch)["prob"].copy()

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(run, batches))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)


def test_clones_of_one_thread_each_read_weights_that_nobody_has_read(
    small: Path, tmp_path: Path
) -> None:
    """Weights are fetched from their file by whichever thread needs them first."""
    path = tmp_path / "small.caffemodel"
    caffe.Net(small, caffe.TEST).save(path)
    batch = np.random.RandomState(0).randn(4, 2, 8, 8).astype(np.float32)
    expected = caffe.Net(small, path, caffe.TEST, threads=1).forward(data=batch)["prob"].copy()
    for _ in range(10):
        nets = [caffe.Net(small, path, caffe.TEST, threads=1)]
        nets += [nets[0].clone() for _ in range(3)]
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda net: net.forward(data=batch)["prob"].copy(), nets))
        for each in found:
            np.testing.assert_array_equal(each, expected)


def test_views_may_go_while_other_threads_run(net: caffe.Net, images: np.ndarray) -> None:
    clones = [net.clone() for _ in range(3)]
    expected = net.forward(data=images)["prob"].copy()
    failures: list[str] = []

    def run(clone: caffe.Net) -> None:
        for _ in range(100):
            found = clone.forward(["conv", "pool"], data=images)
            if not np.allclose(found["prob"], expected, rtol=1e-4):
                failures.append("differs")
            del found
            gc.collect(0)

    threads = [threading.Thread(target=run, args=(clone,)) for clone in clones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_failing_thread_has_its_own_message(small: Path) -> None:
    def fail(name: str) -> str:
        with pytest.raises(caffe.FileError) as caught:
            caffe.Net(f"missing-{name}.prototxt", caffe.TEST)
        return str(caught.value)

    with ThreadPoolExecutor(4) as pool:
        for name, message in zip(range(200), pool.map(fail, map(str, range(200)))):
            assert f"missing-{name}.prototxt" in message


def resident() -> int:
    """Bytes of memory this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.skipif("CAFFE_SANITIZE" in os.environ, reason="the sanitizer keeps what is freed")
def test_memory_does_not_grow(tmp_path: Path) -> None:
    text = """
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 8 dim: 400 } } }
    layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
      inner_product_param { num_output: 500 weight_filler { type: "constant" value: 1 } } }
    """

    def once() -> None:
        net = caffe.Net.from_text(text, caffe.TEST)
        view = net.forward(data=np.ones((8, 400)))["ip"]
        assert view[0, 0] == 400
        net.clone().forward(data=np.ones((8, 400)))

    for _ in range(20):
        once()
    gc.collect()
    before = resident()
    for _ in range(200):  # 160 MB of weights in all
        once()
    gc.collect()
    assert resident() - before < 24 << 20


def test_training_first_leaves_the_default_number() -> None:
    """What a training asks of its own threads must not become everybody's default."""
    program = """
import caffe
net = caffe.Net.from_text('''
layer { name: "data" type: "DummyData" top: "data" dummy_data_param { shape { dim: 4 dim: 16 dim: 9 dim: 9 } } }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
  convolution_param { num_output: 32 kernel_size: 3 } }
layer { name: "loss" type: "Reduction" bottom: "conv" top: "loss" loss_weight: 1 }
''', caffe.TRAIN)
net.forward(), net.backward()
print(caffe.num_threads())
"""
    environment = {**os.environ, "OMP_NUM_THREADS": "3", "CAFFE_LOG_LEVEL": "4"}
    ran = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert ran.stdout == "3\n"
