// Who sounded when: a lane each for the user, the agent and the background, 20 s rolling, drawn at the screen's rate.

const SCOPE_SPAN_S = 20;
const SCOPE_LANE = 40, SCOPE_AXIS = 18, SCOPE_METER = 6;
const SCOPE_LANES = [["user", "you"], ["agent", "agent"], ["background", "behind"]];
const SCOPE_FLOOR_DB = -54;

function decibels(peak) {
  return peak > 0 ? 20 * Math.log10(peak) : -Infinity;
}

/** Lanes that take peaks with their time, in seconds of `performance.now()`. */
function scope() {
  const peaks = new Map(SCOPE_LANES.map(([lane]) => [lane, []]));
  const levels = new Map(SCOPE_LANES.map(([lane]) => [lane, 0]));
  const numbers = new Map(SCOPE_LANES.map(([lane]) => [lane, h("span", { class: "kit-talk-level" }, "–")]));
  let spans = [];
  let context = null, colours = null, shown = 0;

  const add = (lane, peak, time) => {
    const list = peaks.get(lane);
    if (!list) return;
    list.push(time, peak);
    levels.set(lane, Math.max(peak, levels.get(lane)));
    if (list.length > 4096) list.splice(0, list.length - 2 * 60 * SCOPE_SPAN_S);
  };
  const mark = (from, to) => {
    spans = [...spans.filter(([, end]) => end > performance.now() / 1000 - SCOPE_SPAN_S), [from, to]];
  };

  const height = SCOPE_LANES.length * SCOPE_LANE + SCOPE_AXIS;
  const picture = sharpCanvas(
    { class: "kit-talk-scope", role: "img", "aria-label": "Sound of the last 20 seconds: you, the agent, and what plays behind",
      style: { height: `${height}px` } },
    (target, width) => { context = target; draw(width); });

  function draw(width) {
    colours ??= Object.fromEntries(["ink", "muted", "hairline", "user", "agent", "background"]
      .map((name) => [name, themeColour(picture.canvas, `--kit-${name}`)]));
    const now = performance.now() / 1000, plot = width - SCOPE_METER - 6;
    const x = (time) => plot * (1 - (now - time) / SCOPE_SPAN_S);
    grid(plot, x, now);
    SCOPE_LANES.forEach(([lane], row) => {
      const middle = row * SCOPE_LANE + SCOPE_LANE / 2;
      context.fillStyle = colours.hairline;
      context.fillRect(0, middle - 0.5, plot, 1);
      if (lane === "agent") hatch(middle, x, plot);
      wave(peaks.get(lane), colours[lane], middle, plot, x);
      meter(levels.get(lane), colours[lane], row, plot + 6);
    });
    if (now - shown > 0.25) {
      shown = now;
      for (const [lane, label] of numbers) {
        const level = decibels(levels.get(lane));
        label.textContent = level > SCOPE_FLOOR_DB ? `${Math.round(level)}`.replace("-", "−") + " dB" : "–";
      }
    }
    for (const [lane, level] of levels) levels.set(lane, level * 0.93);
  }

  function grid(plot, x, now) {
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "center";
    for (let back = 0; back <= SCOPE_SPAN_S; back += 5) {
      const at = x(now - back);
      context.fillStyle = colours.hairline;
      context.fillRect(Math.min(plot - 1, Math.round(at)), 0, 1, height - SCOPE_AXIS + 3);
      context.fillStyle = colours.muted;
      const label = back === 0 ? "now" : `−${back} s`;
      context.textAlign = back === 0 ? "right" : back === SCOPE_SPAN_S ? "left" : "center";
      context.fillText(label, at, height - 4);
    }
  }

  function hatch(middle, x, plot) {
    context.save();
    context.strokeStyle = colours.agent;
    context.globalAlpha = 0.55;
    for (const [from, to] of spans) {
      const left = clamp(x(from), 0, plot), right = clamp(x(to), 0, plot);
      if (right <= left) continue;
      context.save();
      context.beginPath();
      context.rect(left, middle - 13, Math.max(3, right - left), 26);
      context.clip();
      context.beginPath();
      for (let at = left - 26; at < right + 4; at += 5) { context.moveTo(at, middle + 13); context.lineTo(at + 26, middle - 13); }
      context.stroke();
      context.restore();
    }
    context.restore();
  }

  function wave(list, colour, middle, plot, x) {
    context.fillStyle = colour;
    let column = -1, loudest = 0;
    const flush = () => {
      if (column < 0 || column >= plot) return;
      const size = Math.max(0, 1 + decibels(loudest) / -SCOPE_FLOOR_DB) * (SCOPE_LANE / 2 - 3);
      if (size > 0) context.fillRect(column, middle - size, 1.6, 2 * size);
    };
    for (let i = 0; i < list.length; i += 2) {
      const here = Math.floor(x(list[i]));
      if (here !== column) { flush(); column = here; loudest = 0; }
      if (list[i + 1] > loudest) loudest = list[i + 1];
    }
    flush();
  }

  function meter(level, colour, row, left) {
    const tall = SCOPE_LANE - 10, top = row * SCOPE_LANE + 5;
    const size = Math.max(0, 1 + decibels(level) / -SCOPE_FLOOR_DB) * tall;
    context.fillStyle = colours.hairline;
    context.fillRect(left, top, SCOPE_METER, tall);
    context.fillStyle = colour;
    context.fillRect(left, top + tall - size, SCOPE_METER, size);
  }

  const labels = SCOPE_LANES.map(([lane, name]) =>
    h("div", { class: "kit-talk-lane", style: { height: `${SCOPE_LANE}px` } },
      h("span", { class: "kit-talk-lane-name", style: { color: `var(--kit-talk-${lane})` } }, name), numbers.get(lane)));
  const element = h("div", { class: "kit-talk-lanes" }, h("div", {}, labels), picture.canvas);
  return {
    element, add, mark,
    start() { return everyFrame(picture.canvas, picture.redraw); },
    retheme() { colours = null; },
    stop: picture.stop,
  };
}
