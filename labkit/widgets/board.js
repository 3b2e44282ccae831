// The board's face: the paper that pen, finger and mouse write on, the tools, and the line to type in.

const WIDTHS = { fine: 4, medium: 7, thick: 14 };
const ERASER = 48;
const PALM_MS = 1000; // after a pen was near, touches are the hand that holds it

// One view of the board, as an element; ends with `signal`.
function drawBoard(part, signal) {
  const pen = { colour: "black", width: WIDTHS.medium };
  const canvas = make("canvas", { class: "labkit-ink", tabindex: "0", role: "img" });
  const paper = make("div", { class: "labkit-paper" }, canvas);
  const words = make("span", { class: "labkit-words", role: "status" });
  const alert = make("span", { class: "labkit-error", role: "alert" });
  const tell = (sentence) => (words.textContent = sentence);
  const board = make(
    "div",
    // JupyterLab acts on keys that are meant for the board, unless it is told not to.
    { class: "labkit-board", role: "group", "aria-label": "Whiteboard", "data-lm-suppress-shortcuts": "true" },
    tools(part, pen, paper, signal),
    paper,
    typedLine(part, pen, tell),
    alert,
    words,
  );
  writing(part, pen, canvas, signal);
  painting(part, canvas, signal);
  keys(part, board);
  const show = () => (alert.textContent = part.error);
  signal.addEventListener("abort", part.onState(show));
  signal.addEventListener("abort", part.painted.add((from) => from === undefined && tell("")));
  show();
  return board;
}

// Keeps the canvas as sharp as the screen, and shows every change on it.
function painting(part, canvas, signal) {
  const context = canvas.getContext("2d");
  const paint = (from) => {
    if (from === undefined) {
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, canvas.width, canvas.height);
      drawInk(context, canvas.width, part.strokes);
      canvas.setAttribute("aria-label", inWords(part.strokes));
    }
    if (part.current) drawStroke(context, part.current, from);
  };
  const fit = new ResizeObserver(([{ contentRect }]) => {
    canvas.width = Math.round(contentRect.width * devicePixelRatio) || 1;
    canvas.height = Math.round((canvas.width * BOARD[1]) / BOARD[0]);
    paint();
  });
  fit.observe(canvas);
  signal.addEventListener("abort", () => fit.disconnect());
  signal.addEventListener("abort", part.painted.add(paint));
}

// For those who do not see it.
function inWords(strokes) {
  const shown = onBoard(strokes);
  const lines = shown.filter((stroke) => stroke.text).map((stroke) => stroke.text);
  const drawn = shown.length - lines.length;
  const parts = [lines.join("; "), drawn ? `${drawn} ${drawn === 1 ? "stroke" : "strokes"}` : ""].filter(Boolean);
  return `Board: ${parts.join(", and ") || "empty"}`;
}

// Pointer events of whatever writes. A touch that came before its pen was the palm.
function writing(part, pen, canvas, signal) {
  let pointer = null; // the event that began the stroke
  let penMs = -Infinity;
  const end = (how) => {
    if (pointer) part[how]();
    pointer = null;
  };
  canvas.addEventListener("pointerdown", (event) => {
    const isPen = event.pointerType === "pen";
    if (isPen && pointer?.pointerType === "touch") end("drop");
    const palm = event.pointerType === "touch" && nowMs() - penMs < PALM_MS;
    const rubber = Boolean(event.buttons & 32); // the other end of the pen
    if (pointer || part.current || palm || (event.button !== 0 && !rubber)) return;
    pointer = event;
    canvas.setPointerCapture(event.pointerId);
    canvas.focus({ preventScroll: true });
    part.begin(rubber || pen.colour === "eraser" ? { colour: "eraser", width: ERASER } : { ...pen });
    part.extend([pointOf(event, canvas)]);
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerType === "pen") penMs = nowMs();
    if (event.pointerId !== pointer?.pointerId) return;
    const events = event.getCoalescedEvents?.() ?? [];
    part.extend((events.length ? events : [event]).map((each) => pointOf(each, canvas)));
  });
  const mine = (how) => (event) => event.pointerId === pointer?.pointerId && end(how);
  canvas.addEventListener("pointerup", mine("finish"));
  canvas.addEventListener("lostpointercapture", mine("finish"));
  canvas.addEventListener("pointercancel", mine("drop"));
  canvas.addEventListener("contextmenu", (event) => event.preventDefault()); // of a long touch
  canvas.addEventListener("touchmove", (event) => event.preventDefault(), { passive: false }); // Safari's Scribble
  signal.addEventListener("abort", () => end("finish"));
}

// [x, y] on the board, and how hard a pen presses.
function pointOf(event, canvas) {
  const { left, top, width, height } = canvas.getBoundingClientRect();
  const at = [((event.clientX - left) / width) * BOARD[0], ((event.clientY - top) / height) * BOARD[1]];
  const inside = at.map((place, i) => Math.round(10 * Math.min(BOARD[i], Math.max(0, place))) / 10);
  const pressure = event.pointerType === "pen" && event.pressure;
  return pressure ? [...inside, Math.round(100 * pressure) / 100] : inside;
}

function tools(part, pen, paper, signal) {
  const inks = Object.keys(COLOURS).map((colour) => {
    const made = toggle("", () => choose(colour));
    made.element.classList.add("labkit-colour");
    made.element.style.setProperty("--colour", COLOURS[colour]);
    for (const name of ["aria-label", "title"]) made.element.setAttribute(name, `Write in ${colour}`);
    return { colour, ...made };
  });
  const eraser = { colour: "eraser", ...toggle("Eraser", (on) => choose(on ? "eraser" : "black")) };
  const choose = (colour) => {
    pen.colour = colour;
    for (const each of [...inks, eraser]) each.show(each.colour === colour);
  };
  const options = Object.keys(WIDTHS).map((name) => make("option", { value: name, selected: WIDTHS[name] === pen.width }, name));
  const widths = make("select", { class: "labkit-choice", "aria-label": "Width of the pen", title: "Width of the pen" }, ...options);
  widths.addEventListener("change", () => (pen.width = WIDTHS[widths.value]));
  const undo = button("Undo", () => part.undo(), { title: "Undo the last step (Ctrl+Z)" });
  const clear = button("Clear", () => part.clear());
  const ruled = toggle("Ruled", (on) => part.save("ruled", on));
  const save = button("Save PNG", () => part.download());
  const show = () => {
    ruled.show(part.model.get("ruled"));
    paper.classList.toggle("labkit-ruled", part.model.get("ruled"));
    undo.disabled = !part.strokes.length;
    clear.disabled = !onBoard(part.strokes).length;
  };
  signal.addEventListener("abort", part.painted.add((from) => from === undefined && show()));
  choose(pen.colour);
  show();
  const colours = make("span", { class: "labkit-colours", role: "group", "aria-label": "Colour" }, ...inks.map(({ element }) => element));
  const all = [colours, widths, eraser.element, undo, clear, ruled.element, save];
  return make("div", { class: "labkit-row", role: "toolbar", "aria-label": "Whiteboard tools" }, ...all);
}

function typedLine(part, pen, tell) {
  const input = make("input", { type: "text", "aria-label": "Type a line for the board", placeholder: "or type a line: 3x + 1 = 4", maxlength: String(MOST_LETTERS), autocomplete: "off", autocapitalize: "off", spellcheck: "false" });
  const form = make("form", { class: "labkit-type" }, input, make("button", { type: "submit", class: "labkit-button" }, "Write"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!part.write(input.value, COLOURS[pen.colour] ? pen.colour : "black")) return tell(FULL);
    input.value = "";
  });
  return form;
}

function keys(part, board) {
  board.addEventListener("keydown", (event) => {
    event.stopPropagation();
    const typing = event.target.value; // a line that is being typed has an undo of its own
    if (typing || event.key.toLowerCase() !== "z" || event.shiftKey || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    part.undo();
  });
}
