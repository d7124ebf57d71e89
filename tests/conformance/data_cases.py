"""Area data: the batches that data layers make of databases, files and images."""
from __future__ import annotations

from pathlib import Path

import caffe
import h5py
import numpy as np
import tool_cases
from harness import Case, Options, Skipped, check_close, check_equal, inside


def run_layer(case: Case, options: Options) -> None:
    meta = case.meta
    options.need_layers({meta["type"]})
    if "batches" not in meta:
        write_file(case, options)
        return
    with inside(case.folder):
        net = caffe.Net("net.prototxt", getattr(caffe, meta["phase"]), **options.net)
        arrays = case.of("set_input_arrays")
        if arrays:
            net.set_input_arrays(arrays["data"], arrays["label"])
        exact = "jpg" not in case.path and "resize" not in case.path and meta["type"] not in ("ImageData", "WindowData")
        near = {"rtol": 1e-5, "atol": 1e-5} if exact else {"rtol": 0, "atol": 2}
        for batch in range(meta["batches"]):
            net.forward()
            for name, value in case.of("out", batch).items():
                check_close(f"{name} of batch {batch}", np.asarray(net.blobs[name].data), value, **near)


def write_file(case: Case, options: Options) -> None:
    """HDF5Output: the datasets of the file it writes."""
    with inside(case.folder, copy=True):
        Path("out.h5").unlink()
        net = caffe.Net("net.prototxt", getattr(caffe, case.meta["phase"]), **options.net)
        for name, value in case.of("in").items():
            net.blobs[name].data[...] = value
        net.forward()
        with h5py.File("out.h5") as file:
            check_equal("the datasets", sorted(file), sorted(case.of("file")))
            for name, value in case.of("file").items():
                check_close(f"dataset {name}", file[name][...], value, rtol=0, atol=0)


def run(case: Case, options: Options) -> None:
    if not case.path.startswith("data/layer/"):
        tool_cases.run(case, options)
        return
    try:
        run_layer(case, options)
    except caffe.UnsupportedError as error:
        missing = "the LevelDB module" if "leveldb" in str(error) else "the module of image codecs"
        raise Skipped(str(error), (missing,)) from None
