"""The diagrams say what they should: which arrows there are, and where a gradient stops."""

from matplotlib.patches import FancyArrowPatch

import vaelab as vl


def arrows(ax, gradient):
    found = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    return [patch for patch in found if (patch.get_linestyle() == ":") == gradient]


def texts(ax):
    return " ".join(text.get_text() for text in ax.texts)


def test_the_data_flow_has_every_part_of_a_vae():
    ax = vl.data_flow()
    for part in (
        "$x$",
        "encoder",
        "$\\mu$",
        "$\\log\\,\\sigma^2$",
        "\\varepsilon \\sim N(0, I)",
        "decoder",
        "p(x \\mid z)",
    ):
        assert part in texts(ax)
    assert len(arrows(ax, gradient=False)) == 8
    assert not arrows(ax, gradient=True)


def test_the_gradient_passes_only_where_epsilon_is_drawn():
    blocked, through = vl.gradient_flow()
    assert len(arrows(blocked, gradient=True)) == 1  # from f to z, and no further
    assert len(arrows(through, gradient=True)) == 3  # on to mu and to sigma
    assert "no derivative" in texts(blocked) and "no derivative" not in texts(through)
