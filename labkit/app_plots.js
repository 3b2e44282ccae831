// Plots of the newest turns, drawn by Python: asked for when a turn's answer has begun to sound, in the page's colours.

const SETTLE_MS = 600; // a turn's stamps come one after the other

const BEFORE = "Drawn after each answer: from your last sound to the first sound of the answer at your ear.";

class Plots {
  drawn = [];
  error = "";
  shown = ""; // which turns the plots are of

  constructor(say, changed) {
    this.say = say;
    this.changed = changed;
    this.theme = undefined;
  }

  // Ask for new plots when the panel has a turn that they do not show yet.
  watch(panel, element) {
    const turns = [...(panel?.turns.values() ?? [])].filter(({ heard, unheard }) => heard || unheard);
    const known = turns.map(({ index, parts }) => `${index} ${parts.voice_to_voice_ms}`).join();
    if (!turns.length && this.drawn.length) this.clear();
    if (!turns.length || known === this.shown) return;
    this.shown = known;
    this.ask(element);
  }

  ask(element) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.say({ type: "draw", theme: (this.theme = themeOf(element)) }), SETTLE_MS);
  }

  // The page may have become dark, or light.
  recolour(element) {
    if (this.drawn.length && this.theme !== themeOf(element)) this.ask(element);
  }

  receive({ plots, error }) {
    this.drawn = plots;
    this.error = error;
    this.changed();
  }

  clear() {
    clearTimeout(this.timer);
    this.shown = "";
    this.drawn = [];
    this.error = "";
    this.changed();
  }
}

function themeOf(element) {
  const [red, green, blue] = (getComputedStyle(element).backgroundColor.match(/[\d.]+/g) ?? [255, 255, 255]).map(Number);
  return 0.299 * red + 0.587 * green + 0.114 * blue < 128 ? "dark" : "light";
}

// An image rather than SVG in the page: its styles and ids stay its own, and it shrinks with the page.
function picture({ name, svg, words }) {
  const image = make("img", { alt: words, src: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}` });
  return make("figure", { class: `labkit-plot labkit-plot-${name}` }, image);
}

// The view of the plots; `large` gives them the most of a wide page.
function plotsView(plots) {
  const heading = make("h2", {}, "Where the time went");
  const hint = make("p", { class: "labkit-words" });
  const pictures = make("div", { class: "labkit-pictures" });
  const element = make("section", { class: "labkit-plots", "aria-label": "Where the time went" }, heading, hint, pictures);
  let before;
  const show = (large) => {
    element.classList.toggle("labkit-large", large);
    hint.textContent = plots.error || BEFORE;
    hint.hidden = plots.drawn.length > 0;
    if (before === plots.drawn) return;
    before = plots.drawn;
    pictures.replaceChildren(...plots.drawn.map(picture));
  };
  return { element, show };
}
