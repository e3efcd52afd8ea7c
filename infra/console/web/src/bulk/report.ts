import type { Run } from "./run";

/** What a spreadsheet would run is a text in it. */
function cell(value: string | null): string {
  let text = value ?? "";
  if (/^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const HEAD = ["id", "newId", "number", "customer", "amount", "currency", "outcome", "code", "detail", "providerMessage", "requestId", "time"];

/** A run for the books: one line an invoice (RFC 4180). What was not sent yet has no outcome. */
export function report(run: Run): string {
  const lines = run.rows.map((row) =>
    [
      row.id, row.newId, row.number, row.customer, row.amount, row.currency,
      row.state === "waiting" || row.state === "sending" ? "" : row.state,
      row.code, row.detail, row.words, row.requestId, row.at,
    ].map(cell).join(","),
  );
  return [HEAD.join(","), ...lines, ""].join("\r\n");
}

export function save(run: Run): void {
  const url = URL.createObjectURL(new Blob(["\uFEFF", report(run)], { type: "text/csv;charset=utf-8" }));
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = `${run.action}-${run.id}.csv`;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
