// The open design in the top bar: its title, and the menu of all designs of the exercise.
import { DesignMenu } from '../app/DesignMenu';
import { refresh, useSession } from './session';
import { useDrawing } from './sketch/store';

const drawing = () => useDrawing.getState().sketch;

export function DesignTitle() {
  const exercise = useSession((session) => session.exercise);
  const design = useSession((session) => session.design);
  const title = useSession((session) => session.title);
  if (exercise === null) return null;
  return <DesignMenu exercise={exercise} current={design} title={title} drawing={drawing} onChanged={() => void refresh()} />;
}
