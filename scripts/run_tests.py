"""Run every test of a build folder and add up the counts.

    run_tests.py BUILD [--only KIND] [--long] [pytest argument ...]

Six kinds: `programs`, the C, C++ and fuzz programs meson built; `python`, pytest over tests/, a worker for
each processor; `device`, those of them that run nets and solvers, on the emulated device; `conformance`, the runner of the golden vectors; `without-onednn`, the kernels' tests and the golden
vectors that compute, in a build of their own that has no oneDNN; `matlab`, tests/matlab under Octave where it is.
Each ends in "N passed, N failed, N skipped", and the last line printed here is their sum in the same form. The
exit status is 1 when anything failed or a kind ran nothing. --long runs what takes too long for every day
instead: the fuzz programs for LONG_FUZZ_SECONDS each, and the Python tests marked `long`. Run it through
scripts/run_in, which says where the library is.
"""
from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

LONG_FUZZ_SECONDS = 300
ROOT = Path(__file__).resolve().parent.parent
CLOSING = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$", re.M)


class Counts(NamedTuple):
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def plus(self, other: Counts) -> Counts:
        return Counts(*(a + b for a, b in zip(self, other)))

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


class Options(NamedTuple):
    long: bool = False
    pytest: list[str] = []
    asked: bool = False  # for the kinds of tests that run, by --only


def say(text: str) -> None:
    print(text, flush=True)


def counts_of(name: str, output: str, status: int) -> Counts:
    """What a program's closing line says; one more failure when it is missing or the exit status disagrees."""
    closing = CLOSING.findall(output)
    if not closing:
        say(f"FAILED  {name}: no closing line, exit status {status}")
        return Counts(failed=1)
    counts = Counts(*(int(number or 0) for number in closing[-1]))
    if (status != 0) != (counts.failed > 0):
        say(f"FAILED  {name}: exit status {status} after \"{counts}\"")
        counts = counts.plus(Counts(failed=1))
    return counts


def sanitizer_environment(build: Path, python: bool) -> dict[str, str]:
    """What programs need under the sanitizers; nothing in a plain build."""
    options = json.loads((build / "meson-info/intro-buildoptions.json").read_text())
    chosen = next((str(one["value"]) for one in options if one["name"] == "b_sanitize"), "none")
    if "thread" in chosen:
        return thread_sanitizer_environment()
    if "address" not in chosen:
        return {}
    suppressions = ROOT / "tests/support/leaks.supp"
    environment = {
        "ASAN_OPTIONS": "detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1",
        "LSAN_OPTIONS": f"suppressions={suppressions}:print_suppressions=0",
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
        "CAFFE_SANITIZE": "1",
        # The command opens the library, and the sanitizer does it in its stead, without the command's run path.
        "LD_LIBRARY_PATH": str(build / "libcaffe"),
    }
    if python:
        # The interpreter is not instrumented: the runtime has to be there before it, and libstdc++ with it, as
        # what is thrown is intercepted. What the interpreter keeps to its end is no leak of ours.
        runtime = [
            subprocess.run(["c++", f"-print-file-name={name}"], capture_output=True, text=True, check=True).stdout.strip()
            for name in ("libasan.so", "libubsan.so", "libstdc++.so.6")
        ]
        environment["LD_PRELOAD"] = " ".join(runtime)
        environment["ASAN_OPTIONS"] = environment["ASAN_OPTIONS"].replace("detect_leaks=1", "detect_leaks=0")
    return environment


def thread_sanitizer_environment() -> dict[str, str]:
    """Archer tells the sanitizer what LLVM's OpenMP runtime synchronizes; without it every parallel loop would be
    reported. Two threads at least, so that there are such loops."""
    def clang(question: str) -> Path:
        return Path(subprocess.run(["clang", question], capture_output=True, text=True, check=True).stdout.strip())

    # Where it looks for libraries, or beside its own, LLVM/lib/clang/VERSION.
    archer = clang("-print-file-name=libarcher.so")
    if not archer.is_absolute():
        archer = clang("-print-resource-dir").parents[1] / "libarcher.so"
    if not archer.exists():
        sys.exit("run_tests.py: libarcher.so is missing (Debian: libomp-dev)")
    return {
        # Children made by fork() have threads too.
        "TSAN_OPTIONS": f"suppressions={ROOT / 'tests/support/threads.supp'}:history_size=7:die_after_fork=0",
        "OMP_TOOL_LIBRARIES": str(archer),
        "OMP_NUM_THREADS": str(max(2, min(4, os.cpu_count() or 1))),
    }


def races_are_seen(build: Path) -> Counts:
    """Under the thread sanitizer, two tests of the sanitizer: a race in a parallel loop is reported, and only that."""
    program = build / "tests/racy"
    if not program.exists():
        return Counts()
    environment = {**os.environ, **sanitizer_environment(build, python=False)}

    def reported(*arguments: str) -> bool:
        done = subprocess.run([program, *arguments], env=environment, capture_output=True, text=True)
        return done.returncode != 0 and "data race" in done.stderr

    failed = reported() + (not reported("race"))
    if failed:
        say("FAILED  racy: the thread sanitizer does not see what parallel loops do")
    return Counts(passed=2 - failed, failed=failed)


def run_programs(build: Path, options: Options) -> Counts:
    """The programs meson knows as tests, as many at once as there are processors."""
    tests = json.loads((build / "meson-info/intro-tests.json").read_text())
    if options.long:
        tests = [{**test, "env": {**test["env"], "CAFFE_FUZZ_SECONDS": str(LONG_FUZZ_SECONDS)}}
                 for test in tests if test["name"].startswith("fuzz_")]

    def run(test: dict) -> tuple[str, str, int, float]:
        environment = {**os.environ, **test["env"], **sanitizer_environment(build, python=False)}
        start = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            try:
                done = subprocess.run(test["cmd"], env=environment, cwd=folder, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, timeout=test["timeout"] * 3)
                output, status = done.stdout, done.returncode
            except subprocess.TimeoutExpired as expired:
                output, status = (expired.stdout or b"") + b"\nran past its time\n", 124
            for crash in Path(folder).glob("fuzz-*-crash"):
                kept = build / crash.name
                kept.write_bytes(crash.read_bytes())
                output += f"the input is kept as {kept}\n".encode()
        return test["name"], output.decode(errors="replace"), status, time.monotonic() - start

    total = Counts() if options.long else races_are_seen(build)
    # The fuzz programs run for a set time: begun first, they hide the others' time.
    tests.sort(key=lambda test: not test["name"].startswith("fuzz_"))
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for future in as_completed([pool.submit(run, test) for test in tests]):
            name, output, status, seconds = future.result()
            counts = counts_of(name, output, status)
            # All of it when something is wrong, else what it says of its tests.
            shown = output if counts.failed else "\n".join(re.findall(r"^(?:skipped|fuzz_|\d+ passed).*", output, re.M))
            say(f"== {name} ({seconds:.0f} s)\n{shown.rstrip()}")
            total = total.plus(counts)
    return total


# Tests of nets and solvers, which run on a device other than the host, too.
DEVICE_TESTS = ["net", "net_*", "solver", "blob", "pins", "determinism", "backward_first", "optimize", "python_layer*",
                "classifier", "model", "threads"]


def run_on_device(build: Path, options: Options) -> Counts:
    """The tests of nets and solvers with the emulated device as the process's default."""
    files = [str(path.relative_to(ROOT)) for name in DEVICE_TESTS
             for path in sorted((ROOT / "tests/python").glob(f"test_{name}.py"))]
    return pytest(build, options, build / "pytest-device.xml", files, {"CAFFE_DEVICE": "emulated:0"})


def run_python(build: Path, options: Options) -> Counts:
    """All of the Python tests."""
    return pytest(build, options, build / "pytest.xml", ["tests"], {})


def pytest(build: Path, options: Options, report: Path, files: list[str], more: dict[str, str]) -> Counts:
    """pytest; its counts come from the report it writes. A file's tests run in one worker, in their order."""
    report.unlink(missing_ok=True)
    environment = {**os.environ, **sanitizer_environment(build, python=True), **more}
    command = [sys.executable, "-m", "pytest", *files, "-q", "-rs", "--tb=short", "-p", "no:cacheprovider",
               "-n", str(os.cpu_count() or 1), "--dist", "loadfile", f"--junitxml={report}",
               *(["-m", "long"] if options.long else []), *options.pytest]
    if environment.get("CAFFE_SANITIZE"):
        command += ["--ignore=tests/packaging", "--ignore=tests/embed"]  # compilers are not ours to check
    status = subprocess.run(command, cwd=ROOT, env=environment).returncode
    if not report.exists():
        say(f"FAILED  pytest: no report, exit status {status}")
        return Counts(failed=1)
    suite = ET.parse(report).getroot().find("testsuite")
    number = {key: int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped")}
    failed = number["failures"] + number["errors"]
    passed = max(0, number["tests"] - failed - number["skipped"])
    if status not in (0, 5) and failed == 0:
        say(f"FAILED  pytest: exit status {status}")
        failed = 1
    return Counts(passed, failed, number["skipped"])


def run_aloud(name: str, command: list[str], environment: dict[str, str]) -> Counts:
    """A runner whose output is passed on as it comes."""
    lines = []
    with subprocess.Popen(command, cwd=ROOT, env=environment, text=True, errors="replace",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout
        for line in process.stdout:
            lines.append(line)
            print(line, end="", flush=True)
    return counts_of(name, "".join(lines), process.returncode)


def run_conformance(build: Path, _: Options) -> Counts:
    """The golden vectors' runner."""
    return run_aloud("conformance", [sys.executable, str(ROOT / "tests/conformance/run.py")],
                     {**os.environ, **sanitizer_environment(build, python=True), "CAFFE_DEVICE": "emulated:0"})


def run_without_onednn(build: Path, options: Options) -> Counts:
    """The kernels' tests and the golden vectors that compute, in BUILD-without-onednn. A compiler's cache has most of
    it already; without one it is a whole build, which only those get who ask for it."""
    reason = (
        "not under the sanitizers" if sanitizer_environment(build, python=False)
        else "ccache is not installed; make test-without-onednn compiles it all"
        if not options.asked and shutil.which("ccache") is None else ""
    )
    if reason:
        say(f"skipped: {reason}")
        return Counts(skipped=1)
    folder = build.with_name(build.name + "-without-onednn")
    subprocess.run([ROOT / "scripts/build", folder, "kernels", "-Donednn=disabled", "-Doctave=disabled"], check=True)
    tests = json.loads((folder / "meson-info/intro-tests.json").read_text())
    program = next(test for test in tests if test["name"] == "test_kernels")
    total = run_aloud("test_kernels", program["cmd"], {**os.environ, **program["env"]})
    command = [ROOT / "scripts/run_in", folder, sys.executable, ROOT / "tests/conformance/run.py", "--backend", "cpu",
               "--tool", folder / "libcaffe/caffe"]
    for area in ("layers", "nets", "rules", "solver", "forks"):
        command += ["--area", area]
    return total.plus(run_aloud("conformance", [str(part) for part in command], dict(os.environ)))


def run_matlab(build: Path, _: Options) -> Counts:
    """tests/matlab under Octave."""
    octave = shutil.which("octave-cli")
    reason = (
        "octave-cli is not installed" if octave is None
        # The gateway opens the library with RTLD_DEEPBIND, behind the back of what they intercept.
        else "not under the sanitizers" if sanitizer_environment(build, python=False)
        else "the gateway is not built: mkoctfile was not found"
        if not (build / "matlab/caffe_mex.mex").exists() else ""
    )
    if octave is None or reason:
        say(f"skipped: {reason}")
        return Counts(skipped=1)
    return run_aloud("matlab", [octave, "--no-init-file", str(ROOT / "tests/matlab/run.m")], dict(os.environ))


KINDS = {"programs": run_programs, "python": run_python, "device": run_on_device, "conformance": run_conformance,
         "without-onednn": run_without_onednn, "matlab": run_matlab}
LONG_KINDS = ("programs", "python")


def main() -> int:
    # A job in the background begins with Ctrl-C ignored, and so would the tests that send one.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build", type=Path, help="the folder meson built in")
    parser.add_argument("--only", choices=KINDS, action="append", help="run this kind of tests alone")
    parser.add_argument("--long", action="store_true", help="run what takes too long for every day instead")
    options, rest = parser.parse_known_args()
    chosen = Options(options.long, rest, options.only is not None)
    total = Counts()
    for kind in options.only or (LONG_KINDS if options.long else KINDS):
        say(f"\n======== {kind}")
        start = time.monotonic()
        counts = KINDS[kind](options.build.resolve(), chosen)
        if sum(counts) == 0:
            say(f"FAILED  {kind}: nothing ran")
            counts = Counts(failed=1)
        say(f"-------- {kind}: {counts} ({time.monotonic() - start:.0f} s)")
        total = total.plus(counts)
    say("")
    say(str(total))
    return total.failed > 0


if __name__ == "__main__":
    sys.exit(main())
