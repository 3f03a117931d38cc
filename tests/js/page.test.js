// What stands in for the kernel in a saved page, and in the tests.

import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { PageModel, unpack } from "../../vaelab/widgets/shared/page.js";

const view = (...bytes) => new DataView(Uint8Array.from(bytes).buffer);

/** A model of this state, and the names of the traits whose changes it tells, as they come. */
function listened(state) {
  const model = new PageModel(state);
  const told = [];
  for (const name of Object.keys(state)) model.on(`change:${name}`, () => told.push(name));
  return { model, told };
}

test("a change is told once it is there", () => {
  const model = new PageModel({ mu: 0, sigma: 1 });
  const seen = [];
  model.on("change:mu", () => seen.push(model.get("mu")));
  model.set("mu", 2);
  model.set("sigma", 3);
  assert.deepEqual(seen, [2]);
  assert.equal(model.get("sigma"), 3);
});

test("what is as it was is no change", () => {
  const state = { number: 1, z: [1, 2], live: { run: 0, extent: [0, 1] }, bytes: view(1, 2), nothing: null, name: "a" };
  const { model, told } = listened(state);
  const same = { number: 1, z: [1, 2], live: { run: 0, extent: [0, 1] }, bytes: view(1, 2), nothing: null, name: "a" };
  for (const [name, value] of Object.entries(same)) model.set(name, value);
  assert.deepEqual(told, []);
});

test("what is another value in any part of it is one", () => {
  const others = [
    [1, 2],
    [1, "1"],
    [
      [1, 2],
      [1, 3],
    ],
    [
      [1, 2],
      [1, 2, 3],
    ],
    [
      [1, 2, 3],
      [1, 2],
    ],
    [[], {}],
    [{ run: 0 }, {}],
    [{ run: 0 }, { epoch: 0 }],
    [
      { a: 1, b: [1] },
      { a: 1, b: [2] },
    ],
    [null, {}],
    [{}, null],
    [view(1, 2), view(1, 3)],
    [view(1, 2), view(1, 2, 3)],
    [view(), view(0)],
  ];
  for (const [before, after] of others) {
    const { model, told } = listened({ value: before });
    model.set("value", after);
    assert.deepEqual(told, ["value"], JSON.stringify([before, after]));
    assert.equal(model.get("value"), after);
  }
});

test("a message's traits are all there before the first change is told", () => {
  const model = new PageModel({ epoch: 1, _runs: ["a"], mu: 0 });
  const seen = [];
  model.on("change:epoch", () => seen.push(["epoch", model.get("_runs")]));
  model.on("change:_runs", () => seen.push(["_runs", model.get("epoch")]));
  model.on("change:mu", () => seen.push(["mu"]));
  model.update({ epoch: 2, _runs: ["a", "b"], mu: 0 });
  assert.deepEqual(seen, [
    ["epoch", ["a", "b"]],
    ["_runs", 2],
  ]);
});

test("who listens no more is not told, and the others are", () => {
  const model = new PageModel({ mu: 0 });
  const told = [];
  const [first, second] = [() => told.push("first"), () => told.push("second")];
  model.on("change:mu", first);
  model.on("change:mu", second);
  model.off("change:mu", first);
  model.set("mu", 1);
  model.off("change:sigma", second);
  model.set("mu", 2);
  assert.deepEqual(told, ["second", "second"]);
});

test("one that stops listening when it is told keeps nobody from being told", () => {
  const model = new PageModel({ mu: 0 });
  const told = [];
  const once = () => {
    told.push("once");
    model.off("change:mu", once);
  };
  model.on("change:mu", once);
  model.on("change:mu", () => told.push("always"));
  model.set("mu", 1);
  model.set("mu", 2);
  assert.deepEqual(told, ["once", "always", "always"]);
});

test("one that starts listening when it is told is told of the next change", () => {
  const model = new PageModel({ mu: 0 });
  const told = [];
  const start = () => model.on("change:mu", () => told.push(model.get("mu")));
  model.on("change:mu", start);
  model.set("mu", 1);
  assert.deepEqual(told, []);
  model.off("change:mu", start);
  model.set("mu", 2);
  assert.deepEqual(told, [2]);
});

test("Python is told when the widget says so, where there is one", () => {
  let told = 0;
  const model = new PageModel({ mu: 0 }, () => {
    told++;
  });
  model.set("mu", 1);
  assert.equal(told, 0);
  model.save_changes();
  assert.equal(told, 1);
  new PageModel({ mu: 0 }).save_changes();
});

test("bytes are unpacked as page.py packed them", async () => {
  const packed = (...bytes) => deflateSync(Uint8Array.from(bytes)).toString("base64");
  const bytes = async (given) => [...new Uint8Array((await unpack(given)).buffer)];
  assert.deepEqual(await bytes({ packed: packed(1, 2, 255), planes: 1 }), [1, 2, 255]);
  assert.deepEqual(await bytes({ packed: packed(1, 5, 2, 6, 3, 7, 4, 8), planes: 4 }), [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(await bytes({ packed: packed(), planes: 4 }), []);
});
