"""docs/notebook.md is run as a notebook: its blocks are cells of one session, and the last line of each is shown."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest
from test_readme import ROOT, fences

pytest.importorskip("langchain_core")

PAGE = ROOT / "docs" / "notebook.md"
CELLS = fences(PAGE.read_text(encoding="utf-8"))


class Notebook:
    """Runs cells one after the other; `shown` is what each ends with."""

    def __init__(self):
        self.names: dict[str, object] = {}

    def run(self, cell: str, line: int) -> object:
        tree = ast.parse(cell)
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, f"notebook.md:{line}", "exec"), self.names)
        return (
            None
            if last is None
            else eval(compile(ast.Expression(last.value), f"notebook.md:{line}", "eval"), self.names)
        )


@pytest.fixture
def folder(sample_folder, tmp_path, monkeypatch) -> Path:
    """Where `corpora/sample` is the sample guidelines, indexed, and nothing of the repository is written to."""
    shutil.copytree(sample_folder, tmp_path / "corpora" / "sample")
    monkeypatch.chdir(tmp_path)
    for name in ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CPGASSIST_PRECISION", "float32")
    monkeypatch.setenv("CPGASSIST_OCR", "off")
    return tmp_path


def test_the_cells_run_in_their_order_and_show_answers(folder, capsys):
    notebook, shown, printed = Notebook(), [], ""
    for cell in CELLS:
        if cell.language == "text":
            assert cell.text.strip() == printed.strip(), f"notebook.md:{cell.line}"
            continue
        assert cell.language == "python"
        value = notebook.run(cell.text, cell.line)
        printed = capsys.readouterr().out
        assert printed.strip() or value is not None, f"notebook.md:{cell.line} shows nothing"
        shown.append(value)
    pages = [value._repr_html_() for value in shown if hasattr(value, "_repr_html_")]
    assert len(pages) == 2 and "12 mg/kg/day" in pages[0] and "do not answer this" in pages[1]
    assert any(getattr(value, "size", None) for value in shown)  # the picture of a page
