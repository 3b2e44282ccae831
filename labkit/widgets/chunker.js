// Captured sound at the device's rate -> PCM16 mono at 24 kHz in chunks of 10 ms, each with its place in time.
// Runs in the page or, where the worklet reads the microphone, on the audio thread.

const TO_RATE = 24000;
const CHUNK = 240; // 10 ms
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
    this.position = 0; // of the next output, in steps of 1/up input frame, from the first frame of the input
  }

  // Calls `emit(sample, inputFrame)`; inputFrame is the frame of the input that the sample stands for.
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

// Calls `emit({pcm, level, startMs})` for each chunk; startMs is on the clock that `push` was given.
class Chunker {
  constructor(fromRate, emit) {
    this.fromRate = fromRate;
    this.emit = emit;
    this.resampler = new Resampler(fromRate);
    this.#begin();
  }

  push(channels, startMs) {
    this.resampler.push(mono(channels), (sample, frame) => this.#add(sample, startMs + (1000 * frame) / this.fromRate));
  }

  #begin() {
    this.pcm = new Int16Array(CHUNK);
    this.filled = 0;
    this.power = 0;
  }

  #add(sample, ms) {
    if (this.filled === 0) this.startMs = ms;
    const clipped = Math.max(-1, Math.min(1, sample));
    this.pcm[this.filled++] = Math.round(clipped * 32767);
    this.power += clipped * clipped;
    if (this.filled < CHUNK) return;
    this.emit({ pcm: this.pcm.buffer, level: Math.sqrt(this.power / CHUNK), startMs: this.startMs });
    this.#begin();
  }
}

function mono(channels) {
  if (channels.length === 1) return channels[0];
  return channels[0].map((_, i) => channels.reduce((sum, channel) => sum + channel[i], 0) / channels.length);
}
