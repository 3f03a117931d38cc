"""The built site in a real browser, from the disk and with the network cut. `make site-test` does it with all of it."""

import base64
import gzip
import io
import os
import time
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import nbformat
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from PIL import Image

from tools.notebooks import paths
from tools.site.check import problems
from tools.site.equations import MENTION, TAG, anchor
from vaelab.exercises import EXERCISES, PREDICTIONS

WHOLE = "VAELAB_SITE" in os.environ
FIVE, NINE = "notebooks/05_kl_divergence.html", "notebooks/09_three_losses.html"
SCHEMES = ("light", "dark")


def soup(path):
    return BeautifulSoup(path.read_bytes(), "lxml")


def notebook_pages(site):
    return [(path, site / "notebooks" / f"{path.stem}.html") for path in paths()]


def framed(page, figure):
    """The frame in which a widget is alive."""
    handle = figure.locator("iframe").element_handle()
    return handle.content_frame()


def test_nothing_is_wrong_with_its_files(site):
    assert problems(site) == []


def test_all_pages_fit_a_phone_and_load_nothing_from_elsewhere(visit, pages, site):
    page = visit(pages[0], width=380)
    for name in pages:
        page.goto((site / name).as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 380, name


def widget_pages(site):
    return [path.relative_to(site) for path in sorted(site.rglob("*.html")) if soup(path).select(".vaelab-widget")]


def test_every_widget_comes_alive_once_it_is_scrolled_to(visit, site):
    pages = widget_pages(site)
    assert len(pages) >= (9 if WHOLE else 3)
    page = visit(pages[0])
    for name in pages:
        page.goto((site / name).as_uri())
        figures = page.locator(".vaelab-widget").all()
        for figure in figures:
            node = figure.element_handle()
            out_of_sight = page.evaluate("node => node.getBoundingClientRect().top > innerHeight", node)
            assert not out_of_sight or figure.locator("iframe").count() == 0, "it is loaded before anyone sees it"
            began = time.perf_counter()
            figure.scroll_into_view_if_needed()
            page.wait_for_function("node => node.classList.contains('vaelab-alive')", arg=node)
            assert time.perf_counter() - began < (1.5 if WHOLE else 10), name  # `make test` keeps all cores busy
            frame = framed(page, figure)
            assert frame.locator(".vaelab").count() == 1
            assert frame.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert not frame.locator("h1").is_visible()
            height = frame.evaluate("document.body.offsetHeight")
            assert abs(figure.locator("iframe").bounding_box()["height"] - height) < 2, "no scrollbar within the page"


def test_a_widget_answers_to_keys(visit):
    page = visit(FIVE)
    figure = page.locator(".vaelab-widget")
    figure.scroll_into_view_if_needed()
    page.wait_for_selector(".vaelab-alive")
    frame = framed(page, figure)
    before = frame.locator(".vaelab-ledger").first.inner_text()
    frame.locator(".vaelab-knob-q").first.focus()
    page.keyboard.press("ArrowRight")
    frame.wait_for_function("before => document.querySelector('.vaelab-ledger').innerText !== before", arg=before)


def test_the_switch_of_the_theme_reaches_the_widgets(visit):
    page = visit(FIVE, color_scheme="light")
    page.locator(".vaelab-widget").scroll_into_view_if_needed()
    page.wait_for_selector(".vaelab-alive")
    frame = framed(page, page.locator(".vaelab-widget"))
    background = "() => getComputedStyle(document.body).backgroundColor"
    light = frame.evaluate(background)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    frame.wait_for_function("light => getComputedStyle(document.body).backgroundColor !== light", arg=light)


def test_an_object_that_is_shown_twice_is_alive_where_it_holds_more(site):
    figures = soup(site / NINE).select(".vaelab-figure, .vaelab-widget")
    (alive,) = (place for place, figure in enumerate(figures) if "vaelab-widget" in figure["class"])
    (before,) = (place for place, figure in enumerate(figures) if figure.figcaption)
    assert before < alive and "alive" in figures[before].figcaption.text


def test_without_scripts_and_in_print_there_is_the_picture(visit):
    page = visit(FIVE, java_script_enabled=False)
    picture = page.locator(".vaelab-widget img")
    assert picture.is_visible() and "KL" in picture.get_attribute("alt")
    assert page.locator(".katex").first.is_visible()
    page = visit(FIVE)
    page.locator(".vaelab-widget").scroll_into_view_if_needed()
    page.wait_for_selector(".vaelab-alive")
    page.emulate_media(media="print")
    assert page.locator(".vaelab-widget img").is_visible() and not page.locator(".vaelab-widget iframe").is_visible()


def test_a_pick_is_answered_and_stays(visit):
    page = visit(FIVE)
    answer = page.locator("#explanation-5a")
    assert answer.get_attribute("open") is None
    right = PREDICTIONS["5a"].options.index(PREDICTIONS["5a"].answer)
    page.locator("#prediction-5a input").nth(right).check()
    for _ in range(2):
        assert answer.get_attribute("open") is not None
        assert "which is right" in answer.inner_text()
        assert page.locator("#prediction-5a input").nth(right).is_checked()
        page.reload()
    page.locator("#prediction-5a input").nth(1 - right).check()
    assert "which is right" not in answer.inner_text()


def test_every_prediction_and_every_exercise_is_there(site):
    pages = [soup(page) for _, page in notebook_pages(site)]
    found = [tag["data-number"] for page in pages for tag in page.select(".vaelab-prediction")]
    assert sorted(found) == sorted(PREDICTIONS)
    answers = [tag["data-number"] for page in pages for tag in page.select(".vaelab-explanation")]
    assert sorted(answers) == sorted(PREDICTIONS)
    shown = {block["id"]: block for page in pages for block in page.select(".vaelab-exercise")}
    assert set(shown) == {f"exercise-{task.number}" for task in EXERCISES.values()}
    for task in EXERCISES.values():
        block = shown[f"exercise-{task.number}"]
        assert len(block.select("details")) == len(task.hints) + 1 and not block.select("details[open]")
        assert task.name in block.select(".highlight")[0].text
        assert task.hints[0].replace("`", "") in block.text


def test_every_picture_has_the_text_of_the_notebook(site):
    for path, page in notebook_pages(site):
        written = [
            output.metadata["image/png"]["alt"].removesuffix(" Run the cell for the live widget.")
            for cell in nbformat.read(path, as_version=4).cells
            for output in cell.get("outputs", [])
            if "image/png" in output.get("data", {})
        ]
        shown = [tag["alt"] for tag in soup(page).select(".vaelab-figure img, .vaelab-widget img")]
        assert len(shown) == len(written) > 0
        kinds = [text.split(".")[0].split(":")[0] for text in written]
        assert [text.split(".")[0].split(":")[0] for text in shown] == kinds, "a widget's has the numbers of its run"


def test_what_is_downloaded_is_the_committed_notebook(site):
    for path, page in notebook_pages(site):
        (link,) = soup(page).select(".vaelab-links a[download]")
        assert (page.parent / link["href"]).read_bytes() == path.read_bytes()


def test_every_number_of_an_equation_leads_to_it_and_every_display_back(site):
    shown, linked = set(), 0
    for path, page in notebook_pages(site):
        tagged = {tag for cell in nbformat.read(path, as_version=4).cells for tag in TAG.findall(cell.source)}
        read = soup(page)
        assert {tag["id"] for tag in read.select(".vaelab-display[id]")} == set(map(anchor, tagged))
        shown |= tagged
    for _, page in notebook_pages(site):
        read = soup(page)
        links = read.select("a.vaelab-equation")
        assert all(link["href"].endswith("#" + anchor(link.text[1:-1])) for link in links)
        linked += len(links)
        for tag in read.select("pre, code, summary, .katex, a, h1, h2, h3, script, .vaelab-used"):
            tag.decompose()
        assert not set(MENTION.findall(read.select("article")[0].text)) & shown, page
    assert linked > 100


def test_the_search_finds_a_word_from_the_disk(visit):
    page = visit("search.html?q=posterior", summaries=False)
    page.wait_for_selector("#search-results li a", timeout=20_000)
    assert page.locator("#search-results li").count() > 3


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_serious(visit, pages, site, scheme):
    names = pages if WHOLE else [FIVE]
    page = visit(names[0], color_scheme=scheme)
    for name in names:
        page.goto((site / name).as_uri())
        found = Axe().run(page, options={"preload": False}).response["violations"]
        assert not [one["id"] for one in found if one["impact"] in ("serious", "critical")], name


def test_on_the_stage_everything_fits_a_projector(visit, site):
    """Each stop of each notebook, at 1280 x 720. None is too tall: a name here would need a reason beside it."""
    named = {path.stem: [] for path in paths()} if WHOLE else {"05_kl_divergence": []}
    page = visit(FIVE, width=1280, height=720)
    for stem, too_tall in named.items():
        page.goto(f"{site.as_uri()}/notebooks/{stem}.html?present")
        page.wait_for_function("document.querySelector('article').vaelabPresenter?.stops.length > 10")
        assert page.evaluate("document.querySelector('article').vaelabPresenter.tooTall()") == too_tall, stem


def test_a_cut_shows_the_sections_that_it_has_time_for(visit, site):
    page = visit(FIVE)
    counts = []
    for asked in ("present", "present&cut=90", "present&cut=50"):
        page.goto(f"{site.as_uri()}/{FIVE}?{asked}")
        page.wait_for_function("document.querySelector('article').vaelabPresenter?.stops.length > 3")
        counts.append(page.evaluate("document.querySelector('article').vaelabPresenter.stops.length"))
    assert counts == sorted(counts, reverse=True) and len(set(counts)) == 3
    page.goto(f"{site.as_uri()}/notebooks/11_further.html?present&cut=50")
    assert "The talk of 50 minutes has nothing of this notebook" in page.locator(".vaelab-links").inner_text()
    assert not page.evaluate("document.documentElement.hasAttribute('data-stage')")


def test_a_page_that_is_loaded_again_goes_on_where_one_was(visit):
    page = visit(f"{FIVE}?present", width=1280, height=720)
    shown = "document.querySelector('article').vaelabPresenter"
    page.wait_for_function(f"{shown}?.stops.length > 10")
    for _ in range(7):
        page.keyboard.press("PageDown")
    page.wait_for_function(f"{shown}.index === 7")
    page.reload()
    page.wait_for_function(f"{shown}?.index === 7")


def test_a_widget_is_alive_on_the_stage_and_hands_its_keys_on(visit):
    page = visit(FIVE, width=1280, height=720)
    page.keyboard.press("Alt+p")
    page.evaluate(
        """() => {
          const stage = document.querySelector("article").vaelabPresenter;
          const holds = ({ node }) => node.matches(".vaelab-widget") || node.querySelector(".vaelab-widget");
          stage.go(stage.stops.findIndex(({ pieces }) => pieces.some(holds)));
        }"""
    )
    page.wait_for_selector(".vaelab-alive")
    frame = framed(page, page.locator(".vaelab-widget"))
    frame.wait_for_function("document.documentElement.hasAttribute('data-stage')")
    frame.wait_for_function("document.body.scrollHeight <= innerHeight && innerHeight > 500")
    before = frame.locator(".vaelab-ledger").first.inner_text()
    frame.locator(".vaelab-knob-q").first.focus()
    page.keyboard.press("ArrowRight")
    frame.wait_for_function("before => document.querySelector('.vaelab-ledger').innerText !== before", arg=before)
    index = "document.querySelector('article').vaelabPresenter.index"
    at = page.evaluate(index)
    page.keyboard.press("PageDown")
    page.wait_for_function(f"at => {index} === at + 1", arg=at)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def served(site):
    """The site on a server, in a subfolder."""
    handler = partial(Quiet, directory=site.parent)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/{site.name}"
    server.shutdown()


def test_a_first_view_is_a_megabyte_at_most(chromium, served, pages):
    """Over the wire, where a server packs what is text."""
    for name in pages if WHOLE else ("index.html", FIVE):
        page = chromium.new_context(viewport={"width": 1280, "height": 800}).new_page()
        sizes = {}

        def note(response, sizes=sizes):
            assert response.url.startswith("http://127.0.0.1"), "another host"
            packed = not response.url.endswith((".png", ".woff2"))
            sizes[response.url] = len(gzip.compress(response.body(), 6) if packed else response.body())

        page.on("response", note)
        page.goto(f"{served}/{name}")
        page.wait_for_timeout(1500 if name in ("index.html", pages[0]) else 300)
        page.context.close()
        assert sum(sizes.values()) < 1_000_000, (name, sizes)


@pytest.mark.skipif(not WHOLE, reason="of the whole site: make site-test")
def test_the_whole_site_is_small_enough_to_be_sent(site, tmp_path):
    with zipfile.ZipFile(tmp_path / "site.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in site.rglob("*"):
            archive.write(path)
    assert (tmp_path / "site.zip").stat().st_size < 30_000_000


@pytest.mark.skipif(WHOLE, reason="there it was drawn anew")
def test_a_figure_is_the_one_that_the_notebook_drew(site):
    """Packed anew, pixel for pixel."""
    cells = nbformat.read(paths()[1], as_version=4).cells
    png = next(o.data["image/png"] for c in cells for o in c.get("outputs", []) if "image/png" in o.get("data", {}))
    shown = soup(site / "notebooks" / f"{paths()[1].stem}.html").select(".vaelab-figure img")[0]["src"]
    ours, theirs = Image.open(site / "notebooks" / shown), Image.open(io.BytesIO(base64.b64decode(png)))
    assert np.array_equal(np.asarray(ours.convert("RGBA")), np.asarray(theirs.convert("RGBA")))
