// Microphone in the browser: device or ipywebrtc stream -> stamped chunks on the link.

const HELD_BACK = 20; // chunks (200 ms) before the press that push-to-talk sends too: people press late
const BUFFERS = 100; // of the device, 10 ms each, that wait while the page is busy
const OFFSET_WINDOW_MS = 400; // over which the fastest arrival places the sound's clock on the page's: it slips under load

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
    this.offset = new FastestArrival();
    const read = own && globalThis.MediaStreamTrackProcessor ? this.#readTrack : this.#readContext;
    await read.call(this, tracks[0]);
    this.list = await devicesOf("audioinput");
    this.chosen = tracks[0].getSettings().deviceId;
  }

  shut() {
    for (const undo of (this.undo ?? []).reverse()) undo();
    this.undo = [];
    this.recent = [];
    this.#level = 0;
  }

  // The buffers of the device as they come. A context would hold them back until its own clock wants them, 10 ms and
  // more after each time that the computer was busy: 12 to 35 ms for the same sound side by side (measured).
  #readTrack(track) {
    const reader = new MediaStreamTrackProcessor({ track, maxBufferSize: BUFFERS }).readable.getReader();
    this.undo.push(() => reader.cancel());
    this.#take(reader);
  }

  async #take(reader) {
    let chunker = null;
    for (let found = await reader.read(); !found.done; found = await reader.read()) {
      const { rate, startMs, endMs, channels } = soundOf(found.value);
      const emit = (chunk) => this.#captured({ ...chunk, endMs: this.endMs });
      if (chunker?.fromRate !== rate) chunker = new Chunker(rate, emit);
      this.endMs = endMs;
      chunker.push(channels, startMs);
    }
  }

  async #readContext(track) {
    const context = captureContext(track);
    this.undo.push(() => context.close());
    await addWorklet(context, CHUNKER + MICROPHONE_WORKLET);
    const node = new AudioWorkletNode(context, "labkit-microphone", { numberOfOutputs: 0 });
    node.port.onmessage = ({ data }) => this.#captured(data);
    this.undo.push(() => node.port.postMessage("stop"), () => (node.port.onmessage = null));
    const source = context.createMediaStreamSource(new MediaStream([track]));
    source.connect(node);
    this.undo.push(() => source.disconnect());
    await resumed(context);
  }

  // Times are on the clock of the sound; endMs is that of the newest sample that was needed.
  #captured({ pcm, level, startMs, endMs }) {
    const offset = this.offset.add(nowMs(), endMs);
    if (this.state !== "live") return;
    this.#level = level;
    const stamp = startMs + offset;
    if (this.model.get("muted")) new Int16Array(pcm).fill(0); // silence keeps time for who listens
    if (!this.model.get("push_to_talk") || this.held) return this.#send(pcm, stamp);
    this.recent.push({ pcm, stamp });
    if (this.recent.length > HELD_BACK) this.recent.shift();
  }

  #send(pcm, stamp) {
    this.link.send("MICROPHONE", this.stream, pcm, { stamp });
  }
}

// An AudioData as samples with their times; closed, as the device has few of them.
function soundOf(data) {
  const { numberOfChannels, numberOfFrames, sampleRate: rate, timestamp } = data;
  const channels = Array.from({ length: numberOfChannels }, (_, planeIndex) => {
    const samples = new Float32Array(numberOfFrames);
    data.copyTo(samples, { planeIndex, format: "f32-planar" });
    return samples;
  });
  data.close();
  const startMs = timestamp / 1000;
  return { rate, channels, startMs, endMs: startMs + (1000 * numberOfFrames) / rate };
}

// A context at the device's own rate, so that only our resampler touches the sound, with the smallest buffer:
// nothing is played here, so a late buffer is not heard, and chunks come 2 ms late instead of 12 (measured).
function captureContext(track) {
  const sampleRate = track.getSettings().sampleRate;
  try {
    return new AudioContext({ latencyHint: 0, ...(sampleRate && { sampleRate }) });
  } catch {
    return new AudioContext({ latencyHint: 0 });
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
