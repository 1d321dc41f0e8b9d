// Elements from plain calls, and a way to bring the page to a new state without losing focus or scroll.

const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "g", "path", "rect", "circle", "line", "text", "title", "tspan"]);

/**
 * Makes an element. Properties are attributes; `on` holds listeners, `key` identifies a child among its siblings.
 * @param {string} tag a name of HTML or, after "svg:", of SVG
 */
export function h(tag, properties = {}, ...children) {
  const name = tag.startsWith("svg:") ? tag.slice(4) : tag;
  const svg = tag.startsWith("svg:") || (SVG_TAGS.has(tag) && tag !== "title");
  const element = svg ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "on") element.listeners = value;
    else if (key === "key") element.key = value;
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  for (const [event, listener] of Object.entries(element.listeners ?? {})) element.addEventListener(event, listener);
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Makes the children of `target` equal to `children`, keeping every element that may stay. */
export function morph(target, children) {
  const wanted = children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (typeof child === "object" ? child : document.createTextNode(String(child))));
  const keyed = new Map();
  for (const child of target.childNodes) if (child.key !== undefined) keyed.set(child.key, child);
  let next = target.firstChild;
  for (const child of wanted) {
    const match = child.key === undefined ? (alike(next, child) && next.key === undefined ? next : null) : keyed.get(child.key);
    if (match && alike(match, child)) {
      if (match === next) next = next.nextSibling;
      else target.insertBefore(match, next);
      become(match, child);
    } else {
      target.insertBefore(child, next);
    }
  }
  while (next) {
    const gone = next;
    next = next.nextSibling;
    gone.remove();
  }
}

function alike(old, fresh) {
  return old !== null && old !== undefined && old.nodeName === fresh.nodeName && old.namespaceURI === fresh.namespaceURI;
}

function become(old, fresh) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  for (const [event, listener] of Object.entries(old.listeners ?? {})) old.removeEventListener(event, listener);
  for (const [event, listener] of Object.entries(fresh.listeners ?? {})) old.addEventListener(event, listener);
  old.listeners = fresh.listeners;
  morph(old, [...fresh.childNodes]);
}
