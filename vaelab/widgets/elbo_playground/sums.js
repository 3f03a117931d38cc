// Both equations with their numbers, for eyes and for screen readers.

import { BLUE, GREY, ORANGE } from "../../palette.js";
import { element } from "../shared/elements.js";
import { format, round } from "../shared/numbers.js";
import { rebuilding } from "./levels.js";

/**
 * To three digits, so that what stands there adds up: log p(x) = elbo + gap, elbo = rebuilt − price.
 * @param {{ logEvidence: number, elbo: number, price: number }} exact
 */
export function rounded(exact) {
  const [logEvidence, elbo, price] = [exact.logEvidence, exact.elbo, exact.price].map((value) => round(value, 3));
  return { logEvidence, elbo, gap: logEvidence - elbo, rebuilt: elbo + price, price };
}

/**
 * The equations, as cells of a grid.
 * @param {ReturnType<typeof rounded>} numbers
 */
export function equations({ logEvidence, elbo, gap, rebuilt, price }) {
  const text = (/** @type {string} */ sign) => element("span", {}, sign);
  const symbol = (/** @type {string} */ color, /** @type {(Node | string)[]} */ ...parts) =>
    element("span", { class: "vaelab-symbol", style: `border-color: ${color}` }, ...parts);
  const number = (/** @type {number} */ value) => element("strong", {}, format(value, 3));
  return [
    ...[symbol(GREY, "log p(x)"), text("="), symbol(BLUE, "ELBO"), text("+"), symbol(ORANGE, "KL(q‖p(z|x))")],
    ...[number(logEvidence), text("="), number(elbo), text("+"), number(gap)],
    ...[symbol(BLUE, "ELBO"), text("="), symbol(BLUE, ...rebuilding()), text("−"), symbol(BLUE, "KL(q‖p(z))")],
    ...[number(elbo), text("="), number(rebuilt), text("−"), number(price)],
  ];
}

/** @param {ReturnType<typeof rounded>} numbers */
export function spoken({ elbo, gap }) {
  return `ELBO ${format(elbo, 3)}, KL to the posterior ${format(gap, 3)} nats`;
}
