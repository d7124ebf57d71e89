"""HDF5 files from anywhere: what they name outside of themselves is not read. Links inside are."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import caffe
import numpy as np
import pytest

h5py = pytest.importorskip("h5py")

NET = """
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 1 dim: 3 } } }
layer { name: "ip" type: "InnerProduct" bottom: "x" top: "ip" inner_product_param { num_output: 2 } }
"""
SOLVER = f"""
net_param {{ {NET} layer {{ name: "l" type: "EuclideanLoss" bottom: "ip" bottom: "ip" }} }}
base_lr: 0.1 lr_policy: "fixed" momentum: 0.9 snapshot_prefix: "s" snapshot_format: HDF5
"""
VALUES = np.arange(6, dtype="f4").reshape(2, 3)
Place = Callable[[h5py.Group, str], None]  # puts the values, or what leads to them, into a group


@pytest.fixture(autouse=True)
def secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an HDF5 file might want to lead to: bytes, and another HDF5 file."""
    monkeypatch.chdir(tmp_path)
    Path("secret").write_bytes(VALUES.tobytes())
    with h5py.File("other.h5", "w") as file:
        file["x"] = VALUES


def external_storage(group: h5py.Group, name: str) -> None:
    group.create_dataset(name, (2, 3), "f4", external=[(str(Path("secret").resolve()), 0, 24)])


def external_link(group: h5py.Group, name: str) -> None:
    group[name] = h5py.ExternalLink(str(Path("other.h5").resolve()), "/x")


def virtual_dataset(group: h5py.Group, name: str) -> None:
    layout = h5py.VirtualLayout((2, 3), "f4")
    layout[:] = h5py.VirtualSource(str(Path("other.h5").resolve()), "x", (2, 3))
    group.create_virtual_dataset(name, layout)


def soft_link_out(group: h5py.Group, name: str) -> None:
    group.file["elsewhere/x"] = VALUES
    group[name] = h5py.SoftLink("/elsewhere/x")


def soft_link_to_external_link(group: h5py.Group, name: str) -> None:
    external_link(group, "hidden")
    group[name] = h5py.SoftLink("hidden")


REFUSED = {
    external_storage: r"external storage",
    external_link: r"is a link to another file",
    virtual_dataset: r"a virtual dataset",
    soft_link_to_external_link: r"is a link to another file",
}


def weights(place: Place, group: str = "data/ip") -> str:
    with h5py.File("w.h5", "w") as file:
        file.create_group(group)
        place(file[group], "0")
        file[group]["1"] = np.zeros(2, "f4")
    return "w.h5"


@pytest.mark.parametrize("place", [*REFUSED, soft_link_out])
def test_weights_name_no_other_place(place: Place) -> None:
    net = caffe.Net.from_text(NET, caffe.TEST)
    message = REFUSED.get(place, "leaves its group for .*elsewhere")
    with pytest.raises(caffe.FileError, match=rf'w\.h5: "data/ip/0": .*{message}'):
        net.copy_from(weights(place))
    assert not net.params["ip"][0].data.any()


def test_groups_of_weights_are_no_links_either() -> None:
    with h5py.File("w.h5", "w") as file:
        file["data"] = h5py.ExternalLink("other.h5", "/")
    with pytest.raises(caffe.FileError, match=r'"data" is a link to another file'):
        caffe.Net.from_text(NET, caffe.TEST).copy_from("w.h5")


@pytest.mark.parametrize("place", REFUSED)
def test_solver_states_name_no_other_place(place: Place) -> None:
    Path("s.prototxt").write_text(SOLVER)
    solver = caffe.get_solver("s.prototxt")
    state = solver.snapshot()
    solver.restore(state)
    with h5py.File(state, "a") as file:
        del file["history/0"]
        place(file["history"], "0")
    with pytest.raises(caffe.Error, match=REFUSED[place]):
        solver.restore(state)


@pytest.mark.parametrize("place", REFUSED)
def test_data_names_no_other_place(place: Place) -> None:
    with h5py.File("d.h5", "w") as file:
        place(file, "rows")
    Path("list.txt").write_text("d.h5\n")
    text = 'layer { name: "d" type: "HDF5Data" top: "rows" hdf5_data_param { source: "list.txt" batch_size: 1 } }'
    with pytest.raises(caffe.FileError, match=REFUSED[place]):
        caffe.Net.from_text(text, caffe.TEST)


def soft_link(group: h5py.Group, name: str) -> None:
    group["mine"] = VALUES
    group[name] = h5py.SoftLink("mine")


def absolute_soft_link(group: h5py.Group, name: str) -> None:
    group.create_group("below")["mine"] = VALUES
    group[name] = h5py.SoftLink(f"{group.name}/below/mine")


def hard_link(group: h5py.Group, name: str) -> None:
    group.file["elsewhere"] = VALUES
    group[name] = group.file["elsewhere"]


@pytest.mark.parametrize("place", [soft_link, absolute_soft_link, hard_link])
def test_links_within_a_group_are_followed(place: Place) -> None:
    net = caffe.Net.from_text(NET, caffe.TEST)
    assert net.copy_from(weights(place)) == []
    np.testing.assert_array_equal(net.params["ip"][0].data, VALUES)


def test_soft_links_that_lead_nowhere_are_nothing() -> None:
    def nowhere(group: h5py.Group, name: str) -> None:
        group[name] = h5py.SoftLink(name)

    with pytest.raises(caffe.ShapeError, match="lacks number 0"):
        caffe.Net.from_text(NET, caffe.TEST).copy_from(weights(nowhere))


def test_soft_links_behind_too_many_links(tmp_path: Path) -> None:
    """Whose way would be looked at part by part, each part from the beginning."""
    with h5py.File("w.h5", "w") as file:
        file["g"] = file["/"]
        file["real/ip/0"], file["real/ip/1"] = VALUES, np.zeros(2, "f4")
        file["data"] = h5py.SoftLink("g/" * 1000 + "real")
    with pytest.raises(caffe.FileError, match='"data": it is behind more than 256 links'):
        caffe.Net.from_text(NET, caffe.TEST).copy_from("w.h5")
    with h5py.File("w.h5", "a") as file:
        del file["data"]
        file["data"] = h5py.SoftLink("g/" * 3000 + "real")
    with pytest.raises(caffe.FileError, match="is a soft link with too long a name"):
        caffe.Net.from_text(NET, caffe.TEST).copy_from("w.h5")
    with h5py.File("w.h5", "a") as file:
        del file["data"]
        file["data"] = h5py.SoftLink("g/" * 20 + "real")
    caffe.Net.from_text(NET, caffe.TEST).copy_from("w.h5")


def test_losses_of_a_state_that_claims_millions() -> None:
    Path("s.prototxt").write_text(SOLVER)
    solver = caffe.get_solver("s.prototxt")
    state = solver.snapshot()
    with h5py.File(state, "a") as file:
        if "recent_loss" in file:
            del file["recent_loss"]
        file.create_dataset("recent_loss", (200_000_000,), "f4", chunks=(1024,))
    with pytest.raises(caffe.ParseError, match='"recent_loss" has 200000000 values'):
        solver.restore(state)


def test_links_of_shared_parameters_are_hard_ones() -> None:
    """Every reader of HDF5 sees a dataset, the original's included, and the values are there once."""
    layer = (
        'layer { name: "%s" type: "InnerProduct" bottom: "x" top: "%s" param { name: "w" } '
        "inner_product_param { num_output: 200 bias_term: false } }"
    )
    text = 'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 1 dim: 300 } } }'
    caffe.Net.from_text(text + layer % ("a", "a") + layer % ("b", "b"), caffe.TEST).save("two.h5")
    caffe.Net.from_text(text + layer % ("a", "a"), caffe.TEST).save("one.h5")
    with h5py.File("two.h5") as file:
        assert isinstance(file.get("data/b/0", getlink=True), h5py.HardLink)
        assert file["data/a/0"] == file["data/b/0"]
    assert Path("two.h5").stat().st_size < Path("one.h5").stat().st_size + 10_000
