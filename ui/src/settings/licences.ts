// The list of works that ship, as scripts/licences writes it, and how it is searched. It shows nothing.

/** A library in the program or in the window. */
export interface Work {
  name: string;
  version: string;
  /** Its licence as its authors write it (SPDX), such as `MIT OR Apache-2.0`. */
  licence: string;
  /** `rust`: in the programs; `npm`: in the window. */
  from: string;
  /** Its licence texts, by their key in `texts`. */
  texts: string[];
}

export interface Licences {
  works: Work[];
  texts: Record<string, string>;
}

/** Works whose name or licence has every word. */
export function search(works: readonly Work[], wanted: string): Work[] {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  return works.filter((work) => {
    const text = `${work.name} ${work.licence}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
