// A tour for those who are here for the first time: a card that names one part of the page after the other.
// That it was seen is remembered in this browser, and nowhere else.

const SEEN = "labkit-tour-seen";
const STEPS = [
  [".labkit-modes", "Choose", "Five things to do. Each shows the same panel with something of its own; you can switch at any time."],
  [".labkit-start", "Start talking", "The browser asks for your microphone: allow it. Headphones keep the AI from hearing itself."],
  [".labkit-turns, .labkit-type", "Speak, and interrupt", "Pause, and it answers. Talk over it and it stops; what you never heard is struck through. You can type, too."],
  [".labkit-plots", "See the time", "After each answer: where the milliseconds between your last sound and its first went."],
  [".labkit-about", "Who hears you", "Who answers, where your voice goes, and what it cannot do. This line is always here."],
];

class Tour {
  step = null; // which step is shown

  constructor(root, signal) {
    this.root = root;
    this.title = make("h2", { id: `labkit-tour-${randomId()}`, tabindex: "-1" });
    this.words = make("p");
    this.count = make("span", { class: "labkit-words" });
    this.back = button("Back", () => this.show(this.step - 1));
    this.next = button("Next", () => (this.step + 1 < STEPS.length ? this.show(this.step + 1) : this.end()), { class: "labkit-button labkit-primary" });
    const skip = button("Close the tour", () => this.end());
    const row = make("div", { class: "labkit-row" }, this.count, skip, this.back, this.next);
    this.element = make("div", { class: "labkit-tour", role: "dialog", "aria-labelledby": this.title.id, hidden: true }, this.title, this.words, row);
    this.element.addEventListener("keydown", (event) => {
      event.stopPropagation(); // JupyterLab acts on keys
      if (event.key === "Escape") this.end();
      if (event.key === "ArrowRight" && this.step + 1 < STEPS.length) this.show(this.step + 1);
      if (event.key === "ArrowLeft") this.show(this.step - 1);
    });
    signal.addEventListener("abort", () => this.mark(null));
  }

  // For somebody new.
  offer() {
    if (!remembered()) this.show(0, { focus: false });
  }

  begin(from) {
    this.from = from;
    this.show(0);
  }

  show(step, { focus = true } = {}) {
    if (step < 0) return;
    this.step = step;
    const [selector, title, words] = STEPS[step];
    this.title.textContent = title;
    this.words.textContent = words;
    this.count.textContent = `${step + 1} of ${STEPS.length}`;
    this.back.disabled = step === 0;
    this.next.textContent = step + 1 < STEPS.length ? "Next" : "Done";
    this.element.hidden = false;
    this.mark([...this.root.querySelectorAll(selector)].find((element) => element.offsetParent));
    if (focus) this.title.focus({ preventScroll: true });
  }

  end() {
    this.step = null;
    this.element.hidden = true;
    this.mark(null);
    remember();
    this.from?.focus();
  }

  mark(element) {
    this.marked?.classList.remove("labkit-pointed");
    this.marked = element;
    element?.classList.add("labkit-pointed");
    element?.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  }
}

// Storage is refused to some pages; then the tour is offered again, which does no harm.
function remembered() {
  try {
    return localStorage.getItem(SEEN) !== null;
  } catch {
    return false;
  }
}

function remember() {
  try {
    localStorage.setItem(SEEN, "yes");
  } catch {}
}
