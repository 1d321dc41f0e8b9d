// One edge: what was found in its windows, and the records by name.

import { records, verdicts } from "./api.js";
import { badge } from "./edges.js";
import { h } from "./dom.js";
import { STATES, edgeState, findings, number, place, plural, precise, preciseClock, span, windowsWrong } from "./format.js";
import { link } from "./route.js";
import { hours, strip, stripWords } from "./strip.js";

const WRONG = STATES.filter((state) => state.fault || state.name === "overdue" || state.name === "unknown").map((state) => state.name);
const FAULTS = STATES.filter((state) => state.fault).map((state) => state.name);

/** Loads what the detail needs, remembers it, and asks for a new picture when something arrived. */
export class Detail {
  constructor(onChange) {
    this.onChange = onChange;
    this.edge = null;
    this.shown = {};
  }

  /** Follows the selection. `edge` changes with every poll: its windows are read again only when their number changed. */
  async select(edge, verdict) {
    const signature = edge ? `${edge.id} ${JSON.stringify(edge.windows)}` : null;
    const changed = this.edge?.id !== edge?.id;
    this.edge = edge;
    this.wanted = verdict;
    if (changed) this.shown = {};
    if (signature !== this.signature) {
      this.signature = signature;
      if (edge && windowsWrong(edge) > 0) await this.loadWindows(edge.id);
      else this.shown.windows = [];
    }
    const chosen = this.chosen();
    if (chosen && this.revision(chosen) !== this.shown.recordsOf) await this.loadRecords(chosen);
  }

  /** The window whose records are shown: the wanted one, else the newest fault, else the newest. */
  chosen() {
    const windows = this.shown.windows ?? [];
    return windows.find((window) => window.id === this.wanted) ?? windows.find((window) => FAULTS.includes(window.state)) ?? windows[0];
  }

  revision(window) {
    return `${window.id} ${window.revision} ${window.named}`;
  }

  async loadWindows(id) {
    await this.load(async () => {
      const { value } = await verdicts(id, WRONG, null);
      if (this.edge?.id === id) Object.assign(this.shown, { windows: value.items, more: value.next_cursor !== null });
    });
  }

  async loadRecords(window, cursor = null) {
    const revision = this.revision(window);
    if (!cursor) Object.assign(this.shown, { recordsOf: revision, records: window.named ? null : [], cursor: null });
    if (!window.named) return;
    await this.load(async () => {
      const { value } = await records(window.id, cursor);
      if (this.shown.recordsOf !== revision) return;
      this.shown.records = [...(this.shown.records ?? []), ...value.items];
      this.shown.cursor = value.next_cursor;
    });
  }

  async load(read) {
    try {
      await read();
      this.shown.failure = null;
    } catch (error) {
      this.shown.failure = error.message;
    }
    this.onChange();
    // Read again with the next poll, and not at once.
    if (this.shown.failure) Object.assign(this, { signature: null, shown: { ...this.shown, recordsOf: null } });
  }

  view(pipeline, route) {
    const edge = this.edge;
    if (!edge) return h("p", { class: "quiet" }, "Choose an edge to see its windows, and what is wrong in them.");
    const [from, to] = [edge.from, edge.to].map((id) => place(pipeline.nodesById.get(id)));
    const { exact = 0, pending = 0 } = edge.windows ?? {};
    return [
      h("div", { class: "edge-head" }, h("h3", {}, `${from} `, h("span", { class: "arrow", "aria-label": "to" }, "→"), ` ${to}`), badge(edgeState(edge))),
      h("dl", { class: "facts" },
        fact("Sent", number(edge.counts.upstream)), fact("Arrived", number(edge.counts.downstream)),
        fact("Exact windows", number(exact)), fact("Pending", number(pending)), fact("Other", number(windowsWrong(edge)), windowsWrong(edge) > 0)),
      edge.strip ? h("div", { class: "timeline" }, strip(edge.strip, `Last 24 hours: ${stripWords(edge.strip)}`, "strip large"),
        pipeline.strip ? hours(pipeline.strip.from, edge.strip, pipeline.strip.cell_seconds) : null) : null,
      this.shown.failure ? h("p", { class: "failure", role: "alert" }, this.shown.failure) : null,
      this.windows(route),
      this.recordsView(),
    ];
  }

  windows(route) {
    const { windows, more } = this.shown;
    if (!windows) return h("p", { class: "quiet" }, "Reading…");
    if (windows.length === 0) return h("p", { class: "quiet" }, "Every window that could be judged is exact: each record arrived once and unchanged.");
    const chosen = this.chosen();
    return h("ol", { class: "windows", "aria-label": "Windows that are not exact" }, windows.map((window) =>
      h("li", { key: window.id }, h("a", {
        class: "window", "data-verdict": window.id, "data-state": window.state, href: link(route, { edge: this.edge.id, verdict: window.id }),
        "aria-current": window === chosen ? "true" : null,
      }, badge(window.state), h("span", { class: "time" }, span(window.window_start, window.window_start + window.window_seconds * 1000)),
      h("span", { class: "found" }, FAULTS.includes(window.state) ? findings(window.counts) : window.reason ?? "")))),
    more ? h("li", { class: "quiet" }, "Older windows are in the API.") : null);
  }

  recordsView() {
    const window = this.chosen();
    if (!window) return null;
    const { upstream, downstream } = window.counts;
    const agree = upstream === downstream && FAULTS.includes(window.state)
      ? h("p", { class: "note" }, `Both ends count ${number(upstream)} records in this window, so a plain count finds nothing.`) : null;
    if (window.estimate) {
      return [agree, h("p", { class: "note" }, `About ${number(window.estimate.differences)} records differ (give or take ${number(window.estimate.error)}): too many to be named.`)];
    }
    const list = this.shown.records;
    if (!list) return h("p", { class: "quiet" }, "Reading the records…");
    if (list.length === 0) return agree;
    return [agree,
      h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Named records" },
        h("table", { class: "records" },
          h("caption", {}, `${plural(window.named, "record")} by name`),
          h("thead", {}, h("tr", {}, ["Finding", "Topic", "Offset", "Key", "Producer", "Time (UTC)"]
            .map((title) => h("th", { scope: "col", class: title === "Offset" ? "number" : null }, title)))),
          h("tbody", {}, list.map((record, at) => recordRow(record, at))))),
      this.shown.cursor ? h("button", { type: "button", class: "more", on: { click: () => this.loadRecords(window, this.shown.cursor) } }, "Show more") : null];
  }
}

function fact(title, value, loud = false) {
  return h("div", { class: loud ? "loud" : null }, h("dt", {}, title), h("dd", {}, value));
}

const SIGNS = { missing: "−", extra: "+", corrupted: "≠" };

function recordRow(record, at) {
  const key = record.key === null || record.key === undefined ? "–" : record.key_encoding === "base64" ? `base64 ${record.key}` : record.key;
  const where = record.cluster ? `${record.cluster} / ${record.topic}` : record.topic;
  return h("tr", { key: `${at} ${record.identity}`, "data-finding": record.finding },
    h("td", { class: `finding ${record.finding}` }, h("span", { "aria-hidden": "true" }, SIGNS[record.finding] ?? "?"), ` ${record.finding}`,
      record.copies > 1 ? ` ×${record.copies}` : ""),
    h("td", { title: record.identity }, `${where} [${record.partition}]`),
    h("td", { class: "number", "data-label": "offset" }, number(record.offset)),
    h("td", { class: "key", title: key }, key),
    h("td", {}, record.producer ?? "–"),
    timeCell(record.time));
}

function timeCell(time) {
  if (time === null || time === undefined) return h("td", {}, "–");
  return h("td", { title: `${precise(time)} UTC` }, preciseClock(time));
}
