// What the last action did, in one sentence: shown nowhere, read out by screen readers. It keeps no list; the history does.
import { create } from 'zustand';

interface News {
  text: string;
  /** Counts up, so that the same sentence twice is read twice. */
  number: number;
}

export const useNews = create<News>(() => ({ text: '', number: 0 }));

export function tell(text: string): void {
  useNews.setState(({ number }) => ({ text, number: number + 1 }));
}
