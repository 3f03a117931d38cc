"""ELBOPlayground, driven in a browser: what it shows, and that it follows whoever drags, presses or sets a trait.

Its numbers for any q, and the way up, are held against quadrature and a search in
tests/package/test_elbo_playground_bound.py.
"""

import math
import re

import numpy as np
import pytest
import torch
import traitlets
from support import widget_page
from support.elbo import the_best, truth
from support.widget_page import ink, inside, pictures, settle

import vaelab as vl
from vaelab.toy import Toy
from vaelab.widgets.elbo_playground import widget as elbo_playground

XS = elbo_playground.OBSERVATIONS
MU, SIGMA = "μ, the centre of q", "σ, the width of q"
CURVES, LEVELS = ".vaelab-curves canvas", ".vaelab-levels canvas"


def show(page, playground) -> None:
    widget_page.show(page, playground)
    page.locator(".vaelab-sums strong").last.wait_for()  # it has been drawn


@pytest.fixture
def shown(page):
    show(page, vl.ELBOPlayground())
    return page


def numbers(page) -> list[float]:
    """log p(x), ELBO, KL, again the ELBO, E_q[log p(x|z)], KL to the prior, as they stand on the page."""
    return [float(text.replace("−", "-")) for text in page.locator(".vaelab-sums strong").all_inner_texts()]


def put(page, **traits) -> None:
    """What arrives when Python sets a trait."""
    for name, value in traits.items():
        page.evaluate("([name, value]) => window.model.set(name, value)", [name, value])


# What is rounded by itself is right to half of the last digit; what makes a sum add up, to one and a half.
TOLERANCE = np.array([0.0005, 0.0005, 0.001, 0.0005, 0.001, 0.0005]) + 2e-5


def right(page, x, mu, sigma, toy=None) -> bool:
    """Whether the numbers on the page are those of the model."""
    evidence, bound, gap, rebuilt, price = truth(x, mu, sigma, toy)
    wrong = np.abs(np.array(numbers(page)) - [evidence, bound, gap, bound, rebuilt, price])
    return (wrong < TOLERANCE).all()


def test_the_numbers_are_those_of_the_model_whatever_python_sets(shown):
    for name, (mu, sigma) in zip(XS, [(-3, 0.05), (0.7, 0.31), (-0.4, 1), (1.26, 1.5)], strict=True):
        put(shown, observation=name)
        put(shown, mu=mu, sigma=sigma)
        assert right(shown, XS[name], mu, sigma), name


def test_python_computes_the_same():
    for name, x in XS.items():
        playground = vl.ELBOPlayground(mu=0.7, sigma=0.4, observation=name)
        terms = playground._terms()
        evidence, bound, gap, rebuilt, price = truth(x, 0.7, 0.4)
        assert list(terms.values()) == pytest.approx([evidence, bound, gap, rebuilt, price], abs=1e-8)
        said = [float(text.replace("−", "-")) for text in re.findall(r"−?\d+\.\d+", playground.caption())]
        assert said == pytest.approx([evidence, bound, gap], abs=0.0011)
        assert said[1] + said[2] == pytest.approx(said[0], abs=1e-9)


def test_a_model_with_other_noise_and_an_x_of_ones_own(page):
    x = [0.5, 0.4, -0.3]
    show(page, vl.ELBOPlayground(Toy(sigma=0.1), torch.tensor(x, dtype=torch.float64), mu=0.5, sigma=0.2))
    assert right(page, x, 0.5, 0.2, Toy(sigma=0.1))
    assert page.get_by_label("x, (0.5, 0.4, −0.3)").is_checked()


def centre(page, name) -> tuple[float, float]:
    box = page.get_by_role("slider", name=name).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def pull(page, name, right, down=0) -> None:
    x, y = centre(page, name)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + right, y + down, steps=5)
    page.mouse.up()


def width_of_one(page) -> float:
    """CSS pixels that one unit of z takes."""
    _, _, width, _ = inside(page, CURVES)
    return width / 9


def test_a_drag_moves_q_and_the_elbo_and_leaves_log_p_x_alone(shown):
    before, pixels = numbers(shown), pictures(shown, "canvas")
    start = centre(shown, MU)
    pull(shown, MU, 60)
    after = numbers(shown)
    assert after[0] == before[0] == -4.553
    assert after[1] != before[1] and after[2] != before[2]
    assert all(a != b for a, b in zip(pictures(shown, "canvas"), pixels, strict=True))
    assert centre(shown, MU)[0] == pytest.approx(start[0] + 60, abs=1)
    mu = shown.evaluate("window.model.get('mu')")
    assert mu == pytest.approx(60 / width_of_one(shown), abs=0.02)
    assert f"μ = {mu:.2f}, σ = 1.00" in shown.locator(".vaelab-controls").inner_text()
    shown.wait_for_function("window.saved.length > 0")  # Python is told


def test_the_other_dot_widens_q(shown):
    put(shown, mu=0.8)
    pull(shown, SIGMA, -0.5 * width_of_one(shown))
    assert shown.evaluate("window.model.get('sigma')") == pytest.approx(0.5, abs=0.03)
    assert shown.evaluate("window.model.get('mu')") == 0.8
    pull(shown, SIGMA, -400)  # past the centre
    assert shown.evaluate("window.model.get('sigma')") == 0.05
    pull(shown, SIGMA, 1000)
    assert shown.evaluate("window.model.get('sigma')") == 1.5


def test_both_dots_can_be_reached_whatever_q_is(shown):
    chart = shown.locator(".vaelab-curves .vaelab-chart").bounding_box()
    for mu in (-3, 0, 3):
        for sigma in (0.05, 0.3, 1.5):
            put(shown, mu=mu, sigma=sigma)
            (x1, y1), (x2, y2) = centre(shown, MU), centre(shown, SIGMA)
            assert math.hypot(x2 - x1, y2 - y1) > 24, "apart by a finger's breadth, as WCAG 2.2 asks"
            for x, y in ((x1, y1), (x2, y2)):
                assert chart["x"] <= x <= chart["x"] + chart["width"]
                assert chart["y"] <= y <= chart["y"] + chart["height"]


def test_the_keys_move_q_and_a_screen_reader_is_told(shown):
    mu, sigma = (shown.get_by_role("slider", name=name) for name in (MU, SIGMA))
    mu.focus()
    for key, value in (("ArrowRight", 0.1), ("Shift+ArrowUp", 0.11), ("ArrowLeft", 0.01), ("Home", -3), ("End", 3)):
        shown.keyboard.press(key)
        assert shown.evaluate("window.model.get('mu')") == pytest.approx(value), key
    sigma.focus()
    shown.keyboard.press("ArrowDown")
    assert shown.evaluate("window.model.get('sigma')") == pytest.approx(0.95)
    _, bound, gap, *_ = numbers(shown)
    told = f"0.95. ELBO −{-bound:.3f}, KL to the posterior {gap:.3f} nats"
    assert sigma.get_attribute("aria-valuetext") == told
    assert mu.get_attribute("aria-valuetext").startswith("3.00. ELBO")


def test_touch_drags_without_scrolling_the_page(chromium):
    context = chromium.new_context(has_touch=True, viewport={"width": 380, "height": 900})
    page = context.new_page()
    page.set_content("<!doctype html><body style='height: 3000px'></body>")
    show(page, vl.ELBOPlayground())
    x, y = centre(page, MU)
    finger = context.new_cdp_session(page)
    for kind, shift in (("touchStart", 0), *(("touchMove", 8 * step) for step in range(1, 9)), ("touchEnd", None)):
        points = [] if shift is None else [{"x": x + shift, "y": y + shift}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert page.evaluate("window.model.get('mu')") == pytest.approx(64 / width_of_one(page), abs=0.03)
    assert page.evaluate("window.scrollY") == 0
    context.close()


def press(page) -> None:
    """The button, until the climb is at its end."""
    page.get_by_role("button", name="Climb to the best q").click()
    page.get_by_text("At the top").wait_for(timeout=20_000)


def climb(page) -> list[float]:
    press(page)
    mu, sigma = page.evaluate("[window.model.get('mu'), window.model.get('sigma')]")
    return [mu, sigma, numbers(page)[1]]


def test_where_less_motion_is_wanted_the_button_goes_to_the_top_at_once(page):
    page.emulate_media(reduced_motion="reduce")
    name, start = "two humps far apart", (-1.0, 0.5)  # the other hump: a top, not the highest
    show(page, vl.ELBOPlayground(mu=start[0], sigma=start[1], observation=name))
    page.evaluate("window.moves = 0; window.model.on('change:sigma', () => window.moves++)")
    assert climb(page) == pytest.approx(the_best(XS[name], start), abs=0.002)
    assert numbers(page)[2] == pytest.approx(1.301, abs=0.0011)
    assert page.evaluate("window.moves") == 1
    put(page, sigma=1.2)
    assert page.get_by_role("status").inner_text() == "", "what was said of the top is taken back when q moves"


def test_the_climb_is_seen_ends_and_never_goes_down(shown):
    shown.evaluate("""() => {
      window.path = [];
      const read = () => Number(document.querySelectorAll(".vaelab-sums strong")[1].textContent.replace("−", "-"));
      window.model.on("change:sigma", () => window.path.push(read()));
    }""")
    mu, sigma, bound = climb(shown)
    path = shown.evaluate("window.path")
    assert 10 < len(path) < 300 and path == sorted(path)
    assert (round(mu, 2), round(sigma, 2), bound) == (1.26, 0.49, -5.010)
    settle(shown)
    assert shown.evaluate("window.path.length") == len(path), "it has come to rest"


def test_whoever_drags_ends_the_climb(shown):
    shown.get_by_role("button", name="Climb to the best q").click()
    shown.get_by_role("slider", name=MU).focus()
    shown.keyboard.press("Home")
    settle(shown)
    assert shown.evaluate("window.model.get('mu')") == -3
    assert shown.get_by_role("button", name="Climb to the best q").is_visible()
    assert shown.get_by_role("status").inner_text() == ""


def blue(page, selector) -> int:
    """How many pixels of a canvas have the blue of q and the ELBO."""
    return page.locator(selector).evaluate(
        """c => {
          const { data } = c.getContext("2d").getImageData(0, 0, c.width, c.height);
          let count = 0;
          for (let i = 0; i < data.length; i += 4)
            count += data[i] < 30 && data[i + 1] > 90 && data[i + 2] > 150 && data[i + 3] > 200;
          return count;
        }"""
    )


def test_the_best_elbo_so_far_leaves_a_mark_for_each_observation(page):
    """The same q, come to by way of a better one, shows the better one's curve and level as well."""
    traces = []
    for mu, sigma in ((2.5, 1.4), (1.2, 0.5)):
        page.set_content("<!doctype html><body></body>")
        show(page, vl.ELBOPlayground(mu=mu, sigma=sigma))
        put(page, sigma=1.4, mu=2.5)
        traces.append((blue(page, CURVES), blue(page, LEVELS)))
    assert traces[1][0] > traces[0][0] and traces[1][1] > traces[0][1]
    put(page, observation="one hump", mu=0.0, sigma=1.0)
    put(page, observation="two humps", mu=2.5, sigma=1.4)
    assert (blue(page, CURVES), blue(page, LEVELS)) == traces[1], "it is kept"


def orange_heights(page) -> tuple[int, int]:
    """The first and the last row, in CSS pixels, of the orange gap in the picture of the levels."""
    rows = page.locator(LEVELS).evaluate(
        """c => {
          const { data } = c.getContext("2d").getImageData(0, 0, c.width, c.height);
          const rows = [];
          for (let i = 0; i < data.length; i += 4)
            if (data[i] > 180 && data[i + 1] < 130 && data[i + 2] < 60) rows.push(Math.floor(i / 4 / c.width));
          return rows;
        }"""
    )
    return rows[0], rows[-1]


def test_the_gap_is_drawn_from_a_level_that_stays_to_the_elbo(shown):
    _, top_of_all, _, height = inside(shown, LEVELS)
    top_of_all -= shown.locator(LEVELS).bounding_box()["y"]
    per_nat = height / (1 + 4.553 + 4.4)
    tops = []
    for mu, sigma in ((0, 1), (-1.2, 0.6), (0.5, 1.3)):
        put(shown, mu=mu, sigma=sigma)
        top, bottom = orange_heights(shown)
        tops.append(top)
        assert top == pytest.approx(top_of_all + per_nat * (1 + 4.553), abs=2)
        assert bottom - top == pytest.approx(per_nat * numbers(shown)[2], abs=4)  # lines lie over its ends
    assert len(set(tops)) == 1


def test_another_observation_brings_another_posterior(shown):
    before = pictures(shown, "canvas")
    shown.get_by_label("nearly Gaussian").check()
    assert numbers(shown)[0] == -1.579
    assert all(a != b for a, b in zip(pictures(shown, "canvas"), before, strict=True))
    shown.keyboard.press("ArrowUp")  # the group is one of native radio buttons
    assert numbers(shown)[0] == -3.320
    shown.wait_for_function("window.saved.length > 0")
    put(shown, observation="two humps")
    assert shown.get_by_label("two humps, ").is_checked() and pictures(shown, "canvas") == before


def test_two_playgrounds_on_a_page_choose_for_themselves(page):
    show(page, vl.ELBOPlayground())
    show(page, vl.ELBOPlayground())
    page.get_by_label("one hump").nth(0).check()
    page.get_by_label("nearly Gaussian").nth(1).check()
    assert page.get_by_label("one hump").nth(0).is_checked()


def test_a_saved_page_is_alive_without_a_network(chromium, tmp_path):
    path = vl.ELBOPlayground().save(tmp_path / "elbo.html")
    assert path.stat().st_size < 300_000
    context = chromium.new_context(offline=True, reduced_motion="reduce")
    page = context.new_page()
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(path.as_uri())
    page.locator(".vaelab-sums strong").first.wait_for()
    assert right(page, XS["two humps"], 0, 1)
    press(page)
    assert numbers(page)[:3] == [-4.553, -5.010, 0.457]
    pull(page, MU, -80)
    assert numbers(page)[1] < -5.010
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == [] and errors == []
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_narrow_screen_in_light_and_dark(page, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 380, "height": 900})
    show(page, vl.ELBOPlayground())
    assert page.evaluate("document.documentElement.scrollWidth") <= 380
    assert min(ink(page, "canvas")) > 1000
    for label in page.locator(".vaelab-columns span").all():
        assert label.evaluate("node => node.scrollWidth <= node.clientWidth"), label.inner_text()
    put(page, mu=0.5)
    words = page.locator(LEVELS).evaluate("c => getComputedStyle(c).color")
    assert words == ("rgb(0, 0, 0)" if scheme == "light" else "rgb(255, 255, 255)")


def test_nothing_listens_once_it_is_gone(shown):
    shown.get_by_role("button", name="Climb to the best q").click()
    shown.evaluate("window.cleanup()")
    before = pictures(shown, "canvas"), numbers(shown), shown.evaluate("[model.get('mu'), window.saved.length]")
    put(shown, sigma=0.3)
    shown.set_viewport_size({"width": 600, "height": 700})
    settle(shown)
    assert numbers(shown) == before[1] and pictures(shown, "canvas") == before[0]
    assert shown.evaluate("[model.get('mu'), window.saved.length]") == before[2]


def test_traits_are_checked_in_python():
    playground = vl.ELBOPlayground()
    playground.mu, playground.sigma, playground.observation = -2.5, 0.05, "one hump"
    wrong = {"mu": [3.1, math.nan], "sigma": [0, -1, 1.6, math.inf], "observation": ["none such", ""]}
    for name, values in wrong.items():
        for value in values:
            with pytest.raises(traitlets.TraitError, match=f"{name} must be"):
                setattr(playground, name, value)
    with pytest.raises(traitlets.TraitError, match=r"sigma must be a number from 0\.05 to 1\.5"):
        vl.ELBOPlayground(sigma=2.0)
    assert (playground.mu, playground.sigma, playground.observation) == (-2.5, 0.05, "one hump")


@pytest.mark.parametrize(
    ("x", "says"),
    [
        ([1.0, 2.0], "three finite numbers"),
        ([1.0, 2.0, math.nan], "three finite numbers"),
        ({"a": [1.6, 0.1, 0.05], "b": "text"}, "three numbers"),
        ({}, "nothing to observe"),
        ([20.0, 0.0, 0.0], "take an x whose first number is smaller"),
    ],
)
def test_an_x_that_cannot_be_shown_is_refused(x, says):
    with pytest.raises(ValueError, match=says):
        vl.ELBOPlayground(x=x)


def test_the_model_comes_first():
    with pytest.raises(TypeError, match=re.escape("ELBOPlayground(vl.Toy(), x)")):
        vl.ELBOPlayground([1.6, 0.1, 0.05])


def test_a_name_is_text_and_not_html(page):
    show(page, vl.ELBOPlayground(x={"<img src=x onerror='window.run = 1'>": [1.6, 0.1, 0.05]}))
    assert page.get_by_text("<img src=x").is_visible()
    assert page.evaluate("window.run === undefined && !document.querySelector('img')")


def test_the_picture_says_what_it_shows():
    x = {"<b>$x_{$": torch.tensor([1.6, 0.1, 0.05], dtype=torch.float64)}  # a name is no formula
    playground = vl.ELBOPlayground(x=x, mu=-3, sigma=0.1)  # its ELBO lies below the levels that are shown
    data, metadata = playground._repr_mimebundle_()
    assert data["text/plain"] == repr(playground) and data["image/png"].startswith(b"\x89PNG")
    alt = metadata["image/png"]["alt"]
    assert "log p(x) = −4.553 nats, whatever q is" in alt and "−25.985" in alt
