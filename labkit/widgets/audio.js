// Microphone and Speaker in the browser. The engine lives with the model, the face with each view.

const HELD_BACK = 10; // chunks before the press that push-to-talk sends too: people press late
const OFFSET_WINDOW_MS = 5000; // over which the fastest arrival places the sound's clock on the page's
const OUTPUT_RATE = 24000;

class Microphone extends Part {
  name = "microphone";
  #level = 0;

  constructor(model) {
    super(model);
    this.held = false;
    this.recent = [];
    this.list = [];
    for (const name of ["device_id", "echo_cancellation", "noise_suppression", "auto_gain_control", "source"]) {
      this.watch(name, () => this.restart());
    }
    for (const name of ["muted", "push_to_talk"]) this.watch(name, () => this.stateCallbacks.call(this));
  }

  level() {
    return this.state === "live" && this.sending ? this.#level : 0;
  }

  get sending() {
    return !this.model.get("muted") && (!this.model.get("push_to_talk") || this.held);
  }

  setMuted(muted) {
    this.save("muted", muted);
  }

  devices() {
    return this.list;
  }

  setDevice(id) {
    this.save("device_id", id);
  }

  // Push-to-talk: pressed or released.
  hold(held) {
    if (this.held === held) return;
    this.held = held;
    this.link?.sendMessage(this.stream, { type: "hold", held });
    if (held) for (const { pcm, stamp } of this.recent.splice(0)) this.#send(pcm, stamp);
  }

  more() {
    return { devices: this.list };
  }

  prepare() {
    checkPage(this.name);
  }

  async restart() {
    if (this.state !== "live") return;
    this.stop();
    await this.start();
  }

  async open(isCurrent) {
    const get = (name) => this.model.get(name);
    const audio = {
      channelCount: 1,
      echoCancellation: get("echo_cancellation"),
      noiseSuppression: get("noise_suppression"),
      autoGainControl: get("auto_gain_control"),
    };
    if (get("device_id")) audio.deviceId = { exact: get("device_id") };
    const { own, stream } = await mediaFrom(this.model, "audio", { audio });
    const tracks = stream.getAudioTracks();
    this.undo = [() => own && tracks.forEach((track) => track.stop())];
    if (!isCurrent()) return this.shut();
    const ended = () => this.fail("The microphone went away. Plug it in again or choose another one, then start again.");
    tracks[0].addEventListener("ended", ended);
    this.undo.push(() => tracks[0].removeEventListener("ended", ended));
    const context = captureContext(tracks[0]);
    this.undo.push(() => context.close());
    await addWorklet(context, MICROPHONE_WORKLET);
    const node = new AudioWorkletNode(context, "labkit-microphone", { numberOfOutputs: 0 });
    node.port.onmessage = ({ data }) => this.#captured(data, context.sampleRate);
    this.undo.push(() => node.port.postMessage("stop"), () => (node.port.onmessage = null));
    const source = context.createMediaStreamSource(new MediaStream(tracks.slice(0, 1)));
    source.connect(node);
    this.undo.push(() => source.disconnect());
    this.offset = new FastestArrival();
    await resumed(context);
    this.list = await devicesOf("audioinput");
    this.chosen = tracks[0].getSettings().deviceId;
  }

  shut() {
    for (const undo of (this.undo ?? []).reverse()) undo();
    this.undo = [];
    this.recent = [];
    this.#level = 0;
  }

  #captured({ pcm, level, startFrame, endFrame }, rate) {
    const offset = this.offset.add(nowMs(), (endFrame / rate) * 1000);
    if (this.state !== "live") return;
    this.#level = level;
    const stamp = (startFrame / rate) * 1000 + offset;
    if (this.model.get("muted")) new Int16Array(pcm).fill(0); // silence keeps time for who listens
    if (!this.model.get("push_to_talk") || this.held) return this.#send(pcm, stamp);
    this.recent.push({ pcm, stamp });
    if (this.recent.length > HELD_BACK) this.recent.shift();
  }

  #send(pcm, stamp) {
    this.link.send("MICROPHONE", this.stream, pcm, { stamp });
  }
}

// A context at the device's own rate, so that only our resampler touches the sound.
function captureContext(track) {
  const sampleRate = track.getSettings().sampleRate;
  try {
    return new AudioContext({ latencyHint: "interactive", ...(sampleRate && { sampleRate }) });
  } catch {
    return new AudioContext({ latencyHint: "interactive" });
  }
}

// Offset between two clocks of which one is read late by a varying time: the smallest difference of late.
class FastestArrival {
  #now = { since: -Infinity, least: Infinity };
  #before = Infinity;
  add(arrivalMs, otherMs) {
    if (arrivalMs - this.#now.since > OFFSET_WINDOW_MS) {
      this.#before = this.#now.least;
      this.#now = { since: arrivalMs, least: Infinity };
    }
    this.#now.least = Math.min(this.#now.least, arrivalMs - otherMs);
    return Math.min(this.#now.least, this.#before);
  }
}

class Speaker extends Part {
  name = "speaker";

  constructor(model) {
    super(model);
    this.list = [];
    this.waiting = [];
    this.watch("volume", () => this.#showVolume());
    this.watch("device_id", () => this.#useDevice().catch((error) => this.fail(sentenceFor(error, this.name))));
  }

  joined(link) {
    this.offs.push(link.onFrame(this.stream, ({ item, payload }) => this.#post({ type: "sound", item, pcm: payload.slice().buffer })));
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
    this.context = new AudioContext({ sampleRate: OUTPUT_RATE, latencyHint: "interactive" });
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

  // To the worklet; what comes before it runs waits, and the speaker tries to start.
  #post(message) {
    if (this.ready) return this.node.port.postMessage(message, message.pcm ? [message.pcm] : []);
    if (this.state === "failed" || (this.state === "off" && this.stoppedByHand)) return;
    this.waiting.push(message);
    if (this.waiting.length > 1000) this.waiting.shift();
    this.start();
  }

  async #useDevice() {
    const id = this.model.get("device_id");
    if (this.context?.setSinkId && (id || this.context.sinkId)) await this.context.setSinkId(id);
  }

  #showVolume() {
    this.gain?.gain.setTargetAtTime(this.model.get("volume"), this.context?.currentTime ?? 0, 0.01);
  }

  #latency() {
    return { output_latency_ms: 1000 * (this.context?.outputLatency || this.context?.baseLatency || 0) };
  }

  // Add the page's time to what the worklet counts in frames.
  #reported(report) {
    const latency = this.#latency();
    const { contextTime, performanceTime } = this.context.getOutputTimestamp();
    const earMs = performance.timeOrigin + performanceTime + 1000 * ((report.frame ?? 0) / OUTPUT_RATE - contextTime);
    const stamp_ms = (performanceTime ? earMs : nowMs() + latency.output_latency_ms) - latency.output_latency_ms;
    this.link?.sendMessage(this.stream, { ...report, stamp_ms, ...latency });
  }
}

const KINDS = { microphone: Microphone, speaker: Speaker };

function initialize({ model }) {
  const part = new KINDS[model.get("kind")](model);
  return () => part.close();
}

function render({ model, el, signal }) {
  const part = labkit.parts.get(model.get("part_id"));
  const draw = { microphone: drawMicrophone, speaker: drawSpeaker };
  draw[part.name](part, el, signal);
}

function drawMicrophone(part, el, signal) {
  const mute = toggle("Mute", (on) => part.setMuted(on));
  const talk = holdButton("Hold to talk", (held) => part.hold(held));
  const choice = deviceChoice("Microphone to use", (id) => part.setDevice(id));
  const show = () => {
    mute.show(part.model.get("muted"));
    talk.hidden = !part.model.get("push_to_talk");
    choice.show(part.devices(), part.model.get("device_id") || part.chosen);
  };
  const more = [mute.element, talk, meter("Microphone level", () => part.level(), signal), choice.element];
  drawPart(part, el, signal, { title: "Microphone", more, show });
}

function drawSpeaker(part, el, signal) {
  const volume = slider("Volume", (value) => part.setVolume(value));
  const choice = deviceChoice("Speaker to use", (id) => part.setDevice(id));
  const show = () => {
    volume.value = 100 * part.model.get("volume");
    choice.show(part.devices(), part.model.get("device_id") || "default");
  };
  const more = [volume, meter("Speaker level", () => part.level(), signal), choice.element];
  drawPart(part, el, signal, { title: "Speaker", more, show });
}

export default { initialize, render };
