// One training of the comparison: its latent space, what it draws from the prior, its numbers, its curves.

import { element, paint } from "../shared/elements.js";
import { Plane } from "../shared/plane.js";
import { onZoom } from "../shared/zoom.js";
import { Curves } from "./curves.js";
import { sheetOf } from "./samples.js";

/**
 * @import { Extent } from "../shared/axes.js"
 * @import { Zoom } from "../shared/zoom.js"
 * @import { Timeline } from "./timeline.js"
 */

/**
 * The classes of the codes: of each its class, and of each class its name and its colour. Without names there is one.
 * @typedef {{classes: Uint8Array, names: string[], colors: string[]}} Data
 */

export class Panel {
  /**
   * @param {string} title
   * @param {Data} data
   * @param {Zoom} zoom of all panels
   * @param {Timeline} timeline
   */
  constructor(title, data, zoom, timeline) {
    this.title = title;
    this.data = data;
    this.zoom = zoom;
    /** @type {Uint8Array | null} */
    this.painted = null; // the samples on the page
    this.under = new Plane([-3, 3, -3, 3]); // the dots, which are many
    this.over = new Plane([-3, 3, -3, 3]); // the rest
    this.over.canvas.classList.add("vaelab-over");
    this.under.canvas.removeAttribute("aria-hidden");
    this.under.canvas.setAttribute("role", "img");
    this.untrained = element("p", { class: "vaelab-untrained" }, "not trained yet");
    this.pad = element(
      "div",
      { class: "vaelab-pad vaelab-zoomable", tabindex: "0", role: "group", "aria-label": `Zoom of ${title}` },
      this.under.canvas,
      this.over.canvas,
      this.untrained,
    );
    onZoom(this.pad, this.under, zoom);
    this.samples = element("canvas", { class: "vaelab-run-samples", width: 1, height: 1, role: "img" });
    this.caption = element("caption");
    this.rows = element("tbody");
    this.remark = element("span", { class: "vaelab-run-remark" });
    this.curves = new Curves(title, timeline);
    this.node = element(
      "figure",
      { class: "vaelab-panel" },
      element("figcaption", {}, title, this.remark),
      element(
        "div",
        { class: "vaelab-run-pair" },
        this.pad,
        element(
          "div",
          { class: "vaelab-run-side" },
          this.samples,
          element("table", { class: "vaelab-run-numbers" }, this.caption, this.rows),
        ),
      ),
      this.curves.node,
    );
  }

  /**
   * The latent space: of the Gaussians [mu1, mu2, sigma1, sigma2, ...] the points `codes` and some ellipses.
   * Without them, as before a training, the prior alone.
   * @param {{codes: Float32Array, gaussians: Float32Array, home: Extent, chosen: number[]}} space
   */
  drawSpace({ codes, gaussians, home, chosen }) {
    this.under.extent = this.over.extent = this.zoom.extent(home);
    this.untrained.hidden = codes.length > 0;
    this.pad.classList.toggle("vaelab-zoomed", !this.zoom.isHome);
    const { classes, colors } = this.data;
    if (this.under.clear()) {
      this.under.scatter(codes, classes.subarray(0, codes.length / 2), colors);
      this.under.axes();
    }
    this.drawOver({ codes, gaussians, chosen });
  }

  /**
   * The prior's circles, the ellipses of the images `chosen`, the names of the classes.
   * @param {{codes: Float32Array, gaussians: Float32Array, chosen: number[]}} space
   */
  drawOver({ codes, gaussians, chosen }) {
    const { over } = this;
    const { classes, colors, names } = this.data;
    if (!over.clear()) return;
    over.within(() => {
      over.prior();
      for (const i of chosen) {
        if (4 * i >= gaussians.length) continue;
        const [mu, sigma] = [gaussians.subarray(4 * i, 4 * i + 2), gaussians.subarray(4 * i + 2, 4 * i + 4)];
        over.ellipse(mu, sigma, { color: over.paper, width: 4 }); // so that it stands out from the dots
        over.ellipse(mu, sigma, { color: colors[classes[i]], width: 2 });
      }
      const some = Math.min(2000, codes.length / 2); // enough for the median of each class
      over.names(codes, classes.subarray(0, some), names);
    });
  }

  /**
   * @param {Uint8Array} pixels of sixteen square images, one after the other, from 0 to 255; or none
   * @param {string} moment in words
   */
  drawSamples(pixels, moment) {
    this.samples.style.visibility = pixels.length ? "visible" : "hidden";
    this.samples.setAttribute(
      "aria-label",
      `Sixteen images that ${this.title} decodes from draws of the prior, ${moment}`,
    );
    if (!pixels.length || pixels === this.painted) return;
    this.painted = pixels;
    const { side, sheet } = sheetOf(pixels);
    if (this.samples.width !== side) this.samples.width = this.samples.height = side;
    paint(this.samples, sheet);
  }

  /**
   * @param {Record<string, string> | undefined} numbers {name: text}, or none before the training
   * @param {string} moment in words
   * @param {string} remark behind the title
   */
  drawNumbers(numbers, moment, remark) {
    this.remark.textContent = remark;
    this.caption.textContent = `${this.title}, ${moment}`;
    const rows = Object.entries(numbers ?? {});
    this.rows.replaceChildren(
      ...rows.map(([name, text]) => element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, text))),
    );
    const told = rows.map(([name, text]) => `${name} ${text}`).join(", ");
    this.under.canvas.setAttribute("aria-label", `The latent space of ${this.title}, ${moment}${told && `: ${told}`}`);
  }
}
