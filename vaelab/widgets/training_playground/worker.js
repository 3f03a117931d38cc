// In a Web Worker: some of the trainings, beside the page, which stays as quick as it was.

import { imagesOf } from "./images.js";
import { Training } from "./training.js";
import { Turns } from "./turns.js";

/**
 * @import { Packed } from "./images.js"
 * @import { Settings } from "./training.js"
 * @import { News } from "./turns.js"
 */

/**
 * What the page says: first what to train, then whether to go on.
 * @typedef {{packed: Packed, runs: [run: number, settings: Settings][]} | {going: boolean}} Word
 */

const SLICE = 20; // milliseconds after which the page is listened to

const page = /** @type {Worker} */ (/** @type {unknown} */ (self));
/** @type {Turns | undefined} */
let turns;
let going = false;
let rung = false;
const bell = new MessageChannel(); // rings for the next slice, once what the page has said is heard
bell.port1.onmessage = () => {
  rung = false;
  if (going && turns?.take(SLICE)) ring();
};

function ring() {
  if (!rung) bell.port2.postMessage("");
  rung = true;
}

page.onmessage = (/** @type {MessageEvent<Word>} */ { data }) => {
  if ("packed" in data) {
    const images = imagesOf(data.packed);
    const trainings = new Map(data.runs.map(([run, settings]) => [run, new Training(images, settings)]));
    turns = new Turns(trainings, (/** @type {News} */ news) => page.postMessage(news));
  } else if (data.going !== going) {
    going = data.going;
    if (going) ring();
    else turns?.rest();
  }
};
