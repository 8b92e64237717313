// One setting: its question, its control by kind, its path or why it does nothing now, and its way back to the start.

const SLIDER_POSITIONS = 1000;
const THROTTLE_MS = 30;
const GESTURE_MS = 800;
const REFUSAL_MS = 8000;

/** Asks Python for changes: at most one in 30 ms, and always the last. `seen` tells which were answered. */
function changeSender(tell) {
  const page = crypto.getRandomValues(new Uint32Array(2)).join("-");
  let last = 0, gesture = 0;
  const waiting = new Map();
  const newGesture = () => { gesture += 1; };
  const send = (path, value, throttled) => {
    const n = ++last;
    const flush = () => {
      const entry = waiting.get(path);
      if (entry?.message) {
        tell("set", entry.message);
        entry.message = null;
        entry.timer = setTimeout(flush, THROTTLE_MS);
      } else waiting.delete(path);
    };
    const message = { path, value, page, n, gesture: throttled ? `${page}/${path}/${gesture}` : "" };
    const entry = waiting.get(path);
    if (entry) entry.message = message;
    else {
      tell("set", message);
      waiting.set(path, { message: null, timer: setTimeout(flush, THROTTLE_MS) });
    }
    return n;
  };
  const stop = () => {
    for (const { message, timer } of waiting.values()) {
      clearTimeout(timer);
      if (message) tell("set", message);
    }
    waiting.clear();
  };
  return { send, newGesture, stop, answered: (state, n) => n <= (state.seen?.[page] ?? 0) };
}

function decimalsOf(value) {
  const text = String(Number(value.toFixed(4)));
  return text.includes(".") ? text.length - text.indexOf(".") - 1 : 0;
}

/** A number with as many digits as its step has, and more where it has more. */
function settingText(setting, value) {
  if (typeof value === "boolean") return value ? "on" : "off";
  if (typeof value !== "number") return value || "none";
  return value.toFixed(Math.max(decimalsOf(value), decimalsOf(setting.step ?? 1)));
}

function withUnit(setting, text) {
  return setting.unit ? `${text} ${setting.unit}` : text;
}

/** Where a value is on its slider. Long ranges are cubic, so that small values, the usual ones, have room. */
function sliderScale({ minimum, maximum, step }) {
  const span = maximum - minimum, power = span / step > 200 ? 3 : 1;
  const snapped = (value) => clamp(Number((Math.round(value / step) * step).toFixed(4)), minimum, maximum);
  return {
    position: (value) => Math.round(SLIDER_POSITIONS * clamp((value - minimum) / span, 0, 1) ** (1 / power)),
    value: (position) => snapped(minimum + span * (position / SLIDER_POSITIONS) ** power),
    moved: (value, steps) => snapped(value + steps * step),
  };
}

const SLIDER_KEYS = {
  ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 10, PageDown: -10, Home: -Infinity, End: Infinity,
};

function numberControl(setting, { id, described, change, newGesture }) {
  const scale = sliderScale(setting);
  let value = setting.minimum, dragging = false, typing = false, quiet = 0;
  const slider = h("input", {
    type: "range", min: "0", max: String(SLIDER_POSITIONS), step: "1", id, "aria-describedby": described,
    class: "kit-slider",
  });
  const field = h("input", {
    type: "number", class: "kit-number", min: String(setting.minimum), max: String(setting.maximum),
    step: String(setting.step), "aria-label": setting.question, "aria-describedby": described,
  });
  const show = (next, all = true) => {
    value = next;
    slider.value = String(scale.position(next));
    slider.style.setProperty("--kit-filled", `${slider.value / SLIDER_POSITIONS * 100}%`);
    slider.setAttribute("aria-valuetext", withUnit(setting, settingText(setting, next)));
    if (all) field.value = settingText(setting, next);
  };
  const turn = (next) => { show(next); change(next, true); };
  slider.addEventListener("pointerdown", () => { dragging = true; newGesture(); });
  const released = () => { dragging = false; newGesture(); };
  slider.addEventListener("change", released);
  slider.addEventListener("pointercancel", released);
  slider.addEventListener("input", () => turn(scale.value(Number(slider.value))));
  slider.addEventListener("keydown", (event) => {
    const steps = SLIDER_KEYS[event.key];
    if (steps === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const now = performance.now();
    if (now - quiet > GESTURE_MS) newGesture();
    quiet = now;
    turn(Number.isFinite(steps) ? scale.moved(value, steps) : steps < 0 ? setting.minimum : setting.maximum);
  });
  field.addEventListener("input", () => { typing = true; });
  const commit = () => {
    if (!typing) return;
    typing = false;
    const typed = field.value.trim() === "" ? NaN : Number(field.value);
    if (Number.isFinite(typed)) { show(typed, false); change(typed, false); } else show(value);
  };
  field.addEventListener("change", commit);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") commit();
    if (event.key === "Escape") { typing = false; show(value); }
  });
  const unit = h("span", { class: "kit-unit" }, setting.unit);
  return {
    elements: [slider, field, unit], focus: () => slider.focus(), show: (next) => show(next, !typing),
    restore: (next) => { dragging = typing = false; show(next); }, get busy() { return dragging; },
  };
}

function switchControl(setting, { id, described, change, labelled }) {
  const button = h("button", {
    type: "button", role: "switch", class: "kit-switch", id, "aria-describedby": described,
    "aria-labelledby": labelled,
    onclick: () => {
      const next = button.getAttribute("aria-checked") !== "true";
      show(next);
      change(next, false);
    },
  });
  const show = (on) => button.setAttribute("aria-checked", String(on));
  return { elements: [button], focus: () => button.focus(), show };
}

function choiceControl(setting, { id, described, change }) {
  const select = h("select", { id, "aria-describedby": described, onchange: () => change(select.value, false) },
    setting.choices.map((choice) => h("option", { value: choice }, choice)));
  return { elements: [select], focus: () => select.focus(), show: (value) => { select.value = value; } };
}

function textControl(setting, { id, described, change }) {
  let known = "";
  const field = h("input", { type: "text", id, "aria-describedby": described, onchange: () => change(field.value, false) });
  const show = (value) => { if (document.activeElement !== field || field.value === known) field.value = value; known = value; };
  return { elements: [field], focus: () => field.focus(), show };
}

const CONTROLS = { number: numberControl, switch: switchControl, choice: choiceControl, text: textControl };

let rowsMade = 0;

/** The row of a setting. `follow(state)` shows how things are; `refuse(text)` why a change was not made. */
function settingRow(setting, { sender, tell, about, controls = CONTROLS }) {
  const id = `kit-setting-${++rowsMade}`, { path } = setting;
  let asked = 0, state = null, hiding = 0;
  const change = (value, throttled) => {
    refusal.hidden = true;
    asked = sender.send(path, value, throttled);
  };
  const described = `${id}-help`;
  const control = (controls[setting.kind] ?? textControl)(setting, {
    id, described, labelled: `${id}-name`, change, newGesture: sender.newGesture,
  });
  const note = h("span", { class: "kit-note", id: `${id}-note` });
  const reset = h("button", {
    type: "button", class: "kit-reset",
    onclick: () => { control.focus(); tell("reset", { path }); },
  });
  const refusal = h("div", { class: "kit-refusal", role: "alert", hidden: true });
  const range = setting.kind === "number"
    ? `From ${settingText(setting, setting.minimum)} to ${withUnit(setting, settingText(setting, setting.maximum))}` : "";
  const normal = setting.normal && `Normally ${withUnit(setting, setting.normal)}`;
  const facts = [range, normal].filter(Boolean).map((text) => `${text}.`.replaceAll("-", "−")).join(" ");
  const element = h("div", { class: `kit-setting kit-is-${setting.kind}`, "data-path": path },
    h("label", { class: "kit-question", id: `${id}-name`, for: id }, setting.question),
    h("div", { class: "kit-control" }, control.elements),
    h("div", { class: "kit-under" }, control.below ?? note, reset),
    refusal,
    h("span", { class: "kit-visually-hidden", id: described }, `${setting.help} ${facts} ${path}`));
  const tellAbout = () => about(setting, facts, state?.dormant[path]);
  element.addEventListener("pointerenter", tellAbout);
  element.addEventListener("focusin", tellAbout);
  const follow = (next) => {
    state = next;
    const value = next.values[path], first = next.first[path], reason = next.dormant[path], warning = next.warnings[path];
    if (!control.busy && sender.answered(next, asked)) control.show(value);
    element.classList.toggle("kit-dormant", Boolean(reason));
    note.textContent = reason ?? warning ?? path;
    note.title = note.textContent;
    note.classList.toggle("kit-warning", Boolean(warning) && !reason);
    note.classList.toggle("kit-path", !reason && !warning);
    control.warn?.(warning ?? "");
    const was = withUnit(setting, settingText(setting, first));
    reset.textContent = `↺ ${was}`;
    reset.setAttribute("aria-label", `Reset “${setting.question}” to ${was}`);
    reset.style.visibility = value === first ? "hidden" : "visible";
  };
  const refuse = (text) => {
    refusal.textContent = text;
    refusal.hidden = false;
    clearTimeout(hiding);
    hiding = setTimeout(() => { refusal.hidden = true; }, REFUSAL_MS);
    if (state) (control.restore ?? control.show)(state.values[path]);
  };
  return { element, follow, refuse, path };
}
