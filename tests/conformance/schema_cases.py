"""Area proto: text and wire by the library's readers and writers (proto_cases.py), and old weight files in a net."""
from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import caffe
from harness import Case, Mismatch, Options, Skipped, check_close
from net_cases import param_of

_tool: list[Any] = []


def check_schema(case: Case) -> None:
    build = Path(os.environ.get("CAFFE_BUILD", Path(__file__).resolve().parents[2] / "build"))
    if not (build / "tests" / "schema_tool").exists():
        raise Skipped(f"no schema_tool in {build.name}/tests", ("program schema_tool",))
    import proto_cases

    if not _tool:
        _tool.append(proto_cases.SchemaTool())
    try:
        proto_cases.check(case.folder, _tool[0])
    except (AssertionError, proto_cases.Refused) as error:
        raise Mismatch(str(error)) from None


def check_weights(case: Case, options: Options) -> None:
    """The weight file, before and after its upgrade, in a net that runs."""
    options.need_layers_of((case.folder / "net.prototxt").read_text())
    for file in ("before.caffemodel", "after.caffemodel"):
        net = caffe.Net(str(case.folder / "net.prototxt"), caffe.TEST, **options.net)
        net.copy_from(str(case.folder / file))
        for name, value in case.of("param").items():
            check_close(f"{file}: {name}", param_of(net, name).data, value, rtol=1e-6, atol=0)
        for name, value in case.of("in").items():
            net.blobs[name].reshape(*value.shape)
            net.blobs[name].data[...] = value
        net.forward()
        for name, value in case.of("out").items():
            check_close(f"{file}: out:{name}", net.blobs[name].data, value)


def run(case: Case, options: Options) -> None:
    check_schema(case)
    if case.entry["type"] == "net-binary":
        check_weights(case, options)
