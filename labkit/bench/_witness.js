// A witness in the page that is no part of labkit: records what getUserMedia gave and what goes to the loudspeaker,
// each piece with its place on its own clock and the page's time of its arrival. The figures inject it before the
// page's own scripts.

(() => {
  if (globalThis.witness) return;
  const BLOCK = 8 * 128; // frames that the tap of an audio context hands over at once
  const TAP = `registerProcessor("witness", class extends AudioWorkletProcessor {
    #at = 0;
    process([[mono]]) {
      if (this.#at % BLOCK === 0) this.block = new Float32Array(BLOCK);
      if (mono) this.block.set(mono, this.#at % BLOCK);
      this.#at += 128;
      if (this.#at % BLOCK === 0) this.port.postMessage([currentFrame + 128 - BLOCK, this.block]);
      return true;
    }
  })`.replaceAll("BLOCK", BLOCK);
  const connect = AudioNode.prototype.connect;
  const RealConnection = RTCPeerConnection;
  const get = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  const taps = new Map(); // context -> promise of its tap
  const heard = { microphone: nothing(), output: nothing() };

  function nothing() {
    return { rate: 0, pieces: [], latencies: [] };
  }

  // `dueMs`: the moment of the sound's own clock at which the piece can have come at the earliest.
  function add(record, startMs, dueMs, samples) {
    const arrivedMs = performance.timeOrigin + performance.now();
    const pcm = Int16Array.from(samples, (value) => Math.round(32767 * Math.max(-1, Math.min(1, value))));
    record.pieces.push({ startMs, dueMs, arrivedMs, pcm });
  }

  navigator.mediaDevices.getUserMedia = async (asked) => {
    const stream = await get(asked);
    const [track] = stream.getAudioTracks();
    if (track) readTrack(track, (heard.microphone = nothing()), 1); // captured to its end
    return stream;
  };

  AudioNode.prototype.connect = function (to, ...more) {
    if (to instanceof AudioDestinationNode && this.context instanceof AudioContext) tapInto(this);
    return connect.call(this, to, ...more);
  };

  // What comes over WebRTC is played by an element, which nobody connects. Its output latency is that of any context.
  globalThis.RTCPeerConnection = class extends RealConnection {
    constructor(...all) {
      super(...all);
      this.addEventListener("track", ({ track }) => {
        if (track.kind !== "audio") return;
        readTrack(track, (heard.output = nothing()), 0); // about to be played
        const context = new AudioContext();
        connect.call(new ConstantSourceNode(context, { offset: 0 }), context.destination);
        context.resume();
        watchLatency(context, heard.output);
      });
    }
  };

  async function readTrack(track, record, share) {
    const reader = new MediaStreamTrackProcessor({ track, maxBufferSize: 100 }).readable.getReader();
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      record.rate = value.sampleRate;
      const samples = new Float32Array(value.numberOfFrames);
      value.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
      const startMs = value.timestamp / 1000;
      add(record, startMs, startMs + (share * 1000 * samples.length) / value.sampleRate, samples);
      value.close();
    }
  }

  async function tapInto(node) {
    if (!taps.has(node.context)) taps.set(node.context, tapOf(node.context));
    connect.call(node, await taps.get(node.context));
  }

  async function tapOf(context) {
    await context.audioWorklet.addModule(URL.createObjectURL(new Blob([TAP], { type: "text/javascript" })));
    const tap = new AudioWorkletNode(context, "witness", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
    const record = (heard.output = nothing());
    record.rate = context.sampleRate;
    const ms = (frames) => (1000 * frames) / context.sampleRate;
    // The device asks for baseLatency at once: the last frames of a piece may be rendered so much ahead of their time.
    const due = (end) => ms(end) - Math.max(ms(128), 1000 * context.baseLatency);
    tap.port.onmessage = ({ data: [frame, samples] }) => add(record, ms(frame), due(frame + BLOCK), samples);
    watchLatency(context, record);
    return tap;
  }

  function watchLatency(context, record) {
    setInterval(() => context.outputLatency && record.latencies.push(1000 * context.outputLatency), 500);
  }

  // All that was heard since the last call; the samples are base64 of 16 bits.
  function given({ rate, pieces, latencies }) {
    const taken = pieces.splice(0);
    const samples = new Int16Array(taken.reduce((sum, { pcm }) => sum + pcm.length, 0));
    let at = 0;
    const times = taken.map(({ startMs, dueMs, arrivedMs, pcm }) => {
      samples.set(pcm, at);
      at += pcm.length;
      return [startMs, dueMs, arrivedMs, pcm.length];
    });
    return { rate, latencies, times, samples: encoded(samples) };
  }

  function encoded(samples) {
    const bytes = new Uint8Array(samples.buffer);
    let text = "";
    for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
    return btoa(text);
  }

  globalThis.witness = { take: () => ({ microphone: given(heard.microphone), output: given(heard.output) }) };
})();
