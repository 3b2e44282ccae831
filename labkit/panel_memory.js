// What it remembers, opened by whoever wants to know: how full it is, the items that the server holds, what it lost,
// and the notes that were taken. Before the conversation: what is carried into it from an earlier one.

const TOKEN_KINDS = [
  ["text", "text", "end_of_turn_ms"],
  ["audio", "sound", "engine_ms"],
  ["image", "pictures", "link_ms"],
]; // with the colours of the times

function memoryView(panel, signal) {
  const summary = make("summary", {});
  const carried = carriedNotes(panel);
  const fill = fillOf(panel);
  const items = heldItems(panel);
  const notes = takenNotes(panel);
  const parts = [carried, fill, items, notes];
  const element = make("details", { class: "labkit-rules labkit-memory" }, summary, ...parts.map((part) => part.element));
  element.open = Boolean(panel.carried.lines); // it is to be read before it is sent
  const show = () => {
    element.hidden = !panel.memory && !panel.carried.lines;
    summary.textContent = `What it remembers${panel.memory ? `: ${usedWords(panel.memory)}` : ""}`;
    if (element.open) for (const part of parts) part.show();
  };
  const tell = () => panel.viewMemory(element, element.open);
  element.addEventListener("toggle", () => (tell(), show()));
  signal.addEventListener("abort", () => panel.viewMemory(element, false));
  return { element, show };
}

function count(number) {
  return number.toLocaleString("en");
}

function usedWords({ used, limit, exact }) {
  return `${exact ? "" : "about "}${count(used)}${limit === null ? "" : ` of ${count(limit)}`} tokens`;
}

// Draws anew only what has changed: `of(panel)` is told as a whole each time.
function whenNew(panel, element, of, draw) {
  let shown;
  const show = () => {
    const now = of(panel);
    if (now === shown) return;
    shown = now;
    element.hidden = !now;
    if (now) draw(now);
  };
  return { element, show };
}

function carriedNotes(panel) {
  const element = make("div", { class: "labkit-carried" });
  const before = ({ memory, carried }) => (memory || !carried.lines ? null : carried);
  return whenNew(panel, element, before, ({ sentence, lines }) => {
    element.replaceChildren(make("p", {}, sentence), make("ul", {}, ...lines.map((line) => make("li", {}, line))));
  });
}

// A bar of what there is room for.
function fillOf(panel) {
  const bar = make("div", { class: "labkit-bars", role: "meter", "aria-label": "Tokens used", "aria-valuemin": "0" });
  const words = make("div", { class: "labkit-row" });
  const element = make("div", { class: "labkit-time" }, words, bar);
  return whenNew(panel, element, ({ memory }) => memory, (memory) => {
    const { used, limit, keeps, tokens } = memory;
    const whole = Math.max(limit ?? used, used, 1);
    const kinds = TOKEN_KINDS.filter(([kind]) => tokens[kind]);
    const keys = kinds.map(([kind, text, colour]) => make("span", {}, make("span", { class: `labkit-key labkit-key-${colour}` }), `${text} ${count(tokens[kind])}`));
    const until = keeps === 1 ? "" : ` until ${Math.round(100 * keeps)} % is left`;
    const rule = keeps === null ? "when it is full, nothing more is answered" : `when it is full, the oldest go${until}`;
    words.replaceChildren(make("strong", {}, usedWords(memory)), ...keys, make("span", { class: "labkit-words" }, rule));
    bar.replaceChildren(...kinds.map(([kind, , colour]) => make("span", { class: `labkit-bar labkit-bar-${colour}`, style: `width: ${(100 * tokens[kind]) / whole}%` })));
    bar.setAttribute("aria-valuemax", whole);
    bar.setAttribute("aria-valuenow", used);
    bar.setAttribute("aria-valuetext", usedWords(memory));
  });
}

function heldItems(panel) {
  const rows = make("tbody", {});
  const older = make("p", { class: "labkit-words" });
  const heads = ["who", "what", "tokens", "state"].map((name) => make("th", { scope: "col" }, name));
  const table = make("table", { class: "labkit-held", "aria-label": "Items of the conversation" }, make("thead", {}, make("tr", {}, ...heads)), rows);
  const list = make("div", { class: "labkit-scroll", role: "group", "aria-label": "What the server holds", tabindex: "0" }, older, table);
  const show = whenNew(panel, list, ({ memory }) => memory, ({ items, more }) => {
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    older.textContent = more;
    older.hidden = !more;
    rows.replaceChildren(...items.map(rowOf));
    if (atEnd) list.scrollTop = list.scrollHeight;
  }).show;
  return { element: list, show };
}

function rowOf({ who, words, lost, tokens, state, exact, gone }) {
  const what = make("td", {}, words);
  if (lost) what.append(words ? " " : "", make("s", { class: "labkit-unheard" }, lost));
  const number = `${exact ? "" : "about "}${count(tokens)}`;
  return make("tr", { class: gone ? "labkit-gone" : "" }, make("td", {}, who), what, make("td", { class: "labkit-number" }, number), make("td", {}, state));
}

// What was noted, with a click to have it forgotten: the same as saying so.
function takenNotes(panel) {
  const list = make("ul", {});
  const element = make("div", { class: "labkit-notes" }, make("p", {}, "Notes that were taken, which labkit.memory.save keeps:"), list);
  return whenNew(panel, element, ({ memory }) => (memory?.notes.length ? memory.notes : null), (notes) => {
    list.replaceChildren(...notes.map(({ line, forget }) => make("li", {}, line, ...forgetButton(panel, forget))));
  });
}

function forgetButton(panel, sentence) {
  if (!sentence) return [];
  const chip = button(`“${sentence}”`, () => panel.type(sentence), { title: "Say it, or click" });
  chip.classList.add("labkit-say");
  return [" ", chip];
}
