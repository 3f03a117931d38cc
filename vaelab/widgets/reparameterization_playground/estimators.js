// Two estimators of the gradient of F(mu, sigma) = E[f(z)], z ~ N(mu, sigma^2): one draw's, many draws', and exactly.

/** The function of z that has these values on an even grid from low to high, and straight lines between them. */
export function tabulated(values, [low, high]) {
  const perUnit = (values.length - 1) / (high - low);
  return (z) => {
    const at = (z - low) * perUnit;
    const left = Math.min(values.length - 2, Math.max(0, Math.floor(at)));
    return values[left] + (at - left) * (values[left + 1] - values[left]);
  };
}

/** What one draw eps says of dF/dmu or dF/dsigma: [pathwise, score function]. slope is f', b a baseline. */
export function estimates({ f, slope }, { mu, sigma, parameter, b }, eps) {
  const z = mu + sigma * eps;
  if (parameter === "mu") return [slope(z), ((f(z) - b) * eps) / sigma];
  return [slope(z) * eps, ((f(z) - b) * (eps * eps - 1)) / sigma];
}

/** By integration: {average: E[f(z)], and of one draw's estimates, [pathwise, score function], means and variances}. */
export function integrals({ f, slope, grid: [low, high, count] }, setting) {
  const { mu, sigma } = setting;
  const step = (high - low) / (count - 1);
  let average = 0;
  const means = [0, 0];
  const squares = [0, 0];
  const at = (z) => Math.min(count - 1, Math.max(0, Math.round((z - low) / step)));
  for (let i = at(mu - 9 * sigma); i <= at(mu + 9 * sigma); i++) {
    // beyond, q is below e^-40 of its peak
    const z = low + i * step;
    const eps = (z - mu) / sigma;
    const weight = (Math.exp((-eps * eps) / 2) * step) / (sigma * Math.sqrt(2 * Math.PI));
    average += weight * f(z);
    const found = estimates({ f, slope }, setting, eps);
    for (const which of [0, 1]) {
      means[which] += weight * found[which];
      squares[which] += weight * found[which] ** 2;
    }
  }
  return { average, means, variances: squares.map((square, i) => Math.max(0, square - means[i] ** 2)) };
}
