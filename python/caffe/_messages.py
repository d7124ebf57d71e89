"""Net definitions as messages of Google's protobuf, upgraded by the library."""

from __future__ import annotations

from typing import Any

from ._library import check, ffi, lib, owned_text


def net_from_text(text: str) -> Any:
    """A NetParameter from its text."""
    from google.protobuf import text_format

    from .proto import caffe_pb2

    return text_format.Parse(text, caffe_pb2.NetParameter())


def upgrade_net_text(text: str) -> str:
    """The text of a net of any age (V0, V1, inputs that are no layer) as one of today.

    No net is made, so nothing it names has to be there. Raises ParseError with the place.
    """
    upgraded = ffi.new("char **")
    check(lib.caffe_net_upgrade_text(upgraded, text.encode()))
    return owned_text(upgraded)


def upgraded_net(message: Any) -> Any:
    """A NetParameter of any age as one of today, a copy without its weights."""
    from google.protobuf import text_format

    bare = type(message)()
    bare.CopyFrom(message)
    for layer in bare.layer:
        layer.ClearField("blobs")
    for old in bare.layers:
        old.ClearField("blobs")
        if old.HasField("layer"):
            old.layer.ClearField("blobs")
    return net_from_text(upgrade_net_text(text_format.MessageToString(bare)))
