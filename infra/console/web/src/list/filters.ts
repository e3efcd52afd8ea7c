import type { Connection, FilterName, Source } from "../api";
import { label, PAYMENT_STATUSES, STATUSES } from "../words";

type Kind = "words" | "days" | "amounts" | "texts" | "yes-no";

export interface Filter {
  param: FilterName | "connection";
  name: string;
  kind: Kind;
  words?: string[];
  hint?: string;
}

/** The parameters of `GET /invoices`, as they are put to people. */
export const FILTERS: Filter[] = [
  { param: "connection", name: "Connection", kind: "words" },
  { param: "status", name: "Status", kind: "words", words: STATUSES },
  { param: "paymentStatus", name: "Payment", kind: "words", words: PAYMENT_STATUSES },
  { param: "dueDate", name: "Due date", kind: "days" },
  { param: "invoiceDate", name: "Invoice date", kind: "days" },
  { param: "amount", name: "Total", kind: "amounts" },
  { param: "balance", name: "Balance", kind: "amounts" },
  { param: "currency", name: "Currency", kind: "texts", hint: "EUR, USD; [empty] where none is named" },
  { param: "customerIds", name: "Customer", kind: "texts", hint: "fusebill:123456" },
  { param: "number", name: "Number", kind: "texts", hint: "INV-*, or [empty]" },
  { param: "poNumber", name: "Purchase order", kind: "texts", hint: "PO-7*" },
  { param: "externalId", name: "External id", kind: "texts" },
  { param: "createdAt", name: "Created", kind: "days" },
  { param: "modifiedAt", name: "Changed", kind: "days" },
  { param: "activatedAt", name: "Activated", kind: "days" },
  { param: "showZeroDollarCharges", name: "Lines of nothing", kind: "yes-no" },
  { param: "showTrackedItems", name: "Tracked items", kind: "yes-no" },
];

export const RANGE = ["gte", "gt", "lte", "lt"] as const;
const SIGNS: Record<string, string> = { gte: "from", gt: "after", lte: "to", lt: "before" };
const AMOUNT_SIGNS: Record<string, string> = { gte: "≥", gt: ">", lte: "≤", lt: "<" };

/** The parameters of a filter that a query has. */
export function paramsOf(filter: Filter): string[] {
  return [filter.param, ...RANGE.map((end) => `${filter.param}[${end}]`)];
}

/** What a query says of a filter, in a few words; null where it says nothing. */
export function said(filter: Filter, query: URLSearchParams): string | null {
  const parts: string[] = [];
  for (const param of paramsOf(filter)) {
    for (const value of query.getAll(param)) {
      const end = /\[(\w+)\]$/.exec(param)?.[1];
      if (end) parts.push(`${(filter.kind === "amounts" ? AMOUNT_SIGNS : SIGNS)[end]} ${value}`);
      else if (filter.kind === "words" && filter.param !== "connection") parts.push(value.split(",").map(label).join(", "));
      else if (filter.kind === "yes-no") parts.push(value === "true" ? "shown" : "hidden");
      else parts.push(value.replaceAll(",", ", "));
    }
  }
  return parts.length ? parts.join(" ") : null;
}

/** The connections that a query is about. */
export function asked(query: URLSearchParams, connections: Connection[]): Connection[] {
  const named = query.get("connection")?.split(",");
  return named ? connections.filter((one) => named.includes(one.name)) : connections;
}

/** Who applies a filter at these connections, before anything is asked. */
export function appliers(filter: Filter, connections: Connection[]): Map<string, string[]> {
  const by = new Map<string, string[]>();
  for (const connection of connections) {
    const filters = connection.capabilities?.filters as Record<string, string> | undefined;
    const who = filter.param === "connection" ? "provider" : (filters?.[filter.param] ?? "absent");
    by.set(who, [...(by.get(who) ?? []), connection.title ?? connection.name]);
  }
  return by;
}

/** Which connections the bridge itself applied a filter for, in an answer. */
export function bridged(param: string, sources: Source[]): string[] {
  return sources.filter((source) => (source.filters as Record<string, string>)[param] === "bridge").map((source) => source.connection);
}

/** Which connections have no data for a filter, and so no invoice in the answer. */
export function lacking(param: string, sources: Source[]): string[] {
  return sources.filter((source) => (source.filters as Record<string, string>)[param] === "absent").map((source) => source.connection);
}
