"""Data that was never there: what a published definition's data layers read, generated and written
in the format of each, and the definition with its paths and batch sizes changed to it.

Nothing else of a definition is changed, so that it is the layers as published that read the data.
"""

from __future__ import annotations

import os
import subprocess
import sys
from ast import literal_eval
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import convert
from ..errors import Error, UnsupportedError
from . import datasets
from .definitions import in_state, serves_data
from .shapes import CLASSES, IMAGE, Need, Shape, batch_size, fitting

Array = npt.NDArray[Any]

_RECORDS = 4
_OBJECTS = 2  # boxes of an image
_MEAN = 110.0


def rewritten(
    net: Any,
    states: Sequence[tuple[int, Sequence[str]]],
    twin: Mapping[str, Shape],
    folder: Path,
) -> tuple[Any, list[str]]:
    """The net with generated data, written into `folder`, for all of these phases and stages; and
    what was changed besides paths, in words.

    `twin` are the inputs of the deploy net that belongs to it. Raises ShapeError when nothing tells
    what the data is like, UnsupportedError for data that a layer cannot serve.
    """
    changed = type(net)()
    changed.CopyFrom(net)
    notes: dict[str, None] = {}
    for phase, stages in states:
        places = [i for i, each in enumerate(net.layer) if in_state(each, phase, stages)]
        part = type(net)()
        part.CopyFrom(net)
        del part.layer[:]
        part.layer.extend(net.layer[i] for i in places)
        small, needs = fitting(part, twin)
        writer = Writer(folder / f"{phase}{''.join(stages)}", needs)
        for i, published, layer in zip(places, part.layer, small.layer):
            writer.rewrite(layer)
            changed.layer[i].CopyFrom(layer)
            if serves_data(layer) and batch_size(published) != batch_size(layer):
                batches = f"batches of {batch_size(layer)} instead of {batch_size(published)}"
                notes[batches] = None
        notes.update(dict.fromkeys(writer.notes))
    return changed, list(notes)


class Writer:
    """Writes the data of one net, as its needs are, into a folder, and the paths into its layers."""

    def __init__(self, folder: Path, needs: Mapping[str, Need]) -> None:
        self.folder = folder
        self.needs = needs
        self.notes: list[str] = []
        self.random = np.random.default_rng(0)
        self.writers: dict[str, Callable[[Any], None]] = {
            "AnnotatedData": self._annotated,
            "Data": self._database,
            "DenseImageData": self._dense,
            "HDF5Data": self._hdf5,
            "ImageData": self._images,
            "ImageLabelmapData": self._dense,
            "ImageSegData": self._dense,
            "WindowData": self._windows,
        }

    def rewrite(self, layer: Any) -> None:
        """Writes what the layer reads; what it would write goes into the folder, too."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if serves_data(layer) and layer.type in self.writers:
            self.writers[layer.type](layer)
            self._mean_file(layer)
        if serves_data(layer) and layer.type == "Python":
            self._python(layer)
        if layer.type == "InfogainLoss" and layer.infogain_loss_param.source:
            self._infogain(layer)
        if layer.type == "HDF5Output":
            layer.hdf5_output_param.file_name = str(self._path(layer, "out.h5"))
        for name in ("detection_evaluate_param", "detection_output_param", "annotated_data_param"):
            if layer.HasField(name):
                self._detection_files(getattr(layer, name))

    def _path(self, layer: Any, name: str) -> Path:
        safe = "".join(c if c.isalnum() else "_" for c in layer.top[0] if layer.top) or "out"
        return self.folder / f"{safe}_{name}"

    # ---- values

    def _pixels(self, shape: Shape) -> Array:
        """Smooth images of bytes, N x C x H x W: a few waves and some noise."""
        count, channels, height, width = shape
        rows = np.linspace(0, 6, height)[:, None]
        columns = np.linspace(0, 6, width)[None, :]
        phases = self.random.uniform(0, 6, (count, channels, 1, 1))
        waves = 100 + 60 * np.sin(rows + phases) * np.cos(columns + 2 * phases)
        noise = self.random.integers(0, 30, shape)
        return (waves + noise).astype(np.uint8)

    def _values(self, need: Need) -> Array:
        if need.kind == CLASSES:
            return self.random.integers(0, max(need.classes, 1), need.shape)
        return self.random.random(need.shape, np.float32)

    def _labels(self, layer: Any, count: int) -> Array:
        """A whole number for each record, or as many floats as the net reads where a record can
        hold them, UnsupportedError where not."""
        if len(layer.top) < 2:
            return np.zeros(count, np.int64)
        need = self.needs[layer.top[1]]
        each = int(np.prod(need.shape[1:]))
        if each != 1 and layer.type == "Data" and layer.data_param.backend == layer.data_param.LMDB:
            return self.random.random((count, each), np.float32)
        if each != 1:
            raise UnsupportedError(
                f"layer {layer.name!r} ({layer.type}): the net reads {each} values of "
                f"{layer.top[1]!r} for each item; a record has one label, a whole number"
            )
        return self.random.integers(0, max(need.classes, 2), count)

    def _record_size(self, layer: Any) -> Shape:
        """C x H x W of the images as they are stored: a crop is of a larger one."""
        need = self.needs[layer.top[0]].shape
        size = (*need[1:], 1, 1, 1)[:3]
        crop = layer.transform_param.crop_size
        return (size[0], crop + crop // 8, crop + crop // 8) if crop else size

    # ---- files

    def _image_files(self, layer: Any, size: Shape, suffix: str = ".jpg") -> list[Path]:
        pixels = self._pixels((_RECORDS, *size))
        return [
            save_image(self._path(layer, f"{i}{suffix}"), image) for i, image in enumerate(pixels)
        ]

    def _list(self, layer: Any, lines: Sequence[str]) -> str:
        path = self._path(layer, "list.txt")
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return str(path)

    def _mean_file(self, layer: Any) -> None:
        from ..proto import caffe_pb2

        if not layer.transform_param.HasField("mean_file"):
            return
        size = self._record_size(layer)
        image = layer.image_data_param
        if layer.type == "ImageData" and image.new_height:
            size = (size[0], image.new_height, image.new_width)
        mean = caffe_pb2.BlobProto(num=1, channels=size[0], height=size[1], width=size[2])
        mean.data.extend([_MEAN] * int(np.prod(size)))
        path = self._path(layer, "mean.binaryproto")
        path.write_bytes(mean.SerializeToString())
        layer.transform_param.mean_file = str(path)

    def _infogain(self, layer: Any) -> None:
        from ..proto import caffe_pb2

        classes = next(
            (one.classes for one in self.needs.values() if one.kind == CLASSES and one.classes), 2
        )
        matrix = caffe_pb2.BlobProto(num=1, channels=1, height=classes, width=classes)
        matrix.data.extend(np.eye(classes).ravel().tolist())
        path = self.folder / "infogain.binaryproto"
        path.write_bytes(matrix.SerializeToString())
        layer.infogain_loss_param.source = str(path)

    def _detection_files(self, param: Any) -> None:
        """Names of classes, sizes of images, and the folder that detections go to."""
        if hasattr(param, "save_output_param"):
            self._detection_files(param.save_output_param)
        fields = {each.name for each, _ in param.ListFields()}
        if "label_map_file" in fields:
            path = self.folder / "labelmap.prototxt"
            classes = max((one.classes for one in self.needs.values()), default=21)
            path.write_text(
                "".join(
                    f'item {{ name: "{i}" label: {i} display_name: "class {i}" }}\n'
                    for i in range(max(classes, 21))
                ),
                encoding="utf-8",
            )
            param.label_map_file = str(path)
        if "name_size_file" in fields:
            path = self.folder / "sizes.txt"
            path.write_text("".join(f"{i} 300 300\n" for i in range(_RECORDS)), encoding="utf-8")
            param.name_size_file = str(path)
        if "output_directory" in fields:
            param.output_directory = str(self.folder / "detections")

    # ---- one for each type of layer

    def _database(self, layer: Any) -> None:
        need = self.needs[layer.top[0]]
        size = self._record_size(layer)
        shape = (_RECORDS, *size)
        labels = self._labels(layer, _RECORDS)
        images = (
            self._pixels(shape)
            if need.kind == IMAGE
            else self._values(Need(shape, need.kind, need.classes))
        )
        if need.kind == CLASSES:
            images = images.astype(np.uint8)
        path = self._path(layer, "db")
        layer.data_param.source = str(path)
        if layer.data_param.backend != layer.data_param.LEVELDB:
            convert.write_lmdb(path, images, labels, progress=False)
        elif images.dtype == np.uint8 and size[0] in (1, 3):
            self._leveldb(layer, images, labels, path)
        else:
            convert.write_lmdb(path, images, labels, progress=False)
            layer.data_param.backend = layer.data_param.LMDB
            self.notes.append("an LMDB instead of a LevelDB")

    def _leveldb(self, layer: Any, images: Array, labels: Array, path: Path) -> None:
        """By the command that makes them."""
        files = [save_image(self._path(layer, f"{i}.png"), one) for i, one in enumerate(images)]
        list_ = self._list(layer, [f"{file.name} {label}" for file, label in zip(files, labels)])
        gray = ["-gray"] if images.shape[1] == 1 else []
        command = ["convert_imageset", "-backend", "leveldb", *gray]
        done = subprocess.run(
            [sys.executable, "-m", "caffe", *command, f"{self.folder}/", list_, str(path)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        if done.returncode:
            raise Error(f"caffe convert_imageset: {done.stderr.strip()[-500:]}")

    def _annotated(self, layer: Any) -> None:
        import lmdb

        from ..proto import caffe_pb2

        need = self.needs[layer.top[0]]
        path = self._path(layer, "db")
        layer.data_param.source = str(path)
        layer.data_param.backend = layer.data_param.LMDB
        classes = self.needs[layer.top[1]].classes if len(layer.top) > 1 else 2
        environment = lmdb.open(str(path), map_size=1 << 28, lock=False)
        with environment as database, database.begin(write=True) as transaction:
            for i, pixels in enumerate(self._pixels((_RECORDS, *need.shape[1:]))):
                record = caffe_pb2.AnnotatedDatum(type=caffe_pb2.AnnotatedDatum.BBOX)
                file = save_image(self._path(layer, f"{i}.jpg"), pixels)
                record.datum.encoded, record.datum.data = True, file.read_bytes()
                self._boxes(record, classes)
                transaction.put(b"%08d" % i, record.SerializeToString())

    def _boxes(self, record: Any, classes: int) -> None:
        for number in range(_OBJECTS):
            label = int(self.random.integers(1, max(classes, 2)))
            left, top = self.random.uniform(0, 0.4, 2)
            wide, high = self.random.uniform(0.3, 0.6, 2)
            group = record.annotation_group.add(group_label=label)
            box = group.annotation.add(instance_id=number).bbox
            box.xmin, box.ymin, box.xmax, box.ymax = left, top, left + wide, top + high

    def _images(self, layer: Any) -> None:
        param = layer.image_data_param
        size = self._record_size(layer)
        files = self._image_files(layer, size)
        labels = self._labels(layer, len(files))
        param.root_folder = ""
        param.source = self._list(layer, [f"{file} {label}" for file, label in zip(files, labels)])

    def _dense(self, layer: Any) -> None:
        """Images with a label for each pixel; edges are black and white."""
        dense = layer.type == "DenseImageData"
        param = layer.dense_image_data_param if dense else layer.image_data_param
        size = self._record_size(layer)
        files = self._image_files(layer, size, ".png")
        classes = self.needs[layer.top[1]].classes if len(layer.top) > 1 else 2
        lines = []
        for i, file in enumerate(files):
            labels = self.random.integers(0, max(classes, 2), (1, *size[1:]))
            if layer.type == "ImageLabelmapData":
                labels = 255 * (labels > 0)
            mask = save_image(self._path(layer, f"{i}_labels.png"), labels.astype(np.uint8))
            lines.append(f"{file} {mask}")
        if hasattr(param, "root_folder"):
            param.root_folder = ""
        param.source = self._list(layer, lines)

    def _python(self, layer: Any) -> None:
        """A folder of the dataset that the layer is for, named in its param_str."""
        param = layer.python_param
        text = param.param_str.strip()
        params = literal_eval(text if text.startswith("{") else f"{{{text}}}")
        param.param_str = repr(datasets.write(param.layer, self._path(layer, "data"), params))

    def _windows(self, layer: Any) -> None:
        param = layer.window_data_param
        size = self._record_size(layer)
        classes = self.needs[layer.top[1]].classes if len(layer.top) > 1 else 2
        lines = []
        for i, file in enumerate(self._image_files(layer, size)):
            _, height, width = size
            lines += [f"# {i}", str(file), str(size[0]), str(height), str(width), "4"]
            for label, overlap in ((1 % max(classes, 2), 1.0), (1, 0.8), (0, 0.1), (0, 0.0)):
                left, top = self.random.integers(0, min(height, width) // 3, 2)
                lines.append(
                    f"{label} {overlap} {left} {top} {width // 2 + left} {height // 2 + top}"
                )
        param.root_folder = ""
        param.source = self._list(layer, lines)

    def _hdf5(self, layer: Any) -> None:
        import h5py

        path = self._path(layer, "rows.h5")
        with h5py.File(path, "w") as file:
            for top in layer.top:
                need = self.needs[top]
                values = (
                    self._pixels(need.shape) / 255 if need.kind == IMAGE else self._values(need)
                )
                file.create_dataset(top, data=values.astype(np.float32))
        layer.hdf5_data_param.source = self._list(layer, [str(path)])


def save_image(path: Path, pixels: Array) -> Path:
    """Writes C x H x W bytes, in the order blue, green, red, as an image file."""
    from PIL import Image

    rows = np.moveaxis(pixels, 0, -1)
    channels = rows.shape[-1]
    if channels not in (1, 3):
        raise UnsupportedError(f"{path.name}: image files have 1 or 3 channels, not {channels}")
    image = Image.fromarray(
        rows[..., 0] if channels == 1 else np.ascontiguousarray(rows[..., ::-1])
    )
    image.save(path)
    return path


def memory_batches(net: Any) -> None:
    """Gives each MemoryData layer of a caffe.Net something to serve."""
    from .._messages import net_from_text

    for layer in net_from_text(net.prototxt).layer:
        if layer.type == "MemoryData":
            param = layer.memory_data_param
            shape = (param.batch_size, param.channels, param.height, param.width)
            values = np.random.default_rng(0).random(shape, np.float32)
            net.set_input_arrays(values, np.zeros(shape[0], np.float32), layer.name)
