"""Names that `import caffe` gave in pycaffe of BVLC Caffe 1.0, module by module, class by class."""

from __future__ import annotations

import importlib
import subprocess
import sys
import types
from pathlib import Path

import caffe
import pytest

SOLVERS = "SGDSolver NesterovSolver AdaGradSolver RMSPropSolver AdaDeltaSolver AdamSolver"

MODULES = {
    "caffe": f"""
        Net {SOLVERS} NCCL Timer init_log log set_mode_cpu set_mode_gpu set_device Layer get_solver
        layer_type_list set_random_seed solver_count set_solver_count solver_rank set_solver_rank
        set_multiprocess has_nccl __version__ TRAIN TEST Classifier Detector io layers params NetSpec
        to_proto proto pycaffe net_spec classifier detector coord_map draw _caffe""",
    "caffe._caffe": f"""
        Blob Layer Net Solver {SOLVERS} NCCL Timer get_solver layer_type_list init_log log has_nccl
        set_mode_cpu set_mode_gpu set_device set_random_seed solver_count set_solver_count
        solver_rank set_solver_rank set_multiprocess BlobVec RawBlobVec LayerVec NetVec StringVec
        IntVec DtypeVec __version__""",
    "caffe.pycaffe": f"""
        Net {SOLVERS} NCCL Timer _Net_blobs _Net_blob_loss_weights _Net_layer_dict _Net_params
        _Net_forward _Net_backward _Net_forward_all _Net_forward_backward_all
        _Net_set_input_arrays _Net_batch _Net_inputs _Net_outputs""",
    "caffe.io": """
        blobproto_to_array array_to_blobproto arraylist_to_blobprotovector_str
        blobprotovector_str_to_arraylist array_to_datum datum_to_array Transformer load_image
        resize_image oversample resize caffe_pb2""",
    "caffe.net_spec": """
        param_name_dict to_proto assign_proto Top Function NetSpec Layers Parameters layers params
        caffe_pb2""",
    "caffe.coord_map": """
        PASS_THROUGH_LAYERS UndefinedMapException conv_params crop_params coord_map
        AxisMismatchException compose inverse coord_map_from_to crop""",
    "caffe.draw": "get_pydot_graph draw_net draw_net_to_file",
    "caffe.classifier": "Classifier",
    "caffe.detector": "Detector",
    "caffe.proto": "caffe_pb2",
    "caffe.proto.caffe_pb2": """
        NetParameter SolverParameter LayerParameter V1LayerParameter BlobProto BlobProtoVector Datum
        BlobShape FillerParameter SolverState NetState NetStateRule ParamSpec TRAIN TEST Phase""",
}

SOLVER = (
    "net test_nets iter add_callback solve step restore snapshot share_weights apply_update param"
)

CLASSES = {
    "caffe.Net": """
        blobs blob_loss_weights layer_dict params forward backward forward_all forward_backward_all
        set_input_arrays _batch inputs outputs bottom_names top_names layers reshape
        clear_param_diffs copy_from share_with save save_hdf5 load_hdf5 before_forward after_forward
        before_backward after_backward _forward _backward _blob_names _layer_names""",
    **{f"caffe.{name}": SOLVER for name in SOLVERS.split()},
    "caffe._caffe.Blob": "shape num channels height width count reshape data diff",
    "caffe.Layer": "blobs setup reshape forward backward type",
    "caffe.Timer": "start stop ms",
    "caffe.NCCL": "new_uid bcast",
    "caffe.Classifier": "predict forward",
    "caffe.Detector": "detect_windows detect_selective_search crop configure_crop forward",
    "caffe.io.Transformer": """
        preprocess deprocess set_transpose set_channel_swap set_raw_scale set_mean set_input_scale""",
    "caffe.NetSpec": "to_proto __getattr__ __setattr__ __getitem__ __setitem__ __delattr__",
    "caffe.net_spec.Top": "to_proto _to_proto",
    "caffe.net_spec.Function": "_to_proto",
}  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_modules_have_their_names(name: str) -> None:
    module = importlib.import_module(name)
    assert [one for one in MODULES[name].split() if not hasattr(module, one)] == []


@pytest.mark.parametrize("name", CLASSES)
def test_classes_have_their_names(name: str) -> None:
    module, _, last = name.rpartition(".")
    kind = getattr(importlib.import_module(module), last)
    assert isinstance(kind, type)
    assert [one for one in CLASSES[name].split() if not hasattr(kind, one)] == []


def in_a_fresh_interpreter(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "expression",
    [
        "caffe.proto.caffe_pb2.Datum()",
        "caffe.io.caffe_pb2.BlobProto()",
        "caffe.io.resize",
        "caffe.draw.get_pydot_graph",
        "caffe._caffe.layer_type_list()",
        "caffe.pycaffe._Net_forward",
        "caffe.Detector.detect_selective_search",
        "caffe.coord_map.crop",
    ],
)
def test_first_use_after_import(expression: str) -> None:
    in_a_fresh_interpreter(f"import caffe; {expression}")


def test_import_stays_light() -> None:
    """No message class is made, and no further package loaded, before one is asked for."""
    code = (
        "import sys, caffe; print(sorted({name.split('.')[0] for name in sys.modules} & {'google', "
        "'PIL', 'scipy', 'skimage', 'matplotlib', 'h5py', 'lmdb', 'IPython', 'pydot'}), "
        "'caffe.proto.caffe_pb2' in sys.modules)"
    )
    assert in_a_fresh_interpreter(code) == "[] False\n"


def test_everything_imported_leaves_the_module_time_alone() -> None:
    out = in_a_fresh_interpreter("import time; from caffe import *; print(time.sleep, Net, TEST)")
    assert "built-in function sleep" in out
    assert {"time", "features", "Net"} <= set(dir(caffe))


def test_a_slip_is_told() -> None:
    with pytest.raises(AttributeError, match="no attribute 'SGDsolver'; did you mean 'SGDSolver'"):
        caffe.SGDsolver  # noqa: B018
    assert not hasattr(caffe, "__wrapped__")


def test_one_solver_in_one_process() -> None:
    """What a script for several GPUs says when it is given one."""
    caffe.set_solver_count(1)
    caffe.set_solver_rank(0)
    caffe.set_multiprocess(True)
    assert (caffe.solver_count(), caffe.solver_rank(), caffe.has_nccl()) == (1, 0, False)
    for call in (
        lambda: caffe.set_solver_count(2),
        lambda: caffe.set_solver_rank(1),
        caffe.NCCL.new_uid,
        lambda: caffe.NCCL(None, "uid"),
    ):
        with pytest.raises(caffe.UnsupportedError, match="one solver in one process"):
            call()


def test_timer() -> None:
    timer = caffe.Timer()
    assert timer.ms == 0
    timer.start()
    assert timer.ms >= 0
    timer.stop()
    assert timer.ms == timer.ms >= 0


def test_selective_search_says_what_it_needs(net: caffe.Net, small: Path) -> None:
    detector = caffe.Detector(small, None)
    with pytest.raises(ImportError, match="selective_search_ijcv_with_python"):
        detector.detect_selective_search(["a.jpg"])


def test_selective_search_gets_whole_paths(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MATLAB, which it runs, is in another folder."""
    asked: list[str] = []
    stub = types.ModuleType("selective_search_ijcv_with_python")
    stub.get_windows = lambda files, cmd: asked.extend(files) or []
    monkeypatch.setitem(sys.modules, stub.__name__, stub)
    monkeypatch.chdir(tmp_path)
    assert caffe.Detector(small, None).detect_selective_search(["a.jpg", b"b.jpg"]) == []
    assert asked == [str(tmp_path / "a.jpg"), str(tmp_path / "b.jpg")]
