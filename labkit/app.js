// The face of the app: the choice, the panel of what is chosen, plots, who answers, the tour.
// A choice goes to Python as a widget's message; plots come over the link, like everything that is live.

function initialize({ model }) {
  const app = new AppModel(model);
  return () => app.close();
}

class AppModel {
  constructor(model) {
    this.model = model;
    this.changed = new Callbacks();
    this.chosen = new Callbacks(); // a choice is on its way to Python
    this.plots = new Plots((message) => this.link?.sendMessage(model.get("stream"), message), () => this.changed.call());
    this.offs = [];
    labkit.apps ??= new Map();
    labkit.apps.set(this.id, this);
    labkit.link(model.get("link_id"), 60_000).then(
      (link) => this.#join(link),
      () => this.changed.call(),
    );
  }

  get id() {
    return `${this.model.get("stream")} ${this.model.get("link_id")}`;
  }

  // The panel's page half (panel_model.js), once it is there.
  get panel() {
    return labkit.panels?.get(this.panelId);
  }

  // What is chosen, or was chosen and is on its way.
  get mode() {
    return this.coming?.mode ?? this.model.get("mode");
  }

  get language() {
    return this.coming?.language ?? this.model.get("language");
  }

  choose(mode, language) {
    this.coming = { mode, language };
    this.model.send({ type: "choose", mode, language });
    this.chosen.call();
    this.changed.call();
  }

  close() {
    for (const off of this.offs) off();
    labkit.apps.delete(this.id);
  }

  #join(link) {
    this.link = link;
    const receive = (message) => message.type === "drawn" && message.panel === this.panelId && this.plots.receive(message);
    this.offs.push(link.onMessage(this.model.get("stream"), receive));
    this.changed.call();
  }
}

function render({ model, el, signal, host }) {
  const app = labkit.apps.get(`${model.get("stream")} ${model.get("link_id")}`);
  el.classList.add("labkit-widget");
  const root = make("div", { class: "labkit-app" });
  const choice = choiceOf(app, signal);
  const slot = slotOf(app, host, signal);
  const plots = plotsView(app.plots);
  const tour = new Tour(root, signal);
  root.append(head(tour), choice.element, slot.element, plots.element, footer(model), tour.element);
  el.append(make("div", { class: "labkit-stage" }, root));
  const show = () => {
    choice.show();
    plots.show(app.mode === "latency");
    app.plots.watch(app.panel, root);
  };
  const watch = (panel) => signal.addEventListener("abort", panel.changed.add(show));
  slot.fill(watch);
  model.on("change:panel", () => {
    app.coming = undefined;
    app.plots.clear();
    slot.fill(watch);
  });
  for (const trait of ["mode", "language"]) model.on(`change:${trait}`, show);
  signal.addEventListener("abort", app.changed.add(show));
  signal.addEventListener("abort", app.chosen.add(slot.clear));
  watchColours(() => app.plots.recolour(root), signal);
  show();
  tour.offer();
}

function head(tour) {
  const start = button("Take the tour", () => tour.begin(start));
  const words = make("p", {}, "Talk to an AI, show it things, interrupt it, and see where the time goes.");
  return make("header", { class: "labkit-head" }, words, start);
}

// Radio buttons that look like cards: arrow keys move, as in every radio group.
function choiceOf(app, signal) {
  const { model } = app;
  const name = `labkit-mode-${randomId()}`;
  const inputs = new Map();
  const cards = model.get("modes").map((mode) => {
    const input = make("input", { type: "radio", name, value: mode.name });
    input.addEventListener("change", () => ask(mode.name, app.language));
    inputs.set(mode.name, input);
    const title = make("span", { class: "labkit-card-title" }, mode.title);
    return make("label", { class: "labkit-card" }, input, title, make("span", { class: "labkit-words" }, mode.what));
  });
  const how = make("p", { class: "labkit-how", role: "status" });
  const into = languageChoice(app, (language) => ask(app.mode, language));
  const sure = question(app, () => show());
  const element = make(
    "section",
    { "aria-label": "What to do" },
    make("div", { class: "labkit-modes", role: "radiogroup", "aria-label": "What to do" }, ...cards),
    make("div", { class: "labkit-row" }, how, into.element),
    sure.element,
  );
  const ask = (mode, language) => {
    if (app.panel && !app.panel.idle) sure.ask(mode, language);
    else app.choose(mode, language);
  };
  const show = () => {
    const chosen = model.get("modes").find((mode) => mode.name === app.mode);
    if (!sure.open) inputs.get(chosen.name).checked = true;
    if (how.textContent !== chosen.how) how.textContent = chosen.how;
    into.show(chosen.name === "translate", !sure.open);
  };
  // JupyterLab acts on arrow keys that are meant for the choice.
  for (const key of ["keydown", "keyup", "keypress"]) element.addEventListener(key, (event) => event.stopPropagation(), { signal });
  return { element, show };
}

function languageChoice(app, onChoose) {
  const options = Object.entries(app.model.get("languages")).map(([code, name]) => make("option", { value: code }, name));
  const select = make("select", { class: "labkit-choice" }, ...options);
  select.addEventListener("change", () => onChoose(select.value));
  const element = make("label", { class: "labkit-into" }, "English and ", select);
  const show = (visible, settled) => {
    element.hidden = !visible;
    if (settled) select.value = app.language;
  };
  return { element, show };
}

// Asked before a conversation that goes on is ended by another choice.
function question(app, changed) {
  const words = make("span", { id: `labkit-sure-${randomId()}` });
  const close = (act) => {
    element.hidden = true;
    act?.();
    changed();
  };
  const yes = button("End it and switch", () => close(() => wanted()));
  const no = button("Go on talking", () => close());
  const element = make("div", { class: "labkit-sure", role: "alertdialog", "aria-labelledby": words.id, hidden: true }, words, yes, no);
  let wanted;
  element.addEventListener("keydown", (event) => event.key === "Escape" && close());
  const ask = (mode, language) => {
    const { title } = app.model.get("modes").find(({ name }) => name === mode);
    words.textContent = `A conversation is going on. ${title} begins a new one.`;
    wanted = () => (app.panel?.stop(), app.choose(mode, language));
    element.hidden = false;
    no.focus();
  };
  return { element, ask, get open() { return !element.hidden; } };
}

// Where the panel of the chosen lesson is shown; `fill` puts the one in that Python made last.
function slotOf(app, host, signal) {
  const wait = make("p", { class: "labkit-words", role: "status" });
  const element = make("div", { class: "labkit-slot" }, wait);
  let views = new AbortController();
  const clear = () => {
    views.abort();
    app.panelId = undefined;
    wait.textContent = "Loading the panel…";
    element.replaceChildren(wait);
  };
  const fill = async (onPanel) => {
    clear();
    views = new AbortController();
    const mine = AbortSignal.any([signal, views.signal]);
    const ref = app.model.get("panel");
    const [panel, widget] = await Promise.all([host.getModel(ref), host.getWidget(ref)]);
    if (mine.aborted) return; // another was chosen meanwhile
    const el = make("div");
    element.replaceChildren(el);
    await widget.render({ el, signal: mine });
    app.panelId = panel.get("microphone_id");
    onPanel(app.panel);
    app.changed.call();
  };
  const failed = () => {
    clear();
    wait.textContent = "The panel did not load: reload the page, or run the cell again.";
  };
  return { element, fill: (onPanel) => fill(onPanel).catch(failed), clear };
}

function footer(model) {
  const { engine, place, limits } = model.get("about");
  const sentences = [engine, place, limits].filter(Boolean);
  return make("footer", { class: "labkit-about", "aria-label": "Who answers, and who hears you" }, make("strong", {}, sentences[0]), ` ${sentences.slice(1).join(" ")}`);
}

// Themes change without a reload, by JupyterLab's menu or with the evening.
function watchColours(changed, signal) {
  const observer = new MutationObserver(changed);
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-jp-theme-name", "class"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed, { signal });
  signal.addEventListener("abort", () => observer.disconnect());
}

export default { initialize, render };
