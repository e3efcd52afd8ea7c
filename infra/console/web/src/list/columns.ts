import { keptStore } from "../store";

/** The columns that there are, in their order; the first is always shown. */
export const COLUMNS = {
  number: { name: "Number", sort: "number" },
  customer: { name: "Customer", sort: null },
  connection: { name: "Connection", sort: null },
  status: { name: "Status", sort: null },
  payment: { name: "Payment", sort: null },
  invoiceDate: { name: "Invoice date", sort: "invoiceDate" },
  dueDate: { name: "Due", sort: "dueDate" },
  created: { name: "Created", sort: "createdAt" },
  modified: { name: "Changed", sort: "modifiedAt" },
  po: { name: "Purchase order", sort: null },
  amount: { name: "Total", sort: "amount" },
  balance: { name: "Balance", sort: "balance" },
} as const;

export type ColumnName = keyof typeof COLUMNS;

export const columnNames = Object.keys(COLUMNS) as ColumnName[];

export const shownColumns = keptStore<ColumnName[]>("columns", [
  "number", "customer", "connection", "status", "payment", "invoiceDate", "dueDate", "amount", "balance",
]);
