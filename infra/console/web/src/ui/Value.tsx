import { grouped } from "../money";
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

export function Money({ amount }: { amount: string | null }) {
  return amount === null ? <Unsaid /> : <Figure of={amount} />;
}

/** Every digit that was given; those beyond the second place stand back. */
export function Figure({ of, title }: { of: string; title?: string }) {
  const text = grouped(of);
  const point = text.indexOf(".");
  const end = point < 0 ? text.length : point + 3;
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
