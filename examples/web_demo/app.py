"""A web page that says what is in a picture: uploaded, or at an address.

    examples/web_demo/app.py                          # BVLC CaffeNet, on http://127.0.0.1:5000
    examples/web_demo/app.py --model squeezenet_v1.1  # any model folder, card or name

The page shows the five most likely labels, how sure the net is of each, and the time it took.
Needs Flask (pip install flask).
"""

from __future__ import annotations

import argparse
import base64
import io
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))
import own_python  # noqa: F401

# isort: split
import caffe
from flask import Flask, render_template, request
from image_address import fetch
from PIL import Image, ImageOps, UnidentifiedImageError

MOST_BYTES = 16 << 20
SHOWN = 480  # pixels, the longer side of the picture on the page


@dataclass
class Answer:
    """What the page shows of a picture."""

    picture: str  # an address that holds the picture itself
    labels: list[tuple[str, float]]  # the likeliest first, with their probabilities
    milliseconds: float


class Refused(Exception):
    """What the visitor sent is no picture; the text is for the page."""


def opened(data: bytes) -> Image.Image:
    """The picture in an image file, the way up that its camera was held."""
    try:
        return ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    except UnidentifiedImageError:
        raise Refused("this is not an image file") from None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Refused(f"this image cannot be read: {error}") from None


def as_address(picture: Image.Image) -> str:
    """A small copy of a picture as a data: address."""
    copy = picture.copy()
    copy.thumbnail((SHOWN, SHOWN))
    buffer = io.BytesIO()
    copy.save(buffer, "JPEG", quality=88)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


class Classifier:
    """A model that answers one visitor after the other: a net does one pass at a time."""

    def __init__(self, model: caffe.Model) -> None:
        self._model = model
        self._turn = threading.Lock()
        self.name = model.name
        # The first pass of a net chooses how it computes: no visitor waits for that.
        self._model.predict(Image.new("RGB", (64, 64)))

    def __call__(self, picture: Image.Image) -> Answer:
        with self._turn:
            begin = time.perf_counter()
            result = self._model.predict(picture, top=5)
            took = time.perf_counter() - begin
        labels = [(one.label, one.probability) for one in result]
        return Answer(as_address(picture), labels, 1000 * took)


def create_app(model: caffe.Model, private_addresses: bool = False) -> Flask:
    """The application. `private_addresses`: whether pictures may lie on this machine or network."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    classify = Classifier(model)

    def page(data: bytes | None = None, status: int = 200, **values: Any) -> tuple[str, int]:
        answer = None
        if data is not None:
            try:
                answer = classify(opened(data))
            except Refused as refused:
                status, values["error"] = 400, str(refused)
        return render_template("index.html", name=classify.name, answer=answer, **values), status

    @app.get("/")
    def index() -> tuple[str, int]:
        return page()

    @app.get("/classify_url")
    def classify_url() -> tuple[str, int]:
        address = request.args.get("imageurl", "").strip()
        try:
            data = fetch(address, MOST_BYTES, private_addresses)
        except ValueError as error:
            return page(status=400, address=address, error=str(error))
        return page(data, address=address)

    @app.post("/classify_upload")
    def classify_upload() -> tuple[str, int]:
        file = request.files.get("imagefile")
        if file is None or not file.filename:
            return page(status=400, error="choose a file first")
        return page(file.read())

    @app.errorhandler(413)
    def too_large(_: Exception) -> tuple[str, int]:
        return page(status=413, error=f"pictures may have {MOST_BYTES >> 20} MB, this has more")

    return app


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="bvlc_reference_caffenet", help="a name, folder or card")
    parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 to be seen from elsewhere")
    parser.add_argument("-p", "--port", type=int, default=5000)
    parser.add_argument(
        "-d", "--debug", action="store_true", help="Flask's debugger; never in public"
    )
    parser.add_argument("-g", "--gpu", action="store_true", help="compute on the GPU")
    parser.add_argument(
        "--private-addresses", action="store_true", help="fetch pictures from this network, too"
    )
    arguments = parser.parse_args()
    if arguments.gpu:
        caffe.set_mode_gpu()
    app = create_app(caffe.load(arguments.model), arguments.private_addresses)
    app.run(arguments.host, arguments.port, debug=arguments.debug, threaded=True)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (caffe.Error, OSError) as error:
        sys.exit(f"web_demo: {error}")
