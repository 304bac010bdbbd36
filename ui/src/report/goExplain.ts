// Leads to the explanation of the report that is open: its first text, wherever the width of the window puts it.
import { WHY } from './Explain';

export function goExplain(): void {
  const field = document.getElementById(WHY);
  field?.scrollIntoView({ block: 'center' });
  field?.focus({ preventScroll: true });
}
