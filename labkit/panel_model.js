// What the panel knows: told by Python over the link, shared by all its views (panel.js).

const GREETING = { type: "hello" };

class PanelModel {
  status = { state: "off", error: "", engine: "", place: "", transport: "", via: "" };
  turns = new Map();
  progress = new Map(); // turn -> how many characters of the answer have been heard
  sentences = [];
  cost = "";
  hearing = false;
  trouble = "";

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

  get talking() {
    return this.status.state === "live" && this.microphone?.state === "live";
  }

  get idle() {
    const states = [this.status, this.microphone, this.speaker].map((thing) => thing?.state ?? "off");
    return states.every((state) => state === "off" || state === "failed");
  }

  get error() {
    const parts = [this.microphone, this.speaker].filter((part) => part?.state === "failed");
    return this.trouble || parts.map((part) => part.error)[0] || this.status.error;
  }

  get canTakeOver() {
    return [this.microphone, this.speaker].some((part) => part?.canTakeOver);
  }

  start({ force = false } = {}) {
    if (!this.link) return this.#fail("This notebook's kernel is not connected: run the cell again.");
    this.trouble = "";
    this.speaker.start({ force });
    this.microphone.start({ force });
    this.say({ type: "start" });
    this.changed.call();
  }

  stop() {
    this.say({ type: "stop" });
    this.microphone?.stop();
    this.speaker?.stop();
    this.hearing = false;
    this.changed.call();
  }

  type(text) {
    if (this.speaker.state !== "live") this.speaker.start();
    this.say({ type: "say", text });
  }

  hold(held) {
    this.say({ type: "hold", held });
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
    this.changed.call();
  }

  #join(link) {
    this.link = link;
    this.trouble = "";
    let connected = false;
    const greet = ({ connected: now }) => {
      if (now && !connected) this.say(GREETING);
      connected = now;
      this.changed.call();
    };
    this.offs.push(link.onMessage(this.stream, (message) => this.#receive(message)), link.onState(greet));
    greet(link.state);
    this.#watchParts();
  }

  // The parts' own halves may load after ours.
  #watchParts() {
    const parts = [this.microphone, this.speaker];
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
    if (message.type === "status" && message.state === "connecting") this.turns.clear(), this.progress.clear();
    this.changed.call();
  }

  #show(turn) {
    if (turn.recovered > (this.turns.get(turn.index)?.recovered ?? 0)) this.progress.delete(turn.index); // it begins anew
    this.turns.set(turn.index, turn);
  }
}
