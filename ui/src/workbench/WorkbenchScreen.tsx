// The workbench: where a design is drawn, predicted and run. This is its place in the frame; canvas and panels come next.
import { Frame } from '../app/Frame';
import { useCall } from '../app/useCall';
import { ErrorPanel } from '../parts';

export function WorkbenchScreen({ exercise, design }: { exercise: string; design: string }) {
  const page = useCall('exercise', { id: exercise });
  const opened = useCall('design_open', { id: design });
  const error = page.error ?? opened.error;
  return (
    <Frame exercise={page.value?.card.title ?? exercise} step="draw">
      <main>{error === null ? null : <ErrorPanel error={error} onAgain={opened.again} />}</main>
    </Frame>
  );
}
