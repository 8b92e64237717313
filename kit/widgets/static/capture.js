// The microphone: 20 ms blocks of 16-bit samples with a running count, from an AudioWorklet.

const CAPTURE_WORKLET = `
registerProcessor("kit-capture", class extends AudioWorkletProcessor {
  constructor() {
    super();
    this.block = new Int16Array(Math.round(sampleRate / 50));
    this.filled = 0;
    this.position = currentFrame;
  }
  process([channels]) {
    const input = channels && channels[0];
    const count = input ? input.length : 128;
    for (let i = 0; i < count; i++) {
      const value = input ? Math.max(-1, Math.min(1, input[i])) : 0;
      this.block[this.filled++] = Math.round(value * 32767);
      if (this.filled === this.block.length) this.hand(currentFrame + i + 1);
    }
    return true;
  }
  hand(end) {
    let peak = 0;
    for (const sample of this.block) if (Math.abs(sample) > peak) peak = Math.abs(sample);
    const block = this.block;
    this.block = new Int16Array(block.length);
    this.filled = 0;
    this.port.postMessage(
      { pcm: block.buffer, position: end - block.length, peak: peak / 32768, time: end / sampleRate }, [block.buffer]);
  }
});`;

/** Whether what is around the page, such as VS Code, keeps the microphone from it, whatever a person allows. */
const microphoneBarred = () => document.featurePolicy?.allowsFeature("microphone") === false;

/** What a person can do about a microphone that is not to be had. */
function microphoneTrouble(error) {
  const meanwhile = "Meanwhile you can type, or play a recording.";
  if (!navigator.mediaDevices) {
    return `A browser gives its microphone only to pages from https or localhost: open the notebook there. ${meanwhile}`;
  }
  if (microphoneBarred()) {
    return `What shows this notebook keeps the microphone from it, as VS Code does: to speak, open it in JupyterLab. ${meanwhile}`;
  }
  const causes = {
    NotAllowedError: "This page may not use the microphone: allow it beside the address bar, then press “Try again”.",
    NotFoundError: "There is no microphone: connect one, then press “Try again”.",
    NotReadableError: "The microphone is in use elsewhere: close what uses it, then press “Try again”.",
  };
  const cause = causes[error.name] ?? `The microphone cannot be used (${error.message || error.name}).`;
  return `${cause} ${meanwhile}`;
}

/** Opens the microphone in an AudioContext: `take({ pcm, position, peak, time })` for each block. */
async function openMicrophone(context, take) {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  });
  const release = () => { for (const track of stream.getTracks()) track.stop(); };
  if (context.state === "closed") { release(); throw new DOMException("the page's sound was closed", "AbortError"); }
  const source = context.createMediaStreamSource(stream);
  const node = new AudioWorkletNode(context, "kit-capture", { numberOfOutputs: 0, channelCount: 1 });
  node.port.onmessage = ({ data }) => take(data);
  source.connect(node);
  return {
    mute(on) { for (const track of stream.getAudioTracks()) track.enabled = !on; },
    get lost() { return stream.getAudioTracks().every((track) => track.readyState === "ended"); },
    close() { node.port.onmessage = null; source.disconnect(); release(); },
  };
}

/** A worklet from its text. */
async function addWorklet(context, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try { await context.audioWorklet.addModule(url); } finally { URL.revokeObjectURL(url); }
}
