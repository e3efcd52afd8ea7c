import { useState } from "react";
import { hrefOf } from "../address";
import { useStore } from "../store";
import { Icon } from "../ui/Icon";
import { Menu } from "../ui/Menu";
import { builtIn, ownViews, same } from "../views";

/** The views as tabs, and what can be done with the one that is shown. */
export function Views({ question }: { question: string }) {
  const own = useStore(ownViews);
  const [copied, setCopied] = useState(false);
  const all = [...builtIn(), ...own];
  const mine = own.find((view) => same(view.query, question));
  const copy = async () => {
    await navigator.clipboard.writeText(location.origin + hrefOf(question));
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <div className="view-row">
      <nav className="views" aria-label="Views">
        {all.map((view) => (
          <a key={view.name} href={hrefOf(view.query)} aria-current={same(view.query, question) ? "true" : undefined}>{view.name}</a>
        ))}
      </nav>
      <div className="view-tools">
        {mine ? (
          <button type="button" className="quiet" onClick={() => ownViews.set(own.filter((view) => view !== mine))}>Forget this view</button>
        ) : (
          !all.some((view) => same(view.query, question)) && (
            <Menu className="quiet" title="Keep this view" label={<><Icon name="star" />Keep</>}>
              {(close) => (
                <form
                  className="editor"
                  onSubmit={(event) => {
                    event.preventDefault();
                    const name = String(new FormData(event.currentTarget).get("name")).trim();
                    if (name) ownViews.set([...own.filter((view) => view.name !== name), { name, query: question }]);
                    close();
                  }}
                >
                  <label>Name of this view<input name="name" required maxLength={40} autoComplete="off" /></label>
                  <footer><button type="submit" className="primary">Keep</button></footer>
                </form>
              )}
            </Menu>
          )
        )}
        <button type="button" className="quiet" onClick={() => void copy()}>
          <Icon name="link" />
          <span role="status">{copied ? "Copied" : "Copy link"}</span>
        </button>
      </div>
    </div>
  );
}
