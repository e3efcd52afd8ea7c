/** A sentence of the API's, in which what is quoted with backticks is a name. */
export function Words({ of }: { of: string }) {
  return <>{of.split("`").map((part, at) => (at % 2 ? <code key={`${at}`}>{part}</code> : part))}</>;
}
