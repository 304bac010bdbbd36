// The estimation worksheet: what is given with its source, what is asked, and after handing in each answer beside the worked one with how far
// off it was. The arithmetic is the app's; nothing is worked out here.
import { number, ratio } from '../format';
import { Button, OriginMark, StateIcon } from '../parts';
import type { AskedNumber, Worksheet, WorksheetGrade } from '../rpc/contract';
import { useOpen } from './Finish';
import css from './Worksheet.module.css';
import { OffBar } from './OffBar';
import { answer, handInAnswers, usePractice } from './store';
import { closeness, off } from './words';

export function WorksheetPart({ sheet }: { sheet: Worksheet }) {
  const grades = usePractice((state) => state.grades);
  const answers = usePractice((state) => state.answers);
  const handed = usePractice((state) => state.handed);
  const open = useOpen();
  const filled = sheet.asked.filter(({ id }) => !handed.has(id) && (answers[id] ?? '').trim() !== '').length;
  const left = sheet.asked.length - handed.size - filled;
  return (
    <section className={css.sheet} aria-labelledby="worksheet">
      <div className={css.head}>
        <h3 id="worksheet">Worksheet</h3>
        {grades === null || handed.size === 0 ? null : <span className="dim">{closeness(grades, sheet.tolerance)}</span>}
      </div>
      <h4 className={css.cap}>Given</h4>
      <dl className={css.given}>
        {sheet.given.map((given) => (
          <div key={given.id}>
            <dt>{given.label}</dt>
            <dd>
              <b>{given.shown}</b>
              <OriginMark tag="assumed" source={given.source} of={given.label} />
            </dd>
          </div>
        ))}
      </dl>
      <h4 className={css.cap}>Asked</h4>
      <p
        className={css.about}
      >{`Write a number as you would say it: 35, 1.2K, 1M tweets/day. Right is within a factor of ${number(sheet.tolerance)}.`}</p>
      <ol className={css.asked}>
        {sheet.asked.map((asked) => (
          <Line
            key={asked.id}
            asked={asked}
            tolerance={sheet.tolerance}
            grade={grades?.grades.find(({ id }) => id === asked.id) ?? null}
            fixed={handed.has(asked.id) || !open}
          />
        ))}
      </ol>
      {left + filled === 0 || !open ? null : (
        <div className={css.handIn}>
          <Button look="primary" disabled={filled === 0} data-testid="hand-in-answers" onClick={() => void handInAnswers()}>
            {filled === 0 ? 'Hand in answers' : `Hand in ${filled} of ${sheet.asked.length} answers`}
          </Button>
          <p className={css.about}>
            {filled === 0
              ? 'Fill in one or more: their worked answers open then.'
              : 'What is handed in no longer changes. Blanks can follow.'}
          </p>
        </div>
      )}
    </section>
  );
}

interface LineProps {
  asked: AskedNumber;
  tolerance: number;
  grade: WorksheetGrade | null;
  fixed: boolean;
}

function Line({ asked, tolerance, grade, fixed }: LineProps) {
  const text = usePractice((state) => state.answers[asked.id] ?? '');
  const field = `answer-${asked.id}`;
  const problem = grade?.problem ?? null;
  return (
    <li className={css.line} data-testid={`line-${asked.id}`}>
      <div>
        <label htmlFor={field} className={css.label}>
          {asked.label}
        </label>
        <p id={`${field}-prompt`} className={css.prompt}>
          {asked.prompt}
        </p>
      </div>
      <div>
        <span className={problem === null || fixed ? css.field : css.wrongField}>
          <input
            id={field}
            className={css.input}
            value={text}
            readOnly={fixed}
            autoComplete="off"
            spellCheck={false}
            aria-invalid={problem !== null && !fixed}
            aria-describedby={problem === null ? `${field}-prompt ${field}-unit` : `${field}-prompt ${field}-unit ${field}-problem`}
            onChange={(event) => answer(asked.id, event.target.value)}
          />
          <span id={`${field}-unit`} className={css.unit}>
            {asked.unit}
          </span>
        </span>
        {problem === null || fixed ? null : (
          <p id={`${field}-problem`} className={css.problem}>
            {`Not read: ${problem}.`}
          </p>
        )}
      </div>
      {grade?.worked == null ? null : <Worked grade={grade} tolerance={tolerance} unit={asked.unit} />}
    </li>
  );
}

function Worked({ grade, tolerance, unit }: { grade: WorksheetGrade; tolerance: number; unit: string }) {
  const { worked, said, near } = grade;
  if (worked === null) return null;
  return (
    <div className={css.worked} data-testid={`worked-${grade.id}`}>
      <div className={css.verdict}>
        {said === null ? (
          <span className="dim">skipped</span>
        ) : (
          <>
            <span className={css.you}>{`you: ${number(said, 4)} ${unit}`}</span>
            <b>{`worked: ${worked.shown}`}</b>
            <span className={css.off}>
              <StateIcon state={near === true ? 'pass' : 'busy'} label={near === true ? 'near enough' : 'too far off'} />
              {grade.ratio === null ? 'cannot be compared' : `${ratio(grade.ratio)}, ${off(grade.ratio)}`}
            </span>
          </>
        )}
        {said === null ? <b>{`worked: ${worked.shown}`}</b> : null}
      </div>
      {grade.ratio === null ? null : <OffBar ratio={grade.ratio} tolerance={tolerance} />}
      <p className={css.arithmetic}>{worked.arithmetic}</p>
      <p className={css.so}>{worked.so}</p>
    </div>
  );
}
