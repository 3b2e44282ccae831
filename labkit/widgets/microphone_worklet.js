// Captures in an audio context, where the browser gives pages no track to read; joined behind chunker.js.
// Runs on the audio thread.

const SILENCE = new Float32Array(128); // a source that pauses still takes its time

class MicrophoneWorklet extends AudioWorkletProcessor {
  constructor() {
    super();
    this.open = true;
    this.port.onmessage = () => (this.open = false);
    this.chunker = new Chunker(sampleRate, (chunk) => this.port.postMessage({ ...chunk, endMs: this.endMs }, [chunk.pcm]));
  }

  process([channels]) {
    this.endMs = (1000 * (currentFrame + 128)) / sampleRate;
    this.chunker.push(channels?.length ? channels : [SILENCE], (1000 * currentFrame) / sampleRate);
    return this.open;
  }
}

registerProcessor("labkit-microphone", MicrophoneWorklet);
