// What was said, line by line, and how long the last answer took. Text of people and models is only ever text.

const TRANSCRIPT_MOST = 300;

function timeOfDay(milliseconds) {
  return new Date(milliseconds).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
}

/** Lines by their number; `put(lines)` adds them or writes them anew. It stays at the end unless one scrolled away. */
function transcript() {
  const rows = new Map();
  const empty = h("div", { class: "kit-talk-empty kit-muted" },
    "Press Start and speak, or type below. What you and the agent say stands here.");
  const element = h("div", { class: "kit-talk-transcript", role: "log", "aria-label": "Transcript", tabindex: "0" }, empty);

  const row = (line) => {
    const parts = {
      words: h("span", {}), interim: h("span", { class: "kit-talk-interim" }),
      note: h("span", { class: "kit-talk-note" }),
      time: h("time", { class: "kit-talk-time" }, timeOfDay(Date.now())),
    };
    const names = { you: "you", agent: "agent", note: "·", error: "!" };
    parts.row = h("div", { class: `kit-talk-line kit-talk-by-${line.who}` },
      h("span", { class: "kit-talk-who" }, names[line.who] ?? ""),
      h("span", { class: "kit-talk-words" }, parts.words, parts.interim), parts.note, parts.time);
    rows.set(line.id, parts);
    element.append(parts.row);
    return parts;
  };
  return {
    element,
    put(lines) {
      if (!lines.length) return;
      empty.remove();
      const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < 24;
      for (const line of lines) {
        const parts = rows.get(line.id) ?? row(line);
        parts.words.textContent = line.text;
        parts.interim.textContent = line.interim ? `${line.text ? " " : ""}${line.interim}…` : "";
        parts.note.textContent = line.note;
        if (line.at) parts.time.textContent = timeOfDay(line.at);
      }
      while (rows.size > TRANSCRIPT_MOST) {
        const [id, parts] = rows.entries().next().value;
        parts.row.remove();
        rows.delete(id);
      }
      if (atEnd) element.scrollTop = element.scrollHeight;
    },
  };
}

/** The stages of the last answer's gap, one beside the other, as wide as they were long. */
function lastTurn() {
  const bar = h("div", { class: "kit-talk-stages" });
  const sum = h("span", { class: "kit-talk-sum" });
  const saved = h("span", { class: "kit-talk-saved" });
  const element = h("div", { class: "kit-talk-turn" }, h("span", { class: "kit-talk-who" }, "last turn"), bar, sum, saved);
  const put = (turn) => {
    bar.replaceChildren();
    if (!turn) {
      bar.append(h("span", { class: "kit-muted" }, "from your last word to the agent's first: after the first answer"));
      sum.textContent = saved.textContent = "";
      return;
    }
    for (const { name, s } of turn.stages) {
      if (s < 0.005) continue;
      const label = `${KIT_STAGE_LABELS[name] ?? name} ${s.toFixed(2)}`;
      bar.append(h("span", { class: "kit-talk-stage", title: `${label} s`,
        style: { flexGrow: String(1000 * s), background: `var(--kit-${name})` } }, h("span", {}, label)));
    }
    sum.textContent = seconds(turn.gap_s);
    saved.textContent = turn.saved_s > 0.005 ? `${turn.saved_s.toFixed(2)} s saved by preemption` : "";
    bar.setAttribute("aria-label", turn.stages.map(({ name, s }) => `${KIT_STAGE_LABELS[name] ?? name} ${s.toFixed(2)} seconds`).join(", "));
  };
  bar.setAttribute("role", "img");
  put(null);
  return { element, put };
}
