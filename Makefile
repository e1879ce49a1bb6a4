PYTHON ?= python3
BIN := .venv/bin
.venv/installed: requirements.lock
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet 'uv>=0.13,<0.14'
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e shared -e gld-lists -e gld-train -e gld-embed -e gld-search -e gld-rerank -e gld-eval
	touch $@
