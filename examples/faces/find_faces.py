"""Finds faces, their eyes, noses and mouths: three nets in a row, each of which looks closer.

    caffe zoo download mtcnn
    find_faces.py photo.jpg --out faces.png

Joint Face Detection and Alignment using Multi-task Cascaded Convolutional Networks (MTCNN), Zhang et
al., 2016, https://github.com/kpzhang93/MTCNN_face_detection_alignment: det1, det2 and det3, each a
.prototxt and a .caffemodel.

The nets were trained on transposed images, so that the axes of their inputs are N x C x W x H.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import caffe
import numpy as np
from caffe.zoo import catalog
from PIL import Image

# The first net looks at every window of 12 pixels, 2 pixels apart, of smaller and smaller images.
WINDOW, STRIDE, SHRINK = 12, 2, 0.709
GREEN = (80, 255, 80)


@dataclass
class Face:
    """Where a face is, in pixels: its box (left, upper, right, lower) and five points (x, y)."""

    score: float
    box: np.ndarray
    points: np.ndarray


def normalized(image: Image.Image, size: tuple[int, int]) -> np.ndarray:
    """The image in another size (width, height), as the nets want it: C x W x H, -1 to 1."""
    pixels = np.asarray(image.resize(size, Image.Resampling.BILINEAR), np.float32)
    return (pixels.transpose(2, 1, 0) - 127.5) / 128


def kept(boxes: np.ndarray, scores: np.ndarray, most: float, inside: bool = False) -> np.ndarray:
    """The boxes that do not overlap a better one by more than `most` of their union.

    Best first. With `inside`, the overlap is taken of the smaller box: one in another goes, too.
    """
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    order = np.argsort(-scores, kind="stable")
    chosen = []
    while len(order) > 0:
        best, rest = order[0], order[1:]
        chosen.append(best)
        low = np.maximum(boxes[best, :2], boxes[rest, :2])
        high = np.minimum(boxes[best, 2:], boxes[rest, 2:])
        shared = np.maximum(high - low, 0).prod(axis=1)
        of = np.minimum(areas[best], areas[rest]) if inside else areas[best] + areas[rest] - shared
        order = rest[shared <= most * of]
    return np.array(chosen, int)


def moved(boxes: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Boxes corrected by what a net says, in parts of their sides."""
    return boxes + offsets * np.tile(boxes[:, 2:] - boxes[:, :2], 2)


def squared(boxes: np.ndarray) -> np.ndarray:
    """The squares around the boxes' centres, as large as their longer sides."""
    centers = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, keepdims=True) / 2
    return np.hstack([centers - half, centers + half])


class FaceFinder:
    """The three nets, of a folder or else of the zoo's mtcnn. `thresholds` are the least scores that
    each lets pass."""

    def __init__(
        self, models: Path | None = None, thresholds: tuple[float, float, float] = (0.6, 0.7, 0.7)
    ) -> None:
        models = models or catalog.find("mtcnn")
        if not (models / "det1.caffemodel").is_file():
            raise caffe.NotFoundError(
                f"MTCNN: there is no det1.caffemodel in {models}; `caffe zoo download mtcnn` fetches it"
            )
        self.nets = [
            caffe.Net(
                models / f"det{i}.prototxt", caffe.TEST, weights=models / f"det{i}.caffemodel"
            )
            for i in (1, 2, 3)
        ]
        self.thresholds = thresholds

    def find(self, image: Image.Image, smallest: float = 20) -> list[Face]:
        """The faces of an RGB image that are at least `smallest` pixels wide, best first."""
        boxes = self._propose(image, smallest)
        boxes, scores, _ = self._look_closer(1, image, boxes, 24)
        boxes = squared(boxes[kept(boxes, scores, 0.7)])
        boxes, scores, points = self._look_closer(2, image, boxes, 48)
        best = kept(boxes, scores, 0.7, inside=True)
        return [Face(float(scores[i]), boxes[i], points[i]) for i in best]

    def _propose(self, image: Image.Image, smallest: float) -> np.ndarray:
        """The first net's squares, from all sizes of the image."""
        found, scores = [np.zeros((0, 4))], [np.zeros(0)]
        scale = WINDOW / smallest
        while min(image.size) * scale >= WINDOW:
            size = tuple(int(np.ceil(side * scale)) for side in image.size)
            out = self._run(0, normalized(image, size)[np.newaxis])
            faces = out["prob1"][0, 1]
            x, y = np.nonzero(faces >= self.thresholds[0])
            corner = STRIDE * np.stack([x, y], axis=1)
            boxes = np.hstack([corner, corner + WINDOW]) / scale
            best = kept(boxes, faces[x, y], 0.5)
            found.append(moved(boxes, out["conv4-2"][0][:, x, y].T)[best])
            scores.append(faces[x, y][best])
            scale *= SHRINK
        all_boxes, all_scores = np.concatenate(found), np.concatenate(scores)
        return squared(all_boxes[kept(all_boxes, all_scores, 0.7)])

    def _look_closer(
        self, stage: int, image: Image.Image, boxes: np.ndarray, side: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Boxes, scores and points (0 x 5 x 2 from a net that has none) of the faces among squares."""
        corners = np.round(boxes).astype(int)
        real = (corners[:, 2:] > corners[:, :2]).all(axis=1)
        boxes, corners = boxes[real], corners[real]
        if len(boxes) == 0:
            return boxes, np.zeros(0), np.zeros((0, 5, 2))
        # What is beyond the image's edges is black.
        out = self._run(
            stage, np.stack([normalized(image.crop(tuple(each)), (side, side)) for each in corners])
        )
        faces = out["prob1"][:, 1]
        passed = faces >= self.thresholds[stage]
        boxes = boxes[passed]
        points = np.zeros((0, 5, 2))
        if "conv6-3" in out:  # five x, then five y, in parts of the square
            points = out["conv6-3"][passed].reshape(-1, 2, 5).transpose(0, 2, 1)
            points = (
                boxes[:, np.newaxis, :2] + points * (boxes[:, 2:] - boxes[:, :2])[:, np.newaxis]
            )
        offsets = out["conv6-2" if stage == 2 else "conv5-2"][passed]
        return moved(boxes, offsets), faces[passed], points

    def _run(self, stage: int, data: np.ndarray) -> dict[str, np.ndarray]:
        net = self.nets[stage]
        net.blobs["data"].reshape(*data.shape)
        net.blobs["data"].data[...] = data
        return net.forward()


def drawn(image: Image.Image, faces: list[Face]) -> Image.Image:
    """The image with the faces' boxes and points."""
    scores = [f"{face.score:.3f}" for face in faces]
    picture = caffe.vis.boxes(image, [face.box for face in faces], scores, [GREEN] * len(faces))
    return caffe.vis.points(picture, [point for face in faces for point in face.points])


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("image", type=Path)
    parser.add_argument("--models", type=Path, help="MTCNN's folder; without it, the zoo's mtcnn")
    parser.add_argument("--out", type=Path, help="the picture to draw")
    options = parser.parse_args()
    image = caffe.vis.picture(options.image)
    faces = FaceFinder(options.models).find(image)
    for face in faces:
        left, upper, right, lower = face.box.round().astype(int)
        print(f"{face.score:.3f}  {left} {upper} {right} {lower}")
    if options.out:
        drawn(image, faces).save(options.out)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (caffe.Error, OSError) as error:
        sys.exit(f"find_faces.py: {error}")
