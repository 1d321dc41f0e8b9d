// What people were told, newest first.

import { h } from "./dom.js";
import { ago, findings, place, plural, span } from "./format.js";
import { link } from "./route.js";

export function incidentList(pipeline, incidents, route) {
  if (!incidents) return h("p", { class: "quiet" }, "Reading…");
  if (incidents.length === 0) return h("p", { class: "quiet" }, "None. An incident opens when a window is not exact, and ends when it has healed.");
  const order = [...incidents].sort((one, other) => (one.state === other.state ? other.opened_at - one.opened_at : one.state === "open" ? -1 : 1));
  return h("ul", { class: "incidents" }, order.map((incident) => item(pipeline, incident, route)));
}

function item(pipeline, incident, route) {
  const edge = pipeline.edges.find((candidate) => candidate.id === incident.edge_id);
  const [from, to] = edge ? [edge.from, edge.to].map((id) => place(pipeline.nodesById.get(id))) : ["?", "?"];
  const open = incident.state === "open";
  const kind = !open ? "good" : incident.kind === "overdue" ? "late" : "bad";
  const what = incident.kind === "overdue" ? "overdue" : findings(incident.counts);
  return h("li", { key: incident.id, "data-incident": incident.id, "data-state": incident.state },
    h("a", { class: `incident tone-${kind}`, href: link(route, { edge: incident.edge_id, verdict: null }), "aria-current": route.edge === incident.edge_id ? "true" : null },
      h("span", { class: "headline" }, h("b", {}, what), h("span", { class: "status" }, open ? "open" : "resolved")),
      h("span", { class: "where" }, `${from} → ${to}`),
      h("span", { class: "when" }, `${span(incident.first_window_start, incident.last_window_end)} · ${plural(incident.windows, "window")} · opened ${ago(incident.opened_at, pipeline.as_of)}`),
      h("span", { class: "when" }, told(incident.deliveries))));
}

function told(deliveries) {
  if (!deliveries) return null;
  const { delivered = 0, pending = 0, dead = 0 } = deliveries;
  if (delivered + pending + dead === 0) return "nobody is named to be told";
  const words = [];
  if (delivered) words.push(`told ${plural(delivered, "time")}`);
  if (pending) words.push(`${plural(pending, "message")} on the way`);
  if (dead) words.push(`${plural(dead, "message")} could not be delivered`);
  return words.join(", ");
}
