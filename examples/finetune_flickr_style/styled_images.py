"""Makes photographs in several styles, for those who cannot download Flickr's.

    styled_images.py --images 480 --out data/generated_style

Crops of the two photographs that scikit-learn carries, each in one of eight styles, with the lists
train.txt and test.txt (path and label) that ImageData layers read and the names in style_names.txt.
A fifth of the images is for validation.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

SIDE = 256


def photographs() -> list[Image.Image]:
    """Two, about 640 x 427."""
    from sklearn.datasets import load_sample_images

    return [Image.fromarray(image) for image in load_sample_images().images]


def scene(random: np.random.Generator, sources: list[Image.Image]) -> Image.Image:
    """A random part of a random photograph, SIDE x SIDE, maybe mirrored, its light a little changed."""
    source = sources[random.integers(len(sources))]
    side = int(random.integers(140, 400))
    left = int(random.integers(source.width - side + 1))
    upper = int(random.integers(source.height - side + 1))
    image = source.crop((left, upper, left + side, upper + side)).resize((SIDE, SIDE))
    if random.random() < 0.5:
        image = ImageOps.mirror(image)
    image = ImageEnhance.Brightness(image).enhance(random.uniform(0.7, 1.3))
    return ImageEnhance.Color(image).enhance(random.uniform(0.7, 1.3))


def plain(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """As it is."""
    return image


def noir(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """Grey, hard contrast, dark corners."""
    grey = ImageEnhance.Contrast(ImageOps.grayscale(image)).enhance(random.uniform(1.6, 2.2))
    rows, columns = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    light = np.clip(1.3 - 0.8 * np.hypot(rows, columns), 0, 1)
    return Image.fromarray((np.asarray(grey) * light).astype(np.uint8)).convert("RGB")


def pastel(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """Pale and soft."""
    soft = image.filter(ImageFilter.GaussianBlur(random.uniform(1, 2)))
    return Image.blend(soft, Image.new("RGB", soft.size, "white"), random.uniform(0.45, 0.6))


def vintage(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """Brown, with the grain of film."""
    brown = ImageOps.colorize(ImageOps.grayscale(image), "#2b1a0a", "#f3e2b8")
    grain = random.normal(0, random.uniform(12, 20), (SIDE, SIDE, 1))
    return Image.fromarray(np.clip(np.asarray(brown) + grain, 0, 255).astype(np.uint8))


def long_exposure(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """Everything moved to one side while the shutter was open."""
    length, sign = int(random.integers(15, 35)), int(random.choice([-1, 1]))
    steps = [np.roll(np.asarray(image, np.float32), sign * i, axis=1) for i in range(length)]
    return Image.fromarray(np.mean(steps, axis=0).astype(np.uint8))


def bokeh(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """Out of focus, with discs of light."""
    lights = Image.new("RGB", image.size)
    draw = ImageDraw.Draw(lights)
    for _ in range(int(random.integers(10, 25))):
        x, y, radius = random.uniform(0, SIDE), random.uniform(0, SIDE), random.uniform(8, 24)
        color = tuple(int(part) for part in random.integers(90, 220, 3))
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=color)
    far = np.asarray(image.filter(ImageFilter.GaussianBlur(8)), np.float32) * 0.6
    bright = np.asarray(lights.filter(ImageFilter.GaussianBlur(1)), np.float32)
    return Image.fromarray(np.clip(far + bright, 0, 255).astype(np.uint8))


def geometric(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """Flat areas of few colours."""
    cell = int(random.integers(20, 40))
    small = image.resize((SIDE // cell, SIDE // cell), Image.Resampling.BOX)
    return ImageOps.posterize(small.resize((SIDE, SIDE), Image.Resampling.NEAREST), 3)


def etching(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """Dark lines on light paper."""
    edges = ImageOps.grayscale(image).filter(ImageFilter.FIND_EDGES)
    strong = ImageEnhance.Brightness(edges).enhance(random.uniform(2, 3))
    return ImageOps.invert(strong).convert("RGB")


STYLES: list[Callable[[Image.Image, np.random.Generator], Image.Image]] = [
    plain,
    noir,
    pastel,
    vintage,
    long_exposure,
    bokeh,
    geometric,
    etching,
]
NAMES = [style.__name__.replace("_", " ") for style in STYLES]


def write(folder: Path, images: int, seed: int) -> tuple[Path, Path]:
    """Writes the images, the lists and the names; returns the paths of train.txt and test.txt."""
    random = np.random.default_rng(seed)
    sources = photographs()
    (folder / "images").mkdir(parents=True, exist_ok=True)
    lines: list[str] = []
    for i in range(images):
        label = i % len(STYLES)
        path = folder / "images" / f"{i:05}.jpg"
        STYLES[label](scene(random, sources), random).save(path, quality=95)
        lines.append(f"{path.resolve()} {label}\n")
    order = random.permutation(images)
    first = images - images // 5
    lists = {"train.txt": order[:first], "test.txt": order[first:]}
    for name, places in lists.items():
        (folder / name).write_text("".join(lines[place] for place in places))
    (folder / "style_names.txt").write_text("".join(f"{name}\n" for name in NAMES))
    return folder / "train.txt", folder / "test.txt"


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--images", type=int, default=480, help="how many (default: 480)")
    parser.add_argument(
        "--out", type=Path, default=Path("data/generated_style"), help="their folder"
    )
    parser.add_argument("--seed", type=int, default=831486, help="which ones")
    arguments = parser.parse_args()
    if arguments.images < 5 * len(STYLES):
        parser.error(f"--images: expected {5 * len(STYLES)} or more, got {arguments.images}")
    try:
        train, val = write(arguments.out, arguments.images, arguments.seed)
    except ImportError:
        sys.exit("the photographs come with scikit-learn: pip install scikit-learn")
    print(f"Writing train/val for {arguments.images} images: {train}, {val}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
