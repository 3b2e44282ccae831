// Captured sound at the device's rate -> PCM16 mono at 24 kHz in pieces of 20 ms, each with its place in time.
// Runs on the audio thread.

const TO_RATE = 24000;
const CHUNK = 480; // 20 ms
const TAPS_AT_48K = 48; // taps per phase: 0.5 ms of delay, 4.4 kHz transition, aliases 70 dB down
const KAISER_BETA = 7;

class Resampler {
  constructor(fromRate) {
    const divisor = gcd(fromRate, TO_RATE);
    this.up = TO_RATE / divisor;
    this.down = fromRate / divisor;
    this.taps = fromRate === TO_RATE ? 1 : Math.ceil(TAPS_AT_48K * Math.max(1, fromRate / 48000));
    this.phases = fromRate === TO_RATE ? [Float32Array.of(1)] : lowpass(this.up, this.taps, Math.min(1, TO_RATE / fromRate));
    this.delay = (this.up * this.taps - 1) / (2 * this.up); // input frames
    this.past = new Float32Array(this.taps - 1);
    this.position = 0; // of the next output, in steps of 1/up input frame, from the first frame of this quantum
  }

  // Calls `emit(sample, inputFrame)`; inputFrame is the frame of this quantum that the sample stands for.
  push(input, emit) {
    const last = this.taps - 1;
    const line = new Float32Array(last + input.length);
    line.set(this.past);
    line.set(input, last);
    for (; this.position < input.length * this.up; this.position += this.down) {
      const newest = last + Math.floor(this.position / this.up);
      const phase = this.phases[this.position % this.up];
      let sum = 0;
      for (let tap = 0; tap < this.taps; tap++) sum += phase[tap] * line[newest - tap];
      emit(sum, this.position / this.up - this.delay);
    }
    this.position -= input.length * this.up;
    this.past = line.slice(input.length);
  }
}

function gcd(a, b) {
  return b ? gcd(b, a % b) : a;
}

// Kaiser-windowed sinc, split into `up` phases; `band` is the share of the input's band that is kept.
function lowpass(up, taps, band) {
  const length = up * taps;
  const cutoff = (0.45 * band) / up;
  const centre = (length - 1) / 2;
  const phases = Array.from({ length: up }, () => new Float32Array(taps));
  for (let i = 0; i < length; i++) {
    const x = i - centre;
    const sinc = x === 0 ? 2 * cutoff : Math.sin(2 * Math.PI * cutoff * x) / (Math.PI * x);
    const window = bessel(KAISER_BETA * Math.sqrt(1 - (x / (centre + 0.5)) ** 2)) / bessel(KAISER_BETA);
    phases[i % up][Math.floor(i / up)] = up * sinc * window;
  }
  return phases;
}

// Modified Bessel function of the first kind, order 0, by its series.
function bessel(x) {
  let sum = 1;
  for (let term = 1, k = 1; term > 1e-9 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

class MicrophoneWorklet extends AudioWorkletProcessor {
  constructor() {
    super();
    this.resampler = new Resampler(sampleRate);
    this.open = true;
    this.port.onmessage = () => (this.open = false);
    this.#begin();
  }

  #begin() {
    this.pcm = new Int16Array(CHUNK);
    this.filled = 0;
    this.power = 0;
  }

  process(inputs) {
    const input = mono(inputs[0]);
    this.resampler.push(input, (sample, frame) => this.#add(sample, currentFrame + frame, input.length));
    return this.open;
  }

  #add(sample, frame, quantum) {
    if (this.filled === 0) this.startFrame = frame;
    const clipped = Math.max(-1, Math.min(1, sample));
    this.pcm[this.filled++] = Math.round(clipped * 32767);
    this.power += clipped * clipped;
    if (this.filled < CHUNK) return;
    const level = Math.sqrt(this.power / CHUNK);
    const pcm = this.pcm.buffer;
    const handedOverMs = Date.now() + 0.5; // the only clock of this thread counts whole milliseconds
    this.port.postMessage({ pcm, level, startFrame: this.startFrame, endFrame: currentFrame + quantum, handedOverMs }, [pcm]);
    this.#begin();
  }
}

const SILENCE = new Float32Array(128); // a source that pauses still takes its time

function mono(channels) {
  if (!channels?.length) return SILENCE;
  if (channels.length === 1) return channels[0];
  return channels[0].map((_, i) => channels.reduce((sum, channel) => sum + channel[i], 0) / channels.length);
}

registerProcessor("labkit-microphone", MicrophoneWorklet);
