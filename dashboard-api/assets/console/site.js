// What the shell page says of the site and of whoever looks at it. What somebody may do is decided by the daemon; this only
// spares them buttons that would be refused.

const data = document.body.dataset;

export const site = {
  name: data.site ?? "",
  zone: data.timeZone || "UTC",
  operator: data.operator ?? "",
  operatorId: data.operatorId ?? "",
  role: data.role ?? "",
  permissions: new Set((data.permissions ?? "").split(/\s+/).filter(Boolean)),
  scope: data.scope || "site",
  session: data.session ?? "",
  version: data.version ?? "",
  serverAt: data.serverAt ?? "",
  head: data.head ?? "",
};

export const may = (permission) => site.permissions.has(permission);

// `security_supervisor` as people say it.
export const roleWords = (role) => role.replaceAll("_", " ");
