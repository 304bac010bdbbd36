// Asks before a screen is left that holds something which leaving would lose. What is held, and what becomes of it, is in leaving.ts.
import { Button, ErrorPanel, Sheet } from '../parts';
import css from './DesignMenu.module.css';
import { useLeaving } from './leaving';

export function Leaving() {
  const { question, answer } = useLeaving();
  return (
    <Sheet title={question?.title ?? ''} open={question !== null} onClose={() => answer(false)}>
      <div className={css.form} data-testid="leaving">
        <p className="mid">{question?.text}</p>
        {question?.error == null ? null : <ErrorPanel error={question.error} />}
        <div className={css.buttons}>
          <Button onClick={() => answer(false)}>Stay</Button>
          <Button look="stop" onClick={() => answer(true)}>
            {question?.leave}
          </Button>
        </div>
      </div>
    </Sheet>
  );
}
