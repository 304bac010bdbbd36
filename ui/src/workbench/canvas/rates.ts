// Where the rate at the end of a link stands during a run: on its line, clear of the strips that boxes may have under them. Pure geometry: it asks
// for room for a strip under every box, so that no rate moves when one comes.
import { BOX } from '../sketch/edit';
import { ARROW, type End } from './path';

/** The longest usual rate, `67.4K/s`, on its ground; canvas pixels. */
export const RATE = { width: 48, height: 14 } as const;

/** A strip under a box, from the box's corner. */
export const STRIP = { x: -2, y: BOX.height - 4, width: BOX.width + 4, height: 24 } as const;

/** From the box to the middle of a rate: past an arrowhead, past a strip, beside an arrowhead, and over a level link. */
const PAST_HEAD = 20;
const PAST_STRIP = STRIP.y + STRIP.height - BOX.height + RATE.height / 2 + 1;
const BESIDE_HEAD = { x: 6, y: RATE.height / 2 + 1 } as const;
const SIDEWAYS = { x: 24, y: RATE.height / 2 + 4 } as const;

export interface RatePlace {
  x: number;
  y: number;
  /** What of the rate stands at `x`. */
  anchor: 'middle' | 'start';
}

type Corner = Readonly<{ x: number; y: number }>;

/** `corners` are those of all boxes. */
export function rateAt({ x, y, side }: End, corners: readonly Corner[]): RatePlace {
  const onLine = (place: Corner): RatePlace => ({ ...place, anchor: 'middle' });
  switch (side) {
    case 'bottom': {
      const place = onLine({ x, y: y + PAST_STRIP });
      // Where the next row stands close, the arrowhead into it is here.
      if (corners.every((corner) => !isJustOver(place, corner))) return place;
      return { ...place, x: x + BESIDE_HEAD.x, anchor: 'start' };
    }
    // In the usual gap a rate is as long as the link: it stands over it, not on it.
    case 'left':
      return onLine({ x: x - SIDEWAYS.x, y: y - SIDEWAYS.y });
    case 'right':
      return onLine({ x: x + SIDEWAYS.x, y: y - SIDEWAYS.y });
    case 'top': {
      const place = onLine({ x, y: y - PAST_HEAD });
      // Where rows stand close there is no room between a strip and the arrowhead.
      if (corners.every((corner) => !meets(place, corner))) return place;
      return { x: x + BESIDE_HEAD.x, y: y - BESIDE_HEAD.y, anchor: 'start' };
    }
  }
}

/** Whether a rate lies where an arrowhead into the top of a box may be. */
function isJustOver({ x, y }: Corner, box: Corner): boolean {
  const room = box.y - (y + RATE.height / 2);
  return x >= box.x && x <= box.x + BOX.width && room >= 0 && room < ARROW;
}

/** Whether a rate lies on the room for the strip of a box. */
export function meets({ x, y, anchor }: RatePlace, corner: Corner): boolean {
  const left = anchor === 'middle' ? x - RATE.width / 2 : x;
  const top = y - RATE.height / 2;
  const strip = { x: corner.x + STRIP.x, y: corner.y + STRIP.y };
  return left < strip.x + STRIP.width && left + RATE.width > strip.x && top < strip.y + STRIP.height && top + RATE.height > strip.y;
}
