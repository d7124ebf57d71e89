"""pip wheel makes one wheel for every Python that needs nothing where it is installed."""
from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

OFFLINE = re.compile(r"No matching distribution|Could not find a version|ConnectionError|Network is unreachable")

PROGRAM = r"""
import caffe, pathlib, struct, sys, zlib
pathlib.Path("net.prototxt").write_text('''
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
        convolution_param { num_output: 4 kernel_size: 3 weight_filler { type: "constant" value: 0.5 } } }
''')
net = caffe.Net("net.prototxt", caffe.TEST)
net.blobs["data"].data[...] = 1
net.forward()
print(net.blobs["conv"].data.shape, float(net.blobs["conv"].data.max()))
def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
pathlib.Path("a red pixel.png").write_bytes(
    b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">2I5B", 1, 1, 8, 2, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")) + chunk(b"IEND", b""))
pathlib.Path("list.txt").write_text("a red pixel.png 7")
net = caffe.Net.from_text('''layer { name: "images" type: "ImageData" top: "data" top: "label"
    image_data_param { source: "list.txt" batch_size: 1 } }''')
net.forward()
print(net.blobs["data"].data.ravel().tolist(), float(net.blobs["label"].data[0]))
from caffe.zoo import catalog
print("models", {"lenet", "segnet"} <= set(catalog.names()), catalog.find("lenet").parent.parent.name)
for line in open("/proc/self/maps"):
    if "/libcaffe" in line or "/libdnnl" in line or "/libgomp" in line or "/caffe_codecs" in line:
        print("mapped", line.split()[-1])
"""


def pip(*arguments: object) -> None:
    done = subprocess.run([sys.executable, "-m", "pip", *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0 and OFFLINE.search(done.stdout + done.stderr):
        pytest.skip("no package index can be reached")
    assert done.returncode == 0, done.stdout + done.stderr


# By what is set up here, in a folder that stays, so that only what changed is compiled again; and as somebody who has
# nothing but pip makes it, which fetches the same tools and compiles everything.
HERE = ["--no-build-isolation", "--check-build-dependencies", "-Cbuild-dir=build-wheel"]


@pytest.fixture(scope="module", params=[
    pytest.param(HERE, id="here"),
    pytest.param([], id="by pip alone", marks=pytest.mark.long),
])
def wheel(request: pytest.FixtureRequest, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--quiet", "--no-deps", *request.param, "-w", folder, root)
    (path,) = folder.glob("*.whl")
    return path


def test_it_is_for_every_python(wheel: Path) -> None:
    assert re.fullmatch(r"libcaffe-[\d.]+-py3-none-manylinux_2_\d+_\w+\.whl", wheel.name)


def test_it_carries_all_it_needs(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for name in ("caffe/__init__.py", "caffe/include/caffe.h", "caffe/proto/caffe.proto", "caffe/lib/libcaffe.so.2",
                 "caffe/lib/caffe-2.0.0/libgomp.so.1", "caffe/lib/caffe-2.0.0/caffe_codecs.so",
                 "caffe/lib/caffe-2.0.0/caffe_hdf5.so", "caffe/THIRD-PARTY-LICENSES.txt",
                 "caffe/imagenet/ilsvrc_2012_mean.npy", "caffe/zoo/model_card.schema.json", "caffe/models/lenet/readme.md",
                 "caffe/models/lenet/deploy.prototxt", "caffe/models/lenet/seven.png", "caffe/models/segnet/readme.md"):
        assert name in names
    if list(Path("/usr").glob("lib*/**/libwebp.a")):
        assert "caffe/lib/caffe-2.0.0/caffe_webp.so" in names
    if list(Path("/usr").glob("lib*/**/libyaml.a")):
        assert "caffe/lib/caffe-2.0.0/caffe_yaml.so" in names
    assert not [name for name in names if "tiff" in name]  # it would want the system's libtiff
    assert not [name for name in names if "__pycache__" in name or "/tests/" in name]
    assert not [name for name in names if ".caffemodel" in name]  # cards say where weights are


def test_auditwheel_agrees(wheel: Path, require, run) -> None:
    tag = re.search(r"manylinux_2_\d+_\w+", wheel.name)
    assert tag and f'"{tag[0]}"' in run(require("auditwheel"), "show", wheel)


def test_run_paths_stay_within_it(wheel: Path, foreign_run_paths, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)
    assert foreign_run_paths(tmp_path) == []


def test_it_carries_the_licences(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in archive.namelist())
    text = archive.read("caffe/THIRD-PARTY-LICENSES.txt").decode()
    for word in ("oneDNN", "HDF5", "GCC Runtime Library Exception", "libjpeg", "libpng", "zlib"):
        assert re.search(word, text, re.I), word
    assert "is not where" not in text and "no system package" not in text


def test_it_runs_in_a_fresh_environment(wheel: Path, run, clean_environment, tmp_path: Path) -> None:
    run(sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv")
    python = tmp_path / "venv/bin/python"
    pip("--python", python, "install", "--quiet", wheel)
    # Nothing on PATH, no compiler, no tool of the build.
    environment = {**clean_environment, "PATH": "/nowhere"}
    output = run(python, "-c", PROGRAM, env=environment, cwd=tmp_path)
    assert output.startswith("(1, 4, 6, 6) 13.5\n[0.0, 0.0, 255.0] 7.0\n")
    assert "\nmodels True caffe\n" in output
    mapped = set(re.findall(r"mapped (\S+)", output))
    assert any(name.endswith("libcaffe.so.2") for name in mapped)
    assert any(name.endswith("caffe_codecs.so") for name in mapped)
    assert all(name.startswith(str(tmp_path)) for name in mapped), mapped
    assert "2.0" in run(tmp_path / "venv/bin/caffe", "--version", env=environment, cwd=tmp_path)
