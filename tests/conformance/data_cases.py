"""Area data: the batches that data layers make of databases, files and images."""
from __future__ import annotations

import caffe
import numpy as np
from harness import Case, Options, Skipped, check_close, inside


def run_layer(case: Case, options: Options) -> None:
    meta = case.meta
    options.need_layers({meta["type"]})
    if "batches" not in meta:
        raise Skipped("writes a file instead of batches")
    with inside(case.folder):
        net = caffe.Net("net.prototxt", getattr(caffe, meta["phase"]), backend=options.backend)
        exact = "jpg" not in case.path and "resize" not in case.path and meta["type"] not in ("ImageData", "WindowData")
        near = {"rtol": 1e-5, "atol": 1e-5} if exact else {"rtol": 0, "atol": 2}
        for batch in range(meta["batches"]):
            net.forward()
            for name, value in case.of("out", batch).items():
                check_close(f"{name} of batch {batch}", np.asarray(net.blobs[name].data), value, **near)


def run(case: Case, options: Options) -> None:
    if not case.path.startswith("data/layer/"):
        tool = case.entry["types"][0].strip("(")
        raise Skipped(f"no tool {tool}", (f"tool {tool}",))
    try:
        run_layer(case, options)
    except caffe.UnsupportedError as error:
        missing = "LEVELDB databases" if "LEVELDB" in str(error) else "encoded images"
        raise Skipped(str(error), (missing,)) from None
