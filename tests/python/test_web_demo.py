"""The web demo: pictures uploaded and at addresses, in a browser where one is installed."""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import caffe
import pytest
from PIL import Image

flask = pytest.importorskip("flask")
requests = pytest.importorskip("requests")

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "examples/web_demo"
sys.path.insert(0, str(DEMO))

import app as web_demo
import image_address

WEIGHTS = "zoo/weights/squeezenet_v1.1/squeezenet_v1.1_fp16.caffemodel"


@pytest.fixture(scope="module")
def folder(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SqueezeNet, with a card for the weights that are at hand."""
    made = tmp_path_factory.mktemp("zoo") / "squeezenet"
    made.mkdir()
    shutil.copy(ROOT / "models/squeezenet_v1.1/deploy.prototxt", made)
    shutil.copy(shared / WEIGHTS, made / "squeezenet.caffemodel")
    shutil.copy(shared / "data/ilsvrc12/synset_words.txt", made)
    (made / "readme.md").write_text(
        "---\nname: SqueezeNet v1.1\ncaffemodel: squeezenet.caffemodel\ncard: 2\n"
        "inputs:\n- name: data\n  order: BGR\n  mean: [104, 117, 123]\n  resize: [256, 256]\n  crop: 227\n"
        "labels: synset_words.txt\n---\n"
    )
    return made


@pytest.fixture(scope="module")
def client(folder: Path) -> Any:
    app = web_demo.create_app(caffe.load(folder), private_addresses=True)
    return app.test_client()


@pytest.fixture
def pictures(shared: Path) -> Iterator[str]:
    """The address of a server with images; /loop leads to itself, /far to a file of this machine."""

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments, directory=str(shared / "data/images"))

        def do_GET(self) -> None:
            places = {"/loop": "/loop", "/far": "file:///etc/passwd", "/cat": "/cat.jpg"}
            if self.path in places:
                self.send_response(302)
                self.send_header("Location", places[self.path])
                self.end_headers()
            else:
                super().do_GET()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def upload(client: Any, data: bytes, name: str = "a.jpg") -> Any:
    form = {"imagefile": (io.BytesIO(data), name)}
    return client.post("/classify_upload", data=form, content_type="multipart/form-data")


def test_the_page_asks(client: Any) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert "SqueezeNet v1.1 answers" in page.text
    assert 'name="imageurl"' in page.text
    assert 'name="imagefile"' in page.text


def test_an_upload_is_named(client: Any, shared: Path) -> None:
    frog = next((shared / "data/images/imagenet").glob("*bullfrog*"))
    page = upload(client, frog.read_bytes())
    assert page.status_code == 200
    first = page.text.index('class="label"')
    assert "bullfrog" in page.text[first : first + 200]
    assert page.text.count('class="bar"') == 5
    assert " ms</p>" in page.text
    assert "data:image/jpeg;base64," in page.text


def test_a_picture_lies_as_its_camera_was_held(shared: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    buffer = io.BytesIO()
    Image.new("RGB", (40, 20)).save(buffer, "JPEG", exif=exif)
    assert web_demo.opened(buffer.getvalue()).size == (20, 40)


def test_what_is_no_picture(client: Any, shared: Path) -> None:
    page = upload(client, b"hello", "<script>.jpg")
    assert page.status_code == 400
    assert "this is not an image file" in page.text
    cut = (shared / "data/images/cat.jpg").read_bytes()[:2000]
    page = upload(client, cut)
    assert page.status_code == 400
    assert "this image cannot be read" in page.text
    assert "choose a file first" in client.post("/classify_upload").text
    large = upload(client, b"x" * (web_demo.MOST_BYTES + 1))
    assert large.status_code == 413
    assert "pictures may have 16 MB" in large.text


def test_an_address_is_fetched(client: Any, pictures: str) -> None:
    for path in ("cat.jpg", "cat"):  # the second one leads to the first
        page = client.get("/classify_url", query_string={"imageurl": f"{pictures}/{path}"})
        assert page.status_code == 200, page.text
        assert "cat" in page.text.split('class="label"', 1)[1]


def test_addresses_that_fail(client: Any, pictures: str) -> None:
    for address, text in {
        "": "expected an address that begins with http://",
        "file:///etc/passwd": "expected an address that begins with http://",
        f"{pictures}/far": "expected an address that begins with http://",
        f"{pictures}/loop": "leads to another one more than 3 times",
        f"{pictures}/none.jpg": "the server answered 404",
        f"{pictures}/SOURCE": "this is not an image file",
        "http://127.0.0.1:1/a.jpg": "nothing could be fetched from 127.0.0.1:1",
        '"><script>alert(1)</script>': "expected an address",
    }.items():
        page = client.get("/classify_url", query_string={"imageurl": address})
        assert page.status_code == 400, address
        assert text in page.text
        assert "<script>" not in page.text


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "10.0.0.1", "169.254.169.254", "localhost"])
def test_this_network_is_not_for_visitors(host: str) -> None:
    with pytest.raises(ValueError, match="is not on the public internet"):
        image_address.check(f"http://{host}/a.jpg", private=False)


def test_a_body_has_an_end() -> None:
    response = requests.Response()
    response.raw = io.BytesIO(b"x" * (3 << 20))
    with pytest.raises(ValueError, match="may have 2 MB"):
        image_address.body(response, 2 << 20)


def test_a_model_that_is_not_there() -> None:
    command = [sys.executable, DEMO / "app.py", "--model", "no_such_model"]
    environment = {**os.environ, "CAFFE_OFFLINE": "1"}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=600, check=False, env=environment
    )
    assert done.returncode == 1
    assert done.stderr.startswith("web_demo: ")
    assert "no_such_model" in done.stderr


@pytest.mark.skipif(not shutil.which("chromium"), reason="no Chromium")
def test_in_a_browser(folder: Path, shared: Path, tmp_path: Path) -> None:
    """A visitor chooses a file and presses the button."""
    webdriver = pytest.importorskip("selenium.webdriver")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, DEMO / "app.py", "--model", folder, "-p", str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(port)
            options = webdriver.ChromeOptions()
            for flag in ("--headless=new", "--no-sandbox", "--window-size=900,760"):
                options.add_argument(flag)
            service = webdriver.ChromeService(executable_path=shutil.which("chromedriver"))
            browser = webdriver.Chrome(options=options, service=service)
            try:
                browser.get(f"http://127.0.0.1:{port}/")
                browser.find_element("name", "imagefile").send_keys(
                    str((shared / "data/images/cat.jpg").resolve())
                )
                browser.find_element("css selector", "form[method=post] button").click()
                labels = browser.find_elements("css selector", ".label")
                assert len(labels) == 5
                assert "cat" in labels[0].text
                bars = browser.find_elements("css selector", ".bar")
                widths = [bar.size["width"] for bar in bars]
                assert widths == sorted(widths, reverse=True)
                assert widths[0] > 0
                browser.save_screenshot(str(tmp_path / "page.png"))
            finally:
                browser.quit()
        finally:
            server.terminate()


def wait_for(port: int) -> None:
    """Until a server listens there."""
    for _ in range(1200):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the demo does not listen")
