// The picture: a column for each stage, a card for each cluster, a line for each edge with its count.

import { h, morph } from "./dom.js";
import { edgeState, number, place, stateOf, tone, windowsWrong } from "./format.js";
import { link } from "./route.js";

const LABEL = 72;
const ORDER = ["none", "waiting", "good", "unknown", "late", "bad"];

/** Draws the pipeline into `container`, and again whenever its size changes. */
export class Road {
  constructor(container) {
    this.cards = h("div", { class: "columns" });
    this.lines = h("svg", { class: "lines", role: "group", "aria-label": "Edges" });
    container.append(this.lines, this.cards);
    this.container = container;
    this.moved = new Map();
    new ResizeObserver(() => this.draw()).observe(container);
  }

  show(pipeline, route) {
    this.pipeline = pipeline;
    this.route = route;
    morph(this.cards, columns(pipeline));
    this.draw();
  }

  draw() {
    if (!this.pipeline || this.container.clientWidth === 0) return;
    const frame = this.container.getBoundingClientRect();
    const ports = new Map();
    for (const element of this.cards.querySelectorAll("[data-node]")) {
      const box = element.getBoundingClientRect();
      const y = box.top + box.height / 2 - frame.top;
      ports.set(element.dataset.node, { left: box.left - frame.left, right: box.right - frame.left, y });
    }
    this.lines.setAttribute("viewBox", `0 0 ${frame.width} ${frame.height}`);
    const edges = this.pipeline.edges.filter((edge) => ports.has(edge.from) && ports.has(edge.to));
    const degree = (end) => edges.reduce((map, edge) => map.set(edge[end], (map.get(edge[end]) ?? 0) + 1), new Map());
    const [leaving, entering] = [degree("from"), degree("to")];
    const now = performance.now();
    const counts = [];
    const drawn = edges.map((edge) => {
      const seen = this.moved.get(edge.id);
      const flows = seen !== undefined && seen.count !== edge.counts.downstream;
      if (!seen || flows) this.moved.set(edge.id, { count: edge.counts.downstream, at: flows ? now : -Infinity });
      const flowing = now - this.moved.get(edge.id).at < 6000;
      const atTarget = entering.get(edge.to) <= leaving.get(edge.from);
      counts.push(this.count(edge, ports.get(edge.from), ports.get(edge.to), atTarget));
      return this.line(edge, ports.get(edge.from), ports.get(edge.to), atTarget, flowing);
    });
    const rank = (element) => ORDER.indexOf(element.dataset.tone) + (element.getAttribute("aria-current") ? 10 : 0);
    drawn.sort((one, other) => rank(one) - rank(other));
    // Counts lie over all lines; the lines themselves say them to those who do not see.
    morph(this.lines, [drawn, h("g", { key: "counts", class: "counts", "aria-hidden": "true" }, counts)]);
  }

  line(edge, from, to, atTarget, flowing) {
    const state = edgeState(edge);
    const [x1, x2] = [from.right, to.left];
    // Straight under the count, then over to the other side.
    const room = Math.min(LABEL, (x2 - x1) * 0.35);
    const [left, right] = atTarget ? [x1, x2 - room] : [x1 + room, x2];
    const bend = (right - left) * 0.5;
    const path = `M${x1} ${from.y} H${left} C${left + bend} ${from.y} ${right - bend} ${to.y} ${right} ${to.y} H${x2}`;
    const nodes = this.pipeline.nodesById;
    const wrong = windowsWrong(edge);
    const words = `${place(nodes.get(edge.from))} to ${place(nodes.get(edge.to))}, ${edge.topic}: ` +
      `${number(edge.counts.downstream)} of ${number(edge.counts.upstream)} records, ${stateOf(state).words}` +
      (wrong ? `, ${number(wrong)} windows not exact` : "");
    return h("svg:a", {
      key: edge.id, href: link(this.route, { edge: edge.id, verdict: null }), class: `edge tone-${tone(state)}`, "aria-label": words,
      "data-edge": edge.id, "data-state": state, "data-tone": tone(state), "aria-current": this.route.edge === edge.id ? "true" : null,
    },
    h("svg:title", {}, words),
    h("path", { class: "hit", d: path }),
    h("path", { class: "wire", d: path }),
    flowing ? h("path", { class: "flow", d: path }) : null,
    h("circle", { class: "port", cx: x1, cy: from.y, r: 2.5 }),
    h("circle", { class: "port", cx: x2, cy: to.y, r: 2.5 }));
  }

  /** What arrived; on an edge that is not as it should be also its sign, and by how much the ends differ. */
  count(edge, from, to, atTarget) {
    const state = edgeState(edge);
    const wrong = ["bad", "late", "unknown"].includes(tone(state));
    const difference = edge.counts.downstream - edge.counts.upstream;
    const words = `${wrong ? `${stateOf(state).sign}\u00a0` : ""}${number(edge.counts.downstream)}` +
      (tone(state) === "bad" && difference ? ` (${difference > 0 ? "+" : "−"}${number(Math.abs(difference))})` : "");
    const at = atTarget ? { x: to.left - 9, y: to.y, "text-anchor": "end" } : { x: from.right + 9, y: from.y, "text-anchor": "start" };
    const current = this.route.edge === edge.id ? " current" : "";
    return h("text", { key: edge.id, class: `count tone-${tone(state)}${current}`, dy: "0.35em", ...at }, words);
  }
}

const TITLES = { producers: "Producers", clusters: "Topics", sinks: "Sinks" };

function columns(pipeline) {
  return pipeline.stages.map((stage) => {
    const nodes = pipeline.nodes.filter((node) => node.stage === stage.name);
    const clusters = [...new Set(nodes.filter((node) => node.kind === "topic").map((node) => node.cluster))];
    const cards = stage.kind === "clusters"
      ? clusters.map((cluster) => card(cluster, nodes.filter((node) => node.cluster === cluster)))
      : nodes.map((node) => h("div", { key: node.id, class: `card single ${node.kind}`, "data-node": node.id },
        h("span", { class: "name", title: node.label }, node.label)));
    return h("section", { key: stage.name, class: `column ${stage.kind}`, "aria-label": stage.name },
      h("h2", {}, stage.name, h("small", {}, TITLES[stage.kind] ?? "")), h("div", { class: "stack" }, cards));
  });
}

function card(cluster, nodes) {
  return h("div", { key: cluster, class: "card cluster" }, h("h3", {}, cluster),
    h("ul", {}, nodes.map((node) => h("li", { key: node.id, "data-node": node.id },
      h("span", { class: "name", title: node.label }, node.topic ?? node.label)))));
}
