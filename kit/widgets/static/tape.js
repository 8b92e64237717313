// Sounds that play from any point, several of them at one time and place, of which one is heard.

const FADE_S = 0.012;

/** `load(name, bytes)`, then `play(from)`; `choose(name)` says which is heard, also while it plays. */
function tape(onEnd) {
  let context = null, sources = [], began = 0, offset = 0, chosen = null, playing = false, length = 0;
  const sounds = new Map(), gains = new Map();
  const silence = () => {
    for (const source of sources) { source.onended = null; try { source.stop(); } catch { /* it has ended */ } source.disconnect(); }
    sources = [];
  };
  const ready = () => {
    context ??= new AudioContext({ latencyHint: "interactive" });
    return context;
  };
  const position = () => (playing ? Math.min(length, Math.max(offset, offset + context.currentTime - began)) : offset);
  const stop = () => {
    offset = position();
    playing = false;
    silence();
  };
  return {
    has: (name) => sounds.has(name),
    get playing() { return playing; },
    position,
    async load(name, bytes) {
      const data = bytes.buffer ? bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) : bytes;
      sounds.set(name, await ready().decodeAudioData(data));
      length = Math.max(...[...sounds.values()].map((sound) => sound.duration));
      chosen ??= name;
    },
    forget() { stop(); sounds.clear(); gains.clear(); chosen = null; length = 0; offset = 0; },
    choose(name) {
      chosen = name;
      for (const [other, gain] of gains) gain.gain.setTargetAtTime(other === name ? 1 : 0, context.currentTime, FADE_S / 3);
    },
    /** Play all of them from a point, and let the chosen one be heard. */
    async play(from) {
      silence();
      await ready().resume();
      if (from >= length - 0.01) from = 0;
      let longest = null;
      for (const [name, sound] of sounds) {
        let gain = gains.get(name);
        if (!gain) { gain = context.createGain(); gain.connect(context.destination); gains.set(name, gain); }
        gain.gain.value = name === chosen ? 1 : 0;
        const source = context.createBufferSource();
        source.buffer = sound;
        source.connect(gain);
        source.start(0, Math.min(from, sound.duration));
        sources.push(source);
        if (!longest || sound.duration > longest.buffer.duration) longest = source;
      }
      offset = from;
      began = context.currentTime;
      playing = true;
      if (longest) longest.onended = () => { stop(); offset = length; onEnd(); };
    },
    stop,
    seek(to) { offset = to; },
    close() { silence(); playing = false; context?.close(); context = null; },
  };
}
