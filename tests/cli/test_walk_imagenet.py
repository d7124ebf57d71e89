"""The ImageNet tutorial as people type it, with a dozen images and a CaffeNet whose large layers are small."""
from __future__ import annotations

from pathlib import Path

import lmdb
import numpy as np
import pytest
from PIL import Image
from walk import Checkout

import caffe
from caffe.proto import caffe_pb2

SYNSETS = ("n01440764", "n01443537", "n01484850")
NET = "models/bvlc_reference_caffenet/train_val.prototxt"
SOLVER = "models/bvlc_reference_caffenet/solver.prototxt"
SNAPSHOT = "models/bvlc_reference_caffenet/caffenet_train_iter_1.solverstate"


def records(folder: Path) -> list[caffe_pb2.Datum]:
    with lmdb.open(str(folder), readonly=True, lock=False) as database, database.begin() as transaction:
        return [caffe_pb2.Datum.FromString(value) for _, value in transaction.cursor()]


@pytest.fixture
def imagenet(checkout: Checkout) -> Checkout:
    """Images of three synsets beside the checkout, their lists in data/ilsvrc12."""
    random = np.random.RandomState(0)

    def write(path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        height, width = random.randint(200, 300, 2)
        Image.fromarray(random.randint(0, 255, (height, width, 3)).astype(np.uint8)).save(path, "JPEG")

    lists: dict[str, list[str]] = {"train": [], "val": []}
    for label, synset in enumerate(SYNSETS):
        for i in range(3):
            lists["train"].append(f"{synset}/{synset}_{i}.JPEG {label}\n")
        lists["val"].append(f"ILSVRC2012_val_0000000{label + 1}.JPEG {label}\n")
    for part, lines in lists.items():
        for line in lines:
            write(checkout.root.parent / "imagenet" / part / line.split()[0])
        (checkout.root / f"data/ilsvrc12/{part}.txt").write_text("".join(lines))
    return checkout


ROOTS = "TRAIN_DATA_ROOT=../imagenet/train/ VAL_DATA_ROOT=../imagenet/val/"


def test_the_tutorial(imagenet: Checkout) -> None:
    out = imagenet.done(f"{ROOTS} RESIZE=true examples/imagenet/create_imagenet.sh")
    assert "A total of 9 images." in out and "A total of 3 images." in out and out.endswith("Done.\n")
    data = records(imagenet.root / "examples/imagenet/ilsvrc12_train_lmdb")
    assert {(one.channels, one.height, one.width) for one in data} == {(3, 256, 256)}
    assert sorted(one.label for one in data) == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    imagenet.done(f"{ROOTS} RESIZE=true examples/imagenet/create_imagenet.sh")  # what is there is replaced

    imagenet.done("./examples/imagenet/make_imagenet_mean.sh")
    mean = caffe.io.read_mean(imagenet.root / "data/ilsvrc12/imagenet_mean.binaryproto")
    np.testing.assert_allclose(mean, np.mean([caffe.io.datum_to_array(one) for one in data], axis=0), rtol=1e-4)

    small = (("num_output: 4096", "num_output: 16"), ("num_output: 1000", "num_output: 3"))
    imagenet.rewrite(NET, ("batch_size: 256", "batch_size: 2"), ("batch_size: 50", "batch_size: 1"), *small)
    imagenet.rewrite(SOLVER, ("test_iter: 1000", "test_iter: 3"), ("max_iter: 450000", "max_iter: 1"),
                     ("snapshot: 10000", "snapshot: 1"))
    assert "there is no snapshot" in imagenet.refused("./examples/imagenet/resume_training.sh")
    out = imagenet.done("./examples/imagenet/train_caffenet.sh")
    assert "Iteration 0, Testing net (#0)" in out and (imagenet.root / SNAPSHOT).exists()

    imagenet.rewrite(SOLVER, ("max_iter: 1", "max_iter: 2"))
    out = imagenet.done("./examples/imagenet/resume_training.sh")
    assert "Iteration 0," not in out and (imagenet.root / SNAPSHOT.replace("iter_1", "iter_2")).exists()
    out = imagenet.done(f"examples/imagenet/resume_training.sh --snapshot={SNAPSHOT}")
    assert "Snapshotting solver state" in out and "iter_2.solverstate" in out
    # As the page types it; and what the steps are called there.
    imagenet.done(f"./build/tools/caffe train --solver={SOLVER} --snapshot={SNAPSHOT}")
    imagenet.done(f"./build/tools/caffe time --model={NET} --iterations=1")

    extract_features(imagenet, small)


def test_the_page(imagenet: Checkout) -> None:
    for name in ("imagenet_mean.binaryproto", "synset_words.txt"):  # so that nothing is fetched
        (imagenet.root / "data/ilsvrc12" / name).write_text("theirs")
    small = (("num_output: 4096", "num_output: 16"), ("num_output: 1000", "num_output: 3"))
    imagenet.rewrite(NET, ("batch_size: 256", "batch_size: 1"), ("batch_size: 50", "batch_size: 1"), *small)
    imagenet.rewrite(SOLVER, ("test_iter: 1000", "test_iter: 1"), ("max_iter: 450000", "max_iter: 1"))
    imagenet.rewrite("models/bvlc_reference_caffenet/deploy.prototxt", *small)
    write_weights = "examples/imagenet/train_caffenet.sh"
    imagenet.rewrite(write_weights, ('"$@"', '"$@" && cp models/bvlc_reference_caffenet/caffenet_train_iter_1.caffemodel '
                                             "models/bvlc_reference_caffenet/bvlc_reference_caffenet.caffemodel"))
    Image.new("RGB", (60, 50)).save(imagenet.root / "cat.jpg")
    out = imagenet.follow("imagenet.md", ("/path/to/imagenet", "../imagenet"), ("iter_10000", "iter_1"))
    assert "9 of 9 images are in ../imagenet/train256" in out and "Saving results into probabilities.npy" in out
    assert np.load(imagenet.root / "probabilities.npy").shape == (1, 3)


def extract_features(imagenet: Checkout, small: tuple[tuple[str, str], ...]) -> None:
    """The page on features, with the weights that were trained."""
    folder = imagenet.root / "models/bvlc_reference_caffenet"
    (folder / "caffenet_train_iter_2.caffemodel").rename(folder / "bvlc_reference_caffenet.caffemodel")
    imagenet.done("mkdir examples/_temp")
    imagenet.done('find `pwd`/../imagenet/val -type f -exec echo {} \\; > examples/_temp/temp.txt')
    imagenet.done('sed "s/$/ 0/" examples/_temp/temp.txt > examples/_temp/file_list.txt')
    imagenet.done("cp examples/feature_extraction/imagenet_val.prototxt examples/_temp")
    imagenet.rewrite("examples/_temp/imagenet_val.prototxt", ("batch_size: 50", "batch_size: 3"), *small)
    imagenet.done("./build/tools/extract_features.bin models/bvlc_reference_caffenet/bvlc_reference_caffenet.caffemodel "
                  "examples/_temp/imagenet_val.prototxt fc7 examples/_temp/features 1 lmdb")
    features = [caffe.io.datum_to_array(one) for one in records(imagenet.root / "examples/_temp/features")]
    assert [one.shape for one in features] == [(16, 1, 1)] * 3
    assert not np.array_equal(features[0], features[1])


def test_where_the_images_are(imagenet: Checkout) -> None:
    line = imagenet.refused("./examples/imagenet/create_imagenet.sh")
    assert line == ("./examples/imagenet/create_imagenet.sh: TRAIN_DATA_ROOT is /path/to/imagenet/train/, which is no "
                    "folder: let it name the one that has the images of the list")
    line = imagenet.refused("TRAIN_DATA_ROOT=../imagenet/train examples/imagenet/create_imagenet.sh")
    assert "VAL_DATA_ROOT is /path" in line
    (imagenet.root / "data/ilsvrc12/val.txt").unlink()
    assert "data/ilsvrc12/val.txt" in imagenet.refused(f"{ROOTS} examples/imagenet/create_imagenet.sh")


def test_a_solver_for_the_gpu_says_what_to_change(imagenet: Checkout) -> None:
    """As published solvers are."""
    if "cuda" in " ".join(caffe.devices()):
        pytest.skip("there is a GPU")
    (imagenet.root / SOLVER).write_text((imagenet.root / SOLVER).read_text() + "solver_mode: GPU\n")
    line = imagenet.refused("./examples/imagenet/train_caffenet.sh")
    assert line.startswith(f"caffe: error: {SOLVER}: solver_mode: GPU: ") and "write solver_mode: CPU" in line
    assert "leave out -gpu to run on the CPU" in imagenet.refused("./examples/imagenet/train_caffenet.sh -gpu 0")
