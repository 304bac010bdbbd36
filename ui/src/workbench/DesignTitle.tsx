// The design's title in the top bar; choosing it renames it.
import { useState } from 'react';
import { asHostError } from '../host';
import { Button, Icon } from '../parts';
import css from './Workbench.module.css';
import { rename, useSession } from './session';

export function DesignTitle() {
  const title = useSession((session) => session.title);
  const [typed, setTyped] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  if (typed === null) {
    return (
      <Button
        look="quiet"
        data-testid="design-title"
        aria-label={`Design: ${title}. Rename`}
        onClick={() => {
          setProblem(null);
          setTyped(title);
        }}
      >
        {title}
        <Icon name="edit" size={12} />
      </Button>
    );
  }
  const done = (): void => {
    setTyped(null);
    rename(typed).catch((thrown: unknown) => setProblem(asHostError(thrown).message));
  };
  return (
    <span className={css.renaming}>
      <input
        aria-label="Title of the design"
        data-testid="design-title-field"
        value={typed}
        maxLength={80}
        ref={(element) => element?.focus()}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={done}
        onKeyDown={(event) => {
          if (event.key === 'Enter') done();
          if (event.key === 'Escape') setTyped(null);
        }}
      />
      {problem === null ? null : <span role="alert">{problem}</span>}
    </span>
  );
}
