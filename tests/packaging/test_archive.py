"""`make matlab-package` makes a folder that works wherever it lies, with nothing else of ours on the machine."""
from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

SESSION = """
addpath('{folder}');
text = ['layer {{ name: "data" type: "Input" top: "data" input_param {{ shape {{ dim: 2 dim: 3 }} }} }} ' ...
        'layer {{ name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param {{ num_output: 1 ' ...
        'weight_filler {{ type: "constant" value: 2 }} bias_filler {{ type: "constant" value: 1 }} }} }}'];
file = fopen('net.prototxt', 'w'); fputs(file, text); fclose(file);
net = caffe.Net('net.prototxt', 'test');
out = net.forward({{single([1 4; 2 5; 3 6])}});
disp(out{{1}});
maps = fileread('/proc/self/maps');
names = unique(regexp(maps, '/[^\\n]*/(libcaffe|libdnnl|libcaffe_gomp|caffe_mex)[^\\n]*', 'match'));
printf('mapped %s\\n', names{{:}});
"""

# Digits in a folder of their own: converted, learnt and looked at without Python.
COMMANDS = r"""
set -eu
caffe/bin/caffe convert_mnist_data images labels digits --backend=lmdb
caffe/bin/caffe train -solver solver.prototxt
caffe/bin/caffe test -model train_val.prototxt -weights lenet_iter_300.caffemodel -iterations 20
"""


@pytest.fixture(scope="module")
def archive(root: Path, build: Path, run, require, tmp_path_factory: pytest.TempPathFactory) -> Path:
    require("octave-cli")
    if not list((build / "matlab").glob("caffe_mex.*")):
        pytest.skip("the gateway is not built")
    folder = tmp_path_factory.mktemp("dist")
    run(root / "scripts/matlab_package", build, folder)
    (path,) = folder.glob("caffe-matlab-*.tar.gz")
    return path


def unpack(archive: Path, folder: Path) -> Path:
    with tarfile.open(archive) as file:
        file.extractall(folder)
    (unpacked,) = folder.glob("caffe-matlab-*")
    return unpacked


def test_what_is_in_it(archive: Path) -> None:
    with tarfile.open(archive) as file:
        names = {name.split("/", 1)[1] for name in file.getnames() if "/" in name}
    for name in ("+caffe/Net.m", "+caffe/Solver.m", "caffe_mex.mex", "demo/classification_demo.m", "lib/libcaffe.so.2",
                 "matcaffe_init.m", "lib/caffe_hdf5.so", "lib/libcaffe_gomp.so.1", "bin/caffe", "README.txt", "LICENSE",
                 "THIRD-PARTY-LICENSES.txt"):
        assert name in names, name
    assert not [name for name in names if "python" in name.lower() or name.endswith((".h", ".a", ".pc"))]


def test_run_paths_stay_within_it(archive: Path, foreign_run_paths, tmp_path: Path) -> None:
    assert foreign_run_paths(unpack(archive, tmp_path)) == []


def test_octave_runs_it_from_any_folder(archive: Path, run, clean_environment, tmp_path: Path) -> None:
    folder = unpack(archive, tmp_path).rename(tmp_path / "a folder with blanks")
    script = tmp_path / "session.m"
    script.write_text(SESSION.format(folder=folder))
    output = run("octave-cli", "--quiet", "--no-init-file", script, env=clean_environment, cwd=tmp_path)
    assert re.search(r"^\s*13\s+31\s*$", output, re.M), output
    mapped = re.findall(r"mapped (.*)", output)
    assert len(mapped) >= 4 and all(name.startswith(str(folder)) for name in mapped), mapped


def test_the_command_says_where_to_find_it(archive: Path, run, clean_environment, tmp_path: Path) -> None:
    folder = unpack(archive, tmp_path)
    assert run(folder / "bin/caffe", "matlab-path", env=clean_environment) == f"{folder.resolve()}\n"


def enter(folder: Path) -> list[str]:
    """The words that run a command in a folder as if it were the whole system; skips where that is not allowed."""
    chroot, unshare = (shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin") for name in ("chroot", "unshare"))
    for words in ([chroot], [unshare, "--map-root-user", chroot]):
        if all(words) and subprocess.run([*words, "/", "true"], capture_output=True).returncode == 0:
            return [*words, str(folder)]
    pytest.skip("neither root nor user namespaces: chroot is not allowed")


def test_an_empty_root_is_enough_to_train_and_classify(archive: Path, root: Path, run, tmp_path: Path) -> None:
    digits = Path(os.environ.get("CAFFE_SHARED", root.parent / "shared")) / "data/mnist"
    if not digits.is_dir():
        pytest.skip("no shared data")
    empty = tmp_path / "root"
    empty.mkdir()
    words = enter(empty)
    folder = unpack(archive, empty).rename(empty / "caffe")

    # The C library, and a shell to run the commands: all else is the archive's.
    shell = shutil.which("sh")
    needed = run("ldd", shell, folder / "bin/caffe", folder / "lib/libcaffe.so.2")
    system = set(re.findall(r"(/\S*/(?:ld-linux[^/\s]*|lib(?:c|m|dl|pthread|rt)\.so[.\d]*))\s", needed))
    for name in sorted({shell, *system}):
        target = empty / Path(name).relative_to("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(Path(name).resolve(), target)

    for name, count in (("t10k-images-idx3-ubyte", "images"), ("t10k-labels-idx1-ubyte", "labels")):
        (empty / count).write_bytes(gzip.decompress((digits / f"{name}.gz").read_bytes()))
    net = (root / "models/lenet/train_val.prototxt").read_text()
    (empty / "train_val.prototxt").write_text(re.sub(r"examples/mnist/mnist_(train|test)_lmdb", "digits", net))
    (empty / "solver.prototxt").write_text(
        'net: "train_val.prototxt" base_lr: 0.01 lr_policy: "fixed" momentum: 0.9 max_iter: 300 display: 100 '
        'test_iter: 1 test_interval: 1000 random_seed: 1 snapshot_prefix: "lenet"')
    done = subprocess.run([*words, shell, "-c", COMMANDS], capture_output=True, text=True,
                          # Where a program lies, the loader asks /proc, which this root does not have.
                          env={"LANG": "C", "LD_LIBRARY_PATH": "/caffe/lib"})
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Iteration 300" in done.stderr
    (accuracy,) = re.findall(r"\] accuracy = ([\d.]+)", done.stderr)
    assert float(accuracy) > 0.9
    assert (empty / "lenet_iter_300.solverstate").is_file()
