// The first chart: the densities of q and p.

import { density } from "../shared/gaussian.js";
import { clamp, roundUp } from "../shared/numbers.js";
import { drawCrossings, graph, NAME_FONT } from "./charts.js";
import { flank } from "./knobs.js";
import { P, Q } from "./pair.js";

/**
 * @import { Axes } from "../shared/axes.js"
 * @import { Gaussian } from "../shared/gaussian.js"
 * @import { Grid } from "./charts.js"
 * @import { Role } from "./pair.js"
 */

/**
 * Both curves with their names. movable: from the middle to the knob for sigma there is a line, where there is a knob.
 * @param {Axes} axes
 * @param {Gaussian} q
 * @param {Gaussian} p
 * @param {Grid} grid
 * @param {Role[]} movable
 */
export function drawDensities(axes, q, p, grid, movable) {
  axes.extent[3] = roundUp(1.15 * Math.max(0.4, density(q)(q.mu), density(p)(p.mu)));
  axes.axes();
  axes.within(() => {
    drawCrossings(axes, grid);
    drawDensity(axes, q, Q, grid, movable.includes(Q));
    drawDensity(axes, p, P, grid, movable.includes(P));
  });
  const side = q.mu < p.mu ? -1 : 1; // each name stands on the flank where the other Gaussian isn't
  drawName(axes, "q", q, side);
  drawName(axes, "p", p, -side);
}

/**
 * @param {Axes} axes
 * @param {Gaussian} gaussian
 * @param {Role} role
 * @param {Grid} grid
 * @param {boolean} movable
 */
function drawDensity(axes, gaussian, { color, dash, side }, { zs }, movable) {
  axes.line(graph(zs, density(gaussian)), { color, dash, width: 2.5 });
  if (!movable) return;
  const [z, height] = flank(gaussian, side);
  axes.line(
    graph([gaussian.mu, z], () => height),
    { color, width: 1 },
  );
}

/**
 * @param {Axes} axes
 * @param {string} name
 * @param {Gaussian} gaussian
 * @param {number} side
 */
function drawName(axes, name, gaussian, side) {
  const [low, high] = axes.extent;
  const z = clamp(gaussian.mu + side * gaussian.sigma, low + 0.5, high - 0.5);
  axes.write(name, [z, density(gaussian)(z)], { font: NAME_FONT, shift: [20 * side, -16] });
}
