"""KLPlayground, driven in a browser: its numbers are those of torch.distributions, however they came about.

What the page computes of any q and p is held against torch and quadrature in
tests/package/test_kl_playground_divergence.py.
"""

import itertools
import math

import ipywidgets
import pytest
import torch
from support import widget_page
from support.widget_page import MARGIN, inside, pictures, settle
from torch.distributions import Normal, kl_divergence
from traitlets import TraitError

import vaelab as vl

KNOBS = {
    "mu": "Mean of q",
    "sigma": "Standard deviation of q",
    "mu_p": "Mean of p",
    "sigma_p": "Standard deviation of p",
}
ROUNDING = 0.0005 + 1e-9


@pytest.fixture
def shown(page):
    """A page with room for all of it."""
    page.set_viewport_size({"width": 1000, "height": 800})
    widget_page.show(page, vl.KLPlayground())
    return page


def put(page, **numbers):
    """What arrives when Python sets the traits."""
    for name, number in numbers.items():
        page.evaluate("([name, number]) => window.model.set(name, number)", [name, number])


def values(page) -> list[float]:
    return page.evaluate("['mu', 'sigma', 'mu_p', 'sigma_p'].map((name) => window.model.get(name))")


def sums(page) -> list[dict[str, float]]:
    """The four tables: integral and closed form of KL(q || p), then of KL(p || q)."""
    return [
        {
            row.locator("th").inner_text(): float(row.locator("td").inner_text().replace("−", "-"))
            for row in table.locator("tr").all()
        }
        for table in page.locator("table").all()
    ]


def totals(page) -> list[float]:
    return page.locator("tr:last-child td").evaluate_all("cells => cells.map((cell) => Number(cell.textContent))")


def truth(mu, sigma, mu_p, sigma_p) -> tuple[float, float]:
    q, p = (Normal(*torch.tensor(pair, dtype=torch.float64)) for pair in ((mu, sigma), (mu_p, sigma_p)))
    return kl_divergence(q, p).item(), kl_divergence(p, q).item()


def right(page) -> bool:
    """Whether integral and closed form are what torch says of the present setting."""
    q_p, p_q = truth(*values(page))
    return totals(page) == pytest.approx([q_p, q_p, p_q, p_q], abs=ROUNDING)


def knob(page, name):
    return page.get_by_role("slider", name=KNOBS[name])


def drag(page, name: str, right: float, *, grip: tuple[float, float] = (0, 0)):
    """Takes hold of a knob and moves it, so many pixels to the right."""
    box = knob(page, name).bounding_box()
    x, y = box["x"] + box["width"] / 2 + grip[0], box["y"] + box["height"] / 2 + grip[1]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + right, y + 5, steps=6)
    page.mouse.up()


def place(page, z: float) -> float:
    """Where z lies in the charts, in pixels of the page."""
    left, _, width, _ = inside(page, "canvas >> nth=0")
    return left + (z + 5) / 10 * width


def centre(page, name: str) -> float:
    box = knob(page, name).bounding_box()
    return box["x"] + box["width"] / 2


def test_whatever_python_sets_both_numbers_are_the_kl(shown):
    for setting in [(1, 0.5, 0, 1), (0, 2.5, 0, 0.59), (2.5, 2.5, -2.5, 0.1), (-2.5, 0.1, 2.5, 2.5)]:
        put(shown, **dict(zip(KNOBS, setting, strict=True)))
        assert right(shown), setting


def test_the_tables_show_the_areas_above_and_below_zero(shown):
    put(shown, mu=2.0, sigma=1.0)  # log (q / p) = 2 z - 2
    q_p, _, p_q, _ = sums(shown)
    # By hand: E_q[2 z - 2; z > 1] and E_q[2 z - 2; z < 1], of z ~ N(2, 1), and the same the other way round.
    density, mass = math.exp(-0.5) / math.sqrt(2 * math.pi), 0.5 * (1 + math.erf(1 / math.sqrt(2)))
    above, below = 2 * (mass + density), 2 * (1 - mass - density)
    for table, name in ((q_p, "KL(q ‖ p)"), (p_q, "KL(p ‖ q)")):
        assert list(table) == ["+ above zero", "− below zero", name]
        assert list(table.values()) == pytest.approx([above, below, 2.0], abs=ROUNDING + 1e-4)


def test_the_closed_form_is_the_sum_of_its_terms(shown):
    put(shown, mu=1.3, sigma=0.7, mu_p=-0.4, sigma_p=1.6)
    _, q_p, _, p_q = sums(shown)
    assert list(q_p)[:3] == ["½ (μ − μₚ)² / σₚ²", "½ σ² / σₚ²", "− ½ log(σ² / σₚ²)"]
    expected = [1.7**2 / 1.6**2 / 2, 0.7**2 / 1.6**2 / 2, -math.log(0.7**2 / 1.6**2) / 2, -0.5]
    assert list(q_p.values())[:4] == pytest.approx(expected, abs=ROUNDING)
    expected = [1.7**2 / 0.7**2 / 2, 1.6**2 / 0.7**2 / 2, -math.log(1.6**2 / 0.7**2) / 2, -0.5]
    assert list(p_q.values())[:4] == pytest.approx(expected, abs=ROUNDING)


def test_with_p_standard_normal_it_is_the_formula_of_the_vae(shown):
    put(shown, mu=2.0, sigma=0.5)
    _, q_p, _, p_q = sums(shown)
    logvar = 2 * math.log(0.5)
    assert list(q_p.items())[:4] == [
        ("½ μ²", 2.0),
        ("½ σ²", 0.125),
        ("− ½ log σ²", round(-logvar / 2, 3)),
        ("− ½", -0.5),
    ]
    assert list(p_q.items())[:3] == [("½ μ² / σ²", 8.0), ("½ / σ²", 2.0), ("½ log σ²", round(logvar / 2, 3))]
    mu, logvar = torch.tensor([[2.0]]), torch.tensor([[logvar]])
    assert q_p["KL(q ‖ p)"] == pytest.approx(vl.kl_to_standard_normal(mu, logvar).item(), abs=ROUNDING)


def test_knobs_are_dragged_and_all_follows(shown):
    shown.get_by_label("p = N(0, 1)").uncheck()
    for name, pixels in (("mu", -80), ("sigma", 60), ("mu_p", 70), ("sigma_p", 30)):
        before, old, at = values(shown), pictures(shown, "canvas"), centre(shown, name)
        drag(shown, name, pixels)
        changed = [a != b for a, b in zip(before, values(shown), strict=True)]
        assert changed == [each == name for each in KNOBS], "the one that was dragged, and no other"
        assert centre(shown, name) == pytest.approx(at + pixels, abs=1), "the knob is under the mouse"
        assert all(new != was for new, was in zip(pictures(shown, "canvas"), old, strict=True))
        assert right(shown)
    mu, sigma, mu_p, sigma_p = values(shown)
    assert centre(shown, "mu") == pytest.approx(place(shown, mu), abs=1)
    assert centre(shown, "sigma") == pytest.approx(place(shown, mu + sigma), abs=1)
    assert centre(shown, "mu_p") == pytest.approx(place(shown, mu_p), abs=1)
    assert centre(shown, "sigma_p") == pytest.approx(place(shown, mu_p - sigma_p), abs=1)
    names = f"q = N({mu:.2f}, {sigma:.2f}²) p = N({mu_p:.2f}, {sigma_p:.2f}²)".replace("-", "−")
    assert " ".join(shown.locator(".vaelab-kl-side .vaelab-numbers").all_inner_texts()) == names


def test_taking_hold_of_a_knob_moves_nothing(shown):
    drag(shown, "mu", 0, grip=(9, 6))
    drag(shown, "sigma", 0, grip=(-9, 3))
    assert values(shown) == [1.0, 0.5, 0.0, 1.0]
    at = centre(shown, "mu")
    drag(shown, "mu", 40, grip=(9, 6))
    assert centre(shown, "mu") == pytest.approx(at + 40, abs=1)


def test_a_drag_stops_at_the_ends(shown):
    drag(shown, "mu", 2000)
    assert values(shown)[0] == 2.5 and right(shown)
    drag(shown, "sigma", -2000)
    assert values(shown)[1] == 0.1 and right(shown)


def test_dragging_to_and_fro_ends_where_it_began(shown):
    box = knob(shown, "mu").bounding_box()
    x, y = box["x"] + 16, box["y"] + 16
    shown.mouse.move(x, y)
    shown.mouse.down()
    for to in (x + 1500, x - 30, x):
        shown.mouse.move(to, y, steps=3)
    shown.mouse.up()
    assert values(shown) == [1.0, 0.5, 0.0, 1.0]


def test_a_finger_drags_too(chromium):
    context = chromium.new_context(has_touch=True, viewport={"width": 380, "height": 700})
    page = context.new_page()
    page.set_content("<!doctype html><body style='height: 3000px'></body>")
    widget_page.show(page, vl.KLPlayground())
    box = knob(page, "mu").bounding_box()
    assert box["width"] >= 32 and box["height"] >= 32
    finger = context.new_cdp_session(page)
    for kind, down in (("touchStart", 0), *(("touchMove", 8 * i) for i in range(1, 6)), ("touchEnd", None)):
        points = [] if down is None else [{"x": box["x"] + 16 - down, "y": box["y"] + 16 + down}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert centre(page, "mu") == pytest.approx(box["x"] + 16 - 40, abs=2)
    assert page.evaluate("window.scrollY") == 0, "the drag must not scroll the page away"
    assert right(page)
    context.close()


def test_keys_move_the_knobs(shown):
    shown.get_by_label("p = N(0, 1)").uncheck()
    for name, index in zip(KNOBS, range(4), strict=True):
        knob(shown, name).focus()
        start = values(shown)[index]
        expected = [start + 0.1, start, start + 0.01, start + 0.11, start + 0.01]
        for key, number in zip(
            ("ArrowRight", "ArrowLeft", "Shift+ArrowUp", "ArrowUp", "ArrowDown"), expected, strict=True
        ):
            shown.keyboard.press(key)
            assert values(shown)[index] == pytest.approx(number), key
            assert right(shown)
        low, high = (-2.5, 2.5) if name.startswith("mu") else (0.1, 2.5)
        for key, number in (("Home", low), ("ArrowLeft", low), ("End", high), ("ArrowUp", high)):
            shown.keyboard.press(key)
            assert values(shown)[index] == number and right(shown)


def test_p_is_held_at_the_standard_normal(shown):
    lock = shown.get_by_label("p = N(0, 1)")
    assert lock.is_checked() and not knob(shown, "mu_p").is_visible() and not knob(shown, "sigma_p").is_visible()
    assert "½ μ²" in sums(shown)[1]
    lock.uncheck()
    assert knob(shown, "mu_p").is_visible() and values(shown) == [1.0, 0.5, 0.0, 1.0]
    assert "½ (μ − μₚ)² / σₚ²" in sums(shown)[1]
    drag(shown, "sigma_p", 40)
    lock.check()
    assert values(shown) == [1.0, 0.5, 0.0, 1.0] and not knob(shown, "mu_p").is_visible()
    put(shown, mu_p=0.5)  # Python lets p go
    assert not lock.is_checked() and knob(shown, "mu_p").is_visible() and right(shown)


def test_a_widget_that_starts_with_another_p_shows_its_knobs(page):
    widget_page.show(page, vl.KLPlayground(mu_p=1.0))
    assert not page.get_by_label("p = N(0, 1)").is_checked() and knob(page, "sigma_p").is_visible()


def test_the_buttons(shown):
    def press(name):
        shown.get_by_role("button", name=name, exact=True).click()
        assert right(shown)
        return totals(shown)[::2]

    small, large = press("Narrow q")
    assert large > 3 * small
    assert press("Wide q") == [large, small]
    assert press("Shifted q") == [2.0, 2.0]
    assert shown.get_by_label("p = N(0, 1)").is_checked()
    shown.get_by_label("p = N(0, 1)").uncheck()
    put(shown, mu=0.5, sigma=0.8, mu_p=-1.0, sigma_p=1.7)
    q_p, p_q = totals(shown)[::2]
    assert press("Swap q and p") == [p_q, q_p] and values(shown) == [-1.0, 1.7, 0.5, 0.8]
    assert press("q = p") == [0.0, 0.0] and values(shown) == [0.5, 0.8, 0.5, 0.8]
    assert all(number in (0, 0.5, -0.5) for table in sums(shown) for number in table.values())


def counted(page, chart: int, low: float, high: float) -> dict[str, int]:
    """How many pixels between z = low and z = high are bluish, reddish, or neither (paper, ink, grid)."""
    return (
        page.locator("canvas")
        .nth(chart)
        .evaluate(
            """(canvas, [low, high, { left, right, bottom }]) => {
             const { data, width, height } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
             const at = (z) => left + ((z + 5) / 10) * (width - left - right);
             const found = { blue: 0, red: 0 };
             for (let y = 0; y < height - bottom; y++)
               for (let x = Math.ceil(at(low)); x < at(high); x++) {
                 const i = 4 * (y * width + x);
                 if (data[i + 3] && data[i + 2] > data[i] + 40) found.blue++;
                 if (data[i + 3] && data[i] > data[i + 2] + 40) found.red++;
               }
             return found;
           }""",
            [low, high, MARGIN],
        )
    )


def test_what_counts_less_than_zero_looks_otherwise(shown):
    put(shown, mu=1.0, sigma=1.0)  # the densities cross at 1/2
    for chart, above, below in ((1, ("blue", 0.6, 5), ("red", -5, 0.4)), (2, ("red", -5, 0.4), ("blue", 0.6, 5))):
        for color, low, high in (above, below):
            found = counted(shown, chart, low, high)
            assert found[color] > 100 and min(found.values()) == 0, "the colour of the density that is larger there"

    def runs(chart: int, z: float) -> int:
        """How often colour begins, going down through the area at z."""
        return (
            shown.locator("canvas")
            .nth(chart)
            .evaluate(
                """(canvas, [z, { left, right, bottom }]) => {
                 const context = canvas.getContext("2d");
                 const x = Math.round(left + ((z + 5) / 10) * (canvas.width - left - right));
                 const { data } = context.getImageData(x, 0, 1, canvas.height - bottom);
                 const colored = Array.from({ length: data.length / 4 }, (_, y) =>
                   data[4 * y + 3] > 60 && Math.abs(data[4 * y] - data[4 * y + 2]) > 40);
                 return colored.filter((on, y) => on && !colored[y - 1]).length;
               }""",
                [z, MARGIN],
            )
        )

    put(shown, mu=0.0, sigma=2.5)
    assert runs(1, 0.3) >= 2, "stripes below zero"
    assert runs(1, 3.5) == 1, "and above it a plain area"


def test_where_p_and_q_are_the_same_there_is_no_area(shown):
    shown.get_by_role("button", name="q = p").click()
    assert [counted(shown, chart, -5, 5) for chart in (1, 2)] == [{"blue": 0, "red": 0}] * 2


def test_a_line_stands_where_the_densities_cross(shown):
    def dots(z: float) -> list[int]:
        return [
            canvas.evaluate(
                """(canvas, [z, { left, right }]) => {
                     const x = Math.round(left + ((z + 5) / 10) * (canvas.width - left - right)) - 1;
                     const { data } = canvas.getContext("2d").getImageData(x, 8, 3, 24);
                     return data.filter((alpha, i) => i % 4 == 3 && alpha > 120).length;
                   }""",
                [z, MARGIN],
            )
            for canvas in shown.locator("canvas").all()[1:]
        ]

    for mu in (1.0, 2.0, -2.0):  # with equal widths they cross half-way, now and then on a whole pixel
        put(shown, mu=mu, sigma=1.0)
        assert min(dots(mu / 2)) > 3, mu
        assert max(dots(mu / 2 - 0.5)) == 0


def test_a_screen_reader_is_told_the_number_and_what_follows(shown):
    knob(shown, "sigma").focus()
    shown.keyboard.press("ArrowRight")
    q_p, p_q = truth(1.0, 0.6, 0.0, 1.0)
    told = knob(shown, "sigma").get_attribute("aria-valuetext")
    assert told == f"0.60. KL of q to p: {q_p:.3f} nats, of p to q: {p_q:.3f} nats"
    assert float(knob(shown, "sigma").get_attribute("aria-valuenow")) == pytest.approx(0.6)
    for name in ("KL(q ‖ p): the area under q log (q / p)", "KL(p ‖ q): the area under p log (p / q)"):
        assert shown.get_by_role("figure", name=name).is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_legible_in_light_and_dark(page, scheme):
    page.emulate_media(color_scheme=scheme)
    widget_page.show(page, vl.KLPlayground(mu_p=-1.0))
    luminances = page.locator(".vaelab").evaluate(
        """node => [getComputedStyle(node).backgroundColor, "rgb(0, 114, 178)", "rgb(213, 94, 0)"].map((css) => {
             const [r, g, b] = css.match(/[0-9.]+/g).slice(0, 3).map((n) => (n / 255) ** 2.2);
             return 0.2126 * r + 0.7152 * g + 0.0722 * b;
           })"""
    )
    paper, *lines = luminances
    assert (paper < 0.5) == (scheme == "dark")
    for line in lines:
        assert (max(line, paper) + 0.05) / (min(line, paper) + 0.05) > 3
    styles = {page.locator(".vaelab-line").nth(i).evaluate("n => getComputedStyle(n).borderTopStyle") for i in (0, 1)}
    assert styles == {"solid", "dashed"}, "not by colour alone"


def test_a_narrow_page_needs_no_scrolling_sideways(page):
    page.set_viewport_size({"width": 380, "height": 900})
    widget_page.show(page, vl.KLPlayground())
    for numbers in ({}, {"mu": 2.5, "sigma": 2.5, "mu_p": -2.5, "sigma_p": 0.1}):
        put(page, **numbers)
        assert page.evaluate("document.documentElement.scrollWidth") <= 380
    page.set_viewport_size({"width": 1000, "height": 900})
    settle(page)
    assert centre(page, "mu") == pytest.approx(place(page, values(page)[0]), abs=1), "knobs follow the size of the page"


def test_a_saved_page_is_alive_without_network(chromium, tmp_path):
    path = vl.KLPlayground(mu=-1.0, sigma=2.0).save(tmp_path / "kl.html")
    assert path.stat().st_size < 100_000
    context = chromium.new_context(offline=True)
    page = context.new_page()
    page.goto(path.as_uri())
    settle(page)
    before = totals(page)
    q_p, p_q = truth(-1.0, 2.0, 0.0, 1.0)
    assert before == pytest.approx([q_p, q_p, p_q, p_q], abs=ROUNDING)
    drag(page, "mu", 50)
    page.get_by_role("button", name="Swap q and p").click()
    assert totals(page) != before and not page.get_by_label("p = N(0, 1)").is_checked()
    context.close()


def test_after_the_clean_up_nothing_listens(shown):
    shown.evaluate("window.cleanup()")
    old, numbers = pictures(shown, "canvas"), totals(shown)
    put(shown, mu=-1.0)
    shown.emulate_media(color_scheme="dark")
    shown.set_viewport_size({"width": 500, "height": 500})
    settle(shown)
    assert pictures(shown, "canvas") == old and totals(shown) == numbers


def test_python_reads_sets_and_links_the_four_numbers():
    playground = vl.KLPlayground(0.5, 0.4, -1, 2)
    assert [playground.mu, playground.sigma, playground.mu_p, playground.sigma_p] == [0.5, 0.4, -1.0, 2.0]
    slider = ipywidgets.FloatSlider(min=0.1, max=2.5)
    ipywidgets.link((playground, "sigma"), (slider, "value"))
    slider.value = 1.5
    assert playground.sigma == 1.5
    playground.sigma = 0.1
    assert slider.value == 0.1


def test_what_it_refuses():
    playground = vl.KLPlayground()
    for name, wrong in itertools.product(KNOBS, (math.nan, math.inf, -math.inf, -3.0, 2.6, 0.05)):
        if name.startswith("mu") and wrong == 0.05:
            continue
        low = "-2.5" if name.startswith("mu") else "0.1"
        with pytest.raises(TraitError, match=rf"{name} must be a .* from {low} to 2.5.*got"):
            setattr(playground, name, wrong)
    with pytest.raises(TraitError, match="not a variance or its logarithm"):
        vl.KLPlayground(sigma=0)
    with pytest.raises(TraitError, match="mu"):
        vl.KLPlayground(mu="1")
    assert (playground.mu, playground.sigma, playground.mu_p, playground.sigma_p) == (1.0, 0.5, 0.0, 1.0)


def test_the_notebook_file_gets_a_picture_and_its_numbers():
    playground = vl.KLPlayground(mu=2.0, sigma=1.0)
    data, metadata = playground._repr_mimebundle_()
    assert data["text/plain"] == (
        "KLPlayground: q = N(2.00, 1.00²) and p = N(0.00, 1.00²) to drag. "
        "KL(q ‖ p) = 2.000 nats, KL(p ‖ q) = 2.000 nats."
    )
    assert data["image/png"].startswith(b"\x89PNG") and data["text/plain"] in metadata["image/png"]["alt"]
    assert "-" not in repr(vl.KLPlayground(mu=-0.001, sigma=1.0))
    figure = playground.picture()
    assert [ax.get_title() for ax in figure.axes][1:] == ["KL(q ‖ p) = 2.000 nats", "KL(p ‖ q) = 2.000 nats"]
    areas = [sum(path.get_extents().height for path in fill.get_paths()) for fill in figure.axes[1].collections]
    assert areas[0] > areas[1] > 0, "both signs are drawn"
