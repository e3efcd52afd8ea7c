/** `partially_paid` as people write it. */
export function label(word: string): string {
  const text = word.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export const NOT_SAID = "the provider does not say";

const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const moment = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

/** A civil date, which has no time zone to be moved by. */
export function date(text: string): string {
  const at = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(at) ? text : day.format(at);
}

export function instant(text: string): string {
  const at = Date.parse(text);
  return Number.isNaN(at) ? text : moment.format(at);
}

/** The time of an instant of today; else all of it. */
export function since(text: string): string {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) return text;
  return at.toDateString() === new Date().toDateString() ? clock.format(at) : moment.format(at);
}

/** A day so many from now, as the API writes it: in this person's own time zone. */
export function dayFromNow(days: number): string {
  const at = new Date();
  at.setDate(at.getDate() + days);
  const two = (part: number) => String(part).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString("en-GB")} ${number === 1 ? one : many}`;
}

/** The part of a reference that is the provider's own. */
export function ownId(reference: string): string {
  return reference.slice(reference.indexOf(":") + 1);
}

export const STATUSES = ["draft", "pending_activation", "active", "canceled", "unknown"];

export const PAYMENT_STATUSES = [
  "unpaid", "partially_paid", "paid", "overdue", "disputed", "failed", "processing", "not_transferred", "transferred",
  "transfer_error", "credit_back", "applied", "partially_applied", "refunded", "partially_refunded", "written_off",
  "partially_written_off", "canceled", "unknown",
];

export type Tone = "neutral" | "info" | "good" | "warn" | "bad";

const TONES: Record<string, Tone> = {
  draft: "info", pending_activation: "info", active: "good", canceled: "neutral", unknown: "warn",
  paid: "good", applied: "good", transferred: "good", refunded: "neutral", credit_back: "neutral", written_off: "neutral",
  partially_paid: "info", partially_applied: "info", partially_refunded: "neutral", partially_written_off: "neutral",
  unpaid: "neutral", not_transferred: "neutral", processing: "info",
  overdue: "bad", disputed: "bad", failed: "bad", transfer_error: "bad",
  unchanged: "neutral", rejected: "bad", waiting: "neutral", sending: "info",
};

export function tone(word: string): Tone {
  return word === "applied" ? "good" : (TONES[word] ?? "neutral");
}

const REASONS: Record<string, string> = {
  state_conflict: "not possible in its present state",
  unsupported_operation: "the provider has no call for it",
  not_enabled: "the account is not enabled for it",
  provider_credentials: "the provider refused the connection’s key",
  provider_error: "the provider failed",
  provider_timeout: "the provider did not answer in time",
  rate_limited: "the provider’s limit is reached",
  invoice_not_found: "there is no such invoice any more",
  in_progress: "another write of it is under way",
};

/** A problem's code in a few words; one that is not known as it is. */
export function reason(code: string): string {
  return REASONS[code] ?? code.replaceAll("_", " ");
}
