// What every view uses: elements, texts of numbers, and the life of a view.

/** An element. Attributes that begin with "on" are listeners; text is always text, never markup. */
function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name === "style") Object.assign(element.style, value);
    else if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}

/** Seconds as people read them: 0.35 s, 12.4 s, 1:05 min. */
function seconds(value, digits = 2) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (Math.abs(value) >= 60) {
    const whole = Math.round(Math.abs(value));
    return `${value < 0 ? "−" : ""}${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")} min`;
  }
  return `${value < 0 ? "−" : ""}${Math.abs(value).toFixed(digits)} s`;
}

/** A colour of the page's theme, as a canvas takes it. */
function themeColour(element, name, fallback = "#59636e") {
  return getComputedStyle(element).getPropertyValue(name).trim() || fallback;
}

/** A canvas that stays as sharp as the screen: `draw(context, width, height)` in CSS pixels, at each `redraw()`. */
function sharpCanvas(attributes, draw) {
  const canvas = h("canvas", attributes);
  const redraw = () => {
    const width = canvas.clientWidth, height = canvas.clientHeight, ratio = window.devicePixelRatio || 1;
    if (!width || !height) return;
    if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
    if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    draw(context, width, height);
  };
  const watcher = new ResizeObserver(redraw);
  watcher.observe(canvas);
  return { canvas, redraw, stop: () => watcher.disconnect() };
}

/**
 * Up to thirty pictures a second, as the screen shows them, while the element is seen: `draw` returns false where there was
 * nothing new, and is asked again with the screen's next frame. Returns what stops it.
 */
function everyFrame(element, draw) {
  let request = 0, visible = true, due = 0;
  const step = (time) => {
    if (visible && time >= due && draw(time) !== false) due = Math.max(due + 1000 / 30, time + 1000 / 30 - 8);
    request = requestAnimationFrame(step);
  };
  const watcher = new IntersectionObserver((entries) => { visible = entries[entries.length - 1].isIntersecting; });
  watcher.observe(element);
  request = requestAnimationFrame(step);
  return () => { cancelAnimationFrame(request); watcher.disconnect(); };
}

/** Keys that stay the notebook's, wherever they are pressed: Shift+Enter, and those with Ctrl or ⌘ but for undo. */
const isNotebooks = (event) =>
  ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() !== "z") || (event.shiftKey && event.key === "Enter");

/**
 * All others that are pressed in a view are the view's. JupyterLab's shortcuts, which would move between cells with the
 * arrows, are asked on the key's way down, and pass over an element with this attribute.
 */
function keepKeys(root, event) {
  if (root.contains(event.target)) event.target.toggleAttribute("data-lm-suppress-shortcuts", !isNotebooks(event));
}

/** VS Code's are asked at the window, on its way up. */
function endKeys(event) {
  if (!isNotebooks(event) && !event.altKey && !/^(Escape|Tab|F\d+)$/.test(event.key)) event.stopPropagation();
}

/**
 * The frame of a view: tells Python that it is shown, shows `problem`, and cleans up.
 * `build({ model, root, tell, on, cleanup })` fills `root`. `tell` sends Python a message, and returns false where no kernel
 * is there any more. `on(name, take)` follows a trait and calls `take` at once;
 * `onMessage(kind, take)` a message of Python's.
 */
function view(name, build) {
  return {
    render({ model, el }) {
      const releases = [];
      const cleanup = (release) => releases.push(release);
      const root = h("div", { class: `kit-view kit-${name}` });
      const problem = h("div", { class: "kit-problem", role: "alert" });
      const tell = (kind, content = {}, buffers = []) => {
        try { model.send({ kind, ...content }, undefined, buffers); return true; } catch { return false; }
      };
      const on = (trait, take) => {
        const follow = () => take(model.get(trait));
        model.on(`change:${trait}`, follow);
        cleanup(() => model.off(`change:${trait}`, follow));
        follow();
      };
      const takers = {};
      const onMessage = (kind, take) => { takers[kind] = take; };
      const dispatch = (content, buffers) => takers[content.kind]?.(content, buffers);
      model.on("msg:custom", dispatch);
      cleanup(() => model.off("msg:custom", dispatch));
      el.append(root);
      root.append(problem);
      build({ model, root, tell, on, onMessage, cleanup });
      on("problem", (text) => { problem.textContent = text; problem.hidden = !text; });
      tell("shown");
      const leave = () => tell("hidden");
      const keep = (event) => keepKeys(root, event);
      window.addEventListener("pagehide", leave);
      window.addEventListener("keydown", keep, true);
      root.addEventListener("keydown", endKeys);
      return () => {
        window.removeEventListener("pagehide", leave);
        window.removeEventListener("keydown", keep, true);
        leave();
        for (const release of releases.reverse()) release();
      };
    },
  };
}
