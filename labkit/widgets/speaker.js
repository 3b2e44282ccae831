// Speaker in the browser: frames of the link -> worklet; what was rendered, and when, goes back as messages.

const OUTPUT_RATE = 24000;
const SHORT_BUFFER_S = 0.005; // of the device: 16 ms to the ear instead of 30 (measured), where glitches are counted
const GLITCHES = 5; // so many underruns are too many
const REMEMBERED = 100; // items whose arrival is kept

// Firefox on Linux (153): the first look at the latency of a running context, which getOutputTimestamp takes too,
// can lock its sound thread against the page for good. What a sound server usually has stands for it there.
const FIREFOX = navigator.userAgent.includes("Firefox/");
const UNASKED_LATENCY_MS = FIREFOX && navigator.userAgent.includes("Linux") ? 45 : null;

class Speaker extends Part {
  name = "speaker";

  constructor(model) {
    super(model);
    this.list = [];
    this.waiting = [];
    this.arrivals = new Map(); // item -> when its first frame came
    this.watch("volume", () => this.#showVolume());
    this.watch("device_id", () => this.#useDevice().catch((error) => this.fail(sentenceFor(error, this.name))));
  }

  joined(link) {
    this.offs.push(link.onFrame(this.stream, (frame) => this.#arrived(frame)));
  }

  level() {
    if (this.state !== "live" || !this.analyser) return 0;
    this.analyser.getFloatTimeDomainData(this.samples);
    return Math.sqrt(this.samples.reduce((sum, sample) => sum + sample * sample, 0) / this.samples.length);
  }

  flush(request = 0) {
    this.waiting = [];
    if (this.node && this.context.state === "running") return this.node.port.postMessage({ type: "flush", request });
    this.link?.sendMessage(this.stream, { type: "flushed", request, items: [], frame: 0, ...this.#latency() });
  }

  setVolume(volume) {
    this.save("volume", volume);
  }

  devices() {
    return this.list;
  }

  setDevice(id) {
    this.save("device_id", id);
  }

  receive(message) {
    if (message.type === "flush") this.flush(message.request);
    if (message.type === "end") this.#post(message);
  }

  more() {
    return { devices: this.list, ...this.#latency() };
  }

  prepare() {
    checkPage(this.name);
    const countsGlitches = "playbackStats" in AudioContext.prototype;
    const latencyHint = countsGlitches && !this.glitchy ? SHORT_BUFFER_S : "interactive";
    this.context = new AudioContext({ sampleRate: OUTPUT_RATE, latencyHint });
  }

  async open() {
    const { context } = this;
    await addWorklet(context, SPEAKER_WORKLET);
    await this.#useDevice();
    this.node = new AudioWorkletNode(context, "labkit-speaker", { numberOfInputs: 0, outputChannelCount: [1] });
    this.node.port.onmessage = ({ data }) => this.#reported(data);
    this.gain = new GainNode(context);
    this.analyser = new AnalyserNode(context, { fftSize: 512 });
    this.samples = new Float32Array(512);
    this.node.connect(this.gain).connect(this.analyser).connect(context.destination);
    this.#showVolume();
    await resumed(context);
    this.list = context.setSinkId ? await devicesOf("audiooutput") : [];
    this.ready = true;
    for (const message of this.waiting.splice(0)) this.#post(message);
  }

  shut() {
    this.node?.port.postMessage({ type: "stop" });
    this.node?.disconnect();
    if (this.context?.state !== "closed") this.context?.close();
    this.node = this.context = this.analyser = null;
    this.ready = false;
    this.waiting = [];
  }

  #arrived({ item, payload }) {
    if (!this.arrivals.has(item)) this.arrivals.set(item, nowMs());
    if (this.arrivals.size > REMEMBERED) this.arrivals.delete(this.arrivals.keys().next().value);
    this.#post({ type: "sound", item, pcm: payload.slice().buffer });
  }

  // To the worklet; what comes before it runs waits, and the speaker tries to start.
  #post(message) {
    if (this.ready) return this.node.port.postMessage(message, message.pcm ? [message.pcm] : []);
    if (this.state === "failed" || (this.state === "off" && this.stoppedByHand)) return;
    this.waiting.push(message);
    if (this.waiting.length > 1000) this.waiting.shift();
    if (this.state === "off") this.start();
  }

  async #useDevice() {
    const id = this.model.get("device_id");
    if (this.context?.setSinkId && (id || this.context.sinkId)) await this.context.setSinkId(id);
  }

  #showVolume() {
    this.gain?.gain.setTargetAtTime(this.model.get("volume"), this.context?.currentTime ?? 0, 0.01);
  }

  // A device that cannot keep up with the short buffer gets the usual one, as soon as nothing plays.
  async #checkGlitches() {
    if (this.glitchy || !(this.context.playbackStats?.underrunEvents > GLITCHES)) return;
    this.glitchy = true;
    this.shut();
    this.prepare();
    await this.open().catch((error) => this.fail(sentenceFor(error, this.name)));
    this.report();
  }

  #latency() {
    if (UNASKED_LATENCY_MS !== null) return { output_latency_ms: UNASKED_LATENCY_MS };
    return { output_latency_ms: 1000 * (this.context?.outputLatency || this.context?.baseLatency || 0) };
  }

  // Add the page's time to what the worklet counts in frames.
  #reported(report) {
    if (!this.context) return; // shut in the meantime
    const latency = this.#latency();
    const stamp_ms = this.#renderedMs(report.frame ?? 0, latency.output_latency_ms);
    if (report.type === "started") report.arrived_ms = this.arrivals.get(report.item);
    this.link?.sendMessage(this.stream, { ...report, stamp_ms, ...latency });
    if (report.type === "finished" && report.idle) this.#checkGlitches();
  }

  #renderedMs(frame, latencyMs) {
    const sinceMs = (contextTime) => 1000 * (frame / OUTPUT_RATE - contextTime);
    if (FIREFOX) return nowMs() + sinceMs(this.context.currentTime); // its getOutputTimestamp is not of the ear
    const { contextTime, performanceTime } = this.context.getOutputTimestamp();
    if (!performanceTime) return nowMs();
    return performance.timeOrigin + performanceTime + sinceMs(contextTime) - latencyMs;
  }
}
