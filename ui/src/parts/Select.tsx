// One of several, from a list that opens. For two to five short choices use Segmented.
import * as RadixSelect from '@radix-ui/react-select';
import { useId } from 'react';
import { cx } from './cx';
import fields from './Fields.module.css';
import floating from './Floating.module.css';
import { Icon } from './icons';
import css from './Select.module.css';

interface Props<T extends string> {
  label: string;
  /** Null: nothing chosen yet. */
  value: T | null;
  options: readonly { value: T; label: string; detail?: string }[];
  onChange: (value: T) => void;
  placeholder?: string;
  small?: boolean;
  hideLabel?: boolean;
  disabled?: boolean;
}

export function Select<T extends string>(props: Props<T>) {
  const { label, value, options, onChange, placeholder = 'Choose', small = false, hideLabel = false, disabled = false } = props;
  const id = useId();
  return (
    <div className={fields.wrap}>
      <span id={id} className={hideLabel ? 'vh' : fields.label}>
        {label}
      </span>
      <RadixSelect.Root
        value={value ?? ''}
        disabled={disabled}
        onValueChange={(chosen) => {
          const option = options.find((each) => each.value === chosen);
          if (option !== undefined) onChange(option.value);
        }}
      >
        <RadixSelect.Trigger
          className={cx(fields.field, small && fields.small, disabled && fields.disabled, css.trigger)}
          aria-labelledby={id}
        >
          <span className={css.value}>
            <RadixSelect.Value placeholder={placeholder} />
          </span>
          <Icon name="chevronDown" size={12} />
        </RadixSelect.Trigger>
        <RadixSelect.Portal>
          <RadixSelect.Content className={cx(floating.menu, css.content)} position="popper" sideOffset={4} collisionPadding={8}>
            <RadixSelect.Viewport>
              {options.map((option) => (
                <RadixSelect.Item key={option.value} value={option.value} className={floating.item ?? ''}>
                  <span className={floating.itemMark}>
                    <RadixSelect.ItemIndicator>
                      <Icon name="check" size={12} />
                    </RadixSelect.ItemIndicator>
                  </span>
                  <span className={floating.itemText}>
                    <RadixSelect.ItemText>{option.label}</RadixSelect.ItemText>
                    {option.detail === undefined ? null : <span className={floating.itemSub}>{option.detail}</span>}
                  </span>
                </RadixSelect.Item>
              ))}
            </RadixSelect.Viewport>
          </RadixSelect.Content>
        </RadixSelect.Portal>
      </RadixSelect.Root>
    </div>
  );
}
