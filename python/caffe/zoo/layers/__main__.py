"""Prints the folder of the stand-ins, for PYTHONPATH."""

from caffe.zoo.layers import FOLDER

print(FOLDER)
