"""Areas fillers and stochastic: exact values, and how random values are spread."""
from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import caffe
import numpy as np
from harness import Case, Mismatch, Options, Skipped, check_close, check_equal


def filler_text(filler: dict[str, str]) -> str:
    words = {"type": '"{}"'}
    return " ".join(f"{name}: {words.get(name, '{}').format(value)}" for name, value in filler.items())


def filled(shape: list[int], filler: str, options: Options, seed: int = 1) -> np.ndarray:
    """A parameter blob of that shape: a convolution's weights, an inner product's, or its bias."""
    inputs = shape[1:] if len(shape) > 1 else [1]
    if len(shape) == 4:
        layer = (f'type: "Convolution" convolution_param {{ num_output: {shape[0]} kernel_size: {shape[2]} '
                 f"weight_filler {{ {filler} }} bias_term: false }}")
    elif len(shape) == 2:
        layer = (f'type: "InnerProduct" inner_product_param {{ num_output: {shape[0]} '
                 f"weight_filler {{ {filler} }} bias_term: false }}")
    else:
        layer = (f'type: "InnerProduct" inner_product_param {{ num_output: {shape[0]} '
                 f"bias_filler {{ {filler} }} }}")
    dims = " ".join(f"dim: {extent}" for extent in [1, *inputs])
    net = caffe.Net.from_text(
        f'layer {{ name: "x" type: "Input" top: "x" input_param {{ shape {{ {dims} }} }} }}\n'
        f'layer {{ name: "l" {layer} bottom: "x" top: "y" }}', caffe.TEST, **options.net, seed=seed)
    values = net.params["l"][0 if len(shape) > 1 else 1].data.copy()
    check_equal("shape", list(values.shape), shape)
    return values


def check_spread(values: np.ndarray, expected: dict[str, Any]) -> None:
    """Within six standard errors of what the same number of the original's values showed."""
    flat = values.astype(np.float64).ravel()
    deviation, count = expected["std"], flat.size
    check_close("mean", flat.mean(), expected["mean"], rtol=1e-6, atol=6 * 1.5 * deviation / count ** 0.5 + 1e-7)
    check_close("standard deviation", flat.std(), deviation, rtol=6 * 1.5 / count ** 0.5, atol=1e-6)
    check_close("share of values that are not 0", (flat != 0).mean(), expected["nonzero_fraction"], rtol=0,
                atol=0.03 if "nonzero_std" in expected else 0)
    for percent, value in expected["percentiles"].items():
        check_close(f"percentile {percent}", np.percentile(flat, float(percent)), value, rtol=0.03,
                    atol=0.15 * deviation * (1 if percent in ("1", "99") else 0.5) + 1e-6)
    if expected["filler"].get("type") in ("uniform", "xavier", "constant"):
        reach = max(abs(expected["min"]), abs(expected["max"]))
        check_close("least", flat.min(), expected["min"], rtol=0, atol=1e-3 * reach)
        check_close("greatest", flat.max(), expected["max"], rtol=0, atol=1e-3 * reach)
    if "row_sum_min" in expected:
        sums = values.reshape(values.shape[0], -1).sum(1)
        check_close("sums of outputs", sums, np.ones_like(sums), rtol=0, atol=1e-4)


def run_filler(case: Case, options: Options) -> None:
    if case.folder.name == "exact.npz":
        with np.load(case.folder) as archive:
            expected = archive[case.item]
        filler = 'type: "bilinear"' if case.item.startswith("bilinear") else f"value: {expected.flat[0]}"
        check_close(case.item, filled(list(expected.shape), filler, options), expected, atol=1e-7)
        return
    for item in json.loads(case.folder.read_text()):
        if f"{item['name']}-{'x'.join(map(str, item['shape']))}" == case.item:
            values = filled(item["shape"], filler_text(item["filler"]), options)
            check_spread(values, item)
            if item["std"] > 0:
                other = filled(item["shape"], filler_text(item["filler"]), options, seed=2)
                if np.array_equal(values, other):
                    raise Mismatch("another seed gives the same values")
            return
    raise Mismatch("the case is not in fillers.json")


def run_dropout(item: dict[str, Any], options: Options) -> None:
    net = caffe.Net.from_text(
        f'layer {{ name: "x" type: "Input" top: "x" input_param {{ shape {{ dim: {item["count"]} }} }} }}\n'
        'layer { name: "l" type: "Dropout" bottom: "x" top: "y" '
        f'dropout_param {{ dropout_ratio: {item["dropout_ratio"]} }} }}',
        caffe.TRAIN, **options.net, force_backward=True, seed=1)
    net.blobs["x"].data[...] = 1
    net.forward()
    values = net.blobs["y"].data.copy()
    check_close("values", np.unique(values), item["values"], atol=1e-6)
    check_close("share of zeros", (values == 0).mean(), item["dropout_ratio"], rtol=0, atol=0.01)
    net.blobs["y"].diff[...] = 1
    net.backward()
    check_equal("the diff uses the same mask", np.array_equal(net.blobs["x"].diff, values),
                item["diff_uses_same_mask"])
    net.forward()
    check_equal("each forward has a new mask", not np.array_equal(net.blobs["y"].data, values),
                item["new_mask_each_forward"])


def run_dummy(item: dict[str, Any], options: Options) -> None:
    options.need_layers({"DummyData"})
    net = caffe.Net.from_text(
        'layer { name: "d" type: "DummyData" top: "y" dummy_data_param { shape { dim: 20000 } '
        'data_filler { type: "gaussian" std: 2 } } }', caffe.TEST, **options.net, seed=1)
    net.forward()
    first = net.blobs["y"].data.copy()
    check_close("standard deviation", first.std(), item["std"], rtol=0.05)
    net.forward()
    check_equal("refilled at each forward", not np.array_equal(first, net.blobs["y"].data),
                item["refilled_each_forward"])


def run_seed(item: dict[str, Any], options: Options) -> None:
    def weights(seed: int) -> np.ndarray:
        caffe.set_random_seed(seed)
        net = caffe.Net.from_text(
            'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 1 dim: 50 } } }\n'
            'layer { name: "l" type: "InnerProduct" bottom: "x" top: "y" inner_product_param { num_output: 50 '
            'weight_filler { type: "gaussian" } } }', caffe.TEST, **options.net)
        return net.params["l"][0].data.copy()

    first = weights(7)
    check_equal("the same seed gives the same weights", np.array_equal(first, weights(7)),
                item["same_seed_same_weights"])
    check_equal("another seed gives others", not np.array_equal(first, weights(8)),
                item["other_seed_other_weights"])


def database(folder: Path, height: int, width: int) -> Path:
    """An LMDB of one image whose value at (row, column) is row * width + column."""
    import lmdb
    from caffe.proto import caffe_pb2

    pixels = np.arange(height * width, dtype=np.uint8)
    datum = caffe_pb2.Datum(channels=1, height=height, width=width, data=pixels.tobytes(), label=0)
    path = folder / "one_lmdb"
    with lmdb.open(str(path), map_size=1 << 20) as environment, environment.begin(write=True) as transaction:
        transaction.put(b"0", datum.SerializeToString())
    return path


def run_crop(item: dict[str, Any], options: Options) -> None:
    """Counts where 640 crops of one image begin, and how many are mirrored."""
    options.need_layers({"Data"})
    height, width = item.get("image", [9, 11])
    crop, mirror, test = item.get("crop_size", 6), item.get("mirror", True), item["what"] == "Data TEST mirror"
    with tempfile.TemporaryDirectory() as folder:
        source = database(Path(folder), height, width)
        net = caffe.Net.from_text(
            f'layer {{ name: "d" type: "Data" top: "x" data_param {{ source: "{source}" backend: LMDB batch_size: 64 }} '
            f"transform_param {{ crop_size: {crop} mirror: {str(mirror).lower()} }} }}",
            caffe.TEST if test else caffe.TRAIN, **options.net, seed=1)
        batches = []
        for _ in range(10):
            net.forward()
            batches.append(net.blobs["x"].data[:, 0].astype(int))
        del net
    images = np.concatenate(batches)
    corners = images[:, 0].min(axis=1)
    mirrored = images[:, 0, 0] > images[:, 0, -1]
    check_close("share of mirrored", mirrored.mean(), item["mirrored_fraction"], rtol=0, atol=0.1)
    if test:
        check_equal("rows", sorted(set(corners // width)), item["row_offsets"])
        return
    for what, begins in (("row", corners // width), ("column", corners % width)):
        expected = item[f"{what}_offsets"]
        check_equal(f"{what}s", sorted(set(begins.tolist())), sorted(map(int, expected)))
        for at in expected:
            check_close(f"share of crops that begin at {what} {at}", (begins == int(at)).mean(), 1 / len(expected),
                        rtol=0, atol=0.09)


def run_stochastic(case: Case, options: Options) -> None:
    item = json.loads(case.folder.read_text())[int(case.item)]
    what = item["what"]
    if what == "Dropout TRAIN":
        run_dropout(item, options)
    elif what == "DummyData gaussian":
        run_dummy(item, options)
    elif what == "set_random_seed":
        run_seed(item, options)
    elif what.startswith("Data "):
        run_crop(item, options)
    else:
        raise Skipped(f"nothing here knows how to check {what!r}")


def run(case: Case, options: Options) -> None:
    if case.area == "fillers":
        run_filler(case, options)
    else:
        run_stochastic(case, options)
