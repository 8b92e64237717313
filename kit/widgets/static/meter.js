// How loud the agent is as it is heard: its loudness as a bar, its true peak as a tick, the target and the ceiling as lines.

const METER_FLOOR_DB = -48;
const METER_QUIET_MS = 1200;

function meterText(value) {
  return value === null ? "–" : value.toFixed(1).replace("-", "−");
}

/** The meter. It keeps the last reading while the agent is silent, and dims. */
function levelMeter({ on, onMessage, cleanup }) {
  const at = (level) => `${100 * clamp(1 - level / METER_FLOOR_DB, 0, 1)}%`;
  const bar = h("span", { class: "kit-meter-bar" }), peak = h("span", { class: "kit-meter-peak" });
  const target = h("span", { class: "kit-meter-line" }), ceiling = h("span", { class: "kit-meter-line kit-meter-ceiling" });
  const lufs = h("span", { class: "kit-meter-number" }), dbtp = h("span", { class: "kit-meter-number" });
  const note = h("span", { class: "kit-meter-note" });
  const scale = h("div", {
    class: "kit-meter-scale", role: "meter", "aria-valuemin": String(METER_FLOOR_DB), "aria-valuemax": "0",
    "aria-label": "Loudness of the agent's voice as heard, the last 3 seconds of speech, in LUFS",
  }, bar, target, ceiling, peak);
  const numbers = h("div", { class: "kit-meter-numbers", "aria-hidden": "true" },
    h("span", {}, lufs, " LUFS"), h("span", { class: "kit-meter-true" }, "peak ", dbtp, " dBTP"), note);
  const element = h("div", { class: "kit-meter" }, scale, numbers);
  let level = { lufs: null, dbtp: null }, limit = null, metered = false, quiet = 0;

  const show = () => {
    const over = level.dbtp !== null && limit !== null && level.dbtp > limit + 0.05;
    lufs.textContent = meterText(level.lufs);
    dbtp.textContent = meterText(level.dbtp);
    bar.style.width = level.lufs === null ? "0" : at(level.lufs);
    peak.hidden = level.dbtp === null;
    if (level.dbtp !== null) peak.style.left = at(level.dbtp);
    element.classList.toggle("kit-meter-over", over);
    scale.setAttribute("aria-valuenow", String(level.lufs ?? METER_FLOOR_DB));
    const ceilingText = limit === null ? "" : `, ceiling ${meterText(limit)} dBTP`;
    scale.setAttribute("aria-valuetext", level.lufs === null ? "nothing heard yet"
      : `${meterText(level.lufs)} LUFS, true peak ${meterText(level.dbtp)} dBTP${ceilingText}${over ? ", above it" : ""}`);
  };
  const rest = (still) => {
    element.classList.toggle("kit-meter-quiet", still);
    note.textContent = !metered ? "no conversation runs" : !still ? "now heard" : level.lufs === null ? "waits for the agent" : "last heard";
  };
  onMessage("level", (told) => {
    level = { lufs: told.lufs, dbtp: told.dbtp };
    clearTimeout(quiet);
    quiet = setTimeout(() => rest(true), METER_QUIET_MS);
    rest(false);
    show();
  });
  onMessage("metered", ({ on: now }) => {
    metered = now;
    if (!metered) level = { lufs: null, dbtp: null };
    rest(true);
    show();
  });
  on("_state", ({ values }) => {
    const normalized = values["volume.normalize"];
    limit = normalized || values["volume.limit_peaks"] ? values["volume.ceiling_dbtp"] : null;
    ceiling.hidden = limit === null;
    if (limit !== null) ceiling.style.left = at(limit);
    target.hidden = !normalized;
    if (normalized) target.style.left = at(values["volume.target_lufs"]);
    show();
  });
  rest(true);
  cleanup(() => clearTimeout(quiet));
  return element;
}
