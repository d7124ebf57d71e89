"""Writes the file of windows that a WindowData layer reads, from a folder of PASCAL VOC.

    make_window_file.py --voc VOCdevkit/VOC2007 --split trainval --windows windows.csv --out windows.txt
    make_window_file.py --voc VOCdevkit/VOC2007 --out windows.txt    # windows all over the images

--windows is a .csv file as python/detect.py takes it (filename,ymin,xmin,ymax,xmax), of selective
search say; a file is known by its name without folder and suffix. The objects themselves are windows,
too. Each window has the class of the object that it overlaps most, and by how much of both: the layer's
thresholds make objects and background of them. `caffe train -solver
examples/finetune_pascal_detection/pascal_finetune_solver.prototxt` learns from such files.

Girshick et al., "Rich feature hierarchies for accurate object detection and semantic segmentation",
CVPR 2014.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import caffe
import numpy as np
from caffe.zoo.detection import boxes, voc
from proposals import everywhere, read_windows


def lines_of(entry: voc.Entry, windows: np.ndarray, size: tuple[int, int]) -> list[str]:
    """An image's part of the file: its name, channels, height and width, and its windows."""
    objects, classes = entry["boxes"], entry["gt_classes"]
    places = np.concatenate([objects, windows.reshape(-1, 4)])
    places = boxes.clipped(places.round(), size[1], size[0]).astype(int)
    labels, best = np.zeros(len(places), int), np.zeros(len(places))
    if len(objects):
        overlap = boxes.overlaps(places, objects)
        best = overlap.max(axis=1)
        labels = np.where(best > 0, classes[overlap.argmax(axis=1)], 0)
    rows = [
        f"{label} {share:.6f} {' '.join(map(str, place))}"
        for label, share, place in zip(labels, best, places)
    ]
    return [entry["image"], "3", str(size[1]), str(size[0]), str(len(rows)), *rows]


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--voc", type=Path, required=True)
    parser.add_argument("--split", default="trainval")
    parser.add_argument("--windows", type=Path, help="a .csv file; without it, windows everywhere")
    parser.add_argument("--out", type=Path, required=True, help="the file to write")
    options = parser.parse_args()
    given = None
    if options.windows is not None:
        given = {Path(name).stem: found for name, found in read_windows(options.windows).items()}
    lines, counts = [], np.zeros(3, int)
    for i, entry in enumerate(voc.read_folder(options.voc, options.split)):
        path = Path(entry["image"]).resolve()
        with caffe.io.opened_image(path, str(path)) as opened:
            size: tuple[int, int] = opened.size
        windows = everywhere(*size) if given is None else given.get(path.stem, np.zeros((0, 4)))
        part = lines_of({**entry, "image": str(path)}, windows, size)
        lines += [f"# {i}", *part]
        shares = np.array([float(row.split()[1]) for row in part[5:]])
        counts += (1, (shares >= 0.5).sum(), (shares < 0.5).sum())
    options.out.write_text("".join(f"{line}\n" for line in lines))
    print(f"images {counts[0]}  windows of objects {counts[1]}  of the background {counts[2]}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (caffe.Error, OSError) as error:
        sys.exit(f"make_window_file.py: {error}")
