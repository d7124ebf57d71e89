# Two commands to know: `make demo` and `make test`. Each first sets up what it needs (scripts/bootstrap).
PREFIX ?= /usr/local
DESTDIR ?=
BUILD ?= build
BENCH ?=
PYTHON = .venv/bin/python
OPTIONS = -Dprefix=$(abspath $(PREFIX))

.PHONY: help demo test test-long test-without-onednn sanitize sanitize-threads octave matlab-package bench install uninstall clean setup build runtime \
  all pycaffe matcaffe runtest pytest mattest
# ninja uses all cores by itself; two of it in one folder (make -j8 all pycaffe) would be in each other's way.
.NOTPARALLEL:

help:
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 24

setup:
	@scripts/bootstrap

build: setup
	@scripts/build $(BUILD) all $(OPTIONS)

runtime: setup
	@scripts/build $(BUILD) runtime $(OPTIONS)

demo: runtime ## train a net on handwritten digits and use it from C (about three minutes)
	@scripts/run_in $(BUILD) $(PYTHON) examples/digits/demo.py

test: build ## every test: C, C++, Python, packaging, conformance; Octave where it is
	@scripts/run_in $(BUILD) $(PYTHON) scripts/run_tests.py $(BUILD)

test-long: build ## what takes too long for every day: fuzzing for five minutes each, a wheel by pip alone
	@scripts/run_in $(BUILD) $(PYTHON) scripts/run_tests.py $(BUILD) --long

test-without-onednn: build ## the kernels' tests and conformance in a build without oneDNN, a part of make test
	@scripts/run_in $(BUILD) $(PYTHON) scripts/run_tests.py $(BUILD) --only without-onednn

sanitize: setup ## the tests under the address and undefined-behaviour sanitizers
	@scripts/build build-sanitize all -Db_sanitize=address,undefined -Doptimization=1 -Ddebug=true
	@CAFFE_FUZZ_SECONDS=60 scripts/run_in build-sanitize $(PYTHON) scripts/run_tests.py build-sanitize

# clang with LLVM's OpenMP runtime: what parallel regions synchronize, the sanitizer learns from that one alone.
sanitize-threads: ## the C and C++ tests under the thread sanitizer, built by clang
	@scripts/bootstrap clang
	@CC=clang CXX=clang++ scripts/build build-sanitize-threads all -Db_sanitize=thread -Db_lundef=false -Doctave=disabled -Doptimization=1 -Ddebug=true
	@scripts/run_in build-sanitize-threads $(PYTHON) scripts/run_tests.py build-sanitize-threads --only programs

# The names under which the original's pages have these typed; `make test` is above.
all: build ## the library, the tools in build/tools, the Python package's library, the tests' programs
pycaffe: runtime ## what import caffe needs: scripts/run_in build python
runtest: build ## the C and C++ tests alone
	@scripts/run_in $(BUILD) $(PYTHON) scripts/run_tests.py $(BUILD) --only programs
pytest: build ## the Python tests alone
	@scripts/run_in $(BUILD) $(PYTHON) scripts/run_tests.py $(BUILD) --only python
matcaffe: ## the MATLAB and Octave interface, in build/matlab
	@scripts/bootstrap octave
	@scripts/build $(BUILD) runtime $(OPTIONS)
mattest: octave ## its tests, under Octave

octave: matcaffe ## set up GNU Octave, build its interface and test it
	@scripts/run_in $(BUILD) $(PYTHON) scripts/run_tests.py $(BUILD) --only matlab

matlab-package: matcaffe ## an archive with the MATLAB and Octave interface that works wherever it is unpacked
	@scripts/matlab_package $(BUILD) dist

bench: runtime ## speed, beside ONNX Runtime, OpenVINO, OpenCV, ncnn and PyTorch (about ten minutes)
	@benchmarks/peers
	@scripts/run_in $(BUILD) $(PYTHON) benchmarks/run.py $(BENCH)

# As root after a build as oneself: nothing is set up or compiled anew where that is not needed.
install: ## the library, headers and the caffe command into PREFIX (/usr/local); MATLAB=1: that package, too
	@scripts/build --is-current $(BUILD) $(OPTIONS) || $(MAKE) --no-print-directory runtime
	@DESTDIR=$(if $(DESTDIR),$(abspath $(DESTDIR))) scripts/install $(BUILD) $(abspath $(PREFIX)) runtime devel $(if $(MATLAB),matlab)

uninstall: ## remove from PREFIX what make install has put there
	@DESTDIR=$(if $(DESTDIR),$(abspath $(DESTDIR))) scripts/install --remove $(abspath $(PREFIX))

clean: ## remove what was built; the set-up in .venv stays
	@rm -rf build build-* dist out
