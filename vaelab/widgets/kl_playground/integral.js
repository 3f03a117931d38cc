// The other charts: what a KL divergence integrates, as an area, solid where it counts +, striped where it counts −.

import { contextOf, element } from "../shared/elements.js";
import { roundUp } from "../shared/numbers.js";
import { drawCrossings, graph, NAME_FONT } from "./charts.js";
import { integrand } from "./divergence.js";

/**
 * @import { Axes, Point } from "../shared/axes.js"
 * @import { Gaussian } from "../shared/gaussian.js"
 * @import { Grid } from "./charts.js"
 */

/**
 * The integrand of KL(first || second), in the colour of the density that is larger there.
 * @param {Axes} axes
 * @param {Gaussian} first
 * @param {Gaussian} second
 * @param {[string, string]} colors
 * @param {Grid} grid
 */
export function drawIntegrand(axes, first, second, colors, grid) {
  const f = integrand(first, second);
  const points = graph(grid.zs, f);
  const values = points.map(([, value]) => value);
  const top = roundUp(1.1 * Math.max(0.15, ...values));
  axes.extent[3] = top;
  axes.extent[2] = -Math.max(0.15 * top, roundUp(1.1 * Math.max(0.01, -Math.min(...values))));
  const above = graph(grid.zs, (z) => Math.max(0, f(z)));
  const below = graph(grid.zs, (z) => Math.min(0, f(z)));
  axes.axes();
  axes.within(() => {
    drawCrossings(axes, grid);
    axes.fill(above, { color: colors[0], alpha: 0.45 });
    axes.fill(below, { color: stripes(axes, colors[1]), alpha: 1 });
    axes.across(0, { width: 1 });
    axes.line(points, { width: 1.5 });
  });
  const { edges } = grid;
  for (let i = 1; i < edges.length; i++) drawSign(axes, points.slice(edges[i - 1], edges[i]));
}

/**
 * + or − in an area between two crossings, where there is room for it.
 * @param {Axes} axes
 * @param {Point[]} points
 */
function drawSign(axes, points) {
  const [z, f] = points.reduce((most, point) => (Math.abs(point[1]) > Math.abs(most[1]) ? point : most));
  const wide = points.filter((point) => Math.abs(point[1]) > Math.abs(f) / 2).length; // pixels
  const high = Math.abs(axes.place([z, f])[1] - axes.place([z, 0])[1]);
  if (wide > 14 && high > 20) axes.write(f > 0 ? "+" : "−", [z, f / 2], { font: NAME_FONT });
}

/**
 * Diagonal stripes to fill an area with.
 * @param {Axes} axes
 * @param {string} color
 */
function stripes({ context }, color) {
  const ratio = window.devicePixelRatio || 1;
  const side = Math.round(7 * ratio);
  const tile = element("canvas", { width: side, height: side });
  const brush = contextOf(tile);
  brush.strokeStyle = color;
  brush.lineWidth = 2 * ratio;
  for (const shift of [-side, 0, side]) {
    brush.beginPath();
    brush.moveTo(shift - side / 2, side * 1.5);
    brush.lineTo(shift + side * 1.5, -side / 2);
    brush.stroke();
  }
  const pattern = context.createPattern(tile, "repeat");
  pattern?.setTransform(new DOMMatrix().scale(1 / ratio));
  return pattern ?? color;
}
