// The arithmetic of LossComparison's page: runs at a moment, draws, ellipses, curves, the timeline. Without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Live, sayLives, tellAll } from "../../vaelab/widgets/loss_comparison/live.js";
import { namesDown, pointsOf, sayLosses, topOf } from "../../vaelab/widgets/loss_comparison/losses.js";
import {
  between,
  codesOf,
  firstOfEach,
  lastOf,
  remarkOf,
  sayEpoch,
  stateAt,
} from "../../vaelab/widgets/loss_comparison/moments.js";
import { Recording } from "../../vaelab/widgets/loss_comparison/recording.js";
import { sheetOf } from "../../vaelab/widgets/loss_comparison/samples.js";
import { Timeline } from "../../vaelab/widgets/loss_comparison/timeline.js";

const HOME = [-3, 3, -3, 3];

/** A run of which there are this many snapshots. */
const runOf = (snapshots) => ({ title: "one", extent: HOME, curves: {}, numbers: Array(snapshots).fill({}) });
const state = (gaussians, home = HOME) => ({ gaussians: Float32Array.from(gaussians), home });
const bytes = (array) => new DataView(array.buffer);

/** The part of a widget's model that the page calls, and what Python was told. */
class Model {
  constructor(values) {
    Object.assign(this, { values, told: [], changed: () => {} });
  }
  get(name) {
    return this.values[name];
  }
  set(name, value) {
    this.values[name] = value;
    this.changed();
  }
  save_changes() {
    this.told.push(this.values.epoch);
  }
}

// A run at a moment

test("before it is trained, a run is at epoch 0 and has no codes", () => {
  assert.equal(lastOf(runOf(0)), 0);
  assert.deepEqual(
    stateAt(runOf(0), 2, () => assert.fail()),
    state([]),
  );
});

test("at a whole epoch a run is what was recorded, between two it is between them, after its last it stays", () => {
  const recorded = [
    [0, 0, 1, 1],
    [1, -2, 0.5, 1],
    [5, 2, 0.5, 0.25],
  ].map((gaussians) => Float32Array.from(gaussians));
  const at = (moment) => [...stateAt(runOf(3), moment, (epoch) => recorded[epoch]).gaussians];
  assert.equal(lastOf(runOf(3)), 2);
  assert.deepEqual(at(1), [1, -2, 0.5, 1]);
  assert.deepEqual(at(0.5), [0.5, -1, 0.75, 1]);
  assert.deepEqual(at(1.25), [2, -1, 0.5, 0.8125]);
  assert.deepEqual(at(2), [5, 2, 0.5, 0.25]);
  assert.deepEqual(at(7.5), [5, 2, 0.5, 0.25]);
});

test("while the codes of an epoch have not come, none are shown", () => {
  const later = (epoch) => Float32Array.from(epoch ? [1, 1, 1, 1] : []);
  assert.equal(stateAt(runOf(2), 0.5, later).gaussians.length, 0);
});

test("between two states the codes and the extent go the same share of the way", () => {
  const [from, to] = [state([0, 0, 1, 1]), state([4, -8, 0.5, 2], [-7, 5, -3, 3])];
  assert.equal(between(from, to, 0), from);
  assert.deepEqual(between(from, to, 0.25), state([1, -2, 0.875, 1.25], [-4, 3.5, -3, 3]));
  assert.deepEqual(between(from, to, 1), to);
  assert.equal(between(from, state([]), 0.5).gaussians.length, 0, "unequally many: there at once");
});

test("codes are mu, draws are mu + sigma * eps", () => {
  const gaussians = Float32Array.of(1, 2, 0.5, 0.25, -1, 0, 2, 4);
  assert.deepEqual([...codesOf(gaussians)], [1, 2, -1, 0]);
  assert.deepEqual([...codesOf(gaussians, Float32Array.of(1, -1, 0.5, 2))], [1.5, 1.75, 0, 8]);
});

test("the first few images of each class", () => {
  const classes = Uint8Array.of(1, 0, 1, 1, 0, 2);
  assert.deepEqual(firstOfEach(classes, 0), []);
  assert.deepEqual(firstOfEach(classes, 1), [0, 1, 5]);
  assert.deepEqual(firstOfEach(classes, 2), [0, 1, 2, 4, 5]);
});

test("an epoch in words, and what stands behind the title of a run that has ended", () => {
  assert.equal(sayEpoch(0, 3), "before training");
  assert.equal(sayEpoch(1, 3), "after epoch 1 of 3");
  assert.equal(remarkOf(runOf(2), 1), "");
  assert.equal(remarkOf(runOf(2), 2), ", ended after epoch 1");
  assert.equal(remarkOf(runOf(0), 2), "", "not trained yet");
});

test("sixteen images are one picture, four by four", () => {
  const pixels = Uint8Array.from({ length: 64 }, (_, i) => i); // of 2 x 2 each
  const { side, sheet } = sheetOf(pixels);
  assert.equal(side, 8);
  const row = (number) => [...sheet.subarray(8 * number, 8 * number + 8)].map((grey) => Math.round(255 * grey));
  assert.deepEqual(row(0), [0, 1, 4, 5, 8, 9, 12, 13]);
  assert.deepEqual(row(1), [2, 3, 6, 7, 10, 11, 14, 15]);
  assert.deepEqual(row(2), [16, 17, 20, 21, 24, 25, 28, 29]);
  assert.equal(sheetOf(Uint8Array.from({ length: 16 }, () => 255)).sheet[15], 1);
});

// The curves

test("a value that was not finite is left out, and the epochs stay", () => {
  assert.deepEqual(pointsOf([3, null, 2]), [
    [1, 3],
    [3, 2],
  ]);
});

test("the axis ends a quarter above the largest value of all curves", () => {
  assert.equal(topOf({ "held out": { total: [8, 4], KL: [1, null] }, training: { total: [12, 4] } }), 15);
  assert.equal(topOf({ training: { total: [-3, null] } }), 1, "nothing above 0");
  assert.equal(topOf({}), 1);
});

test("the curves in words", () => {
  const losses = { "held out": { total: [200.04, null, 150], KL: [null] } };
  assert.equal(
    sayLosses("both", losses),
    "The loss of both, from the first epoch to the last, in nats. " +
      "held out: total from 200.0 to 150.0, KL from nothing to nothing.",
  );
  assert.equal(sayLosses("both", {}), "The loss of both, nothing yet.");
});

test("the names of curves that end close together don't cover one another", () => {
  const down = (ends, top = 0) => namesDown(ends, top).map((end) => [end.name, end.down]);
  const [total, kl] = [
    { name: "total", y: 50 },
    { name: "KL", y: 120 },
  ];
  assert.deepEqual(
    down([kl, total]),
    [
      ["total", 41],
      ["KL", 111],
    ],
    "far apart: each above its line",
  );
  const near = { name: "reconstruction", y: 70 };
  assert.deepEqual(
    down([near, total]),
    [
      ["total", 41],
      ["reconstruction", 80],
    ],
    "close below: under its line",
  );
  const three = [54, 52, 50].map((y) => ({ name: "", y }));
  assert.deepEqual(
    namesDown(three, 0).map((end) => end.down),
    [41, 63, 76],
    "and a line of text below the name above it",
  );
  const same = { name: "reconstruction", y: 49.7 };
  assert.deepEqual(
    down([same, total]).map(([name]) => name),
    ["total", "reconstruction"],
    "equal: the last term first",
  );
  assert.deepEqual(down([{ name: "total", y: 8 }], 6), [["total", 13]], "not above the axes");
});

// A training that goes on

test("from one look to the next the codes glide, for 130 milliseconds", () => {
  const lives = [new Live(), new Live()];
  const [, live] = lives;
  const runs = [{ title: "a" }, { title: "b" }];
  assert.deepEqual([live.goesOn, live.at(0), live.moves(0), sayLives(lives, runs)], [false, null, false, ""]);
  tellAll(lives, { run: 1, epoch: 2, extent: HOME });
  assert.equal(sayLives(lives, runs), "live: b, epoch 2");
  const none = new Uint8Array();
  live.look(state([0, 0, 1, 1]), Uint8Array.of(7), null, 1000);
  assert.deepEqual(live.samples, Uint8Array.of(7));
  assert.deepEqual(live.at(1000), state([0, 0, 1, 1]), "the first is there at once");
  live.look(state([2, 4, 1, 1]), none, live.at(1300), 1300);
  assert.deepEqual(live.at(1300), state([0, 0, 1, 1]));
  assert.deepEqual(live.at(1365), state([1, 2, 1, 1]));
  assert.deepEqual([live.moves(1365), live.moves(1430)], [true, false]);
  assert.deepEqual(live.at(1500), state([2, 4, 1, 1]));
  live.look(state([7, 7, 1, 1]), none, state([0, 0, 1, 1, 2, 2, 1, 1]), 1600);
  assert.deepEqual(live.at(1600), state([7, 7, 1, 1]), "from as many codes only");
  tellAll(lives, { run: 0, epoch: 3, extent: HOME });
  assert.equal(sayLives(lives, runs), "live: epoch 2", "of several, where the last one is");
  assert.equal(tellAll(lives, { run: 0, epoch: 3, extent: HOME, rests: true }), true, "there is something else to say");
  assert.equal(sayLives(lives, runs), "live: epoch 2", "one of them goes on");
  tellAll(lives, { run: 1, epoch: 2, extent: HOME, rests: true });
  assert.equal(sayLives(lives, runs), "paused: epoch 2");
  tellAll(lives, { run: 0, epoch: 3, extent: HOME });
  tellAll(lives, { run: 1 });
  assert.deepEqual([live.goesOn, live.at(1600)], [false, null]);
  assert.equal(sayLives(lives, runs), "live: a, epoch 3");
  tellAll(lives, {});
  assert.equal(sayLives(lives, runs), "");
});

test("what Python sent is read once, and is empty before it has come", () => {
  const model = new Model({ _runs: [runOf(2), runOf(4)], _gaussians_1_0: bytes(Float32Array.of(1, 2, 3, 4)) });
  const recording = new Recording(model);
  assert.equal(recording.last, 3);
  assert.deepEqual([...recording.gaussians(1, 0)], [1, 2, 3, 4]);
  assert.equal(recording.gaussians(1, 0), recording.gaussians(1, 0));
  assert.equal(recording.gaussians(1, 1).length + recording.samples(1, 0).length + recording.liveGaussians().length, 0);
  model.values._live_samples = bytes(Uint8Array.of(7));
  assert.deepEqual([...recording.liveSamples()], [7]);
  model.values._live_samples = bytes(Uint8Array.of(8));
  assert.deepEqual([...recording.liveSamples()], [8], "another look");
});

// The timeline

/** A timeline over four epochs, its model, and what it has shown; `less`: less motion is wanted. */
function timelineAt(epoch, { less = false, last = 3 } = {}) {
  globalThis.window = { matchMedia: () => ({ matches: less }) };
  const model = new Model({ epoch, _runs: [runOf(last + 1)] });
  const shown = [];
  const timeline = new Timeline(model, new Recording(model), () => shown.push(timeline.moment));
  model.changed = () => timeline.epochCame(false); // as the page listens
  return { timeline, model, shown };
}

test("a hand scrubs between the epochs, within the ends; Python is told of whole ones, once each", () => {
  const { timeline, model, shown } = timelineAt(3);
  for (const at of [2.6, 1.8, 1.6, 1.4, -2]) timeline.scrub(at);
  assert.deepEqual(shown, [2.6, 1.8, 1.6, 1.4, 0]);
  assert.deepEqual(model.told, [2, 1, 0]);
  timeline.scrub(9);
  assert.equal(timeline.moment, 3);
  timeline.scrub(1.4);
  timeline.settle();
  assert.equal(timeline.moment, 1, "let go, the nearest epoch is shown");
});

test("where less motion is wanted, a hand scrubs in whole epochs", () => {
  const { timeline, shown } = timelineAt(3, { less: true });
  for (const at of [2.6, 1.4]) timeline.scrub(at);
  assert.deepEqual(shown, [3, 1]);
});

test("Play takes 700 milliseconds for an epoch and ends at the last", () => {
  const { timeline, model } = timelineAt(3);
  timeline.start();
  assert.equal(timeline.moment, 0, "from the end it starts again");
  assert.equal(timeline.tick(350), true);
  assert.equal(timeline.moment, 0.5);
  timeline.start();
  assert.equal(timeline.moment, 0.5, "from elsewhere it goes on");
  assert.equal(timeline.tick(1400), true);
  assert.equal(timeline.tick(1400), false);
  assert.equal(timeline.moment, 3);
  assert.deepEqual(model.told, [0, 1, 3]);
});

test("where less motion is wanted, Play waits and shows whole epochs", () => {
  const { timeline } = timelineAt(0, { less: true });
  const moments = [300, 300, 300, 300, 300, 300].map((milliseconds) => timeline.tick(milliseconds) && timeline.moment);
  assert.deepEqual(moments, [0, 0, 1, 1, 1, 2]);
});

test("Python sets the epoch; who has moved back stays there, but only while a training goes on", () => {
  const { timeline, model } = timelineAt(2);
  model.changed = () => {};
  const comes = (epoch, live) => {
    model.values.epoch = epoch;
    assert.equal(timeline.epochCame(live), true);
    return timeline.moment;
  };
  assert.equal(comes(3, true), 3, "at the newest epoch they go along");
  assert.equal(comes(4, true), 4);
  timeline.scrub(1);
  assert.equal(comes(5, true), 1);
  assert.deepEqual(model.told.slice(-1), [1], "and Python is told again where they are");
  assert.equal(comes(2, false), 2, "nothing goes on: as someone has asked for");
});

test("who moves back and then to the newest epoch again goes along again", () => {
  const { timeline, model } = timelineAt(3);
  model.changed = () => {};
  timeline.scrub(1);
  model.values._runs = [runOf(5)]; // epoch 4 ends meanwhile
  timeline.scrub(4);
  model.values._runs = [runOf(6)];
  model.values.epoch = 5;
  timeline.epochCame(true);
  assert.equal(timeline.moment, 5);
});

test("who has moved back to an epoch that the new training has not reached goes to its last", () => {
  const { timeline, model } = timelineAt(3);
  timeline.scrub(2);
  model.values._runs = [runOf(2)];
  model.changed = () => {};
  model.values.epoch = 0;
  timeline.epochCame(true);
  assert.equal(timeline.moment, 1);
});
