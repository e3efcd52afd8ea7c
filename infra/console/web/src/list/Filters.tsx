import { useEffect, useRef, useState } from "react";
import type { Connection, Source } from "../api";
import { goTo } from "../address";
import { Icon } from "../ui/Icon";
import { CONTROL, Menu } from "../ui/Menu";
import { label } from "../words";
import { appliers, asked, bridged, type Filter, FILTERS, lacking, paramsOf, said } from "./filters";

interface Props {
  address: URLSearchParams;
  connections: Connection[];
  sources: Source[];
}

/** The filters that are set, each to be changed or taken away, and those there are. */
export function Filters({ address, connections, sources }: Props) {
  const set = FILTERS.filter((filter) => said(filter, address) !== null);
  const change = (filter: Filter, values: Record<string, string>) => {
    const query = new URLSearchParams(address);
    for (const param of paramsOf(filter)) query.delete(param);
    for (const [param, value] of Object.entries(values)) if (value) query.set(param, value);
    query.delete("open");
    goTo(query);
  };
  return (
    <div className="filters" role="group" aria-label="Filters">
      {set.map((filter) => (
        <Chip key={filter.param} filter={filter} address={address} connections={connections} sources={sources} onChange={(values) => change(filter, values)} />
      ))}
      <Menu className="chip add" title="Add a filter" label={<><Icon name="plus" />Filter</>}>
        {(close) => <Adding address={address} connections={connections} onDone={(filter, values) => { close(); if (values) change(filter, values); }} />}
      </Menu>
      {set.length > 1 && <button type="button" className="quiet" onClick={() => goTo("sort=-invoiceDate")}>Clear</button>}
    </div>
  );
}

interface AddingProps {
  address: URLSearchParams;
  connections: Connection[];
  onDone(filter: Filter, values: Record<string, string> | null): void;
}

/** The filters that are not set yet, and the editor of the one that is chosen. */
function Adding({ address, connections, onDone }: AddingProps) {
  const [chosen, setChosen] = useState<Filter | null>(null);
  if (chosen) return <Editor filter={chosen} address={address} connections={connections} onDone={(values) => onDone(chosen, values)} />;
  return (
    <ul className="menu-list">
      {FILTERS.filter((filter) => said(filter, address) === null).map((filter) => {
        const by = appliers(filter, asked(address, connections));
        // Before the connections are known, or where they cannot be read, the API says what it has.
        const known = connections.length > 0;
        const usable = known ? by.has("provider") || by.has("bridge") : filter.param !== "connection";
        const where = [...by].filter(([who]) => who === "absent").flatMap(([, names]) => names);
        return (
          <li key={filter.param}>
            <button type="button" aria-disabled={!usable} onClick={() => usable && setChosen(filter)}>
              <span>{filter.name}</span>
              {!known ? filter.param === "connection" && <small>the connections are not known yet</small>
                : !usable ? <small>none of these providers has it</small>
                : where.length ? <small>not at {where.join(", ")}</small>
                : !by.has("provider") ? <small>applied by the bridge</small>
                : null}
            </button>
          </li>
        );
      })}
    </ul>
  );
}

interface ChipProps extends Props {
  filter: Filter;
  onChange(values: Record<string, string>): void;
}

function Chip({ filter, address, connections, sources, onChange }: ChipProps) {
  const by = bridged(filter.param, sources);
  const none = lacking(filter.param, sources);
  const text = said(filter, address);
  const note = [
    by.length ? `Applied by the bridge for ${by.join(", ")}.` : "",
    none.length ? `${none.join(", ")} ${none.length === 1 ? "has" : "have"} no such data: no invoice of ${none.length === 1 ? "it" : "them"} is shown.` : "",
  ].join(" ").trim();
  return (
    <span className={`chip set ${none.length ? "lacking" : ""}`} title={note || undefined}>
      <Menu title={filter.name} className="chip-part" label={<><span>{filter.name}</span> <b>{text}</b>{by.length > 0 && <i className="by-bridge">bridge</i>}{none.length > 0 && <Icon name="alert" />}{note && <span className="hidden">{note}</span>}</>}>
        {(close) => <Editor filter={filter} address={address} connections={connections} onDone={(values) => { close(); if (values) onChange(values); }} />}
      </Menu>
      <button type="button" className="chip-part remove" aria-label={`Remove the filter ${filter.name}`} onClick={() => onChange({})}>
        <Icon name="cross" />
      </button>
    </span>
  );
}

interface EditorProps {
  filter: Filter;
  address: URLSearchParams;
  connections: Connection[];
  onDone(values: Record<string, string> | null): void;
}

function Editor({ filter, address, connections, onDone }: EditorProps) {
  const { param, kind } = filter;
  const form = useRef<HTMLFormElement>(null);
  // The button that chose the filter is gone, and the focus would be with it.
  useEffect(() => form.current?.querySelector<HTMLElement>(CONTROL)?.focus(), []);
  const from = `${param}[gte]`;
  const to = `${param}[lte]`;
  const first = (name: string, other: string) => address.get(name) ?? address.get(other) ?? address.get(param) ?? "";
  return (
    <form
      ref={form}
      className="editor"
      onSubmit={(event) => {
        event.preventDefault();
        const data = new FormData(event.currentTarget);
        const text = (name: string) => String(data.get(name) ?? "").trim();
        if (kind === "words") onDone({ [param]: data.getAll(param).join(",") });
        else if (kind === "days" || kind === "amounts") onDone({ [from]: text(from), [to]: text(to) });
        else onDone({ [param]: text(param).split(",").map((item) => item.trim()).filter(Boolean).join(",") });
      }}
    >
      <h3>{filter.name}</h3>
      {kind === "words" && (
        <fieldset>
          <legend className="hidden">Any of</legend>
          {(filter.words ?? connections.map((one) => one.name)).map((word) => (
            <label key={word} className="check">
              <input type="checkbox" name={param} value={word} defaultChecked={address.get(param)?.split(",").includes(word)} />
              {filter.words ? label(word) : (connections.find((one) => one.name === word)?.title ?? word)}
            </label>
          ))}
        </fieldset>
      )}
      {(kind === "days" || kind === "amounts") && (
        <div className="two">
          <label>From<input name={from} {...entry(kind)} defaultValue={first(from, `${param}[gt]`)} /></label>
          <label>To<input name={to} {...entry(kind)} defaultValue={first(to, `${param}[lt]`)} /></label>
        </div>
      )}
      {kind === "texts" && (
        <label>Any of, with commas between<input name={param} defaultValue={address.get(param) ?? ""} placeholder={filter.hint} autoComplete="off" /></label>
      )}
      {kind === "yes-no" && (
        <label>Shown<select name={param} defaultValue={address.get(param) ?? "true"}><option value="true">Yes</option><option value="false">No</option></select></label>
      )}
      <footer>
        <button type="button" className="quiet" onClick={() => onDone(null)}>Cancel</button>
        <button type="submit" className="primary">Apply</button>
      </footer>
    </form>
  );
}

function entry(kind: "days" | "amounts") {
  return kind === "days"
    ? { type: "date" }
    : { type: "text", inputMode: "decimal" as const, pattern: "-?[0-9]+([.][0-9]+)?", title: "A decimal, such as 100.00" };
}
