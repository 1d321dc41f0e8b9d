// All edges as a table: what the picture shows, for keyboards, small screens and long lists.

import { h } from "./dom.js";
import { edgeState, number, place, plural, stateOf, tone, windowsWrong } from "./format.js";
import { link } from "./route.js";
import { strip, stripWords } from "./strip.js";

export function badge(state) {
  return h("span", { class: `badge tone-${tone(state)}`, "data-state": state },
    h("span", { class: "sign", "aria-hidden": "true" }, stateOf(state).sign), stateOf(state).words);
}

export function edgeTable(pipeline, route) {
  const stages = pipeline.stages.map((stage) => stage.name).filter((name) => pipeline.edges.some((edge) => edge.stage === name));
  const body = stages.map((name) => [
    h("tr", { key: `stage-${name}`, class: "group" }, h("th", { colspan: 6, scope: "colgroup" }, `into ${name}`)),
    pipeline.edges.filter((edge) => edge.stage === name).map((edge) => row(pipeline, edge, route)),
  ]);
  return h("table", { class: "edges" },
    h("thead", {}, h("tr", {}, ["State", "Edge", "Sent", "Arrived", "Windows", "Last 24 hours"]
      .map((title, at) => h("th", { scope: "col", class: at === 2 || at === 3 ? "number" : null }, title)))),
    h("tbody", {}, body));
}

function row(pipeline, edge, route) {
  const state = edgeState(edge);
  const [from, to] = [pipeline.nodesById.get(edge.from), pipeline.nodesById.get(edge.to)];
  const ends = [from, to].map((node) => (node?.kind === "topic" ? node.cluster : node?.label ?? "?"));
  const { exact = 0, pending = 0 } = edge.windows ?? {};
  const wrong = windowsWrong(edge);
  return h("tr", { key: edge.id, "data-edge": edge.id, "data-state": state, "aria-current": route.edge === edge.id ? "true" : null },
    h("td", { class: "state" }, badge(state)),
    h("td", { class: "ends" }, h("a", { href: link(route, { edge: edge.id, verdict: null }), title: `${place(from)} → ${place(to)}` },
      h("b", {}, edge.topic), h("span", {}, `${ends[0]} → ${ends[1]}`))),
    h("td", { class: "number", "data-label": "sent" }, number(edge.counts.upstream)),
    h("td", { class: "number", "data-label": "arrived" }, number(edge.counts.downstream)),
    h("td", { class: "windows" }, `${number(exact)} exact`, pending ? `, ${number(pending)} pending` : "",
      wrong ? h("strong", {}, `, ${plural(wrong, "other")}`) : ""),
    h("td", { class: "history" }, strip(edge.strip, `Last 24 hours: ${stripWords(edge.strip)}`)));
}
