// Icons as inline SVG on a grid of 16: strokes in the current colour, decorative (the label is beside them). State shapes are in StateIcon.
import type { ReactElement } from 'react';
import type { Kind } from '../rpc/contract';
import css from './icons.module.css';

const shapes = {
  arrow: <path d="M3 8h10M9 4l4 4-4 4" />,
  chevronDown: <path d="M4.5 6.5 8 10l3.5-3.5" />,
  chevronRight: <path d="M6.5 4.5 10 8l-3.5 3.5" />,
  check: <path d="m3.5 8.5 3 3 6-7" />,
  close: <path d="m4 4 8 8M12 4l-8 8" />,
  plus: <path d="M8 3v10M3 8h10" />,
  minus: <path d="M3 8h10" />,
  search: (
    <>
      <circle cx="7" cy="7" r="4.25" />
      <path d="m10.2 10.2 3.3 3.3" />
    </>
  ),
  file: <path d="M4 2.5h5L12 5.5V13.5H4zM9 2.5V5.5h3" />,
  gear: (
    <>
      <path d="M2 5h6.5M12 5h2M2 11h2M7.5 11H14" />
      <circle cx="10.25" cy="5" r="1.75" />
      <circle cx="5.75" cy="11" r="1.75" />
    </>
  ),
  theme: (
    <>
      <circle cx="8" cy="8" r="5.25" />
      <path d="M8 2.75a5.25 5.25 0 0 1 0 10.5z" fill="currentColor" />
    </>
  ),
  info: (
    <>
      <circle cx="8" cy="8" r="5.5" />
      <path d="M8 7.25v3.5M8 5v.25" />
    </>
  ),
  play: <path d="M5 3v10l8-5z" fill="currentColor" />,
  stop: <rect x="4" y="4" width="8" height="8" fill="currentColor" />,
  undo: <path d="M5.5 3 2.5 6l3 3M3 6h6.75a3.25 3.25 0 0 1 0 6.5H7" />,
  redo: <path d="m10.5 3 3 3-3 3M13 6H6.25a3.25 3.25 0 0 0 0 6.5H9" />,
  fit: <path d="M2.5 5.5v-3h3M10.5 2.5h3v3M13.5 10.5v3h-3M5.5 13.5h-3v-3" />,
  layout: (
    <>
      <rect x="6" y="2" width="4" height="3" />
      <rect x="2" y="11" width="4" height="3" />
      <rect x="10" y="11" width="4" height="3" />
      <path d="M8 5v3M4 11V8h8v3" />
    </>
  ),
  align: <path d="M2.5 2v12M5 4.5h8.5M5 8h5M5 11.5h7" />,
  comment: <path d="M2.5 3h11v8H8l-3 2.75V11H2.5z" />,
  outline: <path d="M2.5 4h1M6 4h7.5M5 8h1M8.5 8h5M5 12h1M8.5 12h5" />,
  choose: <path d="m3.5 2.5 9 4-4 1.5-1.5 4.5z" />,
  link: (
    <>
      <circle cx="3.5" cy="12.5" r="1.5" />
      <circle cx="12.5" cy="3.5" r="1.5" />
      <path d="M5 12.5h3v-9h3" />
    </>
  ),
  copy: (
    <>
      <rect x="5.5" y="5.5" width="8" height="8" rx="1" />
      <path d="M10.5 5.5v-3h-8v8h3" />
    </>
  ),
  trash: <path d="M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.5 9h6l.5-9" />,
  edit: <path d="m3 13 .5-3 7-7 2.5 2.5-7 7z" />,
  client: (
    <>
      <rect x="2" y="3" width="12" height="8" rx="1" />
      <path d="M5.5 13.5h5M8 11v2.5" />
    </>
  ),
  edgeCache: (
    <>
      <circle cx="8" cy="8" r="5.75" />
      <path d="M2.25 8h11.5M8 2.25c-3.3 3.3-3.3 8.2 0 11.5M8 2.25c3.3 3.3 3.3 8.2 0 11.5" />
    </>
  ),
  loadBalancer: (
    <>
      <circle cx="3.25" cy="8" r="1.25" />
      <path d="M4.5 8h8.25M7.5 8V3.5h5.25M7.5 8v4.5h5.25" />
      <path d="m11.5 2 1.5 1.5L11.5 5M11.5 6.5 13 8l-1.5 1.5M11.5 11l1.5 1.5-1.5 1.5" />
    </>
  ),
  gateway: (
    <>
      <path d="M3 13.5v-8a5 5 0 0 1 10 0v8M1.5 13.5h3M11.5 13.5h3" />
      <path d="M8 7v6.5M6 9l2-2 2 2" />
    </>
  ),
  service: (
    <>
      <rect x="2" y="2.5" width="12" height="11" rx="1.5" />
      <path d="m6.5 6-2 2 2 2M9.5 6l2 2-2 2" />
    </>
  ),
  worker: (
    <>
      <path d="M13.25 8.5A5.25 5.25 0 1 1 11.5 4" />
      <path d="M11.75 1.5V4.25H9M8 5.25V8.25l2 1.25" />
    </>
  ),
  kv: (
    <>
      <rect x="2" y="3" width="4" height="4" />
      <rect x="2" y="9" width="4" height="4" />
      <path d="M8.5 5H14M8.5 11H14" />
    </>
  ),
  sql: (
    <>
      <ellipse cx="8" cy="4" rx="5" ry="2" />
      <path d="M3 4v8c0 1.1 2.25 2 5 2s5-.9 5-2V4M3 8c0 1.1 2.25 2 5 2s5-.9 5-2" />
    </>
  ),
  replica: (
    <>
      <ellipse cx="6.5" cy="6" rx="4.5" ry="1.75" />
      <path d="M2 6v6.25c0 1 2 1.75 4.5 1.75s4.5-.75 4.5-1.75V6M5 2.75C5.8 2.25 7.3 2 9 2c2.75 0 5 .8 5 1.75V10" />
    </>
  ),
  log: (
    <>
      <rect x="1.5" y="5" width="9" height="6" />
      <path d="M4.5 5v6M7.5 5v6M12 5.5 14.5 8 12 10.5" />
    </>
  ),
  objectStore: (
    <>
      <path d="M2.5 4.5h11l-1.25 9h-8.5z" />
      <path d="M2.5 4.5C2.5 3 5 2.25 8 2.25s5.5.75 5.5 2.25" />
    </>
  ),
  websocket: <path d="M4.5 2.5 2 5l2.5 2.5M2 5h11M11.5 8.5 14 11l-2.5 2.5M14 11H3" />,
} satisfies Record<string, ReactElement>;

export type IconName = keyof typeof shapes;

const kinds: Record<Kind, IconName> = {
  client: 'client',
  load_balancer: 'loadBalancer',
  api_gateway: 'gateway',
  service: 'service',
  worker: 'worker',
  kv: 'kv',
  sql: 'sql',
  log: 'log',
  edge_cache: 'edgeCache',
  object_store: 'objectStore',
  search: 'search',
  websocket_gateway: 'websocket',
};

/** The icon of a component: by kind, and a replica by its role. */
export function iconOf(kind: Kind, role = ''): IconName {
  return kind === 'sql' && role.includes('replica') ? 'replica' : kinds[kind];
}

export function Icon({ name, size = 16 }: { name: IconName; size?: 12 | 16 | 20 }) {
  return (
    <svg className={css.icon} width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      {shapes[name]}
    </svg>
  );
}
