// What can be done on every screen, besides the finder and the shortcuts: go to the settings, to the page of version and licences. It shows nothing.
import { useEffect } from 'react';
import { offer } from './finding';
import { isChord, keysText, rowOf } from './keymap';
import { go } from './route';

const SETTINGS = rowOf('settings');

export function Everywhere() {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!SETTINGS.keys.some((chord) => isChord(chord, event))) return;
      event.preventDefault();
      go({ screen: 'settings' });
    };
    window.addEventListener('keydown', onKey);
    const keys = keysText(SETTINGS);
    const takeBack = offer('everywhere', [
      {
        id: 'go.settings',
        label: 'Settings',
        group: 'Go to',
        ...(keys === undefined ? {} : { keys }),
        run: () => go({ screen: 'settings' }),
      },
      { id: 'go.about', label: 'Version and licences', group: 'Go to', run: () => go({ screen: 'about' }) },
    ]);
    return () => {
      window.removeEventListener('keydown', onKey);
      takeBack();
    };
  }, []);
  return null;
}
