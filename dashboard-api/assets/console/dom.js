// Makes elements: every node of the console is built here, so that what comes from outside is text and never markup.
// It decides nothing about what is shown.

const SVG = "http://www.w3.org/2000/svg";

let isStale = false;

// h("td", {class: "where", dataset: {id}, on: {click}}, "text", node, [more], null)
// `acts: true` marks a button that changes something: it is disabled while the link is lost, unless it, or what it stands in, is
// marked `worksOffline: true`.
export function h(tag, props, ...children) {
  return fill(document.createElement(tag), props, children);
}

export function svg(tag, props, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) setProp(node, name, value);
  append(node, children);
  // What works offline is not known yet to stand in such a place; `worksOffline` says it at once.
  if (isStale && node.matches("[data-acts]:not([data-works-offline])")) holdBack(node);
  return node;
}

function setProp(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === "class") node.setAttribute("class", value);
  else if (name === "dataset") Object.assign(node.dataset, value);
  else if (name === "on") for (const [event, fn] of Object.entries(value)) node.addEventListener(event, fn);
  else if (name === "acts") node.dataset.acts = "";
  else if (name === "worksOffline") node.dataset.worksOffline = "";
  else if (name === "value" && "value" in node) node.value = value;
  else if (name === "checked" && "checked" in node) node.checked = value;
  else node.setAttribute(name, value === true ? "" : String(value));
}

function append(node, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) append(node, child);
    else node.append(child);
  }
}

export function replace(node, ...children) {
  node.replaceChildren();
  append(node, children);
  return node;
}

// A name from outside: its own direction, whatever marks stand in it.
export const bdi = (text) => h("bdi", null, text ?? "");

// A path, which may break after each slash.
export const place = (path) => h("bdi", null, String(path ?? "").split(/(?<=\/)/).flatMap((part, index) => (index === 0 ? [part] : [h("wbr"), part])));

// For those who hear the page.
export const unseen = (text) => h("span", { class: "unseen" }, text);

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// While the link is lost, nothing that acts can be pressed, whenever it was drawn.
export function holdActions(stale) {
  isStale = stale;
  for (const node of document.querySelectorAll("[data-acts]")) {
    if (node.closest("[data-works-offline]")) continue;
    if (stale) holdBack(node);
    else if ("held" in node.dataset) {
      node.disabled = false;
      delete node.dataset.held;
    }
  }
}

function holdBack(node) {
  if (node.disabled) return;
  node.disabled = true;
  node.dataset.held = "";
}
