// The panel: the groups of settings, the presets, what has changed from the start, and the ways to take it away.

const ABOUT_EMPTY = "Point at a setting, or go to it with the Tab key, to read about it.";

/** What is told of the setting that is pointed at: for eyes only, as each control is described by the same words. */
function aboutStrip() {
  const help = h("span", { class: "kit-about-help" }, ABOUT_EMPTY), path = h("code", {}), facts = h("span", {});
  const about = (setting, told, reason) => {
    help.textContent = (reason ? `Has no effect now: ${reason}. ` : "") + setting.help;
    facts.textContent = told;
    path.textContent = setting.path;
  };
  return { about, element: h("div", { class: "kit-about", "aria-hidden": "true" }, help, h("span", { class: "kit-about-facts" }, facts, path)) };
}

function sectionCard(section, tools) {
  const { rows, tell, about } = tools;
  const body = section.parts.map(({ title, settings }) => h("div", { class: "kit-part" },
    title && h("h4", {}, title),
    ...settings.map((setting) => {
      if (setting.kind === "terms") {
        const table = pronunciationTable(tools);
        tools.tables.push(table);
        return table.element;
      }
      const row = settingRow(setting, { sender: tools.sender, tell, about, controls: tools.controls });
      rows.set(setting.path, row);
      return row.element;
    })));
  const below = { volume: volumeHearing, background: backgroundHearing }[section.name]?.(tools);
  const title = h("h3", {}, section.title);
  return h("section", { class: `kit-card kit-section kit-section-${section.name}`, "aria-label": section.title },
    title, h("div", { class: "kit-section-body" }, body), below);
}

function presetBar({ model, tell, on }) {
  const buttons = model.get("_presets").map(({ name, about }) =>
    [name, h("button", { type: "button", title: about, "aria-description": about, onclick: () => tell("preset", { name }) }, name)]);
  on("_state", (state) => {
    for (const [name, button] of buttons) button.setAttribute("aria-pressed", String(state.presets.includes(name)));
  });
  return h("div", { class: "kit-presets", role: "group", "aria-label": "Presets" },
    h("span", { class: "kit-muted" }, "Presets"), buttons.map(([, button]) => button));
}

/** What has changed from the start, and what can be done with it. */
function changesBar({ tell, on, takingAway }) {
  const told = h("div", { class: "kit-changes", role: "status" });
  const undo = h("button", { type: "button", onclick: () => tell("undo") }, "Undo");
  const redo = h("button", { type: "button", onclick: () => tell("redo") }, "Redo");
  const reset = h("button", { type: "button", onclick: () => tell("reset"), title: "Everything back to the start" }, "Reset all");
  on("_state", ({ changes, undo: back, redo: again }) => {
    const count = changes.reduce((sum, change) => sum + change.count, 0);
    const text = count ? `${count} ${count === 1 ? "change" : "changes"} from the start: ` : "No changes from the start";
    told.replaceChildren(h("strong", {}, text), changes.map(({ text: change }) => change).join(" · "));
    told.title = told.textContent;
    undo.disabled = !back;
    undo.title = back ? `Take back: ${back}` : "Nothing to take back";
    redo.disabled = !again;
    redo.title = again ? `Do again: ${again}` : "Nothing to do again";
    reset.disabled = !count;
  });
  return h("div", { class: "kit-footer" }, told,
    h("div", { class: "kit-buttons" }, undo, redo, reset, takingAway.buttons));
}

const WAYS_OUT = { save: ["Save", "Settings file"], export: ["Export script", "Script"] };

/** Save and Export: a line to name the file in, and what came of it. */
function takingAwayForm({ model, tell, onMessage }) {
  let how = "save", opener = null, overwrite = false;
  const field = h("input", { type: "text", spellcheck: "false", oninput: () => { ready(false); told.textContent = ""; } });
  const label = h("label", {}, h("span", {}), field);
  const write = h("button", { type: "submit" }, "Write");
  const cancel = h("button", { type: "button", onclick: () => close() }, "Close");
  const told = h("output", { class: "kit-told", "aria-live": "polite" });
  const ready = (over) => { overwrite = over; write.textContent = over ? "Overwrite it" : "Write"; };
  const form = h("form", {
    class: "kit-taking-away", hidden: true,
    onsubmit: (event) => { event.preventDefault(); tell("take_away", { how, path: field.value, overwrite }); },
    onkeydown: (event) => { if (event.key === "Escape") close(); },
  }, label, write, cancel, told);
  const close = () => { form.hidden = true; opener?.setAttribute("aria-expanded", "false"); opener?.focus(); };
  const buttons = Object.entries(WAYS_OUT).map(([way, [text, title]]) => {
    const button = h("button", {
      type: "button", "aria-expanded": "false",
      onclick: () => {
        if (!form.hidden && how === way) return close();
        opener?.setAttribute("aria-expanded", "false");
        how = way;
        opener = button;
        field.value = model.get("_files")[way];
        label.firstChild.textContent = title;
        told.textContent = "";
        ready(false);
        form.hidden = false;
        button.setAttribute("aria-expanded", "true");
        field.select();
      },
    }, text);
    return button;
  });
  onMessage("taken_away", ({ how: done, text, there, done: written }) => {
    if (done !== how) return;
    told.textContent = text;
    told.classList.toggle("kit-warning", !written);
    ready(there);
  });
  return { buttons, form };
}

export default view("panel", ({ model, root, tell, on, onMessage, cleanup }) => {
  const sections = model.get("_sections");
  root.classList.toggle("kit-panel-whole", sections.length === 4);
  root.classList.toggle("kit-panel-one", sections.length === 1);
  const sender = changeSender(tell), player = soundPlayer({ root, tell, onMessage, cleanup });
  cleanup(sender.stop);
  const strip = aboutStrip();
  const tools = {
    about: strip.about, model, tell, on, onMessage, cleanup, sender, player, rows: new Map(), tables: [],
    controls: { ...CONTROLS, sound: soundControl(model.get("_clips"), player) },
  };
  const takingAway = takingAwayForm(tools);
  const names = sections.map((section) => section.name);
  const sampled = names.includes("volume") || names.includes("background");
  root.append(
    h("div", { class: "kit-panel-head" },
      model.get("_presets").length ? presetBar(tools) : null, sampled ? sampleField(tools) : null),
    h("div", { class: "kit-sections" }, sections.map((section) => sectionCard(section, tools))),
    strip.element,
    changesBar({ ...tools, takingAway }), takingAway.form);
  on("_state", (state) => { for (const row of tools.rows.values()) row.follow(state); });
  onMessage("refused", ({ at, text }) => {
    const [path, term] = at.split(/\/(.*)/s);
    if (term !== undefined) for (const table of tools.tables) table.refuse(term, text);
    else if (tools.rows.has(path)) tools.rows.get(path).refuse(text);
    else model.set("problem", text);  // until the next change
  });
  root.addEventListener("keydown", (event) => {
    const typing = event.target.matches?.("input[type=text], input[type=number]");
    if (typing || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
    event.preventDefault();
    tell(event.shiftKey ? "redo" : "undo");
  });
});
