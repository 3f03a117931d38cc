# make lab        opens the course in JupyterLab        (ARGS= is passed on: make lab ARGS="--no-browser --port 8899")
# make test       checks code, notebooks and widgets    (ARGS= goes to pytest: make test ARGS="-k widgets")
# make site       builds the course as pages, in build/site  (ARGS="05 09" runs these notebooks alone; SITE_URL= is where it will lie)
# make site-test  builds it, and tries all of it in a browser
# make check      checks the code, and one module by its tests: make check MODULE=toy, MODULE=latent_explorer, ...
# make bench      measures every wait, and writes benchmarks/README.md        (ARGS= names sections, ROUNDS=1 is a quick look)
# make class      holds classes of 1 to 32 on a real JupyterHub, and writes benchmarks/classroom.md  (ARGS=8 is one of eight, and writes nothing)
# make notebooks  runs every notebook again, in place
# make mutants    what changes of its arithmetic the package's tests let pass, against tests/mutants.md    (ARGS= names modules)
# make claims     what each verdict of the notebooks measures with other seeds, into tests/claims.md   (ARGS=03 names notebooks)
# make matrix     tries each Python, and the lowest versions that are allowed, and writes tests/matrix.md    (ARGS=lowest)
# Each sets up .venv first, once, and again only after pyproject.toml has changed.
.PHONY: lab test site site-test check style bench class notebooks claims mutants matrix

BIN := .venv/bin
ARGS ?=
ROUNDS ?= 5
# What Linux without an NVIDIA GPU installs, and from where. PyPI's build for Linux brings gigabytes of CUDA libraries;
# a "+cpu" version can only be a CPU build, whatever other indexes pip has been told of.
TORCH ?= torch==2.13.0+cpu
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu

usable = $(shell $(1) -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(1))
PYTHON ?= $(firstword $(foreach name,python3 python python3.14 python3.13 python3.12 python3.11,$(call usable,$(name))))
# npm and what it starts find the virtual environment's Node.
NODE := PATH="$(CURDIR)/$(BIN):$$PATH"
as_root = $(shell [ "$$(id -u)" = 0 ] && echo --allow-root)

# Files side by side, one for each core and with one thread each: see conftest.py.
PYTEST := $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

# From the root of the repository, so that the notebooks' links to docs/ lead somewhere.
lab: .venv/.lab
	$(BIN)/python -m jupyterlab $(as_root) --LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb $(ARGS)

test: style
	$(PYTEST) $(ARGS)

check: style
	$(PYTEST) $$(find vaelab -path "*$(MODULE)*.py") $$(find tests -name "test_$(MODULE)*.py") $(ARGS)

site: .venv/.site
	$(BIN)/python -m tools.site $(ARGS)

site-test: .venv/.test
	$(BIN)/python -m tools.site
	$(BIN)/python -m tools.projector
	VAELAB_SITE=build/site $(BIN)/python -m pytest tests/site $(ARGS)

style: .venv/.test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(NODE) npm run --silent check

bench: .venv/.bench
	ROUNDS=$(ROUNDS) $(BIN)/python -m benchmarks $(ARGS)

class: .venv/.test
	$(BIN)/python -m benchmarks.classroom $(ARGS)

notebooks: .venv/.test
	$(BIN)/python -m tools.notebooks $(ARGS)

claims: .venv/.test
	$(BIN)/python -m tools.claims $(ARGS)

mutants: .venv/.mutants
	$(BIN)/python -m tools.mutants $(ARGS)

matrix: .venv/.matrix
	$(BIN)/python -m tools.matrix $(ARGS)

.venv/.lab: pyproject.toml
	@python="$(PYTHON)"; [ -n "$$python" ] || { echo "vaelab needs Python 3.11 or newer with its venv module (Debian and Ubuntu: apt install python3-venv)."; exit 1; }; \
	[ -x $(BIN)/pip ] || "$$python" -m venv .venv
	@[ "$$(uname -s)" != Linux ] || command -v nvidia-smi >/dev/null || $(BIN)/python -c "import torch" 2>/dev/null || \
	$(BIN)/python -m pip install --no-deps --retries 0 --timeout 15 --index-url $(TORCH_INDEX) "$(TORCH)" || \
	{ echo "$(TORCH) could not be had from $(TORCH_INDEX): check the network, or name another source: make $(MAKECMDGOALS) TORCH_INDEX=…"; exit 1; }
	$(BIN)/python -m pip install -e .
	@# JupyterLab would ask about news, and ask the network for newer versions of itself.
	$(BIN)/python -m jupyter labextension disable --level=sys_prefix @jupyterlab/apputils-extension:announcements
	@touch $@

.venv/.site: .venv/.lab package-lock.json
	$(BIN)/python -m pip install -e ".[site]"
	$(NODE) npm ci --omit=dev --ignore-scripts --no-audit --no-fund
	@touch $@

.venv/.test: .venv/.site tools/browser.py package-lock.json
	$(BIN)/python -m pip install -e ".[test]"
	$(NODE) npm ci --ignore-scripts --no-audit --no-fund
	@# nbgrader is here to be tested with. JupyterLab stays as students have it, without its menus and servers.
	rm -rf .venv/etc/jupyter/jupyter_server_config.d/nbgrader.json .venv/share/jupyter/labextensions/@jupyter/nbgrader
	$(BIN)/python -m tools.browser
	@touch $@

.venv/.bench: .venv/.test
	$(BIN)/python -m pip install -e ".[bench]"
	@touch $@

.venv/.mutants .venv/.matrix: .venv/.%: .venv/.test
	$(BIN)/python -m pip install -e ".[$*]"
	@touch $@
