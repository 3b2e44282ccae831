// Where pictures come from: as JPEG on demand, every few milliseconds, or when what is shown has changed and settled.

const SETTLED = 0xffffffff; // the item of a settled picture (pictures.py); others have the number of their request, or 0
const LOOK_MS = 150; // between two looks for a change

// A source says what it shows: `size()` in pixels (null: nothing), `draw(context, width, height)`, `sending()` (called
// with each picture that settled, or was asked for if it had changed), `changed()` since then, `forget()` what was sent,
// and, while `watch` is on, `look()`: whether to send one now.
class PictureSource extends Part {
  constructor(model) {
    super(model);
    this.clocks = [];
    this.watch("every_ms", () => this.#keepTime());
    this.watch("watch", () => {
      this.forget(); // who begins to watch has seen nothing yet
      this.#keepTime();
    });
    this.onState(() => this.#keepTime());
  }

  // Send one picture; false when there is none to send. `item` is the number that Python waits for; `told`: whoever
  // wants to hear of changes gets it, so that it changed no more.
  async grab(item = 0, { told = false, type = "image/jpeg" } = {}) {
    const size = this.state === "live" && this.link && this.size();
    if (!size) return false;
    const stamp = nowMs();
    const scale = type === "image/png" ? 1 : Math.min(1, this.model.get("width") / size[0]);
    const [width, height] = size.map((length) => Math.max(1, Math.round(scale * length)));
    const canvas = new OffscreenCanvas(width, height);
    this.draw(canvas.getContext("2d"), width, height);
    if (told) this.sending();
    const blob = await canvas.convertToBlob({ type, quality: this.model.get("quality") });
    if (this.state !== "live") return false;
    this.link.send("PICTURE", this.stream, await blob.arrayBuffer(), { stamp, item });
    return true;
  }

  async receive({ type, request, if_changed: ifChanged = false, png }) {
    if (type === "forget") this.forget();
    if (type !== "grab") return;
    if (ifChanged && this.state === "live" && this.size() && !this.changed()) {
      return this.link.sendMessage(this.stream, { type: "unchanged", request });
    }
    if (await this.grab(request, { told: ifChanged, type: png ? "image/png" : "image/jpeg" })) return;
    const missing = this.state === "live" ? "shows nothing yet. Wait, or stop and start it" : `is off. Click 'Start ${this.name}' first`;
    const sentence = this.error || `The ${this.name} ${missing}.`;
    this.link.sendMessage(this.stream, { type: "refused", request, sentence });
  }

  #keepTime() {
    for (const stop of this.clocks.splice(0)) stop();
    if (this.state !== "live") return;
    const every = this.model.get("every_ms");
    if (every > 0) this.clocks.push(ticker(every, () => this.grab()));
    if (this.model.get("watch")) this.clocks.push(ticker(LOOK_MS, () => this.look() && this.grab(SETTLED, { told: true })));
  }
}

// A source that shows a stream of the browser: camera, screen. Subclasses ask for it: `media()` -> {own, stream}.
class FilmSource extends PictureSource {
  changes = new Changes();

  // A <video> that shows what the source sees while it is live; the caller puts it in its view.
  preview(signal) {
    const video = make("video", { class: "labkit-preview", "aria-label": `What the ${this.name} sees`, muted: true, playsinline: true });
    video.muted = true;
    const show = () => {
      const stream = this.state === "live" ? this.shown : null;
      if (video.srcObject !== stream) video.srcObject = stream;
      if (stream) video.play().catch(() => {}); // a view that is gone before it plays is no error
      video.hidden = !stream;
    };
    const off = this.onState(show);
    signal.addEventListener("abort", () => {
      off();
      video.srcObject = null;
    });
    this.views.add(signal);
    show();
    return video;
  }

  size() {
    return this.video?.videoWidth ? [this.video.videoWidth, this.video.videoHeight] : null;
  }

  draw(context, width, height) {
    context.imageSmoothingQuality = "medium";
    context.drawImage(this.video, 0, 0, width, height);
  }

  forget() {
    this.changes = new Changes();
  }

  sending() {
    this.changes.sent = greyCopy(this.video);
  }

  changed() {
    return this.changes.since(greyCopy(this.video), this.model.get("change_percent"));
  }

  look() {
    if (!this.size()) return false;
    const [percent, settleMs] = [this.model.get("change_percent"), this.model.get("settle_ms")];
    const copy = greyCopy(this.video);
    return this.changes.still(copy, nowMs(), percent, settleMs) && this.changes.since(copy, percent);
  }

  prepare() {
    checkPage(this.name);
  }

  async open(isCurrent) {
    const { own, stream } = await this.media();
    const [track] = stream.getVideoTracks();
    const ended = () => this.ended();
    track.addEventListener("ended", ended);
    this.undo = [() => own && track.stop(), () => track.removeEventListener("ended", ended)];
    if (!isCurrent()) return this.shut();
    this.shown = new MediaStream([track]);
    this.video = Object.assign(make("video"), { muted: true, playsInline: true, srcObject: this.shown });
    const came = new Promise((resolve) => this.video.addEventListener("loadeddata", resolve, { once: true }));
    await this.video.play();
    await came;
    this.forget();
    await this.opened?.(track);
  }

  shut() {
    for (const undo of (this.undo ?? []).reverse()) undo();
    if (this.video) this.video.srcObject = null;
    this.undo = [];
    this.video = this.shown = null;
  }
}

// Whether pictures changed and are still, from small grey copies of them.

const COLUMNS = 64;
const ROWS = 48;
const OVER = 4; // pixels of the drawn copy to a cell's side: browsers scale down with few samples, noise needs many
const LEAST_LEVELS = 6; // of 255: a cell that differs by more may have changed,
const NOISE_TIMES = 4; // if that is also so many times what cells of this camera differ by when nothing moves
const FOLLOW = 0.03; // of its small difference a cell follows at each look: the sun may move
const GAINS = [0.75, 1.33]; // a camera makes the whole picture brighter or darker when a hand comes

class Changes {
  sent = null; // the copy of the picture that was sent last
  #last = null;
  #noise = 2.5; // standard deviation of a cell's difference between two looks; falls at once, rises slowly
  #anchor = null; // the copy since which nothing has moved
  #since = 0;

  // Whether this copy shows something else than the picture sent last.
  since(copy, percent) {
    if (!this.sent) return true;
    const differences = differencesOf(copy, this.sent);
    const levels = this.#levels;
    differences.forEach((difference, i) => {
      if (Math.abs(difference) <= levels) this.sent[i] += FOLLOW * difference;
    });
    return this.#percentOf(differences) > percent;
  }

  // Whether nothing has moved for so long; compared with one copy all the time, so that slow moves add up.
  still(copy, ms, percent, settleMs) {
    if (this.#last) this.#noise = Math.min(noiseOf(differencesOf(copy, this.#last)), 1.05 * this.#noise);
    this.#last = copy;
    if (!this.#anchor || this.#percentOf(differencesOf(copy, this.#anchor)) > percent) {
      this.#anchor = copy;
      this.#since = ms;
    }
    return ms - this.#since >= settleMs;
  }

  get #levels() {
    return Math.max(LEAST_LEVELS, NOISE_TIMES * this.#noise);
  }

  #percentOf(differences) {
    const levels = this.#levels;
    let changed = 0;
    for (const difference of differences) changed += Math.abs(difference) > levels;
    return (100 * changed) / differences.length;
  }
}

// Cell by cell, what is left when the light or the camera's exposure changed everywhere alike.
function differencesOf(copy, before) {
  const ratio = medianOf((i) => (copy[i] + 8) / (before[i] + 8));
  const gain = Math.min(GAINS[1], Math.max(GAINS[0], ratio));
  return copy.map((level, i) => level / gain - before[i]);
}

// The few cells that moved do not matter to it.
function noiseOf(differences) {
  return Math.max(0.1, 1.48 * medianOf((i) => Math.abs(differences[i])));
}

// Of every seventh cell: enough to know, and quick to sort.
function medianOf(valueOf) {
  const some = Float32Array.from({ length: Math.floor((COLUMNS * ROWS) / 7) }, (_, i) => valueOf(7 * i));
  return some.sort()[some.length >> 1];
}

let copying = null;

function greyCopy(picture) {
  const [width, height] = [COLUMNS * OVER, ROWS * OVER];
  copying ??= new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  copying.imageSmoothingQuality = "medium";
  copying.drawImage(picture, 0, 0, width, height);
  return cellsOf(copying.getImageData(0, 0, width, height).data);
}

// Mean brightness of each cell, from RGBA.
function cellsOf(pixels) {
  const cells = new Float32Array(COLUMNS * ROWS);
  for (let i = 0, pixel = 0; i < pixels.length; i += 4, pixel++) {
    const column = Math.floor((pixel % (COLUMNS * OVER)) / OVER);
    const row = Math.floor(pixel / (COLUMNS * OVER * OVER));
    cells[row * COLUMNS + column] += 0.299 * pixels[i] + 0.587 * pixels[i + 1] + 0.114 * pixels[i + 2];
  }
  return cells.map((sum) => sum / OVER ** 2);
}

const TICKS = `let timer; onmessage = ({ data }) => { timer = setInterval(() => postMessage(0), data); };`;

// Calls back every `ms`; returns what ends it. A hidden tab's own timers run once a second, later once a minute; those
// of a worker go on: who shares a screen looks at another tab.
function ticker(ms, callback) {
  const url = URL.createObjectURL(new Blob([TICKS], { type: "text/javascript" }));
  let timer;
  let worker;
  const useTimer = () => (timer ??= setInterval(callback, ms));
  try {
    worker = new Worker(url);
    worker.onmessage = callback;
    worker.onerror = useTimer; // a page may forbid workers
    worker.postMessage(ms);
  } catch {
    useTimer();
  }
  return () => {
    worker?.terminate();
    clearInterval(timer);
    URL.revokeObjectURL(url);
  };
}
