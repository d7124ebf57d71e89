"""Area pyapi: the helpers of the Python package: images, the classifier, partial passes, net specifications."""
from __future__ import annotations

from typing import Any

import caffe
import numpy as np
from caffe import layers as L
from caffe.coord_map import coord_map_from_to, crop
from harness import Case, Mismatch, Options, check_close, check_equal, inside


def transformer(case: Case, options: Options) -> None:
    tool = caffe.io.Transformer({"data": case.meta["shape"]})
    for key, value in case.meta["settings"].items():
        getattr(tool, f"set_{key}")("data", np.array(value) if key == "mean" else value)
    found = tool.preprocess("data", case.arrays["in:image"])
    check_close("preprocess", found, case.arrays["out:preprocess"])
    check_close("deprocess", tool.deprocess("data", found), case.arrays["out:deprocess"])


def oversample(case: Case, options: Options) -> None:
    found = caffe.io.oversample(case.arrays["in:images"], case.meta["crop_dims"])
    check_close("crops", found, case.arrays["out:crops"], rtol=0, atol=0)


def resize_image(case: Case, options: Options) -> None:
    for source, result in (("image", "up"), ("constant", "constant"), ("two", "two")):
        found = caffe.io.resize_image(case.arrays[f"in:{source}"], case.meta["new_dims"])
        check_close(result, found, case.arrays[f"out:{result}"], rtol=1e-5)


def net_of(case: Case, options: Options) -> caffe.Net:
    return caffe.Net(case.folder / "net.prototxt", case.folder / "weights.caffemodel", caffe.TEST,
                     **options.net)


def classifier(case: Case, options: Options) -> None:
    meta = case.meta
    tool = caffe.Classifier(case.folder / "net.prototxt", case.folder / "weights.caffemodel",
                            image_dims=meta["image_dims"], mean=case.arrays["in:mean"],
                            input_scale=meta["input_scale"], raw_scale=meta["raw_scale"],
                            channel_swap=meta["channel_swap"])
    for crops, name in ((True, "out:oversample"), (False, "out:centre")):
        check_close(name, tool.predict(case.arrays["in:images"], crops), case.arrays[name])


def forward_all(case: Case, options: Options) -> None:
    net, arrays = net_of(case, options), case.arrays
    found = net.forward_all(blobs=["pool"], data=arrays["in:data"])
    outputs, gradients = net.forward_backward_all(data=arrays["in:data"][:len(arrays["in:prob_diff"])],
                                                  prob=arrays["in:prob_diff"])
    for name, value in (("prob", found["prob"]), ("pool", found["pool"]), ("fb_prob", outputs["prob"]),
                        ("fb_data_diff", gradients["data"])):
        check_close(name, value, arrays[f"out:{name}"])


def partial_forward_backward(case: Case, options: Options) -> None:
    net, arrays, meta = net_of(case, options), case.arrays, case.meta
    check_equal("blobs", list(net.blobs), meta["blobs"])
    check_equal("shapes", {name: list(blob.shape) for name, blob in net.blobs.items()}, meta["shapes"])
    check_equal("params", list(net.params), meta["params"])
    check_equal("layer names", list(net._layer_names), meta["layer_names"])
    check_equal("layer types", [layer.type for layer in net.layers], meta["layer_types"])
    for attribute in ("bottom_names", "top_names"):
        check_equal(attribute, dict(getattr(net, attribute)), meta[attribute])
    for attribute in ("inputs", "outputs"):
        check_equal(attribute, list(getattr(net, attribute)), meta[attribute])

    def run(call: Any, returned: list[str], names: dict[str, str], **arguments: Any) -> None:
        found = call(**arguments)
        check_equal("what is returned", sorted(found), returned)
        for name, key in names.items():
            check_close(key, found[name], arrays[key])

    pool, fc, last, back = meta["returned"]
    run(net.forward, pool, {"pool": "out:pool"}, data=arrays["in:data"], end="pool")
    run(net.forward, fc, {"fc": "out:fc"}, start="fc", end="fc")
    run(net.forward, last, {"prob": "out:prob", "conv": "out:conv"}, blobs=["conv"], start="prob")
    run(net.backward, back, {"pool": "out:pool_diff", "conv": "out:conv_diff"}, diffs=["pool"], end="pool",
        prob=arrays["in:prob_diff"])


def netspec(case: Case, options: Options) -> None:
    from caffe.proto import caffe_pb2
    from google.protobuf import text_format

    with inside(case.folder, copy=True) as folder:
        for script in sorted(folder.glob("*.py")):
            exec(compile(script.read_text(), script.name, "exec"), {})  # noqa: S102  a program of a user's
            found, expected = (
                text_format.Parse((place / script.name).with_suffix(".prototxt").read_text(), caffe_pb2.NetParameter())
                for place in (folder, case.folder))
            check_equal(script.name, str(found), str(expected))


def coord_map(case: Case, options: Options) -> None:
    for one in case.meta["cases"]:
        n = caffe.NetSpec()
        n.data = top = L.Input()
        kernel, stride, pad = one["conv"]
        n.conv = top = L.Convolution(top, kernel_size=kernel, stride=stride, pad=pad)
        if one["pool"]:
            n.pool = top = L.Pooling(top, kernel_size=2, stride=2)
        kernel, stride, pad = one["deconv"]
        n.up = L.Deconvolution(top, convolution_param={"kernel_size": kernel, "stride": stride, "pad": pad})
        axis, scale, shift = coord_map_from_to(n.up, n.data)
        check_equal("axis", axis, one["axis"])
        check_close("scale", scale, one["scale"])
        check_close("shift", shift, one["shift"])
        try:
            fields = crop(n.up, n.data).fn.params["crop_param"]
        except caffe.InvalidArgumentError as error:
            if "error" not in one:
                raise Mismatch(f"crop: {error}") from error
        else:
            check_equal("crop", fields, {"axis": one.get("crop_axis"), "offset": one.get("offset")})


KINDS = {one.__name__.replace("_", "-"): one for one in (
    oversample, resize_image, classifier, forward_all, partial_forward_backward, netspec, coord_map)}


def run(case: Case, options: Options) -> None:
    name = case.path.split("/")[1]
    (transformer if name.startswith("transformer-") else KINDS[name])(case, options)
