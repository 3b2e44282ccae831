// What microphone, speaker and the sources of pictures have in common in the browser: one source per model however many views,
// a claim on the tab, a state that Python and every view hear of, and errors as sentences with a remedy.

const RESUME_MS = 5000; // a sound device may take so long to open
const LOST_MS = 5000; // a broken link may come back in this time before devices are let go

class Part {
  state = "off"; // off, asking, live, failed
  error = "";
  canTakeOver = false; // whether start({force: true}) would help
  claims = true; // the tab for itself: one microphone, one camera
  name = "part"; // in sentences

  constructor(model) {
    this.model = model;
    this.id = model.get("part_id");
    this.stream = model.get("stream");
    this.stateCallbacks = new Callbacks();
    this.views = new Views(() => this.state === "off" || this.stop()); // the device is let go
    this.turn = 0; // counts start and stop: what comes late for an older turn is dropped
    this.offs = [];
    labkit.parts.set(this.id, this);
    labkit.link(model.get("link_id"), 60_000).then((link) => this.#join(link), () => {});
  }

  onState(callback) {
    return this.stateCallbacks.add(callback);
  }

  // From a click: a page that was never touched may not make sound.
  async start({ force = false } = {}) {
    if (this.state === "live" || this.state === "asking") return this.report();
    const turn = ++this.turn;
    this.stoppedByHand = false;
    this.setState("asking");
    try {
      this.prepare();
      const link = await labkit.link(this.model.get("link_id"));
      const { granted, sentence, otherTab } = await link.claim({ force });
      if (turn !== this.turn) return;
      if (!granted) return this.fail(sentence, otherTab);
      await this.open(() => turn === this.turn);
      if (turn !== this.turn) return this.shut();
      this.setState("live");
    } catch (error) {
      if (turn === this.turn) this.fail(this.sentence(error));
    }
  }

  stop() {
    this.stoppedByHand = true;
    this.turn++;
    this.shut();
    this.setState("off");
    this.#release();
  }

  // With other options than before.
  async restart() {
    if (this.state !== "live") return;
    this.stop();
    await this.start();
  }

  fail(sentence, canTakeOver = false) {
    this.turn++;
    this.shut();
    this.setState("failed", sentence, canTakeOver);
    this.#release();
  }

  close() {
    this.turn++;
    this.shut();
    for (const off of this.offs) off();
    clearTimeout(this.lostTimer);
    labkit.parts.delete(this.id);
    this.state = "off";
    this.#release();
  }

  setState(state, error = "", canTakeOver = false) {
    Object.assign(this, { state, error, canTakeOver });
    this.report();
    this.stateCallbacks.call(this);
  }

  // Tell Python; `more()` of the subclass says what else it wants to know.
  report() {
    this.link?.sendMessage(this.stream, { type: "state", state: this.state, error: this.error, ...this.more() });
  }

  // For subclasses
  prepare() {} // throws what stands in the way; runs while the click still counts
  async open(_isCurrent) {}
  shut() {}
  more() {
    return {};
  }
  receive(_message) {}
  sentence(error) {
    return sentenceFor(error, this.name);
  }

  save(name, value) {
    this.model.set(name, value);
    this.model.save_changes();
  }

  watch(name, callback) {
    const heard = () => callback(this.model.get(name));
    this.model.on(`change:${name}`, heard);
    this.offs.push(() => this.model.off(`change:${name}`, heard));
  }

  #join(link) {
    this.link = link;
    this.offs.push(
      link.onMessage(this.stream, (message) => this.#receive(message)),
      link.onState((state) => this.#linkChanged(state)),
    );
    this.joined?.(link);
    if (link.state.connected) this.report();
    this.stateCallbacks.call(this);
  }

  #receive(message) {
    if (message.type === "start") this.start(message);
    else if (message.type === "stop") this.stop();
    else this.receive(message);
  }

  #linkChanged({ connected, owner, gone, sentence }) {
    clearTimeout(this.lostTimer);
    const running = this.state === "live";
    const revoked = this.claims && running && connected && this.wasOwner && !owner;
    this.wasOwner = owner;
    if (connected) this.#reportOnce();
    else this.reported = false;
    if (revoked) this.fail("Another tab of this notebook took over the sound and camera. Use this tab instead?", true);
    if (!running || connected) return;
    const lost = () => this.fail(sentence || "The link to the kernel is lost. Check the network, then start again.");
    if (gone) lost();
    else this.lostTimer = setTimeout(lost, LOST_MS);
  }

  #reportOnce() {
    if (!this.reported) this.report();
    this.reported = true;
  }

  #release() {
    const others = [...labkit.parts.values()].filter((part) => part.claims && part.link === this.link);
    const busy = others.some((part) => ["live", "asking"].includes(part.state));
    if (!busy) this.link?.release();
  }
}

// Obstacles of the page itself; thrown as errors whose message is the sentence.
function checkPage(name) {
  const problem = pageProblem(name);
  if (problem) throw new Error(problem);
}

function pageProblem(name) {
  if (location.protocol === "vscode-webview:" || navigator.userAgent.includes(" Code/")) {
    return `VS Code shows notebooks where no ${name} can be used. Open this notebook in JupyterLab: labkit lab.`;
  }
  if (!isSecureContext) {
    return `Browsers give no ${name} to pages that come over plain http from another computer. Open this page over https, or on that computer itself.`;
  }
  if (["microphone", "speaker"].includes(name) && !globalThis.AudioWorkletNode) {
    return `This browser has no AudioWorklet, which the ${name} needs. Use a current Chrome, Edge, Firefox or Safari.`;
  }
  if (name === "screen" && !navigator.mediaDevices?.getDisplayMedia) {
    return "This browser shares no screen; those of tablets and phones do not. Use a computer's, or show it to the camera.";
  }
  if (name !== "speaker" && !navigator.mediaDevices?.getUserMedia) {
    return `This browser offers no ${name} to pages. Use a current Chrome, Edge, Firefox or Safari.`;
  }
  return "";
}

function sentenceFor(error, name) {
  switch (error.name) {
    case "NotAllowedError":
    case "SecurityError":
      return `The ${name} was not allowed. Click the sign left of the page's address, allow the ${name}, then start again.`;
    case "NotFoundError":
      return `No ${name} was found. Plug one in, then start again.`;
    case "NotReadableError":
    case "AbortError":
      return `The ${name} is used by another program or does not answer. Close that program or plug it in again, then start again.`;
    case "OverconstrainedError":
      return `The chosen ${name} is not there. Choose another one, then start again.`;
    default:
      return error.message || `The ${name} could not be started (${error.name}). Reload the page and start again.`;
  }
}

// A running AudioContext, or an error: browsers hold sound back until the page was clicked. Firefox takes a
// second to open a device, and waits for ever where there is none; it alone says which of the two it is.
async function resumed(context) {
  const late = new Promise((resolve) => setTimeout(resolve, RESUME_MS));
  await Promise.race([context.resume(), late]);
  if (context.state === "running") return context;
  if (navigator.getAutoplayPolicy?.(context) === "allowed") {
    throw new Error("The browser found no loudspeaker or headphones that work. Plug some in, then start again.");
  }
  throw new Error("The browser holds sound back until you click in the page. Click the start button again.");
}

async function addWorklet(context, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    await context.audioWorklet.addModule(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}

// The tracks of an ipywebrtc stream (trait `source`), or of our own getUserMedia; `own` ones are ours to stop.
async function mediaFrom(model, kind, constraints) {
  const reference = model.get("source");
  if (!reference) return { own: true, stream: await navigator.mediaDevices.getUserMedia(constraints) };
  const source = await model.widget_manager.get_model(reference.replace(/^IPY_MODEL_/, ""));
  const stream = await (source.captureStream ? source.captureStream() : source.stream);
  if (stream[kind === "audio" ? "getAudioTracks" : "getVideoTracks"]().length) return { own: false, stream };
  const asked = kind === "audio" ? "{'audio': True, 'video': False}" : "{'audio': False, 'video': True}";
  throw new Error(`The source has no ${kind}. Make it with constraints=${asked}.`);
}

// The devices of one kind as {id, label}; labels are empty until one was allowed.
async function devicesOf(kind) {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return all
    .filter((device) => device.kind === kind && device.deviceId)
    .map((device, i) => ({ id: device.deviceId, label: device.label || `${kind} ${i + 1}` }));
}
