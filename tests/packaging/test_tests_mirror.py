"""tests/cpp/ mirrors libcaffe/: the path of a source is the path of its test, and the word one types to run it."""
from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

# Folders whose sources each have a test file. Those of the others are tested through the C interface, the bindings
# and the command.
MIRRORED = ("core/", "data/", "layers/", "model/", "net/", "solver/")
# Sources there without one, and where they are tested instead.
ELSEWHERE = {
    "core/unwinder": "tests/embed/test_throwing.py",
    "data/augment_colors": "tests/cpp/data/augment.cpp, as the header is one",
    "data/augment_noise": "tests/cpp/data/augment.cpp",
    "data/augment_resize": "tests/cpp/data/augment.cpp",
    "data/resize": "tests/cpp/data/pixels.cpp, as the header is one",
    "net/followers": "tests/cpp/net/plan.cpp, as all of fusion",
    "net/fused_channel_map": "tests/cpp/net/plan.cpp",
    "net/fused_convolution": "tests/cpp/net/plan.cpp",
    "net/fusion": "tests/cpp/net/plan.cpp",
    "net/net": "tests/cpp/net/wiring.cpp, run.cpp and weights.cpp",
}
# Tests without a source of their path, and what they are of.
OF_MORE = {
    "api_hpp": "include/caffe.hpp",
    "kernels/threads": "the same bits from every kernel with any number of threads",
    "layers/base/contract": "what the net relies on in every layer",
    "layers/base/gradients": "the gradients of every layer",
    "layers/base/layer_run": "a layer with blobs around it: no cases",
    "net/channels_last": "in which order values lie, from layer to layer",
    "net/device": "Net::set_device, and what a net comes to on a device",
    "net/device_delays": "training on a device whose work takes any time",
    "net/device_faults": "nets on a device that fails",
    "net/extents": "extents above 2^31 in every layer",
    "net/in_place": "layers that work in place, in a net",
    "net/unread_fields": "schema/unread_fields.cpp, in a whole net",
}
# Every layer registers itself by a constant of a template of this name.
REGISTERS = re.compile(r"^const \w*LayerRegistration<", re.M)


def unlike(root: Path, below: str | tuple[str, ...]) -> tuple[set[str], set[str]]:
    """Sources without a test, and tests without a source, as paths below libcaffe/ without a suffix. A header's name is
    enough, and what each backend says in a file of its own is tested for all of them in one."""

    def stems(folder: str, suffix: str) -> set[str]:
        paths = (path.relative_to(root / folder) for path in (root / folder).rglob("*" + suffix))
        return {stem for path in paths if (stem := path.with_suffix("").as_posix()).startswith(below)}

    sources, headers, tests = stems("libcaffe", ".cpp"), stems("libcaffe", ".hpp"), stems("tests/cpp", ".cpp")
    backends = {stem.replace("/reference/", "/") for stem in sources}
    return sources - tests, tests - sources - headers - backends


def misnamed_layers(root: Path) -> list[str]:
    """A .cpp without a header of its name is a layer and registers one; another is what layers use, and does not."""
    return [
        path.relative_to(root / "libcaffe").as_posix()
        for path in sorted((root / "libcaffe/layers").rglob("*.cpp"))
        if path.with_suffix(".hpp").exists() == bool(REGISTERS.search(path.read_text()))
    ]


def shared_names(root: Path) -> dict[str, list[str]]:
    """What several headers of tests define under one name: the files that include them are one program, in which the
    linker takes either for both. Functions may differ in their parameters' types."""
    found = defaultdict(list)
    for path in sorted((root / "tests").rglob("*.hpp")):
        for part in re.split(r"\n(?=\S)", path.read_text()):
            part = re.sub(r"^template <[^\n]*>\s*", "", part)
            if type_name := re.match(r"(?:struct|class) (\w+)", part):
                names = [type_name[1]]
            elif not part.startswith(("inline ", "constexpr ")):
                continue
            elif function := re.match(r"[^={]*?(\w+)\(([^)]*)\)[^=]*{", part):
                types = (re.sub(r"\s*\w+( = .*)?$", "", each, flags=re.S) for each in re.split(r",\s+", function[2]))
                names = [f"{function[1]}({', '.join(types)})"]
            else:
                names = re.findall(r"\b(k[A-Z]\w*)\s*[={(]", part)
            for name in names:
                found[name].append(path.relative_to(root).as_posix())
    return {name: files for name, files in found.items() if len(set(files)) > 1}  # one may specialize its template


def test_every_source_has_its_test(root: Path) -> None:
    assert unlike(root, MIRRORED)[0] == set(ELSEWHERE)


def test_every_test_has_its_source(root: Path) -> None:
    assert unlike(root, "")[1] == set(OF_MORE)


def test_layers_are_known_by_their_headers(root: Path) -> None:
    assert misnamed_layers(root) == []


def test_headers_of_tests_share_no_name(root: Path) -> None:
    assert shared_names(root) == {}


def test_names_that_are_shared_are_seen(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/a.hpp").write_text(
        "inline const Input kOne = {{1}, {1}}, kTwo = kOne;\n\nstruct Run {\n  int a;\n};\n\n"
        "inline Shape top(const std::string& text,\n                 int more = 2) {\n  return {};\n}\n")
    (tmp_path / "tests/b.hpp").write_text(
        "inline const float kTwo = 2;\n\ntemplate <class T>\nstruct Run {};\n\nusing Values = int;\n\n"
        "inline Shape top(const std::string& fields, int extent) {\n  return {};\n}\n\ninline int top(int x) {\n}\n")
    both = ["tests/a.hpp", "tests/b.hpp"]
    assert shared_names(tmp_path) == {"kTwo": both, "Run": both, "top(const std::string&, int)": both}


def test_what_is_out_of_place_is_seen(tmp_path: Path) -> None:
    for name, text in {
        "libcaffe/layers/shape/crop.cpp": 'const LayerRegistration<CropLayer> registration("Crop");\n',
        "libcaffe/layers/shape/crop.hpp": "",
        "libcaffe/layers/shape/runs.cpp": "",
        "libcaffe/layers/shape/sizes.hpp": "",
        "libcaffe/net/net.cpp": "",
        "tests/cpp/layers/shape/crop.cpp": "",
        "tests/cpp/layers/shape/sizes.cpp": "",
        "tests/cpp/layers/shape/small.cpp": "",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert unlike(tmp_path, "layers/") == ({"layers/shape/runs"}, {"layers/shape/small"})
    assert misnamed_layers(tmp_path) == ["layers/shape/crop.cpp", "layers/shape/runs.cpp"]
