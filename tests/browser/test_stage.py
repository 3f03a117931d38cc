"""Present mode: on a page like those of the site, and in a real JupyterLab and Notebook 7."""

import base64
import io

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from matplotlib.figure import Figure
from support.widget_page import settle

from tools import jupyter_server
from vaelab.widgets.shared.esm import ROOM, module

SHEET = (ROOM / "stage" / "stage.css").read_text(encoding="utf-8")
LONG = " ".join(f"Sentence {i} says a little more than the one before it." for i in range(9))
CODE = "\n".join(f"value_{i} = compute({i})  # line {i}" for i in range(75))
WIDE = "a line of a hundred letters and more, as a cell may print it, which no one would read aloud in a class " * 2
FRAME = """<!doctype html><title>frame</title><label>z <input type="range" min="0" max="10" value="5"></label>
<p>Text of the widget</p><script type="module">{module}
window.addEventListener("message", ({{ data }}) => document.documentElement.toggleAttribute("data-stage", data.stage));
handOn(); window.born = Math.random();</script>"""
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Page</title>
<meta name="color-scheme" content="light dark"><style>{sheet}</style>
<body><nav><a href="#two">Two</a></nav>
<main><article class="bd-article">
<section id="one"><h1>The course<a class="headerlink" href="#one">#</a></h1>
<p class="vaelab-links"></p><p>{long}</p><p>{long}</p>
<section id="two"><h2>1. Text<a class="headerlink" href="#two">#</a></h2>
<p>{long}</p><blockquote><p><b>Predict.</b> What will it be?</p></blockquote>
<div class="cell"><div class="cell_input"><div class="highlight"><pre>print(1)</pre></div></div>
<div class="cell_output"><div class="output"><pre>{wide}</pre></div></div></div>
<p><b>1. Why?</b></p><details><summary>Answer</summary><p>{long}</p></details><ol>{items}</ol></section>
<section><h2>2. Things</h2><div class="cell">
<div class="cell_input"><div class="highlight"><pre>{code}</pre></div></div>
<div class="cell_output">
<div class="output"><figure class="vaelab-figure"><img alt="lines" src="{image}"></figure></div>
<div class="output"><figure class="vaelab-widget"><iframe title="widget" src="frame.html" height="300"></iframe>
</figure></div></div></div><p>The end: <a href="#two">the text</a>.</p></section></section></article></main>
<script type="application/json" id="vaelab-minutes">
{{"1. Text": {{"cut 50": 2}}, "2. Things": {{"cut 90": 3}}}}</script>
<script type="module">{module}
window.presenter = document.querySelector("article").vaelabPresenter;</script></body></html>"""

# The letters that one sees: how large the smallest are, in pixels.
SMALLEST = """() => {
  const texts = document.createTreeWalker(window.presenter.page.root, NodeFilter.SHOW_TEXT);
  let smallest = Infinity;
  while (texts.nextNode()) {
    const { parentElement } = texts.currentNode;
    if (!texts.currentNode.textContent.trim() || !parentElement.getClientRects().length) continue;
    smallest = Math.min(smallest, parseFloat(getComputedStyle(parentElement).fontSize));
  }
  return smallest;
}"""
SHOWN = "() => window.presenter.stop.pieces.map(({ kind }) => kind).join(' ')"
OVER = "() => { const { root } = window.presenter.page; return root.scrollHeight - root.clientHeight; }"
PLACE = "() => document.querySelector('.vaelab-stage-place').textContent"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A page of the site's shape, on disk, and beside it the page of its widget."""
    folder, png = tmp_path_factory.mktemp("stage"), io.BytesIO()
    figure = Figure(figsize=(4, 2))
    figure.subplots().plot([1, 2])
    figure.savefig(png)
    parts = {
        "sheet": SHEET,
        "long": LONG,
        "wide": WIDE,
        "code": CODE,
        "items": "".join(f"<li>{LONG}</li>" for _ in range(4)),
        "image": f"data:image/png;base64,{base64.b64encode(png.getvalue()).decode()}",
        "module": module("stage/site.js"),
    }
    (folder / "page.html").write_text(PAGE.format(**parts), encoding="utf-8")
    (folder / "frame.html").write_text(FRAME.format(module=module("stage/inside.js")), encoding="utf-8")
    return (folder / "page.html").as_uri()


@pytest.fixture(scope="module")
def projector(chromium):
    context = chromium.new_context(viewport={"width": 1280, "height": 720})
    yield context
    context.close()


@pytest.fixture
def open_page(projector, address):
    """Opens the page with something behind its address; no script may fail."""
    errors = []

    def open_it(more=""):
        page = projector.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address + more)
        page.wait_for_function("() => window.presenter && document.querySelector('img').complete")
        return page

    yield open_it
    for page in projector.pages:
        page.close()
    assert not errors


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (900, 560)])
def test_every_stop_fits_the_screen_in_large_type(open_page, size):
    page = open_page()
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.keyboard.press("Alt+p")
    settle(page)
    assert page.evaluate("window.presenter.tooTall()") == []
    page.keyboard.press("Home")
    seen, texts = [], []
    for _ in range(page.evaluate("window.presenter.stops.length")):
        settle(page)
        seen.append(page.evaluate(SHOWN))
        texts.append(page.evaluate("window.presenter.page.root.innerText"))
        assert page.evaluate(SMALLEST) >= 16, seen[-1]
        assert page.evaluate(OVER) <= 2
        page.keyboard.press("PageDown")
    assert seen[-3:-1] == ["figure", "widget"], "each alone"
    assert seen.count("code") >= 2, "long code in parts"
    assert not [text for text in texts if "Predict." in text and "print(1)" in text], "the answer is on another stop"
    everything = "".join(texts)
    for text in ("The course", "The end:", "Sentence 8", "value_0 ", "value_74 ", "Answer"):
        assert text in everything


def test_keys_go_on_and_back_and_the_page_is_left_as_it_was(open_page):
    page = open_page()
    page.locator("h2").nth(1).scroll_into_view_if_needed()
    page.evaluate("window.scrollTo(0, document.querySelectorAll('h2')[1].offsetTop)")
    before = page.evaluate("document.documentElement.outerHTML")
    born = page.frames[1].evaluate("window.born")
    page.keyboard.press("Alt+p")
    count = page.evaluate("window.presenter.stops.length")
    assert page.evaluate(PLACE).endswith("2. Things"), "it begins at what is on the screen"
    page.keyboard.press("Home")
    for number, key in enumerate(("ArrowRight", "PageDown", "Space", "ArrowDown"), start=2):
        page.keyboard.press(key)
        assert page.evaluate(PLACE).startswith(f"{number} / {count}")
    for number, key in (
        (4, "ArrowLeft"),
        (3, "PageUp"),
        (2, "Shift+Space"),
        (count, "End"),
        (1, "Home"),
        (1, "ArrowUp"),
    ):
        page.keyboard.press(key)
        assert page.evaluate(PLACE).startswith(f"{number} / {count}")
    page.get_by_role("button", name="On").click()
    page.keyboard.press("Escape")  # out of the button,
    page.wait_for_function("() => document.activeElement === window.presenter.page.root")
    page.keyboard.press("Escape")  # and of the stage
    assert page.evaluate("document.documentElement.outerHTML") == before
    assert page.frames[1].evaluate("window.born") == born, "the widget's page was not loaded again"


def test_black_screen_pointer_sections_and_help(open_page):
    page = open_page("?present")
    settle(page)
    black = page.get_by_role("button", name="The screen is black")
    page.keyboard.press("b")
    assert black.is_visible()
    assert black.bounding_box() == {"x": 0, "y": 0, "width": 1280, "height": 720}
    page.keyboard.press("Escape")
    assert not black.is_visible()
    for key in "b.":
        page.keyboard.press(key)
    assert not black.is_visible() and page.evaluate("window.presenter.on")
    page.keyboard.press("l")
    page.mouse.move(300, 200)
    spot = page.locator(".vaelab-stage-spot")
    assert spot.bounding_box()["x"] == pytest.approx(300 - 28)
    page.keyboard.press("Shift+ArrowRight")
    assert spot.bounding_box()["x"] == pytest.approx(300 - 28 + 24)
    assert page.evaluate(PLACE).startswith("1 /"), "the spot went on, not the page"
    page.keyboard.press("o")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.evaluate(PLACE).endswith("2. Things")
    page.keyboard.press("?")
    assert page.get_by_role("dialog", name="Keys on the stage").is_visible()
    page.keyboard.press("Escape")
    assert page.evaluate("window.presenter.on"), "Escape closed the list alone"
    assert page.get_by_role("status").text_content().endswith("2. Things"), "and is told to who can't see it"


def test_an_answer_opens_and_its_stop_still_fits(open_page):
    page = open_page("#stage")
    settle(page)
    page.evaluate("window.presenter.show(window.presenter.stops.findIndex((s) => s.pieces.some((p) => p.answers)))")
    page.locator("summary:visible").click()
    settle(page)
    page.wait_for_function("() => window.presenter.stop.pieces.some((p) => p.answers)")
    assert page.evaluate("window.presenter.tooTall()") == []
    shown = "window.presenter.stop.pieces.some((p) => p.answers)"
    page.keyboard.press("Space")  # closes it again: the answer has the focus
    page.wait_for_function("() => !document.querySelector('details').open")
    settle(page)
    assert page.evaluate(shown)
    page.keyboard.press("PageDown")
    assert not page.evaluate(shown), "a clicker goes on all the same"


def test_a_widget_in_a_frame_keeps_its_keys_and_hands_on_the_others(open_page):
    page = open_page("?present")
    page.evaluate("window.presenter.show(window.presenter.stops.findIndex((s) => s.pieces[0].kind === 'widget'))")
    frame, at = page.frames[1], page.evaluate(PLACE)
    page.evaluate("document.querySelector('iframe').contentWindow.postMessage({ stage: true }, '*')")
    frame.wait_for_function("() => document.documentElement.hasAttribute('data-stage')")
    slider = frame.get_by_role("slider")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert slider.input_value() == "6"
    assert page.evaluate(PLACE) == at
    page.keyboard.press("PageDown")
    page.wait_for_function(f"(at) => ({PLACE})() !== at", arg=at)
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(PLACE) == at
    slider.focus()
    page.keyboard.press("Escape")
    page.wait_for_function("() => document.activeElement === window.presenter.page.root")
    page.keyboard.press("l")
    frame.get_by_text("Text of the widget").hover()
    box = frame.get_by_text("Text of the widget").bounding_box()
    page.wait_for_function(
        "(y) => Math.abs(document.querySelector('.vaelab-stage-spot').getBoundingClientRect().y + 28 - y) < 2",
        arg=box["y"] + box["height"] / 2,
    )


def test_a_short_talk_has_its_sections_alone(open_page):
    page = open_page("?present&cut=50")
    settle(page)
    sections = set(page.evaluate("window.presenter.stops.map(({ section }) => section)"))
    assert sections == {"1. Text"}
    page.keyboard.press("Escape")
    page.goto("about:blank")


def test_a_link_goes_to_its_stop(open_page):
    page = open_page("?present")
    page.keyboard.press("End")
    page.get_by_role("link", name="the text").click()
    assert "Text" in page.evaluate("window.presenter.stop.pieces[0].node.textContent")
    assert page.evaluate(PLACE).endswith("1. Text")


def test_code_can_be_left_out(open_page):
    page = open_page("?present")
    settle(page)
    page.keyboard.press("c")
    assert page.evaluate("window.presenter.stops.some((s) => s.pieces.some((p) => p.kind === 'code'))") is False
    page.keyboard.press("c")
    assert page.evaluate("window.presenter.stops.some((s) => s.pieces.some((p) => p.kind === 'code'))")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_stage(open_page, scheme):
    page = open_page("?present")
    page.emulate_media(color_scheme=scheme)
    settle(page)
    for key in ("Home", "o"):
        page.keyboard.press(key)
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]}).response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


WORDS = "A paragraph of some words, so that the notebook is longer than the window that it is in. " * 4


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A notebook of 40 cells, of which JupyterLab is told to keep those alone in its page that one sees."""
    home = tmp_path_factory.mktemp("lab")
    (home / "notebooks").mkdir()
    new = nbformat.v4
    cells = [
        new.new_code_cell("import vaelab as vl\nvl.present()"),
        new.new_markdown_cell("# A notebook"),
        new.new_code_cell("count = 0"),
        new.new_code_cell("count += 1\nprint('run', count)"),
        new.new_markdown_cell("<details><summary>Answer</summary>\n\nIt is so.\n\n</details>"),
        *[new.new_markdown_cell(f"## {i}. Section\n\n{WORDS}") for i in range(1, 36)],
    ]
    notebook = new.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, home / "notebooks" / "stage.ipynb")
    jupyter_server.write_setting(home, "notebook", "tracker", '{"windowingMode": "full"}')
    with jupyter_server.serve(home) as address:
        yield address


@pytest.mark.parametrize("app", jupyter_server.APPS)
def test_a_notebook_is_presented_alive(app, lab, projector):
    page = projector.new_page()
    page.goto(lab("stage.ipynb", app))
    jupyter_server.wait_for_kernel(page)
    jupyter_server.run_all(page)
    page.locator(".jp-Notebook").evaluate("(node) => { node.querySelector('.jp-WindowedPanel-outer').scrollTop = 0; }")
    page.get_by_role("button", name="Present").wait_for()
    assert page.locator(".jp-Cell").count() < 40, "windowing is on"
    page.keyboard.press("Alt+p")
    page.locator(".vaelab-stage-bar").wait_for()
    page.evaluate("() => { window.presenter = document.querySelector('.jp-Notebook').vaelabPresenter; }")
    assert page.locator(".jp-Cell").count() == 40, "all cells are in the page"
    assert page.evaluate("window.presenter.tooTall()") == []

    page.keyboard.press("Home")
    while "run" not in page.evaluate("window.presenter.page.root.innerText"):
        page.keyboard.press("PageDown")
    at = page.evaluate(PLACE)
    for runs in (2, 3):
        page.keyboard.press("Shift+Enter")  # Jupyter would go on to the next cell
        page.get_by_text(f"run {runs}", exact=True).wait_for()
    for key in "adxm":  # in Jupyter they would add, cut and change cells
        page.keyboard.press(key)
    page.keyboard.press("d")
    assert (page.evaluate(PLACE), page.locator(".jp-Cell").count()) == (at, 40)

    page.keyboard.press("Enter")  # edits
    page.wait_for_function("() => document.activeElement.classList.contains('cm-content')")
    page.keyboard.press("Control+Home")
    page.keyboard.type("count = 6; ")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(PLACE) == at
    page.keyboard.press("Shift+Enter")
    page.get_by_text("run 7", exact=True).wait_for()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")  # leaves the editor
    page.wait_for_function("() => document.activeElement.classList.contains('jp-Cell')")

    # Without outputs, as one begins a class: the cell has its text beside it, and its output comes into sight.
    jupyter_server.command(page, "notebook:clear-all-cell-outputs")
    page.get_by_text("run 7", exact=True).wait_for(state="detached")
    holds = "({ pieces }) => pieces.some(({ node }) => node.textContent.includes('count += 1'))"
    page.wait_for_function(f"() => window.presenter.stops.some({holds})")
    page.evaluate(f"() => window.presenter.go(window.presenter.stops.findIndex({holds}))")
    page.keyboard.press("Shift+Enter")
    page.get_by_text("run 7", exact=True).wait_for()

    page.evaluate(
        f"() => window.presenter.go(window.presenter.stops.findIndex({holds.replace('count += 1', 'It is so')}))"
    )
    page.locator("summary:visible").click()
    page.locator("p:visible", has_text="It is so.").wait_for()
    page.keyboard.press("End")
    assert page.evaluate(PLACE).endswith("35. Section")
    page.keyboard.press("Escape")
    page.wait_for_function("() => document.querySelectorAll('.jp-Cell').length < 40")
    assert page.get_by_role("heading", name="35. Section").is_visible(), "it is left where one was"
    assert page.locator("[data-stage], [data-stage-piece], [data-stage-hidden], .vaelab-stage").count() == 0
    page.close()
