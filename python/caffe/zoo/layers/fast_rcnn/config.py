"""py-faster-rcnn's name for the numbers of detectors."""

from caffe.zoo.detection.config import cfg, cfg_from_file, cfg_from_list

__all__ = ["cfg", "cfg_from_file", "cfg_from_list"]
