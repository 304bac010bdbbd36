// The shared parts by name. Screens import from here.
export { Chip, EmptyPlace, Note } from './Blocks';
export { Button, IconButton, Key } from './Button';
export { cx } from './cx';
export { ErrorPanel } from './ErrorPanel';
export { NumberField, Segmented, Stepper, Switch, TextField, focusWhenShown } from './Fields';
export { Figure } from './Figure';
export { Icon, iconOf, type IconName } from './icons';
export { loadState } from './load';
export { Menu, type MenuEntry } from './Menu';
export { Comb, Meter } from './Meter';
export { OriginKey, OriginMark, OriginShape } from './OriginMark';
export { Select } from './Select';
export { Sheet, isSheetOpen } from './Sheet';
export { LevelIcon, StateIcon, StateLabel, type StateName } from './StateIcon';
export { StepBar, type Step } from './StepBar';
export { Tip, TipProvider } from './Tip';
