"""The programs of examples/c and examples/cpp, and what README.md prints as C, against an installation."""
from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("CAFFE_SHARED", Path(__file__).resolve().parents[3] / "shared"))
LENET = SHARED / "zoo/weights/lenet_pl8787_v0era"
MNIST = SHARED / "data/mnist"
STRICT = "-pedantic -Wall -Wextra -Werror"

SOLVER = """
net_param {
  layer { name: "x" type: "DummyData" top: "x" top: "y"
    dummy_data_param { shape { dim: 4 dim: 3 } shape { dim: 4 dim: 1 } data_filler { type: "gaussian" } } }
  layer { name: "ip" type: "InnerProduct" bottom: "x" top: "ip"
    inner_product_param { num_output: 1 weight_filler { type: "xavier" } } }
  layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "y" top: "loss" }
}
base_lr: 0.01 lr_policy: "fixed" max_iter: 250 solver_mode: CPU
"""


@pytest.fixture
def environment(prefix: Path, clean_environment: dict[str, str]) -> dict[str, str]:
    return {**clean_environment, "PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig"),
            "LD_LIBRARY_PATH": str(prefix / "lib")}


@pytest.fixture
def build_program(environment, run, tmp_path: Path):
    def build(source: Path, compiler: str = "cc -std=c99") -> Path:
        program = tmp_path / source.stem
        run("sh", "-c", f'{compiler} {STRICT} -o "$0" "$1" $(pkg-config --cflags --libs caffe)', program, source,
            env=environment)
        return program

    return build


@pytest.fixture
def digits(tmp_path: Path) -> tuple[Path, list[int]]:
    """The first 250 test digits of MNIST as an IDX file, and their labels."""
    if not (MNIST / "t10k-images-idx3-ubyte.gz").exists() or not LENET.exists():
        pytest.skip("no shared data")
    count = 250
    images = gzip.decompress((MNIST / "t10k-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((MNIST / "t10k-labels-idx1-ubyte.gz").read_bytes())
    file = tmp_path / "digits-idx3-ubyte"
    file.write_bytes(images[:4] + count.to_bytes(4, "big") + images[8:16 + count * 784])
    return file, list(labels[8:8 + count])


def write_pgms(file: Path, count: int) -> list[Path]:
    pixels = file.read_bytes()[16:]
    paths = [file.parent / f"{i}.pgm" for i in range(count)]
    for i, path in enumerate(paths):
        path.write_bytes(b"P5\n28 28\n255\n" + pixels[i * 784:(i + 1) * 784])
    return paths


def classify(program: Path, files: list[Path], environment: dict[str, str], run) -> list[str]:
    # No log in the answers.
    lines = run(program, LENET / "lenet.prototxt", LENET / "lenet_iter_10000", *files,
                env={**environment, "OMP_NUM_THREADS": "1"})
    return [line for line in lines.splitlines() if not re.match(r"[WE]\d{4} ", line)]


def test_classify_knows_digits(build_program, root: Path, digits, environment, run) -> None:
    file, labels = digits
    program = build_program(root / "examples/c/classify.c")
    answers = classify(program, [file], environment, run)
    assert [line.split()[0] for line in answers[:2]] == [f"{file}:0", f"{file}:1"]
    right = sum(int(line.split()[1]) == label for line, label in zip(answers, labels, strict=True))
    assert right >= 0.98 * len(labels)
    single = classify(program, write_pgms(file, 5), environment, run)
    assert [line.split()[1] for line in single] == [line.split()[1] for line in answers[:5]]


def test_classify_in_cpp_says_the_same(build_program, root: Path, digits, environment, run) -> None:
    images = write_pgms(digits[0], 5)
    in_c = classify(build_program(root / "examples/c/classify.c"), images, environment, run)
    in_cpp = classify(build_program(root / "examples/cpp/classify.cpp", "c++ -std=c++17"), images, environment, run)
    assert in_c == in_cpp and len(in_c) == 5


@pytest.mark.parametrize("content, why", [
    (b"P5\n28 28\n255\n" + bytes(100), "cut short"), (b"P5\n29 28\n255\n" + bytes(29 * 28), "another size"),
    (b"P5\n28 28\n65535\n" + bytes(2 * 784), "not a PGM image of 8 bits"), (b"GIF89a", "neither"), (b"", "neither"),
    (b"\0\0\x08\x03\0\0\0\x02\0\0\0\x1c\0\0\0\x1c" + bytes(800), "cut short"),
])
def test_classify_refuses_other_files(build_program, root: Path, digits, environment, tmp_path: Path,
                                      content: bytes, why: str) -> None:
    program = build_program(root / "examples/c/classify.c")
    (tmp_path / "bad").write_bytes(content)
    done = subprocess.run([program, LENET / "lenet.prototxt", LENET / "lenet_iter_10000", tmp_path / "bad"],
                          env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert why in done.stderr and str(tmp_path / "bad") in done.stderr


def test_train_reports_and_takes_a_snapshot(build_program, root: Path, environment, run, tmp_path: Path) -> None:
    program = build_program(root / "examples/c/train.c")
    (tmp_path / "solver.prototxt").write_text(SOLVER)
    lines = run(program, tmp_path / "solver.prototxt", env=environment, cwd=tmp_path).splitlines()
    assert [line.split(":")[0] for line in lines if " of " in line] == ["100 of 250", "200 of 250", "250 of 250"]
    assert (tmp_path / "solver_iter_250.solverstate").exists()


def snippets(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), flags=re.M | re.S)


def test_programs_in_the_readme_run_as_printed(root: Path, build_program, digits, environment, run,
                                               tmp_path: Path) -> None:
    programs = [text for text in snippets(root / "README.md", "c") if "main(" in text]
    assert programs
    (tmp_path / "examples").symlink_to(root / "examples")
    (tmp_path / "out/digits").mkdir(parents=True)
    shutil.copy(LENET / "lenet_iter_10000", tmp_path / "out/digits/lenet_iter_1200.caffemodel")
    for i, text in enumerate(programs):
        source = tmp_path / f"page{i}.c"
        source.write_text(text)
        done = subprocess.run([build_program(source)], env=environment, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        shown = re.findall(r"printf\(.*/\* (.*) \*/$", text, re.M)
        assert shown and done.stdout.splitlines() == shown
