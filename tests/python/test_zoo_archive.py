"""Archives of strangers: what is in them comes out where it belongs, or not at all."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import zipfile
from pathlib import Path

import caffe
import pytest
from caffe.zoo import archive

FILES = {
    "model/net.caffemodel": b"weights" * 100,
    "model/deploy.prototxt": b"layer {}",
    "readme": b"",
}
KINDS = ["tar", "tar.gz", "tgz", "tar.bz2", "tar.xz", "zip"]


def pack(folder: Path, kind: str, files: dict[str, bytes]) -> Path:
    path = folder / f"models.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            for name, content in files.items():
                file.writestr(name, content)
        return path
    mode = {"tar": "w", "tar.gz": "w:gz", "tgz": "w:gz", "tar.bz2": "w:bz2", "tar.xz": "w:xz"}[kind]
    with tarfile.open(path, mode) as file:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
    return path


def tar_of(folder: Path, *infos: tarfile.TarInfo) -> Path:
    path = folder / "odd.tar"
    with tarfile.open(path, "w") as file:
        for info in infos:
            file.addfile(info)
    return path


def member(name: str, kind: bytes, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def everything(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize("kind", KINDS)
def test_one_member(kind: str, tmp_path: Path) -> None:
    path = pack(tmp_path, kind, FILES)
    target = tmp_path / "out.caffemodel"
    assert archive.unpack_member(path, "model/net.caffemodel", target) == target
    assert target.read_bytes() == FILES["model/net.caffemodel"]
    assert everything(tmp_path) == sorted([path.name, target.name])


@pytest.mark.parametrize("kind", KINDS)
def test_all_members(kind: str, tmp_path: Path) -> None:
    path = pack(tmp_path, kind, FILES)
    out = tmp_path / "new/out"
    assert archive.unpack(path, out) == [out / name for name in FILES]
    assert {name: (out / name).read_bytes() for name in FILES} == FILES
    assert everything(out) == sorted(["model", *FILES])


def test_names_as_tar_writes_them(tmp_path: Path) -> None:
    path = pack(tmp_path, "tar", {"./model/net": b"1", "././other": b"2"})
    archive.unpack_member(path, "model/net", tmp_path / "net")
    archive.unpack_member(path, "./other", tmp_path / "other")
    assert (tmp_path / "net").read_bytes() + (tmp_path / "other").read_bytes() == b"12"


def test_a_member_that_is_not_there(tmp_path: Path) -> None:
    path = pack(tmp_path, "zip", FILES)
    with pytest.raises(caffe.NotFoundError, match="did you mean 'model/net.caffemodel'"):
        archive.unpack_member(path, "models/net.caffemodel", tmp_path / "x")
    with pytest.raises(caffe.NotFoundError, match="did you mean 'model/deploy.prototxt'"):
        archive.unpack_member(path, "q", tmp_path / "deploy.prototxt")
    with pytest.raises(caffe.NotFoundError, match="it has 3 others"):
        archive.unpack_member(path, "q", tmp_path / "x")


@pytest.mark.parametrize("kind", ["tar.gz", "zip"])
@pytest.mark.parametrize(
    "name", ["../evil", "a/../../evil", "/evil", "a/../b", "..", "a\\..\\evil", "c:evil", "a\nb"]
)
def test_names_that_lead_out(name: str, kind: str, tmp_path: Path) -> None:
    path = pack(tmp_path, kind, {"good": b"1", name: b"2"})
    out = tmp_path / "in/out"
    with pytest.raises(caffe.InvalidArgumentError, match="leads out of the folder"):
        archive.unpack(path, out)
    assert everything(tmp_path) == ["in", "in/out", path.name]


@pytest.mark.parametrize(
    "odd, said",
    [
        (member("x", tarfile.SYMTYPE, "/etc/passwd"), "a link"),
        (member("x", tarfile.LNKTYPE, "good"), "a link"),
        (member("x", tarfile.CHRTYPE), "a device"),
        (member("x", tarfile.FIFOTYPE), "a device"),
    ],
)
def test_what_is_no_file(odd: tarfile.TarInfo, said: str, tmp_path: Path) -> None:
    path = tar_of(tmp_path, member("good", tarfile.REGTYPE), odd)
    with pytest.raises(caffe.InvalidArgumentError, match=f"'x' of the archive is {said}"):
        archive.unpack(path, tmp_path / "out")
    with pytest.raises(caffe.InvalidArgumentError, match=said):
        archive.unpack_member(path, "x", tmp_path / "x")
    archive.unpack_member(path, "good", tmp_path / "good")
    assert everything(tmp_path) == ["good", "odd.tar", "out"]


def test_a_file_through_a_link(tmp_path: Path) -> None:
    """First a link to elsewhere, then a file behind it."""
    path = tar_of(tmp_path, member("a", tarfile.SYMTYPE, "/tmp"), member("a/evil", tarfile.REGTYPE))
    with pytest.raises(caffe.InvalidArgumentError, match="a link"):
        archive.unpack(path, tmp_path / "out")
    assert everything(tmp_path / "out") == []


def test_links_and_locks_in_a_zip(tmp_path: Path) -> None:
    path = tmp_path / "odd.zip"
    with zipfile.ZipFile(path, "w") as file:
        info = zipfile.ZipInfo("link")
        info.external_attr = 0o120777 << 16
        file.writestr(info, "/etc/passwd")
        file.writestr("locked", "secret")
    with pytest.raises(caffe.InvalidArgumentError, match="'link' of the archive is a link"):
        archive.unpack(path, tmp_path / "out")
    data = path.read_bytes()
    at = data.rindex(b"PK\x01\x02") + 8  # the flags of the last file in the directory
    path.write_bytes(data[:at] + bytes([data[at] | 1]) + data[at + 1 :])
    with pytest.raises(caffe.InvalidArgumentError, match="'locked' of the archive is encrypted"):
        archive.unpack_member(path, "locked", tmp_path / "x")


@pytest.mark.parametrize("kind", ["tar.gz", "zip"])
def test_archives_that_swell(kind: str, tmp_path: Path) -> None:
    path = pack(tmp_path, kind, {"bomb": bytes(65 << 20)})
    with pytest.raises(caffe.InvalidArgumentError, match=r"more than 64.0 MiB, too much for"):
        archive.unpack(path, tmp_path / "out")
    with pytest.raises(caffe.InvalidArgumentError, match="too much for an archive of"):
        archive.unpack_member(path, "bomb", tmp_path / "x")
    assert everything(tmp_path) == [path.name, "out"]


def test_headers_that_swell(tmp_path: Path) -> None:
    """A name as long as a disk: its header says so, and is not read."""
    header = member("././@LongLink", tarfile.GNUTYPE_LONGNAME)
    header.size = 1 << 40
    path = tmp_path / "odd.tar.gz"
    with gzip.open(path, "wb") as file:
        file.write(header.tobuf(tarfile.GNU_FORMAT))
        file.write(bytes(1 << 20))
    with pytest.raises(caffe.InvalidArgumentError, match="too much for an archive of"):
        archive.unpack(path, tmp_path / "out")


def test_links_do_not_lead_bytes_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "own").write_text("my own")
    (tmp_path / "net").symlink_to("own")
    (tmp_path / "net.unpacking").symlink_to("own")
    archive.unpack_member(pack(tmp_path, "tar", {"net": b"theirs"}), "net", tmp_path / "net")
    assert (tmp_path / "own").read_text() == "my own"
    assert not (tmp_path / "net").is_symlink()


def test_limits(tmp_path: Path) -> None:
    path = pack(tmp_path, "zip", FILES)
    with pytest.raises(caffe.InvalidArgumentError, match="more than 2 files"):
        archive.unpack(path, tmp_path / "out", files=2)
    with pytest.raises(caffe.InvalidArgumentError, match="more than 700 B"):
        archive.unpack(path, tmp_path / "out", limit=700)
    with pytest.raises(caffe.InvalidArgumentError, match="more than 10 B"):
        archive.unpack_member(path, "model/net.caffemodel", tmp_path / "x", limit=10)
    assert everything(tmp_path) == [path.name, "out"]


def test_what_is_there_is_not_replaced(tmp_path: Path) -> None:
    path = pack(tmp_path, "tar", FILES)
    (tmp_path / "readme").write_text("mine")
    with pytest.raises(caffe.FileError, match="readme is there already"):
        archive.unpack(path, tmp_path)
    assert everything(tmp_path) == ["models.tar", "readme"]
    assert (tmp_path / "readme").read_text() == "mine"


@pytest.mark.parametrize(
    "content", [b"", b"no archive", b"PK\x03\x04 and nothing more", b"\x1f\x8b\x08"]
)
def test_what_is_no_archive(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "models.zip"
    path.write_bytes(content)
    with pytest.raises(caffe.Error, match=r"models\.zip: is no archive, or a damaged one"):
        archive.unpack(path, tmp_path / "out")
    assert everything(tmp_path / "out") == []


@pytest.mark.parametrize("kind", KINDS)
def test_archives_that_are_cut_off(kind: str, tmp_path: Path) -> None:
    path = pack(tmp_path, kind, {"big": os.urandom(1 << 18)})
    path.write_bytes(path.read_bytes()[: 1 << 17])
    with pytest.raises(caffe.Error, match=r"models\."):
        archive.unpack(path, tmp_path / "out")
    assert everything(tmp_path / "out") == []


def test_damage_within_a_zip(tmp_path: Path) -> None:
    path = pack(tmp_path, "zip", {"net": bytes(range(256)) * 100})
    data = bytearray(path.read_bytes())
    data[60] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(caffe.Error, match=r"models\.zip"):
        archive.unpack_member(path, "net", tmp_path / "net")
    assert everything(tmp_path) == ["models.zip"]


def test_damage_within_an_xz(tmp_path: Path) -> None:
    path = pack(tmp_path, "tar.xz", {"net": os.urandom(1 << 18)})
    data = bytearray(path.read_bytes())
    data[1 << 17 : (1 << 17) + 100] = bytes(100)
    path.write_bytes(data)
    with pytest.raises(caffe.ParseError, match=r"models\.tar\.xz: is no archive, or a damaged one"):
        archive.unpack(path, tmp_path / "out")


def test_an_archive_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(caffe.FileError, match="No such file"):
        archive.unpack(tmp_path / "none.tar", tmp_path / "out")


def test_two_of_one_name(tmp_path: Path) -> None:
    """The last one counts, as with tar."""
    infos = [tarfile.TarInfo("same"), tarfile.TarInfo("same")]
    assert archive.unpack(tar_of(tmp_path, *infos), tmp_path / "out") == [tmp_path / "out/same"]
