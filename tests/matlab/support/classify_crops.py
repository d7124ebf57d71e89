"""What the Python package says of crops: classify_crops.py MODEL WEIGHTS CROPS SCORES.

CROPS is a file of 32-bit floats, ten images of 3 x 227 x 227; SCORES becomes one of ten times a thousand.
"""
from __future__ import annotations

import sys

import caffe
import numpy as np


def main() -> None:
    model, weights, crops, scores = sys.argv[1:]
    net = caffe.Net(model, caffe.TEST, weights=weights)
    images = np.fromfile(crops, dtype="<f4").reshape(10, 3, 227, 227)
    net.blobs["data"].reshape(*images.shape)
    net.blobs["data"].data[...] = images
    net.forward()["prob"].reshape(10, 1000).astype("<f4").tofile(scores)


if __name__ == "__main__":
    main()
