// Where a failure happened, in words: what the window was doing when a command failed. It shows nothing itself.
import type { CommandName } from './host';

const DOING: Partial<Record<CommandName, string>> = {
  library: 'Reading the library',
  palette: 'Reading the palette',
  exercise: 'Opening the exercise',
  study: 'Opening the exercise’s study',
  hint: 'Opening a hint',
  solution: 'Opening a solution',
  worksheet_grade: 'Grading the worksheet',
  practice: 'Opening the attempt',
  attempt_begin: 'Beginning an attempt',
  attempt_finish: 'Handing in the attempt',
  note_save: 'Saving a note',
  answers_save: 'Saving the worksheet',
  dive_open: 'Opening a dive',
  diagram: 'Drawing a diagram',
  solution_open: 'Opening a design of the pack',
  design_create: 'Making a design',
  design_open: 'Opening the design',
  design_save: 'Saving the drawing',
  design_rename: 'Renaming the design',
  design_delete: 'Deleting the design',
  check: 'Checking the drawing',
  layout: 'Arranging the drawing',
  prediction_open: 'Reading the prediction',
  prediction_save: 'Saving the prediction',
  run_start: 'Starting the run',
  run_stop: 'Stopping the run',
  run_fault: 'Breaking a part of the run',
  run_open: 'Opening the report',
  setting_get: 'Reading a setting',
  setting_put: 'Keeping a setting',
  sketch_keep: 'Keeping the sketch',
  handed_over: 'Opening a sketch file',
  data_folder: 'Looking at the data folder',
  data_move: 'Moving the data',
  text_size: 'Changing the text size',
};

const isCommand = (place: string): place is CommandName => place in DOING;

/** `Saving the drawing`; a command without words by its name. */
export function placeWords(place: string): string {
  if (place === '') return 'The window';
  return (isCommand(place) ? DOING[place] : undefined) ?? place.replace(/_/g, ' ');
}
