// How long each turn took: its stages as bars, or the gaps of conversations as dots.

const KEYS_OF_STAGES = [...KIT_STAGES.map((name) => [KIT_STAGE_LABELS[name], `var(--kit-${name})`]), ["made ready before its turn", "var(--kit-muted)", "hatch"]];

function pieceOf([name, start, length], low, high, className) {
  const share = length / (high - low);
  const text = className === "kl-piece" && share > 0.055 ? length.toFixed(2) : "";
  return h("div", {
    class: `${className}${className === "kl-ahead" ? " kv-hatch" : ""}`,
    style: { left: percent((start - low) / (high - low)), width: percent(share), background: `var(--kit-${name})`, color: className === "kl-ahead" ? `var(--kit-${name})` : "" },
    title: `${KIT_STAGE_LABELS[name]}${className === "kl-ahead" ? ", made ready before its turn," : ""} ${length.toFixed(3)} s`,
  }, text);
}

function rowText(row) {
  const gap = row.gap_s === null ? row.silent : `gap ${seconds(row.gap_s)}`;
  const stages = row.pieces.filter(([, , length]) => length > 0).map(([name, , length]) => `${KIT_STAGE_LABELS[name]} ${length.toFixed(2)} s`);
  const saved = row.saved_s ? `, ${seconds(row.saved_s)} saved by answering ahead` : "";
  return `Turn ${row.turn}, “${row.words}”: ${gap}${saved}. ${stages.join(", ")}`;
}

function timelineRow(row, low, high, references) {
  const end = row.pieces.reduce((most, [, start, length]) => Math.max(most, start + length), 0);
  return h("div", { class: "kl-row", role: "listitem", "aria-label": rowText(row) },
    h("span", { class: "kl-number" }, String(row.turn)),
    h("span", { class: "kl-words", title: row.reply ? `${row.words}\n→ ${row.reply}` : row.words }, row.words || "(no words)"),
    h("div", { class: "kl-track" },
      references.map((reference) => h("div", { class: "kl-line", style: { left: percent((reference.at_s - low) / (high - low)) } })),
      row.pieces.filter(([, , length]) => length > 0).map((piece) => pieceOf(piece, low, high, "kl-piece")),
      row.ahead.filter(([, , length]) => length > 0).map((piece) => pieceOf(piece, low, high, "kl-ahead")),
      row.silent && h("span", { class: "kl-silent", style: { left: percent((end - low) / (high - low)) } }, row.silent)),
    h("span", { class: "kv-number kl-gap" }, row.gap_s === null ? "–" : seconds(row.gap_s)),
    h("span", { class: "kv-number kit-muted" }, row.saved_s ? seconds(row.saved_s) : ""));
}

function headOf(content, title) {
  return h("div", { class: "kv-head" },
    h("span", { class: "kv-title", "aria-live": content.live ? "polite" : undefined }, title),
    content.name && h("span", { class: "kv-name" }, content.name),
    content.live && h("span", { class: "kv-live" }, "live"));
}

function timeline(content) {
  if (!content.rows.length) {
    return [headOf(content, "No turn yet"), h("p", { class: "kv-empty" },
      content.live ? "Talk to the agent: each turn appears here as soon as it is over." : "No turn of the user was committed in this conversation.")];
  }
  const all = content.rows.flatMap((row) => [...row.pieces, ...row.ahead]);
  const low = Math.min(0, ...all.map(([, start]) => start));
  const high = Math.max(1.2 * 0.8, 1.04 * Math.max(0, ...all.map(([, start, length]) => start + length)));
  const references = content.references.filter((reference) => reference.at_s <= high);
  const list = h("div", { class: "kl-rows", role: "list" }, content.rows.map((row) => timelineRow(row, low, high, references)));
  return [
    headOf(content, content.title),
    swatches(KEYS_OF_STAGES),
    h("div", { class: "kv-scroll", tabindex: "0", "aria-label": "Turns with the stages of their gaps" },
      h("div", { class: "kl-columns", "aria-hidden": "true" },
        h("span"), h("span", {}, "turn"), axisReferences(references, low, high), h("span", { class: "kv-number" }, "gap"), h("span", { class: "kv-number" }, "saved")),
      list,
      h("div", { class: "kl-columns", style: { borderBottom: "0" }, "aria-hidden": "true" }, h("span"), h("span"), axisNumbers(low, high))),
    h("p", { class: "kv-note" }, [content.left_out, "Seconds from the end of the user's speech.", content.note].filter(Boolean).join(" ")),
  ];
}

/** Where dots of a width stand that touch no other (Wilkinson 1999, Dot Plots): [place, level]. */
function stacks(values, width) {
  const sorted = [...values].sort((a, b) => a - b), placed = [];
  for (let first = 0; first < sorted.length;) {
    let last = first;
    while (last < sorted.length && sorted[last] < sorted[first] + width) last += 1;
    const members = sorted.slice(first, Math.max(last, first + 1));
    const middle = members.reduce((sum, value) => sum + value, 0) / members.length;
    members.forEach((_, level) => placed.push([middle, level]));
    first += members.length;
  }
  return placed;
}

function drawSpread(context, width, height, row, high, references, element) {
  const x = (value) => (value / high) * width, base = height - 24, room = base - 8;
  const ink = themeColour(element, "--kit-ink", "#1f2328"), muted = themeColour(element, "--kit-muted");
  context.strokeStyle = muted;
  context.setLineDash([2, 3]);
  context.globalAlpha = 0.6;
  for (const reference of references) { context.beginPath(); context.moveTo(x(reference.at_s), 0); context.lineTo(x(reference.at_s), height); context.stroke(); }
  context.setLineDash([]);
  context.globalAlpha = 1;
  context.strokeStyle = themeColour(element, "--kit-hairline");
  context.beginPath(); context.moveTo(0, base + 0.5); context.lineTo(width, base + 0.5); context.stroke();
  let size = 9, placed = [];
  for (size of [9, 7.5, 6, 5, 4, 3, 2]) {
    placed = stacks(row.gaps_s, (size / width) * high);
    if ((Math.max(...placed.map(([, level]) => level)) + 1) * size <= room) break;
  }
  const step = Math.min(size, room / (Math.max(...placed.map(([, level]) => level)) + 1));
  context.fillStyle = KIT_COLOURS.user;
  for (const [place, level] of placed) { context.beginPath(); context.arc(x(place), base - 2 - (level + 0.5) * step, 0.43 * size, 0, 2 * Math.PI); context.fill(); }
  const below = base + 11;
  context.strokeStyle = context.fillStyle = ink;
  context.lineWidth = 2;
  if (row.interval_s) { context.beginPath(); context.moveTo(x(row.interval_s[0]), below); context.lineTo(x(row.interval_s[1]), below); context.stroke(); }
  context.beginPath();
  for (const [dx, dy] of [[0, -5], [4, 0], [0, 5], [-4, 0]]) context.lineTo(x(row.median_s) + dx, below + dy);
  context.fill();
  if (row.p95_s !== null) { context.strokeStyle = muted; context.beginPath(); context.moveTo(x(row.p95_s), below - 6); context.lineTo(x(row.p95_s), below + 6); context.stroke(); }
}

function spread(content, keep) {
  const heard = content.rows.filter((row) => row.gaps_s.length);
  const high = Math.max(1.25 * 0.8, 1.06 * Math.max(0, ...heard.flatMap((row) => row.gaps_s)));
  const cells = content.rows.flatMap((row) => {
    const name = h("span", { class: "kl-name" }, row.name);
    if (!row.gaps_s.length) return [name, h("span", { class: "kit-muted" }, "no answer was heard yet"), h("span"), h("span"), h("span", { class: "kv-number" }, "0")];
    const said = `${row.name}: ${row.said}, n = ${row.n}${row.p95_s === null ? "" : `, 95th percentile ${seconds(row.p95_s)}`}`;
    const strip = sharpCanvas({ role: "img", "aria-label": said, title: said }, (context, width, height) => drawSpread(context, width, height, row, high, content.references, strip.canvas));
    keep(strip);
    return [name, strip.canvas, h("span", { class: "kv-number kl-gap" }, seconds(row.median_s)), h("span", { class: "kv-number" }, row.p95_s === null ? "–" : seconds(row.p95_s)), h("span", { class: "kv-number" }, row.n)];
  });
  const column = (text) => h("span", { class: "kl-column kv-number" }, text);
  return [
    headOf(content, "Gaps, a dot a turn"),
    h("div", { class: "kl-spread" },
      h("span"), axisReferences(content.references, 0, high), column("median"), column("p95"), column("n"),
      ...cells, h("span"), axisNumbers(0, high), h("span"), h("span"), h("span")),
    h("p", { class: "kv-note" }, `Seconds from the end of the user's speech to the agent's first sound. ◆ median with its 95 % interval, | 95th percentile. ${content.note}`),
  ];
}

export default view("latency", ({ root, on, cleanup }) => {
  const body = h("div", { class: "kit-card" });
  root.append(body);
  let strips = [];
  const clear = () => { for (const strip of strips) strip.stop(); strips = []; };
  cleanup(clear);
  on("content", (content) => {
    if (!content?.view) return;
    const list = body.querySelector(".kv-scroll");
    const atEnd = !list || list.scrollTop + list.clientHeight >= list.scrollHeight - 4, top = list?.scrollTop ?? 0;
    clear();
    body.replaceChildren(...(content.view === "timeline" ? timeline(content) : spread(content, (strip) => strips.push(strip))));
    for (const strip of strips) strip.redraw();
    const now = body.querySelector(".kv-scroll");
    if (now && list) now.scrollTop = content.live && atEnd ? now.scrollHeight : top;
  });
});
