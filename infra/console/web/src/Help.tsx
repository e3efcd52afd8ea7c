import { KEYS, keysAreOn } from "./keys";
import { useStore } from "./store";
import { Dialog } from "./ui/Dialog";

export function Help({ onClose }: { onClose(): void }) {
  const on = useStore(keysAreOn);
  return (
    <Dialog title="Keys" onClose={onClose}>
      <div className="dialog-body">
        <label className="check">
          <input type="checkbox" checked={on} onChange={(event) => keysAreOn.set(event.target.checked)} />
          Single keys are on
        </label>
        <table className="plain keys">
          <caption className="hidden">What each key does</caption>
          <tbody>
            {KEYS.map(([key, meaning]) => (
              <tr key={key}>
                <th scope="row">{key.split(" ").map((part) => <kbd key={part}>{part}</kbd>)}</th>
                <td>{meaning}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <footer className="dialog-foot">
        <a href="/console/licenses.txt" target="_blank" rel="noreferrer">Licences</a>
        <button type="button" className="primary" onClick={onClose}>Done</button>
      </footer>
    </Dialog>
  );
}
