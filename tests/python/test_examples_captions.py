"""Captions: beam search, and published nets of words followed by it."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import caffe
import numpy as np
import pytest
from examples_for_tests import EXAMPLES, start
from google.protobuf import text_format
from PIL import Image

sys.path.insert(0, str(EXAMPLES / "captions"))

from beam_search import Sentence, as_text, beam_search, read_vocabulary
from decoder import Decoder, one_step, read

# As the published ones, but small: two layers in a row, a stage for what is seen and one for words.
STREAM = """
input: "frames_fc7" input_shape { dim: 1 dim: 6 }
input: "cont_sentence" input_shape { dim: 1 dim: 1 }
input: "input_sentence" input_shape { dim: 1 dim: 1 }
input: "stage_indicator" input_shape { dim: 1 dim: 1 }
layer { name: "frames" type: "Reshape" bottom: "frames_fc7" top: "frames"
  reshape_param { shape { dim: 1 dim: 1 dim: 6 } } }
layer { name: "stage" type: "Reshape" bottom: "stage_indicator" top: "stage"
  reshape_param { shape { dim: 1 dim: 1 dim: 1 } } }
layer { name: "embedding" type: "Embed" bottom: "input_sentence" top: "embedded"
  embed_param { bias_term: false input_dim: 4 num_output: 3 weight_filler { type: "gaussian" std: 1 } } }
layer { name: "lstm1" type: "LSTM" bottom: "frames" bottom: "cont_sentence" top: "lstm1"
  recurrent_param { num_output: 5 weight_filler { type: "gaussian" std: 1 } } }
layer { name: "concat" type: "Concat" bottom: "lstm1" bottom: "embedded" bottom: "stage" top: "both"
  concat_param { axis: 2 } }
layer { name: "lstm2" type: "LSTM" bottom: "both" bottom: "cont_sentence" top: "lstm2"
  recurrent_param { num_output: 5 weight_filler { type: "gaussian" std: 1 } } }
layer { name: "predict" type: "InnerProduct" bottom: "lstm2" top: "predict"
  inner_product_param { num_output: 4 axis: 2 weight_filler { type: "gaussian" std: 1 } } }
layer { name: "probs" type: "Softmax" bottom: "predict" top: "probs" softmax_param { axis: 2 } }
"""
LONGEST = 3


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    definition, weights = tmp_path / "net.prototxt", tmp_path / "net.caffemodel"
    definition.write_text(STREAM)
    caffe.set_random_seed(7)
    caffe.Net(str(definition), caffe.TEST).save(str(weights))
    return definition, weights


def every_sentence(definition: Path, weights: Path, frames: np.ndarray) -> list[Sentence]:
    """All there are, told by the net as it was published: from the start for each, likeliest first."""
    net = caffe.Net(str(definition), caffe.TEST, weights=str(weights))

    def tell(frame: np.ndarray, word: int, cont: int, stage: int) -> np.ndarray:
        words = {"cont_sentence": cont, "input_sentence": word, "stage_indicator": stage}
        values = {name: np.full((1, 1), value) for name, value in words.items()}
        return net.forward(frames_fc7=frame[None], **values)["probs"].ravel().copy()

    found = []
    for length in range(LONGEST + 1):
        for words in itertools.product(range(1, 4), repeat=length):
            for i, frame in enumerate(frames):
                tell(frame, 0, int(i > 0), 0)
            score, last = 0.0, 0
            ended = length < LONGEST
            for word in (*words, 0)[: length + ended]:
                score += float(np.log(tell(np.zeros(6), last, 1, 1)[word]))
                last = word
            found.append(Sentence(words, score, ended))
    return sorted(found, key=lambda one: -one.log_probability)


def test_a_wide_beam_finds_the_best_of_all(files: tuple[Path, Path]) -> None:
    frames = np.random.default_rng(3).normal(size=(4, 6))
    expected = every_sentence(*files, frames)
    decoder = Decoder(*files, size=6)
    found = beam_search(decoder.step, decoder.encode(frames), len(expected), LONGEST)
    assert [one.words for one in found] == [one.words for one in expected]
    assert [one.ended for one in found] == [one.ended for one in expected]
    scores = [one.log_probability for one in found]
    assert scores == pytest.approx([one.log_probability for one in expected], abs=1e-4)
    # The same decoder, asked again and with another width, begins anew.
    narrow = beam_search(decoder.step, decoder.encode(frames), 1, LONGEST)
    greedy = beam_search(decoder.step, decoder.encode(frames), 1, LONGEST)
    assert narrow == greedy
    assert narrow[0].log_probability <= scores[0] + 1e-6


def test_a_beam_of_a_table() -> None:
    """Word 1 is likelier first, but what begins with 2 ends likelier."""
    after = {0: [0.1, 0.5, 0.4], 1: [0.3, 0.3, 0.4], 2: [0.9, 0.05, 0.05]}

    def step(last: np.ndarray, states: list[np.ndarray]) -> tuple[np.ndarray, list[np.ndarray]]:
        return np.array([after[int(word)] for word in last]), states

    greedy = beam_search(step, [np.zeros((1, 1, 1))], width=1, longest=4)
    assert greedy[0].words == (1, 2)
    best = beam_search(step, [np.zeros((1, 1, 1))], width=2, longest=4)
    assert best[0] == Sentence((2,), pytest.approx(np.log(0.4 * 0.9)), True)
    assert best[1].words == (1, 2)


def test_sentences_as_text() -> None:
    words = read_vocabulary(["a\n", "man\n", "\n", "rides\n"])
    assert words == ["<EOS>", "a", "man", "rides"]
    assert as_text(Sentence((1, 2, 3), -1.0, True), words) == "A man rides."
    assert as_text(Sentence((1, 2), -1.0, False), words) == "A man..."


def test_published_nets(shared: Path, tmp_path: Path) -> None:
    """S2VT for deployment, and Video2Text from its training definition, a quote of which is missing."""
    zoo = shared / "zoo/models"
    frames = np.random.default_rng(0).random((3, 4096))
    s2vt = Decoder(zoo / "recurrent_s2vt/s2vt.words_to_preds.deploy.prototxt", None)
    assert s2vt.words == 46168
    found = beam_search(s2vt.step, s2vt.encode(frames), 2, 2)
    assert [len(one.words) for one in found] == [2, 2]
    broken = zoo / "video2text_vgg_mean_pool/poolmean.prototxt"
    with pytest.raises(caffe.ParseError, match=r"poolmean.prototxt:\d+:.*--fix"):
        read(broken)
    mended = tmp_path / "poolmean.prototxt"
    mended.write_text(broken.read_text().replace("source: ./hdf5", 'source: "./hdf5'))
    pooled = Decoder(mended, None, stages=("factored", "2-layer"))
    assert pooled.net.inputs[:3] == ["mean_fc7", "cont_sentence", "input_sentence"]
    found = beam_search(pooled.step, pooled.encode(frames), 2, 2)
    assert found[0].log_probability >= found[1].log_probability


def test_another_net_is_refused() -> None:
    net = text_format.Parse(
        'layer { name: "a" type: "ReLU" bottom: "b" top: "a" }',
        caffe.proto.caffe_pb2.NetParameter(),
    )
    with pytest.raises(caffe.InvalidArgumentError, match="this one reads b"):
        one_step(net, 8)


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return start("captions/caption.py", *arguments)


def test_command(files: tuple[Path, Path], tmp_path: Path) -> None:
    model = ["--definition", files[0], "--weights", files[1]]
    (tmp_path / "words.txt").write_text("a\nman\nrides\n")
    rows = np.random.default_rng(1).random((3, 6))
    (tmp_path / "video.txt").write_text(
        "".join(f"vid1_frame_{i},{','.join(map(str, row))}\n" for i, row in enumerate(rows))
    )
    np.save(tmp_path / "video.npy", rows)
    for i in range(3):
        Image.new("RGB", (64, 48), (80 * i, 90, 120)).save(tmp_path / f"{i}.png")
    known = [*model, "--vocabulary", tmp_path / "words.txt"]
    frames = [tmp_path / f"{i}.png" for i in range(3)]
    more = ["--longest", 4, "--out", tmp_path / "out.png", "--frames", *frames]
    done = run(*known, "--features", tmp_path / "video.txt", *more)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 5
    assert Image.open(tmp_path / "out.png").size[0] == 5 * 168 + 8
    assert run(*known, "--features", tmp_path / "video.npy", "--longest", 4).stdout == done.stdout

    (tmp_path / "few.txt").write_text("a\n")
    done = run(*model, "--vocabulary", tmp_path / "few.txt", "--features", tmp_path / "video.npy")
    assert done.returncode == 1
    assert "expected 3 words" in done.stderr
    (tmp_path / "bad.txt").write_text("vid1,1,2\nvid1,x,2\n")
    done = run(*known, "--features", tmp_path / "bad.txt")
    assert done.returncode == 1
    assert "bad.txt: expected the features of a frame a line" in done.stderr
    assert run(*known).returncode == 2
