// Plays PCM16 at the context's rate (24 kHz) item by item, and counts every sample that it renders.
// Runs on the audio thread. Reports: started, progress (<= 10 a second), finished, flushed.

const FADE = 32; // samples: silence within 1.3 ms, without a click
const REPORT_S = 0.1;
const LONGEST_S = 1200; // what waits beyond 20 minutes is refused
const FIRST_WAIT_S = 0.02; // after the first gap; doubled by each further one
const SHRINK = 0.9; // by which each item without a gap shortens the wait
const LONGEST_WAIT_S = 0.2;

class SpeakerWorklet extends AudioWorkletProcessor {
  constructor() {
    super();
    this.queue = []; // {item, samples, at}
    this.waitingSamples = 0;
    this.items = new Map(); // number -> {rendered, ended, lastFrame}
    this.needed = 0; // samples that must wait before sound starts: none, until there was a gap
    this.holding = true;
    this.current = null;
    this.flushing = null; // the numbers of the flushes that the next samples obey
    this.gaps = 0;
    this.lastReport = 0;
    this.open = true;
    this.port.onmessage = ({ data }) => this[data.type](data);
  }

  sound({ item, pcm }) {
    if (this.waitingSamples > LONGEST_S * sampleRate) return this.port.postMessage({ type: "refused", item });
    const samples = new Int16Array(pcm);
    this.#of(item);
    this.queue.push({ item, samples, at: 0 });
    this.waitingSamples += samples.length;
  }

  end({ item }) {
    this.#of(item).ended = true;
    this.#finish(item);
  }

  flush({ request }) {
    (this.flushing ??= []).push(request);
    if (this.holding) this.#clear();
  }

  stop() {
    this.open = false;
  }

  process(_, [[output]]) {
    this.#checkHold();
    const end = this.flushing ? FADE : output.length;
    const gainStep = this.flushing ? 1 / FADE : 0;
    for (let i = 0; i < end && !this.holding; i++) output[i] = this.#next(i) * (1 - gainStep * i);
    if (this.flushing) this.#clear();
    if (currentTime - this.lastReport >= REPORT_S && !this.holding) this.#report("progress");
    return this.open;
  }

  #of(item) {
    if (!this.items.has(item)) this.items.set(item, { rendered: 0, ended: false, lastFrame: 0 });
    return this.items.get(item);
  }

  #checkHold() {
    if (!this.holding || !this.waitingSamples) return;
    const last = this.items.get(this.queue.at(-1).item);
    if (this.waitingSamples >= this.needed || last?.ended) this.holding = false;
  }

  // The next sample; the queue is not empty while nothing holds.
  #next(i) {
    const head = this.queue[0];
    const item = this.items.get(head.item);
    if (item.rendered === 0) this.#start(head.item, currentFrame + i);
    const sample = head.samples[head.at++] / 32768;
    item.rendered++;
    item.lastFrame = currentFrame + i;
    this.waitingSamples--;
    if (head.at === head.samples.length) this.#advance();
    return sample;
  }

  #start(item, frame) {
    this.current = item;
    this.port.postMessage({ type: "started", item, frame });
  }

  #advance() {
    const { item } = this.queue.shift();
    this.#finish(item);
    if (this.queue.length) return;
    this.holding = true;
    if (!this.items.has(item)) return; // it ended: no gap
    this.gaps++;
    this.port.postMessage({ type: "gap" });
    this.needed = Math.min(LONGEST_WAIT_S * sampleRate, Math.max(FIRST_WAIT_S * sampleRate, 2 * this.needed));
  }

  // An item is finished when it was ended and nothing of it waits.
  #finish(item) {
    const state = this.items.get(item);
    if (!state?.ended || this.queue.some((piece) => piece.item === item)) return;
    this.items.delete(item);
    if (!this.gaps) this.needed *= SHRINK;
    this.gaps = 0;
    this.port.postMessage({ type: "finished", item, rendered: state.rendered, frame: state.lastFrame, idle: !this.queue.length });
  }

  #clear() {
    const wasPlaying = !this.holding;
    this.queue = [];
    this.waitingSamples = 0;
    this.holding = true;
    this.gaps = 0;
    const frame = currentFrame + (wasPlaying ? FADE : 0);
    for (const request of this.flushing) this.#report("flushed", { request, frame });
    this.items.clear();
    this.flushing = null;
  }

  #report(type, more = {}) {
    this.lastReport = currentTime;
    const items = [...this.items].map(([item, { rendered, lastFrame }]) => [item, rendered, lastFrame]);
    this.port.postMessage({ type, items, frame: currentFrame + 128, gaps: this.gaps, ...more });
  }
}

registerProcessor("labkit-speaker", SpeakerWorklet);
