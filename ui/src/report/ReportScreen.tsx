// The report of one run, in reading order: what happened, how far off the predictions were, why, detail. It works out nothing that the app did not measure.
import { useEffect, useState } from 'react';
import { Frame } from '../app/Frame';
import { DesignMenu } from '../app/DesignMenu';
import { openDesign } from '../app/designs';
import { useCall } from '../app/useCall';
import { plural, when } from '../format';
import { ErrorPanel, StateIcon } from '../parts';
import type { RunRecord } from '../rpc/contract';
import { closeExplanation, openExplanation } from './explain';
import { goExplain } from './goExplain';
import { ReportPage } from './ReportPage';
import css from './Report.module.css';
import { sums } from './words';

export function ReportScreen({ run }: { run: string }) {
  const record = useCall('run_open', { id: run });
  if (record.value !== null) return <Opened record={record.value} />;
  return (
    <Frame exercise="" step="explain">
      <main className={css.failed}>{record.error === null ? null : <ErrorPanel error={record.error} onAgain={record.again} />}</main>
    </Frame>
  );
}

function Opened({ record }: { record: RunRecord }) {
  const { report, card, learner } = record;
  const page = useCall('exercise', { id: report.exercise });
  const [now_ms] = useState(Date.now);
  useEffect(() => {
    openExplanation(card.id, learner);
    return () => void closeExplanation();
  }, [card.id, learner]);
  const adds = sums(report.load).every((sum) => sum.holds);
  const sound = report.verdict !== 'host_limited' && adds;
  const scenario = page.value?.scenarios.find((each) => each.name === card.scenario);
  return (
    <Frame
      exercise={page.value?.card.title ?? report.exercise}
      design={
        page.value === null ? null : (
          <DesignMenu exercise={page.value} current={card.design_id} title={card.design_title} onChanged={page.again} />
        )
      }
      step="explain"
      leads={{
        ...(page.value?.designs.some(({ id }) => id === card.design_id) === true
          ? { draw: () => openDesign(report.exercise, card.design_id), predict: () => openDesign(report.exercise, card.design_id) }
          : {}),
        explain: goExplain,
      }}
      status={
        <>
          <span>
            <StateIcon state={sound ? 'pass' : 'unknown'} />
            <b>
              {sound ? 'The run is sound' : adds ? 'The laptop was the limit: no verdict' : 'The counts do not add up: no figure is sure'}
            </b>
          </span>
          <span>{`${plural(report.scale.processes, 'process', 'processes')}, all stopped`}</span>
          <span>{`Seed ${report.seed}`}</span>
        </>
      }
      statusRight={<span>{`Kept with ${card.design_title}, ${when(card.started_ms, now_ms)}`}</span>}
    >
      {page.error === null ? null : (
        <div className={css.pageError}>
          <ErrorPanel error={page.error} onAgain={page.again} />
        </div>
      )}
      <ReportPage record={record} exercise={page.value} scenario={scenario} now_ms={now_ms} />
    </Frame>
  );
}
