-- What the learner makes of a run: its name, why it came out so, one change to try. Its number in the exercise stays when other runs are deleted.
ALTER TABLE runs ADD COLUMN number INTEGER NOT NULL DEFAULT 0; -- from 1 in the exercise
ALTER TABLE runs ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN why TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN change TEXT NOT NULL DEFAULT '';

UPDATE runs SET number = (
    SELECT count(*) FROM runs AS earlier
    WHERE earlier.exercise = runs.exercise
      AND (earlier.started_ms < runs.started_ms OR (earlier.started_ms = runs.started_ms AND earlier.id <= runs.id))
);
