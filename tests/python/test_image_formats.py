"""Image files of every format, as ImageData reads them, beside what Pillow makes of them."""

from __future__ import annotations

import os
import re
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import caffe
import numpy as np
import pytest

Image = pytest.importorskip("PIL.Image")
features = pytest.importorskip("PIL.features")

HEIGHT, WIDTH = 21, 29
RANDOM = np.random.default_rng(5)


def pixels(*shape: int) -> np.ndarray:
    return RANDOM.integers(0, 256, shape, dtype=np.uint8)


COLOR, GRAY = pixels(HEIGHT, WIDTH, 3), pixels(HEIGHT, WIDTH)
SLOPE = np.add.outer(5 * np.arange(HEIGHT), 4 * np.arange(WIDTH)).astype(np.uint8)
SMOOTH = np.dstack([SLOPE, SLOPE[::-1], SLOPE[:, ::-1]])
ALPHA = np.dstack([COLOR, pixels(HEIGHT, WIDTH)])


def read(path: Path, color: bool = True) -> np.ndarray:
    """The image as ImageData's top: H x W x 3, red first, or H x W."""
    (path.parent / "list.txt").write_text(f"{path.name} 1\n")
    net = caffe.Net.from_text(
        f"""layer {{ name: "d" type: "ImageData" top: "data" top: "label" image_data_param {{
            source: "{path.parent}/list.txt" root_folder: "{path.parent}" batch_size: 1
            is_color: {str(color).lower()} }} }}""",
        caffe.TEST,
    )
    net.forward()
    image = net.blobs["data"].data[0]
    return image[::-1].transpose(1, 2, 0).copy() if color else image[0].copy()


def gray_of(color: np.ndarray) -> np.ndarray:
    """OpenCV's grey of red, green and blue."""
    return color.astype(np.float64) @ np.array([0.299, 0.587, 0.114])


def check(path: Path, near: float = 0) -> None:
    """Colours are Pillow's to within `near`, greys are the colours' mixture."""
    try:
        with Image.open(path) as opened:
            wanted = np.asarray(opened.convert("RGB"), np.float32)
        found = read(path)
    except caffe.UnsupportedError as missing:
        pytest.skip(str(missing))
    except caffe.ParseError as missing:
        if "module" not in str(missing):
            raise
        pytest.skip(str(missing))
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).max() <= near
    assert np.abs(read(path, color=False) - gray_of(found)).max() <= 1


# ---- BMP


def bmp(
    width: int,
    height: int,
    bits: int,
    rows: bytes,
    *,
    compression: int = 0,
    palette: bytes = b"",
    masks: tuple[int, ...] = (),
    size: int = 40,
    colors: int = 0,
) -> bytes:
    """A BMP file with a header of `size` bytes; 12 is OS/2's."""
    more = struct.pack(f"<{len(masks)}I", *masks)
    if size == 12:
        header = struct.pack("<I4H", 12, width, height, 1, bits)
    else:
        header = struct.pack("<IiiHH6I", size, width, height, 1, bits, compression, len(rows), 0, 0, colors, 0)
        if size > 40:
            header, more = (header + more).ljust(size, b"\0"), b""
    start = 14 + len(header) + len(more) + len(palette)
    return struct.pack("<2sIHHI", b"BM", start + len(rows), 0, 0, start) + header + more + palette + rows


def padded(rows: np.ndarray) -> bytes:
    """Bytes of rows, each filled up to a multiple of four, the last row first."""
    filled = np.zeros((len(rows), -(-rows.shape[1] // 4) * 4), np.uint8)
    filled[:, : rows.shape[1]] = rows
    return filled[::-1].tobytes()


def packed(indices: np.ndarray, bits: int) -> np.ndarray:
    """Indices as rows of bytes, the first in the upper bits."""
    split = np.unpackbits(indices[..., np.newaxis], axis=-1)[..., 8 - bits :]
    return np.packbits(split.reshape(len(indices), -1), axis=1)


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "1", "RGBA"])
def test_bmp_as_pillow_writes_it(mode: str, tmp_path: Path) -> None:
    Image.fromarray(ALPHA).convert(mode).save(tmp_path / "a.bmp")
    check(tmp_path / "a.bmp")


@pytest.mark.parametrize("bits", [1, 4, 8])
@pytest.mark.parametrize("size", [12, 40, 64, 108, 124])
def test_bmp_palettes(bits: int, size: int, tmp_path: Path) -> None:
    indices = GRAY >> (8 - bits)
    entry = 3 if size == 12 else 4
    palette = pixels(1 << bits, entry)
    palette[:, 3:] = 0
    file = bmp(WIDTH, HEIGHT, bits, padded(packed(indices, bits)), palette=palette.tobytes(), size=size)
    (tmp_path / "a.bmp").write_bytes(file)
    check(tmp_path / "a.bmp")
    assert (read(tmp_path / "a.bmp") == palette[:, 2::-1][indices]).all()


def test_bmp_from_above(tmp_path: Path) -> None:
    rows = padded(COLOR[::-1, :, ::-1].reshape(HEIGHT, -1))
    (tmp_path / "a.bmp").write_bytes(bmp(WIDTH, -HEIGHT, 24, rows))
    check(tmp_path / "a.bmp")
    assert (read(tmp_path / "a.bmp") == COLOR).all()


@pytest.mark.parametrize(
    ("bits", "masks", "size"),
    [
        (16, (), 40),
        (16, (0x7C00, 0x3E0, 0x1F), 40),
        (16, (0xF800, 0x7E0, 0x1F), 40),
        (32, (0xFF0000, 0xFF00, 0xFF), 40),
        (32, (), 40),
        (32, (0xFF0000, 0xFF00, 0xFF, 0xFF000000), 108),
        (32, (0xFF, 0xFF00, 0xFF0000, 0xFF000000), 124),
    ],
)
def test_bmp_masks(bits: int, masks: tuple[int, ...], size: int, tmp_path: Path) -> None:
    rows = padded(pixels(HEIGHT, WIDTH * bits // 8))
    file = bmp(WIDTH, HEIGHT, bits, rows, compression=3 if masks else 0, masks=masks, size=size)
    (tmp_path / "a.bmp").write_bytes(file)
    check(tmp_path / "a.bmp", near=1)  # how five bits become eight is rounded


def test_bmp_masks_of_any_width(tmp_path: Path) -> None:
    rows = padded(np.array([[0x21, 0x43, 0xFF, 0x0F]], np.uint8))
    (tmp_path / "a.bmp").write_bytes(bmp(2, 1, 16, rows, compression=3, masks=(0xF00, 0xF0, 0xF)))
    assert read(tmp_path / "a.bmp").tolist() == [[[51, 34, 17], [255, 255, 255]]]


RUNS8 = bytes([3, 7, 2, 9, 0, 0, 0, 3, 1, 2, 3, 0, 2, 4, 0, 0, 5, 5, 0, 0, 0, 1])
RUNS4 = bytes([3, 0x12, 2, 0x99, 0, 0, 0, 5, 0x12, 0x34, 0x50, 0, 0, 0, 5, 0x70, 0, 0, 0, 1])


@pytest.mark.parametrize(
    ("bits", "runs", "rows"),
    [
        (8, RUNS8, [[5] * 5, [1, 2, 3, 4, 4], [7, 7, 7, 9, 9]]),
        (4, RUNS4, [[7, 0, 7, 0, 7], [1, 2, 3, 4, 5], [1, 2, 1, 9, 9]]),
    ],
)
def test_bmp_runs(bits: int, runs: bytes, rows: list[list[int]], tmp_path: Path) -> None:
    palette = pixels(1 << bits, 4)
    palette[:, 3] = 0
    file = bmp(5, 3, bits, runs, compression=1 if bits == 8 else 2, palette=palette.tobytes())
    (tmp_path / "a.bmp").write_bytes(file)
    assert (read(tmp_path / "a.bmp") == palette[:, 2::-1][np.array(rows)]).all()
    check(tmp_path / "a.bmp")


def test_bmp_runs_that_pass_pixels_over(tmp_path: Path) -> None:
    """One pixel, then one to the right and one up, and an end before the last row."""
    runs = bytes([1, 2, 0, 2, 1, 1, 1, 3, 0, 1])
    (tmp_path / "a.bmp").write_bytes(bmp(5, 3, 8, runs, compression=1, palette=bytes(range(256)) * 4))
    wanted = np.full((3, 5), 0)
    wanted[2, 0], wanted[1, 2] = 2, 3
    palette = np.frombuffer(bytes(range(256)) * 4, np.uint8).reshape(256, 4)
    assert (read(tmp_path / "a.bmp") == palette[wanted][:, :, 2::-1]).all()


# ---- PPM, PGM, PBM


@pytest.mark.parametrize(("mode", "name"), [("RGB", "a.ppm"), ("L", "a.pgm"), ("1", "a.pbm")])
def test_pnm_as_pillow_writes_it(mode: str, name: str, tmp_path: Path) -> None:
    Image.fromarray(COLOR).convert(mode).save(tmp_path / name)
    check(tmp_path / name)


@pytest.mark.parametrize("kind", [1, 2, 3])
def test_pnm_of_text(kind: int, tmp_path: Path) -> None:
    values = {1: GRAY >> 7, 2: GRAY, 3: COLOR}[kind]
    text = "\n".join(" ".join(map(str, row)) for row in values.reshape(HEIGHT, -1))
    most = "" if kind == 1 else "255 # the largest\n"
    (tmp_path / "a.pnm").write_text(f"P{kind} # a comment\n#another\n{WIDTH} {HEIGHT}\n{most}{text}\n")
    check(tmp_path / "a.pnm")


def test_pnm_bits_may_touch(tmp_path: Path) -> None:
    (tmp_path / "a.pbm").write_text("P1\n3 2\n101\n010\n")
    assert read(tmp_path / "a.pbm", color=False).tolist() == [[0, 255, 0], [255, 0, 255]]


@pytest.mark.parametrize("most", [1, 100, 254, 255, 256, 1023, 65535])
@pytest.mark.parametrize("kind", [5, 6])
def test_pnm_largest_values(most: int, kind: int, tmp_path: Path) -> None:
    values = RANDOM.integers(0, most + 1, (HEIGHT, WIDTH, 3 if kind == 6 else 1))
    header = f"P{kind} {WIDTH} {HEIGHT} {most}\n".encode()
    (tmp_path / "a.pnm").write_bytes(header + values.astype(">u2" if most > 255 else "u1").tobytes())
    wanted = values >> 8 if most == 65535 else values * 255 // most
    assert (read(tmp_path / "a.pnm") == wanted).all()


# ---- GIF


@pytest.mark.parametrize("interlace", [0, 1])
@pytest.mark.parametrize("mode", ["L", "P", "1"])
def test_gif(mode: str, interlace: int, tmp_path: Path) -> None:
    Image.fromarray(COLOR).convert(mode).save(tmp_path / "a.gif", interlace=interlace)
    check(tmp_path / "a.gif")


@pytest.mark.parametrize("side", [1, 3, 300])
def test_gif_of_long_strings(side: int, tmp_path: Path) -> None:
    """A picture that fills the table of codes, of one colour and of many."""
    flat = np.full((side, side), 3, np.uint8)
    busy = RANDOM.integers(0, 256, (side, side), dtype=np.uint8)
    for name, array in (("flat.gif", flat), ("busy.gif", busy), ("both.gif", np.vstack([busy, flat]))):
        Image.fromarray(array).save(tmp_path / name)
        check(tmp_path / name)


def test_gif_transparency_and_the_first_of_several(tmp_path: Path) -> None:
    first = Image.fromarray(COLOR).quantize(16)
    first.save(tmp_path / "a.gif", transparency=3)
    check(tmp_path / "a.gif")
    frames = [Image.fromarray(pixels(HEIGHT, WIDTH, 3)).quantize(8) for _ in range(3)]
    frames[0].save(tmp_path / "b.gif", save_all=True, append_images=frames[1:])
    check(tmp_path / "b.gif")


def test_gif_smaller_than_its_canvas(tmp_path: Path) -> None:
    Image.fromarray(np.array([[1, 2], [3, 1]], np.uint8)).save(tmp_path / "a.gif", interlace=0)
    file = bytearray((tmp_path / "a.gif").read_bytes())
    begin = file.index(b"\x2c\0\0\0\0")
    file[6:10] = struct.pack("<2H", 4, 3)
    file[begin + 1 : begin + 5] = struct.pack("<2H", 1, 1)
    (tmp_path / "a.gif").write_bytes(file)
    found = read(tmp_path / "a.gif", color=False)
    assert found.shape == (3, 4)
    assert found[1:, 1:3].tolist() == [[1, 2], [3, 1]]
    with Image.open(tmp_path / "a.gif") as opened:
        assert (np.asarray(opened.convert("L"))[1:, 1:3] == found[1:, 1:3]).all()


# ---- TIFF and WebP


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "packbits", "tiff_adobe_deflate"])
@pytest.mark.parametrize("mode", ["RGB", "L", "P", "1", "RGBA", "LA"])
def test_tiff(mode: str, compression: str | None, tmp_path: Path) -> None:
    Image.fromarray(ALPHA).convert(mode).save(tmp_path / "a.tif", compression=compression)
    check(tmp_path / "a.tif")


@pytest.mark.parametrize("compression", ["group4", "jpeg"])
def test_tiff_of_other_compressions(compression: str, tmp_path: Path) -> None:
    image = Image.fromarray(SMOOTH) if compression == "jpeg" else Image.fromarray(GRAY).convert("1")
    image.save(tmp_path / "a.tif", compression=compression)
    check(tmp_path / "a.tif", near=3)


def tiff(
    values: np.ndarray, tile: int = 0, order: str = "<", extra: int = 0, told: bool = True
) -> bytes:
    """An uncompressed TIFF of H x W x C values, tiled when there is the side of a tile; `told` is whether it says that they
    are colours."""
    height, width, channels = values.shape
    values = values.astype(values.dtype.newbyteorder(order))
    if tile:
        down, across = -(-height // tile), -(-width // tile)
        filled = np.zeros((down * tile, across * tile, channels), values.dtype)
        filled[:height, :width] = values
        parts = [filled[y * tile : (y + 1) * tile, x * tile : (x + 1) * tile].tobytes()
                 for y in range(down) for x in range(across)]
    else:
        parts = [values[y : y + 4].tobytes() for y in range(0, height, 4)]
    places, at = [], 8
    for part in parts:
        places.append(at)
        at += len(part)
    bits = [values.dtype.itemsize * 8] * channels
    tags: list[tuple[int, str, list[int]]] = [
        (256, "I", [width]), (257, "I", [height]), (258, "H", bits), (259, "H", [1]),
        (277, "H", [channels])]
    if told:
        tags.append((262, "H", [2 if channels > 2 else 1]))
    sizes = [len(part) for part in parts]
    if tile:
        tags += [(322, "I", [tile]), (323, "I", [tile]), (324, "I", places), (325, "I", sizes)]
    else:
        tags += [(273, "I", places), (278, "I", [4]), (279, "I", sizes)]
    if extra:
        tags.append((338, "H", [extra]))
    tags.sort()
    entries, more = b"", b""
    behind = at + 2 + 12 * len(tags) + 4
    for tag, kind, numbers in tags:
        data = struct.pack(f"{order}{len(numbers)}{kind}", *numbers)
        if len(data) > 4:
            more, data = more + data, struct.pack(f"{order}I", behind + len(more))
        entries += struct.pack(f"{order}HHI", tag, 3 if kind == "H" else 4, len(numbers)) + data.ljust(4, b"\0")
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, at)
    return head + b"".join(parts) + struct.pack(f"{order}H", len(tags)) + entries + bytes(4) + more


def test_tiff_that_does_not_say_what_its_values_are(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_bytes(tiff(ALPHA[:, :, :1], told=False))
    np.testing.assert_array_equal(read(tmp_path / "a.tif", color=False), ALPHA[:, :, 0])
    for channels in (3, 4):  # which libtiff by itself would take for a grey and more
        (tmp_path / "a.tif").write_bytes(tiff(ALPHA[:, :, :channels], told=False))
        with pytest.raises(caffe.ParseError, match=r"a\.tif: .*does not say what its values are"):
            read(tmp_path / "a.tif")


@pytest.mark.parametrize("tile", [0, 16])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_tiff_stripes_and_tiles(channels: int, order: str, tile: int, tmp_path: Path) -> None:
    values = ALPHA[:, :, :channels]
    (tmp_path / "a.tif").write_bytes(tiff(values, tile, order, extra=2 if channels == 4 else 0))
    check(tmp_path / "a.tif")  # with the colours under alpha as they are


@pytest.mark.parametrize("channels", [1, 3])
def test_tiff_of_16_bits(channels: int, tmp_path: Path) -> None:
    values = RANDOM.integers(0, 65536, (HEIGHT, WIDTH, channels), dtype=np.uint16)
    (tmp_path / "a.tif").write_bytes(tiff(values))
    try:
        found = read(tmp_path / "a.tif")
    except caffe.ParseError as missing:
        pytest.skip(str(missing))
    assert np.abs(found - values / 257.0).max() <= 1


@pytest.mark.parametrize("lossless", [False, True])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_webp(mode: str, lossless: bool, tmp_path: Path) -> None:
    if not features.check("webp"):
        pytest.skip("this Pillow has no WebP")
    Image.fromarray(ALPHA).convert(mode).save(tmp_path / "a.webp", lossless=lossless, exact=True)
    # Two decoders of lossy files may upsample differently.
    check(tmp_path / "a.webp", near=0 if lossless else 2)


def test_webp_animated(tmp_path: Path) -> None:
    if not features.check("webp"):
        pytest.skip("this Pillow has no WebP")
    frames = [Image.fromarray(pixels(20, 20, 3)) for _ in range(2)]
    frames[0].save(tmp_path / "a.webp", save_all=True, append_images=frames[1:])
    with pytest.raises(caffe.ParseError, match="animated WebP|webp module"):
        read(tmp_path / "a.webp")


# ---- PNG and JPEG of rarer kinds


def test_png_of_16_bits(tmp_path: Path) -> None:
    values = RANDOM.integers(0, 65536, (HEIGHT, WIDTH), dtype=np.uint16)
    Image.fromarray(values).save(tmp_path / "a.png")
    assert (read(tmp_path / "a.png", color=False) == values >> 8).all()


@pytest.mark.parametrize("mode", ["P", "1", "LA", "RGBA"])
def test_png(mode: str, tmp_path: Path) -> None:
    Image.fromarray(ALPHA).convert(mode).save(tmp_path / "a.png")
    check(tmp_path / "a.png")


# ---- files that are cut, and everything that reads images


def write(image: Any, path: Path) -> bytes:
    image.save(path)
    return path.read_bytes()


@pytest.mark.parametrize("name", ["a.bmp", "a.ppm", "a.gif", "a.tif", "a.webp", "a.png"])
def test_cut_files_are_errors(name: str, tmp_path: Path) -> None:
    image = Image.fromarray(COLOR)
    whole = write(image.quantize(64) if name == "a.gif" else image, tmp_path / name)
    for part in (0.2, 0.5, 0.9):
        (tmp_path / name).write_bytes(whole[: int(len(whole) * part)])
        with pytest.raises(caffe.ParseError, match=f"{name}: cannot read the image: "):
            read(tmp_path / name)


@pytest.mark.parametrize(
    "convert", [lambda image: image.save, lambda image: image.convert("P").save], ids=["bmp", "gif"]
)
def test_a_name_says_nothing(convert: Callable[[Any], Any], tmp_path: Path) -> None:
    """The bytes of a file tell its format."""
    convert(Image.fromarray(COLOR))(tmp_path / "a.x", format="GIF" if "P" in str(convert) else "BMP")
    check(tmp_path / "a.x")


def test_load_image_reads_them_too(tmp_path: Path) -> None:
    for ending in ("bmp", "ppm", "tif", "png"):
        Image.fromarray(COLOR).save(tmp_path / f"a.{ending}")
        loaded = caffe.io.load_image(tmp_path / f"a.{ending}")
        assert np.allclose(loaded * 255, COLOR, atol=1e-3)


def test_a_missing_module_is_said_with_what_to_do(tmp_path: Path) -> None:
    """A copy of the library alone: what needs no module is read, of the rest it says so."""
    library = os.environ.get("CAFFE_LIBRARY")
    if library is None:
        pytest.skip("CAFFE_LIBRARY does not say where the library is")
    shutil.copy(library, tmp_path / "libcaffe.so.2")
    (tmp_path / "a.tif").write_bytes(tiff(COLOR))
    (tmp_path / "a.webp").write_bytes(b"RIFF\x04\0\0\0WEBP")
    for ending in ("ppm", "bmp", "png"):
        Image.fromarray(COLOR).save(tmp_path / f"a.{ending}")
    program = """if True:
        import caffe, sys
        for ending in ("ppm", "bmp", "tif", "webp", "png"):
            open("list.txt", "w").write(f"a.{ending} 1")
            try:
                net = caffe.Net.from_text('''layer { name: "d" type: "ImageData" top: "x" top: "y"
                    image_data_param { source: "list.txt" } }''', caffe.TEST)
                print(ending, "read")
            except caffe.Error as error:
                print(ending, type(error).__name__, error)
        """
    linked = subprocess.run(["ldd", library], capture_output=True, text=True, check=True).stdout
    environment = {
        **os.environ,
        "CAFFE_LIBRARY": str(tmp_path / "libcaffe.so.2"),
        "CAFFE_MODULE_PATH": "",
        # oneDNN may lie anywhere.
        "LD_LIBRARY_PATH": ":".join(str(Path(path).parent) for path in re.findall(r"=> (/\S+)", linked)),
    }
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    lines = done.stdout.splitlines()
    assert lines[:2] == ["ppm read", "bmp read"], done.stderr
    for line, ending, name in ((lines[2], "tif", "TIFF"), (lines[3], "webp", "WebP")):
        assert line.startswith(f"{ending} ParseError ")
        assert f"a.{ending}: cannot read the image: it is a {name} file, and the {name.lower()} module" in line
        assert line.endswith("; as a PNG file it can be read (ImageMagick: convert FILE FILE.png)")
    assert lines[4].startswith("png UnsupportedError ")
    assert "libjpeg-turbo and libpng" in lines[4]
