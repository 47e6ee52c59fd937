// What an asset register (NetBox) says of a rack, as facts to read. It is beside the rack of the site and says nothing of who may
// open it. No DOM here.

/** The number by which the register knows a rack: `nb-17` is 17 there. */
export const numberOf = (id) => id.replace(/^nb-/, "");

/** `[term, text]` for what the register says; what it does not say is left out. */
export function registerFacts(row) {
  return [
    ["Name", row.name], ["Number", numberOf(row.id)], ["Facility id", row.facility_id], ["Tenant", row.tenant], ["Status", row.status], ["Role", row.role],
    ["Site", [row.site, row.location].filter(Boolean).join(", ")], ["Height", row.u_height > 0 ? `${row.u_height} U` : ""], ["Serial number", row.serial], ["Asset tag", row.asset_tag],
  ].filter(([, text]) => text);
}
