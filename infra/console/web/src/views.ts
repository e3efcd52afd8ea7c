import { keptStore } from "./store";
import { dayFromNow } from "./words";

export interface View {
  name: string;
  query: string;
}

/** The views that everybody has. What is due is reckoned from today, whenever that is. */
export function builtIn(): View[] {
  const today = dayFromNow(0);
  return [
    { name: "Drafts", query: "status=draft" },
    { name: "Overdue", query: `status=active&dueDate[lt]=${today}&balance[gt]=0&sort=dueDate` },
    { name: "Due in 7 days", query: `status=active&dueDate[gte]=${today}&dueDate[lte]=${dayFromNow(7)}&balance[gt]=0&sort=dueDate` },
    { name: "Failed or disputed", query: "paymentStatus=failed,disputed,transfer_error" },
    { name: "All", query: "sort=-invoiceDate" },
  ];
}

/** The views that somebody made in this browser. */
export const ownViews = keptStore<View[]>("views", []);

/** Whether two queries ask the same, whatever their spelling. */
export function same(a: string, b: string): boolean {
  const sorted = (text: string) => [...new URLSearchParams(text)].map(([name, value]) => `${name}=${value}`).sort().join("&");
  return sorted(a) === sorted(b);
}
