"""The original's programs that make databases, means and features, as commands of `caffe`."""
from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import lmdb
import numpy as np
from caffe.proto import caffe_pb2
from harness import Case, Mismatch, Options, Skipped, check_close, check_equal
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import leveldb_records


def records(folder: Path) -> list[tuple[str, caffe_pb2.Datum]]:
    if (folder / "CURRENT").exists():
        return [(key.decode(), caffe_pb2.Datum.FromString(value))
                for key, value in leveldb_records.leveldb_records(folder)]
    with lmdb.open(str(folder), readonly=True, lock=False) as database, database.begin() as transaction:
        return [(key.decode(), caffe_pb2.Datum.FromString(value)) for key, value in transaction.cursor()]


def pixels(datum: caffe_pb2.Datum) -> np.ndarray:
    if datum.encoded:
        return np.asarray(Image.open(io.BytesIO(datum.data)), np.int16)
    return np.frombuffer(datum.data, np.uint8).astype(np.int16)


def check_records(what: str, ours: list[tuple[str, caffe_pb2.Datum]],
                  theirs: list[tuple[str, caffe_pb2.Datum]]) -> None:
    check_equal(f"{what}: keys", [key for key, _ in ours], [key for key, _ in theirs])
    for (key, mine), (_, other) in zip(ours, theirs):
        for field in ("channels", "height", "width", "label", "encoded"):
            check_equal(f"{what}: {field} of {key}", getattr(mine, field), getattr(other, field))
        check_close(f"{what}: values of {key}", mine.float_data, other.float_data)
        # Decoders may differ by a grey level or two.
        check_close(f"{what}: pixels of {key}", pixels(mine), pixels(other), rtol=0, atol=2)


def check_means(what: str, mine: Path, theirs: Path) -> None:
    ours, other = (caffe_pb2.BlobProto.FromString(path.read_bytes()) for path in (mine, theirs))
    for field in ("num", "channels", "height", "width"):
        check_equal(f"{what}: {field}", getattr(ours, field), getattr(other, field))
    check_close(what, ours.data, other.data, rtol=1e-5, atol=1)


def check_log(log: str, expected: list[str]) -> None:
    """Lines scripts read are there; the numbers in them depend on decoders."""
    for line in expected:
        said = line.partition("]: ")[0]
        if said not in log:
            raise Mismatch(f"the log does not say {said!r}: {log[-500:]}")


def run_tool(options: Options, folder: Path, words: list[str], log: list[str]) -> None:
    environment = {**os.environ, "CAFFE_LOG_LEVEL": "1"}
    done = subprocess.run([str(options.tool), *words], cwd=folder, capture_output=True, text=True, check=False,
                          env=environment)
    if done.returncode != 0:
        raise Mismatch(f"{' '.join(words)}: exit status {done.returncode}: {done.stderr[-400:]}")
    check_log(done.stderr, log)


def run(case: Case, options: Options) -> None:
    if options.tool is None:
        raise Skipped("no caffe command; --tool names one")
    root = case.shared / "conformance" / "data"
    if case.folder.name == "extract_features":
        said = json.loads((case.folder / "case.json").read_text())
    else:
        said = json.loads((root / "tools.json").read_text())[case.folder.name]
    made = case.folder.name
    if made == "db_leveldb_tables":  # which reading db_leveldb_raw made; its mean is that of the same images
        made = "mean_raw.binaryproto"
        said = {"command": f"compute_image_mean --backend=leveldb {case.folder.name} {made}", "log": []}
    words = said["command"].split()
    if "leveldb" in said["command"] and not leveldb_records.NAME:
        raise Skipped("no libleveldb to read what was written", ("libleveldb",))
    # What the tool writes is not linked.
    written = [word for name in words[1:] for word in name.split(",")
               if word == made or word.startswith((f"{made}.", "feat_"))]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for path in root.iterdir():
            if path.name not in (*written, "extract_features"):
                (folder / path.name).symlink_to(path)
        theirs = root
        if case.folder.name == "extract_features":
            theirs, folder = case.folder, folder / "extract_features"
            folder.mkdir()
            for name in ("net.prototxt", "weights.caffemodel"):
                (folder / name).symlink_to(theirs / name)
        run_tool(options, folder, words, said["log"])
        for name in written:
            if name.endswith(".binaryproto"):
                check_means(name, folder / name, theirs / name)
            else:
                check_records(name, records(folder / name), records(theirs / name))
