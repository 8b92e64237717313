// A conversation to look at closely, and to hear from any point.

const LEAST_RANGE_S = 0.25;
const AHEAD = 0.1; // of a followed stretch, which is still to come
const MOST_BETWEEN_S = 0.2;
const TELL_MS = 1000; // how often Python is told what is seen of a running session

function clock(t) {
  const whole = Math.max(0, t), minutes = Math.floor(whole / 60);
  return `${minutes}:${(whole - 60 * minutes).toFixed(1).padStart(4, "0")}`;
}

export default view("waveform", ({ model, root, tell, on, onMessage, cleanup }) => {
  const spans = new Map(), marks = [], levels = [], peaks = {};
  let live = {}, newest = 0, newestAt = 0, toldAt = 0, wanted = false, dragged = null, hovered = null, loading = false, dirty = true;
  const player = tape(() => { setPlaying(false); });
  cleanup(() => player.close());

  /** A running session is followed here, by the page's clock between two messages, and Python is told seldom. */
  const sinceNewest = () => Math.min((performance.now() - newestAt) / 1000, MOST_BETWEEN_S);
  const follows = () => {
    const [from, to] = model.get("range");
    return model.get("live") && model.get("follow") && newest > to - AHEAD * (to - from);
  };
  const range = () => {
    const [from, to] = model.get("range"), length = to - from, now = newest + sinceNewest();
    return follows() ? [now - (1 - AHEAD) * length, now + AHEAD * length] : [from, to];
  };
  const duration = () => Math.max(model.get("duration"), newest);
  const cursor = () => (player.playing ? player.position() : model.get("cursor"));
  const set = (values) => { // saved at once: the manager sends no faster than the kernel takes, and what waits there is not set back by an echo
    for (const [name, value] of Object.entries(values)) model.set(name, value);
    model.save_changes();
    dirty = true;
  };
  const setRange = (from, to) => {
    const longest = Math.max(duration(), model.get("live") ? 30 : 0), length = clamp(to - from, Math.min(LEAST_RANGE_S, longest), longest);
    const start = clamp(from, 0, Math.max(0, longest - length));
    set({ range: [start, start + length] });
  };
  const zoom = (factor, at = null) => {
    const [from, to] = range(), middle = at ?? clamp(cursor(), from, to);
    setRange(middle - (middle - from) * factor, middle + (to - middle) * factor);
    if (model.get("live")) set({ follow: false });
  };
  const setPlaying = (playing) => { set({ playing, cursor: player.position() }); showState(); };
  const moveTo = (t, reveal = true) => {
    const at = clamp(t, 0, duration());
    set({ cursor: at });
    player.seek(at);
    if (player.playing) player.play(at);
    const [from, to] = range();
    if (reveal && (at < from || at > to)) setRange(at - (to - from) / 2, at + (to - from) / 2);
    tellCursor();
  };
  const play = async () => {
    if (player.playing) { player.stop(); setPlaying(false); return; }
    if (!player.has("all")) {
      if (!loading) { loading = true; showState(); tell("sound"); }
      return;
    }
    await player.play(model.get("cursor"));
    setPlaying(true);
  };
  onMessage("sound", async (content, buffers) => {
    const wantedToPlay = loading;
    try {
      await player.load(content.name, buffers[0]);
    } catch (error) {
      detail.textContent = `This browser cannot play the sound (${error.message}).`;
      return;
    } finally { loading = false; showState(); }
    if (wantedToPlay) play();
  });

  // what it consists of
  const playButton = h("button", { type: "button", class: "kw-play", onclick: () => play() }, "▶ Play");
  const time = h("span", { class: "kw-time" });
  const followButton = h("button", { type: "button", onclick: () => set({ follow: !model.get("follow") }) }, "Follow");
  const title = h("span", { class: "kv-title" });
  const detail = h("div", { class: "kw-detail", "aria-live": "polite" });
  const zoomButtons = h("span", { class: "kw-zoom" },
    h("button", { type: "button", "aria-label": "Zoom out", title: "Zoom out (−)", onclick: () => zoom(2) }, "−"),
    h("button", { type: "button", "aria-label": "Zoom in", title: "Zoom in (+)", onclick: () => zoom(0.5) }, "+"),
    h("button", { type: "button", title: "See all of it (0)", onclick: () => setRange(0, duration()) }, "All"));
  const main = sharpCanvas({
    class: "kw-main", tabindex: "0", role: "slider", "aria-label": "Position in the conversation",
    "aria-description": "Space plays. Arrows move, with Shift they scroll. Plus and minus zoom, 0 shows all. Comma and full stop go to the previous and the next mark.",
    "aria-valuemin": "0",
  }, drawMain);
  const overview = sharpCanvas({ class: "kw-overview", "aria-hidden": "true" }, drawOverview);
  cleanup(main.stop);
  cleanup(overview.stop);
  const keys = h("div", { class: "kv-keys kw-keys", "aria-hidden": "true" });
  root.append(h("div", { class: "kit-card" },
    h("div", { class: "kv-head kw-head" }, playButton, time, title, h("span", { class: "kw-right" }, followButton, zoomButtons)),
    main.canvas, overview.canvas, detail, keys));
  const showState = () => {
    const playing = player.playing, silent = model.get("live");
    playButton.textContent = loading ? "… Loading" : playing ? "❚❚ Pause" : "▶ Play";
    playButton.disabled = silent;
    playButton.title = silent ? "A running session is heard in Talk; its recording can be played when it is over" : "Play from the cursor (space)";
    playButton.setAttribute("aria-pressed", String(playing));
    followButton.hidden = !silent;
    followButton.setAttribute("aria-pressed", String(model.get("follow")));
  };
  const showKeys = () => {
    const present = Object.keys(MARK_LOOKS).filter((kind) => marks.some((mark) => mark.kind === kind));
    if (keys.dataset.kinds === present.join()) return;
    keys.dataset.kinds = present.join();
    keys.replaceChildren(...present.map((kind) => {
      const [shape, colour, label] = MARK_LOOKS[kind];
      const sign = sharpCanvas({ class: "kw-sign" }, (context, width, height) => drawMark(context, shape, width / 2, height / 2, KIT_COLOURS[colour], themeColour(root, "--kit-ink"), 4.2));
      requestAnimationFrame(() => { sign.redraw(); sign.stop(); });
      return h("span", { class: "kv-key" }, sign.canvas, label);
    }));
  };

  // drawing
  function channelAt(number, perPixel) {
    const name = LANES[number][0];
    if (model.get("live")) return live[name];
    const fit = [...levels].reverse().find((level) => level && level.binS <= perPixel) ?? levels.find((level) => level);
    if (perPixel < (levels[1]?.binS ?? Infinity) && !levels[0] && levels[1] && !wanted) { wanted = true; tell("want"); }
    return fit && fit.channels[number] ? { binS: fit.binS, data: fit.channels[number] } : null;
  }
  function peakOf(name, channel) {
    if (!channel) return 1;
    if (model.get("live")) return (peaks[name] = Math.max(peaks[name] ?? 3000, 1));
    return peaks[name] ?? 1;
  }
  function drawMain(context, whole, height) {
    const width = whole - GUTTER, shown = range(), length = shown[1] - shown[0];
    const ink = themeColour(root, "--kit-ink", "#1f2328"), muted = themeColour(root, "--kit-muted"), hairline = themeColour(root, "--kit-hairline");
    const x = (t) => ((t - shown[0]) / length) * width, font = getComputedStyle(root).fontFamily;
    const ruler = height - 18;
    context.textBaseline = "middle";
    LANES.forEach(([name, top, tall], number) => {
      if (number === 2 && !peaks.background) return;
      context.font = `600 12px ${font}`;
      context.fillStyle = ink;
      context.fillText(name, 0, top + tall / 2);
    });
    context.font = `11px ${font}`;
    context.fillStyle = muted;
    context.fillText("gap", 0, STATE_TOP + STATE_HEIGHT / 2);
    context.save();
    context.translate(GUTTER, 0);
    context.beginPath(); context.rect(-1, 0, width + 2, height); context.clip();
    context.strokeStyle = hairline;
    const found = ticks(shown[0], shown[1], Math.max(3, Math.floor(width / 80))), step = found.length > 1 ? found[1] - found[0] : 1;
    context.textAlign = "center";
    for (const t of found) {
      context.beginPath(); context.moveTo(Math.round(x(t)) + 0.5, 22); context.lineTo(Math.round(x(t)) + 0.5, ruler); context.stroke();
      const text = t >= 60 ? `${Math.floor(t / 60)}:${tickText(t % 60, step).padStart(2, "0")}` : `${tickText(t, step)} s`;
      context.fillText(text, clamp(x(t), 16, width - 16), ruler + 10);
    }
    context.textAlign = "left";
    const now = [...spans.values()].filter((span) => span.start <= shown[1] && (span.end ?? Infinity) >= shown[0]).sort((a, b) => a.start - b.start);
    context.font = `600 11px ${font}`;
    drawSpans(context, now, width, shown, x, ink, muted);
    LANES.forEach(([name, top, tall], number) => {
      if (number === 2 && !peaks.background) return;
      const channel = channelAt(number, length / width);
      drawWave(context, channel, top, tall, width, shown, KIT_COLOURS[name], peakOf(name, channel));
    });
    let before = -Infinity, row = 0;
    for (const mark of marks) {
      if (mark.t < shown[0] - 0.1 || mark.t > shown[1] + 0.1) continue;
      const [shape, colour] = MARK_LOOKS[mark.kind] ?? MARK_LOOKS.tuning;
      if (mark === hovered) { context.strokeStyle = muted; context.beginPath(); context.moveTo(x(mark.t), MARK_Y); context.lineTo(x(mark.t), ruler); context.stroke(); }
      row = x(mark.t) - before < 10 ? 1 - row : 0; // marks of one moment stand below one another
      before = x(mark.t);
      drawMark(context, shape, x(mark.t), row ? MARK_Y + 6 : MARK_Y - 5, KIT_COLOURS[colour], ink);
    }
    if (dragged?.moved) {
      context.fillStyle = ink;
      context.globalAlpha = 0.12;
      context.fillRect(Math.min(x(dragged.from), x(dragged.to)), 22, Math.abs(x(dragged.to) - x(dragged.from)), ruler - 22);
      context.globalAlpha = 1;
    }
    const at = x(cursor());
    context.fillStyle = ink;
    context.fillRect(at - 0.75, 4, 1.5, ruler - 4);
    context.beginPath(); context.moveTo(at - 5, ruler); context.lineTo(at + 5, ruler); context.lineTo(at, ruler - 7); context.fill();
    context.restore();
  }
  function drawOverview(context, whole, height) {
    const width = whole - GUTTER, all = [0, Math.max(duration(), 0.1)], shown = range();
    context.translate(GUTTER, 0);
    LANES.slice(0, 2).forEach(([name], number) => {
      const channel = channelAt(number, all[1] / width);
      drawWave(context, channel, number * (height / 2), height / 2, width, all, KIT_COLOURS[name], peakOf(name, channel));
    });
    context.strokeStyle = themeColour(root, "--kit-ink");
    context.lineWidth = 1.5;
    const from = (shown[0] / all[1]) * width, to = (shown[1] / all[1]) * width;
    context.fillStyle = themeColour(root, "--kit-ground");
    context.globalAlpha = 0.65;
    context.fillRect(0, 0, from, height);
    context.fillRect(to, 0, width - to, height);
    context.globalAlpha = 1;
    context.strokeRect(from + 0.75, 0.75, Math.max(3, Math.min(to, width) - from - 1.5), height - 1.5);
  }

  // what it tells
  const spansAt = (t) => [...spans.values()].filter((span) => span.start <= t && (span.end ?? Infinity) >= t && span.kind !== "thinking");
  const describe = (t) => spansAt(t).map((span) => span.kind === "gap" ? `gap ${span.text}` : `${span.kind}${span.text ? `: “${span.text}”` : ""}`).join(" · ");
  const restText = () => model.get("live") && !Object.keys(live).length
    ? "Only the journal of this session is shown: its sound is drawn where Talk runs it."
    : "Hover over a mark or a voice to read what it is. Click to place the cursor; drag over a stretch to zoom.";
  const tellCursor = () => {
    const t = cursor(), said = describe(t);
    const near = marks.find((mark) => Math.abs(mark.t - t) < 1e-6);
    detail.textContent = `${clock(t)}  ${near ? near.text : said || "nobody speaks"}`;
    main.canvas.setAttribute("aria-valuenow", t.toFixed(2));
    main.canvas.setAttribute("aria-valuetext", detail.textContent);
    showTime();
  };
  const showTime = () => { time.textContent = `${clock(cursor())} / ${clock(duration())}`; };
  const timeAt = (event) => {
    const box = main.canvas.getBoundingClientRect(), [from, to] = range();
    return from + ((event.clientX - box.left - GUTTER) / (box.width - GUTTER)) * (to - from);
  };
  const markAt = (event) => {
    const box = main.canvas.getBoundingClientRect();
    if (event.clientY - box.top > 24) return null;
    const per = (range()[1] - range()[0]) / (box.width - GUTTER);
    return marks.reduce((best, mark) => {
      const distance = Math.abs(mark.t - timeAt(event)) / per;
      return distance < 8 && (!best || distance <= best[1]) ? [mark, distance] : best;
    }, null)?.[0] ?? null;
  };

  // what a person does
  main.canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    main.canvas.setPointerCapture(event.pointerId);
    const t = timeAt(event);
    dragged = { from: t, to: t, x: event.clientX, moved: false };
  });
  main.canvas.addEventListener("pointermove", (event) => {
    if (!event.movementX && !event.movementY) return; // the page moved, not the hand
    if (dragged) {
      dragged.to = timeAt(event);
      dragged.moved ||= Math.abs(event.clientX - dragged.x) > 5;
    } else {
      hovered = markAt(event);
      const t = timeAt(event), text = hovered ? hovered.text : describe(t);
      detail.textContent = t < range()[0] ? restText() : `${clock(hovered ? hovered.t : t)}  ${text || "nobody speaks"}`;
      main.canvas.title = hovered ? `${clock(hovered.t)}  ${hovered.text}` : "";
    }
    dirty = true;
  });
  main.canvas.addEventListener("pointerup", (event) => {
    if (!dragged) return;
    const { from, to, moved } = dragged, mark = markAt(event);
    dragged = null;
    if (moved) setRange(Math.min(from, to), Math.max(from, to));
    else moveTo(mark ? mark.t : from, false);
    if (model.get("live")) set({ follow: false });
  });
  main.canvas.addEventListener("pointercancel", () => { dragged = null; dirty = true; });
  main.canvas.addEventListener("pointerleave", () => { if (dragged) return;
    hovered = null;
    if (document.activeElement === main.canvas) tellCursor(); else detail.textContent = restText();
    dirty = true;
  });
  main.canvas.addEventListener("dblclick", () => setRange(0, duration()));
  main.canvas.addEventListener("wheel", (event) => {
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
    if (!sideways && !event.ctrlKey && !event.metaKey && document.activeElement !== main.canvas) return; // the page scrolls
    event.preventDefault();
    const [from, to] = range(), unit = event.deltaMode === 1 ? 16 : 1;
    if (sideways) {
      const by = ((event.deltaX || event.deltaY) * unit / (main.canvas.clientWidth - GUTTER)) * (to - from);
      setRange(from + by, to + by);
    } else zoom(Math.exp(clamp(event.deltaY * unit, -200, 200) * 0.003), timeAt(event));
  }, { passive: false });
  const jump = (forward) => {
    const t = model.get("cursor"), times = marks.map((mark) => mark.t).sort((a, b) => a - b);
    const to = forward ? times.find((one) => one > t + 1e-6) : times.filter((one) => one < t - 1e-6).pop();
    if (to !== undefined) moveTo(to);
  };
  main.canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const [from, to] = range(), length = to - from, back = event.key === "ArrowLeft" ? -1 : 1;
    const does = {
      " ": play, Enter: play, "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), 0: () => setRange(0, duration()),
      ArrowLeft: () => (event.shiftKey ? setRange(from - 0.2 * length, to - 0.2 * length) : moveTo(cursor() + back * 0.02 * length)),
      ArrowRight: () => (event.shiftKey ? setRange(from + 0.2 * length, to + 0.2 * length) : moveTo(cursor() + back * 0.02 * length)),
      Home: () => moveTo(0), End: () => moveTo(duration()), ",": () => jump(false), ".": () => jump(true),
    }[event.key];
    if (!does) return;
    event.preventDefault();
    event.stopPropagation();
    does();
  });
  const scrollTo = (event) => {
    const box = overview.canvas.getBoundingClientRect(), [from, to] = range();
    const t = ((event.clientX - box.left - GUTTER) / (box.width - GUTTER)) * duration();
    setRange(t - (to - from) / 2, t + (to - from) / 2);
    if (model.get("live")) set({ follow: false });
  };
  overview.canvas.addEventListener("pointerdown", (event) => { overview.canvas.setPointerCapture(event.pointerId); scrollTo(event); });
  overview.canvas.addEventListener("pointermove", (event) => { if (event.buttons & 1) scrollTo(event); });

  // what Python tells
  const take = (content) => {
    for (const span of content.spans) spans.set(span.id, span);
    marks.push(...content.marks);
    showKeys();
    dirty = true;
  };
  onMessage("happenings", (content) => { spans.clear(); marks.length = 0; take(content); detail.textContent = restText(); });
  onMessage("level", (content, buffers) => {
    const channels = buffers.map((buffer) => new Int16Array(buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength)));
    levels[content.number] = { binS: content.bin_s, channels };
    content.channels.forEach((name, number) => { peaks[name] = channels[number].reduce((most, sample) => Math.max(most, Math.abs(sample)), 0); });
    main.canvas.style.height = peaks.background ? "" : "204px";
    dirty = true;
  });
  onMessage("grow", (content, buffers) => {
    const silent = !Object.keys(live).length;
    content.firsts.forEach(([name, first], number) => {
      const buffer = buffers[number], fresh = new Int16Array(buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength));
      const end = 2 * first + fresh.length;
      let channel = live[name];
      if (!channel || channel.room.length < end) {
        const room = new Int16Array(Math.max(4096, 2 * end));
        if (channel) room.set(channel.data);
        channel = live[name] = { binS: content.bin_s, room, data: room.subarray(0, channel?.data.length ?? 0) };
      }
      channel.room.set(fresh, 2 * first);
      channel.data = channel.room.subarray(0, Math.max(channel.data.length, end));
      peaks[name] = fresh.reduce((most, sample) => Math.max(most, Math.abs(sample)), peaks[name] ?? 0);
    });
    take(content);
    if (silent && content.firsts.length && !hovered) detail.textContent = restText();
    const ends = Object.values(live).map((channel) => (channel.data.length / 2) * channel.binS);
    newest = Math.max(content.last_t, ...ends, 0.1);
    newestAt = performance.now();
    if (newestAt - toldAt > TELL_MS) { toldAt = newestAt; set({ duration: duration(), range: range() }); }
  });
  onMessage("begin_again", () => { spans.clear(); marks.length = 0; live = {}; newest = 0; showKeys(); dirty = true; });

  on("name", (name) => { title.textContent = name; });
  for (const name of ["range", "duration", "live", "follow"]) on(name, () => { dirty = true; showState(); showTime(); });
  on("cursor", (t) => { if (!player.playing) { player.seek(t); dirty = true; showTime(); } });
  on("playing", (playing) => { if (playing !== player.playing && !loading) { if (playing) play(); else { player.stop(); showState(); } } });
  let told = 0;
  cleanup(everyFrame(main.canvas, (now) => {
    if (player.playing) {
      const t = player.position(), [from, to] = range();
      if (t > to) setRange(t, t + to - from);
      if (now - told > 100) { told = now; set({ cursor: t }); showTime(); }
      dirty = true;
    }
    if (!dirty && !(follows() && sinceNewest() < MOST_BETWEEN_S)) return false;
    dirty = false;
    main.redraw();
    overview.redraw();
    return true;
  }));
  const scheme = new MutationObserver(() => { dirty = true; });
  scheme.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-jp-theme-name", "class"] });
  cleanup(() => scheme.disconnect());
  main.canvas.setAttribute("aria-valuemax", duration().toFixed(2));
  showState();
  showTime();
  detail.textContent = restText();
});
