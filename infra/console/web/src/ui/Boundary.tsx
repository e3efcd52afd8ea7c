import { Component, type ReactNode } from "react";

/** A fault of the page itself is told, and not an empty window. A run that is under way is kept, whatever happens here. */
export class Boundary extends Component<{ children: ReactNode }, { fault: Error | null }> {
  override state: { fault: Error | null } = { fault: null };

  static getDerivedStateFromError(fault: Error) {
    return { fault };
  }

  override render() {
    if (!this.state.fault) return this.props.children;
    return (
      <div className="state" role="alert">
        <h1>The page has failed</h1>
        <p>{this.state.fault.message}</p>
        <p>Nothing is lost: what was sent is kept under its key, and a run goes on once it is resumed.</p>
        <button type="button" className="primary" onClick={() => location.reload()}>Load it anew</button>
      </div>
    );
  }
}
