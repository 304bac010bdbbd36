// Explain: why it came out so, and one change to try, in the learner's words; saved as they are written. The change opens as a copy of the drawing that ran.
import { useId, useState } from 'react';
import { useAttempt } from '../app/useOnce';
import { isWithin } from '../charts/RatioChart';
import { clock, ratio } from '../format';
import type { HostError } from '../host';
import { Button, ErrorPanel, Icon, StateIcon } from '../parts';
import { openChange, saveExplanation, useExplain, writeOn } from './explain';
import css from './Explain.module.css';
import type { SectionProps } from './ReportPage';
import { figureLabel, outcome } from './words';

/** The first text of the form, which Explain in the loop leads to. */
export const WHY = 'explain-why';

export function Explain({ record, scenario, clues }: SectionProps & { clues: boolean }) {
  const { report, card } = record;
  const [error, setError] = useState<HostError | null>(null);
  const [attempt, busy] = useAttempt(setError);
  const saveError = useExplain((state) => state.error);
  const change = useExplain((state) => state.written.change);
  return (
    <div className={css.explain}>
      {clues ? <Clues record={record} scenario={scenario} /> : null}
      <Text part="why" id={WHY} label="Why it came out so" rows={4} placeholder={ask(record)} />
      <Text part="change" label="One change to try" rows={2} placeholder="One thing only, so that the next run says whether it was that." />
      <div className={css.actions}>
        <Button disabled={busy} onClick={() => attempt(() => openChange(card.id, report.exercise))}>
          {change.trim() === '' ? 'Open a copy' : 'Open the change as a copy'}
          <Icon name="arrow" />
        </Button>
        <Saved />
      </div>
      <p className="cap">The copy is of the drawing that ran, whatever the design became since.</p>
      {error === null ? null : <ErrorPanel error={error} />}
      {saveError === null ? null : <ErrorPanel error={saveError} onAgain={() => void saveExplanation()} againLabel="Save again" />}
      <Text part="note" label="Note" rows={2} placeholder="Anything else about this run." />
    </div>
  );
}

interface TextProps {
  part: 'why' | 'change' | 'note';
  id?: string;
  label: string;
  rows: number;
  placeholder: string;
}

function Text({ part, id, label, rows, placeholder }: TextProps) {
  const made = useId();
  const text = useExplain((state) => state.written[part]);
  return (
    <div className={css.text}>
      <label htmlFor={id ?? made}>{label}</label>
      <textarea
        id={id ?? made}
        rows={Math.min(16, Math.max(rows, text.split('\n').length + 1))}
        value={text}
        placeholder={placeholder}
        data-testid={`explain-${part}`}
        onChange={(event) => writeOn(part, event.target.value)}
      />
    </div>
  );
}

function Saved() {
  const { unsaved, savedMs, error } = useExplain();
  const said = error !== null ? 'Not saved' : unsaved ? 'Saving' : savedMs === null ? '' : `Saved ${clock(savedMs)}`;
  return (
    <span className="cap" role="status" data-testid="explain-saved">
      {said}
    </span>
  );
}

/** What there is to explain: the prediction that was farthest off, and what saturated first. */
function Clues({ record: { report }, scenario }: SectionProps) {
  const far = report.predictions.filter((each) => each.ratio !== null && !isWithin(each.ratio)).slice(0, 3);
  const first = report.saturated[0];
  if (far.length === 0 && first === undefined) return null;
  return (
    <ul className={css.clues}>
      {far.map((each) => (
        <li key={each.name}>
          <StateIcon state="busy" label="outside a factor of 2" />
          <span>{outcome(each, figureLabel(each.name, report, scenario))}</span>
          <b>{ratio(each.ratio)}</b>
        </li>
      ))}
      {first === undefined ? null : (
        <li>
          <StateIcon state="over" label="saturated" />
          <span>{`${report.components[first.component]?.name ?? first.component} saturated first.`}</span>
        </li>
      )}
    </ul>
  );
}

function ask({ report }: SectionProps['record']): string {
  const first = report.saturated[0];
  const name = first === undefined ? null : (report.components[first.component]?.name ?? first.component);
  return name === null
    ? 'What did the run show that you did not expect? Which figure says so?'
    : `Why was it ${name}? Which figure says so, and what did you not count?`;
}
