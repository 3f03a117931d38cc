"""What must not be published fails the build."""

import re

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

import vaelab
from tools.site import ROOT
from tools.site.check import LARGEST_WIDGET, problems
from tools.site.docstrings import restructured
from tools.site.formulas import set_formula
from tools.site.run import run

HEAD = '<title>t</title><meta name="description" content="d">'


def page(folder, body="", name="index.html"):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(f'<html lang="en"><head>{HEAD}</head><body>{body}</body></html>')
    return problems(folder)


def test_a_page_without_fault_passes(tmp_path):
    body = '<h2 id="here"></h2><a href="#here">a</a> <a href="https://arxiv.org">b</a> <a href="index.html#here">c</a>'
    assert page(tmp_path, body) == []


@pytest.mark.parametrize(
    "body",
    [
        '<img src="https://elsewhere.org/a.png" alt="a">',
        '<script src="//elsewhere.org/a.js"></script>',
        '<iframe src="http://elsewhere.org"></iframe>',
        "<style>@import 'https://elsewhere.org/a.css';</style>",
        "<style>p { background: url(https://elsewhere.org/a.png); }</style>",
        '<link rel="stylesheet" href="https://elsewhere.org/a.css">',
    ],
)
def test_a_request_to_another_host_is_found(tmp_path, body):
    (found,) = page(tmp_path, body)
    assert "elsewhere.org" in found


def test_a_style_sheet_from_elsewhere_is_found(tmp_path):
    (tmp_path / "a.css").write_text('@font-face { src: url("https://elsewhere.org/a.woff2"); }')
    assert page(tmp_path) == ["a.css: loads https://elsewhere.org/a.woff2"]


DEAD = ("nowhere.html", "#nowhere", "index.html#nowhere", "../outside.html", "widgets/none.html")


@pytest.mark.parametrize("link", DEAD)
def test_a_dead_link_is_found(tmp_path, link):
    (found,) = page(tmp_path, f'<a href="{link}">x</a>')
    assert link in found
    (found,) = page(tmp_path, f'<figure data-page="{link.removeprefix("index.html")}"></figure>')
    assert link.removeprefix("index.html") in found


def test_a_missing_text_is_found(tmp_path):
    (tmp_path / "a.png").write_bytes(b"")
    assert page(tmp_path, '<img src="a.png">') == ["index.html: no alt text: a.png"]
    assert page(tmp_path, '<img src="a.png" alt="">') == ["index.html: no alt text: a.png"]


def test_a_page_without_language_title_or_description_is_found(tmp_path):
    (tmp_path / "index.html").write_text("<html><body></body></html>")
    assert problems(tmp_path) == ["index.html: no language", "index.html: no title", "index.html: no description"]


def test_a_widget_that_is_too_large_is_found(tmp_path):
    (found,) = page(tmp_path, "x" * LARGEST_WIDGET, name="widgets/a.html")
    assert "3.0 MB, more than 3" in found


def test_a_cell_that_fails_fails_the_build_and_leaves_no_run_behind(tmp_path):
    cells = [nbformat.v4.new_markdown_cell("# A"), nbformat.v4.new_code_cell("1 / 0")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "00_wrong.ipynb")
    for _ in range(2):
        with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
            run(tmp_path / "00_wrong.ipynb", tmp_path / "runs")


def test_a_run_is_kept_until_the_code_changes(tmp_path):
    path, count = tmp_path / "00_counted.ipynb", tmp_path / "count"
    count.write_text("")

    def write(title, code):
        cells = [nbformat.v4.new_markdown_cell(f"# {title}"), nbformat.v4.new_code_cell(code)]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        return run(path, tmp_path / "runs")

    code = f"open({str(count)!r}, 'a').write('x'); print(1 + 1)"
    first, again = write("A", code), write("B", code)
    assert count.read_text() == "x" and again.notebook.cells[0].source == "# B"
    assert again.notebook.cells[1].outputs == first.notebook.cells[1].outputs
    changed = write("B", code.replace("1 + 1", "2 + 2"))
    assert count.read_text() == "xx" and changed.notebook.cells[1].outputs[0].text == "4\n"


def test_a_widget_is_kept_as_it_is_at_the_end(tmp_path):
    cells = ["# A", "import vaelab as vl\nplayground = vl.KLPlayground()\nplayground", "playground.sigma = 0.125"]
    made = [nbformat.v4.new_markdown_cell(cells[0]), *map(nbformat.v4.new_code_cell, cells[1:])]
    nbformat.write(nbformat.v4.new_notebook(cells=made), tmp_path / "00_a.ipynb")
    ran = run(tmp_path / "00_a.ipynb", tmp_path / "runs", {"asked-1": "width = 0.375\nvl.KLPlayground(sigma=width)"})
    shown, asked = sorted(ran.widgets.glob("*.html"), key=lambda path: path.stem.startswith("asked"))
    assert '"sigma": 0.125' in shown.read_text() and '"sigma": 0.375' in asked.read_text()
    assert "<title>A</title>" in shown.read_text()


def test_a_formula_that_cannot_be_read_is_no_formula():
    assert "mathml" in set_formula(r"\tfrac12 \sigma^2", display=False)
    with pytest.raises(ValueError, match="KaTeX"):
        set_formula(r"\tfrac12 \sigmaa^2", display=False)


def test_the_reference_has_every_public_name():
    written = re.findall(r"```\{names\} (.*)", (ROOT / "docs" / "reference.md").read_text())
    assert sorted(name for line in written for name in line.split()) == sorted(vaelab.__all__)


def test_a_docstring_keeps_its_formulas_and_its_arguments():
    text = """KL = 1/2 sum_j [mu_j^2 - 1] * |x|, of `logvar`.

    mu, logvar: the encoder's,
        both (B, n)
    seed: of what is random

    >>> f(1)
    2
    """
    assert restructured("\n".join(line.removeprefix("    ") for line in text.splitlines())).split("\n\n") == [
        r"KL = 1/2 sum\_j [mu\_j^2 - 1] \* \|x\|, of ``logvar``.",
        "* **mu, logvar**: the encoder's, both (B, n)\n* **seed**: of what is random",
        ">>> f(1)\n2",
    ]
