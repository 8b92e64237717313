// The words that are said differently: a table of any length, of which only the rows in sight are in the page.

const WORD_ROW_PX = 62;
const WORD_ROWS_SHOWN = 6;
const WORD_ROWS_AROUND = 3;
const SOUNDS_AFTER_MS = 120;
const WAYS = [["respelling", "respelled"], ["ipa", "in IPA"], ["say_as", "read as"]];
const WAY_HINTS = { respelling: "as it sounds", ipa: "ˈsaɪnz", say_as: "characters" };
const CASES = [["any", "any case"], ["exact", "exact case"], ["initial", "first letter free"]];
const NEW_WORD = { term: "", way: "respelling", said: "", case: "any", language: "" };
const WORD_HELP = "The voice says the word so; the transcript keeps it as it was written.";
const SEVERITY_SIGNS = { error: "✕", warning: "⚠", note: "ℹ" };

function options(pairs) {
  return pairs.map(([value, label]) => h("option", { value }, label));
}

/** A row that is bound to one word after another. */
function wordRow({ tell, player, soundOf, about }) {
  let row = NEW_WORD, draft = false, kept = "", sent = "", toldOf = "", heardAs = "";
  const dirty = new Set();
  const text = (name, attributes) => h("input", {
    type: "text", spellcheck: "false", class: `kit-word-${name}`, ...attributes,
    oninput: () => dirty.add(name), onchange: () => commit(), onkeydown: (event) => keys(event),
  });
  const term = text("term", { placeholder: "word" });
  const said = text("said", {});
  const way = h("select", { class: "kit-word-way", onchange: () => { hint(); commit(); } }, options(WAYS));
  const letters = h("select", { class: "kit-word-case", onchange: () => commit() }, options(CASES));
  const now = () => ({ term: term.value, way: way.value, said: said.value, case: letters.value, language: row.language });
  const before = player.button({
    label: "Play it before", text: "▷", ask: () => ({ what: "word", which: "first", row: now() }), tellProblem: (problem) => refuse(problem),
  });
  const after = player.button({
    label: "Play it after", ask: () => ({ what: "word", which: "now", row: now() }), tellProblem: (problem) => refuse(problem),
  });
  const drop = h("button", {
    type: "button", class: "kit-icon", onclick: () => (draft ? element.dispatchEvent(new CustomEvent("leave")) : tell("drop_word", { term: row.term })),
  }, "✕");
  const heard = h("div", { class: "kit-heard" });
  const element = h("div", { class: "kit-word", role: "row" },
    h("div", { class: "kit-word-line" }, [term, way, said, before, after, drop].map((cell) => h("span", { role: "cell" }, cell))),
    h("div", { class: "kit-word-line" }, heard, letters));
  const hint = () => { said.placeholder = WAY_HINTS[way.value]; };
  const keys = (event) => {
    if (event.key === "Escape") { dirty.clear(); fill(); }
    if (event.key === "Enter") commit();
  };
  const commit = () => {
    dirty.clear();
    const next = now(), written = JSON.stringify(next);
    if ([JSON.stringify(row), sent].includes(written) || (draft && !(next.term.trim() && next.said))) return;
    kept = "";
    sent = written;  // the Enter key and leaving the field both ask
    tell("word", { was: draft ? "" : row.term, row: next });
  };
  const fill = () => {
    for (const [name, field] of Object.entries({ term, said })) if (!dirty.has(name)) field.value = row[name];
    way.value = row.way;
    letters.value = row.case;
    hint();
  };
  const show = (marks) => {
    const sound = draft ? null : soundOf(row);
    const [severity, words] = marks?.[0] ?? (sound?.note ? ["note", sound.note] : []);
    const told = kept || (severity ? `${SEVERITY_SIGNS[severity]} ${words}` : "");
    heard.className = `kit-heard ${kept ? "kit-is-error" : severity ? `kit-is-${severity}` : ""}`;
    const ipa = sound?.now ? `${sound.now} → ${sound.then || "?"}` : "";
    heard.replaceChildren(
      told && h("span", { class: "kit-mark" }, told), !kept && ipa && h("span", { class: "kit-ipa", lang: "und-fonipa" }, ipa));
    toldOf = [kept, ...(marks ?? []).map(([, words]) => words), sound?.note].filter(Boolean).join(" · ");
    heardAs = ipa && `heard: ${ipa}`;
    heard.title = [toldOf, heardAs].filter(Boolean).join("\n");
  };
  const tellAbout = () => about({ help: toldOf || WORD_HELP, path: "pronunciation.terms" }, heardAs);
  element.addEventListener("pointerenter", tellAbout);
  element.addEventListener("focusin", tellAbout);
  const refuse = (problem) => {
    kept = problem;
    sent = "";
    if (!draft) fill();
    show();
  };
  const bind = (next, isDraft, marks) => {
    if (next.term !== row.term || isDraft !== draft) { dirty.clear(); kept = ""; }
    if (next !== row) sent = "";
    row = next;
    draft = isDraft;
    fill();
    const name = row.term || "new word";
    term.setAttribute("aria-label", draft ? "New word" : `Word: ${name}`);
    for (const [cell, what] of [
      [said, "said as"], [way, "way of saying"], [letters, "case"], [before, "play before"], [after, "play after"], [drop, "take out"],
    ]) cell.setAttribute("aria-label", `${name}: ${what}`);
    drop.title = draft ? "Leave it" : "Take it out";
    show(marks);
  };
  return { element, bind, show, refuse, focus: () => term.focus(), get term() { return draft ? "" : row.term; }, get row() { return row; } };
}

function pronunciationTable({ tell, on, onMessage, cleanup, player, about }) {
  const sounds = new Map(), asked = new Set();
  const keyOf = (row) => JSON.stringify([row.term, row.way, row.said]);
  let rows = [], marks = {}, adding = false, pool = [], asking = 0, focusNew = false;
  const space = h("div", { class: "kit-words-space", role: "rowgroup" });
  const list = h("div", { class: "kit-words", role: "table", "aria-label": "Words and how they are said", tabindex: "-1", onscroll: () => layout() }, space);
  const add = h("button", { type: "button", onclick: () => begin() }, "+ Add a word");
  const count = h("span", { class: "kit-muted", role: "status" });
  const empty = h("p", { class: "kit-empty kit-muted" }, "No word is said differently yet. Add one, such as “kubectl”, said as “kube control”.");
  const tools = { tell, player, about, soundOf: (row) => sounds.get(keyOf(row)) };

  const begin = () => { adding = true; layout(); list.scrollTop = list.scrollHeight; layout(); pool[rows.length % pool.length].focus(); };
  const grow = (size) => {
    while (pool.length < size) {
      const made = wordRow(tools);
      made.element.addEventListener("leave", () => { adding = false; layout(); add.focus(); });
      pool.push(made);
    }
  };
  const layout = () => {
    const total = rows.length + (adding ? 1 : 0);
    list.style.height = `${Math.min(total, WORD_ROWS_SHOWN) * WORD_ROW_PX}px`;
    space.style.height = `${total * WORD_ROW_PX}px`;
    list.setAttribute("aria-rowcount", String(total));
    empty.hidden = total > 0;
    count.textContent = rows.length ? `${rows.length} ${rows.length === 1 ? "word" : "words"}` : "";
    const first = Math.max(0, Math.floor(list.scrollTop / WORD_ROW_PX) - WORD_ROWS_AROUND);
    const last = Math.min(total, first + WORD_ROWS_SHOWN + 1 + 2 * WORD_ROWS_AROUND);
    grow(Math.min(total, WORD_ROWS_SHOWN + 1 + 2 * WORD_ROWS_AROUND));
    const used = new Set();
    for (let index = first; index < last; index += 1) {
      const made = pool[index % pool.length], row = rows[index] ?? NEW_WORD;
      used.add(made);
      made.element.style.transform = `translateY(${index * WORD_ROW_PX}px)`;
      made.element.setAttribute("aria-rowindex", String(index + 1));
      made.bind(row, index >= rows.length, marks[row.term]);
      if (made.element.parentNode !== space) space.append(made.element);
    }
    for (const made of pool) if (!used.has(made)) made.element.remove();
    clearTimeout(asking);
    asking = setTimeout(ask, SOUNDS_AFTER_MS);
  };
  const ask = () => {
    const wanted = pool.filter((made) => made.element.isConnected && made.term && !asked.has(keyOf(made.row))).map((made) => made.row);
    if (!wanted.length) return;
    for (const row of wanted) asked.add(keyOf(row));
    tell("sounds", { rows: wanted });
  };
  cleanup(() => clearTimeout(asking));
  onMessage("sounds", ({ sounds: told }) => {
    for (const row of rows) if (told[row.term]) sounds.set(keyOf(row), told[row.term]);
    for (const made of pool) if (made.term && told[made.term]) made.show(marks[made.term]);
  });
  on("_words", (next) => {
    if (adding && next.length > rows.length) { adding = false; focusNew = true; }
    rows = next;
    layout();
    if (focusNew && document.activeElement?.closest?.(".kit-words") === list) add.focus();
    focusNew = false;
  });
  on("_marks", (next) => { marks = next; layout(); });
  const element = h("div", { class: "kit-pronunciation" },
    h("div", { class: "kit-words-head kit-muted", "aria-hidden": "true" },
      h("span", {}, "Word"), h("span", {}, "is"), h("span", {}, "said as"), h("span", {}, "▷ before  ▶ after")),
    empty, list, h("div", { class: "kit-words-foot" }, add, count));
  const refuse = (term, text) => pool.find((made) => made.element.isConnected && made.term === term)?.refuse(text);
  return { element, refuse };
}
