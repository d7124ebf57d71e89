"""Locks of the library that a child made by fork() would find held by a thread it does not have."""
from __future__ import annotations

import re
from pathlib import Path

# What core/fork.hpp offers is made of them; a prefetcher belongs to one process. The modules' readers do, too.
ALLOWED = {"core/fork.hpp", "data/prefetch.hpp"}
LOCK = re.compile(r"\bstd::(\w*mutex|condition_variable\w*|once_flag|call_once|counting_semaphore|binary_semaphore)\b")


# A function's static that is made when it is first reached is guarded by a lock of its own; these are reached while the
# library is loaded, or under a Mutex.
MADE_LATE = re.compile(r"\bstatic (?:const )?\w+& \w+ =")
MADE_IN_TIME = {"api/text.cpp", "core/log.cpp", "core/modules.cpp", "data/database.cpp", "layers/base/registry.cpp",
                "onnx/layer_nodes.cpp", "solver/update_rule.cpp"}


def offences(library: Path) -> list[str]:
    found = []
    for path in sorted(library.rglob("*.[ch]pp")):
        name = path.relative_to(library).as_posix()
        if name in ALLOWED or name.startswith("modules/"):
            continue
        code = re.sub(r"//.*", "", path.read_text())
        found += [f"{name} has a std::{match[1]}" for match in LOCK.finditer(code)]
        if name not in MADE_IN_TIME:
            found += [f"{name} has a {match[0]} ..." for match in MADE_LATE.finditer(code)]
    return found


def test_locks_are_those_that_fork_knows_of(root: Path) -> None:
    assert offences(root / "libcaffe") == []


def test_a_lock_of_another_kind_is_seen(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "net/net.hpp").write_text("// no std::mutex here\nmutable std::shared_mutex mutex_;\n")
    assert offences(tmp_path) == ["net/net.hpp has a std::shared_mutex"]
    (tmp_path / "net/net.hpp").write_text("  static const auto& all = *new Map;\n")
    assert offences(tmp_path) == ["net/net.hpp has a static const auto& all = ..."]
