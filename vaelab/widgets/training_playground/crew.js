// The Web Workers that train, as the page sees them.

/**
 * @import { Packed } from "./images.js"
 * @import { Settings } from "./training.js"
 * @import { News } from "./turns.js"
 * @import { Word } from "./worker.js"
 */

const SPARE = 1; // core that is left to the page
const UNABLE = "This browser does not let a page compute in the background, so nothing is trained";

export class Crew {
  /**
   * @param {string} code of a worker, a script
   * @param {(news: News) => void} tell
   * @param {(problem: string) => void} fail where no worker can work
   */
  constructor(code, tell, fail) {
    this.code = code;
    this.tell = tell;
    this.fail = fail;
    /** @type {Worker[]} */
    this.workers = [];
    this.url = ""; // of the code
  }

  /**
   * Begins these trainings, which rest until they are told to go on. Whatever went on before is over.
   * @param {Packed} packed
   * @param {[run: number, settings: Settings][]} runs
   */
  begin(packed, runs) {
    this.end();
    const count = Math.min(runs.length, Math.max(1, (navigator.hardwareConcurrency || 1) - SPARE));
    this.url = URL.createObjectURL(new Blob([this.code], { type: "text/javascript" }));
    try {
      for (let i = 0; i < count; i++) this.workers.push(new Worker(this.url));
    } catch (problem) {
      this.end();
      this.fail(`${UNABLE} (${problem}). Open it in a current Chrome, Firefox or Safari.`);
    }
    this.workers.forEach((worker, i) => {
      let heard = false;
      worker.onmessage = ({ data }) => {
        heard = true;
        this.tell(data);
      };
      worker.onerror = ({ message }) => {
        this.end();
        const why = message || "no reason was given";
        const stopped = `The trainings have stopped (${why}). Press Train to begin them again.`;
        this.fail(heard ? stopped : `${UNABLE} (${why}). Open it in a current Chrome, Firefox or Safari.`);
      };
      this.say(worker, { packed, runs: runs.filter((_, k) => k % count === i) });
    });
  }

  /** @param {boolean} going whether to go on, or to rest */
  go(going) {
    for (const worker of this.workers) this.say(worker, { going });
  }

  /**
   * @param {Worker} worker
   * @param {Word} word
   */
  say(worker, word) {
    worker.postMessage(word);
  }

  /** Sends all workers home. */
  end() {
    for (const worker of this.workers) worker.terminate();
    this.workers = [];
    URL.revokeObjectURL(this.url);
  }
}
