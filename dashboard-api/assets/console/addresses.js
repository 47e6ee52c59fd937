// Which address a pattern stands for. `{id}` is one segment, `{row*}` the rest of the path, slashes and all. No page, no history.

export function compile(pattern) {
  const names = [];
  const source = pattern.split("/").map((part) => {
    const hole = /^\{(\w+)(\*?)\}$/.exec(part);
    if (!hole) return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    names.push(hole[1]);
    return hole[2] ? "(.+)" : "([^/]+)";
  }).join("/");
  const form = new RegExp(`^${source}/?$`);
  return (path) => {
    const found = form.exec(path);
    if (!found) return null;
    const params = {};
    for (const [index, name] of names.entries()) {
      const value = decoded(found[index + 1]);
      if (value === null) return null;
      params[name] = value;
    }
    return params;
  };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

// The first route that fits: {route, params}, or null.
export function match(routes, path) {
  for (const route of routes) {
    const params = route.fits(path);
    if (params) return { route, params };
  }
  return null;
}

// A path with slashes as part of an address: each segment safe, the slashes kept.
export const pathSegments = (path) => String(path).split("/").map(encodeURIComponent).join("/");

// A query with some members changed; null or "" takes one away. Commas and colons stay readable.
export function changedQuery(before, changes) {
  const query = new URLSearchParams(before);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === "") query.delete(name);
    else query.set(name, String(value));
  }
  const text = query.toString().replace(/%2C/gi, ",").replace(/%3A/gi, ":").replace(/%2F/gi, "/");
  return text ? `?${text}` : "";
}
