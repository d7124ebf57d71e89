"""VanillaCNN's loss, where its authors kept it: in the folder python of their repository."""

from caffe.zoo.layers.NormlizedMSE import NormlizedMSE

__all__ = ["NormlizedMSE"]
