import { label, type Tone, tone } from "../words";
import { Icon, type IconName } from "./Icon";
import { Unsaid } from "./Value";

const ICONS: Record<Tone, IconName> = { neutral: "dash", info: "clock", good: "check", warn: "question", bad: "alert" };

/** A word of a state: told by word, icon and colour. The provider's own word is its title. */
export function Badge({ word, own, as }: { word: string; own?: string | null; as?: Tone }) {
  // A word that is not known is told; where there is none, there is nothing to tell.
  if (word === "unknown" && own === null) return <Unsaid />;
  const of = as ?? tone(word);
  return (
    <span className={`badge ${of}`} title={own ? `The provider says ${own}` : undefined}>
      <Icon name={word === "rejected" || word === "canceled" ? "cross" : ICONS[of]} />
      {label(word)}
    </span>
  );
}
