"""The demonstration: a LeNet learns handwritten digits, then a C program uses it.

    make demo

1. The digits that scikit-learn carries (UCI, 1797 images of 8 x 8) become two LMDBs.
2. LeNet trains on them: train_val.prototxt, solver.prototxt.
3. Pictures are drawn: digits with what the net says, curves of loss and accuracy, the net.
4. The library is installed into a folder, examples/c/classify.c is compiled against it with
   pkg-config, and has to give the answers Python gives.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import caffe
import numpy as np
from caffe import convert, draw, plot

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "out" / "digits"
HERE = Path("examples/digits")
TEST_IMAGES = 360
WANTED = 0.98


def say(text: str) -> None:
    print(text, flush=True)


# ---- the data


def load_digits() -> tuple[np.ndarray, np.ndarray]:
    """All digits as 32 x 32 bytes, 20 x 20 of them the digit, and their labels, in a fixed order."""
    from sklearn.datasets import load_digits as load

    data = load()
    images = np.zeros((len(data.images), 32, 32), np.uint8)
    for image, digit in zip(images, data.images):
        larger = caffe.io.resize_image(digit[:, :, np.newaxis] / 16, (20, 20))[:, :, 0]
        image[6:26, 6:26] = np.round(255 * larger)
    order = np.random.RandomState(0).permutation(len(images))
    return images[order], data.target[order]


def write_databases(images: np.ndarray, labels: np.ndarray) -> None:
    """The first TEST_IMAGES digits to test with, the others to train with."""
    for part, which in (("test", slice(TEST_IMAGES)), ("train", slice(TEST_IMAGES, None))):
        database = OUT / f"{part}_lmdb"
        convert.write_lmdb(database, images[which, np.newaxis], labels[which], progress=False)
        say(f"  {database.relative_to(ROOT)}: {len(labels[which])} images of 32 x 32")


# ---- training


class Progress:
    """A line that follows the training: on a terminal one that changes, else a line now and then."""

    def __init__(self, solver: caffe.Solver) -> None:
        self.solver = solver
        self.start = time.monotonic()
        self.terminal = sys.stdout.isatty()

    def show(self) -> None:
        done, total = self.solver.iter, self.solver.max_iter
        left = (time.monotonic() - self.start) * (total - done) / max(done, 1)
        bar = "#" * (30 * done // total)
        text = (
            f"  [{bar:.<30}] {done:4}/{total}  loss {self.solver.loss:.4f}"
            f"  rate {self.solver.learning_rate:.5f}  {left:3.0f} s left"
        )
        if self.terminal:
            print("\r" + text, end="\n" if done == total else "", flush=True)
        elif done % 200 == 0:
            say(text)


def train(log_file: Path) -> caffe.Solver:
    """Trains as solver.prototxt says; the log goes to a file."""
    with log_file.open("w") as log:
        caffe.set_log_callback(lambda line: print(line, file=log))
        try:
            solver = caffe.get_solver(HERE / "solver.prototxt")
            progress = Progress(solver)

            def after_step() -> None:
                if solver.iter % 20 == 0:
                    progress.show()

            solver.add_callback(after_step=after_step)
            solver.solve()
        finally:
            caffe.set_log_callback(None)
    return solver


# ---- what the net says


def classify(weights: Path, images: np.ndarray) -> np.ndarray:
    """The digits' probabilities, N x 10, from the middle 28 x 28 of the images."""
    net = caffe.Net(HERE / "deploy.prototxt", caffe.TEST, weights=weights)
    middle = images[:, np.newaxis, 2:30, 2:30]
    return net.forward_all(data=middle.astype(np.float32) / 256)["prob"]


def picture(images: np.ndarray, labels: np.ndarray, prob: np.ndarray, file: Path) -> None:
    """Digits with what the net says; wrong answers are in it, and red."""
    from matplotlib.figure import Figure

    said = prob.argmax(axis=1)
    wrong = np.flatnonzero(said != labels)
    columns, rows = 15, 8
    shown = np.concatenate([wrong, np.setdiff1d(np.arange(len(labels)), wrong)])[: columns * rows]
    shown.sort()
    figure = Figure(figsize=(columns * 0.74, rows * 0.92 + 0.6), dpi=130)
    figure.suptitle(
        f"{len(labels)} test digits: {len(labels) - len(wrong)} right, {len(wrong)} wrong"
        f" ({len(shown)} shown)",
        fontsize=13,
        fontweight="bold",
        y=0.985,
    )
    grid = figure.subplots(rows, columns)
    figure.subplots_adjust(0.012, 0.035, 0.988, 0.925, wspace=0.12, hspace=0.42)
    for axis, i in zip(grid.flat, shown):
        right = said[i] == labels[i]
        axis.imshow(images[i, 4:28, 4:28], cmap="gray_r", vmin=0, vmax=255)
        axis.set_xticks([])
        axis.set_yticks([])
        for spine in axis.spines.values():
            spine.set_color("#d1d5db" if right else "#c81e1e")
            spine.set_linewidth(0.8 if right else 2.2)
        text = f"{said[i]}" if right else f"{said[i]}, is {labels[i]}"
        axis.set_xlabel(
            text,
            fontsize=10,
            labelpad=2,
            color="#1f2937" if right else "#c81e1e",
            fontweight="normal" if right else "bold",
        )
    figure.savefig(file)


# ---- the same from C


def write_pgm(file: Path, image: np.ndarray) -> None:
    """A grey image as every program reads it."""
    height, width = image.shape
    file.write_bytes(b"P5\n%d %d\n255\n" % (width, height) + image.tobytes())


def build_classify(stage: Path) -> tuple[Path, dict[str, str]]:
    """Installs the library into a folder and compiles the C program against it."""
    shutil.rmtree(stage, ignore_errors=True)
    # The make that may have started this one has nothing to say to the next.
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL")}
    build = os.environ.get("CAFFE_BUILD", "build")
    command = ["make", "--no-print-directory", "install", f"DESTDIR={stage}", f"BUILD={build}"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    found = sorted(stage.rglob("caffe.pc"))
    if done.returncode != 0 or not found:
        raise SystemExit(f"demo.py: {' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    environment["PKG_CONFIG_PATH"] = str(found[0].parent)
    words = subprocess.run(
        ["pkg-config", "--cflags", "--libs", "caffe"],
        check=True,
        env=environment,
        capture_output=True,
        text=True,
    ).stdout.split()
    words = [word[:2] + os.path.normpath(word[2:]) for word in words]  # -I and -L without ..
    program = OUT / "classify"
    compiler = os.environ.get("CC", "cc").split()
    subprocess.run(
        [*compiler, "-o", program, "examples/c/classify.c", *words], check=True, env=environment
    )
    say(f"  cc -o classify classify.c {' '.join(words).replace(str(stage), '<stage>')}")
    # What leads to the checkout's build must not lead the program there.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CAFFE_")}
    environment["LD_LIBRARY_PATH"] = str(found[0].parent.parent)
    return program, environment


def run_classify(
    images: np.ndarray, weights: Path, program: Path, env: dict[str, str]
) -> list[int]:
    """What the C program says about images."""
    folder = OUT / "pgm"
    folder.mkdir(exist_ok=True)
    files = [folder / f"{i:03d}.pgm" for i in range(len(images))]
    for file, image in zip(files, images):
        write_pgm(file, image[2:30, 2:30])
    done = subprocess.run(
        [program, HERE / "deploy.prototxt", weights, *files],
        check=True,
        env=env,
        capture_output=True,
        text=True,
    )
    lines = done.stdout.strip().split("\n")
    for line in lines[:3]:
        say(f"    {line.removeprefix(f'{folder}/')}")
    say("    ...")
    return [int(line.rsplit(maxsplit=2)[1]) for line in lines]


def main() -> int:
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    os.chdir(ROOT)
    start = time.monotonic()
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)

    say("\n== 1. handwritten digits into LMDBs")
    images, labels = load_digits()
    write_databases(images, labels)
    images, labels = images[:TEST_IMAGES], labels[:TEST_IMAGES]

    say(f"\n== 2. LeNet learns them: {HERE}/solver.prototxt")
    log = OUT / "train.log"
    solver = train(log)
    caffe.init_log(1)  # from here on only warnings
    weights = OUT / f"lenet_iter_{solver.iter}.caffemodel"
    prob = classify(weights, images)
    accuracy = float((prob.argmax(axis=1) == labels).mean())
    say(f"  accuracy on {len(labels)} digits it has never seen: {accuracy:.2%}")

    say("\n== 3. pictures")
    pictures = [OUT / name for name in ("digits.png", "curves.png", "net.svg")]
    picture(images, labels, prob, pictures[0])
    plot.plot_log(log, pictures[1], "LeNet on handwritten digits")
    draw.draw_net_to_file(solver.net, pictures[2])
    for file in pictures:
        say(f"  {file}")

    say("\n== 4. the same net from C")
    program, environment = build_classify(OUT / "stage")
    linked = subprocess.run(
        ["ldd", program], env=environment, capture_output=True, text=True, check=True
    ).stdout
    names = [line.split()[0] for line in linked.splitlines() if line.strip()]
    python_free = not any("libpython" in name for name in names)
    say(
        f"  it is linked to: {', '.join(Path(name).name for name in names)}"
        f" ({'no Python' if python_free else 'PYTHON!'})"
    )
    answers = run_classify(images, weights, program, environment)
    agree = sum(a == b for a, b in zip(answers, prob.argmax(axis=1)))
    say(f"  C and Python agree on {agree} of {len(labels)} digits")

    failures = []
    if accuracy < WANTED:
        failures.append(f"the accuracy is {accuracy:.2%}, at least {WANTED:.0%} was expected")
    if agree != len(labels) or len(answers) != len(labels):
        failures.append("C and Python do not agree")
    if not python_free:
        failures.append("the C program is linked to Python")
    for failure in failures:
        print(f"demo.py: {failure}", file=sys.stderr)
    say(
        f"\ndemo: {'failed' if failures else 'done'} in {time.monotonic() - start:.0f} s,"
        f" accuracy {accuracy:.2%}, {agree} of {len(labels)} answers the same in C"
    )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
