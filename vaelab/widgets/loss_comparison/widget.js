// LossComparison: the latent spaces of several trainings side by side, at the same epoch.

import { compare } from "./compare.js";

const render = compare;
export default { render };
