// The small face that each widget has alone: buttons, a meter, a choice of devices, a sentence of error.
// Everything made here ends with the view's `signal`.

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "boolean") element.toggleAttribute(name, value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function button(text, onClick, attributes = {}) {
  const element = make("button", { type: "button", class: "labkit-button", ...attributes }, text);
  element.addEventListener("click", onClick);
  return element;
}

// A button that is on or off; returns it and what shows its state.
function toggle(text, onChange) {
  const element = button(text, () => onChange(element.getAttribute("aria-pressed") !== "true"), { "aria-pressed": "false" });
  return { element, show: (on) => element.setAttribute("aria-pressed", String(on)) };
}

// A button that works while it is held, by pointer or by Space and Enter, and until its view or its page goes.
function holdButton(text, onHold, signal) {
  // JupyterLab would take Enter, unless it is told not to.
  const attributes = { type: "button", class: "labkit-button", "aria-pressed": "false", "data-lm-suppress-shortcuts": "true" };
  const element = make("button", attributes, text);
  const hold = (held) => {
    if ((element.getAttribute("aria-pressed") === "true") === held) return;
    element.setAttribute("aria-pressed", String(held));
    onHold(held);
  };
  const keys = [" ", "Enter"];
  signal.addEventListener("abort", () => hold(false));
  addEventListener("pagehide", () => hold(false), { signal });
  element.addEventListener("pointerdown", (event) => {
    element.setPointerCapture(event.pointerId);
    hold(true);
  });
  for (const name of ["pointerup", "pointercancel", "blur"]) element.addEventListener(name, () => hold(false));
  element.addEventListener("keydown", (event) => keys.includes(event.key) && (event.preventDefault(), hold(true)));
  element.addEventListener("keyup", (event) => keys.includes(event.key) && hold(false));
  return element;
}

const METER_MS = 66; // 15 pictures a second look alive, and leave the page's thread to the sound

// A level meter drawn by the page itself; `level()` gives 0..1 of full scale, shown over 60 dB.
function meter(label, level, signal) {
  const element = make("span", { class: "labkit-meter", role: "meter", "aria-label": label, "aria-valuemin": "0", "aria-valuemax": "100" });
  const bar = make("span", { class: "labkit-meter-bar" });
  element.append(bar);
  let shown = -1;
  const draw = () => {
    const percent = Math.round(100 * Math.max(0, Math.min(1, 1 + Math.log10(Math.max(level(), 1e-6)) / 3)));
    if (percent === shown) return;
    bar.style.transform = `scaleX(${percent / 100})`;
    element.setAttribute("aria-valuenow", String(percent));
    shown = percent;
  };
  const timer = setInterval(draw, METER_MS);
  signal.addEventListener("abort", () => clearInterval(timer));
  draw();
  return element;
}

// A choice of devices; `show(devices, chosenId)` fills it and hides it when there is nothing to choose.
function deviceChoice(label, onChoose) {
  const element = make("select", { class: "labkit-choice", "aria-label": label, title: label, hidden: true });
  element.addEventListener("change", () => onChoose(element.value));
  let before = "";
  const show = (devices, chosen) => {
    const now = JSON.stringify([devices, chosen]);
    if (now === before) return;
    before = now;
    element.replaceChildren(...devices.map(({ id, label: text }) => make("option", { value: id, selected: id === chosen }, text)));
    element.hidden = devices.length < 2;
  };
  return { element, show };
}

function slider(label, onChange) {
  const element = make("input", { type: "range", min: "0", max: "100", "aria-label": label, title: label, class: "labkit-slider" });
  element.addEventListener("input", () => onChange(element.value / 100));
  return element;
}

const STATE_WORDS = { off: "off", asking: "starting…", live: "on", failed: "not working" };

// The frame of every part's view: start/stop, state in words, the error with its remedy; `more` comes between.
// `show` is called with every state; returns nothing, ends with `signal`.
function drawPart(part, el, signal, { title, more, show }) {
  const start = button(`Start ${part.name}`, () => (part.state === "live" ? part.stop() : part.start()));
  const words = make("span", { class: "labkit-words", role: "status" });
  const alert = make("span", { class: "labkit-error", role: "alert" });
  const takeOver = button("Use this tab", () => part.start({ force: true }));
  const row = make("div", { class: "labkit-row" }, start, ...more, words);
  const trouble = make("div", { class: "labkit-row", hidden: true }, alert, takeOver);
  el.classList.add("labkit-widget");
  el.append(make("div", { class: "labkit-part", role: "group", "aria-label": title }, row, trouble));
  const draw = () => {
    start.textContent = part.state === "live" ? `Stop ${part.name}` : `Start ${part.name}`;
    start.disabled = part.state === "asking";
    words.textContent = STATE_WORDS[part.state];
    alert.textContent = part.error;
    trouble.hidden = !part.error;
    takeOver.hidden = !part.canTakeOver;
    show();
  };
  signal.addEventListener("abort", part.onState(draw));
  part.views.add(signal);
  draw();
}
