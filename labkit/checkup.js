// The face of the checks: one button, one row a thing; Python fills the rows over the link.

const NAMES = ["page", "link", "microphone", "speaker", "camera", "engine"];
const MARKS = { true: ["✓ ok", "labkit-mark-ok"], false: ["✗ no", "labkit-mark-no"], null: ["", ""] };

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
  }

  part(name) {
    return labkit.parts.get(this.model.get("part_ids")[name]);
  }

  check() {
    const page = pageProblem("microphone");
    if (!this.link) return this.#row({ name: "link", ok: false, words: "The kernel is not connected: run the cell again." });
    this.running = true;
    for (const name of ["speaker", "microphone", "camera"]) this.part(name)?.start({ force: true });
    this.link.sendMessage(this.stream, { type: "check", page });
    this.changed.call();
  }

  close() {
    for (const off of this.offs) off();
    labkit.checkups.delete(this.stream + this.model.get("link_id"));
  }

  #join(link) {
    this.link = link;
    let connected = false;
    const greet = ({ connected: now }) => {
      if (now && !connected) link.sendMessage(this.stream, { type: "hello" });
      connected = now;
    };
    this.offs.push(link.onMessage(this.stream, (message) => this.#receive(message)), link.onState(greet));
    greet(link.state);
  }

  #receive(message) {
    if (message.type === "check") this.#row(message);
    if (message.type !== "done") return;
    this.running = false;
    for (const name of ["speaker", "microphone", "camera"]) this.part(name)?.stop();
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
  el.append(make("section", { class: "labkit-checkup", "aria-label": "Checks" }, make("div", { class: "labkit-row" }, start, words), table));
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
    words.textContent = row?.words ?? "not checked yet";
  };
  return { element, show };
}

export default { initialize, render };
