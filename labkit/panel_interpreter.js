// The panel between two languages: what was said beside what it became, and a button to hold for each language.
// With no columns the panel is as in every other lesson, with one button.

// One button to hold, or one for each language; the others rest while one is held.
function holdButtons(panel, signal) {
  const choices = panel.columns.length ? panel.columns.filter(({ heard }) => heard) : [{ language: null }];
  const buttons = choices.map(({ language, name }) => {
    const element = holdButton(name ? "Hold: " : "Hold to talk", (held) => panel.hold(held, language), signal);
    if (name) element.append(make("span", { lang: language }, name));
    return { language, element };
  });
  const show = () => {
    for (const { language, element } of buttons) {
      element.disabled = !panel.talking || (panel.held !== undefined && panel.held !== language);
    }
  };
  return { elements: buttons.map(({ element }) => element), show };
}

// The languages that are understood just now, by name; "" where there is no choice.
function spoken({ columns, held }) {
  const open = columns.filter(({ heard, language }) => heard && (held === undefined || held === language));
  return open.map(({ name }) => name).join(" or ");
}

function headsOf(columns) {
  const head = ({ name, language }, i) => make("div", { class: `labkit-column${i + 1}`, lang: language }, name);
  return make("div", { class: "labkit-heads" }, ...columns.map(head));
}

// A turn as cells of a row: what was said on its speaker's side, what it became on the other's. Across both columns
// stands what is nobody's; below stands what the one who spoke is told (that there is no translation, for instance).
function cellsOf(columns, turn, heard) {
  const cell = (language, words, ...more) => {
    const i = columns.findIndex((column) => column.language === language);
    const where = i < 0 ? "labkit-across" : `labkit-column${i + 1}`;
    const side = i < 0 ? [] : [make("span", { class: "labkit-side" }, `${columns[i].name}: `)];
    return make("div", { class: `labkit-cell ${where}` }, ...side, make("span", i < 0 ? {} : { lang: language }, ...words), ...more);
  };
  const note = (words) => make("div", { class: "labkit-note" }, words);
  const words = turn.user || wordsWithoutText(turn);
  const cells = words ? [cell(turn.said_in, [words], ...(turn.recovered ? [note("went on: taken as one sentence")] : []))] : [];
  if (turn.heard || turn.unheard) {
    const took = turn.parts.voice_to_voice_ms;
    const answer = cell(turn.answered_in, answerOf(turn, heard), ...(took === null ? [] : [note(`after ${took} ms`)]));
    answer.classList.add("labkit-became");
    answer.classList.toggle("labkit-below", words !== "" && (!turn.said_in || !turn.answered_in || turn.said_in === turn.answered_in));
    cells.push(answer);
  }
  if (turn.error) cells.push(cell("", [make("span", { class: "labkit-error" }, `(no answer: ${turn.error})`)]));
  return cells;
}
