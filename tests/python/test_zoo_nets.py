"""Every definition of the zoo becomes a net, in both phases, or says what is wrong with it.

Databases and Python modules are not there: where a data layer stands, constants take its place. Fillers are left out,
which changes nothing but the time they take.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import caffe
import pytest
from caffe.zoo.definitions import SOLVER, kind_of, read_text
from google.protobuf import text_format

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from schema_tool import SHARED, Refused, SchemaTool, caffe_pb2

ZOO = SHARED / "zoo" / "models"
SIDE = 227  # of images whose layer crops none


@pytest.fixture(scope="module")
def tool() -> Iterator[SchemaTool]:
    tool = SchemaTool()
    yield tool
    tool.close()


def definitions() -> list[str]:
    paths = sorted(ZOO.rglob("*.prototxt"))
    return [str(path.relative_to(ZOO)) for path in paths if kind_of(read_text(path)) != SOLVER]


# Height and width of images, and the shape of their labels, where a layer's own fields do not tell.
IMAGES = {
    "bvlc_examples/mnist/": [1, 28, 28],
    "bvlc_examples/siamese/": [2, 28, 28],
    "nin_cifar10/": [3, 32, 32],
    "segnet/": [3, 360, 480],
}
LABELS = {"princeton_googlenet_posenet/": [7, 1, 1], "parsenet/": [1, SIDE, SIDE]}


def of_folder(table: dict[str, list[int]], name: str, otherwise: list[int]) -> list[int]:
    return next((shape for folder, shape in table.items() if name.startswith(folder)), otherwise)


def shapes_of_data(layer: caffe_pb2.LayerParameter, name: str) -> list[list[int]]:
    """Of the tops of a data layer, for two images."""
    if layer.type == "AnnotatedData":
        return [[2, 3, 300, 300], [1, 1, 4, 8]]
    side = layer.transform_param.crop_size or SIDE
    image = of_folder(IMAGES, name, [3, side, side])
    dense = layer.type in ("DenseImageData", "ImageLabelmapData")
    label = of_folder(LABELS, name, [1, *image[1:]] if dense else [])
    shapes = {"data": [2, *image], "label": [2, *label]}
    first = "label" if layer.top[0] == "label" else "data"
    return [shapes[first], shapes["label"]][: len(layer.top)]


def with_constants(net: caffe_pb2.NetParameter, name: str) -> caffe_pb2.NetParameter:
    for layer in net.layer:
        for param in (layer.convolution_param, layer.inner_product_param):
            param.ClearField("weight_filler")
        if layer.type.endswith("Data") and layer.type not in ("DummyData", "HDF5Data"):
            for shape in shapes_of_data(layer, name):
                layer.dummy_data_param.shape.add(dim=shape)
            layer.type = "DummyData"
    return net


# What is wrong with a file, or with it in one of the phases.
NO_DATA = "is not the top of a layer before it"
ERRORS = {
    "fcn/netscope_fcn16s/deploy.prototxt": 'LayerParameter has no field "force_backward"',
    "recurrent_youtube/poolmean.prototxt": "expected a string in quotes",
    "video2text_vgg_mean_pool/poolmean.prototxt": "expected a string in quotes",
    "yearbook/deploy.prototxt": "expected a string in quotes",
    "yearbook/train_val.prototxt": "expected a string in quotes",
    "bvlc_examples/mnist/mnist_autoencoder.prototxt TEST": NO_DATA,  # its data has a stage
    "ccnn/fcn_32s/deploy_32s.prototxt TRAIN": NO_DATA,
    "ccnn/fcn_8s/deploy_8s.prototxt TRAIN": NO_DATA,
    "mobilenet_ssd/train.prototxt TEST": NO_DATA,
    "mobilenet_ssd/voc_MobileNetSSD_test.prototxt TRAIN": NO_DATA,
    "mobilenet_ssd/voc_MobileNetSSD_train.prototxt TEST": NO_DATA,
    "recurrent_s2vt/s2vt.prototxt": NO_DATA,  # its stages are "factored" or "unfactored"
    "recurrent_s2vt/s2vt_e2e.prototxt": NO_DATA,
    "s2vt/s2vt.prototxt": NO_DATA,
}
# What is not beside the definitions.
MISSING = ("python_param names the module", "a list of HDF5 files: cannot read")


def outcome(tool: SchemaTool, name: str, phase: int) -> str:
    """ "" when the net can be made, else the error."""
    try:
        text = tool("upgraded_text", "NetParameter", (ZOO / name).read_bytes()).decode()
    except Refused as refused:
        return str(refused)
    net = with_constants(text_format.Parse(text, caffe_pb2.NetParameter()), name)
    try:
        caffe.Net.from_text(text_format.MessageToString(net), phase)
    except (caffe.Error, OSError) as error:
        return str(error)
    return ""


@pytest.mark.parametrize("phase", ["TEST", "TRAIN"])
@pytest.mark.parametrize("name", definitions())
def test_net(tool: SchemaTool, name: str, phase: str) -> None:
    error = outcome(tool, name, getattr(caffe, phase))
    expected = ERRORS.get(f"{name} {phase}", ERRORS.get(name))
    if expected is not None:
        assert expected in error
    elif not any(missing in error for missing in MISSING):
        assert error == ""
