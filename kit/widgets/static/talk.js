// The view of a Talk. One view has the sound: its id is the model's `owner`.

const TALK_STATES = {
  off: "Off", starting: "Starting…", initializing: "Starting…", idle: "Ending…", listening: "Listening", thinking: "Thinking",
  speaking: "Speaking", stopping: "Ending…",
};
const TALK_HERE_S = 1;
const TALK_SILENT_AFTER = 6;  // times that it says it is here, without an answer
const TALK_BEHIND_S = 0.5;

export default view("talk", ({ model, root, tell, on, onMessage, cleanup }) => {
  const id = Array.from(crypto.getRandomValues(new Uint8Array(9)), (byte) => byte.toString(36)).join("");
  const lanes = scope(), words = transcript(), turn = lastTurn();
  let sound = null, lost = false, answered = false, unanswered = 0, zero = Infinity, held = false;

  const running = () => model.get("state") !== "off" && !lost;
  const unheard = () => unanswered >= TALK_SILENT_AFTER;
  const mine = () => model.get("owner") === id;

  // what is in the view

  const dot = h("span", { class: "kit-talk-dot", "aria-hidden": "true" });
  const label = h("span", { class: "kit-talk-state", role: "status", "aria-live": "polite" });
  const startButton = h("button", { onclick: () => start(), title: "Start the conversation (Space)" }, "▶ Start");
  const stopButton = h("button", { onclick: () => stop(), title: "Stop the conversation (Space)" }, "■ Stop");
  const muteButton = h("button", { "aria-pressed": "false", title: "Give the agent silence (M)", onclick: () => mute() }, "Mute");
  const interruptButton = h("button", { onclick: () => tell("interrupt"), title: "Stop what the agent says" }, "Interrupt");
  const holdButton = h("button", {
    "aria-pressed": "false", title: "You are heard while you hold it, muted or not; letting go ends your turn",
    onpointerdown: (event) => { event.currentTarget.setPointerCapture(event.pointerId); hold(true); },
    onpointerup: () => hold(false), onpointercancel: () => hold(false),
    onkeydown: (event) => { if (event.key === " " || event.key === "Enter") { event.preventDefault(); event.stopPropagation(); if (!event.repeat) hold(true); } },
    onkeyup: (event) => { if (event.key === " " || event.key === "Enter") { event.preventDefault(); event.stopPropagation(); hold(false); } },
    onblur: () => hold(false),
  }, "Hold to talk");
  const takeButton = h("button", { onclick: () => takeOver() }, "Use the sound here");
  const againButton = h("button", { onclick: () => sound?.again() }, "Try again");
  const typed = h("input", { type: "text", placeholder: "type instead…", "aria-label": "Type instead of talking", maxlength: "2000",
    onkeydown: (event) => {  // not every page submits a form by Enter: JupyterLab's does not
      if (event.key === "Enter" && !event.isComposing) { event.preventDefault(); form.requestSubmit(); }
    },
  });
  const choice = h("select", { "aria-label": "Recording to play in the microphone's place" });
  const playButton = h("button", { onclick: () => { if (!lost) tell("play", { number: choice.selectedIndex }); }, title: "Let the recording speak for you" }, "▶ Say it");
  const recordings = h("span", { class: "kit-talk-recordings" }, choice, playButton);
  const notice = h("div", { class: "kit-talk-notice", role: "status" });
  const noticeText = h("span", {});
  notice.append(noticeText, againButton, takeButton);
  const form = h("form", { class: "kit-talk-type", onsubmit: (event) => {
    event.preventDefault();
    const text = typed.value.trim();
    if (!text || lost) return;
    typed.value = "";
    tell("say", { text });
  } }, typed, h("button", {}, "Send"));

  root.setAttribute("tabindex", "0");
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Talk to the agent. Space starts and stops, M mutes.");
  root.append(
    h("div", { class: "kit-talk-bar" },
      h("span", { class: "kit-talk-now" }, dot, label),
      startButton, stopButton, muteButton, interruptButton, holdButton),
    notice, lanes.element, turn.element, words.element,
    h("div", { class: "kit-talk-bar kit-talk-foot" }, form, recordings));

  // the sound of this page

  function openSound() {
    if (sound) return;
    trouble("");
    sound = new PageSound({
      prebuffer: model.get("prebuffer_s"),
      onPeak: lanes.add,
      onBlock: sendBlock,
      onReport: (streams) => tell("playing", { view: id, streams }),
      onTrouble: trouble,
    });
    sound.mute(silent());
    sound.open();
  }
  /** Two blocks a message, and more where the kernel is behind: a busy one takes few messages, however long. */
  let waiting = [], sentTo = 0, takenTo = 0;
  function sendBlock(block, rate) {
    if (unheard()) { waiting = []; return; }
    waiting.push(block);
    const behind = (sentTo - takenTo) / rate > TALK_BEHIND_S;
    if (waiting.length < (behind ? 10 : 2)) return;
    const blocks = waiting, size = blocks[0].pcm.byteLength;
    waiting = [];
    const pcm = new Uint8Array(size * blocks.length);
    blocks.forEach((one, number) => pcm.set(new Uint8Array(one.pcm), number * size));
    sentTo = block.position + size / 2;
    tell("microphone", { view: id, position: blocks[0].position, rate }, [pcm.buffer]);
  }
  function closeSound() {
    waiting = [];
    sentTo = takenTo = 0;
    sound?.close();
    sound = null;
    trouble("");
  }
  let troubleText = "";
  function trouble(text) {
    if (text !== troubleText && !lost) tell("trouble", { text });
    troubleText = text;
    show();
  }
  const silent = () => model.get("muted") && !held;

  function start() {
    if (lost || unheard() || running()) return;
    openSound();
    tell("start", { view: id });
  }
  function stop() { if (running()) tell("stop"); }
  function mute() { if (!lost) tell("mute", { on: !model.get("muted") }); }
  function takeOver() { openSound(); tell("own", { view: id }); }
  function hold(down) {
    if (down === held || (down && !running())) return;
    held = down;
    holdButton.setAttribute("aria-pressed", String(down));
    if (running()) tell(down ? "press" : "release");
    sound?.mute(silent());
  }

  // what Python tells

  for (const trait of ["state", "user_state", "muted", "notice", "owner", "waits"]) on(trait, () => show());
  on("state", (state) => {
    unanswered = 0;
    if (state === "off") { closeSound(); hold(false); }
  });
  on("owner", (owner) => { if (sound && owner && owner !== id) closeSound(); });
  on("muted", () => sound?.mute(silent()));
  on("recording_names", (names) => {
    choice.replaceChildren(...names.map((name) => h("option", {}, name)));
    recordings.hidden = !names.length;
  });
  const told = (kind, take) => onMessage(kind, (content, buffers) => { answer(); take(content, buffers); });
  for (const kind of ["sound", "end", "clear", "pause", "resume"]) {
    told(kind, (content, buffers) => {
      if (mine() && sound) sound.pass(content, buffers);
      else if (kind === "sound" && content.stream !== "user") mirror(content, buffers[0]);
    });
  }
  told("lines", ({ lines }) => words.put(lines.map((line) => ({ ...line, at: wallTime(line) }))));
  told("turn", (content) => {
    turn.put(content.turn);
    const spans = content.turn?.ahead ?? [];
    if (spans.length && Number.isFinite(zero)) {
      lanes.mark(zero + Math.min(...spans.map(([from]) => from)), zero + Math.max(...spans.map(([, to]) => to)));
    }
  });
  told("tick", ({ t, taken, user }) => {
    takenTo = taken;
    const now = performance.now() / 1000;
    zero = Math.abs(now - t - zero) > 1 ? now - t : Math.min(zero, now - t);
    if (!sound) for (const [at, peak] of user) lanes.add("user", peak, zero + at);
  });
  const walls = new Map();
  function wallTime(line) {
    if (!walls.has(line.id)) walls.set(line.id, line.ago_s === undefined ? Date.now() : Date.now() - 1000 * line.ago_s);
    return walls.get(line.id);
  }
  /** A view without the sound shows it as it comes. */
  function mirror({ stream, rate }, view) {
    const samples = new Int16Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
    const step = Math.round(rate / 50), now = performance.now() / 1000 + model.get("prebuffer_s");
    for (let from = 0; from < samples.length; from += step) {
      let peak = 0;
      for (let i = from; i < Math.min(from + step, samples.length); i++) peak = Math.max(peak, Math.abs(samples[i]));
      lanes.add(stream, peak / 32768, now + from / rate);
    }
  }

  // how it looks

  function show() {
    const state = lost ? "off" : model.get("state"), on = state !== "off", noAnswer = unheard() && !lost;
    const hears = state === "listening" && model.get("user_state") === "speaking";
    dot.dataset.state = noAnswer ? "off" : hears ? "hearing" : state;
    const text = lost ? "Kernel gone" : noAnswer ? "No answer" : hears ? "You speak" : TALK_STATES[state] ?? state;
    if (label.textContent !== text) label.textContent = text;
    startButton.disabled = on || lost || noAnswer;
    stopButton.disabled = !on || state === "stopping";
    const deaf = !navigator.mediaDevices || microphoneBarred();
    muteButton.disabled = lost || deaf;
    muteButton.setAttribute("aria-pressed", String(model.get("muted")));
    muteButton.textContent = model.get("muted") ? "Unmute" : "Mute";
    interruptButton.disabled = state !== "speaking" && state !== "thinking";
    holdButton.disabled = !on || !mine() || deaf;
    const elsewhere = on && !mine();
    takeButton.hidden = !elsewhere;
    againButton.hidden = !troubleText || elsewhere || !sound || (deaf && sound.plays);
    const lines = [];
    if (lost) lines.push("The kernel was restarted, or is gone: microphone and sound are off. What was recorded is kept. Run the cell again.");
    else if (noAnswer) lines.push("The kernel does not answer. Where it is only busy, this goes on when it answers; where it was restarted, run the cell again.");
    else if (elsewhere) lines.push(model.get("owner") ? "Another view of this conversation has its sound." : "The conversation runs, and no page has its sound.");
    if (model.get("waits") && on && !noAnswer) lines.unshift("A cell runs, and nothing comes from this page meanwhile: what you do here is done when it ends.");
    if (noAnswer) againButton.hidden = takeButton.hidden = true;
    else if (troubleText) lines.push(troubleText);
    else if (model.get("notice") && !lost) lines.push(model.get("notice"));
    noticeText.textContent = lines.join(" ");
    notice.hidden = !lines.length;
  }

  // whether Python is there

  function lose() {
    if (lost) return;
    lost = true;
    closeSound();
    show();
  }
  function answer() {
    const again = unheard();
    answered = true;
    unanswered = 0;
    if (again) show();
  }
  /** Counted by its own calls: a page that slept has heard nothing meanwhile, and the kernel is not to blame. */
  const watch = setInterval(() => {
    if (lost) return;
    if (!tell("here", { view: id, sound: Boolean(sound) })) return lose();
    const waits = !answered || ["listening", "thinking", "speaking"].includes(model.get("state"));
    unanswered = waits ? unanswered + 1 : 0;
    if (unanswered === TALK_SILENT_AFTER) show();
  }, 1000 * TALK_HERE_S);
  cleanup(() => clearInterval(watch));
  const closed = () => lose();
  for (const name of ["comm:close", "destroy", "comm_live_update"]) { model.on(name, closed); cleanup(() => model.off(name, closed)); }
  const leave = () => { closeSound(); tell("gone", { view: id }); };
  window.addEventListener("pagehide", leave);
  cleanup(() => { window.removeEventListener("pagehide", leave); if (!lost) leave(); });

  // by keyboard

  root.addEventListener("keydown", (event) => {
    if (event.target.closest("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
    const onButton = event.target.closest("button");
    if (event.key === " " && !onButton) { event.preventDefault(); event.stopPropagation(); if (running()) stop(); else start(); }
    else if (event.key === "m" || event.key === "M") { event.preventDefault(); event.stopPropagation(); mute(); }
  });

  cleanup(lanes.start());
  cleanup(lanes.stop);
  const themes = new MutationObserver(() => lanes.retheme());
  themes.observe(document.body, { attributes: true, attributeFilter: ["class", "data-jp-theme-light", "data-vscode-theme-kind"] });
  cleanup(() => themes.disconnect());
  setTimeout(() => { if (!lost) tell("here", { view: id, sound: false }); }, 0);
  show();
});
