// What stands in for the kernel in a saved page: the widget's state, and a model that tells the page of its changes.

/** Bytes as page.py packed them: in base64, deflated, of float32 numbers all first bytes, then all second ones, ... */
async function unpack({ packed, planes }) {
  const deflated = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const numbers = new Uint8Array(bytes.length);
  const count = bytes.length / planes;
  for (let plane = 0, from = 0; plane < planes; plane++)
    for (let to = plane; from < (plane + 1) * count; to += planes) numbers[to] = bytes[from++];
  return new DataView(numbers.buffer);
}

/** The part of a widget's model that a front end gives it. */
class PageModel {
  constructor(state) {
    this.state = state;
    this.listeners = [];
  }

  get(name) {
    return this.state[name];
  }

  set(name, value) {
    const before = this.state[name];
    if (Array.isArray(value) ? value.every((part, i) => part === before[i]) : value === before) return;
    this.state[name] = value;
    for (const [event, call] of [...this.listeners]) if (event === `change:${name}`) call();
  }

  on(event, call) {
    this.listeners.push([event, call]);
  }

  off(event, call) {
    this.listeners = this.listeners.filter((one) => one[0] !== event || one[1] !== call);
  }

  save_changes() {} // there is nobody to tell
}

const state = JSON.parse(document.querySelector("#state").textContent);
for (const [name, value] of Object.entries(state)) if (value?.packed !== undefined) state[name] = await unpack(value);
render({ model: new PageModel(state), el: document.querySelector("#widget") });
