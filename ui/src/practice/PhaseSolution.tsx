// What was shut of a phase: what a good answer has above and below the line, answers by subsystem, red flags, the text with its diagrams, and
// the rubric. It is shown only once the app has given it out.
import { Brief } from '../app/Brief';
import { plural } from '../format';
import { StateIcon } from '../parts';
import type { ExpectedItem, RubricPoint, Solution } from '../rpc/contract';
import css from './Practice.module.css';
import { usePractice } from './store';
import { lower } from './words';

export function PhaseSolution({ solution }: { solution: Solution }) {
  const exercise = usePractice((state) => state.exercise);
  const above = solution.expected.filter((each) => each.above);
  const below = solution.expected.filter((each) => !each.above);
  return (
    <section className={css.solution} aria-labelledby="solution" data-testid="solution">
      <h3 id="solution" className={css.solutionTitle}>
        Worked solution
      </h3>
      <div className={css.solutionColumns}>
        <div className={css.column}>
          {above.length === 0 ? null : <Expected title="Above the line: in the design" items={above} />}
          {below.length === 0 ? null : <Expected title="Below the line: named and left out" items={below} />}
          <div className={css.prose}>
            <Brief html={lower(solution.html, 2)} exercise={exercise} />
          </div>
        </div>
        <div className={css.column}>
          {solution.asks.length === 0 ? null : (
            <section>
              <h4>Part by part</h4>
              <dl className={css.asks}>
                {solution.asks.map((ask) => (
                  <div key={ask.subsystem}>
                    <dt>{ask.subsystem}</dt>
                    <dd>
                      <p className="dim">{ask.prompt}</p>
                      <Brief html={ask.answer_html} exercise={exercise} />
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          )}
          {solution.red_flags.length === 0 ? null : (
            <section>
              <h4>Red flags</h4>
              <ul className={css.flags}>
                {solution.red_flags.map((flag) => (
                  <li key={flag}>
                    <StateIcon state="busy" label="Red flag" />
                    <Brief html={flag} exercise={exercise} />
                  </li>
                ))}
              </ul>
            </section>
          )}
          {solution.rubric.length === 0 ? null : <Rubric points={solution.rubric} />}
        </div>
      </div>
    </section>
  );
}

function Expected({ title, items }: { title: string; items: readonly ExpectedItem[] }) {
  const exercise = usePractice((state) => state.exercise);
  return (
    <section>
      <h4>{title}</h4>
      <dl className={css.asks}>
        {items.map((item) => (
          <div key={item.what}>
            <dt>{item.what}</dt>
            <dd>
              <Brief html={item.why_html} exercise={exercise} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Rubric({ points }: { points: readonly RubricPoint[] }) {
  const exercise = usePractice((state) => state.exercise);
  return (
    <section>
      <h4>What it is judged by</h4>
      <ul className={css.rubric}>
        {points.map((point) => (
          <li key={point.id}>
            <p>
              {point.what} <span className="dim nowrap">{plural(point.points, 'point')}</span>
            </p>
            {point.anchors.length === 0 ? null : (
              <details>
                <summary>What each level sounds like</summary>
                <dl className={css.asks}>
                  {point.anchors.map((anchor) => (
                    <div key={anchor.level}>
                      <dt>{anchor.level}</dt>
                      <dd>
                        <Brief html={anchor.html} exercise={exercise} />
                      </dd>
                    </div>
                  ))}
                </dl>
              </details>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
