"""Images with their objects, or with regions to classify, in batches.

Girshick, "Fast R-CNN", ICCV 2015; Ren et al., "Faster R-CNN", NIPS 2015.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import caffe
import numpy as np
from caffe.zoo._python_layers import Constant, parameters
from caffe.zoo.detection import images, roidb, voc
from caffe.zoo.detection.config import cfg
from caffe.zoo.detection.targets import by_class, sample_regions


class RoIDataLayer(Constant):
    """Images as set_roidb() gives them, in a new random order in each epoch.

    What comes out follows from the number of tops:
    3 (an RPN): image 1 x 3 x H x W; its height, width and scale, 1 x 3; objects N x 5 (box, class);
    3, the second called rois (Fast R-CNN without offsets): images N x 3 x H x W; regions R x 5 (the
      image's number, box); labels R;
    5 (Fast R-CNN's first version): these, and offsets R x 4K and their weights;
    6: these, and offsets, inside and outside weights.
    `param_str`: 'num_classes', K, the background counted; 'voc_dir' and 'split' name a folder of
    PASCAL VOC whose images are taken where nobody calls set_roidb().
    """

    def __init__(self, param: Any) -> None:
        super().__init__(param)
        self.proposes = len(param.top) == 3 and param.top[1] != "rois"
        self.random = np.random.RandomState(cfg.RNG_SEED)
        self.entries: list[voc.Entry] = []
        self.order: list[int] = []

    def setup(self, bottom: Sequence[caffe.Blob], top: Sequence[caffe.Blob]) -> None:
        params = parameters(self, ["num_classes"], ["voc_dir", "split"])
        self.classes = params["num_classes"]
        if len(top) not in (3, 5, 6):
            raise caffe.InvalidArgumentError(
                f"layer {self.name!r} (RoIDataLayer): it has 3 tops (data, im_info, gt_boxes, or "
                f"data, rois, labels), 5 or 6, not {len(top)}"
            )
        # The net wants shapes before the first batch.
        side = max(cfg.TRAIN.SCALES)
        top[0].reshape(1 if self.proposes else cfg.TRAIN.IMS_PER_BATCH, 3, side, side)
        if self.proposes:
            top[1].reshape(1, 3)
            top[2].reshape(1, 5)
        else:
            _reshape(top, 1, self.classes)
        if "voc_dir" in params:
            self.set_roidb(
                roidb.prepared(
                    voc.read_folder(params["voc_dir"], params.get("split", "trainval")), cfg.TRAIN
                )
            )

    def set_roidb(self, entries: Iterable[voc.Entry]) -> None:
        """Sets the images: entries as roidb.prepared() makes them."""
        self.entries = list(entries)
        self.order = []

    def reshape(self, bottom: Sequence[caffe.Blob], top: Sequence[caffe.Blob]) -> None:
        """Each batch brings its shapes."""

    def forward(self, bottom: Sequence[caffe.Blob], top: Sequence[caffe.Blob]) -> None:
        if not self.entries:
            raise caffe.StateError(
                f"layer {self.name!r} (RoIDataLayer): it has no images; call "
                "net.layers[0].set_roidb(...), or name a folder of PASCAL VOC in param_str: "
                f"\"'num_classes': {self.classes}, 'voc_dir': 'VOCdevkit/VOC2007'\""
            )
        count = 1 if self.proposes else cfg.TRAIN.IMS_PER_BATCH
        batch = [self.entries[i] for i in self._next(count)]
        pixels, scales = zip(
            *(
                images.read(
                    one["image"],
                    int(self.random.choice(cfg.TRAIN.SCALES)),
                    cfg.TRAIN.MAX_SIZE,
                    one["flipped"],
                )
                for one in batch
            )
        )
        data = images.batch(pixels)
        top[0].reshape(*data.shape)
        top[0].data[...] = data
        if self.proposes:
            self._write_objects(top, batch[0], scales[0])
        else:
            self._write_regions(top, batch, scales)

    def _next(self, count: int) -> list[int]:
        if len(self.order) < count:
            self.order += self.random.permutation(len(self.entries)).tolist()
        if len(self.order) < count:  # fewer images than a batch takes
            return self._next(count)
        chosen, self.order = self.order[:count], self.order[count:]
        return chosen

    def _write_objects(self, top: Sequence[caffe.Blob], entry: voc.Entry, scale: float) -> None:
        objects = np.flatnonzero(entry["gt_classes"] > 0)
        top[1].reshape(1, 3)
        top[1].data[...] = (*top[0].shape[2:], scale)
        top[2].reshape(len(objects), 5)
        top[2].data[:, :4] = entry["boxes"][objects] * scale
        top[2].data[:, 4] = entry["gt_classes"][objects]

    def _write_regions(
        self, top: Sequence[caffe.Blob], batch: list[voc.Entry], scales: Sequence[float]
    ) -> None:
        numbers = cfg.TRAIN
        regions, labels, moves = [], [], []
        for i, (entry, scale) in enumerate(zip(batch, scales)):
            sample = sample_regions(
                entry["max_overlaps"],
                entry["max_classes"],
                numbers.BATCH_SIZE // len(batch),
                numbers,
                self.random,
            )
            boxes = entry["boxes"][sample.chosen] * scale
            regions.append(np.insert(boxes, 0, i, axis=1))
            labels.append(sample.labels)
            moves.append(entry["bbox_targets"][sample.chosen])
        learned = np.concatenate(moves)
        offsets, inside = by_class(
            learned[:, 1:], learned[:, 0], self.classes, numbers.BBOX_INSIDE_WEIGHTS
        )
        _reshape(top, len(learned), self.classes)
        values = (np.concatenate(regions), np.concatenate(labels), offsets, inside, inside > 0)
        for blob, each in zip(top[1:], values):
            blob.data[...] = each


def _reshape(top: Sequence[caffe.Blob], count: int, classes: int) -> None:
    top[1].reshape(count, 5)
    top[2].reshape(count)
    for blob in top[3:]:
        blob.reshape(count, 4 * classes)
