"""What ReparameterizationPlayground's page computes: held against autograd and integrals, without a page."""

import math

import numpy as np
import pytest
import torch
from support import node
from support.estimators import drawn_estimates, exact, f
from torch.distributions import Normal

import vaelab as vl
from vaelab.toy import integrate
from vaelab.widgets.reparameterization_playground.widget import REACH

FOLDER = "reparameterization_playground"
MODULES = [f"{FOLDER}/{name}.js" for name in ("estimators", "sample", "draws", "report")] + ["shared/random.js"]
# The objective, of the numbers that the widget sends.
OBJECTIVE = """(() => {
  const [values, slopes] = [numbers.slice(0, numbers.length / 2), numbers.slice(numbers.length / 2)];
  return { f: tabulated(values, reach), slope: tabulated(slopes, reach), grid: [...reach, values.length] };
})()"""


@pytest.fixture(scope="module")
def numbers() -> list[float]:
    return np.frombuffer(vl.ReparameterizationPlayground(f)._f, "<f4").tolist()


def computed(numbers, expression: str, **names):
    return node.run(MODULES, f"((objective) => {expression})({OBJECTIVE})", numbers=numbers, reach=REACH, **names)


def test_the_exact_numbers_are_the_integrals(numbers):
    settings = [
        {"mu": mu, "sigma": sigma, "parameter": parameter, "b": b}
        for mu, sigma in ((1.0, 0.5), (-0.6, 0.3), (0.2, 1.3))
        for parameter in ("mu", "sigma")
        for b in (0.0, -3.0)
    ]
    found = computed(numbers, "settings.map((setting) => integrals(objective, setting))", settings=settings)
    for setting, one in zip(settings, found, strict=True):
        means, variances = exact(**setting)
        assert one["means"] == pytest.approx(means, rel=1e-3, abs=1e-4), setting
        assert one["variances"] == pytest.approx(variances, rel=1e-3), setting
        q = Normal(torch.tensor(setting["mu"], dtype=torch.float64), setting["sigma"])
        average = integrate(lambda z, q=q: q.log_prob(z).exp() * f(z)).item()
        assert one["average"] == pytest.approx(average, rel=1e-4)


SAMPLE = """(() => {
  const sample = new Sample(objective, q, normals(2));
  sample.adjust({ parameter });
  sample.add(count);
  if (b !== 0) sample.adjust({ b });
  return {
    eps: sample.eps,
    rows: rowsOf(sample),
    ratios: ratios(sample),
    histograms: sample.histograms.map((one) => ({
      ...one, bins: [...one.bins], mean: one.mean, variance: one.variance, standardError: one.standardError,
    })),
  };
})()"""


@pytest.mark.parametrize("parameter", ["mu", "sigma"])
@pytest.mark.parametrize("b", [0.0, -4.3])
def test_a_sample_is_what_torch_computes_from_the_same_eps(numbers, parameter, b):
    found = computed(numbers, SAMPLE, q={"mu": 1.0, "sigma": 0.5}, parameter=parameter, b=b, count=2000)
    eps = torch.tensor(found["eps"], dtype=torch.float64)
    assert len(eps) == 2000
    truth = drawn_estimates(eps, 1.0, 0.5, parameter, b)
    (gradient, _), variances = exact(1.0, 0.5, parameter, b)
    half = 2.5 * max(exact(1.0, 0.5, parameter)[1]) ** 0.5  # whatever b is
    for histogram, estimates, variance in zip(found["histograms"], truth, variances, strict=True):
        assert histogram["mean"] == pytest.approx(estimates.mean(), abs=1e-3)
        assert histogram["variance"] == pytest.approx(estimates.var(ddof=1), rel=1e-3)
        assert histogram["standardError"] == pytest.approx(estimates.std(ddof=1) / 2000**0.5, rel=1e-3)
        assert abs(histogram["mean"] - gradient) < 4.5 * math.sqrt(variance / 2000), "unbiased"
        low, high = histogram["low"], histogram["high"]
        assert [low, high] == pytest.approx([gradient - half, gradient + half], rel=1e-3)
        counts = np.histogram(estimates, np.linspace(low, high, 62))[0]
        assert np.abs(counts - histogram["bins"]).sum() <= 6, "but for some at the edge of a bin, where f is tabulated"
        assert abs(histogram["below"] - (estimates < low).sum()) <= 1
        assert abs(histogram["above"] - (estimates > high).sum()) <= 1
        assert histogram["below"] + histogram["above"] + sum(histogram["bins"]) == histogram["count"] == 2000
    assert float(found["ratios"].split()[4].rstrip(",")) == pytest.approx(truth[1].var() / truth[0].var(), rel=0.006)
    assert float(found["ratios"].split()[6].rstrip(".")) == pytest.approx(variances[1] / variances[0], rel=0.006)


def test_the_written_rows_are_the_rounded_numbers(numbers):
    found = computed(numbers, SAMPLE, q={"mu": 1.0, "sigma": 0.5}, parameter="mu", b=0, count=2000)
    number = lambda text: float(text.replace("−", "-").replace(",", ""))  # noqa: E731
    heading, means, exact_means, variances, exact_variances = found["rows"]
    assert heading == ["2,000 draws", "pathwise", "score"]
    assert [row[0] for row in found["rows"][1:]] == ["mean ± s.e.", "exactly", "variance", "exactly"]
    (gradient, _), truths = exact(1.0, 0.5, "mu")
    for i, histogram in enumerate(found["histograms"], 1):
        mean, error = map(number, means[i].split(" ± "))
        assert mean == pytest.approx(histogram["mean"], abs=1e-3 + 0.006 * error)
        assert error == pytest.approx(histogram["standardError"], rel=0.05)
        assert number(variances[i]) == pytest.approx(histogram["variance"], rel=0.006)
        assert number(exact_means[i]) == pytest.approx(gradient, rel=0.006, abs=6e-4)
        assert number(exact_variances[i]) == pytest.approx(truths[i - 1], rel=0.006)


def test_new_eps_are_drawn_from_a_standard_normal_and_z_follows():
    eps = vl.ReparameterizationPlayground()._eps
    found = node.run(
        MODULES,
        """Array.from({ length: 200 }, () => {
          draws.renew();
          return { eps: draws.eps, z: draws.z, chosen: draws.eps[draws.chosen] };
        })""".join(["((draws) => ", ")(new Draws(eps, { mu: 1, sigma: 0.5 }, normals(1)))"]),
        eps=eps,
    )
    drawn = np.array([one["eps"] for one in found])
    assert drawn.shape == (200, 15) and len(np.unique(drawn)) == drawn.size
    assert abs(drawn.mean()) < 5 / drawn.size**0.5 and abs(drawn.std() - 1) < 5 / (2 * drawn.size) ** 0.5
    assert np.array([one["z"] for one in found]) == pytest.approx(1 + 0.5 * drawn)
    nearest = drawn[np.arange(200), np.abs(drawn + 1.3).argmin(axis=1)]
    assert [one["chosen"] for one in found] == pytest.approx(nearest)


def test_without_the_trick_z_jumps_from_draw_to_draw():
    eps = vl.ReparameterizationPlayground()._eps
    found = node.run(
        MODULES,
        """((draws) => {
          draws.join(false);
          const moves = Array.from({ length: 200 }, (_, i) => {
            draws.moveTo({ mu: i % 2 ? 0 : 0.005, sigma: 0.5 });
            return { z: draws.z, ...draws.move };
          });
          draws.join(true);
          return { moves, after: draws.z };
        })(new Draws(eps, { mu: 0, sigma: 0.5 }, normals(1)))""",
        eps=eps,
    )
    z = np.array([one["z"] for one in found["moves"]])
    assert abs(z.mean()) < 5 * 0.5 / z.size**0.5 and abs(z.std() - 0.5) < 5 * 0.5 / (2 * z.size) ** 0.5
    quotients = [one["dz"] / one["by"] for one in found["moves"]]
    assert np.median(np.abs(quotients)) > 20, "a step of 0.005, and a jump of the size of sigma"
    assert found["after"] == pytest.approx(0.5 * np.array(eps)), "the old eps are there again"
