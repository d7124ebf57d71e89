"""Says in a sentence what happens in a video: S2VT and Video2Text.

    caption.py --definition s2vt.words_to_preds.deploy.prototxt --weights s2s_vgg_....caffemodel \\
        --vocabulary yt_coco_mvad_mpiimd_vocabulary.txt --features video.npy
    caption.py ... --frames f1.jpg f2.jpg ... --vision VGG_ILSVRC_16_layers_deploy.prototxt \\
        --vision-weights VGG_ILSVRC_16_layers.caffemodel --out caption.png

What is seen are features of frames, T x 4096, of VGG-16's layer fc7: read from --features (.npy, or
lines of a name and the values with commas between, as the authors publish them), or computed of
--frames. Venugopalan et al., "Sequence to Sequence - Video to Text" (2015) and "Translating Videos to
Natural Language Using Deep Recurrent Neural Networks" (2015; --stages factored 2-layer with its
training definition). `caffe zoo download s2vt` gets weights and vocabulary.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import caffe
import numpy as np
from beam_search import Sentence, as_text, beam_search, read_vocabulary
from decoder import Decoder
from PIL import Image, ImageDraw

FRAME, BORDER, LINE = 160, 8, 18
VISION_MEAN = (103.939, 116.779, 123.68)  # of VGG-16, BGR


def read_features(path: Path) -> np.ndarray:
    """Features of frames, T x values."""
    try:
        if path.suffix == ".npy":
            values = np.load(path, allow_pickle=False)
        else:
            lines = path.read_text().splitlines()
            values = np.array([line.split(",")[1:] for line in lines if line.strip()], float)
    except ValueError as error:
        raise caffe.FileError(f"{path}: expected the features of a frame a line: {error}") from None
    if values.ndim != 2 or len(values) == 0:
        shape = " x ".join(map(str, values.shape))
        raise caffe.FileError(f"{path}: expected frames x values, got {shape}")
    return values


def see(frames: list[Path], definition: Path, weights: Path, blob: str) -> np.ndarray:
    """What a net for images makes of frames."""
    net = caffe.Net(str(definition), caffe.TEST, weights=str(weights))
    seen = caffe.features(net, frames, blob, mean=VISION_MEAN)
    return seen.reshape(len(frames), -1)


def draw(frames: list[Path], texts: list[str], sentences: list[Sentence]) -> Image.Image:
    """Some frames in a row; below them the sentences, a bar for how likely each is by the best."""
    shown = (
        [frames[i] for i in np.unique(np.linspace(0, len(frames) - 1, 5).astype(int))]
        if frames
        else []
    )
    width = max(5 * (FRAME + BORDER) + BORDER, 2 * BORDER + 8 * max(map(len, texts)) + FRAME)
    top = FRAME * 3 // 4 + BORDER if shown else 0
    sheet = Image.new("RGB", (width, top + 2 * BORDER + len(texts) * (LINE + 4)), "white")
    for i, path in enumerate(shown):
        with Image.open(path) as frame:
            small = frame.convert("RGB").resize((FRAME, FRAME * 3 // 4))
        sheet.paste(small, (BORDER + i * (FRAME + BORDER), BORDER))
    pen = ImageDraw.Draw(sheet)
    best = sentences[0].log_probability
    for i, (text, sentence) in enumerate(zip(texts, sentences)):
        y = top + BORDER + i * (LINE + 4)
        long = max(1, round((FRAME - 2 * BORDER) * float(np.exp(sentence.log_probability - best))))
        pen.rectangle((BORDER, y + 3, BORDER + long, y + LINE - 3), fill="#2a78b5")
        pen.text((FRAME, y + 3), text, fill="black")
    return sheet


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--definition", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--vocabulary", type=Path, required=True, help="a word a line")
    parser.add_argument("--stages", nargs="*", default=(), help="of a training definition")
    parser.add_argument("--features", type=Path, help="of the frames, T x 4096")
    parser.add_argument("--frames", nargs="+", type=Path, default=[], help="images, in their order")
    parser.add_argument("--vision", type=Path, help="the net that looks at frames")
    parser.add_argument("--vision-weights", type=Path)
    parser.add_argument("--blob", default="fc7", help="of that net")
    parser.add_argument("--beam", type=int, default=5, help="sentences that are followed at a time")
    parser.add_argument("--longest", type=int, default=50, help="words")
    parser.add_argument("--out", type=Path, help="a picture of the frames and what is said of them")
    arguments = parser.parse_args()
    if arguments.features is not None:
        seen = read_features(arguments.features)
    elif arguments.frames and arguments.vision and arguments.vision_weights:
        net = (arguments.vision, arguments.vision_weights, arguments.blob)
        seen = see(arguments.frames, *net)
    else:
        parser.error("expected --features, or --frames with --vision and --vision-weights")
    if arguments.beam < 1 or arguments.longest < 1:
        parser.error("--beam and --longest: expected 1 or more")
    decoder = Decoder(arguments.definition, arguments.weights, seen.shape[1], arguments.stages)
    with arguments.vocabulary.open(encoding="utf-8") as lines:
        vocabulary = read_vocabulary(lines)
    if len(vocabulary) != decoder.words:
        raise caffe.InvalidArgumentError(
            f"{arguments.vocabulary}: expected {decoder.words - 1} words, as the net tells "
            f"{decoder.words} with the end of a sentence; it has {len(vocabulary) - 1}"
        )
    states = decoder.encode(seen)
    sentences = beam_search(decoder.step, states, arguments.beam, arguments.longest)
    texts = [as_text(sentence, vocabulary) for sentence in sentences]
    for text, sentence in zip(texts, sentences):
        print(f"{sentence.log_probability:9.3f}  {text}")
    if arguments.out is not None:
        draw(arguments.frames, texts, sentences).save(arguments.out)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (caffe.Error, OSError) as error:
        sys.exit(f"caption.py: {error}")
