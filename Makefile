# Shortcuts only; `python3 start.py` does the work.
.PHONY: demo test fast lint lock wheel

demo test lint:
	python3 start.py $@

fast:
	python3 start.py test --fast

# After a change of dependencies in pyproject.toml. Nothing of this machine's configuration may reach the files.
LOCK = env -u PIP_FIND_LINKS -u UV_FIND_LINKS .venv/bin/uv pip compile --quiet pyproject.toml --universal \
	--python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header
lock:
	$(LOCK) -o requirements/main.lock
	$(LOCK) --extra dev -c requirements/main.lock -o requirements/dev.lock
	.venv/bin/python -m tests.locks

wheel:
	.venv/bin/python -m relance assets
	.venv/bin/python -m build --wheel --no-isolation
