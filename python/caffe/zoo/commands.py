"""`caffe zoo`: models by name, from the addresses on their cards, and back to others.

caffe zoo list
caffe zoo download squeezenet_v1.1
caffe zoo publish my_model --url https://example.org/my.caffemodel
"""

from __future__ import annotations

import argparse
import importlib
import io
import json
import os
import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from .. import runtime
from .._table import of_bytes, printable
from ..errors import Error, NotFoundError
from . import authoring, catalog, downloads, gist, mirror, shown
from .addresses import Patience, from_path
from .card import CardWarning, ModelCard, readme_in
from .downloads import Outcome, Terms

_EXAMPLES = """examples:
  caffe zoo list                            what there is
  caffe zoo search places                   models with a word in name, task, labels or data
  caffe zoo info bvlc_googlenet             all that is known of a model
  caffe zoo download squeezenet_v1.1        its files, into $CAFFE_ZOO, else ~/.cache/caffe/models
  caffe zoo download models/bvlc_alexnet    its files, into that folder
  caffe zoo download 034c6ac3865563b69e60   a gist, into a folder of that name
  caffe zoo new my_model                    a card for the files in a folder
  caffe zoo publish my_model --url https://example.org/my.caffemodel
  caffe zoo mirror squeezenet_v1.1 --to /srv/zoo
  caffe zoo check models/bvlc_alexnet       whether a model is what it says, and runs

`caffe zoo COMMAND --help` says more. Variables: $CAFFE_ZOO (folders of models), $CAFFE_ZOO_MIRROR
(an address tried first), $CAFFE_OFFLINE=1 (no network), $GITHUB_TOKEN (to write gists),
$https_proxy and its like.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status. What goes wrong is one line on standard error."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["check"]:
        return _check(given[1:])
    parser = _parser()
    chosen = parser.parse_args(given)
    if chosen.verb is None:
        parser.print_help()
        return 0
    if isinstance(sys.stdout, io.TextIOWrapper):  # not every terminal has every name's letters
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        with _quietly(), _offline(getattr(chosen, "offline", False)):
            return int(chosen.run(chosen))
    except Error as failure:
        if chosen.debug:
            traceback.print_exc()
        _complain(str(failure))
        return 1
    except KeyboardInterrupt:
        _complain("stopped; the same command goes on from here")
        return 130
    except BrokenPipeError:  # as in `caffe zoo list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as failure:  # a folder that may not be looked into, say
        if chosen.debug:
            traceback.print_exc()
        _complain(f"{failure.filename or 'the system'}: {failure.strerror or failure}")
        return 1


def run_list(chosen: argparse.Namespace) -> int:
    """All models there are."""
    return _show(catalog.cards(), chosen)


def run_search(chosen: argparse.Namespace) -> int:
    """Those that have all of the words."""
    found = catalog.search(" ".join(chosen.words))
    if not found and not chosen.json:
        _complain(f"no model has the words {' '.join(chosen.words)!r}; `caffe zoo list` shows all")
        return 1
    return _show(found, chosen)


def run_info(chosen: argparse.Namespace) -> int:
    """Everything about one."""
    about = catalog.card(chosen.model)
    print(json.dumps(shown.as_json(about), indent=1) if chosen.json else shown.sheet(about))
    return 0


def run_download(chosen: argparse.Namespace) -> int:
    """Files of models, and gists."""
    failed = False
    for model in chosen.models:
        outcome = _download(model, chosen)
        failed |= _report(outcome) or any(one.role == "weights" for one in outcome.without_address)
    return 1 if failed else 0


def run_upload(chosen: argparse.Namespace) -> int:
    """A folder's texts as a gist."""
    _upload(Path(chosen.folder), chosen.public)
    return 0


def run_new(chosen: argparse.Namespace) -> int:
    """A card for files that have none."""
    about = authoring.new(
        Path(chosen.folder), deploy=chosen.deploy, weights=chosen.weights, name=chosen.name
    )
    _say(f"wrote {about.path}")
    _say_unknown(about)
    if any(
        len(one) == 4 and one[1] in (1, 3) for one in (each.shape or [] for each in about.inputs)
    ):
        _say(
            "nor the mean, scale and order of the input's channels: without them images go in as "
            "they are, BGR from 0 to 255"
        )
    _say(f"Fill it in, then share the model: caffe zoo publish {chosen.folder}")
    return 0


def run_publish(chosen: argparse.Namespace) -> int:
    """The card brought up to date with the weights, and the gist."""
    folder = Path(chosen.folder)
    about = authoring.prepare(folder, chosen.url)
    weights = about.weights
    assert weights is not None
    _say(f"wrote {about.path}: {weights.name}, {of_bytes(weights.size or 0)}")
    _say(f"  sha256 {weights.sha256}")
    _say_unknown(about)
    if not chosen.no_gist:
        _upload(folder, chosen.public)
    path = folder / weights.name
    if weights.urls:
        _say(f"Put {path} where people are told it is: {' '.join(weights.urls)}")
    else:
        _say(
            f"Weights are no part of a gist: put {path} on a server of yours, or make a tree for one "
            f"(caffe zoo mirror {folder} --to DIR), and say where it is:"
        )
        _say(f"  caffe zoo publish {folder} --url https://...")
    return 0


def run_mirror(chosen: argparse.Namespace) -> int:
    """A tree for a web server."""
    outcomes = mirror.write(chosen.models, Path(chosen.to), _terms(chosen))
    failed = sum(_report(outcome) for outcome in outcomes)
    models = "a model" if len(outcomes) == 1 else f"{len(outcomes)} models"
    if failed:
        _complain(f"{chosen.to} has {models}, {failed} without all files: the same command goes on")
        return 1
    _say(f"{chosen.to} has {models}: serve it, and others can say --from ADDRESS")
    return 0


def _check(arguments: list[str]) -> int:
    try:
        check = importlib.import_module("caffe.zoo.check")
    except ModuleNotFoundError as failure:
        if failure.name != "caffe.zoo.check":
            raise
        _complain("this version has no check")
        return 1
    return int(check.main(arguments))


def _show(cards: list[ModelCard], chosen: argparse.Namespace) -> int:
    if chosen.json:
        print(json.dumps([shown.as_json(one) for one in cards], indent=1))
    else:
        print(shown.table(cards))
    return 0


def _download(model: str, chosen: argparse.Namespace) -> Outcome:
    terms = _terms(chosen)
    base = chosen.source
    if chosen.gist:
        return _download_gist(model, chosen, terms)
    try:
        name = catalog.find(model).resolve().name
    except NotFoundError:
        if _is_gist(model):
            return _download_gist(model, chosen, terms)
        if not base or Path(model).name != model:
            raise
        name = model
        mirror.fetch_card(base, name, catalog.download_folder(), terms)
    if base:
        terms = replace(terms, sources=(f"{from_path(base)}/{name}",))
    return downloads.download(model, which=chosen.which, to=chosen.to, terms=terms)


def _download_gist(number: str, chosen: argparse.Namespace, terms: Terms) -> Outcome:
    """A gist in a folder of its own, with the files that its card lists, if it has one."""
    place = Path(chosen.to or os.curdir, gist.folder_name(number))
    gist.download(number, place, patience=terms.patience)
    _say(f"wrote {place}")
    if readme_in(place) is None:
        return Outcome(place)
    return downloads.download(place.absolute(), which=chosen.which, terms=terms)


def _is_gist(model: str) -> bool:
    """Whether it is the address of a gist, or something as long as a gist's number, and no path
    in a folder that is here."""
    if os.path.isdir(os.path.dirname(model)):
        return False
    try:
        return len(gist.identifier(model)) >= 20
    except Error:
        return False


def _upload(folder: Path, public: bool) -> None:
    number, new = gist.upload(folder, public=public)
    _say(f"{'made' if new else 'changed'} the gist {number}")
    for name, reason in gist.shareable(folder)[1].items():
        _say(f"  without {name}, which {reason}")


def _report(outcome: Outcome) -> bool:
    """Tells what became of a download; whether something failed."""
    for path in outcome.came:
        doubt = ", with no checksum to compare" if path in outcome.unverified else ""
        _say(f"wrote {path} ({of_bytes(path.stat().st_size)}{doubt})")
    for one in outcome.without_address:
        by_hand = f"; get it by hand from {' or '.join(one.pages)}" if one.pages else ""
        _complain(f"{outcome.folder / one.name}: no address of it is known{by_hand}")
    for failure in outcome.failures:
        _complain(failure)
    if not outcome.came and not outcome.failures and not outcome.without_address:
        _say(f"{outcome.folder} has all its files")
    return bool(outcome.failures)


def _say_unknown(about: ModelCard) -> None:
    if about.unknown():
        _say(f"not known yet: {', '.join(about.unknown())}")


def _terms(chosen: argparse.Namespace) -> Terms:
    patience = Patience(retries=chosen.retries)
    if chosen.timeout is not None:
        patience = replace(patience, connect=chosen.timeout, read=chosen.timeout)
    return Terms(
        local=chosen.allow_file,
        overwrite=chosen.force,
        keep_archives=chosen.keep_archives,
        quiet=chosen.quiet,
        patience=patience,
    )


def _say(sentence: str) -> None:
    print(printable(sentence))


def _complain(sentence: str) -> None:
    print(f"caffe zoo: {printable(sentence)}", file=sys.stderr)


@contextmanager
def _quietly() -> Iterator[None]:
    """The library's log is for trainings; warnings about cards are a line each."""

    def tell(message: Warning | str, *rest: Any, **more: Any) -> None:
        _complain(f"warning: {message}")

    runtime.set_log_callback(lambda line: None)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", CardWarning)
            warnings.showwarning = tell
            yield
    finally:
        runtime.set_log_callback(None)


@contextmanager
def _offline(wanted: bool) -> Iterator[None]:
    """--offline is $CAFFE_OFFLINE=1, as long as the command runs."""
    before = os.environ.get("CAFFE_OFFLINE")
    if wanted:
        os.environ["CAFFE_OFFLINE"] = "1"
    try:
        yield
    finally:
        if wanted and before is None:
            del os.environ["CAFFE_OFFLINE"]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="caffe zoo",
        description="Find, get, share and mirror models.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(verb=None)
    verbs = parser.add_subparsers(metavar="COMMAND")

    def verb(name: str, run: Any, help: str) -> argparse.ArgumentParser:
        made = verbs.add_parser(name, help=help, description=f"{help[0].upper()}{help[1:]}.")
        made.set_defaults(verb=name, run=run)
        made.add_argument("--debug", action="store_true", help="show where an error came from")
        return made

    one = verb("list", run_list, "show all models")
    _add_json(one)
    one = verb("info", run_info, "show all that is known of a model")
    one.add_argument("model", metavar="NAME|FOLDER")
    _add_json(one)
    one = verb(
        "search", run_search, "show the models that have words in name, task, labels or data"
    )
    one.add_argument("words", nargs="+", metavar="WORD")
    _add_json(one)
    one = verb("download", run_download, "bring the files of models")
    one.add_argument("models", nargs="+", metavar="NAME|FOLDER|GIST")
    one.add_argument(
        "--gist", action="store_true", help="they are numbers or addresses of gists, not names"
    )
    which = one.add_mutually_exclusive_group()
    which.set_defaults(which=downloads.ALL)
    for option, value, text in (
        ("--weights-only", downloads.WEIGHTS, "no other files"),
        ("--no-weights", downloads.OTHERS, "the other files"),
    ):
        which.add_argument(option, dest="which", action="store_const", const=value, help=text)
    one.add_argument(
        "--to",
        type=Path,
        metavar="DIR",
        help="make the model's folder there, not in the usual place",
    )
    one.add_argument(
        "--from",
        dest="source",
        metavar="ADDRESS",
        default=os.environ.get("CAFFE_ZOO_MIRROR", ""),
        help="a mirror, or the folder of one, tried first; default: $CAFFE_ZOO_MIRROR",
    )
    _add_transfer(one)
    one = verb("upload", run_upload, "make a gist of a model's texts, or change the one it has")
    one.add_argument("folder", metavar="FOLDER")
    _add_public(one)
    one = verb("new", run_new, "write a card for a definition and weights")
    one.add_argument("folder", metavar="FOLDER")
    one.add_argument("--deploy", type=Path, metavar="FILE", help="the prototxt, if not in FOLDER")
    one.add_argument("--weights", type=Path, metavar="FILE", help="the caffemodel, likewise")
    one.add_argument("--name", help="what people call it; default: the folder's name")
    one = verb("publish", run_publish, "bring a card up to date with its weights, make its gist")
    one.add_argument("folder", metavar="FOLDER")
    one.add_argument(
        "--url", action="append", default=[], metavar="ADDRESS", help="where the weights will be"
    )
    one.add_argument("--no-gist", action="store_true", help="change the card only")
    _add_public(one)
    one = verb("mirror", run_mirror, "make a tree of models that a web server can serve")
    one.add_argument("models", nargs="+", metavar="NAME|FOLDER")
    one.add_argument("--to", required=True, metavar="DIR", help="the tree; what it has stays")
    _add_transfer(one)
    verbs.add_parser("check", help="say whether models are what they say, and run", add_help=False)
    return parser


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="as JSON, for programs")


def _add_public(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--public", action="store_true", help="a new gist can be found by everybody"
    )


def _add_transfer(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--force", action="store_true", help="replace files that are not right")
    parser.add_argument(
        "--allow-file", action="store_true", help="file: addresses of cards may be followed"
    )
    parser.add_argument("--keep-archives", action="store_true", help="after unpacking them")
    parser.add_argument("--offline", action="store_true", help="no network; also $CAFFE_OFFLINE=1")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    parser.add_argument(
        "--retries",
        type=int,
        default=Patience.retries,
        metavar="N",
        help="of an address that fails",
    )
    parser.add_argument(
        "--timeout", type=_seconds, metavar="SECONDS", help="without an answer, or the next bytes"
    )


def _seconds(text: str) -> float:
    """A time to wait, as argparse wants its types."""
    value = float(text)
    if not 0 < value <= 86_400:
        raise argparse.ArgumentTypeError(f"{text}: expected more than 0, and a day at most")
    return value
