"""What Python feeds a model of an image, and answers: model_inputs.py FOLDER IMAGE FILE.

FILE becomes 32-bit floats: the input's values, then the indices and the values of the five likeliest classes.
"""
from __future__ import annotations

import sys

import caffe
import numpy as np


def main() -> None:
    folder, image, file = sys.argv[1:]
    model = caffe.Model(folder, threads=1, convolution="direct")
    found = model.predict(image)
    numbers = [*(score.index for score in found), *(score.probability for score in found)]
    np.concatenate([model.preprocess(image).ravel(), numbers]).astype("<f4").tofile(file)


if __name__ == "__main__":
    main()
