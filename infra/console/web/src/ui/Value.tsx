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
  return amount === null ? <Unsaid /> : <span className="number">{grouped(amount)}</span>;
}

export function Day({ of }: { of: string | null }) {
  return of === null ? <Unsaid /> : <time dateTime={of}>{date(of)}</time>;
}

export function Text({ of }: { of: string | null }) {
  return of === null || of === "" ? <Unsaid /> : <>{of}</>;
}
