"""What recipes share: a NetSpec that adds layers by name, a net's usual ends, solvers, and files.

A recipe is a module beside this one that defines FILES: messages by their paths as prototxts.

    FILES = files("models/my_net", deploy=net(True), train_val=net(False),
                  solver=solver_in("models/my_net", "my_net_train", base_lr=0.01, ...))
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from caffe import NetSpec
from caffe import layers as L
from caffe import params as P
from caffe.net_spec import assign_proto
from caffe.proto import caffe_pb2

# Fields that matter to training only.
LEARNING = ("param", "weight_filler", "bias_filler", "filler")

PHASES = (caffe_pb2.TRAIN, caffe_pb2.TEST)

Fields = dict[str, Any]

# The usual learning rates: biases learn twice as fast, and do not decay.
RATES: list[Fields] = [{"lr_mult": 1, "decay_mult": 1}, {"lr_mult": 2, "decay_mult": 0}]

XAVIER: Fields = {"type": "xavier"}
MSRA: Fields = {"type": "msra"}


def gaussian(std: float) -> Fields:
    """A filler."""
    return {"type": "gaussian", "std": std}


def constant(value: float | None = None) -> Fields:
    """A filler."""
    return {"type": "constant"} if value is None else {"type": "constant", "value": value}


def files(folder: str, **messages: Any) -> dict[str, Any]:
    """NetParameters and SolverParameters by the paths they have as prototxts of a folder."""
    return {f"{folder}/{name}.prototxt": message for name, message in messages.items()}


def solver(**fields: Any) -> Any:
    """A SolverParameter; where it runs is left to who starts it."""
    message = caffe_pb2.SolverParameter()
    for key, value in fields.items():
        assign_proto(message, key, value)
    return message


def solver_in(folder: str, prefix: str, net: str = "train_val", **fields: Any) -> Any:
    """A solver for a net of a folder, into which its snapshots go under names with a prefix."""
    return solver(net=f"{folder}/{net}.prototxt", snapshot_prefix=f"{folder}/{prefix}", **fields)


def database(
    phase: int,
    source: str,
    batch_size: int,
    transform: Fields | None = None,
    *stages: str,
    backend: int | None = P.Data.LMDB,
) -> Fields:
    """What a Data layer is in a phase, and, when it names some, in stages."""
    return {
        "include": {"phase": phase, "stage": stages},
        "data_param": {
            "source": source,
            "batch_size": batch_size,
            **({} if backend is None else {"backend": backend}),
        },
        **({} if transform is None else {"transform_param": transform}),
    }


def _add_tops(
    spec: NetSpec, tops: Sequence[str], type_name: str, *bottoms: Any, **fields: Any
) -> list[Any]:
    made = getattr(L, type_name)(*bottoms, ntop=len(tops), **fields)
    outputs = list(made) if len(tops) > 1 else [made]
    for top, output in zip(tops, outputs):
        spec[top] = output
    return outputs


class Builder:
    """A net being written. Each method adds a layer and returns its top, which has the layer's name
    unless the layer works in place or is given a `name` of its own."""

    def __init__(self, deploy: bool, keep: Sequence[str] = ()) -> None:
        """`keep`: which of LEARNING a deploy net has, too."""
        self.spec = NetSpec()
        # For layers with the same tops as one of `spec`, which cannot have both.
        self.before: list[NetSpec] = []
        self.deploy = deploy
        self.left_out = [key for key in LEARNING if deploy and key not in keep]

    def add(self, type_name: str, top: str, *bottoms: Any, **fields: Any) -> Any:
        """Any layer with one top."""
        fields = {key: value for key, value in fields.items() if key not in self.left_out}
        self.spec[top] = getattr(L, type_name)(*bottoms, **fields)
        return self.spec[top]

    def add_tops(
        self, type_name: str, name: str, bottoms: Sequence[Any], tops: Sequence[str], **fields: Any
    ) -> list[Any]:
        """Any layer with one top or several, of which none needs the layer's name."""
        return _add_tops(self.spec, tops, type_name, *bottoms, name=name, **fields)

    def input(self, *shape: int, name: str = "data") -> Any:
        """The images of a deploy net."""
        self.spec.data = L.Input(name=name, input_param={"shape": {"dim": list(shape)}})
        return self.spec.data

    def inputs(self, **shapes: Sequence[int]) -> Any:
        """What a deploy net has in the stead of images alone; the first one's top."""
        fields: Fields = {"input_param": {"shape": [{"dim": list(s)} for s in shapes.values()]}}
        return self.source("Input", fields, tops=tuple(shapes), name="input")

    def convolution(
        self, name: str, bottom: Any, num_output: int, kernel_size: int, **more: Any
    ) -> Any:
        """A convolution with square kernels."""
        return self.add(
            "Convolution", name, bottom, num_output=num_output, kernel_size=kernel_size, **more
        )

    def inner_product(self, name: str, bottom: Any, num_output: int, **more: Any) -> Any:
        """A fully connected layer."""
        return self.add("InnerProduct", name, bottom, num_output=num_output, **more)

    def relu(self, name: str, bottom: Any) -> Any:
        """In place."""
        return self.add("ReLU", name, bottom, in_place=True)

    def max_pool(self, name: str, bottom: Any, kernel_size: int, stride: int, **more: Any) -> Any:
        """The largest of each window."""
        pool = P.Pooling.MAX
        return self.add(
            "Pooling", name, bottom, pool=pool, kernel_size=kernel_size, stride=stride, **more
        )

    def average_pool(
        self, name: str, bottom: Any, kernel_size: int, stride: int, **more: Any
    ) -> Any:
        """The mean of each window."""
        pool = P.Pooling.AVE
        return self.add(
            "Pooling", name, bottom, pool=pool, kernel_size=kernel_size, stride=stride, **more
        )

    def global_pool(self, name: str, bottom: Any) -> Any:
        """The mean of each channel."""
        return self.add("Pooling", name, bottom, pool=P.Pooling.AVE, global_pooling=True)

    def lrn(self, name: str, bottom: Any) -> Any:
        """Local response normalisation as in AlexNet."""
        return self.add("LRN", name, bottom, local_size=5, alpha=1e-4, beta=0.75)

    def dropout(self, name: str, bottom: Any, ratio: float) -> Any:
        """In place."""
        return self.add("Dropout", name, bottom, in_place=True, dropout_ratio=ratio)

    def softmax(self, name: str, bottom: Any) -> Any:
        """The probabilities of a deploy net."""
        return self.add("Softmax", name, bottom)

    def loss(self, top: str, bottom: Any, **more: Any) -> Any:
        """The mean cross entropy of a batch's labels."""
        return self.add("SoftmaxWithLoss", top, bottom, self.spec.label, **more)

    def accuracy(self, name: str, bottom: Any, top_k: int = 1, test_only: bool = True) -> Any:
        """How many labels are among the `top_k` largest scores."""
        more: Fields = {"accuracy_param": {"top_k": top_k}} if top_k > 1 else {}
        if test_only:
            more["include"] = {"phase": caffe_pb2.TEST}
        return self.add("Accuracy", name, bottom, self.spec.label, **more)

    def ends(self, name: str, scores: Any) -> None:
        """The end of most nets: `name` are the probabilities, or else accuracy and loss."""
        if self.deploy:
            self.softmax(name, scores)
        else:
            self.accuracy("accuracy", scores)
            self.loss("loss", scores)

    def source(
        self,
        type_name: str,
        *variants: Fields,
        tops: Sequence[str] = ("data", "label"),
        name: str = "data",
    ) -> Any:
        """A data layer, in as many variants as there are phases or stages that need another."""
        for fields in variants[:-1]:
            self.before.append(NetSpec())
            _add_tops(self.before[-1], tops, type_name, name=name, **fields)
        _add_tops(self.spec, tops, type_name, name=name, **variants[-1])
        return self.spec[tops[0]]

    def data(
        self,
        sources: tuple[str, str],
        batches: tuple[int, int],
        transforms: tuple[Fields, Fields],
        **more: Any,
    ) -> Any:
        """Images and labels, from one LMDB to train and another to test."""
        variants = [database(*one) for one in zip(PHASES, sources, batches, transforms)]
        return self.source("Data", *variants, **more)

    def imagenet(self, batches: tuple[int, int], train: Fields, test: Fields) -> Any:
        """The ImageNet databases at the places that Caffe's example makes them."""
        folder = "examples/imagenet/ilsvrc12_"
        return self.data((folder + "train_lmdb", folder + "val_lmdb"), batches, (train, test))

    def to_proto(self, name: str | None) -> Any:
        """The NetParameter."""
        net = caffe_pb2.NetParameter()
        if name is not None:
            net.name = name
        for spec in (*self.before, self.spec):
            net.MergeFrom(spec.to_proto())
        return net
