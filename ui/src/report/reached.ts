// Which section of the report one reads, by how far it is scrolled. It draws nothing.

/** How far under the upper edge a section counts as reached, pixels. */
const EDGE = 96;

/** The last of these sections that has been reached; at the end the last one there is. What stands beside the report does not scroll with it. */
export function reached(root: HTMLElement, ids: readonly string[]): string | null {
  const inside = ids.flatMap((id) => {
    const section = root.querySelector<HTMLElement>(`#${id}`);
    return section === null ? [] : [{ id, top: section.offsetTop - root.offsetTop }];
  });
  const atEnd = root.scrollTop > 0 && root.scrollTop + root.clientHeight >= root.scrollHeight - 2;
  const last = atEnd ? inside.at(-1) : inside.filter(({ top }) => top <= root.scrollTop + EDGE).at(-1);
  return last?.id ?? null;
}
