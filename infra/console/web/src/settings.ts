/** What the function tells of who signs people in; all of it is public. */
export interface Settings {
  issuer: string;
  clientId: string;
  scope: string;
  writeScope: string;
  audience: string | null;
}

export async function readSettings(): Promise<Settings> {
  const answer = await fetch("/console/config.json", { cache: "no-cache" });
  if (!answer.ok) throw new Error(`The console's settings cannot be read (${answer.status}).`);
  return (await answer.json()) as Settings;
}
