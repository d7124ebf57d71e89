#!/usr/bin/env python3
"""Makes images square and small, several at once: the shorter side becomes --output_side_length
pixels, and the square at the centre is kept.

    resize_and_crop_images.py --input train.txt --input_folder in --output_folder out --num_clients 8

--input is a list, a line for each image with its name below --input_folder first, as
convert_imageset takes it (what follows the name is passed over); without it, all images below the
folder. Each image keeps its name. Those that cannot be read are named and left out.
"""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))
import own_python  # noqa: F401

# isort: split
from PIL import Image
from tqdm import tqdm

ENDINGS = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".gif", ".ppm", ".pgm")


def resize_and_crop(image: Image.Image, side: int) -> Image.Image:
    """The square at the centre of an image, whose shorter side is made `side` pixels first."""
    if image.mode not in ("L", "RGB"):
        image = image.convert("RGB")
    scale = side / min(image.size)
    width, height = (max(side, round(extent * scale)) for extent in image.size)
    left, top = (width - side) // 2, (height - side) // 2
    whole = image.resize((width, height), Image.Resampling.BILINEAR)
    return whole.crop((left, top, left + side, top + side))


def convert(name: str, source: Path, target: Path, side: int) -> str:
    """One image; why it was left out, if it was."""
    try:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        with Image.open(source / name) as opened:
            made = resize_and_crop(opened, side)
            made.save(target / name, format=opened.format, quality=95)
    except (OSError, ValueError, Image.DecompressionBombError) as failure:
        return f"{source / name}: {getattr(failure, 'strerror', None) or failure}"
    return ""


def listed(chosen: argparse.Namespace) -> list[str]:
    """The images' names below the folder."""
    if chosen.input:
        lines = Path(chosen.input).read_text().splitlines()
        names = [line.split()[0] for line in lines if line.strip()]
    else:
        paths = sorted(Path(chosen.input_folder).rglob("*"))
        found = [path for path in paths if path.suffix.lower() in ENDINGS]
        names = [str(path.relative_to(chosen.input_folder)) for path in found]
    outside = [name for name in names if name.startswith("/") or ".." in Path(name).parts]
    if outside:
        raise ValueError(f"{outside[0]}: names are those below {chosen.input_folder}")
    return names


def main() -> int:
    parser = argparse.ArgumentParser(description="Make images square and small, several at once.")
    parser.add_argument("--input", help="a list of images; without it, all of the folder")
    parser.add_argument("--input_folder", type=Path, required=True, help="where the images are")
    parser.add_argument("--output_folder", type=Path, required=True, help="where they go")
    parser.add_argument("--output_side_length", type=int, default=256, help="pixels (default: 256)")
    parser.add_argument(
        "--num_clients", type=int, default=os.cpu_count(), help="processes (default: the cores)"
    )
    parser.add_argument("--image_lib", default="PIL", help="taken for old scripts; it is Pillow")
    chosen = parser.parse_args()
    if chosen.output_side_length < 1 or chosen.num_clients < 1:
        parser.error("--output_side_length and --num_clients are at least 1")
    if chosen.input_folder.resolve() == chosen.output_folder.resolve():
        parser.error("--output_folder is --input_folder, whose images would be written over")
    one = partial(
        convert,
        source=chosen.input_folder,
        target=chosen.output_folder,
        side=chosen.output_side_length,
    )
    try:
        names = listed(chosen)
        with ProcessPoolExecutor(chosen.num_clients) as pool:
            done = pool.map(one, names, chunksize=16)
            shown = tqdm(done, total=len(names), unit=" images", disable=not sys.stderr.isatty())
            wrong = [why for why in shown if why]
    except (OSError, ValueError) as failure:
        print(f"resize_and_crop_images.py: {failure}", file=sys.stderr)
        return 1
    for why in wrong:
        print(why, file=sys.stderr)
    print(f"{len(names) - len(wrong)} of {len(names)} images are in {chosen.output_folder}")
    return 0 if len(wrong) < len(names) else 1


if __name__ == "__main__":
    sys.exit(main())
