// The stage: where a page is cut into stops, how long code is shown in parts, and which key does what.

import assert from "node:assert/strict";
import { test } from "node:test";
import { actionOf, isStageKey } from "../../vaelab/widgets/stage/keys.js";
import { linesOfParts } from "../../vaelab/widgets/stage/parts.js";
import { cut } from "../../vaelab/widgets/stage/stops.js";

const SCREEN = 600;
const heading = (height = 60, level = 2) => ({ kind: "heading", height, level });
const text = (height, more = {}) => ({ kind: "text", height, ...more });
const code = (height) => ({ kind: "code", height });
const output = (height) => ({ kind: "output", height });
const figure = (height) => ({ kind: "figure", height });
const widget = { kind: "widget", height: 640 };

/** The stops as the kinds of their pieces. */
const kinds = (pieces) =>
  cut(pieces, SCREEN).map(([from, end]) =>
    pieces
      .slice(from, end)
      .map(({ kind }) => kind)
      .join(" "),
  );

test("every piece is on one stop, in order", () => {
  const pieces = Array.from({ length: 60 }, (_, i) => (i % 7 ? text(40 + ((i * 97) % 200)) : heading()));
  const stops = cut(pieces, SCREEN);
  assert.equal(stops[0][0], 0);
  assert.equal(stops.at(-1)[1], pieces.length);
  for (let i = 1; i < stops.length; i++) assert.equal(stops[i][0], stops[i - 1][1]);
});

test("a stop is no higher than the screen with its type a fifth smaller, and with a figure no higher at all", () => {
  const pieces = Array.from({ length: 80 }, (_, i) => (i % 9 ? text(30 + ((i * 131) % 260)) : figure(400)));
  for (const [from, end] of cut(pieces, SCREEN)) {
    const shown = pieces.slice(from, end);
    const height = shown.reduce((sum, piece) => sum + piece.height, 0);
    if (shown.length > 1) assert.ok(height <= (shown.some(({ kind }) => kind === "figure") ? 1 : 1.25) * SCREEN);
  }
});

test("a section begins a stop, with what follows its heading", () => {
  assert.deepEqual(kinds([text(100), heading(), text(100)]), ["text", "heading text"]);
  assert.deepEqual(kinds([text(100), heading(60, 3), text(100)]), ["text heading text"]);
});

test("a cell is with what it gave, and alone with it", () => {
  assert.deepEqual(kinds([code(100), output(50), code(100), output(50)]), ["code output", "code output"]);
  assert.deepEqual(kinds([code(100), code(100)]), ["code", "code"]);
  assert.deepEqual(kinds([code(500), figure(500)]), ["code", "figure"]);
  assert.deepEqual(kinds([code(100), widget, text(100)]), ["code", "widget", "text"]);
});

test("what is too high for the screen is a stop of its own", () => {
  assert.deepEqual(kinds([text(100), text(900), text(100)]), ["text", "text", "text"]);
});

test("a question is turned over before its answer is seen", () => {
  assert.deepEqual(kinds([text(200), text(60, { asks: true }), code(60), output(30)]), ["text text", "code output"]);
  const questions = [1, 2].flatMap(() => [text(90, { begins: true }), text(60, { answers: true })]);
  assert.deepEqual(kinds(questions), ["text text", "text text"]);
});

test("a sentence that leads to a formula stays with it", () => {
  const pieces = [text(250), text(250), text(60, { leads: true }), { kind: "display", height: 250 }];
  assert.deepEqual(kinds(pieces), ["text text", "text display"]);
});

test("long code is shown whole, in parts that repeat a line or two", () => {
  for (const [lines, most] of [
    [75, 27],
    [31, 28],
    [40, 27],
    [5, 27],
  ]) {
    const parts = linesOfParts(lines, most);
    assert.equal(parts[0].from, 0);
    assert.equal(parts.at(-1).from + parts.at(-1).count, lines);
    for (const { count } of parts) assert.ok(count <= most && count > 0);
    for (let i = 1; i < parts.length; i++) assert.equal(parts[i].from, parts[i - 1].from + parts[i - 1].count - 2);
  }
});

const press = (key, more = {}) => ({
  key,
  code: "",
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  ...more,
});

test("the keys of a clicker, and none that belongs to the browser", () => {
  assert.equal(actionOf(press("PageDown")), "next");
  assert.equal(actionOf(press("PageUp")), "back");
  assert.equal(actionOf(press(" ", { shiftKey: true })), "back");
  assert.equal(actionOf(press("B")), "black");
  assert.equal(actionOf(press("Enter", { shiftKey: true })), "run");
  for (const held of ["altKey", "ctrlKey", "metaKey"]) assert.equal(actionOf(press("f", { [held]: true })), undefined);
  assert.equal(actionOf(press("q")), undefined);
});

test("the stage's key is Alt and P, whatever letter a Mac makes of it", () => {
  assert.ok(isStageKey(press("p", { code: "KeyP", altKey: true })));
  assert.ok(isStageKey(press("π", { code: "KeyP", altKey: true })));
  assert.ok(!isStageKey(press("p", { code: "KeyP" })));
  assert.ok(!isStageKey(press("p", { code: "KeyP", altKey: true, ctrlKey: true })));
});
