// Where the keyboard was, so that a dialog that shuts can put it back. A place in a menu stands for the menu's button, since the menu is gone by
// then; a place in a dialog leads on to where the keyboard was before that dialog.

/** Best first. */
type Places = readonly HTMLElement[];

const FOCUSABLE = 'a[href], button, input, select, textarea, [tabindex], [role^="menuitem"]';
const beforeDialog = new WeakMap<Element, Places>();
let last: Places = [];

function placesOf(element: HTMLElement): Places {
  const menu = element.closest('[role="menu"]');
  const trigger = menu === null ? null : document.getElementById(menu.getAttribute('aria-labelledby') ?? '');
  const dialog = element.closest('[role="dialog"]');
  return [trigger ?? element, ...(dialog === null ? [] : (beforeDialog.get(dialog) ?? []))];
}

document.addEventListener(
  'focusin',
  ({ target }) => {
    if (target instanceof HTMLElement) last = placesOf(target);
  },
  true,
);
// What is pressed does not get the focus on every system, and what cannot have it takes the place away.
document.addEventListener(
  'pointerdown',
  ({ target }) => {
    const pressed = target instanceof Element ? target.closest<HTMLElement>(FOCUSABLE) : null;
    last = pressed === null ? [] : placesOf(pressed);
  },
  true,
);

/** A dialog opens: the place of now is its way back. Called before it takes the focus. */
export function rememberPlace(dialog: Element): void {
  beforeDialog.set(dialog, last);
}

/** A dialog has shut: the keyboard goes back, unless it was led somewhere meanwhile. */
export function returnFrom(dialog: Element): void {
  if (document.activeElement !== null && document.activeElement !== document.body) return;
  beforeDialog
    .get(dialog)
    ?.find(({ isConnected }) => isConnected)
    ?.focus();
}
