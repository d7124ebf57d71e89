"""Means in .binaryproto, .npy and .mat files, read, written and converted."""

from __future__ import annotations

from pathlib import Path

import caffe
import numpy as np
import pytest
from caffe import convert, io

scipy_io = pytest.importorskip("scipy.io")
KINDS = (".binaryproto", ".npy", ".mat")


@pytest.fixture
def mean() -> np.ndarray:
    return np.random.RandomState(0).rand(3, 6, 5).astype(np.float32)


@pytest.mark.parametrize("source", KINDS)
@pytest.mark.parametrize("target", KINDS)
def test_every_kind_becomes_every_other(
    source: str, target: str, mean: np.ndarray, tmp_path: Path
) -> None:
    io.write_mean(tmp_path / f"a{source}", mean[np.newaxis])
    assert convert.convert_mean(tmp_path / f"a{source}", tmp_path / f"b{target}") == (3, 6, 5)
    np.testing.assert_array_equal(io.read_mean(tmp_path / f"b{target}"), mean)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"a{source}", f"b{target}"]


def test_numbers_a_channel(tmp_path: Path) -> None:
    io.write_mean(tmp_path / "mean.npy", [104, 117, 123])
    assert np.load(tmp_path / "mean.npy").tolist() == [104, 117, 123]
    for name in ("mean.binaryproto", "mean.mat"):
        convert.convert_mean(tmp_path / "mean.npy", tmp_path / name)
        np.testing.assert_array_equal(io.read_mean(tmp_path / name).ravel(), [104, 117, 123])
        assert io.read_mean(tmp_path / name).shape == (3, 1, 1)


def test_matlab_s_two_ways_to_lie(mean: np.ndarray, tmp_path: Path) -> None:
    scipy_io.savemat(tmp_path / "new.mat", {"mean_data": mean.transpose(2, 1, 0)})
    scipy_io.savemat(tmp_path / "old.mat", {"image_mean": mean.transpose(1, 2, 0).astype(float)})
    scipy_io.savemat(tmp_path / "gray.mat", {"mean_data": mean[0].T})
    np.testing.assert_array_equal(io.read_mean(tmp_path / "new.mat"), mean)
    np.testing.assert_array_equal(io.read_mean(tmp_path / "old.mat"), mean)
    np.testing.assert_array_equal(io.read_mean(tmp_path / "gray.mat"), mean[:1])


def test_the_mean_of_imagenet(shared: Path, tmp_path: Path) -> None:
    source = shared / "data/ilsvrc12/imagenet_mean.binaryproto"
    if not source.exists():
        pytest.skip("the mean is not there")
    assert convert.convert_mean(source, tmp_path / "mean.npy") == (3, 256, 256)
    transformer = io.Transformer({"data": (1, 3, 256, 256)})
    transformer.set_mean("data", np.load(tmp_path / "mean.npy"))
    np.testing.assert_array_equal(transformer.mean["data"], io.read_mean(source))


def test_files_that_hold_no_mean(mean: np.ndarray, tmp_path: Path) -> None:
    (tmp_path / "bad.mat").write_bytes(b"none")
    scipy_io.savemat(tmp_path / "other.mat", {"weights": mean})
    scipy_io.savemat(tmp_path / "both.mat", {"mean_data": mean, "image_mean": mean})
    scipy_io.savemat(tmp_path / "text.mat", {"mean_data": "grey"})
    scipy_io.savemat(tmp_path / "four.mat", {"mean_data": np.zeros((2, 3, 4, 5))})
    np.save(tmp_path / "text.npy", np.array(["a"]))
    for name, error, message in (
        ("none.mat", caffe.FileError, "No such file"),
        ("bad.mat", caffe.ParseError, "not a .mat file"),
        ("other.mat", caffe.NotFoundError, "mean_data .*it holds weights"),
        ("both.mat", caffe.NotFoundError, "it holds mean_data, image_mean"),
        ("text.mat", caffe.ParseError, "expected a mean of numbers"),
        ("text.npy", caffe.ParseError, "expected a mean of numbers"),
        ("four.mat", caffe.ShapeError, "2 x 3 x 4 x 5"),
    ):
        with pytest.raises(error, match=rf"{name}: .*{message}"):
            convert.convert_mean(tmp_path / name, tmp_path / "out.npy")
        assert not (tmp_path / "out.npy").exists()


def test_what_cannot_be_written(mean: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(caffe.InvalidArgumentError, match=r"mean\.txt: .*\.binaryproto, \.npy or"):
        io.write_mean(tmp_path / "mean.txt", mean)
    with pytest.raises(caffe.FileError, match="none/mean.npy"):
        io.write_mean(tmp_path / "none/mean.npy", mean)
    for shape in ((2, 3, 6, 5), (6, 5), (3, 0, 5)):
        with pytest.raises(caffe.ShapeError, match="expected a mean K x H x W"):
            io.write_mean(tmp_path / "mean.npy", np.zeros(shape))


def test_the_command(mean: np.ndarray, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    io.write_mean(tmp_path / "a.binaryproto", mean)
    arguments = ["mean", str(tmp_path / "a.binaryproto"), str(tmp_path / "b.npy")]
    assert convert.main(arguments) == 0
    assert capsys.readouterr().out == f"{tmp_path}/b.npy: a mean of 3 x 6 x 5\n"
    assert convert.main(arguments) == 1
    assert "is there already" in capsys.readouterr().err
    assert convert.main([*arguments, "--overwrite"]) == 0
