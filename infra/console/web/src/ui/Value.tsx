import { grouped, minorPlaces } from "../money";
import { date, NOT_SAID } from "../words";

/** What is null is not known: it is neither nothing nor zero. */
export function Unsaid() {
  return (
    <span className="unsaid" title={NOT_SAID}>
      <span aria-hidden="true">–</span>
      <span className="hidden">{NOT_SAID}</span>
    </span>
  );
}

export function Money({ amount, currency }: { amount: string | null; currency?: string | null }) {
  return amount === null ? <Unsaid /> : <Figure of={amount} currency={currency} />;
}

/** Every digit that was given; those below the currency's smallest coin stand back. */
export function Figure({ of, title, currency }: { of: string; title?: string | undefined; currency?: string | null | undefined }) {
  const text = grouped(of);
  const point = text.indexOf(".");
  const places = minorPlaces(currency ?? null);
  const end = point < 0 ? text.length : places === 0 ? point : point + 1 + places;
  return (
    <span className="number" title={title}>
      {text.slice(0, end)}
      {end < text.length && <span className="fine">{text.slice(end)}</span>}
    </span>
  );
}

export function Day({ of }: { of: string | null }) {
  return of === null ? <Unsaid /> : <time dateTime={of}>{date(of)}</time>;
}

export function Text({ of }: { of: string | null }) {
  return of === null || of === "" ? <Unsaid /> : <>{of}</>;
}
