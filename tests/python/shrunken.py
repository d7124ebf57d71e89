"""Published definitions made small: few channels, and weights to start from."""

from __future__ import annotations

from pathlib import Path

from caffe.proto import caffe_pb2
from google.protobuf import text_format


def shrunken(path: Path, width: int = 8, above: int = 84) -> caffe_pb2.NetParameter:
    """A definition whose convolutions and inner products of more than `above` outputs (84: what
    answers of detectors have) get `width`; depthwise ones stay so. What SSD says of its boxes is
    boxes times classes, and stays."""
    net = caffe_pb2.NetParameter()
    text_format.Parse(path.read_text(), net)
    for layer in net.layer:
        for param in (layer.convolution_param, layer.inner_product_param):
            if param.num_output > above and "mbox" not in layer.name:
                if "group" in param.DESCRIPTOR.fields_by_name:
                    depthwise = param.group == param.num_output
                    param.group = width if depthwise else min(param.group, 2)
                param.num_output = width
            if layer.type in ("Convolution", "InnerProduct") and param.num_output:
                param.weight_filler.type = "xavier"
    return net


def write_shrunken(path: Path, target: Path, width: int = 8, above: int = 84) -> Path:
    """The same as a file."""
    target.write_text(text_format.MessageToString(shrunken(path, width, above)))
    return target
