// The attempts at answering ahead, as a table.

const LEDGER_COLUMNS = [["attempt", true], ["turn", true], ["begun", true], ["what became of it", false], ["lead", true], ["saved", true], ["tokens", true], ["characters", true]];

function ledgerRow(row) {
  const number = (text) => h("td", { class: "kv-number" }, String(text));
  return h("tr", {},
    h("th", { scope: "row", class: "kv-number", style: { fontWeight: "400" } }, String(row.attempt)), number(row.turn), number(row.begun),
    h("td", {}, h("span", { class: "kb-outcome" },
      h("span", { class: "kb-mark", "data-outcome": row.outcome, "aria-hidden": "true" }),
      h("span", {}, row.outcome, row.reason && h("span", { class: "kb-reason" }, `: ${row.reason}`)))),
    number(row.lead), number(row.saved), number(row.tokens), number(row.characters));
}

export default view("ledger", ({ root, on }) => {
  const body = h("div", { class: "kit-card" });
  root.append(body);
  on("content", (content) => {
    if (!content?.rows) return;
    const list = body.querySelector(".kv-scroll");
    const atEnd = !list || list.scrollTop + list.clientHeight >= list.scrollHeight - 4, top = list?.scrollTop ?? 0;
    const head = h("div", { class: "kv-head" },
      h("span", { class: "kv-title", "aria-live": content.live ? "polite" : undefined }, content.title || "No attempt was made"),
      h("span", { class: "kv-name" }, content.name), content.live && h("span", { class: "kv-live" }, "live"));
    const empty = h("p", { class: "kv-empty" }, "Attempts at answering ahead appear here. Turn on “Start before the turn ends” (preemption.enabled) to have some.");
    const table = h("div", { class: "kv-scroll", tabindex: "0", "aria-label": "Attempts at answering ahead" },
      h("table", { class: "kb-table" },
        h("thead", {}, h("tr", {}, LEDGER_COLUMNS.map(([name, number]) => h("th", { scope: "col", class: number ? "kv-number" : "" }, name)))),
        h("tbody", {}, content.rows.map(ledgerRow))));
    body.replaceChildren(head, content.rows.length ? table : empty, h("p", { class: "kv-note", hidden: !content.left_out }, content.left_out));
    const now = body.querySelector(".kv-scroll");
    if (now && list) now.scrollTop = content.live && atEnd ? now.scrollHeight : top;
  });
});
