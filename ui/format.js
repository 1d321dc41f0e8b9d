// Words, numbers and times as people read them. All times are UTC.

/** The states of a window, worst first, each with its letter in a strip, a sign that needs no colour, and words. */
export const STATES = [
  { name: "corruption", letter: "c", sign: "✕", words: "corruption", fault: true },
  { name: "both", letter: "b", sign: "✕", words: "loss and duplication", fault: true },
  { name: "loss", letter: "l", sign: "✕", words: "loss", fault: true },
  { name: "duplication", letter: "d", sign: "✕", words: "duplication", fault: true },
  { name: "overdue", letter: "o", sign: "!", words: "overdue", fault: false },
  { name: "unknown", letter: "u", sign: "?", words: "unknown", fault: false },
  { name: "exact", letter: "e", sign: "✓", words: "exact", fault: false },
  { name: "pending", letter: "p", sign: "…", words: "pending", fault: false },
  { name: "none", letter: ".", sign: "·", words: "no data yet", fault: false },
];
const BY_NAME = new Map(STATES.map((state) => [state.name, state]));
const BY_LETTER = new Map(STATES.map((state) => [state.letter, state]));

export const stateOf = (name) => BY_NAME.get(name) ?? BY_NAME.get("none");
export const stateOfLetter = (letter) => BY_LETTER.get(letter) ?? BY_NAME.get("none");

/** The colour family of a state: good, bad, late, unknown, waiting or none. */
export function tone(name) {
  if (stateOf(name).fault) return "bad";
  return { exact: "good", overdue: "late", unknown: "unknown", pending: "waiting" }[name] ?? "none";
}

/**
 * What an edge is shown as: its worst window; but a window that is still filling does not hide that the others are
 * exact, as on a living edge one always is.
 */
export function edgeState(edge) {
  const found = STATES.find((state) => (edge.windows?.[state.name] ?? 0) > 0);
  return found ? found.name : "none";
}

/** Windows that are neither exact nor pending. */
export function windowsWrong(edge) {
  return STATES.filter((state) => !["exact", "pending", "none"].includes(state.name))
    .reduce((sum, state) => sum + (edge.windows?.[state.name] ?? 0), 0);
}

const NUMBER = new Intl.NumberFormat("en-US");
export const number = (value) => (value === null || value === undefined ? "–" : NUMBER.format(value));
export const plural = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

const iso = (ms) => new Date(ms).toISOString();
/** 10:15:00 */
export const clock = (ms) => iso(ms).slice(11, 19);
/** 10:15 */
export const minute = (ms) => iso(ms).slice(11, 16);
/** 2013-01-01 10:15:00.123 */
export const precise = (ms) => iso(ms).slice(0, 23).replace("T", " ");
/** 10:15:00.123 */
export const preciseClock = (ms) => iso(ms).slice(11, 23);

/** "Jan 1, 10:15 – 10:16" */
export function span(from, to) {
  const day = new Intl.DateTimeFormat("en-US", { month: "short", day: "numeric", timeZone: "UTC" });
  const exact = from % 60000 === 0 && to % 60000 === 0 ? minute : clock;
  const other = day.format(from) === day.format(to) ? "" : `${day.format(to)}, `;
  return `${day.format(from)}, ${exact(from)} – ${other}${exact(to)}`;
}

/** How long ago, roughly. */
export function ago(ms, now) {
  const seconds = Math.max(0, Math.round((now - ms) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86400)} d ago`;
}

/** What a verdict found, in a few words. */
export function findings(counts) {
  const about = counts.estimated ? "about " : "";
  const words = ["missing", "extra", "corrupted"].filter((word) => counts[word] > 0)
    .map((word) => `${about}${number(counts[word])} ${word}`);
  return words.join(", ") || "nothing to count";
}

/** How a node is called in a sentence. */
export function place(node) {
  if (!node) return "?";
  return node.kind === "topic" ? `${node.cluster} / ${node.topic ?? node.label}` : node.label;
}
