// One setting: label, field by its range, origin, and the way back to the catalog's default. Values out of range are never stored.
import { useState } from 'react';
import type { Component, Setting, SettingValue } from '../../rpc/contract';
import { Icon, NumberField, OriginMark, Segmented, Select, Switch, TextField, cx } from '../../parts';
import { draw } from '../sketch/store';
import css from './Inspector.module.css';

/** Choices up to this many stand side by side. */
const SIDE_BY_SIDE = 3;

export function SettingRow({ component, setting }: { component: Component; setting: Setting }) {
  const { name, label, range } = setting;
  const value = component.settings?.[name] ?? setting.default;
  // A drawing of the pack may write what the catalog says too: its reset takes it out.
  const written = component.settings?.[name] !== undefined;
  const set = (next: SettingValue): void => draw.setting(component.id, name, next, setting.default);
  const wide = range.type === 'choice' && range.words.length <= SIDE_BY_SIDE;
  return (
    <div className={cx(css.setting, wide && css.wideSetting)} data-testid={`setting-${name}`}>
      <span className={css.settingLabel} title={label}>
        {label}
        {written ? (
          <button
            type="button"
            className={css.reset}
            aria-label={`${label}: back to the default, ${shown(setting)}`}
            title={`Back to ${shown(setting)}`}
            onClick={() => draw.reset(component.id, name)}
          >
            <Icon name="undo" size={12} />
          </button>
        ) : null}
      </span>
      <Field component={component.id} setting={setting} value={value} set={set} wide={wide} />
      <OriginMark
        tag={written ? 'assumed' : setting.tag}
        of={label}
        source={written ? `Set in this drawing. The catalog says ${shown(setting)}. ${setting.source}` : setting.source}
      />
    </div>
  );
}

function shown({ default: value, unit, range }: Setting): string {
  if (range.type === 'choice') return range.words.find(([word]) => word === value)?.[1] ?? String(value);
  if (range.type === 'switch') return value === true ? 'on' : 'off';
  return unit === '' ? String(value) : `${String(value)} ${unit}`;
}

interface FieldProps {
  component: string;
  setting: Setting;
  value: SettingValue;
  set: (value: SettingValue) => void;
  wide: boolean;
}

function Field({ component, setting, value, set, wide }: FieldProps) {
  const { label, unit, range } = setting;
  switch (range.type) {
    case 'number':
      return (
        <NumberField
          label={label}
          hideLabel
          small
          unit={unit}
          min={range.min}
          max={range.max}
          whole={range.whole}
          value={typeof value === 'number' ? value : null}
          onCommit={(next) => {
            if (next !== null) set(next);
          }}
        />
      );
    case 'switch':
      return (
        <span className={css.switch}>
          <Switch label={label} on={value === true} onChange={set} />
        </span>
      );
    case 'addresses':
      return (
        <AddressesField
          key={component}
          setting={setting}
          value={typeof value === 'string' ? value : 'embedded'}
          scheme={range.scheme}
          set={set}
        />
      );
    case 'choice': {
      const options = range.words.map(([word, text]) => ({ value: word, label: text }));
      const chosen = typeof value === 'string' ? value : '';
      return wide ? (
        <Segmented label={label} wide value={chosen} options={options} onChange={set} />
      ) : (
        <Select label={label} hideLabel small value={chosen} options={options} onChange={set} />
      );
    }
  }
}

interface AddressesProps {
  setting: Setting;
  value: string;
  scheme: string;
  set: (value: SettingValue) => void;
}

/** `embedded`, or addresses of real servers; the diagnostics say what is wrong with them. Kept when it is left or Enter is pressed. */
function AddressesField({ setting, value, scheme, set }: AddressesProps) {
  const [typed, setTyped] = useState<string>();
  const done = () => {
    const next = typed?.trim() ?? '';
    if (typed !== undefined) set(next === '' ? 'embedded' : next);
    setTyped(undefined);
  };
  return (
    <TextField
      label={setting.label}
      hideLabel
      value={typed ?? value}
      placeholder={`${scheme}://127.0.0.1:port`}
      onChange={setTyped}
      onDone={done}
    />
  );
}
