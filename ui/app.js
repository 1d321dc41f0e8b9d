// The page: reads the pipeline and its incidents every two seconds, and shows what changed.

import { alertsPath, follow, pipelinePath, pipelines } from "./api.js";
import { Detail } from "./detail.js";
import { h, morph } from "./dom.js";
import { edgeTable } from "./edges.js";
import { STATES, clock, edgeState, number, plural, tone } from "./format.js";
import { incidentList } from "./incidents.js";
import { Road } from "./road.js";
import { link, read } from "./route.js";

const EVERY_MS = 2000;

const top = document.getElementById("top");
const page = document.getElementById("page");
const connection = document.getElementById("connection");

const model = { pipelines: [], pipeline: null, incidents: null, name: null, stop: [], failures: new Map() };
const detail = new Detail(render);
let parts = null;

/** The parts of the page that stay while their contents change. */
function frame() {
  const section = (id, title) => {
    const body = h("div", { class: "body" });
    return { body, element: h("section", { id, "aria-labelledby": `${id}-title` }, h("h2", { id: `${id}-title`, tabindex: "-1" }, title), body) };
  };
  const road = h("section", { id: "road", "aria-label": "The road" });
  const [incidents, edge, edges] = [section("incidents", "Incidents"), section("detail", "Edge"), section("edges", "All edges")];
  page.replaceChildren(road, h("div", { class: "pair" }, incidents.element, edge.element), edges.element);
  return { road: new Road(road), incidents: incidents.body, detail: edge.body, edges: edges.body };
}

/** Without a choice, the newest open incident is what people came for. */
function selection(route) {
  const open = (model.incidents ?? []).filter((incident) => incident.state === "open")
    .sort((one, other) => Number(one.kind === "overdue") - Number(other.kind === "overdue") || other.opened_at - one.opened_at);
  const worst = [...model.pipeline.edges].sort((one, other) => rank(one) - rank(other))[0];
  const fallback = open[0]?.edge_id ?? (worst && ["bad", "late"].includes(tone(edgeState(worst))) ? worst.id : null);
  return { ...route, pipeline: model.name, edge: route.edge ?? fallback };
}

const rank = (edge) => STATES.findIndex((state) => state.name === edgeState(edge));

function render() {
  showConnection();
  if (!model.pipeline) return;
  parts ??= frame();
  page.removeAttribute("aria-busy");
  const { pipeline } = model;
  const route = selection(read());
  const edge = pipeline.edges.find((candidate) => candidate.id === route.edge) ?? null;
  morph(top, header(pipeline, route));
  parts.road.show(pipeline, route);
  morph(parts.incidents, [incidentList(pipeline, model.incidents, route)]);
  detail.select(edge, route.verdict);
  morph(parts.detail, [detail.view(pipeline, route)]);
  morph(parts.edges, [edgeTable(pipeline, route)]);
  const wrong = pipeline.edges.filter((candidate) => tone(edgeState(candidate)) === "bad").length;
  document.title = `${wrong ? `(${wrong}) ` : ""}${pipeline.name} · Waybill`;
}

function header(pipeline, route) {
  const total = (state) => pipeline.edges.reduce((sum, edge) => sum + (edge.windows?.[state] ?? 0), 0);
  const inTone = (kind) => pipeline.edges.filter((edge) => tone(edgeState(edge)) === kind).length;
  const used = pipeline.stages.map((stage) => stage.name).filter((name) => pipeline.edges.some((edge) => edge.stage === name));
  const sum = (stage, end) => pipeline.edges.filter((edge) => edge.stage === stage).reduce((all, edge) => all + edge.counts[end], 0);
  const [bad, late, unknown, good] = ["bad", "late", "unknown", "good"].map(inTone);
  const pending = total("pending");
  const [kind, sentence] = bad ? ["bad", `${plural(bad, "edge")} ${bad === 1 ? "is" : "are"} not as ${bad === 1 ? "it" : "they"} should be`]
    : late ? ["late", `${plural(late, "edge")} ${late === 1 ? "is" : "are"} overdue`]
      : unknown ? ["unknown", `${plural(unknown, "edge")} cannot be judged in full`]
        : !good ? ["waiting", "Waiting for the first window"]
          : pending ? ["good", "All windows judged so far are exact"] : ["good", "Everything arrived, once and unchanged"];
  const wrong = STATES.filter((state) => !["exact", "pending", "none"].includes(state.name)).reduce((all, state) => all + total(state.name), 0);
  return [
    h("a", { class: "brand", href: "/ui/" }, h("img", { src: "/ui/icon.svg", alt: "", width: "28", height: "28" }), "Waybill"),
    h("div", { class: "title" },
      h("h1", {}, pipeline.name), model.pipelines.length > 1 ? h("nav", { "aria-label": "Pipelines" }, model.pipelines.filter((other) => other.name !== pipeline.name)
        .map((other) => h("a", { key: other.name, href: link({}, { pipeline: other.name }) }, other.name))) : null,
      h("p", {}, pipeline.description ?? "", h("span", { class: "owner" }, `${pipeline.owner.team} · ${pipeline.owner.contact} · tier ${pipeline.tier}`))),
    h("div", { id: "status", class: `status tone-${kind}`, "data-tone": kind },
      h("strong", { role: "status" }, h("span", { class: "sign", "aria-hidden": "true" }, { good: "✓", bad: "✕", late: "!", unknown: "?", waiting: "…" }[kind]), sentence),
      h("span", { class: "sum" }, used.length ? `${number(sum(used[0], "upstream"))} records sent, ${number(sum(used.at(-1), "downstream"))} at the end` : ""),
      h("span", { class: "sum" }, `${number(total("exact"))} windows exact${pending ? `, ${number(pending)} pending` : ""}${wrong ? `, ${number(wrong)} not exact` : ""} · ${clock(pipeline.as_of)} UTC`)),
  ];
}

function showConnection() {
  const failure = [...model.failures.values()][0];
  connection.hidden = !failure;
  connection.textContent = failure ? `${failure} What is shown may be old; trying again.` : "";
}

function index(pipeline) {
  return { ...pipeline, nodesById: new Map(pipeline.nodes.map((node) => [node.id, node])) };
}

function open(name) {
  model.stop.forEach((stop) => stop());
  Object.assign(model, { name, pipeline: null, incidents: null });
  const watch = (what, path, take) => follow(path, EVERY_MS, (value) => {
    const healed = model.failures.delete(what);
    if (value) take(value);
    if (value || healed) render();
  }, (error) => {
    model.failures.set(what, error.status ? error.message : "The server does not answer.");
    render();
  });
  model.stop = [
    watch("pipeline", pipelinePath(name), (value) => { model.pipeline = index(value); }),
    watch("alerts", alertsPath(name), (value) => { model.incidents = value.items; }),
  ];
}

/** Nothing to show yet: say how to begin, and look again. */
function empty(message) {
  page.removeAttribute("aria-busy");
  parts = null;
  morph(top, [h("a", { class: "brand", href: "/ui/" }, h("img", { src: "/ui/icon.svg", alt: "", width: "28", height: "28" }), "Waybill")]);
  morph(page, [h("p", { class: "empty" }, message)]);
  setTimeout(start, EVERY_MS);
}

async function start() {
  try {
    model.pipelines = await pipelines();
  } catch (error) {
    empty(error.status ? error.message : "The server does not answer. Trying again.");
    return;
  }
  const wanted = read().pipeline ?? model.pipelines[0]?.name;
  if (wanted) open(wanted);
  else empty("No pipeline is declared yet. As soon as one is, it appears here.");
}

addEventListener("hashchange", () => {
  const { pipeline } = read();
  if (pipeline && pipeline !== model.name) open(pipeline);
  else if (model.pipeline) {
    render();
    bringIntoView(document.getElementById("detail"));
  }
});

/** Whoever chose something sees it, also when it lies below the picture. */
function bringIntoView(element) {
  const { top: y } = element.getBoundingClientRect();
  if (y >= 0 && y < innerHeight * 0.7) return;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  element.scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
}

// Motion on the lines ends some seconds after the last change, also when nothing new arrives.
setInterval(() => { if (model.pipeline && !document.hidden) parts?.road.draw(); }, 3 * EVERY_MS);
start();
