"""Layers written in Python in the ways people write them; the tests' prototxts name them."""

from __future__ import annotations

import json

import caffe
import numpy as np


class EuclideanLoss(caffe.Layer):
    """Half the squared distance, per item; keeps the difference for the gradient."""

    def setup(self, bottom, top):
        assert len(bottom) == 2

    def reshape(self, bottom, top):
        assert bottom[0].count == bottom[1].count
        self.diff = np.zeros_like(bottom[0].data, dtype=np.float32)
        top[0].reshape(1)

    def forward(self, bottom, top):
        self.diff[...] = bottom[0].data - bottom[1].data
        top[0].data[...] = (self.diff**2).sum() / (2 * bottom[0].num)

    def backward(self, top, propagate_down, bottom):
        for i in range(2):
            if propagate_down[i]:
                bottom[i].diff[...] = (1 - 2 * i) * self.diff / bottom[i].num


class Batches(caffe.Layer):
    """A data layer whose settings are a dict's text, and whose batches are made in forward()."""

    def setup(self, bottom, top):
        params = eval(self.param_str)
        self.batch_size = params["batch_size"]
        self.random = np.random.RandomState(params["seed"])
        top[0].reshape(self.batch_size, 3)
        top[1].reshape(self.batch_size, 1)

    def reshape(self, bottom, top):
        """The shapes are those of setup()."""

    def forward(self, bottom, top):
        for i in range(self.batch_size):
            x = self.random.randn(3).astype(np.float32)
            top[0].data[i, ...] = x
            top[1].data[i, ...] = x.sum()

    def backward(self, top, propagate_down, bottom):
        pass


class Images(caffe.Layer):
    """A data layer that loads an image in reshape(), each of another size."""

    def setup(self, bottom, top):
        self.index = int(self.param_str_)

    def reshape(self, bottom, top):
        self.image = np.full((2, 4 + self.index, 5), self.index, np.float32)
        top[0].reshape(1, *self.image.shape)

    def forward(self, bottom, top):
        top[0].data[...] = self.image
        self.index += 1

    def backward(self, top, propagate_down, bottom):
        pass


class Regions(caffe.Layer):
    """Proposes as many regions as scores are positive: the number is known in forward() only."""

    def __init__(self, p_object, *args, **kwargs):
        super().__init__(p_object, *args, **kwargs)
        self.roidb = None

    def setup(self, bottom, top):
        self.index_of = {"rois": 0}
        self.kept = top
        top[0].reshape(1, 5)

    def set_roidb(self, roidb):
        self.roidb = roidb

    def reshape(self, bottom, top):
        """The shape comes in forward()."""

    def forward(self, bottom, top):
        keep = np.where(bottom[0].data.ravel() > 0)[0]
        rois = np.array([[0, i, i, i + 1, i + 1] for i in keep], np.float32).reshape(-1, 5)
        if self.roidb is not None:
            rois = np.vstack([rois, self.roidb])
        top[0].reshape(*rois.shape)
        self.kept[self.index_of["rois"]].data[...] = rois


class Affine(caffe.Layer):
    """y = w * x + b, with parameters, and settings in JSON."""

    def setup(self, bottom, top):
        self.blobs.add_blob(1)
        self.blobs.add_blob(1)
        self.blobs[0].data[...] = json.loads(self.param_str)["w"]

    def reshape(self, bottom, top):
        top[0].reshape(*bottom[0].shape)

    def forward(self, bottom, top):
        top[0].data[...] = bottom[0].data * self.blobs[0].data + self.blobs[1].data

    def backward(self, top, propagate_down, bottom):
        self.blobs[0].diff[...] += (top[0].diff * bottom[0].data).sum()
        self.blobs[1].diff[...] += top[0].diff.sum()
        if propagate_down[0]:
            bottom[0].diff[...] = top[0].diff * self.blobs[0].data


class Filled(Affine):
    """Its parameter is drawn from the net's random numbers."""

    def setup(self, bottom, top):
        self.blobs.add_blob(4, 4, filler={"type": "gaussian", "std": 2.0})

    def forward(self, bottom, top):
        self.blobs.add_blob(3)


class Twice(caffe.Layer):
    """y = 2 x through views that are kept from one call to the next."""

    def setup(self, bottom, top):
        self.name, self.type, self.prototxt = "mine", "too", "as well"

    def reshape(self, bottom, top):
        top[0].reshape(*bottom[0].data.shape)
        self.bottom, self.top = bottom[0].data, top[0].data

    def forward(self, bottom, top):
        self.top[...] = 2 * self.bottom

    def backward(self, top, propagate_down, bottom):
        bottom[0].diff[...] = 2 * top[0].diff


class Raises(Twice):
    """Raises the exception `what` in the method that param_str names."""

    what: BaseException = RuntimeError()

    def maybe(self, method):
        if method == self.param_str:
            raise Raises.what

    def setup(self, bottom, top):
        self.maybe("setup")

    def reshape(self, bottom, top):
        self.maybe("reshape")
        super().reshape(bottom, top)

    def forward(self, bottom, top):
        self.maybe("forward")
        super().forward(bottom, top)

    def backward(self, top, propagate_down, bottom):
        self.maybe("backward")
        super().backward(top, propagate_down, bottom)


class Nested(Twice):
    """Runs a net of its own, whose text is param_str."""

    def setup(self, bottom, top):
        self.net = caffe.Net.from_text(self.param_str, self.phase)

    def forward(self, bottom, top):
        (top[0].data[...],) = self.net.forward(x=bottom[0].data).values()


class Phase(Twice):
    """Tells the phase."""

    def forward(self, bottom, top):
        top[0].data[...] = self.phase


class NoForward(caffe.Layer):
    """Lacks a method."""

    def reshape(self, bottom, top):
        top[0].reshape(1)


class NoBackward(NoForward):
    """Lacks another."""

    def forward(self, bottom, top):
        top[0].data[...] = 1


class NoReshape(caffe.Layer):
    """And a third."""


def not_a_class():
    """What python_param.layer may name by mistake."""
