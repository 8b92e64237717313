// Drawing a conversation: a lane a speaker, what the agent does between them, and the moments that matter.

const LANES = [["user", 26, 62], ["agent", 116, 62], ["background", 184, 26]];
const GUTTER = 84, STATE_TOP = 93, STATE_HEIGHT = 18, MARK_Y = 13;
const SOFTNESS = 0.6;
const MARK_LOOKS = {
  turn: ["diamond", "endpointing", "turn over"],
  attempt: ["hollow", "llm", "attempt begun"],
  adopted: ["triangle", "llm", "attempt adopted"],
  discarded: ["cross", "llm", "attempt discarded"],
  interruption: ["square", "user", "interruption"],
  tuning: ["dot", "playout", "setting changed"],
  handoff: ["dot", "agent", "hand-over"],
  error: ["cross", "agent", "error"],
};

function drawMark(context, shape, x, y, colour, ink, size = 4.5) {
  context.fillStyle = colour;
  context.strokeStyle = ink;
  context.lineWidth = 0.8;
  context.beginPath();
  if (shape === "cross") {
    context.strokeStyle = colour;
    context.lineWidth = 2;
    for (const side of [-1, 1]) { context.moveTo(x - size * 0.8, y - side * size * 0.8); context.lineTo(x + size * 0.8, y + side * size * 0.8); }
    context.stroke();
    return;
  }
  if (shape === "dot") context.arc(x, y, size * 0.85, 0, 2 * Math.PI);
  else {
    const corners = shape === "square" ? [[-0.8, -0.8], [0.8, -0.8], [0.8, 0.8], [-0.8, 0.8]]
      : shape === "diamond" ? [[0, -1.1], [1.1, 0], [0, 1.1], [-1.1, 0]] : [[0, -1], [1, 0.85], [-1, 0.85]];
    for (const [dx, dy] of corners) context.lineTo(x + dx * size, y + dy * size);
    context.closePath();
  }
  if (shape === "hollow") { context.strokeStyle = colour; context.lineWidth = 1.6; context.stroke(); return; }
  context.fill();
  context.stroke();
}

/** The extremes of a channel, as `read(fromBin, toBin)` gives them. */
function drawWave(context, channel, top, height, width, range, colour, peak) {
  const middle = top + height / 2, perPixel = (range[1] - range[0]) / width;
  context.strokeStyle = colour;
  context.globalAlpha = 0.55;
  context.lineWidth = 1;
  context.beginPath(); context.moveTo(0, middle); context.lineTo(width, middle); context.stroke();
  context.globalAlpha = 1;
  if (!channel) return;
  const { binS, data } = channel, count = data.length / 2;
  const depth = (sample) => Math.sign(sample) * Math.min(1, Math.abs(sample) / peak) ** SOFTNESS * 0.48 * height;
  context.fillStyle = colour;
  for (let x = 0; x < width; x += 1) {
    const first = Math.floor((range[0] + x * perPixel) / binS), last = Math.max(first + 1, Math.floor((range[0] + (x + 1) * perPixel) / binS));
    if (first >= count || last <= 0) continue;
    let low = 0, high = 0;
    for (let bin = Math.max(0, first); bin < Math.min(last, count); bin += 1) {
      if (data[2 * bin] < low) low = data[2 * bin];
      if (data[2 * bin + 1] > high) high = data[2 * bin + 1];
    }
    const up = depth(high), down = depth(low);
    if (up - down > 0.6) context.fillRect(x, middle - up, 1, up - down);
  }
}

/** Shades the stretches in which somebody speaks, and tells gaps and thinking between the lanes. */
function drawSpans(context, spans, width, range, x, ink, muted) {
  let free = -Infinity;
  for (const span of spans) {
    const from = Math.max(0, x(span.start)), to = Math.min(width, x(span.end ?? range[1]));
    if (to < 0 || from > width || to <= from) continue;
    const lane = LANES.find(([name]) => name === span.kind);
    if (lane) {
      context.fillStyle = KIT_COLOURS[span.kind];
      context.globalAlpha = 0.13;
      context.fillRect(from, lane[1], to - from, lane[2]);
      context.globalAlpha = 1;
    } else if (span.kind === "thinking") {
      context.fillStyle = KIT_COLOURS.llm;
      context.globalAlpha = 0.55;
      context.fillRect(from, STATE_TOP + STATE_HEIGHT - 4, to - from, 3);
      context.globalAlpha = 1;
    } else if (span.kind === "gap") {
      context.fillStyle = muted;
      context.globalAlpha = 0.12;
      context.fillRect(from, LANES[0][1], to - from, LANES[1][1] + LANES[1][2] - LANES[0][1]);
      context.globalAlpha = 1;
      context.fillStyle = ink;
      context.fillRect(from, STATE_TOP + STATE_HEIGHT / 2 - 1, to - from, 2);
      const size = context.measureText(span.text).width;
      const at = to + 5 + size <= width ? to + 5 : from - 5 - size;
      if (at > free) { context.fillText(span.text, at, STATE_TOP + STATE_HEIGHT / 2); free = at + size + 8; }
    }
  }
}
