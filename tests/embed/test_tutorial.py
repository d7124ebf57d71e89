"""docs/c-api.md: what it prints is compiled as it says, and its programs run."""
from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs/c-api.md"
SHARED = Path(os.environ.get("CAFFE_SHARED", Path(__file__).resolve().parents[3] / "shared"))
LENET = SHARED / "zoo/weights/lenet_pl8787_v0era"
WARNINGS = "-pedantic -Wall -Wextra -Werror"
STROKES = [f"{kind} at {place}: {kind}" for kind in ("lying", "upright") for place in range(2, 6)]


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(), flags=re.M | re.S)


def is_program(block: str) -> bool:
    return "int main(" in block


def name_of(block: str) -> str:
    """For the test's name: the last function a block defines."""
    return re.findall(r"^\w.*?(\w+)\(", block, flags=re.M)[-1]


PROGRAMS = [block for block in blocks("c") if is_program(block)]
HEAD = PROGRAMS[0].split("int main(")[0]
# The one in the middle of the page needs a net and its weights, the one at its end nothing.
WITH_LENET = {"c": PROGRAMS[0], "cpp": blocks("cpp")[0]}


@pytest.fixture
def build_block(compile_against, tmp_path: Path):
    def build(text: str, language: str, options: str) -> Path:
        source = tmp_path / f"page.{language}"
        source.write_text(text)
        compile_against(tmp_path / "page", source, compiler={"c": "cc", "cpp": "c++"}[language],
                        options=f"{options} {WARNINGS}")
        return tmp_path / "page"

    return build


def test_the_page_has_what_these_tests_look_for() -> None:
    assert len(PROGRAMS) == 2 and len(blocks("cpp")) == 2
    assert len(re.findall("^```", PAGE.read_text(), flags=re.M)) == 2 * (len(blocks("c")) + len(blocks("cpp")))
    assert PAGE.read_text().rstrip().endswith("```"), "it ends in a program"


@pytest.mark.parametrize("standard", ["c99", "gnu89"])
@pytest.mark.parametrize("block", [block for block in blocks("c") if not is_program(block)], ids=name_of)
def test_functions_compile_behind_the_first_programs_head(block: str, standard: str, build_block) -> None:
    build_block(f"{HEAD}{block}\nint main(void) {{ return 0; }}\n", "c", f"-std={standard} -Wno-long-long "
                "-Wno-unused-function")


@pytest.mark.parametrize("language, options", [("c", "-std=c99"), ("c", "-std=gnu89 -Wno-long-long"),
                                               ("cpp", "-std=c++17")])
def test_the_first_program_runs_a_net(language: str, options: str, build_block, with_pkg_config, run,
                                      tmp_path: Path) -> None:
    program = build_block(WITH_LENET[language], language, options)
    if not LENET.exists():
        pytest.skip("no shared data")
    shutil.copy(LENET / "lenet_iter_10000", tmp_path / "lenet.caffemodel")
    shutil.copy(LENET / "lenet.prototxt", tmp_path / "deploy.prototxt")
    lines = run(program, env=with_pkg_config, cwd=tmp_path).splitlines()
    scores = [float(re.fullmatch(rf"{digit}: (\d\.\d+)", line).group(1)) for digit, line in enumerate(lines)]
    assert len(scores) == 10 and abs(sum(scores) - 1) < 1e-3
    if language == "c":
        assert scores.index(max(scores)) == 1, "the stroke it draws"


@pytest.mark.parametrize("options", ["-std=c99", "-std=gnu89 -Wno-long-long -Wno-overlength-strings"])
def test_the_last_program_learns(options: str, build_block, with_pkg_config, run, tmp_path: Path) -> None:
    program = build_block(PROGRAMS[-1], "c", options)
    first, *answers = run(program, env=with_pkg_config, cwd=tmp_path).splitlines()
    assert float(re.fullmatch(r"learned, the loss is (\d\.\d+)", first).group(1)) < 0.1
    assert answers == STROKES


LINE_TO_LEARN = """
net_param {
  layer { name: "data" type: "DummyData" top: "x" top: "y" dummy_data_param { shape { dim: 4 dim: 1 } shape { dim: 4 dim: 1 }
          data_filler { type: "constant" value: 1 } data_filler { type: "constant" value: 3 } } }
  layer { name: "ip" type: "InnerProduct" bottom: "x" top: "ip" inner_product_param { num_output: 1 } }
  layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "y" top: "loss" } }
base_lr: 0.1 lr_policy: "fixed" max_iter: 100000 snapshot_after_train: false
"""


def test_the_cpp_training_stops_when_it_is_good(build_block, with_pkg_config, run, tmp_path: Path) -> None:
    program = build_block(blocks("cpp")[1], "cpp", "-std=c++17")
    (tmp_path / "solver.prototxt").write_text(LINE_TO_LEARN)
    assert run(program, env=with_pkg_config, cwd=tmp_path) == "good enough\n"
    assert (tmp_path / "learned.caffemodel").stat().st_size > 0


def test_the_error_on_the_page_is_the_librarys(build_block, with_pkg_config, run, tmp_path: Path) -> None:
    (shown,) = re.findall(r"^    deploy\.prototxt:37:3: (.*)$", PAGE.read_text(), flags=re.M)
    (tmp_path / "deploy.prototxt").write_text("\n" * 35 + "layer {\n  typ: 'ReLU'\n}\n")
    program = build_block(HEAD + r"""
int main(void) {
  caffe_net *net;
  if (caffe_net_create(&net, "deploy.prototxt", CAFFE_TEST, NULL)) puts(caffe_last_error());
  if (0) check(0);
  return 0;
}
""", "c", "-std=c99")
    assert run(program, env=with_pkg_config, cwd=tmp_path) == f"deploy.prototxt:37:3: {shown}\n"
