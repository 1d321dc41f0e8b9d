// The last 24 hours of an edge in one line. The height of a cell tells its state as well as the colour does.

import { h } from "./dom.js";
import { STATES, minute, stateOfLetter, tone } from "./format.js";

const HEIGHT = { bad: 1, late: 0.85, unknown: 0.65, good: 0.5, waiting: 0.25, none: 0.08 };

/** A picture of `cells`, one letter each; equal neighbours become one rectangle. */
export function strip(cells, label, className = "strip") {
  if (!cells) return null;
  const runs = [];
  for (const letter of cells) {
    const last = runs.at(-1);
    if (last && last.letter === letter) last.length += 1;
    else runs.push({ letter, length: 1, start: last ? last.start + last.length : 0 });
  }
  const bars = runs.map(({ letter, length, start }) => {
    const kind = tone(stateOfLetter(letter).name);
    const height = HEIGHT[kind] * 20;
    return h("rect", { x: start, y: 20 - height, width: length, height, class: `tone-${kind}` });
  });
  const picture = { class: className, viewBox: `0 0 ${cells.length} 20`, preserveAspectRatio: "none", role: "img" };
  return h("svg", { ...picture, "aria-label": label }, bars);
}

/** What a strip says, for those who do not see it. */
export function stripWords(cells) {
  if (!cells) return "";
  const counts = STATES.map((state) => [state, [...cells].filter((letter) => letter === state.letter).length]);
  return counts.filter(([, count]) => count > 0).map(([state, count]) => `${count} ${state.words}`).join(", ");
}

/** Hours under a large strip. */
export function hours(from, cells, cellSeconds) {
  const to = from + cells.length * cellSeconds * 1000;
  const marks = [0, 0.25, 0.5, 0.75, 1].map((part) => h("span", {}, minute(from + part * (to - from))));
  return h("div", { class: "hours", "aria-hidden": "true" }, marks);
}
