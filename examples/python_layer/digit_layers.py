"""Two layers written in Python, which net.prototxt names: where digits come from, and a loss."""

from __future__ import annotations

import json

import caffe
import numpy as np


class Digits(caffe.Layer):
    """The digits that scikit-learn carries (UCI, 1797 images of 8 x 8), in batches: the first 360 in
    phase TEST, the others in phase TRAIN. `param_str` is JSON: {"batch_size": 64}."""

    def setup(self, bottom, top):
        from sklearn.datasets import load_digits

        data = load_digits()
        order = np.random.RandomState(0).permutation(len(data.images))
        order = order[:360] if self.phase == caffe.TEST else order[360:]
        self.images = data.images[order, np.newaxis].astype(np.float32) / 16
        self.labels = data.target[order]
        self.batch_size = json.loads(self.param_str)["batch_size"]
        self.next = 0

    def reshape(self, bottom, top):
        top[0].reshape(self.batch_size, 1, 8, 8)
        top[1].reshape(self.batch_size)

    def forward(self, bottom, top):
        batch = np.arange(self.next, self.next + self.batch_size) % len(self.images)
        top[0].data[...] = self.images[batch]
        top[1].data[...] = self.labels[batch]
        self.next = (self.next + self.batch_size) % len(self.images)

    def backward(self, top, propagate_down, bottom):
        pass


class FocalLoss(caffe.Layer):
    """-(1 - p)^gamma log(p), p the softmax probability of the label: examples that are right already
    count little (Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017).

    Bottoms: scores N x K, labels N. Top: the mean over the items. `param_str` is gamma; with 0 this
    is SoftmaxWithLoss.
    """

    def setup(self, bottom, top):
        self.gamma = float(self.param_str)

    def reshape(self, bottom, top):
        if bottom[0].shape[0] != bottom[1].count:
            raise ValueError(f"{bottom[0].shape[0]} items, but {bottom[1].count} labels")
        top[0].reshape()

    def forward(self, bottom, top):
        scores = bottom[0].data
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        self.prob = powers / powers.sum(axis=1, keepdims=True)
        self.labels = bottom[1].data.astype(int)
        p = self.prob_of_label()
        top[0].data[...] = (-((1 - p) ** self.gamma) * np.log(p)).mean()

    def backward(self, top, propagate_down, bottom):
        p = self.prob_of_label()
        # What the loss changes by with the logarithm of p, and that with each score.
        change = self.gamma * p * (1 - p) ** (self.gamma - 1) * np.log(p) - (1 - p) ** self.gamma
        one_hot = np.eye(self.prob.shape[1])[self.labels]
        gradient = change[:, np.newaxis] * (one_hot - self.prob) / len(p)
        bottom[0].diff[...] = top[0].diff * gradient

    def prob_of_label(self):
        p = self.prob[np.arange(len(self.labels)), self.labels]
        return np.clip(p, 1e-12, 1 - 1e-7)
