// Sounds that are made in the kernel when they are asked for: one is heard at a time, and its button stops it.

/** `button({ label, text, ask, tellAbout, tellProblem })`: what plays the sound that `ask()` describes. */
function soundPlayer({ root, tell, onMessage, cleanup }) {
  const audio = h("audio", { hidden: true, preload: "auto" });
  root.append(audio);
  const page = crypto.getRandomValues(new Uint32Array(2)).join("-");
  let current = null, count = 0, url = "";
  const set = (button, state) => {
    button.element.dataset.state = state;
    button.element.setAttribute("aria-pressed", String(state === "playing"));
    button.sign.textContent = state === "playing" ? "■" : state === "waiting" ? "…" : button.text;
  };
  const stop = () => {
    audio.pause();
    if (current) set(current, "idle");
    current = null;
  };
  const fail = (text) => {
    const button = current;
    stop();
    button?.tellProblem(text);
  };
  audio.addEventListener("ended", stop);
  onMessage("sound", ({ id, about }, buffers) => {
    if (current?.id !== id) return;
    if (url) URL.revokeObjectURL(url);
    url = URL.createObjectURL(new Blob([buffers[0]], { type: "audio/wav" }));
    audio.src = url;
    if (about) current.tellAbout?.(about);
    set(current, "playing");
    audio.play().catch((error) => {
      if (error.name !== "AbortError") fail("The page may not play yet: click ▶ once more.");
    });
  });
  onMessage("unheard", ({ id, text }) => { if (current?.id === id) fail(text); });
  cleanup(() => { stop(); if (url) URL.revokeObjectURL(url); });

  const button = ({ label, text = "▶", words = "", ask, tellAbout, tellProblem }) => {
    const sign = h("span", { "aria-hidden": "true" }, text);
    const made = { sign, text, tellAbout, tellProblem, id: 0 };
    made.element = h("button", {
      type: "button", class: "kit-play", title: label, "aria-label": label, "aria-pressed": "false",
      onclick: () => {
        const again = current === made;
        stop();
        if (again) return;
        current = made;
        made.id = `${page}/${++count}`;
        set(made, "waiting");
        tellProblem("");
        tell("hear", { id: made.id, ...ask() });
      },
    }, sign, words && h("span", {}, words));
    return made.element;
  };
  return { button, stop };
}
