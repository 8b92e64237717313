// A quiet axis of seconds: round numbers, and where people's gaps and felt delays lie.

/** Round numbers between two values, about `most` of them. */
function ticks(low, high, most = 8) {
  const rough = (high - low) / most;
  if (!(rough > 0)) return [];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough * 0.999);
  const found = [];
  for (let n = Math.ceil(low / step - 1e-9); n * step <= high + 1e-9; n += 1) found.push(n * step);
  return found;
}

function tickText(value, step) {
  const digits = step >= 1 ? 0 : Math.min(3, Math.ceil(-Math.log10(step) - 1e-9));
  return (Math.abs(value) < 1e-9 ? 0 : value).toFixed(digits).replace("-", "−");
}

const percent = (share) => `${(100 * share).toFixed(3)}%`;

function swatches(entries) {
  return h("div", { class: "kv-keys", "aria-hidden": "true" }, entries.map(([label, colour, kind]) =>
    h("span", { class: "kv-key" },
      h("span", { class: `kv-swatch${kind === "hatch" ? " kv-hatch" : ""}`, style: { background: colour, color: colour } }),
      h("span", {}, label))));
}

/** The numbers below an axis; `references` are named above it. */
function axisNumbers(low, high) {
  const found = ticks(low, high), step = found.length > 1 ? found[1] - found[0] : 1;
  return h("div", { class: "kl-axis", "aria-hidden": "true" }, found.map((value) =>
    h("span", { style: { left: percent((value - low) / (high - low)) } }, tickText(value, step))));
}

function axisReferences(references, low, high) {
  return h("div", { class: "kl-axis", "aria-hidden": "true" }, references
    .filter((reference) => reference.at_s >= low && reference.at_s <= high)
    .map((reference) => h("span", { class: `kl-to-${reference.side}`, style: { left: percent((reference.at_s - low) / (high - low)) } }, reference.label)));
}
