// LatentExplorer: a point to move over the codes of a data set, and the image that it decodes to.

import { explore } from "./explore.js";

const render = explore;
export default { render };
