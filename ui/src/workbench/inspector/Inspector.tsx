// Right panel: the component, link or design that is chosen; during a run, its figures. It edits through `sketch/store.ts` only.
import { plural } from '../../format';
import { Button, EmptyPlace } from '../../parts';
import { onlyChosen, select, useSelection } from '../canvas/selection';
import { isLocked, useRun } from '../run/store';
import { useSession } from '../session';
import { linkId } from '../sketch/edit';
import { componentOf, flowOf } from '../sketch/ports';
import { draw, useDrawing } from '../sketch/store';
import { ComponentInspector } from './ComponentInspector';
import { Findings } from './Findings';
import css from './Inspector.module.css';
import { LiveInspector } from './LiveInspector';

export function Inspector() {
  const chosen = useSelection(onlyChosen);
  const several = useSelection(({ components }) => components.size);
  const links = useSelection((state) => state.links);
  const locked = useRun(({ status }) => isLocked(status));
  const exists = useDrawing(({ sketch }) => chosen !== null && componentOf(sketch, chosen) !== undefined);
  if (chosen !== null && exists)
    return locked ? <LiveInspector key={chosen} id={chosen} /> : <ComponentInspector key={chosen} id={chosen} />;
  if (several > 1) return <SeveralInspector count={several} locked={locked} />;
  const [link] = links;
  if (link !== undefined) return <LinkInspector id={link} locked={locked} />;
  return <DesignInspector locked={locked} />;
}

function SeveralInspector({ count, locked }: { count: number; locked: boolean }) {
  return (
    <div className={css.scroll}>
      <div className={css.section}>
        <h3>{plural(count, 'component')} chosen</h3>
        <p className={css.caption}>Drag one to move all of them; Shift and an arrow moves them by a step.</p>
        {locked ? null : (
          <Button
            onClick={() => {
              draw.remove(useSelection.getState().components, new Set());
              select.nothing();
            }}
          >
            {`Delete these ${count}`}
          </Button>
        )}
      </div>
    </div>
  );
}

const FLOWS = { call: 'call: the caller waits', queue: 'queue: nobody waits', copy: 'copy: follows, a little late' } as const;

function LinkInspector({ id, locked }: { id: string; locked: boolean }) {
  const sketch = useDrawing((state) => state.sketch);
  const roles = useSession((session) => session.roles);
  const link = sketch.links.find((each) => linkId(each) === id);
  if (link === undefined) return <DesignInspector locked={locked} />;
  const name = (component: string): string => componentOf(sketch, component)?.name ?? component;
  return (
    <div className={css.scroll}>
      <div className={css.section}>
        <h3>
          {name(link.from)} → {name(link.to)}
        </h3>
        <dl className={css.pairs}>
          <div>
            <dt>Port</dt>
            <dd className="mono">{link.port}</dd>
          </div>
          <div>
            <dt>Sort</dt>
            <dd>{FLOWS[flowOf(link, sketch, roles)]}</dd>
          </div>
        </dl>
        {locked ? null : (
          <Button
            onClick={() => {
              draw.remove(new Set(), new Set([id]));
              select.nothing();
            }}
          >
            Delete the link
          </Button>
        )}
      </div>
    </div>
  );
}

function DesignInspector({ locked }: { locked: boolean }) {
  const sketch = useDrawing((state) => state.sketch);
  const title = useSession((session) => session.title);
  const check = useSession((session) => session.check);
  const instances = sketch.components.reduce((sum, component) => sum + component.instances, 0);
  return (
    <>
      <div className={css.head}>
        <h3>{title}</h3>
        <p className={css.caption}>
          {plural(sketch.components.length, 'component')}, {plural(instances, 'instance')}, {plural(sketch.links.length, 'link')}
        </p>
      </div>
      <div className={css.scroll}>
        {locked ? (
          <div className={css.section}>
            <EmptyPlace>Choose a component to see its figures and how to look inside it.</EmptyPlace>
          </div>
        ) : (
          <div className={css.section}>
            <h4 className="cap">Findings</h4>
            {check === null ? <p className={css.caption}>Not checked yet.</p> : <Findings findings={check.diagnostics} named />}
          </div>
        )}
      </div>
    </>
  );
}
