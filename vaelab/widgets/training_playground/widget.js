// TrainingPlayground: three VAEs that learn in the page, by the KL, by the reconstruction, and by both.

import { train } from "./playground.js";

const render = train;
export default { render };
