// The face of the checks: one button, one row a thing. The page fills its own rows, Python the others over the link.

const NAMES = [...Object.keys(PAGE_LOOKS), "link", "clock", "microphone", "speaker", "camera", "engine", "versions", "memory"];
const MARKS = { true: ["✓ ok", "labkit-mark-ok"], false: ["✗ no", "labkit-mark-no"], null: ["", ""] };
const REPORT_MARKS = { true: "ok  ", false: "no  ", null: "—   " };
const NOT_YET = "not checked yet";
const DEVICES = ["speaker", "microphone", "camera"];
const CONNECT_MS = 20_000; // a page that was just opened looks for a way to its kernel, some seconds each
const ANSWER_MS = 15_000; // the kernel says at once that it begins, unless a cell keeps it
const NO_LINK = "Page and kernel do not reach each other: run the cell again, or reload the page.";
const NO_ANSWER = "The kernel does not answer: wait until no cell runs, or restart the kernel; then check again.";

class CheckupModel {
  rows = new Map();
  running = false;

  constructor(model) {
    this.model = model;
    this.stream = model.get("stream");
    this.changed = new Callbacks();
    this.offs = [];
    labkit.checkups ??= new Map();
    labkit.checkups.set(this.stream + model.get("link_id"), this);
    labkit.link(model.get("link_id"), 60_000).then(
      (link) => this.#join(link),
      (error) => this.#row({ name: "link", ok: false, words: error.message }),
    );
    const again = () => this.lookAtPage();
    navigator.mediaDevices?.addEventListener?.("devicechange", again);
    this.offs.push(() => navigator.mediaDevices?.removeEventListener?.("devicechange", again));
    again();
  }

  // As `Checkup.report` in Python.
  get report() {
    const line = (name) => this.rows.get(name) ?? { name, ok: null, words: NOT_YET };
    return NAMES.map(line).map(({ name, ok, words }) => `${REPORT_MARKS[ok]}${name.padEnd(13)}${words}`).join("\n");
  }

  part(name) {
    return labkit.parts.get(this.model.get("part_ids")[name]);
  }

  check() {
    this.lookAtPage();
    this.running = true;
    if (this.link?.state.connected) return this.#begin(); // at once: the click still counts
    if (this.link?.state.gone) return this.#fail(NO_LINK);
    this.#row({ name: "link", ok: null, words: "connecting…" });
    this.connects = setTimeout(() => this.#fail(NO_LINK), CONNECT_MS);
  }

  async lookAtPage() {
    this.page = await pageRows();
    for (const row of this.page) this.rows.set(row.name, row);
    this.#tellPage();
    this.changed.call();
  }

  close() {
    for (const off of this.offs) off();
    this.#stopWaiting();
    labkit.checkups.delete(this.stream + this.model.get("link_id"));
  }

  #join(link) {
    this.link = link;
    let connected = false;
    const greet = ({ connected: now, gone }) => {
      if (gone && this.running) this.#fail(NO_LINK);
      if (now && !connected) {
        link.sendMessage(this.stream, { type: "hello" });
        this.#tellPage();
        if (this.connects) this.#begin();
      }
      connected = now;
    };
    this.offs.push(link.onMessage(this.stream, (message) => this.#receive(message)), link.onState(greet));
    greet(link.state);
  }

  #tellPage() {
    if (this.page && this.link) this.link.sendMessage(this.stream, { type: "page", rows: this.page });
  }

  #begin() {
    this.#stopWaiting();
    for (const name of DEVICES) this.part(name)?.start({ force: true });
    this.link.sendMessage(this.stream, { type: "check" });
    this.answer = setTimeout(() => this.#fail(NO_ANSWER), ANSWER_MS);
    this.changed.call();
  }

  #receive(message) {
    this.#stopWaiting();
    if (message.type === "check") this.#row(message);
    if (message.type === "done") this.#end();
  }

  #stopWaiting() {
    clearTimeout(this.connects);
    clearTimeout(this.answer);
    this.connects = null;
  }

  #fail(words) {
    this.#row({ name: "link", ok: false, words });
    this.#end();
  }

  async #end() {
    this.#stopWaiting();
    await this.lookAtPage(); // now it knows what was allowed
    this.running = false;
    for (const name of DEVICES) this.part(name)?.stop();
    this.changed.call();
  }

  #row(row) {
    this.rows.set(row.name, row);
    this.changed.call();
  }
}

function initialize({ model }) {
  const checkup = new CheckupModel(model);
  return () => checkup.close();
}

function render({ model, el, signal }) {
  const checkup = labkit.checkups.get(model.get("stream") + model.get("link_id"));
  el.classList.add("labkit-widget");
  const start = button("Check", () => checkup.check());
  start.classList.add("labkit-start");
  const words = make("span", { class: "labkit-words" }, "Speak while it listens. The browser will ask for microphone and camera: allow both.");
  const rows = new Map(NAMES.map((name) => [name, tableRow(name)]));
  const table = make("table", { "aria-live": "polite" }, make("tbody", {}, ...[...rows.values()].map(({ element }) => element)));
  el.append(make("section", { class: "labkit-checkup", "aria-label": "Checks" }, make("div", { class: "labkit-row" }, start, words), table, copyRow(checkup)));
  const show = () => {
    start.disabled = checkup.running;
    start.textContent = checkup.running ? "Checking…" : "Check";
    for (const [name, row] of rows) row.show(checkup.rows.get(name));
  };
  signal.addEventListener("abort", checkup.changed.add(show));
  show();
}

function tableRow(name) {
  const mark = make("td");
  const words = make("td");
  const element = make("tr", {}, make("th", { scope: "row" }, name), mark, words);
  const show = (row) => {
    const [text, className] = MARKS[String(row?.ok ?? null)];
    mark.textContent = text;
    mark.className = className;
    words.textContent = row?.words ?? NOT_YET;
  };
  return { element, show };
}

// The report as text that is selected; copied too, where the browser lets a page do that.
function copyRow(checkup) {
  const text = make("textarea", { class: "labkit-report", "aria-label": "The report", readonly: true, rows: "6", hidden: true });
  const words = make("span", { class: "labkit-words", role: "status" }, "For an issue or a teacher; nothing private is in it.");
  const copy = button("Copy the report", async () => {
    text.value = checkup.report;
    text.hidden = false;
    text.select();
    const copied = await navigator.clipboard?.writeText(text.value).then(() => true, () => false);
    words.textContent = copied ? "Copied." : "The browser lets this page copy nothing: press Ctrl+C (⌘C) now.";
  });
  return make("div", {}, make("div", { class: "labkit-row" }, copy, words), text);
}

export default { initialize, render };
