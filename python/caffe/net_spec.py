"""Nets written in Python.

    from caffe import layers as L, params as P, NetSpec
    n = NetSpec()
    n.data, n.label = L.Data(source="train_lmdb", backend=P.Data.LMDB, batch_size=64, ntop=2)
    n.ip = L.InnerProduct(n.data, num_output=10, weight_filler=dict(type="xavier"))
    n.loss = L.SoftmaxWithLoss(n.ip, n.label)
    print(n.to_proto())

A call of `L.Type` makes a layer: its arguments are the bottoms, its keywords fields of the layer's
own parameters (`convolution_param` for L.Convolution), or of the layer where those have no such
field. Attributes of a NetSpec name the tops.
"""

from __future__ import annotations

import re
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from ._named import did_you_mean, nearest
from .errors import InvalidArgumentError, NotFoundError
from .proto import caffe_pb2
from .runtime import layer_type_list


def param_name_dict() -> dict[str, str]:
    """The stem of each layer type's own parameters: {"Convolution": "convolution", ...}."""
    names = {}
    for field in caffe_pb2.LayerParameter.DESCRIPTOR.fields:
        if field.name.endswith("_param") and field.message_type is not None:
            message = field.message_type.name
            names[message[: -len("Parameter")]] = field.name[: -len("_param")]
    return names


# Types whose parameters are called after another one, or have two messages.
_LIKE = {
    "AnnotatedData": ("annotated_data", "data"),
    "ConvolutionDepthwise": ("convolution",),
    "Deconvolution": ("convolution",),
    "DepthwiseConvolution": ("convolution",),
    "Im2col": ("convolution",),
    "ImageLabelmapData": ("image_data",),
    "ImageSegData": ("image_data",),
    "LSTM": ("recurrent",),
    "NdConvolution": ("convolution",),
    "NdPooling": ("pooling",),
    "RNN": ("recurrent",),
    "ReLU6": ("relu6",),
    "SoftmaxWithLoss": ("softmax", "loss"),
    "Unpooling": ("unpooling",),
}
_PARAM_NAMES = {**{name: (stem,) for name, stem in param_name_dict().items()}, **_LIKE}


def assign_proto(proto: Any, name: str, value: Any) -> None:
    """Sets a field of a message: messages from dicts, repeated fields from lists or single values,
    enums by name."""
    field = proto.DESCRIPTOR.fields_by_name.get(name)
    if field is None:
        raise NotFoundError(
            f"{proto.DESCRIPTOR.name} has no field {name!r}"
            f"{did_you_mean(name, proto.DESCRIPTOR.fields_by_name)}"
        )
    target = getattr(proto, name)
    many = isinstance(value, (list, tuple)) or (
        hasattr(value, "tolist") and getattr(value, "ndim", 0) > 0
    )
    values = list(value) if many else [value]
    repeated = hasattr(target, "extend")
    if many and not repeated:
        raise InvalidArgumentError(f"{proto.DESCRIPTOR.name}.{name} takes one value, got {value!r}")
    try:
        for one in values:
            if field.message_type is not None:
                message = target.add() if repeated else target
                if not isinstance(one, Mapping):
                    message.CopyFrom(one)
                    continue
                message.SetInParent()
                for key, inner in one.items():
                    assign_proto(message, key, inner)
            else:
                if field.enum_type is not None and isinstance(one, str):
                    known = field.enum_type.values_by_name
                    if one not in known:
                        raise InvalidArgumentError(
                            f"{proto.DESCRIPTOR.name}.{name} cannot be {one!r}, it is one of "
                            f"{', '.join(known)}{did_you_mean(one, known)}"
                        )
                    one = known[one].number
                one = one.item() if hasattr(one, "item") else one
                target.append(one) if repeated else setattr(proto, name, one)
    except (TypeError, ValueError, KeyError) as failure:
        if isinstance(failure, (InvalidArgumentError, NotFoundError)):
            raise
        raise InvalidArgumentError(
            f"{proto.DESCRIPTOR.name}.{name} cannot be {value!r}: {failure}"
        ) from failure


class Top:
    """One output of a layer, to be the bottom of others."""

    def __init__(self, fn: Function, n: int) -> None:
        self.fn = fn
        self.n = n

    def to_proto(self) -> Any:
        """The NetParameter of everything this top needs."""
        return to_proto(self)

    def _to_proto(
        self, layers: dict[Function, Any], names: dict[Any, str], autonames: Counter[str]
    ) -> None:
        self.fn._to_proto(layers, names, autonames)


class Function:
    """A layer: its type, its bottoms and its parameters."""

    def __init__(self, type_name: str, inputs: Iterable[Top], params: Mapping[str, Any]) -> None:
        self.type_name = type_name
        self.inputs = tuple(inputs)
        for i, one in enumerate(self.inputs):
            if not isinstance(one, Top):
                raise TypeError(f"{type_name} input {i} is not a Top (type is {type(one)})")
        self.params = dict(params)
        self.ntop = int(self.params.pop("ntop", 1))
        self.in_place = bool(self.params.pop("in_place", False))
        if self.in_place and self.ntop != len(self.inputs):
            raise InvalidArgumentError(
                f"{type_name}: in place it has as many tops as bottoms, "
                f"not {self.ntop} and {len(self.inputs)}"
            )
        self.tops = tuple(Top(self, n) for n in range(self.ntop))

    def _name(self, key: Any, names: dict[Any, str], autonames: Counter[str]) -> str:
        if key not in names:
            autonames[self.type_name] += 1
            names[key] = f"{self.type_name}{autonames[self.type_name]}"
        return names[key]

    def _to_proto(
        self, layers: dict[Function, Any], names: dict[Any, str], autonames: Counter[str]
    ) -> None:
        if self in layers:
            return
        bottoms = []
        for one in self.inputs:
            one._to_proto(layers, names, autonames)
            bottoms.append(layers[one.fn].top[one.n])
        layer = caffe_pb2.LayerParameter()
        layer.type = self.type_name
        layer.bottom.extend(bottoms)
        if self.in_place:
            layer.top.extend(bottoms)
        else:
            layer.top.extend(self._name(top, names, autonames) for top in self.tops)
        layer.name = (
            self.params["name"]
            if "name" in self.params
            else self._name(self.tops[0] if self.tops else self, names, autonames)
        )
        self._assign(layer, f"layer {layer.name!r} ({self.type_name}): ")
        layers[self] = layer

    def _assign(self, layer: Any, where: str) -> None:
        """Sets the fields of a LayerParameter from the keywords the layer was made with."""
        fields = layer.DESCRIPTOR.fields_by_name
        own = [f"{stem}_param" for stem in _PARAM_NAMES.get(self.type_name, ())]
        inner = {name: fields[name].message_type.fields_by_name for name in own}
        for key, value in self.params.items():
            holder = next((name for name in own if key in inner[name]), None)
            # The layer's name, and its messages, are meant before fields of theirs.
            if key in fields and (holder is None or key == "name" or key.endswith("param")):
                holder = ""
            if holder is None:
                known = [one for name in own for one in inner[name]]
                known += [*fields, "ntop", "in_place"]
                raise NotFoundError(f"{where}there is no field {key!r}{did_you_mean(key, known)}")
            try:
                assign_proto(getattr(layer, holder) if holder else layer, key, value)
            except NotFoundError as failure:
                raise NotFoundError(f"{where}{failure}") from failure


class NetSpec:
    """Layers whose tops are its attributes, in the order in which they are set."""

    tops: OrderedDict[str, Top | Function]

    def __init__(self) -> None:
        super().__setattr__("tops", OrderedDict())

    def __setattr__(self, name: str, value: Top | Function) -> None:
        if not isinstance(value, (Top, Function)):
            hint = (
                f"; the layer has {len(value)} tops, each of which wants a name of its own"
                if isinstance(value, tuple)
                else ""
            )
            raise TypeError(f"{name} has to be a layer's top, got {value!r}{hint}")
        self.tops[name] = value

    def __getattr__(self, name: str) -> Any:
        if name == "tops" or name.startswith("__"):  # while it is copied or unpickled
            raise AttributeError(name)
        try:
            return self.tops[name]
        except KeyError:
            raise AttributeError(
                f"no top is named {name!r}{did_you_mean(name, self.tops)}"
            ) from None

    def __setitem__(self, name: str, value: Top | Function) -> None:
        self.__setattr__(name, value)

    def __getitem__(self, name: str) -> Any:
        return self.tops[name]

    def __delattr__(self, name: str) -> None:
        del self.tops[name]

    def __delitem__(self, name: str) -> None:
        del self.tops[name]

    def to_proto(self) -> Any:
        """The NetParameter: str() of it is the prototxt."""
        return _net({top: name for name, top in self.tops.items()}, self.tops.values())


def to_proto(*tops: Top | Function) -> Any:
    """The NetParameter of tops without names: they are numbered by type."""
    return _net({}, tops)


def _net(names: dict[Any, str], tops: Iterable[Top | Function]) -> Any:
    layers: dict[Function, Any] = {}
    autonames: Counter[str] = Counter()
    for top in tops:
        top._to_proto(layers, names, autonames)
    net = caffe_pb2.NetParameter()
    net.layer.extend(layers.values())
    return net


@cache  # what exists stays, and nets have hundreds of layers of few types
def _check_type(name: str) -> None:
    """Refuses a type that looks like a slip of the pen. Others that this library does not know may
    be another program's."""
    known = layer_type_list()
    meant = None if name in known else nearest(name.removesuffix("Layer"), known, 0.8)
    # Convolution3D is more than Convolution, Convolutions is not.
    if meant is not None and not re.fullmatch(f"{meant}(?!Layer)[A-Z0-9].*", name):
        raise NotFoundError(
            f"there is no layer type {name!r}; did you mean {meant!r}? One of another program is "
            f"made with caffe.net_spec.Function({name!r}, bottoms, fields).tops"
        )


class Layers:
    """`layers.Type(bottom, ..., ntop=1, in_place=False, **fields)`: a top, a tuple of tops, or for
    ntop=0 the layer."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def layer(*bottoms: Top, **fields: Any) -> Top | Function | tuple[Top, ...]:
            _check_type(name)
            function = Function(name, bottoms, fields)
            # What cannot be is said here, where it was written.
            function._assign(caffe_pb2.LayerParameter(), f"{name}: ")
            if function.ntop == 0:
                return function
            return function.tops[0] if function.ntop == 1 else function.tops

        return layer


class Parameters:
    """Enum values by their parameters' name: `params.Pooling.MAX`."""

    def __getattr__(self, name: str) -> Any:
        message = getattr(caffe_pb2, name + "Parameter", None)
        if message is None:
            known = [
                one[: -len("Parameter")] for one in dir(caffe_pb2) if one.endswith("Parameter")
            ]
            raise AttributeError(
                f"caffe.proto has no {name}Parameter{did_you_mean(name, filter(None, known))}"
            )
        return message


layers = Layers()
params = Parameters()
