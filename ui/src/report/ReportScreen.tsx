// The report of one run.
import { Frame } from '../app/Frame';
import { useCall } from '../app/useCall';
import { ErrorPanel } from '../parts';

export function ReportScreen({ run }: { run: string }) {
  const record = useCall('run_open', { id: run });
  return (
    <Frame exercise={record.value?.report.exercise ?? ''} step="explain">
      <main>
        {record.error === null ? null : <ErrorPanel error={record.error} onAgain={record.again} />}
        <h1>{record.value === null ? 'Run' : `Run ${record.value.card.number}`}</h1>
      </main>
    </Frame>
  );
}
