// Tickets in what people write: an order or a note that has no field for one begins with it, so that the journal has it and it is
// found again. No DOM here.

/** How a dialog asks for one. */
export const TICKET = { label: "Ticket", required: false };

/** So much of a reason's 256 characters is left where a ticket may stand before it. */
export const REASON_WITH_TICKET_MAX = 180;

/** A reason with the ticket it is for. */
export const withTicket = (text, ticket) => (ticket ? `Ticket ${ticket}: ${text}` : text);

/** The ticket that a text begins with; null where it names none. */
export const ticketOf = (text) => /^Ticket ([^:]{1,64}): /.exec(text ?? "")?.[1] ?? null;
