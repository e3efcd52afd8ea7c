import type { Connection, Source } from "../api";
import { Icon, type IconName } from "../ui/Icon";
import { count, since, type Tone } from "../words";
import { Words } from "../ui/Words";

const LOOKS: Record<string, { tone: Tone; icon: IconName; word: string }> = {
  ok: { tone: "good", icon: "check", word: "answered" },
  partial: { tone: "warn", icon: "question", word: "not all readable" },
  stale: { tone: "warn", icon: "clock", word: "stale" },
  unread: { tone: "neutral", icon: "dash", word: "not read yet" },
  failed: { tone: "bad", icon: "alert", word: "did not answer" },
};

/** What became of a connection over all the pages that are shown: the worst, and the newest of it. */
export function overPages(pages: { sources: Source[] }[]): Source[] {
  const latest = new Map<string, Source>();
  for (const page of pages) {
    for (const source of page.sources) {
      const before = latest.get(source.connection);
      if (!before || before.status === "unread" || (source.status !== "unread" && before.status !== "failed")) {
        latest.set(source.connection, source);
      }
    }
  }
  return [...latest.values()];
}

export const isWhole = (source: Source): boolean => source.status === "ok" || source.status === "unread";

interface Props {
  sources: Source[];
  connections: Connection[];
  busy: boolean;
  onRetry(): void;
}

/** Which connections are in what is shown, and which are not, and why: always in sight unless all is well. */
export function Sources({ sources, connections, busy, onRetry }: Props) {
  const troubled = sources.filter((source) => !isWhole(source));
  const titleOf = (name: string) => connections.find((one) => one.name === name)?.title ?? name;
  if (sources.length === 0) return null;
  return (
    <section className={`sources ${troubled.length ? "troubled" : ""}`} aria-label="Sources">
      <ul className="source-row">
        {sources.map((source) => {
          const look = LOOKS[source.status] ?? { tone: "warn" as Tone, icon: "question" as IconName, word: source.status };
          const aged = source.status === "stale" && source.fetchedAt ? ` since ${since(source.fetchedAt)}` : "";
          return (
            <li key={source.connection} className={`source ${look.tone}`} title={`${titleOf(source.connection)}${source.fetchedAt ? `, read ${since(source.fetchedAt)}` : ""}`}>
              <Icon name={look.icon} />
              <b>{source.connection}</b>
              <span>{look.word}{aged}</span>
            </li>
          );
        })}
        {troubled.length > 0 && (
          <li className="source-retry">
            <button type="button" onClick={onRetry} disabled={busy}>
              <Icon name="retry" />
              {busy ? "Asking" : "Ask again"}
            </button>
          </li>
        )}
      </ul>
      {troubled.length > 0 && (
        <div role="status"><ul className="source-words">
          {troubled.map((source) => (
            <li key={source.connection}>
              <b>{titleOf(source.connection)}</b> <Words of={sentence(source)} />
              {source.problem?.provider?.message && <q>{source.problem.provider.message}</q>}
            </li>
          ))}
        </ul></div>
      )}
    </section>
  );
}

function sentence(source: Source): string {
  if (source.status === "failed") return `is missing from what you see: ${source.problem?.detail ?? "it gave no reason"}`;
  if (source.status === "partial" && source.leftOut) {
    return `is here but for ${count(source.leftOut.count, "row")} that could not be read: ${source.leftOut.reason}`;
  }
  if (source.status === "stale") return `is down. What you see of it is as it was ${source.fetchedAt ? since(source.fetchedAt) : "earlier"}.`;
  return source.problem?.detail ?? "is not all here";
}
