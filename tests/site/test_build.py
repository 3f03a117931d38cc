"""What must not be published fails the build."""

import re

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

import vaelab
from tools.notebooks import paths
from tools.site import ROOT
from tools.site.__main__ import main, named
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


FOREIGN = (
    '<img src="https://elsewhere.org/a.png" alt="a">',
    '<img src="HTTPS://elsewhere.org/a.png" alt="a">',
    '<img src=" //elsewhere.org/a.png" alt="a">',
    '<img srcset="index.html 1x, https://elsewhere.org/a.png 2x" alt="a">',
    '<script src="//elsewhere.org/a.js"></script>',
    '<script>fetch("https://elsewhere.org/a")</script>',
    '<script type="module">await import("https://elsewhere.org/a.js")</script>',
    '<iframe src="http://elsewhere.org"></iframe>',
    '<video poster="https://elsewhere.org/a.png"></video>',
    '<audio src="https://elsewhere.org/a.mp3"></audio>',
    '<object data="https://elsewhere.org/a.svg"></object>',
    '<embed src="https://elsewhere.org/a.svg">',
    '<input type="image" src="https://elsewhere.org/a.png">',
    '<form action="https://elsewhere.org"></form>',
    '<svg><image href="https://elsewhere.org/a.png"></image></svg>',
    '<p style="background: URL(https://elsewhere.org/a.png)"></p>',
    "<style>@import 'https://elsewhere.org/a.css';</style>",
    "<style>p { background: image-set('https://elsewhere.org/a.png' 1x); }</style>",
    '<link rel="stylesheet" href="https://elsewhere.org/a.css">',
    '<link rel="preconnect" href="https://elsewhere.org">',
    '<meta http-equiv="refresh" content="0; url=https://elsewhere.org">',
)


@pytest.mark.parametrize("body", FOREIGN)
def test_a_request_to_another_host_is_found(tmp_path, body):
    (found,) = page(tmp_path, body)
    assert "elsewhere.org" in found


def test_a_script_file_that_asks_another_host_is_found(tmp_path):
    (tmp_path / "a.js").write_text("const answer = await fetch(`https://elsewhere.org/a`);")
    assert page(tmp_path) == ["a.js: loads https://elsewhere.org/a"]


def test_a_style_sheet_from_elsewhere_is_found(tmp_path):
    (tmp_path / "a.css").write_text('@font-face { src: url("https://elsewhere.org/a.woff2"); }')
    assert page(tmp_path) == ["a.css: loads https://elsewhere.org/a.woff2"]


DEAD = ("nowhere.html", "#nowhere", "index.html#nowhere", "../outside.html", "widgets/none.html", "widgets/")


@pytest.mark.parametrize("link", DEAD)
def test_a_dead_link_is_found(tmp_path, link):
    (found,) = page(tmp_path, f'<a href="{link}">x</a>')
    assert link in found
    (found,) = page(tmp_path, f'<figure data-page="{link.removeprefix("index.html")}"></figure>')
    assert link.removeprefix("index.html") in found


@pytest.mark.parametrize("link", ["file:///home/ada/a.html", "http://127.0.0.1:8000/a.html"])
def test_a_link_to_ones_own_machine_is_found(tmp_path, link):
    assert page(tmp_path, f'<a href="{link}">x</a>') == [f"index.html: leads to a machine of its own: {link}"]


def test_what_a_style_sheet_has_lost_is_found(tmp_path):
    (tmp_path / "a.css").write_text("p { background: url(gone.png); } q { background: url(data:image/png;base64,AA); }")
    assert page(tmp_path) == ["a.css: leads nowhere: gone.png"]


def test_below_a_link_to_a_folder_the_same_is_found(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (found,) = page(
        tmp_path / "link", '<h2 id="here"></h2><a href="index.html#here">a</a><a href="index.html#no">b</a>'
    )
    assert found.endswith("index.html#no")


def test_a_folder_without_a_site_is_no_good_site(tmp_path):
    assert problems(tmp_path / "nothing") == [f"{tmp_path / 'nothing'} has no index.html"]


def test_names_of_notebooks_are_known_or_refused():
    assert [path.stem for path in named(["5", "09", "00_start_here"])] == [
        "00_start_here",
        "05_kl_divergence",
        "09_three_losses",
    ]
    assert named([]) == paths()
    for name in ("xyz", "12", "05_kl", "00_start_here.ipynb"):
        with pytest.raises(SystemExit, match=f"no notebook {name}; there are 00_start_here, "):
            named([name])


def test_the_address_is_a_whole_one(monkeypatch):
    monkeypatch.setenv("SITE_URL", "example.org/vaes")
    with pytest.raises(SystemExit, match=r"https://example\.org/vaes; got example\.org/vaes"):
        main([])


def test_a_missing_text_is_found(tmp_path):
    (tmp_path / "a.png").write_bytes(b"")
    assert page(tmp_path, '<img src="a.png">') == ["index.html: no alt text: a.png"]
    assert page(tmp_path, '<img src="a.png" alt="">') == ["index.html: no alt text: a.png"]


def test_a_page_without_language_title_or_description_is_found(tmp_path):
    (tmp_path / "index.html").write_text("<html><body></body></html>")
    assert problems(tmp_path) == ["index.html: no language", "index.html: no title", "index.html: no description"]


def test_a_widget_that_is_too_large_is_found(tmp_path):
    page(tmp_path)
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
    first, again = write("A\n\nText.", code), write("A\n\nOther text.", code)
    assert count.read_text() == "x" and again.notebook.cells[0].source == "# A\n\nOther text."
    assert again.notebook.cells[1].outputs == first.notebook.cells[1].outputs
    write("B", code)
    assert count.read_text() == "xx", "its widgets' pages have the title"
    changed = write("B", code.replace("1 + 1", "2 + 2"))
    assert count.read_text() == "xxx" and changed.notebook.cells[1].outputs[0].text == "4\n"


def test_a_widget_is_kept_as_it_is_at_the_end(tmp_path):
    cells = ["# A", "import vaelab as vl\nplayground = vl.KLPlayground()\nplayground", "playground.sigma = 0.125"]
    made = [nbformat.v4.new_markdown_cell(cells[0]), *map(nbformat.v4.new_code_cell, cells[1:])]
    nbformat.write(nbformat.v4.new_notebook(cells=made), tmp_path / "00_a.ipynb")
    ran = run(tmp_path / "00_a.ipynb", tmp_path / "runs", {"asked-1": "width = 0.375\nvl.KLPlayground(sigma=width)"})
    shown, asked = sorted(ran.widgets.glob("*.html"), key=lambda path: path.stem.startswith("asked"))
    assert '"sigma": 0.125' in shown.read_text(encoding="utf-8") and '"sigma": 0.375' in asked.read_text(
        encoding="utf-8"
    )
    assert "<title>A</title>" in shown.read_text(encoding="utf-8")


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
