// What is shown stands in the address, so that it can be sent to somebody.

/** Reads `#pipeline=flights&edge=...&verdict=...`. */
export function read() {
  const parameters = new URLSearchParams(location.hash.slice(1));
  return { pipeline: parameters.get("pipeline"), edge: parameters.get("edge"), verdict: parameters.get("verdict") };
}

/** The address of the same page with something changed. */
export function link(route, change) {
  const parameters = Object.entries({ ...route, ...change }).filter(([, value]) => value);
  return `#${new URLSearchParams(parameters)}`;
}
