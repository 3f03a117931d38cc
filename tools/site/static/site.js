// A page of the site: its widgets come alive when they are scrolled to, and its predictions keep what was picked.

const root = document.documentElement;

/** What a framed widget is told of this page's look: page.js of the widgets obeys it. */
const look = () => ({
  vaelab: "look",
  scheme: root.dataset.theme === "dark" ? "dark" : "light",
  stage: root.hasAttribute("data-stage"),
});

/**
 * Puts the living page in the place of a widget's picture. The picture stays until the widget says how high it is.
 * @param {HTMLElement} figure
 */
function wake(figure) {
  const frame = document.createElement("iframe");
  frame.title = figure.dataset.name ?? "";
  frame.src = figure.dataset.page ?? "";
  frame.className = "vaelab-asleep";
  window.addEventListener("message", ({ source, data }) => {
    if (source !== frame.contentWindow || data?.vaelab !== "height") return;
    frame.style.height = `${Math.ceil(data.height)}px`;
    if (figure.classList.contains("vaelab-alive")) return;
    figure.classList.add("vaelab-alive");
    frame.className = "";
    tell(frame);
  });
  frame.addEventListener("load", () => tell(frame));
  figure.append(frame);
}

/** @param {HTMLIFrameElement} frame */
function tell(frame) {
  frame.contentWindow?.postMessage(look(), "*");
}

/** Every widget of the page, each when it comes into view. */
function watchWidgets() {
  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      wake(/** @type {HTMLElement} */ (target));
    }
  });
  for (const figure of document.querySelectorAll(".vaelab-widget")) seen.observe(figure);
  const told = new MutationObserver(() => {
    for (const frame of document.querySelectorAll("iframe")) tell(frame);
  });
  told.observe(root, { attributes: true, attributeFilter: ["data-theme", "data-stage"] });
}

/**
 * What is kept in this browser, where it lets us.
 * @param {string} name
 * @param {string} [value]
 * @returns {string | null}
 */
function kept(name, value) {
  try {
    if (value !== undefined) localStorage.setItem(name, value);
    return localStorage.getItem(name);
  } catch {
    return value ?? null; // a browser that keeps nothing: the pick lasts as long as the page
  }
}

/**
 * A question's pick, kept, and its answer unfolded where it stands.
 * @param {HTMLFieldSetElement} question
 */
function ask(question) {
  const number = question.dataset.number ?? "";
  const answer = /** @type {HTMLDetailsElement | null} */ (document.getElementById(`explanation-${number}`));
  const inputs = /** @type {HTMLInputElement[]} */ ([...question.querySelectorAll("input")]);
  const show = (/** @type {string} */ pick) => {
    const input = inputs.find(({ value }) => value === pick);
    if (!input) return;
    input.checked = true;
    const status = question.querySelector(".vaelab-picked");
    if (status) status.innerHTML = `Kept. Read on: <a href="#explanation-${number}">the answer</a> stands below.`;
    if (!answer) return;
    answer.open = true;
    const letter = "abcdefgh"[Number(pick)];
    const said = answer.querySelector(".vaelab-said");
    if (said)
      said.textContent =
        pick === answer.dataset.right ? `You picked ${letter}), which is right. ` : `You picked ${letter}). `;
  };
  question.addEventListener("change", ({ target }) =>
    show(kept(`vaelab-${number}`, /** @type {HTMLInputElement} */ (target).value) ?? ""),
  );
  show(kept(`vaelab-${number}`) ?? "");
}

/** A link into something folded unfolds it. */
function unfold() {
  /** @type {Element | null | undefined} */
  let place = document.querySelector(":target");
  for (; place; place = place.parentElement) if (place instanceof HTMLDetailsElement) place.open = true;
}

/** Paper is white. */
function print() {
  let theme = root.dataset.theme;
  window.addEventListener("beforeprint", () => {
    theme = root.dataset.theme;
    root.dataset.theme = "light";
  });
  window.addEventListener("afterprint", () => {
    root.dataset.theme = theme;
  });
}

print();
watchWidgets();
for (const question of document.querySelectorAll(".vaelab-prediction"))
  ask(/** @type {HTMLFieldSetElement} */ (question));
window.addEventListener("hashchange", unfold);
unfold();
