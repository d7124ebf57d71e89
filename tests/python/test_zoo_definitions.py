"""`caffe zoo check`: definitions told by their content, mistakes mended."""

from __future__ import annotations

from pathlib import Path

import caffe
import pytest

pytest.importorskip("lmdb")
pytest.importorskip("PIL")

from caffe.zoo import definitions, repair
from caffe.zoo.definitions import DATA, DEPLOY, SOLVER, TRAIN
from support.zoo_check import (
    BODY,
    DATABASE,
    DEPLOY_NET,
    INPUT,
    LOSS,
    SOLVER_TEXT,
    V0_DEPLOY,
    V1_DEPLOY,
    data_layer,
    parsed,
)

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.mark.parametrize(
    ("text", "kind", "format_"),
    [
        (DEPLOY_NET, DEPLOY, "current"),
        (V1_DEPLOY, DEPLOY, "V1, input fields"),
        (V0_DEPLOY, DEPLOY, "V0, input fields"),
        (DATABASE + BODY + LOSS, TRAIN, "current"),
        (DATABASE + BODY, DATA, "current"),
        (SOLVER_TEXT.format("train.prototxt"), SOLVER, "current"),
        ('net: "a" base_lr: 0.1 solver_type: ADAM', SOLVER, "before 1.0 (solver_type)"),
        ("layer { name: x }", DEPLOY, "current"),
        ("layer { name: a }\nlayers { name: b }", DEPLOY, "current and V1"),
    ],
)
def test_a_file_is_told_by_its_content(text: str, kind: str, format_: str) -> None:
    one = parsed(text)
    assert (one.kind, one.format) == (kind, format_)


@pytest.mark.parametrize(
    "text", ["", "# nothing", 'item { name: "none" label: 0 }', "max_pixels 3", "<html>"]
)
def test_other_texts_are_no_definitions(text: str) -> None:
    assert definitions.parse(Path("a.prototxt"), text) is None


def test_comments_and_strings_are_not_read() -> None:
    text = f"# base_lr: 0.1\n// base_lr: 0.1\nname: 'base_lr: 1'\n{INPUT}"
    assert definitions.kind_of(text) == DEPLOY


def test_forks_are_the_fewest_that_have_all_layers() -> None:
    upsample = 'layer { name: "u" type: "Upsample" bottom: "a" bottom: "b" top: "u" upsample_param { scale: 2 } }'
    normalize = 'layer { name: "n" type: "Normalize" bottom: "u" top: "n" }'
    prior = 'layer { name: "p" type: "PriorBox" bottom: "u" bottom: "data" top: "p" }'
    assert parsed(INPUT + BODY).forks == []
    assert parsed(INPUT + normalize + prior).forks == ["SSD"]
    dense = data_layer("DenseImageData", 'dense_image_data_param { source: "a" batch_size: 1 }')
    assert parsed(dense + upsample).forks == ["SegNet"]
    crf = 'layer { name: "c" type: "DenseCRF" bottom: "a" bottom: "data" top: "c" }'
    assert parsed(INPUT + crf).forks == ["CCNN"]  # which others have, too


def test_every_layer_of_a_fork_has_its_fork() -> None:
    page = (Path(__file__).parents[2] / "docs" / "layers.md").read_text()
    forks = page[page.index("## Layers of forks") :]
    for title in (line[4:] for line in forks.splitlines() if line.startswith("### ")):
        for name in title.split(", "):
            layer = caffe.proto.caffe_pb2.LayerParameter(type=name.split()[0])
            layer.bn_param.SetInParent()
            layer.upsample_param.SetInParent()
            layer.eltwise_param.coeff_blob = True
            if "(hed)" not in name:  # the text is that of the ordinary layer
                assert definitions._forks_of_layer(layer), name


def test_unreadable_files_are_problems(tmp_path: Path) -> None:
    (tmp_path / "a.prototxt").write_bytes(b"layer {\0}")
    (tmp_path / "b.prototxt").symlink_to(tmp_path / "gone")
    (tmp_path / "c.prototxt").write_bytes('name: "caf\xe9" layer { }'.encode("latin-1"))
    found = {one.path.name: one for one in definitions.find(tmp_path)}
    assert "is no text" in str(found["a.prototxt"].problem)
    assert "No such file" in str(found["b.prototxt"].problem)
    assert found["c.prototxt"].problem is None


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ('layer { name: "a" } // c', 'layer { name: "a" } # c', '"#"'),
        ("layer { name: conv1 }", 'layer { name: "conv1" }', "quotes"),
        ('layer { name: ./a/b" }', 'layer { name: "./a/b" }', "quotes"),
        ('layer { name: "a\n}', 'layer { name: "a"\n}', "not closed"),
        ('layer { name "a" }', 'layer { name: "a" }', '":" was missing'),
        ('layer { name = "a" }', 'layer { name : "a" }', 'not "="'),
        (
            'layer { name: "a"\nlayer { name: "b" }',
            'layer { name: "a"\n}\nlayer { name: "b" }',
            "line 1 was not closed",
        ),
        ('layer { name: "a" } }', 'layer { name: "a" } ', "closed nothing"),
        ('layer { name: "a"', 'layer { name: "a"\n}\n', "not closed"),
        ('layer { name: "a", , type: "b" }', 'layer { name: "a",  type: "b" }', "too many"),
        (
            'layer { name: "a" force_backward: true }',
            'force_backward: true layer { name: "a"  }',
            "of the net",
        ),
        (
            'layer { include { phase: "TEST" } }',
            "layer { include { phase: TEST } }",
            "without quotes",
        ),
        ("layer { type: CONVOLUTION }", 'layer { type: "Convolution" }', "quotes"),
        ('layers { type: "InnerProduct" }', "layers { type: INNER_PRODUCT }", "is a word"),
        ("layer { pooling_param { pad: 1.0 } }", "layer { pooling_param { pad: 1 } }", "decimal"),
        (
            "layer { pooling_param { padd: 1 } }",
            "layer { pooling_param { pad: 1 } }",
            "written pad",
        ),
        ("layer { name: \u201ca\u201d }", 'layer { name: "a" }', "typographic"),
        (
            "layer { reshape_param { shape { dim: [1 2] } } }",
            "layer { reshape_param { shape { dim: [1, 2] } } }",
            '","',
        ),
        ("net: a.prototxt base_lr: 1", 'net: "a.prototxt" base_lr: 1', "quotes"),
        (
            'net: "a" base_lr: 1 solver_mode: gpu',
            'net: "a" base_lr: 1 solver_mode: GPU',
            "written GPU",
        ),
    ],
)
def test_a_mistake_is_mended(wrong: str, right: str, said: str) -> None:
    mended, changes = repair.mend(parsed(wrong))
    assert mended.text == right
    assert mended.problem is None
    assert [said in change.what for change in changes] == [True]


def test_what_was_meant_is_not_guessed() -> None:
    mended, changes = repair.mend(parsed('layer { name: "a" name: "b" }'))
    assert changes == []
    assert "a.prototxt:1:" in str(mended.problem)


def test_layers_of_two_formats_become_todays() -> None:
    wrong = (
        f'{INPUT}\nlayers {{ name: "c" type: RELU bottom: "data" top: "c" }}\nlayer {{ name: d }}\n'
    )
    mended, changes = repair.mend(parsed(wrong))
    assert mended.problem is None
    assert [layer.type for layer in mended.message.layer] == ["Input", "ReLU", ""]
    assert [change.line for change in changes] == [3, 2]
    assert mended.format == "current and V1"


@pytest.mark.parametrize(("wrong", "right"), [("data", "Input"), ("INPUT", "Input")])
def test_a_type_that_nobody_has_is_told_by_what_the_layer_holds(wrong: str, right: str) -> None:
    mended, changes = repair.mend(parsed(f"\n{INPUT}".replace('type: "Input"', f'type: "{wrong}"')))
    assert mended.message.layer[0].type == right
    assert (changes[0].line, len(changes)) == (2, 1)


BROKEN = """
layer { name: "c" type: "Convolution" bottom: "data" top: "score" convolution_param { num_output: 1
        kernel_size: 9 stride: 4 pad: 1 } }
layer { name: "u" type: "Deconvolution" bottom: "score" top: "u" convolution_param { num_output: 1 kernel_size: 5
        stride: 4 } }
layer { name: "r" type: "ReLU" bottom: "u" top: "rr" }
layer { name: "crop" type: "Crop" bottom: "r" bottom: "data" top: "crop" }
layer { name: "prob" type: "Sigmoid" bottom: "crop" }
"""


def test_what_cannot_be_meant_is_mended() -> None:
    mended, changes = repair.mend(parsed(INPUT + BROKEN))
    assert [(change.line, change.what.split(":")[0][:30]) for change in changes] == [
        (8, 'layer "prob" had no top'),
        (6, 'no layer reads "rr", and none '),
        (3, "with a pad of 1 there is nothi"),
    ]
    net = caffe.Net.from_text(mended.text)
    assert net.blobs["prob"].shape == net.blobs["crop"].shape == (1, 1, 12, 12)


def test_lines_are_those_of_the_published_file() -> None:
    wrong = 'layer { name: "a"\nlayer { name: b }\nlayer { name: c }\n'
    _, changes = repair.mend(parsed(wrong))
    assert [change.line for change in changes] == [2, 2, 3]
