"""ReparameterizationPlayground, driven in a browser: where the draws lie, the histograms, the knobs.

The draws' statistics and both estimators are held against autograd and integrals in
tests/package/test_reparameterization_playground_estimators.py.
"""

import math

import numpy as np
import pytest
import torch
from support import node, widget_page
from support.estimators import drawn_estimates, exact, f
from support.widget_page import MARGIN, ink, inside, pictures, settle
from torch.distributions import Normal

import vaelab as vl
from vaelab.toy import integrate

DRAWS = ".vaelab-draws canvas"
HISTOGRAMS = ".vaelab-histogram canvas"
MU, SIGMA = "Mean μ of q", "Standard deviation σ of q"
Z_ROW, EPS_ROW = 0, -1.15  # heights in the first chart


@pytest.fixture
def playground():
    return vl.ReparameterizationPlayground(f)


@pytest.fixture
def shown(page, playground):
    widget_page.show(page, playground)
    return page


def press(page, name: str, keys: str, times: int = 1) -> None:
    page.get_by_role("slider", name=name).focus()
    for _ in range(times):
        page.keyboard.press(keys)


def columns(page, row: float, color: str) -> np.ndarray:
    """Which columns of the first chart show this colour in the row of the z or of the eps."""
    found = page.locator(DRAWS).evaluate(
        """(c, [share, { top, bottom }]) => {
             const y = Math.round(top + share * (c.height - top - bottom)) + 2; // beside the line
             return Array.from(c.getContext("2d").getImageData(0, y, c.width, 1).data);
           }""",
        [(1.25 - row) / (1.25 + 1.6), MARGIN],
    )
    red, _, blue, opacity = np.array(found).reshape(-1, 4).T
    return (opacity > 200) & ((blue - red > 90) if color == "blue" else (red - blue > 90))


def expected(page, values, half: int, largest: int) -> np.ndarray:
    """The columns that markers at these values cover, the one of the chosen draw (the eps nearest to -1.3) larger."""
    width = page.locator(DRAWS).evaluate("c => c.width")
    x = np.arange(width) + 0.5
    cover = np.zeros(width, bool)
    for i, value in enumerate(values):
        centre = MARGIN["left"] + (value + 4) / 8 * (width - MARGIN["left"] - MARGIN["right"])
        cover |= np.abs(x - centre) < (largest if i == 0 else half)
    return cover


def chosen_first(eps: list[float]) -> np.ndarray:
    return np.array(sorted(eps, key=lambda e: abs(e + 1.3)))


def z_are(page, z) -> bool:
    """Whether the squares lie at these z, the chosen one first: to a pixel at each square's edges."""
    return (columns(page, Z_ROW, "blue") ^ expected(page, z, 4, 6)).sum() <= len(z)


def eps_are(page, eps) -> bool:
    """The circles, which are a little narrower beside the line."""
    return (columns(page, EPS_ROW, "orange") ^ expected(page, eps, 3.5, 5.7)).sum() <= 2 * len(eps)


def number(text: str) -> float:
    return float(text.replace("−", "-").replace(",", ""))


def terms(page) -> dict[str, str]:
    texts = page.locator(".vaelab-beside .vaelab-terms span").all_inner_texts()
    return dict(zip(texts[::2], texts[1::2], strict=True))


def table(page) -> list[list[str]]:
    return [row.locator("th, td").all_inner_texts() for row in page.locator(".vaelab-table tr").all()]


def draws(page) -> int:
    return int(number(table(page)[0][0].removesuffix(" draws")))


def normals(count: int) -> torch.Tensor:
    """The numbers that the page draws for the histograms."""
    found = node.run("shared/random.js", "Array.from({ length: count }, normals(2))", count=count)
    return torch.tensor(found, dtype=torch.float64)


def hundreds(page, times: int) -> None:
    """Presses the button so often."""
    button = page.get_by_role("button", name="100 draws")
    button.evaluate("(button, times) => { for (let i = 0; i < times; i++) button.click(); }", times)


def test_each_z_is_mu_plus_sigma_eps_and_the_eps_stand_still(shown, playground):
    eps = chosen_first(playground._eps)
    assert len(eps) == 15 and np.abs(np.diff(np.sort(eps))).min() > 0.05, "one can tell the draws apart"
    assert z_are(shown, 1 + 0.5 * eps) and eps_are(shown, eps)
    assert not z_are(shown, 1 - 0.5 * eps) and not z_are(shown, 1.03 + 0.5 * eps), "the test sees a difference"
    press(shown, MU, "ArrowLeft", 7)
    assert z_are(shown, 0.65 + 0.5 * eps) and eps_are(shown, eps)
    press(shown, SIGMA, "ArrowRight", 15)
    assert z_are(shown, 0.65 + 0.8 * eps) and eps_are(shown, eps)
    shown.evaluate("window.model.set('mu', -0.5)")  # what arrives when Python sets playground.mu
    assert z_are(shown, -0.5 + 0.8 * eps)


def test_the_knobs_follow_the_mouse_and_python_learns_of_it(shown):
    left, _, width, _ = inside(shown, DRAWS)
    for name, trait, to in ((MU, "mu", -0.4), (SIGMA, "sigma", 1.2)):
        knob = shown.get_by_role("slider", name=name)
        box = knob.bounding_box()
        mu = shown.evaluate("window.model.get('mu')")
        x = left + ((to if trait == "mu" else mu + to) + 4) / 8 * width
        shown.mouse.move(box["x"] + 16, box["y"] + 16)
        shown.mouse.down()
        shown.mouse.move(x, box["y"] + 40, steps=5)
        shown.mouse.up()
        assert shown.evaluate("name => window.model.get(name)", trait) == pytest.approx(to, abs=0.01)
        assert knob.bounding_box()["x"] + 16 == pytest.approx(x, abs=1)
        assert number(knob.get_attribute("aria-valuetext")[4:]) == pytest.approx(to, abs=0.01)
    assert shown.evaluate("window.saved.length") >= 10


def test_the_keys_reach_the_ends_and_no_further(shown):
    press(shown, MU, "End")
    press(shown, SIGMA, "Home")
    press(shown, SIGMA, "ArrowLeft")
    assert shown.evaluate("[window.model.get('mu'), window.model.get('sigma')]") == [2, 0.1]
    press(shown, SIGMA, "Shift+ArrowRight")
    assert shown.evaluate("window.model.get('sigma')") == 0.102


def test_the_written_numbers_are_those_of_the_chosen_draw(shown, playground):
    eps = chosen_first(playground._eps)[0]
    minus = f"{eps:.2f}".replace("-", "−")
    told = terms(shown)
    assert told["ε, thick line"] == told["∂z/∂σ = ε"] == minus and told["∂z/∂μ"] == "1"
    assert told["z = μ + σε"] == f"1.00 + 0.50 × ({minus}) = {1 + 0.5 * eps:.2f}"
    assert told["last move"] == "none yet"
    press(shown, MU, "ArrowRight")
    assert terms(shown)["last move"] == "Δz / Δμ = 0.050 / 0.050 = 1.00"
    press(shown, SIGMA, "ArrowRight")
    dz = f"{0.02 * eps:.3f}".replace("-", "−")
    assert terms(shown)["last move"] == f"Δz / Δσ = {dz} / 0.020 = {minus}"


def test_without_the_trick_z_jumps_and_has_no_derivative(shown, playground):
    eps = chosen_first(playground._eps)
    shown.get_by_label("without the trick").check()
    assert not columns(shown, EPS_ROW, "orange").any(), "there are no eps then"
    assert shown.get_by_role("button", name="New ε").is_disabled()
    press(shown, MU, "ArrowLeft", 20)  # to mu = 0
    seen, quotients = [], []
    for _ in range(3):
        press(shown, MU, "Shift+ArrowRight")
        press(shown, MU, "Shift+ArrowLeft")
        told = terms(shown)
        assert told["∂z/∂μ"] == told["∂z/∂σ"] == "none"
        quotients.append(number(told["last move"].split("=")[-1]))
        seen.append(number(told["z ~ N(μ, σ²)"]))
    assert len(set(seen)) == 3 and max(map(abs, quotients)) > 2, "a step of 0.005, and a jump"
    shown.get_by_label("without the trick").uncheck()
    assert z_are(shown, 0.5 * eps) and eps_are(shown, eps), "the old eps are there again"


def test_new_eps_bring_new_z(shown):
    for _ in range(3):
        before = columns(shown, EPS_ROW, "orange")
        shown.get_by_role("button", name="New ε").click()
        assert (columns(shown, EPS_ROW, "orange") != before).any()
        told = terms(shown)
        e = number(told["ε, thick line"])
        assert number(told["z = μ + σε"].split("=")[-1]) == pytest.approx(1 + 0.5 * e, abs=0.011)


def test_a_z_outside_the_axis_is_pointed_at(shown):
    press(shown, SIGMA, "End")
    press(shown, MU, "End")
    blue = columns(shown, Z_ROW, "blue")
    width = len(blue)
    assert blue[width - 20 : width - MARGIN["right"]].any(), "an arrow at the right edge"


def test_at_the_start_the_variances_are_those_of_the_notebook(shown):
    assert table(shown)[4] == ["exactly", "2.73", "86.7"]
    assert shown.locator(".vaelab-summary").inner_text() == "Ratio of the variances: –, exactly 31.8."
    average = integrate(lambda z: Normal(1.0, 0.5).log_prob(z).exp() * f(z)).item()
    assert f"mean of f under q is −{-average:.2f}:" in shown.locator(".vaelab-gradients").inner_text()
    shown.get_by_label("∂F/∂σ").check()
    assert table(shown)[4] == ["exactly", "14.2", "256"]


def test_the_bars_are_the_counts_and_what_lies_outside_is_counted(shown):
    hundreds(shown, 20)
    assert draws(shown) == 2000
    truth = drawn_estimates(normals(2000), 1.0, 0.5, "mu")
    for text, estimates in zip(table(shown)[3][1:], truth, strict=True):
        assert number(text) == pytest.approx(estimates.var(ddof=1), rel=0.006), "from the same eps"
    (gradient, _), variances = exact(1.0, 0.5, "mu")
    half = 2.5 * max(variances) ** 0.5
    edges = np.linspace(gradient - half, gradient + half, 62)
    outside = shown.locator(".vaelab-outside").all_inner_texts()
    for estimates, text in zip(truth, outside, strict=True):
        assert text == f"outside: ◂ {(estimates < edges[0]).sum()}, {(estimates > edges[-1]).sum()} ▸"
    assert "◂ 0" not in outside[1] and " 0 ▸" not in outside[1]
    for which, estimates in enumerate(truth):
        tops = np.array(heights(shown, which, sign=1 if which == 0 else -1))
        left, width = MARGIN["left"], (len(tops) - MARGIN["left"] - MARGIN["right"]) / 61
        bars = np.array([tops[int(left + i * width + 2) : int(left + (i + 1) * width - 1)].max() for i in range(61)])
        counts = np.histogram(estimates, edges)[0]
        scale = bars.max() / counts.max()
        assert bars.max() > 40
        aside = np.arange(61) != 30  # there the exact gradient's line covers the bar
        assert np.abs(bars - counts * scale)[aside].max() < 3, which


def heights(page, which: int, sign: int) -> list[int]:
    """For each column of a histogram's canvas how high its bluish (sign 1) or reddish (-1) pixels reach."""
    return (
        page.locator(HISTOGRAMS)
        .nth(which)
        .evaluate(
            """(c, [sign, { top, bottom }]) => {
                 const [width, height] = [c.width, c.height - top - bottom];
                 const { data } = c.getContext("2d").getImageData(0, top, width, height);
                 const tinted = (i) => sign * (data[i + 2] - data[i]) > 60 && data[i + 3] > 30;
                 return Array.from({ length: width }, (_, x) => {
                   let y = 0;
                   while (y < height && !tinted(4 * (y * width + x))) y++;
                   return height - y;
                 });
               }""",
            [sign, MARGIN],
        )
    )


def test_a_baseline_moves_the_score_estimates_alone(shown):
    shown.get_by_role("button", name="100 draws").click()
    before, pathwise, score = table(shown), *pictures(shown, HISTOGRAMS)
    shown.get_by_role("slider", name="baseline b").fill("-4.3")
    after, same, other = table(shown), *pictures(shown, HISTOGRAMS)
    assert [row[1] for row in before] == [row[1] for row in after] and pathwise == same
    assert other != score and after[2][2] == before[2][2], "the mean stays"
    assert number(after[4][2]) < 0.6 * number(before[4][2])
    assert "(f(z) + 4.3) ε / σ" in shown.locator(".vaelab-gradients").inner_text()
    truth = drawn_estimates(normals(100), 1.0, 0.5, "mu", b=-4.3)[1]
    assert number(after[3][2]) == pytest.approx(truth.var(ddof=1), rel=0.006), "from the same draws"


def test_play_fills_the_histograms_until_one_pauses(shown):
    assert draws(shown) == 0
    shown.get_by_role("button", name="Play").click()
    shown.wait_for_function("parseInt(document.querySelector('.vaelab-table td').innerText) > 20")
    shown.get_by_role("button", name="Pause").click()
    count, picture = draws(shown), pictures(shown, HISTOGRAMS)
    settle(shown)
    settle(shown)
    assert draws(shown) == count and pictures(shown, HISTOGRAMS) == picture
    press(shown, MU, "ArrowRight")
    assert draws(shown) == 0, "another q, other draws"
    shown.get_by_role("button", name="100 draws").click()
    shown.get_by_role("slider", name=MU).click()
    assert draws(shown) == 100, "touching a knob moves nothing"
    shown.get_by_role("button", name="Start again").click()
    assert draws(shown) == 0 and table(shown)[1][1:] == ["–", "–"]


def test_a_widget_that_is_taken_away_stops(shown):
    shown.get_by_role("button", name="Play").click()
    shown.evaluate("window.cleanup()")
    count, written = draws(shown), terms(shown)
    shown.evaluate("window.model.set('mu', 0)")
    settle(shown)
    settle(shown)
    assert draws(shown) == count and terms(shown) == written


def test_two_widgets_on_a_page_do_not_share_their_switch(shown, playground):
    widget_page.show(shown, playground)
    shown.get_by_label("∂F/∂σ").nth(1).check()
    assert shown.get_by_label("∂F/∂μ").nth(0).is_checked()


def test_a_step_has_no_pathwise_gradient_and_the_page_shows_it(page):
    widget_page.show(page, vl.ReparameterizationPlayground(lambda z: (z > 0).double(), mu=0.3))
    page.get_by_role("button", name="100 draws").click()
    _, means, exact_means, variances, _ = table(page)
    truth = math.exp(-(0.3**2) / (2 * 0.5**2)) / (0.5 * math.sqrt(2 * math.pi))
    assert number(exact_means[2]) == pytest.approx(truth, rel=0.01)
    assert means[1] == "0.00 ± 0.00" and number(exact_means[1]) == number(variances[1]) == 0
    assert "variances: –, exactly –" in page.locator(".vaelab-summary").inner_text()


def test_without_f_there_are_only_the_draws(page):
    playground = vl.ReparameterizationPlayground(mu=-1)
    widget_page.show(page, playground)
    assert z_are(page, -1 + 0.5 * chosen_first(playground._eps))
    assert page.locator(HISTOGRAMS).count() == 0
    assert [button.inner_text() for button in page.get_by_role("button").all()] == ["New ε"]


def test_touch_drags_too_on_a_narrow_screen(chromium, playground):
    context = chromium.new_context(has_touch=True, viewport={"width": 380, "height": 900})
    page = context.new_page()
    page.set_content("<!doctype html><body style='height: 3000px'></body>")
    widget_page.show(page, playground)
    assert page.evaluate("document.documentElement.scrollWidth") <= 380
    hundreds(page, 3)
    assert page.evaluate("document.documentElement.scrollWidth") <= 380, "with numbers in the table, too"
    box = page.get_by_role("slider", name=MU).bounding_box()
    finger = context.new_cdp_session(page)
    x, y = box["x"] + 16, box["y"] + 16
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 6):
        point = {"x": x - 10 * step, "y": y + 20 * step}
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert page.evaluate("window.scrollY") == 0, "the drag must not scroll the page away"
    assert page.evaluate("window.model.get('mu')") == pytest.approx(1 - 50 * 8 / inside(page, DRAWS)[2], abs=0.05)
    assert draws(page) == 0
    context.close()


def test_the_saved_page_is_alive_without_a_network(chromium, playground, tmp_path):
    path = playground.save(tmp_path / "page.html")
    context = chromium.new_context()
    context.set_offline(True)
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(path.as_uri())
    page.get_by_role("button", name="100 draws").click()
    assert draws(page) == 100 and table(page)[4] == ["exactly", "2.73", "86.7"]
    press(page, SIGMA, "ArrowRight")
    assert z_are(page, 1 + 0.52 * chosen_first(playground._eps)) and draws(page) == 0
    assert not errors and path.stat().st_size < 150_000
    context.close()


def test_in_the_dark_the_draws_are_drawn_in_light_ink(page, playground):
    inks = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        widget_page.show(page, playground)
        inks[scheme] = page.locator(DRAWS).last.evaluate(
            """(c, { left, top, bottom }) => {
                 const y = Math.round(top + (1.25 / 2.85) * (c.height - top - bottom)); // the z's line, at its left end
                 const { data } = c.getContext("2d").getImageData(left + 7, y - 1, 1, 2);
                 return Math.max(...data.filter((_, i) => i % 4 < 3));
               }""",
            MARGIN,
        )
    assert inks["light"] < 60 and inks["dark"] > 200
    assert min(ink(page, DRAWS)) > 1000


def test_the_notebook_file_gets_a_picture_and_a_sentence(playground):
    plain = vl.ReparameterizationPlayground(mu=0.5, sigma=0.2)
    assert repr(plain) == "ReparameterizationPlayground: draws z = mu + sigma * eps at mu = 0.5, sigma = 0.2."
    assert repr(playground).endswith("and two estimators of the gradient of E[f(z)].")
    for widget in (plain, playground):
        data, metadata = widget._repr_mimebundle_()
        assert len(data["image/png"]) > 10_000 and data["text/plain"] == repr(widget)
        assert widget.caption() in metadata["image/png"]["alt"]


def test_the_picture_states_the_exact_variances(playground):
    figure = playground.picture()
    titles = " ".join(ax.get_title() for ax in figure.axes)
    for variance in ("2.7", "14.2", "86.7", "255.8"):
        assert f"variance {variance}" in titles
    for ax, parameter in zip(figure.axes, ("mu", "sigma") * 2, strict=True):
        assert ax.lines[0].get_xdata()[0] == pytest.approx(exact(1.0, 0.5, parameter)[0][0], abs=1e-6)


def test_mu_and_sigma_are_checked_in_python(playground):
    playground.mu, playground.sigma = -2, 1.5
    for name, wrong in (("mu", 2.1), ("mu", math.nan), ("sigma", 0.0), ("sigma", -1), ("sigma", math.inf)):
        with pytest.raises(Exception, match=rf"{name}.* must be from .* to .*; got"):
            setattr(playground, name, wrong)
        with pytest.raises(Exception, match=rf"{name}.* must be from"):
            vl.ReparameterizationPlayground(f, **{name: wrong})
    assert (playground.mu, playground.sigma) == (-2, 1.5)


def test_an_f_that_cannot_be_used_is_refused_with_the_reason():
    with pytest.raises(TypeError, match=r"a function of z, such as lambda z: z\*\*2; got 3"):
        vl.ReparameterizationPlayground(3)
    with pytest.raises(ValueError, match=r"a tensor \(2401,\); got a tensor \(\)"):
        vl.ReparameterizationPlayground(lambda z: z.sum())
    with pytest.raises(ValueError, match=r"a tensor \(2401,\); got int"):
        vl.ReparameterizationPlayground(lambda z: 3)
    with pytest.raises(ValueError, match=r"f must be finite wherever z may fall, from -12 to 12; it is not at z = -12"):
        vl.ReparameterizationPlayground(lambda z: z.log())
    with pytest.raises(ValueError, match=r"the derivative of f must be finite .* it is not at z = -12"):
        vl.ReparameterizationPlayground(lambda z: torch.where(z > 0, z.sqrt(), 0.0))
