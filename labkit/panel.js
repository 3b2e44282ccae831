// The panel's face. Start and hold must come from a click here, because browsers give microphone and sound only
// to a page that was touched; everything else is told by Python over the link.

const PARTS = [
  ["end_of_turn_ms", "end of turn"],
  ["engine_ms", "engine"],
  ["link_ms", "link"],
  ["playing_ms", "playing"],
];
const MARKS = [
  [200, "human gap 200"],
  [320, "GPT-4o 320"],
];
const SHOWN_CALLS = ["show_math", "mark_line", "wait_for_user"]; // what they do is seen

function initialize({ model }) {
  const panel = new PanelModel(model);
  return () => panel.close();
}

function render({ model, el, signal }) {
  const panel = labkit.panels.get(model.get("microphone_id"));
  el.classList.add("labkit-widget");
  const sections = [controls, meters, previews, conversation, notice, lastSeen, times, cost, pictureRules, memoryView, typing, hints, trouble].map((draw) => draw(panel, signal));
  el.append(make("section", { class: "labkit-panel", "aria-label": "Conversation" }, ...sections.map(({ element }) => element)));
  const show = () => sections.forEach((section) => section.show());
  signal.addEventListener("abort", panel.changed.add(show));
  panel.views.add(signal);
  show();
}

function controls(panel, signal) {
  const start = button("Start talking", () => (panel.talking || panel.connecting ? panel.stop() : panel.start()));
  start.classList.add("labkit-start");
  const mute = toggle("Mute", (on) => panel.microphone?.setMuted(on));
  const holds = holdButtons(panel, signal);
  const sees = sourceToggles(panel);
  const where = make("span", { class: "labkit-where", role: "status" });
  const show = () => {
    start.textContent = panel.connecting ? "Connecting… (stop)" : panel.talking ? "Stop" : "Start talking";
    mute.element.disabled = !panel.talking;
    mute.show(Boolean(panel.microphone?.model.get("muted")));
    holds.show();
    sees.show();
    const link = { websocket: "WebSocket link", comm: "widget link (slower)" }[panel.status.transport] ?? "";
    sayIfNew(where, [panel.status.engine, link, panel.status.place].filter(Boolean).join(" · "));
    where.title = panel.status.via;
  };
  return { element: make("div", { class: "labkit-row" }, start, mute.element, ...holds.elements, ...sees.elements, where), show };
}

function meters(panel, signal) {
  const you = meter("Your level", () => panel.microphone?.level() ?? 0, signal);
  const ai = meter("The AI's level", () => panel.speaker?.level() ?? 0, signal);
  const state = make("span", { class: "labkit-words", role: "status" });
  const hearing = make("span", { class: "labkit-words", "aria-hidden": "true" }); // read aloud, it would be heard by the microphone
  const level = (name, bar) => make("span", { class: "labkit-level" }, make("span", { class: "labkit-who" }, name), bar);
  const show = () => {
    sayIfNew(state, happening(panel));
    sayIfNew(hearing, panel.hearing ? "hearing you…" : "");
  };
  return { element: make("div", { class: "labkit-row" }, level("you", you), level("AI", ai), state, hearing), show };
}

// What one waits for, or that one may speak.
function happening(panel) {
  if (panel.status.state === "connecting") return panel.status.waits_for;
  if (panel.talking) return ["listening", spoken(panel)].filter(Boolean).join(" for ");
  const asking = panel.status.state === "live" && panel.microphone?.state === "asking";
  return asking ? "The browser asks whether it may use the microphone: allow it." : "";
}

// Screen readers read what is set, even where it was the same before.
function sayIfNew(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

// Not read out by itself: it is heard already, and a screen reader that talks over it would be heard by the microphone.
function conversation(panel, signal) {
  const element = make("div", { class: "labkit-turns", role: "log", "aria-live": "off", "aria-label": "What was said", tabindex: "0" });
  const rows = new Map();
  const { columns } = panel;
  if (columns.length) element.append(headsOf(columns));
  const draw = (turn, heard) => (columns.length ? cellsOf(columns, turn, heard) : linesOf(turn, heard));
  const follow = followEnd(element, signal);
  const show = () => {
    for (const [index, row] of rows) if (!panel.turns.has(index)) row.remove(), rows.delete(index);
    for (const [index, turn] of panel.turns) {
      const heard = panel.progress.get(index);
      const text = JSON.stringify([turn, heard]);
      const row = rows.get(index) ?? make("div", { class: columns.length ? "labkit-turn labkit-pair" : "labkit-turn" });
      if (row.shown !== text) row.replaceChildren(...draw(turn, heard));
      row.shown = text;
      row.hidden = !row.hasChildNodes(); // nobody has said anything yet
      if (!rows.has(index)) element.append(row);
      rows.set(index, row);
    }
    follow();
  };
  return { element, show };
}

// Keeps the newest in view, also where the place becomes narrower, unless somebody scrolled away from it.
function followEnd(element, signal) {
  let following = true;
  element.addEventListener("scroll", () => (following = element.scrollHeight - element.scrollTop - element.clientHeight < 40));
  const follow = () => following && (element.scrollTop = element.scrollHeight);
  const resized = new ResizeObserver(follow);
  resized.observe(element);
  signal.addEventListener("abort", () => resized.disconnect());
  return follow;
}

// `heard` characters of the answer have been played; undefined: nothing is known of that (no sound yet, or a reload).
function linesOf(turn, heard) {
  const line = (who, ...words) => make("div", { class: "labkit-line" }, make("span", { class: "labkit-who" }, who), make("span", {}, ...words));
  const words = turn.user || wordsWithoutText(turn);
  const lines = words ? [line("you", words)] : [];
  if (turn.recovered) lines.push(line("", make("span", { class: "labkit-note" }, "you went on: taken as one sentence")));
  const calls = turn.calls.filter((call) => !SHOWN_CALLS.some((name) => call.startsWith(`${name}(`)));
  if (calls.length) lines.push(line("", make("span", { class: "labkit-note" }, `called ${calls.join(", ")}`)));
  if (turn.heard || turn.unheard) lines.push(line("AI", ...answerOf(turn, heard)));
  if (turn.error) lines.push(line("AI", make("span", { class: "labkit-error" }, `(no answer: ${turn.error})`)));
  return lines;
}

function wordsWithoutText(turn) {
  if (turn.user_failed) return "(not transcribed)";
  if (!turn.spoken) return "";
  return turn.status === "waiting" ? "…" : "(not understood)";
}

function answerOf(turn, heard) {
  const said = turn.unheard ? turn.heard.length : (heard ?? turn.heard.length);
  const answer = [turn.heard.slice(0, said), make("span", { class: "labkit-coming" }, turn.heard.slice(said))];
  if (turn.unheard) {
    const note = turn.exact ? " ← never heard: you interrupted" : " ← about here you interrupted";
    answer.push(" ", make("s", { class: "labkit-unheard" }, turn.unheard), make("span", { class: "labkit-note" }, note));
  }
  return answer;
}

// Something that went on by itself, said for a while; and, for who does not see it, why there was no answer to hear.
function notice(panel) {
  const words = make("div", { class: "labkit-words" });
  const silent = make("div", { class: "labkit-unseen" });
  const show = () => {
    const { error = "" } = [...panel.turns.values()].at(-1) ?? {};
    sayIfNew(words, panel.notice);
    sayIfNew(silent, error && `No answer: ${error}`);
  };
  return { element: make("div", { role: "status" }, words, silent), show };
}

function times(panel) {
  const words = make("div", { class: "labkit-row" });
  const bars = make("div", { class: "labkit-bars", role: "img" });
  const element = make("div", { class: "labkit-time", hidden: true }, words, bars);
  const show = () => {
    const timed = [...panel.turns.values()].filter(({ parts }) => parts.voice_to_voice_ms !== null).at(-1);
    element.hidden = !timed;
    if (!timed) return;
    const total = timed.parts.voice_to_voice_ms;
    const scale = 100 / Math.max(400, total * 1.1);
    const known = PARTS.filter(([name]) => timed.parts[name] !== null);
    const keys = known.map(([name, text]) => make("span", {}, make("span", { class: `labkit-key labkit-key-${name}` }), `${text} ${timed.parts[name]}`));
    const marks = MARKS.map(([ms, text]) => make("span", { class: "labkit-mark", style: `left: ${ms * scale}%`, title: `${text} ms` }));
    const names = make("span", { class: "labkit-words" }, `lines: ${MARKS.map(([, text]) => text).join(" · ")} ms`);
    const unsure = timed.uncertainty_ms === null ? "" : ` ± ${Math.round(timed.uncertainty_ms)}`;
    words.replaceChildren(make("strong", {}, `last turn ${total}${unsure} ms`), make("span", {}, ...keys), names);
    const bar = ([name]) => make("span", { class: `labkit-bar labkit-bar-${name}`, style: `width: ${Math.max(0, timed.parts[name]) * scale}%` });
    bars.replaceChildren(...known.map(bar), ...marks);
    bars.setAttribute("aria-label", `Voice to voice ${total} milliseconds`);
  };
  return { element, show };
}

function cost(panel) {
  const element = make("div", { class: "labkit-words labkit-cost" });
  const show = () => {
    element.textContent = panel.cost;
    element.hidden = !panel.cost || !panel.turns.size;
  };
  return { element, show };
}

function typing(panel) {
  const input = make("input", { type: "text", "aria-label": "Type instead of speaking", placeholder: ["or type here", spoken(panel)].filter(Boolean).join(", in "), maxlength: "4000" });
  const send = make("button", { type: "submit", class: "labkit-button" }, "Say it");
  const element = make("form", { class: "labkit-type" }, input, send);
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    if (input.value.trim()) panel.type(input.value);
    input.value = "";
  });
  // JupyterLab and the classic notebook act on keys that are meant for this line.
  for (const name of ["keydown", "keyup", "keypress"]) input.addEventListener(name, (event) => event.stopPropagation());
  return { element, show: () => {} };
}

function hints(panel) {
  const element = make("div", { class: "labkit-row" });
  const show = () => {
    element.hidden = !panel.sentences.length;
    const text = JSON.stringify(panel.sentences);
    if (element.shown === text) return;
    element.shown = text;
    const chips = panel.sentences.map((sentence) => button(`“${sentence}”`, () => panel.type(sentence), { title: "Say it, or click" }));
    for (const chip of chips) chip.classList.add("labkit-say");
    element.replaceChildren(make("span", { class: "labkit-words" }, "it knows listed sentences; you can say"), ...chips);
  };
  return { element, show };
}

function trouble(panel) {
  const words = make("span", { class: "labkit-error", role: "alert" });
  const takeOver = button("Use this tab", () => panel.takeOver());
  const element = make("div", { class: "labkit-row" }, words, takeOver);
  const show = () => {
    const sentence = panel.error;
    sayIfNew(words, sentence);
    takeOver.hidden = !panel.canTakeOver;
    element.hidden = !sentence;
  };
  return { element, show };
}

export default { initialize, render };
