// Two designs side by side: both drawings, what differs marked in each, and the differences in words.
import { useState } from 'react';
import { openDesign } from '../app/designs';
import { Frame } from '../app/Frame';
import { go, routeHash } from '../app/route';
import { useCall } from '../app/useCall';
import { plural } from '../format';
import { Button, ErrorPanel, Select } from '../parts';
import { DrawingThatRan } from '../report/DrawingThatRan';
import type { Design, DesignsComparison } from '../rpc/contract';
import { Changes } from './Changes';
import css from './Compare.module.css';
import { touched } from './touched';

interface Props {
  exercise: string;
  a: string;
  b: string;
}

export function DesignsScreen({ exercise, a, b }: Props) {
  const comparison = useCall('designs_compare', { a, b });
  const page = useCall('exercise', { id: exercise });
  // What was read last stays while another pair is read.
  const [shown, setShown] = useState<DesignsComparison | null>(null);
  if (comparison.value !== null && comparison.value !== shown) setShown(comparison.value);
  const error = comparison.error ?? page.error;
  const options = page.value?.designs.map((design) => ({ value: design.id, label: design.title })) ?? [];
  return (
    <Frame exercise={page.value?.card.title ?? exercise} step="draw">
      <main className={css.page} aria-label="Comparison of two designs">
        <div className={css.sheet}>
          <header className={css.top}>
            <div>
              <h1>Two designs side by side</h1>
              <p className="mid">
                <a href={routeHash({ screen: 'runs', exercise })}>All runs and designs</a>
                {page.value === null ? '' : ` of ${page.value.card.title}`}
              </p>
            </div>
            {options.length === 0 ? null : (
              <div className={css.choice}>
                <Select
                  label="First design"
                  hideLabel
                  value={a}
                  options={options}
                  onChange={(id) => go({ screen: 'designs', exercise, a: id, b })}
                />
                <Select
                  label="Second design"
                  hideLabel
                  value={b}
                  options={options}
                  onChange={(id) => go({ screen: 'designs', exercise, a, b: id })}
                />
                <Button onClick={() => go({ screen: 'designs', exercise, a: b, b: a })}>Swap</Button>
              </div>
            )}
          </header>
          {error === null ? null : <ErrorPanel error={error} onAgain={comparison.error !== null ? comparison.again : page.again} />}
          {shown === null || error !== null ? null : <Both comparison={shown} />}
        </div>
      </main>
    </Frame>
  );
}

function Both({ comparison: { a, b, changes } }: { comparison: DesignsComparison }) {
  const differ = touched(changes);
  return (
    <>
      <div className={css.pair}>
        <Side design={a} differs={differ.a} />
        <Side design={b} differs={differ.b} />
      </div>
      <Changes changes={changes} title={`From ${a.card.title} to ${b.card.title}`} />
    </>
  );
}

function Side({ design, differs }: { design: Design; differs: ReadonlySet<string> }) {
  const { card, exercise, sketch } = design;
  return (
    <section className={css.side} aria-label={card.title}>
      <h3>
        {card.title}
        <span className="dim">{`${plural(sketch.components.length, 'component')}, ${plural(sketch.links.length, 'link')}`}</span>
        <span className={css.grow} />
        <Button small onClick={() => openDesign(exercise, card.id)} aria-label={`Open ${card.title}`}>
          Open
        </Button>
      </h3>
      <DrawingThatRan sketch={sketch} report={null} title={`The drawing of ${card.title}`} differs={differs} />
    </section>
  );
}
