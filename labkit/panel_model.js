// What the panel knows: told by Python over the link, shared by all its views (panel.js).

const GREETING = { type: "hello" };
const NOTICE_MS = 30_000;

class PanelModel {
  status = { state: "off", error: "", waits_for: "", engine: "", place: "", transport: "", via: "" };
  turns = new Map();
  progress = new Map(); // turn -> how many characters of the answer have been heard
  sentences = [];
  seen = new Seen(); // panel_sees.js
  cost = "";
  memory = null; // panel_memory.py
  memoryViews = new Set(); // that are open
  notice = "";
  hearing = false;
  held = undefined; // the language whose button is held; null: of the only button
  trouble = "";
  waiting = []; // what was asked for before the link and the parts had loaded

  constructor(model) {
    this.model = model;
    this.stream = model.get("stream");
    this.changed = new Callbacks();
    this.views = new Views(() => this.idle || this.stop()); // nobody could stop it, or see that it listens
    this.offs = [];
    labkit.panels ??= new Map();
    labkit.panels.set(model.get("microphone_id"), this);
    labkit.link(model.get("link_id"), 60_000).then(
      (link) => this.#join(link),
      (error) => this.#fail(error.message),
    );
  }

  get microphone() {
    return labkit.parts.get(this.model.get("microphone_id"));
  }

  get speaker() {
    return labkit.parts.get(this.model.get("speaker_id"));
  }

  // The two languages of an interpreter's panel: {language, name, heard}.
  get columns() {
    return this.model.get("columns");
  }

  // What goes into the conversation from an earlier one: {sentence, lines}, or nothing.
  get carried() {
    return this.model.get("carried");
  }

  get sourceNames() {
    return Object.keys(this.model.get("sources"));
  }

  // Camera, screen or whiteboard; undefined as long as its own half has not loaded.
  source(name) {
    return labkit.parts.get(this.model.get("sources")[name]);
  }

  get sources() {
    return this.sourceNames.map((name) => this.source(name)).filter(Boolean);
  }

  get talking() {
    return this.status.state === "live" && this.microphone?.state === "live";
  }

  get idle() {
    const states = [this.status, this.microphone, this.speaker].map((thing) => thing?.state ?? "off");
    return states.every((state) => state === "off" || state === "failed");
  }

  get error() {
    const parts = [this.microphone, this.speaker, ...this.sources].filter((part) => part?.state === "failed");
    return this.trouble || parts.map((part) => part.error)[0] || this.status.error;
  }

  get canTakeOver() {
    return [this.microphone, this.speaker, ...this.sources].some((part) => part?.canTakeOver);
  }

  // Take from another tab what this one was refused.
  takeOver() {
    for (const part of this.sources) if (part.canTakeOver) part.start({ force: true });
    if (this.microphone?.canTakeOver || this.speaker?.canTakeOver) this.start({ force: true });
  }

  // Switch a source on or off; from a click, because browsers ask for one before they show a screen.
  see(name, on) {
    if (on) this.source(name).start();
    else this.source(name).stop();
  }

  setSources(trait, value) {
    for (const part of this.sources) part.save(trait, value);
  }

  get connecting() {
    return this.status.state === "connecting" || this.waiting.length > 0;
  }

  start({ force = false } = {}) {
    this.#whenReady(() => this.#start(force));
  }

  #start(force) {
    this.trouble = "";
    this.held = undefined;
    this.speaker.start({ force });
    this.microphone.start({ force });
    this.say({ type: "start" });
    this.changed.call();
  }

  stop() {
    this.waiting = [];
    this.say({ type: "stop" });
    for (const part of [this.microphone, this.speaker, this.source("camera"), this.source("screen")]) part?.stop();
    this.hearing = false;
    this.changed.call();
  }

  type(text) {
    this.#whenReady(() => {
      if (this.speaker.state !== "live") this.speaker.start();
      this.say({ type: "say", text });
    });
  }

  hold(held, language) {
    this.held = held ? language : undefined;
    this.say({ type: "hold", held, language });
    this.changed.call();
  }

  // What a view's memory costs is paid only while one of them is open.
  viewMemory(view, open) {
    const before = this.memoryViews.size;
    if (open) this.memoryViews.add(view);
    else this.memoryViews.delete(view);
    if (before !== this.memoryViews.size) this.#sayMemory();
  }

  #sayMemory() {
    this.say({ type: "memory", open: this.memoryViews.size > 0 });
  }

  say(message) {
    this.link?.sendMessage(this.stream, message);
  }

  close() {
    for (const off of this.offs) off();
    labkit.panels.delete(this.model.get("microphone_id"));
  }

  #fail(sentence) {
    this.trouble = sentence;
    this.waiting = [];
    this.changed.call();
  }

  // A slow page is drawn before it can do anything: what was clicked meanwhile is done then.
  #whenReady(action) {
    this.waiting.push(action);
    this.#doWhatWaits();
    this.changed.call();
  }

  #doWhatWaits() {
    if (!this.link || !this.microphone || !this.speaker) return;
    for (const action of this.waiting.splice(0)) action();
  }

  #join(link) {
    this.link = link;
    this.trouble = "";
    let connected = false;
    const greet = ({ connected: now }) => {
      if (now && !connected) this.say(GREETING), this.#sayMemory();
      connected = now;
      this.changed.call();
    };
    const frame = (picture) => (this.seen.receiveFrame(picture), this.changed.call());
    this.offs.push(link.onMessage(this.stream, (message) => this.#receive(message)), link.onState(greet), link.onFrame(this.stream, frame));
    greet(link.state);
    this.#watchParts();
  }

  // The parts' own halves may load after ours.
  #watchParts() {
    this.#doWhatWaits();
    const parts = [this.microphone, this.speaker, ...this.sourceNames.map((name) => this.source(name))];
    if (parts.some((part) => !part)) return void setTimeout(() => this.#watchParts(), 50);
    for (const part of parts) this.offs.push(part.onState(() => this.changed.call()));
    this.changed.call();
  }

  #receive(message) {
    if (message.type === "status") this.status = message;
    if (message.type === "turn") this.#show(message.turn);
    if (message.type === "progress") this.progress.set(message.index, message.characters);
    if (message.type === "can_say") this.sentences = message.sentences;
    if (message.type === "cost") this.cost = message.words;
    if (message.type === "hearing") this.hearing = message.on;
    if (message.type === "memory") this.memory = message;
    if (message.type === "notice") this.#notice(message.sentence);
    if (message.type === "status" && message.state === "connecting") this.#clear();
    this.seen.receive(message);
    this.changed.call();
  }

  #clear() {
    this.turns.clear();
    this.progress.clear();
    this.seen.clear();
    this.memory = null;
    this.notice = "";
  }

  #notice(sentence) {
    this.notice = sentence;
    const over = () => {
      if (this.notice === sentence) this.notice = "";
      this.changed.call();
    };
    setTimeout(over, NOTICE_MS);
  }

  #show(turn) {
    if (turn.recovered > (this.turns.get(turn.index)?.recovered ?? 0)) this.progress.delete(turn.index); // it begins anew
    this.turns.set(turn.index, turn);
  }
}
