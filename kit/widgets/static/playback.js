// The speakers: streams of 16-bit samples at any rate, mixed in an AudioWorklet.
//
// Python's clock says when sound is heard; the page follows it. A run of sound begins a prebuffer after it came. From
// then on a stream plays a trace slower or faster (by 0.3 % at most) to keep its prebuffer, as two clocks never agree.
// Where sound is late, and little is left, single periods of the voice are said twice, so that there is no hole; what is
// too much then is left out. Both go from one place to another where the sound is most like itself, over a crossfade.

const PLAYBACK_WORKLET = `
const TAPS = 16, PHASES = 256, FADE_S = 0.005, STEER = 0.003;
const LOW = 0.3, MOST_STRETCH_S = 0.06;  // of the prebuffer; without new sound
const LEAST_PERIOD_S = 0.005, MOST_PERIOD_S = 0.016, ALIKE_S = 0.008;
const FAR_S = 0.03, FAR_FOR_S = 0.5;
const SINC = (() => {
  const table = new Float32Array((PHASES + 1) * 2 * TAPS);
  for (let phase = 0; phase <= PHASES; phase++) {
    let sum = 0;
    for (let k = 0; k < 2 * TAPS; k++) {
      const x = k - TAPS + 1 - phase / PHASES;
      const window = Math.abs(x) < TAPS ? 0.42 + 0.5 * Math.cos(Math.PI * x / TAPS) + 0.08 * Math.cos(2 * Math.PI * x / TAPS) : 0;
      const value = (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)) * window;
      table[phase * 2 * TAPS + k] = value;
      sum += value;
    }
    for (let k = 0; k < 2 * TAPS; k++) table[phase * 2 * TAPS + k] /= sum;
  }
  return table;
})();

class Stream {
  constructor(prebuffer) {
    this.prebuffer = prebuffer;
    this.samples = new Float32Array(1 << 16);
    this.start = 0; this.end = 0; this.at = 0; this.rate = 0;
    this.active = false; this.dry = false; this.paused = false; this.gain = 0; this.over = 0;
    this.smooth = prebuffer;
    this.stretched = 0; this.landed = 0;
    this.report = { played_s: 0, backlog_s: 0, underruns: 0, starved: 0, stretched_s: 0, trimmed: 0 };
  }
  get backlog() { return this.rate ? Math.max(0, this.end - this.at) / this.rate : 0; }
  append(count, write) {
    const keep = Math.max(this.start, Math.floor(this.at) - TAPS - Math.round(MOST_PERIOD_S * this.rate));
    if (this.end + count + TAPS - this.start > this.samples.length) {
      const kept = this.samples.slice(keep - this.start, this.end - this.start);
      if (kept.length + count + TAPS > this.samples.length) {
        this.samples = new Float32Array(2 * (kept.length + count + TAPS));
      }
      this.samples.fill(0);
      this.samples.set(kept);
      this.start = keep;
    }
    write(this.samples.subarray(this.end - this.start, this.end - this.start + count));
    this.end += count;
  }
  take(pcm, rate, begins) {
    if (rate !== this.rate) { this.clear(); this.rate = rate; begins = true; }
    if (this.active && this.dry) this.report[begins ? "starved" : "underruns"] += 1;
    const torn = !begins && this.active && this.dry, rise = torn ? FADE_S * rate : 0;
    const lead = begins ? this.prebuffer : torn ? this.prebuffer / 2 : 0;
    const pad = Math.round((lead - this.backlog) * rate);
    if (pad > 0) this.append(pad, (room) => room.fill(0));
    this.append(pcm.length, (room) => {
      for (let i = 0; i < pcm.length; i++) room[i] = pcm[i] / 32768 * (i < rise ? i / rise : 1);
    });
    if (begins) this.smooth = this.prebuffer;
    this.active = true; this.dry = false; this.stretched = 0;
  }
  finish() { this.active = false; }
  clear() {
    this.at = Math.min(this.at, this.end);
    const fade = this.paused ? 0 : Math.min(Math.round(FADE_S * this.rate), this.end - Math.floor(this.at));
    this.end = Math.floor(this.at) + Math.max(0, fade);
    const first = this.end - fade - this.start;
    for (let i = 0; i < fade; i++) this.samples[first + i] *= 1 - (i + 1) / fade;
    this.samples.fill(0, this.end - this.start);
    this.active = false; this.dry = false;
  }
  /** Say a period again, where little is left. */
  stretch() {
    if (this.backlog >= LOW * this.prebuffer || this.stretched >= MOST_STRETCH_S) return;
    const least = Math.round(LEAST_PERIOD_S * this.rate), most = Math.round(MOST_PERIOD_S * this.rate);
    const back = Math.min(most, Math.floor(this.at) - Math.max(this.landed, this.start + TAPS));
    if (back < least || this.backlog * this.rate < 2 * TAPS) return;
    const period = -this.likeness(-back, -least);
    this.jump(-period);
    this.stretched += period / this.rate;
    this.report.stretched_s += period / this.rate;
  }
  /** Leave out what has been too much for a while. */
  trim() {
    this.over = this.backlog > this.prebuffer + FAR_S ? this.over + 128 / sampleRate : 0;
    if (this.over < FAR_FOR_S) return;
    const excess = Math.floor((this.backlog - this.prebuffer) * this.rate);
    this.jump(this.likeness(excess - Math.round(MOST_PERIOD_S * this.rate), excess));
    this.over = 0; this.report.trimmed += 1;
  }
  /** How far from here, from \`least\` to \`most\` samples, the sound is most like the sound here. */
  likeness(least, most) {
    const stride = Math.max(1, Math.round(this.rate / 12000)), here = Math.floor(this.at) - this.start;
    const count = Math.floor(Math.min(ALIKE_S * this.rate, this.end - this.at) / stride) * stride;
    let found = most, best = -Infinity;
    for (let there = here + least; there <= here + most; there += stride) {
      let product = 0, energy = 1e-9;
      for (let i = 0; i < count; i += stride) {
        product += this.samples[here + i] * this.samples[there + i];
        energy += this.samples[there + i] ** 2;
      }
      const alike = product / Math.sqrt(energy);
      if (alike > best) { best = alike; found = there - here; }
    }
    return found;
  }
  /** Go on so many samples further on, or back: what the interpolation reaches stays as here, then it fades to there. */
  jump(skip) {
    const from = Math.floor(this.at) - this.start, ahead = this.end - this.start - from;
    const fade = Math.min(Math.round(FADE_S * this.rate), Math.abs(skip), ahead - TAPS);
    for (let i = -TAPS; i < TAPS + fade && from + i < this.end - this.start; i++) {
      const here = from + i, there = here + skip, mix = Math.max(0, i - TAPS) / fade;
      if (there >= 0 && there < this.samples.length) this.samples[there] += (1 - mix) * (this.samples[here] - this.samples[there]);
    }
    this.at += skip;
    this.landed = Math.floor(this.at);  // what is before it does not fit any more
  }
  add(output) {
    let peak = 0;
    if (this.end <= this.at && this.gain === 0) { this.dry = this.active; this.report.backlog_s = 0; return 0; }
    if (this.active && !this.paused) this.stretch();
    if (!this.paused) this.trim();
    this.smooth += 0.01 * (this.backlog - this.smooth);
    const steer = this.active ? Math.max(-STEER, Math.min(STEER, 0.05 * (this.smooth - this.prebuffer))) : 0;
    const step = this.rate / sampleRate * (1 + steer), fall = 1 / (FADE_S * sampleRate), last = FADE_S * this.rate;
    for (let i = 0; i < output.length; i++) {
      const fades = this.paused || (this.active && this.end - this.at < last);
      this.gain = Math.max(0, Math.min(1, this.gain + (fades ? -fall : fall)));
      if (this.paused && this.gain === 0) break;
      if (this.at >= this.end) { this.dry = this.active; break; }
      const whole = Math.floor(this.at), phase = Math.round((this.at - whole) * PHASES) * 2 * TAPS;
      const base = whole - TAPS + 1 - this.start;  // behind the end there are zeros
      let value = 0;
      for (let k = Math.max(0, -base); k < 2 * TAPS && base + k < this.samples.length; k++) {
        value += this.samples[base + k] * SINC[phase + k];
      }
      value *= this.gain;
      output[i] += value;
      if (value > peak) peak = value; else if (-value > peak) peak = -value;
      this.at += step;
      this.report.played_s += step / this.rate;
    }
    if (this.at >= this.end) this.gain = this.paused || this.active ? 0 : 1;
    this.report.backlog_s = this.backlog;
    return peak;
  }
}

registerProcessor("kit-playback", class extends AudioWorkletProcessor {
  constructor({ processorOptions }) {
    super();
    this.prebuffer = processorOptions.prebuffer;
    this.streams = {};
    this.peaks = {};
    this.quanta = 0;
    this.port.onmessage = ({ data }) => this.take(data);
  }
  take({ kind, stream: name, pcm, rate, begins }) {
    const stream = this.streams[name] ??= new Stream(this.prebuffer);
    if (kind === "sound") stream.take(new Int16Array(pcm), rate, begins);
    else if (kind === "end") stream.finish();
    else if (kind === "clear") stream.clear();
    else if (kind === "pause") stream.paused = true;
    else if (kind === "resume") stream.paused = false;
  }
  process(inputs, [channels]) {
    const [left, ...others] = channels;
    for (const [name, stream] of Object.entries(this.streams)) {
      this.peaks[name] = Math.max(this.peaks[name] ?? 0, stream.add(left));
    }
    for (let i = 0; i < left.length; i++) left[i] = Math.max(-1, Math.min(1, left[i]));
    for (const other of others) other.set(left);
    this.quanta += 1;
    if (this.quanta % 8 === 0) {
      this.port.postMessage({ kind: "peaks", time: currentTime, peaks: this.peaks });
      this.peaks = {};
    }
    if (this.quanta % 96 === 0) {
      const streams = Object.fromEntries(Object.entries(this.streams).map(([name, { report }]) => [name, { ...report }]));
      this.port.postMessage({ kind: "report", time: currentTime, streams });
    }
    return true;
  }
});`;

/**
 * The page's sound: speakers, and a microphone if it is to be had. `onPeak(lane, peak, time)` and `onBlock(block)` in
 * seconds of `performance.now()`; `onReport(streams)`; `onTrouble(text)`, "" when there is none any more.
 */
class PageSound {
  constructor({ prebuffer, onPeak, onBlock, onReport, onTrouble }) {
    Object.assign(this, { prebuffer, onPeak, onBlock, onReport, onTrouble });
    this.muted = false;
    this.closed = false;
    this.offset = Infinity;
  }

  async open() {
    try {
      this.context = new AudioContext({ latencyHint: "interactive" });
      await Promise.all([addWorklet(this.context, PLAYBACK_WORKLET), addWorklet(this.context, CAPTURE_WORKLET)]);
      if (this.closed) return;
      this.player = new AudioWorkletNode(this.context, "kit-playback", {
        numberOfInputs: 0, outputChannelCount: [2], processorOptions: { prebuffer: this.prebuffer },
      });
      this.player.port.onmessage = ({ data }) => this.take(data);
      this.player.connect(this.context.destination);
      this.context.onstatechange = () => this.watch();
      await this.context.resume();
    } catch (error) {
      if (!this.closed) this.onTrouble(`This page cannot play sound (${error.message}). The transcript goes on.`);
      return;
    }
    await this.openMicrophone();
  }

  async openMicrophone() {
    this.microphone?.close();
    this.microphone = null;
    try {
      const microphone = await openMicrophone(this.context, (block) => {
        this.onPeak("user", this.muted ? 0 : block.peak, this.pageTime(block.time));
        this.onBlock(block, this.context.sampleRate);
      });
      if (this.closed) { microphone.close(); return; }
      this.microphone = microphone;
      microphone.mute(this.muted);
      this.onTrouble("");
    } catch (error) {
      if (!this.closed) this.onTrouble(microphoneTrouble(error));
    }
  }

  get plays() { return this.context?.state === "running"; }

  watch() {
    if (this.closed) return;
    if (this.context.state === "suspended" || this.context.state === "interrupted") {
      this.onTrouble("The browser holds this page's sound back: press “Try again”.");
    }
  }

  async again() {
    if (!this.player) { await this.open(); return; }
    await this.context.resume();
    await this.openMicrophone();
  }

  /** Seconds of `performance.now()` at a time of the sound's own clock: the two are set against each other anew. */
  pageTime(time) {
    this.offset = Math.min(this.offset + 1e-5, performance.now() / 1000 - time);
    return time + this.offset;
  }

  take({ kind, time, peaks, streams }) {
    if (kind === "report") this.onReport(streams);
    else for (const [lane, peak] of Object.entries(peaks)) this.onPeak(lane, peak, this.pageTime(time));
  }

  /** A message of Python's about a stream. */
  pass(content, buffers) {
    if (!this.player) return;
    const message = { ...content };
    if (content.kind === "sound") {
      const view = buffers[0];
      message.pcm = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
      this.player.port.postMessage(message, [message.pcm]);
    } else this.player.port.postMessage(message);
  }

  mute(on) {
    this.muted = on;
    this.microphone?.mute(on);
  }

  close() {
    this.closed = true;
    this.microphone?.close();
    if (this.player) this.player.port.onmessage = null;
    if (this.context && this.context.state !== "closed") this.context.close();
  }
}
