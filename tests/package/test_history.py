"""What a training saw: its curves, and epochs that fit together; what `fit` writes into it: test_training."""

import matplotlib.pyplot as plt
import pytest
from matplotlib.layout_engine import ConstrainedLayoutEngine

import vaelab as vl
from vaelab.history import distinct
from vaelab.palette import BLUE


def test_a_plot_of_the_history_tells_training_from_held_out():
    train = {"loss": [3.0, 2.0], "accuracy": [0.5, 0.6]}
    ax, other = vl.History(train=train, validation={"loss": [2.5, 2.2]}, seconds=[1.0, 1.0]).plot()
    looks = [(line.get_marker(), line.get_linestyle(), line.get_color()) for line in ax.get_lines()]
    assert looks == [("o", "--", "0.45"), ("s", "-", BLUE)] and len(other.get_lines()) == 1
    assert [line.get_markersize() for line in ax.get_lines()] == [3, 4]
    assert all(epoch == round(epoch) for epoch in ax.get_xticks())
    assert ax.figure.get_size_inches() == pytest.approx([7.2, 3])
    assert ax.get_subplotspec().get_gridspec().nrows == 1, "one row of panels"
    assert isinstance(ax.figure.get_layout_engine(), ConstrainedLayoutEngine)
    assert not ax.get_legend().get_frame_on()
    plt.close("all")


def test_an_epoch_of_other_terms_does_not_fit():
    history = vl.History()
    history.add({"loss": 1.0}, {}, 1.0)
    with pytest.raises(ValueError, match=r"the same terms: they were \['loss'\], and now they are \['loss', 'kl'\]"):
        history.add({"loss": 1.0, "kl": 2.0}, {}, 1.0)
    assert history.epochs == 1 and history.train == {"loss": [1.0]}


def test_what_a_later_term_repeats_is_not_shown_twice():
    assert distinct({"objective": 3.0, "total": 3.0, "kl": 1.0}) == {"total": 3.0, "kl": 1.0}
    assert list(distinct({"objective": [3.0, 2.0], "total": [3.0, 1.0]})) == ["objective", "total"]
