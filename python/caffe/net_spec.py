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

from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any

from .errors import InvalidArgumentError, NotFoundError
from .proto import caffe_pb2


def param_name_dict() -> dict[str, str]:
    """The stem of each layer type's own parameters: {"Convolution": "convolution", ...}."""
    names = {}
    for field in caffe_pb2.LayerParameter.DESCRIPTOR.fields:
        if field.name.endswith("_param") and field.message_type is not None:
            names[field.message_type.name.replace("Parameter", "")] = field.name[: -len("_param")]
    return names


_PARAM_NAMES = param_name_dict()


def assign_proto(proto: Any, name: str, value: Any) -> None:
    """Sets a field of a message: messages from dicts, repeated fields from lists or single values,
    enums by name."""
    field = proto.DESCRIPTOR.fields_by_name.get(name)
    if field is None:
        raise NotFoundError(f"{proto.DESCRIPTOR.name} has no field {name!r}")
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
                    one = field.enum_type.values_by_name[one].number
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
        for one in self.inputs:
            if not isinstance(one, Top):
                raise TypeError(
                    f"{type_name}: a bottom has to be a top of another layer, got {one!r}"
                )
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
        own = _PARAM_NAMES.get(self.type_name)
        for key, value in self.params.items():
            if key == "name":
                continue
            message = layer
            if own is not None and not key.endswith("param"):
                inner = getattr(layer, own + "_param")
                if key in inner.DESCRIPTOR.fields_by_name:
                    message = inner
            try:
                assign_proto(message, key, value)
            except NotFoundError as failure:
                raise NotFoundError(
                    f"layer {layer.name!r} ({self.type_name}): {failure}"
                ) from failure
        layers[self] = layer


class NetSpec:
    """Layers whose tops are its attributes, in the order in which they are set."""

    tops: OrderedDict[str, Top | Function]

    def __init__(self) -> None:
        super().__setattr__("tops", OrderedDict())

    def __setattr__(self, name: str, value: Top | Function) -> None:
        if not isinstance(value, (Top, Function)):
            raise TypeError(f"{name} has to be a layer's top, got {value!r}")
        self.tops[name] = value

    def __getattr__(self, name: str) -> Any:
        try:
            return self.tops[name]
        except KeyError:
            raise AttributeError(f"no top is named {name!r}") from None

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


class Layers:
    """`layers.Type(bottom, ..., ntop=1, in_place=False, **fields)`: a top, a tuple of tops, or for
    ntop=0 the layer."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def layer(*bottoms: Top, **fields: Any) -> Top | Function | tuple[Top, ...]:
            function = Function(name, bottoms, fields)
            if function.ntop == 0:
                return function
            return function.tops[0] if function.ntop == 1 else function.tops

        return layer


class Parameters:
    """Enum values by their parameters' name: `params.Pooling.MAX`."""

    def __getattr__(self, name: str) -> Any:
        message = getattr(caffe_pb2, name + "Parameter", None)
        if message is None:
            raise AttributeError(f"caffe.proto has no {name}Parameter")
        return message


layers = Layers()
params = Parameters()
