// Two conversations beside each other: their turns, and their sounds, switched while they play; and the blind test.

export default view("compare", ({ model, root, tell, on, onMessage, cleanup }) => {
  let loading = false, asked = null;
  const player = tape(() => setPlaying(false));
  cleanup(() => player.close());
  const chosen = () => model.get("chosen");
  const content = () => model.get("content");
  const test = () => model.get("test");
  const set = (values) => { for (const [name, value] of Object.entries(values)) model.set(name, value); model.save_changes(); };
  const setPlaying = (playing) => { set({ playing, cursor: player.position() }); show(); };
  const duration = () => Math.max(...(content().durations ?? [0.1]));

  /** The same place in the other conversation, by the turns that both have. */
  const elsewhere = (t, from, to) => {
    if (from === to || from === "x" || to === "x" || test().open) return t;
    const side = from === "a" ? 0 : 1;
    const before = (content().places ?? []).filter((place) => place[side] <= t).pop();
    return Math.max(0, before ? t + before[1 - side] - before[side] : t);
  };
  const choose = (name) => {
    if (name === "x" && !test().open) return;
    const from = chosen(), t = player.playing ? player.position() : model.get("cursor");
    const to = elsewhere(t, from, name);
    set({ chosen: name });
    player.choose(name);
    player.seek(to);
    if (player.playing && Math.abs(to - t) > 0.001) player.play(to);
    set({ cursor: to });
    show();
  };
  const load = (then) => {
    asked = then;
    if (!loading) { loading = true; tell("sound"); show(); }
  };
  const play = async (from = null) => {
    if (from === null && player.playing) { player.stop(); setPlaying(false); return; }
    if (!player.has("a") || !player.has("b")) { load(() => play(from)); return; }
    player.choose(chosen());
    await player.play(from ?? model.get("cursor"));
    setPlaying(true);
  };
  onMessage("sound", async (message, buffers) => {
    try {
      await player.load(message.name, buffers[0]);
    } catch (error) { state.textContent = `This browser cannot play the sound (${error.message}).`; return; }
    if (message.name === "x") { player.choose(chosen()); return; }
    if (player.has("a") && player.has("b") && loading) { loading = false; show(); const next = asked; asked = null; next?.(); }
  });
  onMessage("forget", () => { player.forget(); setPlaying(false); });

  const playButton = h("button", { type: "button", class: "kc-play", onclick: () => play() }, "▶ Play");
  const sides = ["a", "b", "x"].map((name) => h("button", { type: "button", class: `kc-side kc-side-${name}`, onclick: () => choose(name) }));
  const time = h("span", { class: "kc-time" });
  const place = h("input", { type: "range", min: "0", step: "0.1", "aria-label": "Position", class: "kc-place", oninput: () => {
    const t = Number(place.value);
    set({ cursor: t });
    player.seek(t);
    if (player.playing) player.play(t);
    show();
  } });
  const state = h("div", { class: "kit-visually-hidden", "aria-live": "polite" });
  const loudness = h("p", { class: "kv-note kc-loudness" });
  const head = h("div", { class: "kv-head" });
  const changes = h("ul", { class: "kc-changes" });
  const list = h("div", { class: "kv-scroll kc-pairs", tabindex: "0", "aria-label": "Turns of both, paired" });
  const begin = h("button", { type: "button", onclick: () => { tell("begin"); if (!player.has("a")) load(null); } }, "Begin a trial");
  const voteA = h("button", { type: "button", onclick: () => vote("a") }, "X is A");
  const voteB = h("button", { type: "button", onclick: () => vote("b") }, "X is B");
  const score = h("span", { class: "kc-score", "aria-live": "polite" });
  const vote = (choice) => {
    if (chosen() === "x") choose("a");
    tell("vote", { choice });
  };
  const blind = h("details", { class: "kc-blind" },
    h("summary", {}, "Blind test (ABX)"),
    h("p", { class: "kit-muted" }, "X is A or B, at random. Listen to all three as often as you like, then say which it is. Ten trials or more tell something."),
    h("div", { class: "kc-row" }, begin, voteA, voteB, score),
    h("p", { class: "kv-note" }, "p: how often guessing alone does at least as well; one-sided binomial (Clark 1982, J. Audio Eng. Soc. 30:330–338)."));
  const bar = h("div", { class: "kc-row kc-bar" }, playButton, h("span", { class: "kc-sides", role: "group", "aria-label": "Which is heard" }, sides), time, place);
  root.append(h("div", { class: "kit-card" }, head, changes, bar, loudness, list, blind, state));

  const show = () => {
    const { names } = content();
    if (!names) return;
    playButton.textContent = loading ? "… Loading" : player.playing ? "❚❚ Pause" : "▶ Play";
    playButton.setAttribute("aria-pressed", String(player.playing));
    ["a", "b", "x"].forEach((name, number) => {
      const label = name === "x" ? "X" : `${name.toUpperCase()}  ${names[number]}`;
      if (sides[number].textContent !== label) sides[number].textContent = label;
      sides[number].title = name === "x" ? "Hear X (key X)" : `Hear ${names[number]} (key ${name.toUpperCase()})`;
      sides[number].setAttribute("aria-pressed", String(chosen() === name));
    });
    sides[2].hidden = !test().open;
    place.max = String(duration());
    showTime();
    begin.disabled = Boolean(test().open);
    begin.textContent = test().n ? "Next trial" : "Begin a trial";
    voteA.disabled = voteB.disabled = !test().open;
    const said = test().said ? `${test().said} ` : test().open ? `Trial ${test().number}: which is X? ` : "";
    const text = `${said}${test().n ? test().score : ""}`;
    if (score.textContent !== text) score.textContent = text;
  };
  const showTime = () => {
    const t = player.playing ? player.position() : model.get("cursor");
    if (document.activeElement !== place || player.playing) place.value = String(t);
    time.textContent = `${seconds(t, 1)} / ${seconds(duration(), 1)}`;
    place.setAttribute("aria-valuetext", time.textContent);
  };
  const pairRow = (pair) => h("tr", {},
    h("td", { class: "kv-number kit-muted" }, String(pair.turn)),
    h("td", { class: "kc-words" }, pair.words || "(no words)"),
    h("td", { class: "kv-number" }, seconds(pair.gaps_s[0])), h("td", { class: "kv-number" }, seconds(pair.gaps_s[1])),
    h("td", { class: "kv-number kl-gap" }, pair.difference),
    h("td", {}, h("button", { type: "button", class: "kc-hear", "aria-label": `Hear turn ${pair.turn}`, title: "Hear this turn, from a second before the user's last word",
      onclick: () => { const t = pair.at_s[chosen() === "b" ? 1 : 0]; set({ cursor: t }); player.seek(t); play(t); } }, "▶")));
  on("content", (now) => {
    if (!now?.names) return;
    head.replaceChildren(h("span", { class: "kv-title", "aria-live": "polite" }, now.title), h("span", { class: "kv-name" }, now.how_sure));
    changes.replaceChildren(...now.changes.map((change) => h("li", {}, change)));
    changes.hidden = !now.changes.length;
    loudness.textContent = now.loudness;
    list.hidden = !now.pairs.length;
    list.replaceChildren(h("table", { class: "kc-table" },
      h("thead", {}, h("tr", {}, [["turn", 1], ["words", 0], ["gap A", 1], ["gap B", 1], ["difference", 1], ["", 0]].map(([text, number]) => h("th", { scope: "col", class: number ? "kv-number" : "" }, text)))),
      h("tbody", {}, now.pairs.map(pairRow))));
    show();
  });
  on("test", show);
  on("chosen", () => { player.choose(chosen()); show(); });
  on("cursor", (t) => { if (!player.playing) { player.seek(t); show(); } });
  on("playing", (playing) => { if (playing !== player.playing && !loading) { if (playing) play(); else { player.stop(); show(); } } });
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("summary")) return;
    const key = event.key.toLowerCase();
    if (key === " " && event.target.tagName !== "BUTTON") play();
    else if (["a", "b", "x"].includes(key)) choose(key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  let told = 0;
  cleanup(everyFrame(root, (now) => {
    if (!player.playing || now - told < 100) return;
    told = now;
    set({ cursor: player.position() });
    showTime();
  }));
});
