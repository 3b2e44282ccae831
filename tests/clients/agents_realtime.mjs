// @openai/agents-realtime talks with the engine, unchanged, as a person would: an open microphone, a loudspeaker in
// real time. Prints one JSON object with what happened in a text turn, an audio turn and a barge-in.
// Arguments: WebSocket address, key, and three recordings as raw PCM16 24 kHz: a question, an order, a second question.
import { readFileSync } from "node:fs";
import { RealtimeAgent, RealtimeSession } from "@openai/agents-realtime";

const [url, apiKey, question, order, interruption] = process.argv.slice(2);
const CHUNK_MS = 20;
const CHUNK_BYTES = CHUNK_MS * 48;
const PATIENCE_MS = 40_000;

class Person {
  constructor() {
    this.events = [];
    this.errors = [];
    this.speech = [];
    this.unplayed = 0;
    this.playedMs = 0;
    this.interruptions = 0;
    this.waiting = new Set();
  }

  async connect() {
    const agent = new RealtimeAgent({ name: "Lab", instructions: "Be brief." });
    this.session = new RealtimeSession(agent, { transport: "websocket", model: "labkit-start", tracingDisabled: true });
    this.session.on("error", ({ error }) => this.errors.push(String(error?.message ?? JSON.stringify(error))));
    this.session.on("audio", ({ data }) => { this.unplayed += data.byteLength; });
    this.session.on("audio_interrupted", () => { this.unplayed = 0; this.interruptions += 1; });
    this.session.transport.on("*", (event) => { this.events.push(event); this.check(); });
    await this.session.connect({ url, apiKey });
    this.due = performance.now();
    this.tick();
  }

  tick() {
    const chunk = this.speech.shift() ?? new Uint8Array(CHUNK_BYTES);
    this.session.sendAudio(chunk.buffer.slice(chunk.byteOffset, chunk.byteOffset + chunk.byteLength));
    if (this.unplayed > 0) {
      this.unplayed = Math.max(0, this.unplayed - CHUNK_BYTES);
      this.playedMs += CHUNK_MS;
      this.check();
    }
    this.due += CHUNK_MS;
    this.timer = setTimeout(() => this.tick(), Math.max(0, this.due - performance.now()));
  }

  check() {
    for (const wait of [...this.waiting]) wait();
  }

  speak(file) {
    const sound = readFileSync(file);
    for (let at = 0; at < sound.length; at += CHUNK_BYTES) this.speech.push(sound.subarray(at, at + CHUNK_BYTES));
  }

  until(met, what) {
    return new Promise((resolve, reject) => {
      const wait = () => {
        const found = met();
        if (!found) return;
        clearTimeout(timer);
        this.waiting.delete(wait);
        resolve(found);
      };
      const timer = setTimeout(() => {
        const last = this.events.slice(-12).map((event) => event.type).join(" ");
        reject(new Error(`${what} did not come; the last events: ${last}; errors: ${this.errors.join("; ")}`));
      }, PATIENCE_MS);
      this.waiting.add(wait);
      wait();
    });
  }

  event(type, since = 0) {
    return this.until(() => this.events.slice(since).find((event) => event.type === type), type);
  }

  close() {
    clearTimeout(this.timer);
    this.session.close();
    return { errors: this.errors, types: [...new Set(this.events.map((event) => event.type))] };
  }
}

const said = (done) => done.response.output.flatMap((item) => item.content).map((part) => part.transcript).join("");

async function textTurn(person) {
  person.session.sendMessage("Count to five.");
  const done = await person.event("response.done");
  await person.until(() => person.playedMs > 1000, "a second of the answer");
  return { status: done.response.status, answer: said(done) };
}

async function audioTurn(person) {
  person.speak(question);
  const heard = await person.event("conversation.item.input_audio_transcription.completed");
  const done = await person.event("response.done");
  await person.event("conversation.item.retrieved");
  return { heard: heard.transcript, answer: said(done) };
}

async function bargeIn(person) {
  person.speak(order);
  await person.until(() => person.playedMs > 1500, "a second and a half of the answer");
  const counted = await person.event("response.output_item.added");
  const before = person.events.length;
  person.speak(interruption);
  const truncated = await person.event("conversation.item.truncated", before);
  const playedMs = person.playedMs;
  const heard = await person.event("conversation.item.input_audio_transcription.completed", before);
  const added = await person.event("response.created", person.events.indexOf(heard));
  const ended = (event) => event.type === "response.done" && event.response.id === added.response.id;
  const done = await person.until(() => person.events.find(ended), "the end of the second answer");
  return {
    item: counted.item.id,
    truncated: truncated.item_id,
    truncatedMs: truncated.audio_end_ms,
    playedMs,
    interruptions: person.interruptions,
    heard: heard.transcript,
    answer: said(done),
  };
}

const outcome = {};
for (const [name, turn] of Object.entries({ textTurn, audioTurn, bargeIn })) {
  const person = new Person();
  try {
    await person.connect();
    outcome[name] = await turn(person);
  } catch (error) {
    outcome[name] = { failure: String(error.message ?? error) };
  } finally {
    Object.assign(outcome[name], person.close());
  }
}
console.log(JSON.stringify(outcome));
