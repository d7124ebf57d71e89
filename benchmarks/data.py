"""How fast data layers make batches, and what a batch costs the thread that trains.

    scripts/run_in BUILD python benchmarks/data.py BUILD [OTHER] [--cores 1 2] [--rounds 5] [--seconds 2]

BUILD and OTHER are build folders; with both, they take turns, and the ratio is the median of the
rounds' ratios. The databases are made of seeded images: MNIST's size, raw, batches of 64; and
256 x 256 JPEG files, cut to 227 x 227 and mirrored, batches of 256.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

BATCHES = {"mnist": 64, "imagenet": 256}
TRANSFORMS = {
    "mnist": "scale: 0.00390625",
    "imagenet": "crop_size: 227 mirror: true mean_value: 104 mean_value: 117 mean_value: 123",
}


def make_databases(folder: Path) -> None:
    import caffe
    import lmdb
    import numpy as np
    from PIL import Image

    random = np.random.default_rng(0)

    def write(name: str, count: int, datum_of: Callable[[int], Any]) -> None:
        with (
            lmdb.open(str(folder / name), map_size=1 << 30) as database,
            database.begin(write=True) as transaction,
        ):
            for i in range(count):
                transaction.put(f"{i:08}".encode(), datum_of(i).SerializeToString())

    def digit(i: int) -> Any:
        return caffe.io.array_to_datum(random.integers(0, 256, (1, 28, 28), np.uint8), i % 10)

    def photograph(i: int) -> Any:
        coarse = Image.fromarray(random.integers(0, 256, (24, 24, 3), np.uint8))
        pixels = np.asarray(coarse.resize((256, 256), Image.Resampling.BICUBIC), np.float32)
        pixels = np.clip(pixels + random.normal(0, 8, pixels.shape), 0, 255)
        file = io.BytesIO()
        Image.fromarray(pixels.astype(np.uint8)).save(file, "JPEG", quality=90)
        return caffe.proto.caffe_pb2.Datum(encoded=True, data=file.getvalue(), label=i % 1000)

    write("mnist", 20000, digit)
    write("imagenet", 1024, photograph)


def measure(source: str, kind: str, seconds: float) -> dict[str, float]:
    """Images per second, and milliseconds of a forward whose batch is ready."""
    os.environ["CAFFE_LOG_LEVEL"] = "2"
    import caffe

    text = (
        f'layer {{ name: "data" type: "Data" top: "data" top: "label" '
        f'data_param {{ source: "{source}" backend: LMDB batch_size: {BATCHES[kind]} }} '
        f"transform_param {{ {TRANSFORMS[kind]} }} }}"
    )
    net = caffe.Net.from_text(text, caffe.TRAIN)

    def forward() -> None:  # without the outputs, which net.forward() gives
        net._forward(0, 0)

    for _ in range(8):  # all memory is there, and the threads are
        forward()
    begin, batches = time.perf_counter(), 0
    while time.perf_counter() - begin < seconds:
        forward()
        batches += 1
    images = batches * BATCHES[kind] / (time.perf_counter() - begin)
    pause = 1.5 * BATCHES[kind] / images
    ready = []
    for _ in range(7):
        time.sleep(pause)
        begin = time.perf_counter()
        forward()
        ready.append(1000 * (time.perf_counter() - begin))
    return {"images/s": images, "ms ready": statistics.median(ready)}


def run_in(build: Path, cores: int, source: Path, seconds: float) -> dict[str, float]:
    """`measure` in a process that has so many cores, with that build's library."""
    library = build / "libcaffe"
    root = Path(__file__).resolve().parents[1]
    environment = os.environ | {
        "CAFFE_LIBRARY": str(library / "libcaffe.so.2"),
        "CAFFE_MODULE_PATH": str(library / "modules"),
        "PYTHONPATH": str(root / "python"),
    }
    chosen = sorted(os.sched_getaffinity(0))[:cores]
    command = [sys.executable, __file__, "--measure", str(source), source.name, str(seconds)]
    done = subprocess.run(
        command,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, chosen),
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def report(name: str, rounds: list[list[dict[str, float]]]) -> None:
    """The medians of each build, and that of the ratios; a round has one result of each build."""
    for figure in rounds[0][0]:
        values = [[result[figure] for result in one] for one in rounds]
        columns = [f"{statistics.median(column):10.4g}" for column in zip(*values)]
        if len(columns) > 1:
            columns.append(f"ratio {statistics.median(row[0] / row[1] for row in values):.3g}")
        print(f"{name} {figure:9}", *columns, flush=True)


def main() -> None:
    if sys.argv[1:2] == ["--measure"]:
        source, kind, seconds = sys.argv[2:]
        print(json.dumps(measure(source, kind, float(seconds))))
        return
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("build", nargs="+", type=Path)
    parser.add_argument("--cores", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make_databases(Path(folder))
        for kind in BATCHES:
            source = Path(folder) / kind
            for cores in given.cores:
                rounds = [
                    [run_in(build, cores, source, given.seconds) for build in given.build]
                    for _ in range(given.rounds)
                ]
                report(f"{kind:9} {cores} core(s)", rounds)


if __name__ == "__main__":
    main()
