// Which key does what on the stage, and which keys what has the focus needs for itself.

/** @typedef {Pick<KeyboardEvent, "key" | "code" | "altKey" | "ctrlKey" | "metaKey" | "shiftKey">} Press */

/** What a key does. A clicker sends PageUp and PageDown, and a full stop or b for a black screen. */
const ACTIONS = {
  ArrowRight: "next",
  ArrowDown: "next",
  PageDown: "next",
  " ": "next",
  ArrowLeft: "back",
  ArrowUp: "back",
  PageUp: "back",
  Home: "first",
  End: "last",
  b: "black",
  ".": "black",
  l: "pointer",
  f: "fullscreen",
  o: "overview",
  g: "overview",
  c: "code",
  "?": "help",
  Escape: "leave",
};

/** For the page of keys that `?` shows. */
export const KEYS = [
  ["→  ↓  Page Down  Space", "on"],
  ["←  ↑  Page Up  Shift + Space", "back"],
  ["Home, End", "to the first stop, to the last"],
  ["O or G", "the sections, to jump to"],
  ["B or .", "a black screen, and back"],
  ["L", "a spot that follows the mouse, or Shift and the arrow keys"],
  ["C", "without the code, or with it again"],
  ["F", "the whole screen"],
  ["Shift + Enter", "in a notebook: runs the cell that is shown"],
  ["Esc", "leaves a slider, an editor, a widget; then the stage"],
  ["Alt + P", "begins and ends"],
];

const TYPING =
  "input:not([type=range], [type=radio], [type=checkbox], [type=button], [type=submit], [type=reset]), textarea, " +
  "select, [contenteditable=''], [contenteditable=true]";
const PRESSED = "button, summary, a[href], [role=button], [role=tab], [type=button], [type=submit]";
const MOVED =
  "[type=range], [type=radio], [role=slider], [role=spinbutton], [role=listbox], [role=tree], .vaelab [tabindex]";
const MOVES = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", " ", "Enter"];

/**
 * Whether this is the key that begins the stage and ends it. With Alt a Mac's key has another letter, but the same code.
 * @param {Press} event
 */
export function isStageKey({ code, altKey, ctrlKey, metaKey, shiftKey }) {
  return code === "KeyP" && altKey && !ctrlKey && !metaKey && !shiftKey;
}

/**
 * What a key does on the stage, if it does anything there.
 * @param {Press} event
 * @returns {string | undefined}
 */
export function actionOf({ key, altKey, ctrlKey, metaKey, shiftKey }) {
  if (altKey || ctrlKey || metaKey) return;
  if (shiftKey && key === " ") return "back";
  if (shiftKey && key === "Enter") return "run";
  if (shiftKey && key.startsWith("Arrow")) return "point";
  /** @type {Record<string, string>} */
  const actions = ACTIONS;
  return actions[key.length === 1 ? key.toLowerCase() : key];
}

/** @param {EventTarget | null} target */
export function isTyping(target) {
  return target instanceof Element && Boolean(target.closest(TYPING));
}

/**
 * Whether what has the focus needs the key: an editor all of them, a slider its arrows, a button Space and Enter. Page
 * Up and Page Down are the clicker's: who has just moved a slider goes on by it all the same.
 * @param {EventTarget | null} target
 * @param {string} key
 */
export function needs(target, key) {
  if (!(target instanceof Element)) return false;
  if (isTyping(target)) return true;
  if (target.closest("[type=checkbox]")) return key === " ";
  if (target.closest(PRESSED)) return key === " " || key === "Enter";
  return Boolean(target.closest(MOVED)) && MOVES.includes(key);
}

/**
 * Whether the browser itself answers its keys.
 * @param {EventTarget | null} target
 */
export function isNative(target) {
  return target instanceof Element && target.matches("[type=radio]");
}
