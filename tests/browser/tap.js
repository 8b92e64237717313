// Listens to what a page plays: the loudness of every 10 ms, `window.kitTap.heard` as [seconds of Date.now(), RMS].
(() => {
  const WORKLET = `registerProcessor("kit-tap", class extends AudioWorkletProcessor {
    constructor() { super(); this.sum = 0; this.count = 0; }
    process([channels]) {
      for (let i = 0; i < 128; i++) {
        const value = channels[0] ? channels[0][i] : 0;
        this.sum += value * value;
        if (++this.count === Math.round(sampleRate / 100)) {
          this.port.postMessage([currentTime + (i + 1) / sampleRate, Math.sqrt(this.sum / this.count)]);
          this.sum = 0; this.count = 0;
        }
      }
      return true;
    } });`;
  const tap = window.kitTap = { heard: [], offset: Infinity };
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (target, ...rest) {
    const result = connect.call(this, target, ...rest);
    if (target instanceof AudioDestinationNode) {
      const url = URL.createObjectURL(new Blob([WORKLET], { type: "text/javascript" }));
      tap.offset = Infinity;
      this.context.audioWorklet.addModule(url).then(() => {
        const node = new AudioWorkletNode(this.context, "kit-tap", { numberOfOutputs: 0 });
        node.port.onmessage = ({ data: [time, loudness] }) => {
          tap.offset = Math.min(tap.offset + 1e-5, Date.now() / 1000 - time);
          tap.heard.push([time + tap.offset, loudness]);
        };
        connect.call(this, node);
      });
    }
    return result;
  };
})();
