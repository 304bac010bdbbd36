// What is shown when the window itself fails: the reason and a way on, instead of an empty page. It is for our bugs; failures of calls are shown where they happen.
import { Component, type ErrorInfo, type ReactNode } from 'react';
import { HostError } from '../host';
import { ErrorPanel } from '../parts';
import css from './Fallen.module.css';
import { go } from './route';

interface State {
  error: Error | null;
}

export class Fallen extends Component<{ children: ReactNode }, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(thrown: unknown): State {
    return { error: thrown instanceof Error ? thrown : new Error(String(thrown)) };
  }

  override componentDidCatch(error: Error, info: ErrorInfo): void {
    console.error('The window failed.', error, info.componentStack);
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <main className={css.page}>
        <h1>The window failed</h1>
        <ErrorPanel
          error={
            new HostError({
              code: 'window',
              message: error.message,
              hint: 'Your drawings and runs are saved. Go back to the library and on from there.',
            })
          }
          againLabel="Library"
          onAgain={() => {
            go({ screen: 'library' });
            this.setState({ error: null });
          }}
        />
      </main>
    );
  }
}
