"""caffe.Net: how it is made, what it is made of, running it, weights."""

from __future__ import annotations

from pathlib import Path

import caffe
import numpy as np
import pytest


def test_forms_of_construction(small: Path, tmp_path: Path, images: np.ndarray) -> None:
    first = caffe.Net(str(small), caffe.TEST)
    weights = str(tmp_path / "w.caffemodel")
    first.save(weights)
    expected = first.forward(data=images)["prob"].copy()
    for net in (
        caffe.Net(str(small), weights, caffe.TEST),
        caffe.Net(small, caffe.TEST, weights=weights),
        caffe.Net(small, caffe.TEST, 0, None, weights),
        caffe.Net(network_file=small, phase=caffe.TEST, level=0, stages=["x"], weights=[weights]),
        caffe.Net(small, [weights], caffe.TEST),
        caffe.Net(small, weights=weights),
        caffe.Net(small, "TEST", weights=weights),
        caffe.Net.from_text(small.read_text(), weights=weights),
    ):
        np.testing.assert_array_equal(net.forward(data=images)["prob"], expected)


def test_arguments_given_twice_or_too_many(small: Path) -> None:
    with pytest.raises(TypeError, match="phase"):
        caffe.Net(small, caffe.TEST, phase=caffe.TEST)
    with pytest.raises(TypeError, match="too many"):
        caffe.Net(small, "w", caffe.TEST, 3)
    with pytest.raises(TypeError, match="stages is given twice"):
        caffe.Net(small, stages=["a"], stage="b")


def test_phase_level_and_stages() -> None:
    text = """
    layer { name: "a" type: "Input" top: "a" input_param { shape { dim: 1 } } }
    layer { name: "train" type: "ReLU" bottom: "a" top: "t" include { phase: TRAIN } }
    layer { name: "deep" type: "ReLU" bottom: "a" top: "d" include { min_level: 2 } }
    layer { name: "staged" type: "ReLU" bottom: "a" top: "s" include { stage: "on" } }
    """

    def names(*arguments: object, **options: object) -> set[str]:
        net = caffe.Net.from_text(text, *arguments, **options)
        return set(net.layer_dict) & {"train", "deep", "staged"}

    assert names(caffe.TRAIN) == {"train"}
    assert names(caffe.TEST) == set()
    assert names(caffe.TEST, level=2) == {"deep"}
    assert names(caffe.TEST, stages=["on"]) == {"staged"}
    assert names(caffe.TRAIN, stages="on", level=3) == {"train", "deep", "staged"}
    text = "state { level: 3 }" + text
    assert names(caffe.TEST) == {"deep"}
    assert names(caffe.TEST, level=0) == set()


def test_what_it_is_made_of(net: caffe.Net) -> None:
    assert net.name == "small"
    assert net.phase == caffe.TEST
    assert list(net.blobs) == ["data", "conv", "pool", "ip", "prob"]
    assert list(net.params) == ["conv", "ip"]
    assert [blob.shape for blob in net.params["conv"]] == [(3, 2, 3, 3), (3,)]
    assert net.inputs == ["data"]
    assert net.outputs == ["prob"]
    assert [layer.type for layer in net.layers][:3] == ["Input", "Convolution", "ReLU"]
    assert list(net._layer_names) == ["data", "conv", "relu", "pool", "ip", "prob"]
    assert net.layer_dict["ip"].blobs[0].shape == (5, 27)
    assert net.bottom_names["relu"] == ["conv"]
    assert net.top_names["data"] == ["data"]
    assert "InnerProduct" in net.layer_dict["ip"].prototxt
    assert "small" in repr(net)
    assert "Convolution" in repr(net.layers[1])


def test_loss_weights() -> None:
    net = caffe.Net.from_text(
        """
        layer { name: "d" type: "Input" top: "a" top: "b"
                input_param { shape { dim: 2 dim: 3 } } }
        layer { name: "l" type: "EuclideanLoss" bottom: "a" bottom: "b" top: "l" loss_weight: 2 }
        """,
        caffe.TRAIN,
    )
    assert dict(net.blob_loss_weights) == {"a": 0, "b": 0, "l": 2}
    net.forward(a=np.ones((2, 3)), b=np.zeros((2, 3)))
    assert net._forward(0, 1) == pytest.approx(3.0)


def test_forward_returns_what_is_asked_for(net: caffe.Net, images: np.ndarray) -> None:
    assert set(net.forward(data=images)) == {"prob"}
    assert set(net.forward(["conv"], data=images)) == {"prob", "conv"}
    assert set(net.forward(end="pool")) == {"pool"}
    assert set(net.forward(blobs=["data"], end="relu")) == {"conv", "data"}
    np.testing.assert_allclose(net.forward()["prob"].sum(axis=1), 1, rtol=1e-5)


def test_partial_passes_are_the_whole(net: caffe.Net, images: np.ndarray) -> None:
    whole = net.forward(data=images)["prob"].copy()
    net.blobs["pool"].data[...] = 0
    net.forward(end="pool")
    np.testing.assert_allclose(net.forward(start="ip")["prob"], whole, rtol=1e-5)
    seed = np.random.RandomState(1).randn(4, 5).astype(np.float32)
    gradient = net.backward(prob=seed)["data"].copy()
    net.blobs["data"].diff[...] = 0
    assert set(net.backward(prob=seed, end="ip")) == {"pool"}
    assert set(net.backward(start="pool", diffs=["conv"])) == {"data", "conv"}
    np.testing.assert_allclose(net.blobs["data"].diff, gradient, rtol=1e-4, atol=1e-6)


def test_inputs_that_do_not_fit(net: caffe.Net, images: np.ndarray) -> None:
    with pytest.raises(caffe.InvalidArgumentError, match=r"inputs are data; got dat"):
        net.forward(dat=images)
    with pytest.raises(caffe.ShapeError, match=r"4 x 2 x 8 x 8.*3 x 2 x 8 x 8"):
        net.forward(data=images[:3])
    with pytest.raises(caffe.ShapeError, match=r"4 x 2 x 8 x 8.*4 x 2 x 7 x 8"):
        net.forward(data=images[:, :, :7])
    with pytest.raises(caffe.ShapeError, match="a number"):
        net.forward(data=3)
    with pytest.raises(caffe.InvalidArgumentError, match="numbers"):
        net.forward(data=np.full((4, 2, 8, 8), "x"))
    with pytest.raises(caffe.InvalidArgumentError, match="outputs are prob"):
        net.backward(data=images)


@pytest.mark.parametrize("where", ["start", "end"])
def test_unknown_layer(net: caffe.Net, where: str) -> None:
    with pytest.raises(ValueError, match="zzz"):
        net.forward(**{where: "zzz"})
    with pytest.raises(caffe.NotFoundError, match="zzz"):
        net.backward(**{where: "zzz"})


def test_unknown_blob(net: caffe.Net, images: np.ndarray) -> None:
    with pytest.raises(caffe.NotFoundError, match=r"'zzz'.*conv"):
        net.forward(blobs=["zzz"], data=images)
    with pytest.raises(KeyError):
        net.blobs["zzz"]


def test_start_after_end(net: caffe.Net) -> None:
    with pytest.raises(caffe.Error):
        net.forward(start="ip", end="conv")


def test_lists_and_other_types_of_input(net: caffe.Net, images: np.ndarray) -> None:
    expected = net.forward(data=images)["prob"].copy()
    for form in (images.tolist(), images.astype(np.float64), np.asfortranarray(images)):
        np.testing.assert_allclose(net.forward(data=form)["prob"], expected, rtol=1e-5)


def test_forward_all_is_forward_in_pieces(net: caffe.Net) -> None:
    many = np.random.RandomState(2).randn(10, 2, 8, 8).astype(np.float32)
    found = net.forward_all(blobs=["pool"], data=many)
    assert found["prob"].shape == (10, 5)
    assert found["pool"].shape == (10, 3, 3, 3)
    last = np.concatenate([many[8:], np.zeros((2, 2, 8, 8), np.float32)])
    np.testing.assert_array_equal(net.forward(data=last)["prob"][:2], found["prob"][8:])
    one = net.forward_all(data=many[:1])["prob"]
    np.testing.assert_allclose(one, found["prob"][:1], rtol=1e-5)
    pieces = list(net._batch({"data": many}))
    assert [len(piece["data"]) for piece in pieces] == [4, 4, 4]


def test_forward_backward_all(net: caffe.Net) -> None:
    many = np.random.RandomState(2).randn(6, 2, 8, 8).astype(np.float32)
    seed = np.random.RandomState(3).randn(6, 5).astype(np.float32)
    outputs, gradients = net.forward_backward_all(data=many, prob=seed)
    assert outputs["prob"].shape == (6, 5)
    assert gradients["data"].shape == many.shape
    net.forward(data=many[:4])
    expected = net.backward(prob=seed[:4])["data"]
    np.testing.assert_allclose(gradients["data"][:4], expected, rtol=1e-4, atol=1e-6)


def test_arrays_of_different_lengths(net: caffe.Net) -> None:
    with pytest.raises(caffe.ShapeError):
        net.forward_backward_all(data=np.zeros((6, 2, 8, 8)), prob=np.zeros((5, 5)))
    with pytest.raises(caffe.ShapeError):
        net.forward_all()


def test_reshape_between_forwards(net: caffe.Net, images: np.ndarray) -> None:
    small = net.forward(data=images)["prob"].copy()
    net.blobs["data"].reshape(1, 2, 8, 8)
    net.reshape()
    assert net.blobs["pool"].shape == (1, 3, 3, 3)
    one = net.forward(data=images[1:2])["prob"]
    np.testing.assert_allclose(one, small[1:2], rtol=1e-5)
    net.blobs["data"].reshape(7, 2, 8, 8)
    assert net.forward(data=np.zeros((7, 2, 8, 8)))["prob"].shape == (7, 5)


def test_reshape_that_parameters_forbid(net: caffe.Net, images: np.ndarray) -> None:
    net.blobs["data"].reshape(4, 3, 8, 8)
    with pytest.raises(caffe.ShapeError, match="conv"):
        net.forward()
    net.blobs["data"].reshape(4, 2, 8, 8)
    assert net.forward(data=images)["prob"].shape == (4, 5)


@pytest.mark.parametrize("suffix", [".caffemodel", ".h5"])
def test_weights_there_and_back(
    net: caffe.Net, small: Path, tmp_path: Path, images: np.ndarray, suffix: str
) -> None:
    expected = net.forward(data=images)["prob"].copy()
    net.save(tmp_path / f"w{suffix}")
    other = caffe.Net(small, caffe.TEST)
    assert not np.allclose(other.forward(data=images)["prob"], expected)
    assert other.copy_from(tmp_path / f"w{suffix}") == []
    np.testing.assert_array_equal(other.forward(data=images)["prob"], expected)


@pytest.mark.parametrize("suffix", [".caffemodel", ".h5"])
def test_weights_say_what_they_left(net: caffe.Net, small: Path, tmp_path: Path, suffix: str) -> None:
    net.save(tmp_path / f"w{suffix}")
    text = small.read_text()
    other = caffe.Net.from_text(text.replace('name: "ip"', 'name: "new"'), caffe.TEST)
    assert other.copy_from(tmp_path / f"w{suffix}") == ["new"]
    text = text.replace('name: "ip"', 'name: "new"').replace('name: "conv"', 'name: "cov"')
    stranger = caffe.Net.from_text(text, caffe.TEST)
    with pytest.raises(caffe.NotFoundError, match='it holds weights for "conv", "ip", the net has "cov", "new"'):
        stranger.copy_from(tmp_path / f"w{suffix}")


@pytest.mark.parametrize("name", ["w.h5", "weights", "w.caffemodel.hdf5"])
def test_hdf5_of_any_name(net: caffe.Net, small: Path, tmp_path: Path, name: str) -> None:
    net.save_hdf5(tmp_path / name)
    assert (tmp_path / name).read_bytes()[:4] == b"\x89HDF"
    assert {path.name for path in tmp_path.iterdir()} == {name, small.name}
    other = caffe.Net(small, caffe.TEST)
    other.load_hdf5(tmp_path / name)
    np.testing.assert_array_equal(other.params["ip"][0].data, net.params["ip"][0].data)


def test_hdf5_into_a_folder_that_is_not_there(net: caffe.Net, tmp_path: Path) -> None:
    for name in ("none/w.h5", "none/w"):
        with pytest.raises(OSError, match="none"):
            net.save_hdf5(tmp_path / name)
        with pytest.raises(caffe.FileError, match="none"):
            net.load_hdf5(tmp_path / name)


def test_weights_from_memory(net: caffe.Net, small: Path, tmp_path: Path) -> None:
    net.save(tmp_path / "w.caffemodel")
    data = (tmp_path / "w.caffemodel").read_bytes()
    for form in (data, bytearray(data), memoryview(data)):
        other = caffe.Net(small, caffe.TEST)
        other.copy_from(form)
        np.testing.assert_array_equal(other.params["ip"][0].data, net.params["ip"][0].data)
    with pytest.raises(caffe.ParseError):
        net.copy_from(data[:-7])


def test_saved_gradients(net: caffe.Net, tmp_path: Path, images: np.ndarray) -> None:
    net.forward(data=images)
    net.backward(prob=np.eye(4, 5))
    net.save(tmp_path / "plain.caffemodel")
    net.save(tmp_path / "both.caffemodel", diffs=True)
    plain, both = ((tmp_path / f"{one}.caffemodel").stat().st_size for one in ("plain", "both"))
    assert both > 1.8 * plain - 500


def test_share_with(small: Path, images: np.ndarray) -> None:
    first, second = caffe.Net(small, caffe.TEST), caffe.Net(small, caffe.TEST)
    second.share_with(first)
    first.params["ip"][0].data[...] = 0
    assert not second.params["ip"][0].data.any()
    np.testing.assert_allclose(second.forward(data=images)["prob"], 0.2, rtol=1e-5)
    del first
    np.testing.assert_allclose(second.forward(data=images)["prob"], 0.2, rtol=1e-5)


def test_clone_has_its_own_blobs(net: caffe.Net, images: np.ndarray) -> None:
    clone = net.clone()
    expected = net.forward(data=images)["prob"].copy()
    clone.forward(data=-images)
    np.testing.assert_array_equal(net.blobs["prob"].data, expected)
    net.params["ip"][1].data[...] = 4
    assert (clone.params["ip"][1].data == 4).all()
    del net
    clone.forward(data=images)


def test_set_input_arrays_wants_a_memory_layer(net: caffe.Net) -> None:
    with pytest.raises(RuntimeError, match="MemoryData"):
        net.set_input_arrays(np.zeros((1, 1, 2, 2), np.float32), np.zeros(1, np.float32))


def test_backends_agree(small: Path, images: np.ndarray, tmp_path: Path) -> None:
    plain = caffe.Net(small, caffe.TEST, backend="reference")
    plain.save(tmp_path / "w.caffemodel")
    fast = caffe.Net(small, caffe.TEST, weights=tmp_path / "w.caffemodel", backend="cpu")
    np.testing.assert_allclose(
        fast.forward(data=images)["prob"], plain.forward(data=images)["prob"], rtol=1e-4
    )


def test_clones_have_recurrent_states_of_their_own() -> None:
    net = caffe.Net.from_text(
        """layer { name: "in" type: "Input" top: "x" top: "cont"
                   input_param { shape { dim: 1 dim: 1 dim: 2 } shape { dim: 1 dim: 1 } } }
           layer { name: "rnn" type: "RNN" bottom: "x" bottom: "cont" top: "h" recurrent_param {
                   num_output: 3 weight_filler { type: "xavier" } } }""",
        caffe.TEST,
    )
    clone = net.clone()
    x, cont = np.ones((1, 1, 2), np.float32), np.ones((1, 1), np.float32)
    steps = [net.forward(x=x, cont=cont)["h"].copy() for _ in range(3)]
    assert not np.array_equal(steps[0], steps[1])
    np.testing.assert_array_equal(clone.forward(x=x, cont=cont)["h"], steps[0])
    np.testing.assert_array_equal(clone.forward(x=x, cont=cont)["h"], steps[1])


def test_empty_net() -> None:
    net = caffe.Net.from_text('name: "nothing"', caffe.TEST)
    assert list(net.blobs) == []
    assert net.forward() == {}
