import { useEffect, useState } from "react";
import { CallError } from "../problem";
import { signIn } from "../session";
import { Icon } from "./Icon";
import { Words } from "./Words";

/** Seconds left until an instant (ms); counts down while it is shown. */
export function useCountdown(until: number | null): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (until === null || until <= now) return;
    const timer = setTimeout(() => setNow(Date.now()), Math.min(250, until - now));
    return () => clearTimeout(timer);
  }, [until, now]);
  return until === null ? 0 : Math.max(0, Math.ceil((until - now) / 1000));
}

/** Why there is no answer, in its own words, and what can be done about it. */
export function Failure({ error, at, onRetry }: { error: Error; at: number; onRetry(): void }) {
  const call = error instanceof CallError ? error : null;
  const left = useCountdown(call?.retryAfter ? at + call.retryAfter * 1000 : null);
  if (call?.status === 401) {
    return (
      <div className="state" role="alert">
        <h2>Sign in to go on</h2>
        <p>This stack answers people it knows.</p>
        <button type="button" className="primary" onClick={() => void signIn()}>Sign in</button>
      </div>
    );
  }
  const title =
    call?.status === 403 ? "You may not see this"
    : call?.status === 429 ? "Too many questions at once"
    : call?.status === 0 ? "No connection"
    : (call?.problem?.title ?? "This did not work");
  const faults = call?.problem?.errors ?? [];
  return (
    <div className="state" role="alert">
      <Icon name="alert" />
      <h2>{title.charAt(0).toUpperCase() + title.slice(1)}</h2>
      <p>{call?.status === 403 && call.scope ? `It needs the scope ${call.scope}, which your sign-in does not have.` : <Words of={error.message} />}</p>
      {faults.length > 1 && (
        <ul>{faults.map((fault) => <li key={fault.pointer + fault.detail}><Words of={fault.detail} /></li>)}</ul>
      )}
      {call?.problem?.provider?.message && <blockquote>{call.problem.provider.message}</blockquote>}
      {call?.status !== 403 && (
        <button type="button" onClick={onRetry} disabled={left > 0}>
          <Icon name="retry" />
          {left > 0 ? `Ask again in ${left} s` : "Ask again"}
        </button>
      )}
      {call?.problem?.requestId && <p className="faint">Request {call.problem.requestId}</p>}
    </div>
  );
}
