# make demo: builds the book and the exercises, grades a sample class. make test: passes the tests. See README.md.
PYTHON ?= python3
OWNER := .venv
STUDENTS := .venv-students
LITE := .venv-lite
PAPER ?= A4
GPU_PYTHON ?= python3
GPU_OPTIONS ?= --processes 4
RUN := $(OWNER)/bin/python
export PATH := $(CURDIR)/$(OWNER)/bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help demo test fuzz journeys check setup system students book serve pdf zip site messages edition prose links exercises gpu format clean

help:
	@echo "make demo     build the book, make the exercises, grade a sample class, say where to look"
	@echo "make test     run the tests"
	@echo "make fuzz     look longer for a file, an answer or a text that the grader trips over"
	@echo "make journeys  run a week of the course in nbgrader, JupyterLab and JupyterHub"
	@echo "make check    what to run before a commit: format, lint, types, tests"
	@echo "make book     build the book into book/_build/html"
	@echo "make serve    serve the built book on this machine, for its Python: http://127.0.0.1:8000"
	@echo "make pdf      the whole book as one PDF (A4; for Letter: make pdf PAPER=Letter)"
	@echo "make zip      the built site as one zip that opens from the disk"
	@echo "make site     the folder to publish: site, PDF and zip (make site ADDRESS=https://… REPOSITORY=https://…)"
	@echo "make messages  what there is to translate, for a second language (AUTHORING.md)"
	@echo "make edition LANGUAGE=ja  the book in another language, from book/locale/ja"
	@echo "make exercises  make exercises/ from solutions/"
	@echo "make prose    spelling and style of all texts"
	@echo "make links    the links to other sites (needs a network)"
	@echo "make gpu      record answers and train chapters 11 to 13 at full size on CUDA, nine minutes at a time"
	@echo "make clean    remove what was built (the environments stay)"

system:
	@PYTHON=$(PYTHON) tools/install-system

$(OWNER)/.ready: requirements.txt constraints.txt pyproject.toml | system
	@echo "== the owner's environment ($(OWNER))"
	@test -x $(RUN) || $(PYTHON) -m venv $(OWNER)
	@$(RUN) -m pip install --quiet --requirement requirements.txt --constraint constraints.txt --editable .
	@touch $@

$(STUDENTS)/.ready: exercises/requirements.txt | system
	@echo "== the students' environment ($(STUDENTS))"
	@test -x $(STUDENTS)/bin/python || $(PYTHON) -m venv $(STUDENTS)
	@$(STUDENTS)/bin/python -m pip install --quiet --requirement exercises/requirements.txt
	@MPLCONFIGDIR=$(STUDENTS)/matplotlib-cache $(STUDENTS)/bin/python -c "import matplotlib.pyplot"
	@touch $@

$(LITE)/.ready: tests/journeys/jupyterlite-requirements.txt | system
	@echo "== JupyterLite's environment, for the journeys ($(LITE))"
	@test -x $(LITE)/bin/python || $(PYTHON) -m venv $(LITE)
	@$(LITE)/bin/python -m pip install --quiet --requirement tests/journeys/jupyterlite-requirements.txt
	@touch $@

students: $(STUDENTS)/.ready

setup: system $(OWNER)/.ready $(STUDENTS)/.ready

book: $(OWNER)/.ready
	@echo "== the book"
	@jupyter-book build book -W -n --keep-going --quiet
	@echo "book/_build/html/index.html"

# Browsers run Python only in pages that a server sends.
serve:
	@test -f book/_build/html/index.html || $(MAKE) --no-print-directory book
	@echo "http://127.0.0.1:8000/ (Ctrl-C ends it)"
	@$(PYTHON) -m http.server 8000 --bind 127.0.0.1 --directory book/_build/html

pdf: book
	@echo "== the book as a PDF (a minute or two)"
	@$(RUN) tools/make_pdf.py --paper $(PAPER)

zip: book
	@echo "== the site as a zip"
	@$(RUN) tools/make_zip.py

# ADDRESS=https://OWNER.github.io/REPOSITORY/ and REPOSITORY=https://github.com/OWNER/REPOSITORY, where they are known.
site: export COURSE_SITE_URL := $(ADDRESS)
site: export COURSE_REPOSITORY_URL := $(REPOSITORY)
site: pdf zip
	@echo "== the folder to be published"
	@$(RUN) tools/make_site.py

messages: book
	@echo "== what there is to translate"
	@$(RUN) tools/make_edition.py messages

edition: book
	@echo "== the book in another language ($(LANGUAGE))"
	@$(RUN) tools/make_edition.py book $(LANGUAGE)

prose: $(OWNER)/.ready | system
	@$(RUN) tools/prose.py

links: $(OWNER)/.ready
	@echo "== the book's links to other sites (needs a network)"
	@jupyter-book build book --builder linkcheck --quiet; status=$$?; \
	grep -h '"status": "broken"' book/_build/html/output.json; rm -f book/_build/html/output.json book/_build/html/output.txt; exit $$status

exercises: $(OWNER)/.ready
	@echo "== the exercises"
	@autograde release

gpu:
	@echo "== what wants a GPU, for at most nine minutes"
	@$(GPU_PYTHON) benchmarks/gpu.py $(GPU_OPTIONS)

demo: setup book exercises
	@echo "== a sample class"
	@$(RUN) -m tests.sample_class .demo
	@cd .demo && autograde release >/dev/null && autograde grade $$(cd submitted/right-solution && ls) && \
	nbgrader generate_feedback padding --quiet
	@echo
	@echo "the book:           $(CURDIR)/book/_build/html/index.html"
	@echo "feedback, for one:  $(CURDIR)/.demo/feedback/wrong-2/padding/padding.html"
	@echo "for the others:     cd .demo && ../$(OWNER)/bin/nbgrader generate_feedback ASSIGNMENT"
	@echo "the gradebook:      cd .demo && ../$(OWNER)/bin/nbgrader export, or the formgrader page in JupyterLab"

# Two workers on two cores: threads of their own would only wait for each other.
test: setup book
	@OMP_NUM_THREADS=1 $(RUN) -m pytest -n 2 -p tests.dealing --dist loadfile --no-loadscope-reorder --durations=20 --ignore=tests/journeys

fuzz: setup
	@$(RUN) -m pytest -q --timeout 3600 --hypothesis-profile=fuzz \
	tests/exam/test_checker_fuzz.py tests/sandbox/test_wire.py tests/run/test_notebook_fuzz.py tests/nbgrader_adapter/test_text_cells.py tests/feedback/test_cards.py

journeys: setup $(LITE)/.ready
	@$(RUN) -m pytest -n 2 --dist loadfile tests/journeys

check: setup
	@ruff format --check .
	@ruff check .
	@mypy
	@$(MAKE) --no-print-directory test

format: $(OWNER)/.ready
	@ruff check --fix --exit-zero .
	@ruff format .

clean:
	rm -rf book/_build .demo source .pytest_cache .mypy_cache .ruff_cache
