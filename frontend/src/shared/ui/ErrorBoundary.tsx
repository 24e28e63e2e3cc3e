import { Component, type ReactNode } from "react";

import { ErrorState } from "./states";

interface State {
  error: Error | null;
}

/** A page that fails shows its error in place; the frame around it goes on. */
export class ErrorBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: unknown): State {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return <ErrorState error={error} retry={() => this.setState({ error: null })} />;
  }
}
