/** Exact decimals as texts: nothing here goes through a binary fraction. */

interface Decimal {
  digits: bigint;
  scale: number;
}

function parse(text: string): Decimal | null {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!match) return null;
  const fraction = match[3] ?? "";
  const digits = BigInt(match[2] + fraction);
  return { digits: match[1] ? -digits : digits, scale: fraction.length };
}

function write({ digits, scale }: Decimal): string {
  const negative = digits < 0n;
  const text = (negative ? -digits : digits).toString().padStart(scale + 1, "0");
  const whole = text.slice(0, text.length - scale);
  return `${negative ? "-" : ""}${whole}${scale ? `.${text.slice(text.length - scale)}` : ""}`;
}

/** The sum of decimals, with as many places as the longest; null when one is no decimal. */
export function sum(texts: Iterable<string>): string | null {
  let total: Decimal = { digits: 0n, scale: 0 };
  for (const text of texts) {
    const one = parse(text);
    if (!one) return null;
    const scale = Math.max(total.scale, one.scale);
    const digits = total.digits * 10n ** BigInt(scale - total.scale) + one.digits * 10n ** BigInt(scale - one.scale);
    total = { digits, scale };
  }
  return write(total);
}

/** The same number with its thousands apart; every digit that was given stays. */
export function grouped(text: string): string {
  const match = /^(-?)(\d+)(\.\d+)?$/.exec(text);
  if (!match) return text;
  return `${match[1] ? "−" : ""}${(match[2] ?? "").replace(/\B(?=(\d{3})+$)/g, ",")}${match[3] ?? ""}`;
}

/** How much of a whole, for the length of a bar and for nothing else. */
export function share(part: string, whole: string): number {
  const [a, b] = [Number(part), Number(whole)];
  return Number.isFinite(a) && Number.isFinite(b) && b > 0 && a > 0 ? Math.min(1, a / b) : 0;
}

export interface CurrencySum {
  currency: string | null;
  count: number;
  sum: string | null;
  /** Of how many the amount is not known. */
  unknown: number;
}

/** Sums of totals, never across currencies; the largest groups first. */
export function byCurrency(rows: Iterable<{ currency: string | null; amount: string | null }>): CurrencySum[] {
  const groups = new Map<string | null, { amounts: string[]; unknown: number }>();
  for (const { currency, amount } of rows) {
    const group = groups.get(currency) ?? { amounts: [], unknown: 0 };
    if (amount === null) group.unknown += 1;
    else group.amounts.push(amount);
    groups.set(currency, group);
  }
  return [...groups]
    .map(([currency, { amounts, unknown }]) => ({
      currency,
      count: amounts.length + unknown,
      // Amounts of no known currency are not one another's.
      sum: currency === null || amounts.length === 0 ? null : sum(amounts),
      unknown,
    }))
    .sort((a, b) => b.count - a.count || (a.currency ?? "~").localeCompare(b.currency ?? "~"));
}
