"""The process: import, versions, devices, seed, log."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import caffe
import numpy as np
import pytest

LINE = re.compile(r"^I\d{4} \d\d:\d\d:\d\d\.\d{6} +\d+ [\w.]+:\d+\] ")


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a script in a fresh interpreter."""
    import os

    return subprocess.run(
        [sys.executable, "-c", code],
        env={
            **{
                name: value
                for name, value in os.environ.items()
                if not name.startswith(("GLOG_", "CAFFE_LOG"))
            },
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def test_version() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", caffe.__version__)
    assert caffe.build_info()["version"] == caffe.__version__
    assert (caffe.TRAIN, caffe.TEST) == (0, 1)


def test_import_loads_no_more_than_it_needs() -> None:
    done = python(
        "import caffe, sys; print([m for m in ('google.protobuf', 'PIL', 'matplotlib', "
        "'h5py', 'lmdb', 'sklearn') if m in sys.modules])"
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_threads_that_wait_do_not_spin_for_long() -> None:
    code = "import caffe, os; print(os.environ.get('GOMP_SPINCOUNT'))"
    done = python(code, OMP_DISPLAY_ENV="verbose")
    assert "GOMP_SPINCOUNT = '1000'" in done.stderr
    assert done.stdout.strip() == "None"
    told = python(code, OMP_DISPLAY_ENV="verbose", GOMP_SPINCOUNT="77")
    assert "GOMP_SPINCOUNT = '77'" in told.stderr
    assert told.stdout.strip() == "77"
    assert (
        "GOMP_SPINCOUNT = '0'"
        in python(code, OMP_DISPLAY_ENV="verbose", OMP_WAIT_POLICY="passive").stderr
    )


def test_submodules_come_when_asked_for() -> None:
    assert caffe.io.Transformer
    assert caffe.proto.caffe_pb2.NetParameter
    assert caffe.layers.ReLU
    assert caffe.Classifier.__mro__[1] is caffe.Net
    assert "Detector" in dir(caffe)
    with pytest.raises(AttributeError, match="no_such_thing"):
        caffe.no_such_thing  # noqa: B018


def test_everything_listed_is_there() -> None:
    for name in caffe.__all__:
        assert getattr(caffe, name) is not None


def test_library_that_cannot_be_opened() -> None:
    done = python("import caffe", CAFFE_LIBRARY="/no/such/libcaffe.so.2")
    assert done.returncode == 1
    assert "ImportError" in done.stderr
    assert "/no/such/libcaffe.so.2" in done.stderr


def test_layer_types() -> None:
    types = caffe.layer_type_list()
    assert types == sorted(types)
    assert {"Convolution", "InnerProduct", "Pooling", "SoftmaxWithLoss"} <= set(types)
    assert "SGD" in caffe.solver_type_list()


def test_layer_type_traits() -> None:
    assert caffe.layer_type_trait("DepthwiseConvolution", "family") == "convolution"
    assert caffe.layer_type_trait("Data", "purpose") == "serves"
    assert caffe.layer_type_trait("ReLU", "coordinates") == "same"
    assert {caffe.layer_type_trait(each, "family") for each in caffe.layer_type_list()} >= {
        "activation", "arithmetic", "convolution", "crf", "data", "detection", "loss", "metric",
        "normalisation", "pooling", "recurrent", "shape",
    }
    with pytest.raises(caffe.NotFoundError, match='did you mean "ReLU"'):
        caffe.layer_type_trait("Relu", "family")


def test_devices() -> None:
    assert caffe.devices()[0] == "cpu"
    caffe.set_mode_cpu()
    assert caffe.get_device() == "cpu"
    with pytest.raises(caffe.Error):
        caffe.set_device("abacus")


def test_seed(small: Path) -> None:
    def weights() -> np.ndarray:
        return caffe.Net(small, caffe.TEST).params["ip"][0].data.copy()

    caffe.set_random_seed(5)
    first, second = weights(), weights()
    caffe.set_random_seed(5)
    np.testing.assert_array_equal(weights(), first)
    np.testing.assert_array_equal(weights(), second)
    assert not np.array_equal(first, second)


def test_threads() -> None:
    before = caffe.num_threads()
    caffe.set_num_threads(1)
    assert caffe.num_threads() == 1
    caffe.set_num_threads(before)
    with pytest.raises(caffe.Error):
        caffe.set_num_threads(-1)


def test_log_callback(solver_file: Path) -> None:
    solver_file.write_text(solver_file.read_text().replace("display: 0", "display: 1"))
    lines: list[str] = []
    caffe.set_log_callback(lines.append)
    try:
        caffe.get_solver(solver_file).step(2)
        caffe.log("hello")
    finally:
        caffe.set_log_callback(None)
    assert all(LINE.match(line) for line in lines)
    assert any("Iteration 1" in line and "loss = " in line for line in lines)
    assert lines[-1].endswith(
        f"{Path(__file__).name}:{lines[-1].split(':')[-1].split(']')[0]}] hello"
    )


def test_log_goes_to_stderr() -> None:
    done = python("import caffe; caffe.log('one')")
    assert re.search(r"^I.*\] one$", done.stderr, re.MULTILINE)


def test_log_goes_to_files_where_they_are_asked_for(tmp_path: Path) -> None:
    done = python("import caffe; caffe.log('zw\\u00f6lf \\ud800 100 %s')", GLOG_log_dir=str(tmp_path))
    assert done.returncode == 0 and done.stderr == ""
    [name] = [file for file in tmp_path.iterdir() if not file.is_symlink()]
    assert re.search(r"^I.* <string>:1\] zw\u00f6lf \? 100 %s$", name.read_text(), re.MULTILINE)


def test_the_log_is_quiet_until_asked_for(solver_file: Path) -> None:
    code = f"import caffe; caffe.get_solver({str(solver_file)!r}).step(1)"
    solver_file.write_text(solver_file.read_text().replace("display: 0", "display: 1"))
    assert python(code).stderr == ""
    for said in ({"GLOG_minloglevel": "0"}, {"CAFFE_LOG_LEVEL": "1"}, {"GLOG_logtostderr": "1"}):
        assert "Iteration 0" in python(code, **said).stderr
    for said in ({"GLOG_minloglevel": "2"}, {"CAFFE_LOG_LEVEL": "3"}, {"GLOG_stderrthreshold": "2"}):
        assert python(code, **said).stderr == ""
    asked = code.replace("caffe;", "caffe; caffe.init_log({});")
    assert "Iteration 0" in python(asked.format("")).stderr
    assert python(asked.format(2)).stderr == ""
    # As scripts do it: before the import.
    script = f"import os; os.environ['GLOG_minloglevel'] = '0'; {code}"
    assert "Iteration 0" in python(script).stderr


def test_warnings_are_shown_unasked(solver_file: Path) -> None:
    solver_file.write_text(
        solver_file.read_text().replace('lr_policy: "fixed"', 'lr_policy: "exp"')
    )
    code = f"import caffe; caffe.get_solver({str(solver_file)!r})"
    assert re.search(r"^W.*gamma", python(code).stderr, re.MULTILINE)
    assert python(code, GLOG_minloglevel="2").stderr == ""


def test_a_callback_gets_information_and_leaves_the_log_quiet(solver_file: Path) -> None:
    solver_file.write_text(solver_file.read_text().replace("display: 0", "display: 1"))
    code = f"""
import caffe
solver = caffe.get_solver({str(solver_file)!r})
lines = []
caffe.set_log_callback(lines.append)
solver.step(1)
caffe.set_log_callback(None)
solver.step(1)
print(sum("Iteration" in line for line in lines))
"""
    done = python(code)
    assert done.stderr == ""
    assert int(done.stdout) >= 2
    assert int(python(code, GLOG_minloglevel="1").stdout) == 0


def test_plugin_that_is_not_there() -> None:
    with pytest.raises(caffe.Error, match="nothing.so"):
        caffe.load_plugin("./nothing.so")


def test_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "caffe", "device_query"],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0
    assert "cpu" in (done.stdout + done.stderr).lower()
