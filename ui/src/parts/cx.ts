// Joins class names, leaving out what is not set. It is not a styling system.

/** `cx('a', on && 'b')` */
export function cx(...names: (string | false | null | undefined)[]): string {
  return names.filter((name) => typeof name === 'string' && name !== '').join(' ');
}
