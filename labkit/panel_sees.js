// What the panel shows of seeing: which sources are on and what they see, what the model last saw with marks on it,
// mathematics that it shows, and when a picture goes along.

const REASONS = {
  spoke: "because you spoke",
  typed: "because you typed",
  settled: "because it changed",
  shown: "because a cell showed it",
};
const MARK_WORDS = { slip: "✗ slip", look: "? look", right: "✓ right" };

// What the model last saw: told by panel_sees.py over the panel's stream.
class Seen {
  marks = []; // {line, kind, box}
  math = null; // {text, mathml}
  picture = null; // {source, reason, at, width, height}
  url = ""; // of the picture itself
  counts = { sent: 0, tokens: 0, keep: 3 };
  #coming = null;

  clear() {
    this.#show(null, "");
    this.math = null;
    this.counts = { ...this.counts, sent: 0, tokens: 0 };
  }

  receive(message) {
    if (message.type === "math") this.math = message;
    if (message.type === "mark") this.marks = [...this.marks.filter(({ line }) => line !== message.line), message];
    if (message.type !== "seen") return;
    this.#coming = { ...message, at: new Date(Date.now() - message.age_ms) };
    if (!message.fits) this.#show(this.#coming, "");
  }

  receiveFrame({ item, payload }) {
    if (item !== this.#coming?.number) return;
    const type = payload[0] === 0x89 ? "image/png" : "image/jpeg";
    this.#show(this.#coming, URL.createObjectURL(new Blob([payload], { type })));
  }

  #show(picture, url) {
    URL.revokeObjectURL(this.url);
    Object.assign(this, { picture, url, marks: [] });
    if (picture) this.counts = picture;
  }
}

// One button for each source.
function sourceToggles(panel) {
  const toggles = panel.sourceNames.map((name) => {
    const { element, show } = toggle(capital(name), (on) => panel.see(name, on));
    return { name, element, show };
  });
  const show = () => {
    for (const { name, element, show: press } of toggles) {
      const part = panel.source(name);
      element.disabled = !part;
      press(["live", "asking"].includes(part?.state));
    }
  };
  return { elements: toggles.map(({ element }) => element), show };
}

function capital(word) {
  return word[0].toUpperCase() + word.slice(1);
}

// What the sources that are on see.
function previews(panel, signal) {
  const element = make("div", { class: "labkit-previews" });
  const choice = deviceChoice("Camera to use", (id) => panel.source("camera").setDevice(id));
  const marks = marksOn(panel, ({ source }) => source === "whiteboard");
  const boxes = new Map();
  const boxOf = (part) => {
    const box = make("div", { class: `labkit-source labkit-source-${part.name}` }, part.preview(signal));
    if (part.name === "camera") box.append(choice.element);
    box.querySelector(".labkit-paper")?.append(marks.element); // on the board itself, where one looks
    element.append(box);
    boxes.set(part, box);
    return box;
  };
  const show = () => {
    for (const part of panel.sources) {
      const box = boxes.get(part) ?? boxOf(part);
      box.hidden = part.state !== "live";
      if (part.name === "camera") choice.show(part.devices(), part.model.get("device_id") || part.chosen);
    }
    marks.show();
    element.hidden = !panel.sources.some(({ state }) => state === "live");
  };
  return { element, show };
}

// What the model last saw, the marks on it, and the mathematics that it shows.
function lastSeen(panel) {
  const image = make("img");
  const marks = marksOn(panel, () => true);
  const picture = make("div", { class: "labkit-picture" }, image, marks.element);
  image.addEventListener("load", () => picture.style.setProperty("--shape", image.naturalWidth / image.naturalHeight));
  const words = make("div", { class: "labkit-words" });
  const marked = make("ul", { class: "labkit-marked" });
  const verdicts = make("div", { role: "status", "aria-label": "Marked lines" }, marked);
  const math = make("div", { class: "labkit-math", role: "status" });
  const element = make("div", { class: "labkit-seen" }, picture, make("div", { class: "labkit-told" }, words, math, verdicts));
  let shown = null;
  const show = () => {
    const { seen } = panel;
    const now = [seen.picture, seen.marks, seen.math];
    if (shown && now.every((thing, i) => thing === shown[i])) return;
    shown = now;
    element.hidden = !seen.picture && !seen.math;
    picture.hidden = !seen.url;
    if (seen.url) image.src = seen.url;
    words.textContent = seen.picture ? `model last saw: ${captionOf(seen.picture)}` : "";
    image.alt = words.textContent;
    marks.show();
    marked.replaceChildren(...seen.marks.map(({ line, kind }) => make("li", { class: `labkit-${kind}` }, `line ${line}: ${MARK_WORDS[kind]}`)));
    marked.hidden = !seen.marks.length;
    math.replaceChildren(...(seen.math ? [mathOf(seen.math.mathml) ?? seen.math.text] : []));
    math.hidden = !seen.math;
  };
  return { element, show };
}

function captionOf({ at, source, reason, fits, width, height }) {
  const time = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  const size = fits ? "" : `too large to show here (${width} × ${height})`;
  return [time, source, REASONS[reason] ?? reason, size].filter(Boolean).join(" · ");
}

// The marks on the picture that the model last saw, to lie over it (and over nothing that it is not `of`).
function marksOn(panel, of) {
  const element = make("div", { class: "labkit-marks", "aria-hidden": "true" });
  let shown = null;
  const show = () => {
    const { picture, marks } = panel.seen;
    if (shown === marks) return;
    shown = marks;
    element.replaceChildren(...(picture && of(picture) ? marks : []).filter(({ box }) => box).map(drawMark));
  };
  return { element, show };
}

function drawMark({ kind, box: [left, top, right, bottom] }) {
  const [x, y, width, height] = [left, top, right - left, bottom - top].map((share) => `${100 * share}%`);
  const label = make("span", {}, MARK_WORDS[kind]);
  const wide = right > 0.75 ? " labkit-wide" : ""; // no room beside it
  return make("div", { class: `labkit-box labkit-${kind}${wide}`, style: `left: ${x}; top: ${y}; width: ${width}; height: ${height}` }, label);
}

// When a picture goes along, and what that was so far.
function pictureRules(panel) {
  const summary = make("summary", {});
  const rule = make("p", {});
  const change = range("changed by", "%", { min: 0.1, max: 5, step: 0.1 }, (value) => panel.setSources("change_percent", value));
  const settle = range("held still for", "ms", { min: 200, max: 3000, step: 100 }, (value) => panel.setSources("settle_ms", value));
  const element = make("details", { class: "labkit-rules" }, summary, rule, make("div", { class: "labkit-row" }, change.element, settle.element));
  const show = () => {
    const { sent, tokens, keep } = panel.seen.counts;
    const about = sent ? `${sent} sent, about ${tokens.toLocaleString("en")} tokens` : "none sent yet";
    element.hidden = !sent && !panel.sources.some(({ state }) => state === "live");
    summary.textContent = `pictures: ${about}`;
    rule.textContent = `A picture goes along when you speak or type, and when it changed and held still; the newest ${keep} are kept, and the last one of each source.`;
    const camera = panel.source("camera");
    change.show(camera?.model.get("change_percent"));
    settle.show(camera?.model.get("settle_ms"));
  };
  element.addEventListener("toggle", show);
  return { element, show };
}

// A labelled slider that says its value.
function range(words, unit, limits, onChange) {
  const keys = { "data-lm-suppress-shortcuts": "true" }; // JupyterLab would take the arrow keys
  const input = make("input", { type: "range", class: "labkit-slider", ...limits, ...keys });
  const value = make("output", {});
  const say = () => (value.textContent = `${Number(input.value)} ${unit}`);
  input.addEventListener("input", () => (say(), onChange(Number(input.value))));
  const show = (now) => {
    if (now === undefined || document.activeElement === input) return;
    input.value = now;
    say();
  };
  return { element: make("label", { class: "labkit-range" }, `${words} `, input, " ", value), show };
}
