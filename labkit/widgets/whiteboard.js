// Whiteboard in the browser: what is written with mouse, finger, pen or keys, shared by all views; a source of pictures.
// It needs no permission and takes no tab for itself: where several tabs show it, the one that was written on sends.

const MOST_STROKES = 1000; // the oldest are dropped; whiteboard.py keeps as many
const MOST_POINTS = 2000; // of one stroke
const MOST_LETTERS = 80; // of a typed line
const FULL = "The board is full. Clear it, or undo.";

class Whiteboard extends PictureSource {
  name = "whiteboard";
  claims = false;
  current = null; // the stroke under the pen
  #edited = { ms: 0, here: false };
  #saving = false;
  #sent = "[]";
  #shown = "[]";

  constructor(model) {
    super(model);
    this.painted = new Callbacks(); // told from which point of the current stroke on; undefined: paint all
    this.watch("strokes", () => this.#changed());
    this.#changed();
  }

  get strokes() {
    return this.model.get("strokes");
  }

  start() {
    if (this.state !== "live") this.setState("live");
  }

  // A broken link heals: nothing has to be asked for again.
  joined(link) {
    this.offs.push(link.onState(({ connected }) => connected && this.state === "failed" && this.start()));
  }

  preview(signal) {
    this.views.add(signal);
    return drawBoard(this, signal);
  }

  // A stroke, from pen down to pen up

  begin(stroke) {
    if (this.current) return;
    this.current = { ...stroke, points: [] };
  }

  extend(points) {
    const from = this.current.points.length;
    for (const point of points) {
      const last = this.current.points.at(-1);
      const near = last && Math.hypot(point[0] - last[0], point[1] - last[1]) < 2;
      if (!near && this.current.points.length < MOST_POINTS) this.current.points.push(point);
    }
    this.painted.call(from);
  }

  finish() {
    const stroke = this.current;
    this.current = null;
    if (stroke?.points.length) this.#edit([...this.strokes, stroke]);
  }

  drop() {
    this.current = null;
    this.painted.call();
  }

  // Changes; false when there is nothing to do, or no room

  write(text, colour = "black") {
    const row = nextRow(this.strokes);
    const line = text.trim().slice(0, MOST_LETTERS);
    if (line && row < ROWS_OF_TEXT) this.#edit([...this.strokes, { text: line, row, colour }]);
    return row < ROWS_OF_TEXT;
  }

  undo() {
    if (this.strokes.length) this.#edit(this.strokes.slice(0, -1));
  }

  // A step like others, so that it can be undone; what an earlier one hid is gone.
  clear() {
    const before = onBoard(this.strokes);
    if (before.length) this.#edit([...before, { clear: true }]);
  }

  #edit(strokes) {
    this.#saving = true;
    this.save("strokes", strokes.slice(-MOST_STROKES));
    this.#saving = false;
  }

  // By this view or another one, by Python, or in another tab.
  #changed() {
    this.#edited = { ms: nowMs(), here: this.#saving };
    this.#shown = JSON.stringify(onBoard(this.strokes));
    this.painted.call();
  }

  // A source of pictures

  size() {
    return BOARD;
  }

  draw(context, width, height) {
    const ink = new OffscreenCanvas(width, height);
    drawInk(ink.getContext("2d"), width, this.strokes);
    context.fillStyle = "white";
    context.fillRect(0, 0, width, height);
    context.drawImage(ink, 0, 0);
  }

  forget() {
    this.#sent = "[]";
  }

  sending() {
    this.#sent = this.#shown;
  }

  changed() {
    return this.#sent !== this.#shown;
  }

  look() {
    const ours = this.#edited.here || this.link?.state.owner;
    const still = !this.current && nowMs() - this.#edited.ms >= this.model.get("settle_ms");
    return Boolean(ours && still && this.changed());
  }

  receive(message) {
    if (message.type === "undo") this.undo();
    else if (message.type === "clear") this.clear();
    else if (message.type === "write") this.#writeFor(message);
    else return super.receive(message);
  }

  #writeFor({ text, request }) {
    const type = this.write(text) ? "written" : "full";
    this.link.sendMessage(this.stream, { type, request });
  }

  async download() {
    const canvas = new OffscreenCanvas(...BOARD);
    this.draw(canvas.getContext("2d"), ...BOARD);
    const url = URL.createObjectURL(await canvas.convertToBlob({ type: "image/png" }));
    make("a", { href: url, download: "whiteboard.png" }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }
}

function initialize({ model }) {
  const part = new Whiteboard(model);
  return () => part.close();
}

function render({ model, el, signal }) {
  const part = labkit.parts.get(model.get("part_id"));
  el.classList.add("labkit-widget");
  el.append(part.preview(signal));
  part.start();
}

export default { initialize, render };
