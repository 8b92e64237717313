// What plays behind the agent, and how loud it speaks: which sound, and what is heard of it.

const A_FILE = "a file";

/** A built-in sound, a file, or none; with a button that plays it at its level. */
function soundControl(clips, player) {
  return (setting, { id, described, change }) => {
    let value = "", choosing = false, typed = false;
    const known = (name) => name === "" || clips.some((clip) => clip.name === name);
    const told = h("span", { class: "kit-note kit-path", role: "status" }, setting.path);
    const select = h("select", {
      id, "aria-describedby": described,
      onchange: () => {
        choosing = select.value === A_FILE;
        if (!choosing) return change(select.value, false);
        paint(known(value) ? "" : value, true);
        file.focus();
      },
    }, h("option", { value: "" }, "None"), clips.map((clip) => h("option", { value: clip.name }, clip.label)),
    h("option", { value: A_FILE }, "A file…"));
    const file = h("input", {
      type: "text", class: "kit-file", placeholder: "path of an audio file", hidden: true, spellcheck: "false",
      "aria-label": `${setting.question}: path of the file`, oninput: () => { typed = true; }, onchange: () => commit(),
      onkeydown: (event) => { if (event.key === "Enter") commit(); },
    });
    const commit = () => {
      if (typed) change(file.value.trim(), false);
      choosing = typed = false;
    };
    const play = player.button({
      label: `Play: ${setting.question}, at its level`, ask: () => ({ what: "clip", path: setting.path }),
      tellAbout: (text) => say(text, false), tellProblem: (text) => say(text, true),
    });
    const say = (text, wrong) => {
      told.textContent = text || setting.path;
      told.title = told.textContent;
      told.classList.toggle("kit-warning", wrong && Boolean(text));
      told.classList.toggle("kit-path", !text);
    };
    const paint = (name, asFile) => {
      select.value = asFile ? A_FILE : name;
      file.hidden = !asFile;
      if (document.activeElement !== file) file.value = asFile ? name : "";
      play.disabled = name === "";
    };
    const show = (next) => {
      if (choosing && next === value) return;
      if (next !== value) say("", false);
      choosing = typed = false;
      value = next;
      paint(next, !known(next));
    };
    const warn = (text) => { if (text) say(text, true); };
    return {
      elements: [select, play], below: h("div", { class: "kit-below" }, file, told), focus: () => select.focus(), warn, show,
    };
  };
}

/** The line below a group: buttons that play, and what was measured. */
function hearing(title, player, sounds) {
  const told = h("output", { class: "kit-measured" });
  const say = (text, wrong) => { told.textContent = text; told.title = text; told.classList.toggle("kit-warning", wrong); };
  const buttons = sounds.map(({ label, words, ask }) => player.button({
    label, words, ask, tellAbout: (text) => say(`${words.toLowerCase()}: ${text}`, false), tellProblem: (text) => say(text, true),
  }));
  return h("div", { class: "kit-hearing", role: "group", "aria-label": title }, h("div", { class: "kit-buttons" }, buttons), told);
}

function volumeHearing(tools) {
  const below = hearing("Hear how loud", tools.player, [
    { label: "Play the sentence as it is set now", words: "Now", ask: () => ({ what: "sentence", which: "now" }) },
    { label: "Play the sentence as it was at the start", words: "At the start", ask: () => ({ what: "sentence", which: "first" }) },
  ]);
  return tools.model.get("_metered") ? h("div", {}, levelMeter(tools), below) : below;
}

function backgroundHearing({ player }) {
  return hearing("Hear the background", player, [
    { label: "Play the sentence over the ambient sound, which dips under it", words: "Voice over it", ask: () => ({ what: "mix", which: "now" }) },
  ]);
}

/** The sentence that is spoken to hear a setting. */
function sampleField({ model, on }) {
  const field = h("input", {
    type: "text", class: "kit-sample", "aria-label": "The sentence to hear settings with",
    onchange: () => { model.set("sample", field.value); model.save_changes(); },
  });
  on("sample", (text) => { if (document.activeElement !== field) field.value = text; });
  return h("label", { class: "kit-sample-line" }, h("span", { class: "kit-muted" }, "Sample sentence"), field);
}
