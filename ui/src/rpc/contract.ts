// Written by `LOADLINE_WRITE_CONTRACT=1 cargo test -p loadline-app contract`. Do not edit: change crates/app/src/contract.rs.

export type Ability = { 
/**
 * Second line of the box: `4 workers, 1.25 ms`.
 */
short: string, 
/**
 * Third line of the box: `3.2K/s each`.
 */
each: string, 
/**
 * By operation: `4 ÷ 1.25 ms = 3,200/s each, 22.4K/s in all`.
 */
lines: Array<AbilityLine>, };

export type AbilityLine = { 
/**
 * Operation for people.
 */
operation: string, 
/**
 * The arithmetic.
 */
text: string, };

export type About = { 
/**
 * `0.1.0`.
 */
version: string, 
/**
 * Commit that it was built from, or how it was built.
 */
build: string, 
/**
 * `Debian GNU/Linux 12 (bookworm), x86_64`.
 */
system: string, 
/**
 * What draws the window, with its version.
 */
webview: string, 
/**
 * Cores of this machine, as a run counts them.
 */
cores: number, };

export type AnsweredAsk = { 
/**
 * Which part of the system.
 */
subsystem: string, 
/**
 * The question.
 */
prompt: string, 
/**
 * Sanitised HTML.
 */
answer_html: string, };

export type AppSetting = { 
/**
 * `theme`, `panel.left` ...
 */
key: string, 
/**
 * Absent: not set.
 */
value: string | null, };

export type AskedNumber = { 
/**
 * Its name.
 */
id: string, 
/**
 * Name for people.
 */
label: string, 
/**
 * The question.
 */
prompt: string, 
/**
 * The unit that an answer is in, unless it says another.
 */
unit: string, };

export type Attempt = { 
/**
 * Number and times.
 */
card: AttemptCard, 
/**
 * What was written.
 */
notes: Array<AttemptNote>, 
/**
 * The worksheet.
 */
answers: Array<AttemptAnswer>, 
/**
 * Hints that were opened, by phase and number.
 */
hints: Array<OpenedHint>, 
/**
 * Solutions that were opened.
 */
solutions: Array<OpenedSolution>, };

export type AttemptAnswer = { 
/**
 * Quantity.
 */
id: string, 
/**
 * As it was typed.
 */
text: string, 
/**
 * When it was handed in, ms since 1970: it no longer changes then.
 */
handed_ms: number | null, };

export type AttemptCard = { 
/**
 * From 1 in the exercise.
 */
number: number, 
/**
 * Milliseconds since 1970.
 */
started_ms: number, 
/**
 * Milliseconds since 1970; absent while it goes on.
 */
finished_ms: number | null, };

export type AttemptNote = { 
/**
 * Of what.
 */
part: StudyPart, 
/**
 * Which one.
 */
id: string, 
/**
 * As it was written.
 */
text: string, 
/**
 * Milliseconds since 1970.
 */
saved_ms: number, };

export type BundledDesign = { 
/**
 * `good`.
 */
name: string, 
/**
 * Name for people.
 */
title: string, 
/**
 * A sentence.
 */
summary: string, 
/**
 * How good it is known to be.
 */
order: DesignOrder, 
/**
 * Components in it.
 */
components: number, 
/**
 * True: it opens only when the learner insists, see [`SolutionOpen`].
 */
shut: boolean, 
/**
 * When it was opened before an attempt, milliseconds since 1970; absent where it was not.
 */
opened_ms: number | null, };

export type ById = { 
/**
 * Its id.
 */
id: string, };

export type Cards = { 
/**
 * In the pack's order.
 */
cards: Array<ReviewCard>, };

export type Change = { 
/**
 * What sort it is.
 */
kind: ChangeKind, 
/**
 * Component in the first drawing that it is about.
 */
a: string | null, 
/**
 * Component in the second drawing that it is about.
 */
b: string | null, 
/**
 * In words: `Feed service: 4 → 7 instances`.
 */
text: string, 
/**
 * False: the system runs as before (a name, a place, a comment).
 */
runs: boolean, };

export type ChangeKind = "added" | "removed" | "changed";

export type Check = { 
/**
 * Findings, worst first.
 */
diagnostics: Array<Diagnostic>, 
/**
 * What each component can do, by id.
 */
abilities: { [key in string]: Ability }, 
/**
 * What the run takes; absent when the drawing cannot run.
 */
plan: PlanPreview | null, };

export type CheckRequest = { 
/**
 * Exercise id.
 */
exercise: string, 
/**
 * How it would be run.
 */
wish: RunWish, 
/**
 * The drawing.
 */
sketch: Sketch, };

export type Comment = { 
/**
 * Unique among the comments: lower-case letters, digits and dashes.
 */
id: string, 
/**
 * Plain text; at most [`MAX_TEXT`] characters.
 */
text: string, 
/**
 * Top left corner on the canvas, in canvas pixels.
 */
at: [number, number], 
/**
 * Width and height, in canvas pixels.
 */
size: [number, number], };

export type CompareGroup = { 
/**
 * `Timeline read`.
 */
title: string, 
/**
 * What they are, in a few words.
 */
remark: string, 
/**
 * One a figure.
 */
rows: Array<CompareRow>, };

export type CompareRow = { 
/**
 * Name of the figure.
 */
name: string, 
/**
 * Name for people.
 */
label: string, 
/**
 * Unit of both, and of the difference.
 */
unit: string, 
/**
 * Origin of both.
 */
tag: Tag, 
/**
 * In the first; absent: unknown.
 */
a: number | null, 
/**
 * In the second; absent: unknown.
 */
b: number | null, 
/**
 * Second − first.
 */
difference: number | null, 
/**
 * Second ÷ first; absent where the first is 0.
 */
ratio: number | null, 
/**
 * What can be said of the difference.
 */
says: CompareSays, };

export type CompareSays = "same" | "differs" | "unknown";

export type ComparedRun = { 
/**
 * Id of the run; empty for a report from a file.
 */
id: string, 
/**
 * `Run 14`, or the name of the file.
 */
title: string, 
/**
 * The learner's name for it, mostly empty.
 */
name: string, 
/**
 * Title of the design that ran.
 */
design: string, 
/**
 * Scenario name.
 */
scenario: string, 
/**
 * Seed.
 */
seed: number, 
/**
 * What it says.
 */
verdict: Verdict, 
/**
 * Targets met and missed, and how many there were.
 */
targets: [number, number, number], 
/**
 * The drawing that ran; absent where the report does not hold it.
 */
sketch: Sketch | null, };

export type Comparison = { 
/**
 * Exercise id of both.
 */
exercise: string, 
/**
 * The first.
 */
a: ComparedRun, 
/**
 * The second.
 */
b: ComparedRun, 
/**
 * True: the same load in the same situation at the same scale, and both runs sound.
 */
like_for_like: boolean, 
/**
 * What the two were given that is not the same, the drawing apart.
 */
inputs: Array<InputDifference>, 
/**
 * What differs between the drawings that ran; absent where a report does not hold its drawing.
 */
changes: Array<Change> | null, 
/**
 * How far the figures below may be trusted, in sentences.
 */
cautions: Array<string>, 
/**
 * Figures, in reading order.
 */
groups: Array<CompareGroup>, };

export type Component = { 
/**
 * Unique in the sketch: lower-case letters, digits and dashes.
 */
id: string, 
/**
 * Role in the catalog (`feed`, `kv`, `sql_primary` ...).
 */
role: string, 
/**
 * Name on the box.
 */
name: string, 
/**
 * How many run.
 */
instances: number, 
/**
 * Only what differs from the catalog's defaults.
 */
settings?: { [key in string]: SettingValue }, 
/**
 * Top left corner on the canvas, in canvas pixels.
 */
at: [number, number], };

export type ComponentReport = { 
/**
 * Name on the box.
 */
name: string, 
/**
 * Role in the catalog.
 */
role: string, 
/**
 * Instances that ran.
 */
instances: number, 
/**
 * Busy share of all workers, 0 to 1.
 */
utilisation: number, 
/**
 * What the closed form expects, 0 and up (over 1: more than it can do); absent when unknown.
 */
utilisation_modelled: number | null, 
/**
 * Waiting requests, 99th percentile over samples and instances.
 */
queue_p99: number, 
/**
 * Wait for a worker, ms of life.
 */
wait_ms_p50: number | null, 
/**
 * Wait for a worker, ms of life.
 */
wait_ms_p99: number | null, 
/**
 * Served a second.
 */
served_per_s: number, 
/**
 * Asked a second: served and refused.
 */
asked_per_s: number, 
/**
 * Refused because the queue was full.
 */
refused: number, 
/**
 * CPU seconds of its processes, by the operating system.
 */
cpu_s: number, 
/**
 * Resident memory of its processes at the end, MB.
 */
rss_mb: number, 
/**
 * Hits ÷ (hits + misses); absent where nothing is cached.
 */
hit_ratio: number | null, 
/**
 * 99th percentile of replication lag, ms of life; absent where nothing is copied.
 */
replication_lag_ms_p99: number | null, 
/**
 * Mean lateness of its answers against their promised finish, wall ms.
 */
overrun_ms: number, 
/**
 * Other counters of the role, summed over instances.
 */
counters: Record<string, number>, 
/**
 * By instance.
 */
each: Array<InstanceReport>, };

export type ComponentTick = { 
/**
 * Busy share of its workers, 0 to 1.
 */
utilisation: number, 
/**
 * What the closed form expects at the rate that is offered now, 0 and up; absent when unknown.
 */
utilisation_modelled: number | null, 
/**
 * Waiting requests over all instances.
 */
queue: number, 
/**
 * Served a second of life.
 */
per_s: number, 
/**
 * Refused a second of life.
 */
refused_per_s: number, 
/**
 * Failed for other reasons, a second of life.
 */
failed_per_s: number, 
/**
 * CPU cores that its processes use.
 */
cpu: number, 
/**
 * Resident memory of its processes, MB.
 */
rss_mb: number, 
/**
 * Hits ÷ (hits + misses) so far.
 */
hit_ratio: number | null, 
/**
 * Replication lag now, ms of life, worst instance.
 */
lag_ms: number | null, 
/**
 * Utilisation by instance; null for one that is gone.
 */
each: Array<number | null>, };

export type Condition = { 
/**
 * Every component of this role has it.
 */
role: string, 
/**
 * One of the role's settings.
 */
setting: string, 
/**
 * In the setting's unit.
 */
value: SettingValue, 
/**
 * Where the figure comes from.
 */
source: string, };

export type DataBackup = { 
/**
 * Path of the file.
 */
file: string, 
/**
 * Its size in bytes.
 */
bytes: number, 
/**
 * Milliseconds since 1970.
 */
made_ms: number, 
/**
 * `daily`, `migration` or `import`.
 */
reason: string, };

export type DataFile = { 
/**
 * Its path.
 */
path: string, };

export type DataFolder = { 
/**
 * The whole path.
 */
folder: string, 
/**
 * Who says so.
 */
chosen_by: FolderChosenBy, 
/**
 * Everything in it, bytes.
 */
bytes: number, };

export type DataMove = { 
/**
 * The whole path of the folder.
 */
folder: string, 
/**
 * True: use the data that is there already, and copy nothing. False: copy the data of now to it; it must be empty.
 */
take: boolean, };

export type DataMoved = { 
/**
 * Where the data is now.
 */
now: DataFolder, 
/**
 * Where it was, and still lies.
 */
before: string, 
/**
 * Files that were copied and compared.
 */
files: number, };

export type DataNotice = { 
/**
 * Milliseconds since 1970.
 */
at_ms: number, 
/**
 * One sentence.
 */
title: string, 
/**
 * What was brought over, what is lost, where the damaged file is.
 */
lines: Array<string>, };

export type DataPlace = { 
/**
 * The folder.
 */
folder: string, 
/**
 * Size of the database with its log, bytes.
 */
database_bytes: number, 
/**
 * Newest first.
 */
backups: Array<DataBackup>, };

export type DataSummary = { 
/**
 * Path of the file.
 */
path: string, 
/**
 * Its size in bytes.
 */
bytes: number, 
/**
 * Designs.
 */
designs: number, 
/**
 * Runs.
 */
runs: number, 
/**
 * Attempts.
 */
attempts: number, };

export type Design = { 
/**
 * Its card.
 */
card: DesignCard, 
/**
 * Exercise id.
 */
exercise: string, 
/**
 * The drawing.
 */
sketch: Sketch, 
/**
 * Expected by the next save.
 */
revision: number, 
/**
 * The window's undo history, where it was kept for this very drawing.
 */
history: string | null, };

export type DesignCard = { 
/**
 * Id in the store.
 */
id: string, 
/**
 * Name on the tab.
 */
title: string, 
/**
 * Bundled design that it began as.
 */
based_on: string | null, 
/**
 * Milliseconds since 1970.
 */
updated_ms: number, };

export type DesignCreate = { 
/**
 * Exercise id.
 */
exercise: string, 
/**
 * Bundled design to copy; absent: an empty drawing (with a client).
 */
from: string | null, 
/**
 * Design of the learner to copy.
 */
copy_of: string | null, 
/**
 * Title; absent: one is made up.
 */
title: string | null, };

export type DesignHistorySave = { 
/**
 * Design id.
 */
id: string, 
/**
 * The revision that it belongs to.
 */
revision: number, 
/**
 * The window's own JSON.
 */
history: string, };

export type DesignOrder = "naive" | "good" | "better";

export type DesignRename = { 
/**
 * Design id.
 */
id: string, 
/**
 * New title.
 */
title: string, };

export type DesignSave = { 
/**
 * Design id.
 */
id: string, 
/**
 * The drawing.
 */
sketch: Sketch, 
/**
 * The revision that it was made from: the one of the opening or of the save before.
 */
revision: number, };

export type DesignSaved = { 
/**
 * Milliseconds since 1970.
 */
saved_ms: number, 
/**
 * Expected by the next save.
 */
revision: number, 
/**
 * The design had been saved in another window since it was opened here: what was to be saved is this new design, and the other is as it was.
 */
copy: Design | null, };

export type DesignVersion = { 
/**
 * From 1 in the design.
 */
number: number, 
/**
 * When it was kept, milliseconds since 1970.
 */
saved_ms: number, 
/**
 * `checkpoint`, `run`, `restore` or `named`.
 */
reason: string, 
/**
 * Given by the learner: the version is never thinned out.
 */
name: string | null, 
/**
 * What changed since the version before it, in words; for the first one, what it has.
 */
changed: Array<string>, 
/**
 * Why its drawing cannot be read; absent when it can.
 */
unreadable: string | null, };

export type DesignVersions = { 
/**
 * Newest first.
 */
versions: Array<DesignVersion>, };

export type DesignsComparison = { 
/**
 * The first.
 */
a: Design, 
/**
 * The second.
 */
b: Design, 
/**
 * What differs, from the first to the second; empty: they draw the same.
 */
changes: Array<Change>, };

export type Diagnostic = { 
/**
 * How much it matters.
 */
severity: Severity, 
/**
 * Stable word for tests and quick fixes: `port_empty`, `single_point_of_failure` ...
 */
code: string, 
/**
 * Component id, when it is about one.
 */
component: string | null, 
/**
 * What is wrong.
 */
reason: string, 
/**
 * What to do.
 */
remedy: string, };

export type Diagram = { 
/**
 * SVG text.
 */
svg: string, };

export type DiagramRequest = { 
/**
 * Exercise id.
 */
exercise: string, 
/**
 * The figure's `data-diagram`.
 */
hash: string, };

export type DiveCheck = { 
/**
 * Its name.
 */
id: string, 
/**
 * Sanitised HTML, with the bounds.
 */
says_html: string, 
/**
 * `run:figure`.
 */
left: string, 
/**
 * What it is divided by, `run:figure`; absent: by nothing.
 */
right: string | null, 
/**
 * At least this.
 */
from: number, 
/**
 * At most this.
 */
to: number, };

export type DiveOpen = { 
/**
 * Exercise id.
 */
exercise: string, 
/**
 * Dive.
 */
dive: string, 
/**
 * Run of the dive.
 */
run: string, };

export type Empty = Record<symbol, never>;

export type ErrorReport = { 
/**
 * All of it.
 */
text: string, };

export type ErrorSeen = { 
/**
 * Where: a command, or the window itself.
 */
place: string, 
/**
 * Its stable word.
 */
code: string, 
/**
 * What happened.
 */
message: string, 
/**
 * What to do.
 */
hint: string, };

export type Exercise = { 
/**
 * Its card.
 */
card: ExerciseCard, 
/**
 * Sanitised HTML of the brief; `<figure data-diagram="HASH">` stands for a diagram.
 */
brief_html: string, 
/**
 * Situations.
 */
scenarios: Array<Scenario>, 
/**
 * Scenario that is chosen at first.
 */
default_scenario: string, 
/**
 * Designs that come with the exercise.
 */
bundled: Array<BundledDesign>, 
/**
 * The learner's designs, newest first.
 */
designs: Array<DesignCard>, 
/**
 * The learner's runs, newest first.
 */
runs: Array<RunCard>, };

export type ExerciseCard = { 
/**
 * `twitter`.
 */
id: string, 
/**
 * `exercise` or `lab`.
 */
kind: string, 
/**
 * `Twitter`.
 */
title: string, 
/**
 * `Post, follow, open a timeline`.
 */
subtitle: string, 
/**
 * The question that it answers.
 */
question: string, 
/**
 * About how long it takes.
 */
minutes: number, 
/**
 * Words to find it by.
 */
tags: Array<string>, 
/**
 * Attempts that the learner has begun.
 */
attempts: number, 
/**
 * How far the newest attempt is with each phase, in their order; empty for a lab.
 */
phases: Array<PhaseStep>, 
/**
 * Designs that the learner has.
 */
designs: number, 
/**
 * Runs that the learner has made.
 */
runs: number, 
/**
 * What the last run said.
 */
last_verdict: Verdict | null, 
/**
 * Targets that the last run had.
 */
last_targets: number, 
/**
 * Predictions of the last run within a factor of 2, and how many there were.
 */
last_predictions: [number, number] | null, 
/**
 * The learner's newest design, for the thumbnail; absent before an attempt.
 */
thumbnail: Sketch | null, };

export type ExpectedItem = { 
/**
 * The requirement.
 */
what: string, 
/**
 * True: above the line, in the design; false: named and left out.
 */
above: boolean, 
/**
 * Sanitised HTML.
 */
why_html: string, };

export type ExplanationSave = { 
/**
 * Id of the run.
 */
id: string, 
/**
 * Why it came out so.
 */
why: string, 
/**
 * One change to try.
 */
change: string, };

export type ExportFormat = "sketch" | "mermaid" | "svg" | "png";

export type ExportRequest = { 
/**
 * The drawing.
 */
sketch: Sketch, 
/**
 * Format.
 */
format: ExportFormat, 
/**
 * Exercise, for what the client asks; absent: it is left out.
 */
exercise: string | null, 
/**
 * A dark picture.
 */
dark: boolean, 
/**
 * Pixels for each canvas pixel of a PNG, 1 or 2.
 */
scale: number, };

export type ExportSave = { 
/**
 * What.
 */
what: ExportRequest, 
/**
 * File; absent: a new one in the exports folder of the learner's data.
 */
path: string | null, 
/**
 * A file of that name may be replaced.
 */
replace: boolean, };

export type ExportSaved = { 
/**
 * The file.
 */
path: string, 
/**
 * Its size, bytes.
 */
bytes: number, 
/**
 * What was left out or made smaller, as sentences.
 */
notes: Array<string>, };

export type ExportText = { 
/**
 * The text.
 */
text: string, };

export type Failure = { 
/**
 * Component id, or `client`.
 */
component: string, 
/**
 * One word with underscores.
 */
reason: string, 
/**
 * How many.
 */
count: number, };

export type FaultKind = "kill" | "restart";

export type Figure = { 
/**
 * `timeline_read.p99_ms`, `feed.utilisation`, `fanout_writes_per_tweet` ...
 */
name: string, 
/**
 * Absent when there is no honest number: shown as unknown.
 */
value: number | null, 
/**
 * `ms`, `%`, `per tweet` ...
 */
unit: string, 
/**
 * Its origin.
 */
tag: Tag, 
/**
 * Run, formula or source, in words.
 */
source: string, };

export type Flow = "call" | "queue" | "copy";

export type FolderChosenBy = "environment" | "learner" | "platform";

export type GivenNumber = { 
/**
 * Its name.
 */
id: string, 
/**
 * Name for people.
 */
label: string, 
/**
 * In `unit`.
 */
value: number, 
/**
 * Its unit.
 */
unit: string, 
/**
 * As people write it: `16.8K timelines/s`.
 */
shown: string, 
/**
 * Where it comes from.
 */
source: string, };

export type Group = { 
/**
 * Unique among the groups: lower-case letters, digits and dashes.
 */
id: string, 
/**
 * Name on the frame.
 */
name: string, 
/**
 * What there is to say about it, as plain text; at most [`MAX_TEXT`] characters.
 */
note?: string, 
/**
 * Top left corner on the canvas, in canvas pixels.
 */
at: [number, number], 
/**
 * Width and height, in canvas pixels.
 */
size: [number, number], };

export type HandedOver = { 
/**
 * The oldest one that was not taken yet; absent: there is none.
 */
file: SketchFile | null, };

export type Hint = { 
/**
 * Which one, from 1.
 */
number: number, 
/**
 * How many there are.
 */
of: number, 
/**
 * Sanitised HTML.
 */
html: string, };

export type HintRequest = { 
/**
 * Exercise id.
 */
exercise: string, 
/**
 * Phase.
 */
phase: string, 
/**
 * Which one, from 1; each after the one before it.
 */
number: number, };

export type ImportFinding = { 
/**
 * 1-based.
 */
line: number, 
/**
 * 1-based, in characters; absent where the whole line is meant.
 */
column: number | null, 
/**
 * What.
 */
message: string, 
/**
 * What to do; empty where nothing is to be done.
 */
hint: string, 
/**
 * True: nothing is imported before it is mended.
 */
error: boolean, };

export type ImportGuess = { 
/**
 * Id of the node.
 */
node: string, 
/**
 * What stands in it.
 */
text: string, 
/**
 * 1-based.
 */
line: number, 
/**
 * Role; absent: it must be said.
 */
role: string | null, 
/**
 * Why, as a sentence.
 */
why: string, };

export type ImportRequest = { 
/**
 * The text; absent: it is read from the file.
 */
text: string | null, 
/**
 * A file; absent: the text is given.
 */
path: string | null, 
/**
 * Role by node, where the guess is not wanted.
 */
roles: { [key in string]: string }, 
/**
 * A dark preview.
 */
dark: boolean, };

export type Imported = { 
/**
 * [`ExportFormat::Sketch`] or [`ExportFormat::Mermaid`].
 */
format: ExportFormat, 
/**
 * What each node is taken for; empty for a sketch file, which says it.
 */
guesses: Array<ImportGuess>, 
/**
 * What is wrong or was left out, by line.
 */
findings: Array<ImportFinding>, 
/**
 * The drawing; absent while something is wrong or a role is not known.
 */
sketch: Sketch | null, 
/**
 * The drawing as SVG; show it only as an image from a blob URL.
 */
preview: string | null, };

export type InputDifference = { 
/**
 * `Seed`.
 */
what: string, 
/**
 * In the first.
 */
a: string, 
/**
 * In the second.
 */
b: string, };

export type InstanceReport = { 
/**
 * `feed-3`.
 */
id: string, 
/**
 * Busy share of its workers.
 */
utilisation: number, 
/**
 * Served a second of life.
 */
served_per_s: number, 
/**
 * Refused.
 */
refused: number, };

export type Kind = "client" | "load_balancer" | "api_gateway" | "service" | "worker" | "kv" | "sql" | "log" | "edge_cache" | "object_store" | "search" | "websocket_gateway";

export type Latency = { mean: number, p50: number, p95: number, p99: number, max: number, };

export type Layout = { 
/**
 * Top left corner by component id.
 */
at: { [key in string]: [number, number] }, 
/**
 * Frame by group id.
 */
groups: { [key in string]: Place }, 
/**
 * Place by comment id.
 */
comments: { [key in string]: Place }, };

export type LayoutRequest = { 
/**
 * The drawing.
 */
sketch: Sketch, };

export type Learner = { 
/**
 * The run's name.
 */
name: string, 
/**
 * A note.
 */
note: string, 
/**
 * Why it came out so.
 */
why: string, 
/**
 * One change to try.
 */
change: string, };

export type Library = { 
/**
 * Exercises and labs, in the packs' order.
 */
exercises: Array<ExerciseCard>, 
/**
 * Packs that are installed.
 */
packs: Array<PackCard>, 
/**
 * The learner's newest runs over all of them, newest first.
 */
recent: Array<RecentRun>, };

export type Link = { 
/**
 * Component id at the tail.
 */
from: string, 
/**
 * Component id at the head.
 */
to: string, 
/**
 * The port it fills: one of the tail's, or an incoming port of the head (a worker's `events`, a replica's `primary`).
 */
port: string, };

export type LinkTick = { 
/**
 * Tail of the link.
 */
from: string, 
/**
 * Its head.
 */
to: string, 
/**
 * Its port.
 */
port: string, 
/**
 * Requests, commands, statements or events along it, a second of life.
 */
per_s: number, };

export type LoadReport = { 
/**
 * Arrivals that came due.
 */
scheduled: number, 
/**
 * Sent by the generator.
 */
sent: number, 
/**
 * Not sent: every connection was in use.
 */
dropped: number, 
/**
 * Answered well and in time.
 */
ok: number, 
/**
 * Answered well, after the deadline.
 */
late: number, 
/**
 * Not answered, or answered with an error.
 */
failed: number, 
/**
 * `failed` by component and reason; the counts add up to it.
 */
failures: Array<Failure>, };

export type NodeAddress = { 
/**
 * `feed-3`.
 */
id: string, 
/**
 * Component id.
 */
component: string, 
/**
 * `127.0.0.1:41907`.
 */
address: string, 
/**
 * A command to copy: `redis-cli -h ...`, `psql ...`, `kcat ...`, `curl ...`.
 */
command: string, 
/**
 * A server of the learner's own, which a run neither starts nor kills.
 */
is_real: boolean, };

export type NoteLevel = "info" | "good" | "warning" | "bad";

export type NoteSave = { 
/**
 * Exercise id.
 */
exercise: string, 
/**
 * Of what.
 */
part: StudyPart, 
/**
 * Which one.
 */
id: string, 
/**
 * What was written.
 */
text: string, };

export type OpenedHint = { 
/**
 * Phase.
 */
phase: string, 
/**
 * From 1.
 */
number: number, 
/**
 * Milliseconds since 1970.
 */
opened_ms: number, };

export type OpenedSolution = { 
/**
 * Of what.
 */
part: StudyPart, 
/**
 * Which one.
 */
id: string, 
/**
 * False: it was opened without an attempt.
 */
handed_in: boolean, 
/**
 * Milliseconds since 1970.
 */
opened_ms: number, };

export type Operation = { 
/**
 * Name in the envelope.
 */
name: string, 
/**
 * Name for people.
 */
label: string, };

export type OperationReport = { 
/**
 * Name for people.
 */
label: string, 
/**
 * Answers measured (after the warm-up).
 */
count: number, 
/**
 * Latency; absent when nothing was measured.
 */
latency_ms: Latency | null, 
/**
 * `(percentile, ms)` for the curve, rising.
 */
curve: Array<[number, number]>, };

export type OperationTick = { p50_ms: number | null, p95_ms: number | null, p99_ms: number | null, per_s: number, failed_per_s: number, };

export type PackCard = { 
/**
 * `core`.
 */
id: string, 
/**
 * Name for people.
 */
title: string, 
/**
 * Version of its content.
 */
version: string, 
/**
 * Exercises in it.
 */
exercises: number, 
/**
 * Labs in it.
 */
labs: number, };

export type Pair = { 
/**
 * The first.
 */
a: string, 
/**
 * The second.
 */
b: string, };

export type Palette = { 
/**
 * In palette order.
 */
roles: Array<Role>, };

export type PathChosen = { 
/**
 * The whole path; absent: none was chosen.
 */
path: string | null, };

export type PathKind = "folder" | "open" | "save";

export type PathWish = { 
/**
 * Which dialog.
 */
kind: PathKind, 
/**
 * Its title.
 */
title: string, 
/**
 * Name that a file to write has at first; absent: none.
 */
name: string | null, 
/**
 * Ending of the files that are shown, without its dot; absent: all files.
 */
ending: string | null, };

export type PhaseState = "new" | "begun" | "handed" | "anyway";

export type PhaseStep = { 
/**
 * Name for people.
 */
title: string, 
/**
 * How far.
 */
state: PhaseState, };

export type Place = { x: number, y: number, width: number, height: number, };

export type PlanPreview = { 
/**
 * Processes, without the generator.
 */
processes: number, 
/**
 * Times slower than life.
 */
dilation: number, 
/**
 * 1/slice of traffic and instances.
 */
slice: number, 
/**
 * Seconds of wall time under load.
 */
duration_s: number, 
/**
 * Requests a second of life.
 */
rate_per_s: number, 
/**
 * Share of the laptop's CPU that is expected, 0 to 1 (modelled).
 */
laptop_share: number, 
/**
 * Which scale was wished for.
 */
prefer: ScaleWish, 
/**
 * What each wish would come to.
 */
choices: Array<ScaleChoice>, };

export type PopulationSpec = { 
/**
 * Users in life; shown, and an input of worksheets.
 */
users: number, 
/**
 * Users that a run creates to stand for them.
 */
modelled_users: number, 
/**
 * Mean number of accounts that one user follows (so also the mean number of followers).
 */
follows_mean: number, 
/**
 * Exponent of the power law of popularity: the account of rank r draws followers as r^-exponent.
 */
popularity_exponent: number, 
/**
 * Tweets that exist before the run begins, for each modelled user.
 */
tweets_each: number, 
/**
 * Seed of the graph; the run's seed takes its place when 0.
 */
seed: number, 
/**
 * Where these figures come from.
 */
source: string, };

export type Port = { 
/**
 * Name on the link.
 */
name: string, 
/**
 * What it is for.
 */
summary: string, 
/**
 * Roles that fill it.
 */
accepts: Array<string>, 
/**
 * False: the component works without it, differently.
 */
required: boolean, 
/**
 * More than one link may fill it.
 */
many: boolean, 
/**
 * True: the link ends here (a worker's `events` comes from the log, a replica's `primary` from the primary).
 */
incoming: boolean, 
/**
 * How it is drawn, and whether the caller waits.
 */
flow: Flow, };

export type Practice = { 
/**
 * The newest one, going on or finished; absent when nothing was begun.
 */
attempt: Attempt | null, 
/**
 * Those before it, newest first.
 */
earlier: Array<AttemptCard>, };

export type Predict = { 
/**
 * Name of the figure in the report.
 */
figure: string, 
/**
 * Name for people.
 */
label: string, 
/**
 * Unit of the figure.
 */
unit: string, 
/**
 * Role that stands in for the figure's component where a drawing has none of that id. Absent in a pack: that of the component with
 * this id in the pack's designs.
 */
role?: string, };

export type Prediction = { 
/**
 * Name of the figure.
 */
name: string, 
/**
 * What the learner said.
 */
predicted: number, 
/**
 * What the run measured; absent when it did not.
 */
measured: number | null, 
/**
 * measured ÷ predicted.
 */
ratio: number | null, 
/**
 * Unit of both.
 */
unit: string, 
/**
 * Component that was measured, where it stands in by its role for one that is not drawn.
 */
of?: string, };

export type PredictionKey = { 
/**
 * Design id.
 */
design: string, 
/**
 * Scenario name.
 */
scenario: string, };

export type PredictionSave = { 
/**
 * Which.
 */
key: PredictionKey, 
/**
 * What.
 */
predictions: Predictions, };

export type Predictions = { 
/**
 * By figure name, in the unit that the scenario asks for.
 */
values: { [key in string]: number }, 
/**
 * Why.
 */
because: string, };

export type Process = "poisson" | "constant";

export type Range = { "type": "number", 
/**
 * Smallest.
 */
min: number, 
/**
 * Largest.
 */
max: number, 
/**
 * Only whole numbers.
 */
whole: boolean, } | { "type": "choice", 
/**
 * `(word, label)`.
 */
words: Array<[string, string]>, } | { "type": "switch" } | { "type": "addresses", 
/**
 * `redis`, `postgres` or `kafka`.
 */
scheme: string, };

export type RecentRun = { 
/**
 * Title of its exercise.
 */
exercise: string, 
/**
 * The run.
 */
run: RunCard, };

export type Report = { 
/**
 * [`FORMAT`].
 */
format: number, 
/**
 * Exercise id.
 */
exercise: string, 
/**
 * Design name.
 */
design: string, 
/**
 * Scenario name.
 */
scenario: string, 
/**
 * Shape of the load.
 */
shape: string, 
/**
 * Seed of everything drawn by lot.
 */
seed: number, 
/**
 * What it says.
 */
verdict: Verdict, 
/**
 * Why, in a sentence or more.
 */
reasons: Array<string>, 
/**
 * True: stopped before its time; figures are of the part that ran.
 */
interrupted: boolean, 
/**
 * Exact conservation.
 */
load: LoadReport, 
/**
 * By operation.
 */
operations: { [key in string]: OperationReport }, 
/**
 * By component id.
 */
components: { [key in string]: ComponentReport }, 
/**
 * Everything that has a name, a unit and an origin.
 */
figures: Array<Figure>, 
/**
 * What was said beforehand, beside what was measured.
 */
predictions: Array<Prediction>, 
/**
 * The learner's "because".
 */
because: string, 
/**
 * Targets and whether they were met.
 */
targets: Array<TargetResult>, 
/**
 * What saturated, worst first, with worked arithmetic.
 */
saturated: Array<Saturation>, 
/**
 * Steps of the load with what was measured and modelled: the knee.
 */
steps: Array<Step>, 
/**
 * The run over time.
 */
series: Series, 
/**
 * What happened when.
 */
events: Array<RunNote>, 
/**
 * How the run relates to life and to the laptop.
 */
scale: ScaleReport, 
/**
 * What the learner made of it afterwards; absent when nothing was written.
 */
learner?: Learner, 
/**
 * The drawing that ran; absent in a report that is kept beside its drawing.
 */
sketch?: Sketch, };

export type ReportExport = { 
/**
 * Id of the run.
 */
id: string, 
/**
 * As what.
 */
form: ReportForm, };

export type ReportFile = { 
/**
 * The whole path.
 */
path: string, 
/**
 * Its size.
 */
bytes: number, };

export type ReportForm = "markdown" | "html" | "json";

export type ReviewCard = { 
/**
 * Its name, stable over versions of the pack.
 */
id: string, 
/**
 * Sanitised HTML of the front.
 */
question_html: string, 
/**
 * Sanitised HTML of the back.
 */
answer_html: string, 
/**
 * Sanitised HTML: where the answer comes from.
 */
source_html: string, 
/**
 * Word to find it by.
 */
tag: string, };

export type Role = { 
/**
 * Name in sketches and in a node's configuration.
 */
id: string, 
/**
 * Its sort.
 */
kind: Kind, 
/**
 * What the box is called at first.
 */
name: string, 
/**
 * One or two sentences for the inspector.
 */
summary: string, 
/**
 * False: can be drawn, does not run yet.
 */
runs: boolean, 
/**
 * The most instances that one box may have.
 */
max_instances: number, 
/**
 * What it needs and what it can use.
 */
ports: Array<Port>, 
/**
 * What can be set, envelope first.
 */
settings: Array<Setting>, 
/**
 * What it does, each with a service time.
 */
operations: Array<Operation>, 
/**
 * HTTP path prefixes that a gateway routes to it.
 */
routes: Array<string>, };

export type RpcError = { 
/**
 * Stable word: `not_found`, `invalid_sketch`, `run_active` ...
 */
code: string, 
/**
 * What happened.
 */
message: string, 
/**
 * What to do.
 */
hint: string, };

export type RubricAnchor = { 
/**
 * `junior`, `mid`, `senior` or `staff`.
 */
level: string, 
/**
 * Sanitised HTML.
 */
html: string, };

export type RubricEvidence = { "type": "note" } | { "type": "component", 
/**
 * Role that must be there.
 */
role: string, 
/**
 * At least so many instances.
 */
instances: number, 
/**
 * A setting that it must have, with its value.
 */
setting: [string, SettingValue] | null, } | { "type": "figure", 
/**
 * Scenario of the run.
 */
scenario: string, 
/**
 * Name of the figure.
 */
figure: string, 
/**
 * It must be this or less.
 */
at_most: number, };

export type RubricPoint = { 
/**
 * Its name.
 */
id: string, 
/**
 * What it is worth.
 */
points: number, 
/**
 * What earns it.
 */
what: string, 
/**
 * Where to look.
 */
evidence: RubricEvidence, 
/**
 * What each level's answer sounds like, junior to staff; only where a person judges.
 */
anchors: Array<RubricAnchor>, };

export type RunCard = { 
/**
 * Id in the store.
 */
id: string, 
/**
 * Number within the exercise, from 1.
 */
number: number, 
/**
 * The learner's name for it, mostly empty.
 */
name: string, 
/**
 * The learner's note, mostly empty.
 */
note: string, 
/**
 * True: the learner has written why it came out so.
 */
explained: boolean, 
/**
 * Design that ran; empty when it is gone.
 */
design_id: string, 
/**
 * Its title then.
 */
design_title: string, 
/**
 * Scenario name.
 */
scenario: string, 
/**
 * What it said.
 */
verdict: Verdict, 
/**
 * Targets that its scenario sets.
 */
targets: number, 
/**
 * Milliseconds since 1970.
 */
started_ms: number, };

export type RunCopy = { 
/**
 * The copy.
 */
design: Design, 
/**
 * The change to try, in the learner's words; empty when none was written.
 */
change: string, };

export type RunDefaults = { 
/**
 * Shape of the load.
 */
shape: Shape, 
/**
 * How arrivals fall round the rate: `poisson` (independent users) where it is not said, or `constant` (equal gaps, as from a timer).
 */
arrivals: Process, 
/**
 * Seconds of wall time under load.
 */
duration_s: number, 
/**
 * Seconds of wall time at the beginning that percentiles leave out.
 */
warmup_s: number, 
/**
 * Seed of everything drawn by lot.
 */
seed: number, };

export type RunEvent = { "type": "phase", 
/**
 * Which.
 */
phase: RunPhase, 
/**
 * Progress within it: done and of how many, where it counts something.
 */
progress: [number, number] | null, } | { "type": "addresses", 
/**
 * Every node.
 */
nodes: Array<NodeAddress>, } | { "type": "tick" } & RunTick | { "type": "note" } & RunNote | { "type": "finished", 
/**
 * Id in the store.
 */
id: string, 
/**
 * What came out.
 */
report: Report, } | { "type": "failed", 
/**
 * Why.
 */
error: RpcError, };

export type RunFault = { 
/**
 * Id of the run, as it was started.
 */
id: string, 
/**
 * Instance id, `kv-2`.
 */
node: string, 
/**
 * Kill, or start a killed one again.
 */
kind: FaultKind, };

export type RunName = { 
/**
 * Id of the run.
 */
id: string, 
/**
 * One line; empty: no name.
 */
name: string, };

export type RunNote = { 
/**
 * Wall seconds from the start of the load; negative before it.
 */
t_s: number, 
/**
 * Decides the shape beside it.
 */
level: NoteLevel, 
/**
 * What happened.
 */
text: string, 
/**
 * A few words for a line on the charts: something broke or came back here.
 */
mark?: string, };

export type RunNoteSave = { 
/**
 * Id of the run.
 */
id: string, 
/**
 * Plain text; empty: no note.
 */
note: string, };

export type RunPhase = "starting" | "seeding" | "warm_up" | "running" | "draining" | "stopping";

export type RunRecord = { 
/**
 * Its card.
 */
card: RunCard, 
/**
 * The drawing that ran.
 */
sketch: Sketch, 
/**
 * What came out.
 */
report: Report, 
/**
 * What the learner made of it.
 */
learner: Learner, };

export type RunStart = { 
/**
 * Design id; the saved drawing runs.
 */
design: string, 
/**
 * How.
 */
wish: RunWish, };

export type RunStarted = { 
/**
 * Id of the run, for `run_stop` and `run_open`.
 */
id: string, 
/**
 * Number within the exercise.
 */
number: number, 
/**
 * What it takes.
 */
plan: PlanPreview, };

export type RunTick = { 
/**
 * Wall seconds under load.
 */
t_s: number, 
/**
 * Wall seconds that it will take.
 */
duration_s: number, 
/**
 * Counts so far.
 */
load: LoadReport, 
/**
 * Requests in flight.
 */
in_flight: number, 
/**
 * Asked a second, in this tick.
 */
sent_per_s: number, 
/**
 * Answered in time a second, in this tick.
 */
ok_per_s: number, 
/**
 * Failed or dropped a second, in this tick.
 */
failed_per_s: number, 
/**
 * By operation, in this tick.
 */
operations: { [key in string]: OperationTick }, 
/**
 * By component.
 */
components: { [key in string]: ComponentTick }, 
/**
 * Figures of the scenario's `predict` list that are known so far.
 */
figures: { [key in string]: number }, 
/**
 * Component ids that stand in by their role for a figure's component, by figure.
 */
stand_ins: { [key in string]: string }, 
/**
 * Calls along the links that are counted.
 */
links: Array<LinkTick>, 
/**
 * Whether the laptop keeps up; absent before anything was answered.
 */
soundness: Soundness | null, 
/**
 * Share of the laptop's CPU in this tick, 0 to 1.
 */
host_cpu: number, 
/**
 * Lateness of the generator, median, wall ms.
 */
generator_late_ms: number, };

export type RunWish = { 
/**
 * Scenario name.
 */
scenario: string, 
/**
 * Shape; absent: the scenario's.
 */
shape: Shape | null, 
/**
 * Requests a second of life, all operations together; absent: the scenario's.
 */
rate_per_s: number | null, 
/**
 * Seconds of wall time under load; absent: the scenario's.
 */
duration_s: number | null, 
/**
 * Seed; absent: the scenario's.
 */
seed: number | null, 
/**
 * All instances, or as near to life speed as a slice allows.
 */
prefer: ScaleWish, };

export type Saturation = { 
/**
 * Component id.
 */
component: string, 
/**
 * `(step, arithmetic, origin)` in reading order.
 */
lines: Array<SaturationLine>, };

export type SaturationLine = { 
/**
 * What it is.
 */
label: string, 
/**
 * The arithmetic with its result.
 */
text: string, 
/**
 * Origin.
 */
tag: Tag, };

export type Saved = { 
/**
 * Milliseconds since 1970.
 */
saved_ms: number, };

export type ScaleChoice = { 
/**
 * The wish.
 */
prefer: ScaleWish, 
/**
 * Processes, without the generator.
 */
processes: number, 
/**
 * Times slower than life.
 */
dilation: number, 
/**
 * 1/slice of traffic and instances.
 */
slice: number, 
/**
 * Why it changes nothing; absent where it does, or need not.
 */
why: string | null, };

export type ScaleReport = { 
/**
 * What was asked for: all instances, or as near to life speed as a slice allows.
 */
prefer: ScaleWish, 
/**
 * 1/slice of the traffic on 1/slice of the instances.
 */
slice: number, 
/**
 * The run is this many times slower than life.
 */
dilation: number, 
/**
 * Share of the whole machine's CPU that nodes and generator used, 0 to 1.
 */
host_cpu: number, 
/**
 * Worst component's mean overrun as a share of its service time, among components of 5 ms (wall) or more.
 */
overrun: number, 
/**
 * hops x (generator lateness + mean overrun) as a share of the end-to-end time, worst operation.
 */
chain_error: number, 
/**
 * Median lateness of the generator, wall ms.
 */
generator_late_ms: number, 
/**
 * Processes of the cluster, without the generator.
 */
processes: number, 
/**
 * Wall seconds from the first spawn until all were healthy.
 */
healthy_s: number, 
/**
 * Wall seconds of seeding.
 */
seeding_s: number, 
/**
 * Wall seconds under load.
 */
wall_s: number, 
/**
 * Seconds of life that these were.
 */
life_s: number, };

export type ScaleWish = "instances" | "speed";

export type Scenario = { 
/**
 * Name in files and on the command line.
 */
name: string, 
/**
 * Name for people.
 */
title: string, 
/**
 * A sentence or two.
 */
summary: string, 
/**
 * The users.
 */
population: PopulationSpec, 
/**
 * What they ask for.
 */
operation: Array<ScenarioOperation>, 
/**
 * What is different from a good day: settings that hold for every component of a role, whatever is drawn.
 */
condition: Array<Condition>, 
/**
 * What breaks, and when.
 */
fault: Array<ScenarioFault>, 
/**
 * What counts as good enough.
 */
target: Array<Target>, 
/**
 * What the learner is asked to predict.
 */
predict: Array<Predict>, 
/**
 * How it is run unless the learner says otherwise.
 */
run: RunDefaults, };

export type ScenarioFault = { 
/**
 * What happens.
 */
kind: FaultKind, 
/**
 * Id of the component; a drawing without it is searched for a component of the role with this name.
 */
component: string, 
/**
 * Which instance, from 1.
 */
instance: number, 
/**
 * WALL seconds since the load began, in a run of [`RunDefaults::duration_s`]; a longer or shorter run stretches the schedule with it.
 */
at_s: number, };

export type ScenarioOperation = { 
/**
 * Name in figures: `timeline_read`.
 */
name: string, 
/**
 * Name for people: `Timeline reads`.
 */
label: string, 
/**
 * Role that answers it.
 */
role: string, 
/**
 * That role's operation.
 */
operation: string, 
/**
 * HTTP method.
 */
method: string, 
/**
 * Path with variables: `{user}` (any user), `{popular_user}`, `{tweet}`, `{n}`.
 */
path: string, 
/**
 * JSON body with variables, also `{text}`.
 */
body: string | null, 
/**
 * Requests a second in life at the base rate.
 */
per_s: number, 
/**
 * An answer later than this, in ms of life, counts as late.
 */
deadline_ms: number, 
/**
 * Where the rate comes from.
 */
source: string, };

export type Series = { 
/**
 * Wall seconds from the start of the load.
 */
t_s: Array<number>, 
/**
 * Answered in time, per second of life.
 */
ok_per_s: Array<number>, 
/**
 * Failed or dropped, per second of life.
 */
failed_per_s: Array<number>, 
/**
 * By operation: `[p50, p95, p99]` in ms of life at each time; null where nothing was answered.
 */
latency_ms: { [key in string]: [Array<number | null>, Array<number | null>, Array<number | null>] }, 
/**
 * By component: utilisation at each time.
 */
utilisation: { [key in string]: Array<number> }, };

export type Setting = { 
/**
 * Name in the sketch's settings.
 */
name: string, 
/**
 * Label in the inspector.
 */
label: string, 
/**
 * Unit, empty when it has none.
 */
unit: string, 
/**
 * Heading in the inspector.
 */
group: string, 
/**
 * What values it takes.
 */
range: Range, 
/**
 * Value when the sketch does not say.
 */
default: SettingValue, 
/**
 * Measured, modelled or assumed.
 */
tag: Tag, 
/**
 * Where the default comes from.
 */
source: string, };

export type SettingValue = boolean | number | string;

export type Severity = "error" | "warning" | "note";

export type Shape = "baseline" | "ramp" | "spike" | "soak" | "stress";

export type Sketch = { 
/**
 * [`FORMAT`].
 */
format: number, 
/**
 * Name on the tab, `Design B: push`.
 */
title: string, 
/**
 * What is drawn, in drawing order.
 */
components: Array<Component>, 
/**
 * Who calls, feeds or copies to whom.
 */
links: Array<Link>, 
/**
 * Frames round components. Nothing runs differently for them.
 */
groups?: Array<Group>, 
/**
 * Words on the canvas. Nothing runs differently for them.
 */
comments?: Array<Comment>, };

export type SketchFile = { 
/**
 * Its name, without folders.
 */
name: string, 
/**
 * What is drawn.
 */
sketch: Sketch, 
/**
 * What is wrong with the drawing by itself, worst first.
 */
diagnostics: Array<Diagnostic>, 
/**
 * Exercises that it may be a design of, the most likely first.
 */
exercises: Array<SketchFits>, };

export type SketchFits = { 
/**
 * Exercise id.
 */
id: string, 
/**
 * Its title.
 */
title: string, 
/**
 * Components whose role the exercise's own designs use as well.
 */
shared: number, };

export type SketchKeep = { 
/**
 * Exercise id.
 */
exercise: string, 
/**
 * Title of the design.
 */
title: string, 
/**
 * What is drawn.
 */
sketch: Sketch, };

export type Solution = { 
/**
 * Sanitised HTML.
 */
html: string, 
/**
 * Answers to a phase's questions by subsystem.
 */
asks: Array<AnsweredAsk>, 
/**
 * What a good answer to a phase has.
 */
expected: Array<ExpectedItem>, 
/**
 * Sanitised HTML of what would worry an interviewer.
 */
red_flags: Array<string>, 
/**
 * What a dive's runs show.
 */
checks: Array<DiveCheck>, 
/**
 * A phase's part of the rubric.
 */
rubric: Array<RubricPoint>, };

export type SolutionOpen = { 
/**
 * Exercise id.
 */
exercise: string, 
/**
 * Bundled design.
 */
design: string, };

export type SolutionRequest = { 
/**
 * Exercise id.
 */
exercise: string, 
/**
 * Of what.
 */
part: StudyPart, 
/**
 * Which one.
 */
id: string, 
/**
 * What the learner wrote; a blank is no attempt, except in the estimation phase when the worksheet has an answer.
 */
attempt: string, 
/**
 * Open it without an attempt, after being asked: it is recorded as such.
 */
anyway: boolean, };

export type Soundness = { 
/**
 * True: a run that goes on so is not host-limited.
 */
keeps_up: boolean, 
/**
 * hops x (generator lateness + mean overrun) as a share of the end-to-end time, worst operation.
 */
chain_error: number, 
/**
 * Its limit.
 */
max_chain_error: number, 
/**
 * Worst component's mean overrun as a share of its service time, among components of 5 ms (wall) or more.
 */
overrun: number, 
/**
 * Its limit.
 */
max_overrun: number, };

export type Step = { 
/**
 * Wall seconds from the start.
 */
from_s: number, 
/**
 * Wall seconds from the start.
 */
to_s: number, 
/**
 * Offered, per second of life.
 */
rate_per_s: number, 
/**
 * Answers measured.
 */
count: number, 
/**
 * Failed in this step.
 */
failed: number, 
/**
 * ms of life.
 */
mean_ms: number | null, 
/**
 * ms of life.
 */
p99_ms: number | null, 
/**
 * Utilisation of the busiest component, measured.
 */
utilisation: number | null, 
/**
 * Utilisation of the busiest component by the closed form.
 */
utilisation_modelled: number | null, 
/**
 * Mean response time by the closed form, ms of life; absent where it has no finite answer.
 */
mean_ms_modelled: number | null, };

export type StorageNotice = { 
/**
 * Oldest first.
 */
notices: Array<DataNotice>, };

export type Study = { 
/**
 * In the order of an interview; empty for most labs.
 */
phases: Array<StudyPhase>, 
/**
 * The estimation phase's worksheet.
 */
worksheet: Worksheet | null, 
/**
 * Questions with the runs that answer them.
 */
dives: Array<StudyDive>, 
/**
 * The interviewer's "and what if".
 */
twists: Array<StudyTwist>, 
/**
 * Review cards that there are.
 */
cards: number, 
/**
 * Rubric points that can be reached.
 */
points: number, };

export type StudyAsk = { 
/**
 * Which part of the system.
 */
subsystem: string, 
/**
 * The question.
 */
prompt: string, };

export type StudyDive = { 
/**
 * Its name.
 */
id: string, 
/**
 * Name for people.
 */
title: string, 
/**
 * In one sentence.
 */
question: string, 
/**
 * Sanitised HTML of what to think through and predict.
 */
prompt_html: string, 
/**
 * Runs that show it.
 */
runs: Array<StudyRun>, };

export type StudyPart = "phase" | "dive" | "twist";

export type StudyPhase = { 
/**
 * `requirements`, `estimation`, `interface`, `design`, `deep-dives` or `refinement`.
 */
id: string, 
/**
 * Name for people.
 */
title: string, 
/**
 * Minutes that it takes.
 */
minutes: number, 
/**
 * Sanitised HTML of what is asked.
 */
prompt_html: string, 
/**
 * Questions by subsystem.
 */
asks: Array<StudyAsk>, 
/**
 * Hints that there are; `hint` opens them one by one.
 */
hints: number, 
/**
 * Rubric points that can be reached in it.
 */
points: number, };

export type StudyRun = { 
/**
 * Its name in the dive.
 */
id: string, 
/**
 * Bundled design that it begins from.
 */
design: string, 
/**
 * Settings that differ from that design's, by `component.setting` (or `component.instances`).
 */
set: { [key in string]: SettingValue }, 
/**
 * How it is run.
 */
wish: RunWish, 
/**
 * The same in the terminal.
 */
command: string, };

export type StudyTwist = { 
/**
 * Its name.
 */
id: string, 
/**
 * In a few words.
 */
title: string, 
/**
 * Sanitised HTML of the question.
 */
prompt_html: string, };

export type Tag = "measured" | "modelled" | "assumed";

export type Target = { 
/**
 * Name of the figure in the report.
 */
figure: string, 
/**
 * Name for people.
 */
label: string, 
/**
 * It must be this or less.
 */
at_most: number, 
/**
 * Unit of the figure.
 */
unit: string, 
/**
 * Role that stands in for the figure's component where a drawing has none of that id. Absent in a pack: that of the component with
 * this id in the pack's designs.
 */
role?: string, };

export type TargetResult = { 
/**
 * Name of the figure.
 */
figure: string, 
/**
 * Name for people.
 */
label: string, 
/**
 * It had to be this or less.
 */
at_most: number, 
/**
 * Unit of both.
 */
unit: string, 
/**
 * What was measured; absent when nothing was.
 */
measured: number | null, 
/**
 * Absent when nothing was measured.
 */
met: boolean | null, };

export type TextSize = { 
/**
 * 100 to 125.
 */
percent: number, };

export type Verdict = "pass" | "fail" | "host_limited" | "inconclusive";

export type VersionKey = { 
/**
 * Design id.
 */
design: string, 
/**
 * Its number.
 */
number: number, };

export type VersionName = { 
/**
 * Design id.
 */
design: string, 
/**
 * Its number; absent: the drawing as it is saved now is kept under the name.
 */
number: number | null, 
/**
 * The name; absent: it has none any more.
 */
name: string | null, };

export type VersionOpened = { 
/**
 * The drawing as it was.
 */
sketch: Sketch, };

export type WorkedAnswer = { 
/**
 * In the quantity's unit.
 */
value: number, 
/**
 * As people write it.
 */
shown: string, 
/**
 * The arithmetic with its values.
 */
arithmetic: string, 
/**
 * What the number decides.
 */
so: string, };

export type Worksheet = { 
/**
 * An answer is right within this factor, either way.
 */
tolerance: number, 
/**
 * What is given.
 */
given: Array<GivenNumber>, 
/**
 * What is asked.
 */
asked: Array<AskedNumber>, };

export type WorksheetAnswers = { 
/**
 * Exercise id.
 */
exercise: string, 
/**
 * By quantity: `35`, `1.2M`, `1M tweets/day`. Blanks are left out.
 */
answers: { [key in string]: string }, };

export type WorksheetGrade = { 
/**
 * Quantity.
 */
id: string, 
/**
 * What was read, in the quantity's unit; absent when nothing could be read.
 */
said: number | null, 
/**
 * Why nothing could be read, with the remedy.
 */
problem: string | null, 
/**
 * said ÷ answer.
 */
ratio: number | null, 
/**
 * Within the tolerance.
 */
near: boolean | null, 
/**
 * The worked answer; only where an answer was read, or where the solution of the estimation phase is open.
 */
worked: WorkedAnswer | null, };

export type WorksheetGrades = { 
/**
 * One for each answer that is not blank; where the solution of the estimation phase is open, one for each quantity.
 */
grades: Array<WorksheetGrade>, 
/**
 * Answers within the tolerance.
 */
near: number, 
/**
 * Quantities that are asked.
 */
asked: number, };

/** Every command: its request and its response. */
export interface Commands {
  library: { request: Empty; response: Library };
  palette: { request: Empty; response: Palette };
  exercise: { request: ById; response: Exercise };
  study: { request: ById; response: Study };
  hint: { request: HintRequest; response: Hint };
  solution: { request: SolutionRequest; response: Solution };
  worksheet_grade: { request: WorksheetAnswers; response: WorksheetGrades };
  cards: { request: ById; response: Cards };
  practice: { request: ById; response: Practice };
  attempt_begin: { request: ById; response: Practice };
  attempt_finish: { request: ById; response: Practice };
  note_save: { request: NoteSave; response: Saved };
  answers_save: { request: WorksheetAnswers; response: Saved };
  dive_open: { request: DiveOpen; response: Design };
  diagram: { request: DiagramRequest; response: Diagram };
  solution_open: { request: SolutionOpen; response: Empty };
  design_create: { request: DesignCreate; response: Design };
  design_open: { request: ById; response: Design };
  design_save: { request: DesignSave; response: DesignSaved };
  design_rename: { request: DesignRename; response: Empty };
  design_delete: { request: ById; response: Empty };
  design_versions: { request: ById; response: DesignVersions };
  design_version_open: { request: VersionKey; response: VersionOpened };
  design_version_restore: { request: VersionKey; response: Design };
  design_version_name: { request: VersionName; response: DesignVersions };
  design_history_save: { request: DesignHistorySave; response: Empty };
  check: { request: CheckRequest; response: Check };
  layout: { request: LayoutRequest; response: Layout };
  export_text: { request: ExportRequest; response: ExportText };
  export_save: { request: ExportSave; response: ExportSaved };
  import_read: { request: ImportRequest; response: Imported };
  prediction_open: { request: PredictionKey; response: Predictions };
  prediction_save: { request: PredictionSave; response: Saved };
  run_start: { request: RunStart; response: RunStarted };
  run_stop: { request: ById; response: Empty };
  run_fault: { request: RunFault; response: Empty };
  run_open: { request: ById; response: RunRecord };
  run_name: { request: RunName; response: Empty };
  run_note: { request: RunNoteSave; response: Saved };
  run_explain: { request: ExplanationSave; response: Saved };
  run_delete: { request: ById; response: Empty };
  run_copy: { request: ById; response: RunCopy };
  runs_compare: { request: Pair; response: Comparison };
  designs_compare: { request: Pair; response: DesignsComparison };
  report_export: { request: ReportExport; response: ReportFile };
  setting_get: { request: AppSetting; response: AppSetting };
  setting_put: { request: AppSetting; response: Empty };
  sketch_keep: { request: SketchKeep; response: Design };
  data_export: { request: DataFile; response: DataSummary };
  data_import: { request: DataFile; response: DataSummary };
  data_place: { request: Empty; response: DataPlace };
  storage_notice: { request: Empty; response: StorageNotice };
  storage_notice_seen: { request: Empty; response: Empty };
  text_size: { request: TextSize; response: Empty };
  path_choose: { request: PathWish; response: PathChosen };
  handed_over: { request: Empty; response: HandedOver };
  data_folder: { request: Empty; response: DataFolder };
  data_move: { request: DataMove; response: DataMoved };
  data_start_empty: { request: Empty; response: Empty };
  about: { request: Empty; response: About };
  error_report: { request: ErrorSeen; response: ErrorReport };
}
