#!/usr/bin/env python3
"""Compares the library with what the original computes, case by case.

    run.py [--backend reference] [--option 'convolution: "winograd"'] [--filter layers/Pooling] [--area nets]
           [--verbose] [--shared ../shared] [--json FILE]

Prints how many cases of each area pass, which fail and why, which stand in differences.py, and the layer types
whose absence makes others be skipped. The exit status is 1 when a case fails.
"""
from __future__ import annotations

import argparse
import json
import os
import sys
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
COMPUTING = {"layers", "nets", "rules", "solver", "forks"}
AREAS = ["layers", "nets", "rules", "solver", "proto", "data", "errors", "fillers", "stochastic", "cli",
         "pyapi", "forks"]


def net_option(text: str) -> tuple[str, Any]:
    """One field of prototxt."""
    name, colon, value = text.partition(":")
    if not colon:
        raise argparse.ArgumentTypeError(f"NAME: VALUE is wanted, not {text}")
    return name.strip(), json.loads(value)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backend",
                        help="run everything on this one of caffe.build_info()'s; by default everything runs on cpu "
                             "and on the device that CAFFE_DEVICE names, and what computes on the reference, too")
    parser.add_argument("--option", action="append", default=[], type=net_option, metavar="'NAME: VALUE'",
                        help="an option of every net's creation (may be repeated)")
    parser.add_argument("--area", action="append", choices=AREAS, help="only this area (may be repeated)")
    parser.add_argument("--filter", action="append", default=[], help="only cases whose path contains this")
    parser.add_argument("--verbose", action="store_true", help="name every case, and show where failures come from")
    parser.add_argument("--json", type=Path, help="write the number of cases by outcome here")
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("CAFFE_SHARED", SOURCE.parent / "shared")))
    parser.add_argument("--tool", type=Path, help="the caffe command; the checkout's build by default")
    parsed = parser.parse_args()
    if parsed.tool is None:
        parsed.tool = next((path.resolve() for path in sorted(SOURCE.glob("build*/libcaffe/caffe"))), None)
    else:
        parsed.tool = parsed.tool.resolve()
    return parsed


def backends() -> list[str]:
    """Those of this machine, the fastest first."""
    import caffe

    return caffe.build_info()["backends"].split(", ")


class Report:
    """Counts by area, and what there is to say about each case that did not simply pass."""

    def __init__(self, verbose: bool) -> None:
        self.verbose = verbose
        self.counts: dict[str, Counter[str]] = {}
        self.reasons: dict[str, set[str]] = {}  # the cases that wait for something
        self.failures: list[str] = []
        self.outcomes: dict[str, str] = {}  # of each case: the worst one of its backends

    def add(self, area: str, outcome: str, path: str, text: str = "") -> None:
        self.counts.setdefault(area, Counter())[outcome] += 1
        order = ["passed", "different", "skipped", "FAILED"]
        self.outcomes[path] = max(outcome, self.outcomes.get(path, "passed"), key=order.index)
        line = f"{outcome:9} {path}" + (f": {text}" if text else "")
        if outcome == "FAILED":
            self.failures.append(line)
        if self.verbose or outcome == "FAILED":
            print(line, flush=True)

    def skip(self, area: str, path: str, skip: Any) -> None:
        for name in skip.types:
            self.reasons.setdefault(name, set()).add(path)
        self.add(area, "skipped", path, str(skip))

    def close(self) -> int:
        print(f"\n{'area':20}{'passed':>8}{'failed':>8}{'different':>11}{'skipped':>9}")
        for area, count in self.counts.items():
            print(f"{area:20}{count['passed']:8}{count['FAILED']:8}{count['different']:11}{count['skipped']:9}")
        if self.reasons:
            print("\nskipped because they do not exist yet:")
            for reason, cases in sorted(self.reasons.items()):
                print(f"  {reason} ({len(cases)} case{'s' if len(cases) > 1 else ''})")
        total: Counter[str] = sum(self.counts.values(), Counter())
        if total["different"]:
            print("\ndifferent on purpose: see docs/differences.md")
        print(f"{total['passed'] + total['different']} passed, {total['FAILED']} failed, {total['skipped']} skipped")
        return 1 if total["FAILED"] else 0


def main() -> int:
    options = arguments()
    roots = [root for root in (options.shared / "conformance", options.shared / "conformance-forks")
             if (root / "index.json").exists()]
    if not roots:
        print(f"skipped: there is no {options.shared / 'conformance'}\n0 passed, 0 failed, 1 skipped")
        return 0
    os.environ.setdefault("CAFFE_LOG_LEVEL", "3")
    sys.path.insert(0, str(HERE))
    try:
        import caffe  # noqa: F401
    except ModuleNotFoundError:
        sys.path.insert(1, str(SOURCE / "python"))
    return run(options, roots)


def run(options: argparse.Namespace, roots: list[Path]) -> int:
    import cli_cases
    import data_cases
    import error_cases
    import fork_cases
    import net_cases
    import pyapi_cases
    import random_cases
    import schema_cases
    import solver_cases
    from differences import DIFFERENT
    from harness import HOST_BACKENDS, Case, Mismatch, Options, Skipped

    runners = {"layers": net_cases, "nets": net_cases, "rules": net_cases, "solver": solver_cases,
               "proto": schema_cases, "data": data_cases, "errors": error_cases, "fillers": random_cases,
               "stochastic": random_cases, "cli": cli_cases, "pyapi": pyapi_cases, "forks": fork_cases}
    report = Report(options.verbose)
    cases = [Case(root, entry) for root in roots for entry in json.loads((root / "index.json").read_text())["cases"]]
    cases = [case for case in cases
             if case.area in runners and (not options.area or case.area in options.area)
             and (not options.filter or any(part in case.path for part in options.filter))]
    device = os.environ.get("CAFFE_DEVICE", "cpu")
    for backend in [options.backend] if options.backend else backends():
        # Programs that a case starts run where its nets do.
        os.environ["CAFFE_DEVICE"] = "cpu" if backend in HOST_BACKENDS else device
        library = Options(backend, options.tool, dict(options.option))
        for case in cases:
            path, area = case.path, case.area
            if backend == "reference" and not options.backend and area not in COMPUTING:
                continue
            title = f"{area} ({backend})" if area in COMPUTING else area
            different: str | None = DIFFERENT.get(path)
            try:
                runners[area].run(case, library)
            except Skipped as skip:
                report.skip(title, path, skip)
            except Mismatch as error:
                report.add(title, "different" if different else "FAILED", path, different or str(error))
            except Exception as error:  # noqa: BLE001  an error of the library, or of the runner
                if options.verbose:
                    traceback.print_exc()
                report.add(title, "FAILED", path, f"{type(error).__name__}: {error}")
            else:
                if different:
                    report.add(title, "FAILED", path, f"agrees, but stands in differences.py: {different}")
                else:
                    report.add(title, "passed", path)
            case.forget()
    if options.json:
        options.json.write_text(json.dumps(Counter(report.outcomes.values())))
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
